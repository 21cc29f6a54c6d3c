//! Reading logs and files of bare pages line by line, whatever their compression.

use std::io::{BufRead, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::frames::open;
use super::{Line, Start};

/// Reads the lines of a log or of a file of bare pages, whatever its compression.
pub struct LineReader {
    reader: Box<dyn BufRead>,
    path: PathBuf,
    line_number: u64,
    /// What of the reader's own buffer the last line took.
    taken: usize,
    /// A line that lay across the ends of the reader's buffer.
    buffer: Vec<u8>,
    /// Whether the last line had its end.
    ended: bool,
    /// The last line was cut off, as a kill in the middle of a write leaves it.
    pub torn: bool,
}

/// The whole content of a file, decompressed, as text.
pub fn read_to_string(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| damaged(path, &error))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map_err(|error| Error::not_understood(format!("{} is not UTF-8: {error}", path.display())))
}

fn damaged(path: &Path, error: &std::io::Error) -> Error {
    Error::disk("read", path, error).hint("the file is damaged; restore it from a backup or move it out of the store")
}

impl LineReader {
    pub fn open(path: &Path) -> Result<Self> {
        let (reader, path) = (open(path)?, path.to_owned());
        Ok(Self { reader, path, line_number: 0, taken: 0, buffer: Vec::new(), ended: true, torn: false })
    }

    /// The next line's text; `None` at the end. A last frame that was cut off ends the log and sets `torn`.
    pub fn next_text(&mut self) -> Result<Option<&str>> {
        loop {
            match self.next_line() {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.torn = true;
                    return Ok(None);
                }
                Err(error) => return Err(damaged(&self.path, &error)),
            }
            self.line_number += 1;
            let line = line(self.reader.as_mut(), &self.buffer, self.taken);
            if !line.map_err(|error| damaged(&self.path, &error))?.is_empty() {
                break;
            }
        }
        let line = line(self.reader.as_mut(), &self.buffer, self.taken).map_err(|error| damaged(&self.path, &error))?;
        let not_utf8 = |error| fault(&self.path, self.line_number, &format!("not UTF-8: {error}"));
        std::str::from_utf8(line).map(Some).map_err(not_utf8)
    }

    /// Finds the next line, in the reader's own buffer where it lies there whole; `false` at the end.
    fn next_line(&mut self) -> std::io::Result<bool> {
        self.reader.consume(std::mem::take(&mut self.taken));
        self.buffer.clear();
        loop {
            let available = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                available => available?,
            };
            let end = memchr::memchr(b'\n', available);
            self.ended = end.is_some();
            let length = end.map_or(available.len(), |end| end + 1);
            if self.ended && self.buffer.is_empty() {
                self.taken = length;
                return Ok(true);
            }
            self.buffer.extend_from_slice(&available[..length]);
            self.reader.consume(length);
            if self.ended || length == 0 {
                return Ok(!self.buffer.is_empty());
            }
        }
    }

    /// An error about the line that was read last.
    pub fn fault(&self, what: &str) -> Error {
        fault(&self.path, self.line_number, what)
    }
}

/// The line that was found last, without blanks around it.
fn line<'l>(reader: &'l mut dyn BufRead, buffer: &'l [u8], taken: usize) -> std::io::Result<&'l [u8]> {
    let line = if taken > 0 { &reader.fill_buf()?[..taken] } else { buffer };
    Ok(line.trim_ascii())
}

fn fault(path: &Path, line_number: u64, what: &str) -> Error {
    Error::not_understood(format!("{}, line {line_number}: {what}", path.display()))
}

/// Reads a log and hands each line to `each`; returns whether the last line was torn.
///
/// # Errors
/// The file and the line that cannot be read, or what `each` returns.
pub fn for_each_line(path: &Path, mut each: impl FnMut(Line) -> Result<()>) -> Result<bool> {
    for_each_line_until(path, |line| each(line).map(|()| true))
}

/// The start line of a log; `None` where its first line is none, or was cut off.
///
/// # Errors
/// As of [`for_each_line`].
pub fn start_of(path: &Path) -> Result<Option<Start>> {
    let mut first = None;
    for_each_line_until(path, |line| {
        if let Line::Start(start) = line {
            first = Some(start);
        }
        Ok(false)
    })?;
    Ok(first)
}

/// The same, for as long as `each` says that it wants more.
///
/// # Errors
/// As of [`for_each_line`].
pub fn for_each_line_until(path: &Path, mut each: impl FnMut(Line) -> Result<bool>) -> Result<bool> {
    let mut reader = LineReader::open(path)?;
    while let Some(text) = reader.next_text()? {
        let fault = match Line::parse(text) {
            Ok(line) => {
                if each(line)? {
                    continue;
                }
                break;
            }
            Err(fault) => fault,
        };
        // A plain log whose writer was killed ends in half a line.
        if !reader.ended {
            reader.torn = true;
            break;
        }
        return Err(reader.fault(&fault));
    }
    Ok(reader.torn)
}
