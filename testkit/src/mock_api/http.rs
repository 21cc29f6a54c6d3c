//! Just enough HTTP/1.1 to read a request and to write an answer, whole or truncated.

use std::io::{self, BufRead, Write};

use serde_json::json;

/// A request without a body: the API takes only GET.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Request {
    /// `None` if the client closes before its request is complete.
    pub fn read(stream: &mut impl BufRead) -> Option<Self> {
        let first = line(stream)?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        });
        let (path, query) = (path.to_owned(), query.collect());

        let mut headers = Vec::new();
        loop {
            let header = line(stream)?;
            if header.is_empty() {
                return Some(Self { method, path, query, headers });
            }
            let (name, value) = header.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        value_of(&self.query, name)
    }

    /// `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }
}

fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A line without its line break; `None` at the end of the stream.
fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}

/// Percent-decoding as web servers do it: a bare `+` is a blank, so a client that does not encode a cursor is detected.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, hex_pair(tail)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", body)
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces all headers of this name.
    pub fn replace_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.header(name, value)
    }

    /// Another answer to the same request, with its request id.
    pub fn instead(self, mut other: Response) -> Response {
        other.headers.extend(self.headers.into_iter().filter(|(name, _)| name == "x-request-id"));
        other
    }

    pub fn write(&self, mut stream: impl Write) -> io::Result<()> {
        self.write_head(&mut stream)?;
        stream.write_all(&self.body)
    }

    /// Announces the whole body and sends the first half.
    pub fn write_cut(&self, mut stream: impl Write) -> io::Result<()> {
        self.write_head(&mut stream)?;
        stream.write_all(&self.body[..self.body.len() / 2])
    }

    pub fn write_in_pieces(&self, mut stream: impl Write, pieces: usize, pause: impl Fn()) -> io::Result<()> {
        self.write_head(&mut stream)?;
        for piece in self.body.chunks(self.body.len().div_ceil(pieces).max(1)) {
            pause();
            stream.write_all(piece)?;
        }
        Ok(())
    }

    fn write_head(&self, stream: &mut impl Write) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {} \r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        // Unless the test set a wrong length.
        if value_of(&self.headers, "content-length").is_none() {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        head += "connection: close\r\n\r\n";
        stream.write_all(head.as_bytes())
    }
}

/// An error in the vendor's format.
pub fn error_body(code: &str, message: &str) -> String {
    json!({"error": {"type": "api_error", "code": code, "message": message, "request_id": "req"}}).to_string()
}
