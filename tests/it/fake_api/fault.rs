//! The ways in which the fake API breaks, and what each of them looks like on the wire.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use flate2::{Compression, write::GzEncoder};

use super::http::{Request, Response, error_body};

#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Any status with a body and headers of the test's choice.
    Status(u16, String, Vec<(&'static str, String)>),
    /// 200 with a web page, as gateways send them.
    HtmlInstead,
    /// 200 with `success: false` and no items.
    SuccessFalse200,
    /// 200 whose body says that there is no such user.
    ErrorNotFound200,
    /// The head of the true answer and half of its body; then the connection closes.
    CutBody,
    /// The connection closes without an answer.
    Reset,
    /// A page that is right but for its size: so many bytes once decoded (sent with gzip where the client takes it).
    HugeBody(usize),
    /// 200 with text that breaks off in the middle of the JSON, though its length is as promised.
    GarbageJson,
    /// 200 with an empty list of items and no cursor.
    EmptyItems,
    /// 429 with `Retry-After` in seconds.
    RetryAfter(u32),
    /// 429 with the code that says the money is spent.
    QuotaExceeded,
    /// 402.
    PaymentRequired,
    /// 302 to another address.
    Redirect(String),
    /// No answer for as long as both sides live.
    Hang,
}

/// What is done with a connection.
pub enum Delivery {
    Whole(Response),
    Cut(Response),
    Close,
    Hang,
}

impl Fault {
    /// A status with the vendor's own form of an error.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Status(status, error_body(code, "Scripted by the test"), Vec::new())
    }

    pub fn header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Status(status, body, mut headers) => {
                headers.push((name, value.into()));
                Self::Status(status, body, headers)
            }
            other => panic!("{other:?} takes no header"),
        }
    }

    /// What goes out in the place of the honest answer.
    pub fn spoil(&self, request: &Request, honest: Response) -> Delivery {
        let instead = match self {
            Self::CutBody => return Delivery::Cut(honest),
            Self::Reset => return Delivery::Close,
            Self::Hang => return Delivery::Hang,
            Self::Status(status, body, headers) => headers
                .iter()
                .fold(Response::json(*status, body.as_str()), |response, (name, value)| response.header(name, value)),
            Self::HtmlInstead => Response::new(200, "text/html", "<!doctype html><title>Just a moment</title>"),
            Self::SuccessFalse200 => Response::json(200, r#"{"success":false,"message":"Something went wrong"}"#),
            Self::ErrorNotFound200 => Response::json(
                200,
                r#"{"success":false,"error":"not_found","errorStatus":404,"message":"No reels found"}"#,
            ),
            Self::HugeBody(bytes) => huge(*bytes, request),
            Self::GarbageJson => Response::json(200, r#"{"items":[{"media":{"pk":"#),
            Self::EmptyItems => Response::json(200, r#"{"items":[],"status":"ok"}"#),
            Self::RetryAfter(seconds) => Response::json(429, error_body("rate_limit_exceeded", "Too many requests"))
                .header("retry-after", seconds.to_string()),
            Self::QuotaExceeded => Response::json(429, error_body("quota_exceeded", "No credits left")),
            Self::PaymentRequired => Response::json(402, error_body("payment_required", "No credits left")),
            Self::Redirect(to) => Response::new(302, "text/plain", "").header("location", to.as_str()),
        };
        Delivery::Whole(honest.instead(instead))
    }
}

/// Only its size is wrong with this page, so that nothing but a limit on size can refuse it.
fn huge(bytes: usize, request: &Request) -> Response {
    let (head, tail) = (r#"{"items":[],"padding":""#, r#""}"#);
    let mut body = head.as_bytes().to_vec();
    body.resize(bytes.saturating_sub(tail.len()).max(head.len()), b'x');
    body.extend_from_slice(tail.as_bytes());
    if !request.header("accept-encoding").is_some_and(|encodings| encodings.contains("gzip")) {
        return Response::json(200, body);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&body).expect("memory takes every byte");
    Response::json(200, gzip.finish().expect("memory takes every byte")).header("content-encoding", "gzip")
}

impl Delivery {
    /// The status the client is told, if it is told any.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(response) | Self::Cut(response) => Some(response.status),
            Self::Close | Self::Hang => None,
        }
    }

    pub fn send(&self, mut stream: &TcpStream) -> io::Result<()> {
        match self {
            Self::Whole(response) => response.write(stream),
            Self::Cut(response) => response.write_cut(stream),
            Self::Close => Ok(()),
            // Reading ends when the client closes, or when the server stops and shuts the socket.
            Self::Hang => stream.read_to_end(&mut Vec::new()).map(|_| ()),
        }
    }
}
