//! The faults of the mock API, and what each looks like on the wire.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use socket2::SockRef;

use super::http::{Request, Response, error_body};

#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Any status, with any body and headers.
    Status(u16, String, Vec<(&'static str, String)>),
    /// 200 with a web page, as gateways send them.
    HtmlInstead,
    /// 200 with `success: false` and no items.
    SuccessFalse200,
    /// 200 whose body says that there is no such user.
    ErrorNotFound200,
    /// The head of the normal answer and half of its body; then the connection closes.
    CutBody,
    /// The head of the normal answer and half of its body; then the connection is reset.
    ResetInBody,
    /// The connection closes without an answer.
    Reset,
    /// The same with a reset instead of a proper close.
    ResetHard,
    /// The normal answer in this number of pieces, with a short pause before each.
    Trickle(usize),
    /// The normal answer with other or additional headers: wrong ones, or a rate limit.
    Headers(Vec<(&'static str, String)>),
    /// 200 with any bytes.
    Bytes(Vec<u8>),
    /// 200 with any bytes, compressed with gzip.
    Gzip(Vec<u8>),
    /// A valid page of this many bytes once decoded (sent with gzip if the client accepts it).
    HugeBody(usize),
    /// The same, compressed twice: a millionth of it is sent.
    HugeBodyGzippedTwice(usize),
    /// 200 with truncated JSON and the right content length.
    GarbageJson,
    /// 200 with an empty list of items and no cursor.
    EmptyItems,
    /// 429 with `Retry-After` in seconds.
    RetryAfter(u32),
    /// 429 with the code for exhausted credits.
    QuotaExceeded,
    /// 402.
    PaymentRequired,
    /// 302 to another address.
    Redirect(String),
    /// No answer at all.
    Hang,
    /// The normal answer, but only once the test ends the faults.
    UntilFaultsEnd,
}

/// What happens to a connection.
pub enum Delivery {
    Whole(Response),
    Trickled(Response, usize),
    /// Whole, once the faults have ended.
    Held(Response),
    Cut(Response),
    CutAndReset(Response),
    Close,
    Reset,
    Hang,
}

impl Fault {
    /// A status with an error in the vendor's format.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Status(status, error_body(code, "Scripted by the test"), Vec::new())
    }

    pub fn header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Status(status, body, mut headers) => {
                headers.push((name, value.into()));
                Self::Status(status, body, headers)
            }
            other => panic!("{other:?} has no headers to add to"),
        }
    }

    /// The normal answer with a rate limit, in one of two spellings: `-Remaining-Requests` and so on, or without
    /// `-Requests`.
    pub fn rate(long_spelling: bool, limit: u32, remaining: u32, reset: impl ToString) -> Self {
        let names = match long_spelling {
            true => ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
            false => ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
        };
        let values = [limit.to_string(), remaining.to_string(), reset.to_string()];
        Self::Headers(names.into_iter().zip(values).collect())
    }

    /// What is sent instead of the normal answer.
    pub fn apply(&self, request: &Request, normal: Response) -> Delivery {
        let instead = match self {
            Self::CutBody => return Delivery::Cut(normal),
            Self::ResetInBody => return Delivery::CutAndReset(normal),
            Self::Reset => return Delivery::Close,
            Self::ResetHard => return Delivery::Reset,
            Self::Trickle(pieces) => return Delivery::Trickled(normal, *pieces),
            Self::Headers(headers) => {
                let with = |response: Response, (name, value): &(&str, String)| response.replace_header(name, value);
                return Delivery::Whole(headers.iter().fold(normal, with));
            }
            Self::Hang => return Delivery::Hang,
            Self::UntilFaultsEnd => return Delivery::Held(normal),
            Self::Status(status, body, headers) => headers
                .iter()
                .fold(Response::json(*status, body.as_str()), |response, (name, value)| response.header(name, value)),
            Self::HtmlInstead => Response::new(200, "text/html", "<!doctype html><title>Just a moment</title>"),
            Self::SuccessFalse200 => Response::json(200, r#"{"success":false,"message":"Something went wrong"}"#),
            Self::ErrorNotFound200 => Response::json(
                200,
                r#"{"success":false,"error":"not_found","errorStatus":404,"message":"No reels found"}"#,
            ),
            Self::Bytes(content) => Response::json(200, content.clone()),
            Self::Gzip(content) => Response::json(200, gzip(content)).header("content-encoding", "gzip"),
            Self::HugeBody(bytes) => huge(*bytes, request),
            Self::HugeBodyGzippedTwice(bytes) => {
                Response::json(200, gzip(&huge_gzip(*bytes))).header("content-encoding", "gzip, gzip")
            }
            Self::GarbageJson => Response::json(200, r#"{"items":[{"media":{"pk":"#),
            Self::EmptyItems => Response::json(200, r#"{"items":[],"status":"ok"}"#),
            Self::RetryAfter(seconds) => Response::json(429, error_body("rate_limit_exceeded", "Too many requests"))
                .header("retry-after", seconds.to_string()),
            Self::QuotaExceeded => Response::json(429, error_body("quota_exceeded", "No credits left")),
            Self::PaymentRequired => Response::json(402, error_body("payment_required", "No credits left")),
            Self::Redirect(to) => Response::new(302, "text/plain", "").header("location", to.as_str()),
        };
        Delivery::Whole(normal.instead(instead))
    }
}

const HUGE_HEAD: &[u8] = br#"{"items":[],"padding":""#;
const HUGE_TAIL: &[u8] = br#""}"#;

/// Only the size of this page is wrong, so that only a size limit can reject it.
fn huge(bytes: usize, request: &Request) -> Response {
    if request.header("accept-encoding").is_some_and(|encodings| encodings.contains("gzip")) {
        return Response::json(200, huge_gzip(bytes)).header("content-encoding", "gzip");
    }
    let mut body = HUGE_HEAD.to_vec();
    body.resize(bytes.saturating_sub(HUGE_TAIL.len()).max(HUGE_HEAD.len()), b'x');
    body.extend_from_slice(HUGE_TAIL);
    Response::json(200, body)
}

/// A gzip stream whose padding repeats one deflated piece, so that even gigabytes are built at once.
fn huge_gzip(bytes: usize) -> Vec<u8> {
    const PIECE_BYTES: usize = 1024 * 1024;
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    const LAST_AND_EMPTY_BLOCK: [u8; 2] = [3, 0];
    let padding = bytes.saturating_sub(HUGE_HEAD.len() + HUGE_TAIL.len());
    let (piece, rest) = (vec![b'x'; PIECE_BYTES], vec![b'x'; padding % PIECE_BYTES]);
    let (mut packed, mut crc) = (HEADER.to_vec(), Crc::new());
    for (content, times) in [(HUGE_HEAD, 1), (&piece, padding / PIECE_BYTES), (&rest, 1), (HUGE_TAIL, 1)] {
        let (deflated, mut of_content) = (deflated(content), Crc::new());
        of_content.update(content);
        for _ in 0..times {
            packed.extend_from_slice(&deflated);
            crc.combine(&of_content);
        }
    }
    packed.extend_from_slice(&LAST_AND_EMPTY_BLOCK);
    packed.extend_from_slice(&crc.sum().to_le_bytes());
    packed.extend_from_slice(&crc.amount().to_le_bytes());
    packed
}

/// Complete deflate blocks that depend on none before them and may be followed by any.
fn deflated(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(content.len() / 2 + 1024);
    let status = Compress::new(Compression::best(), false).compress_vec(content, &mut packed, FlushCompress::Full);
    assert!(matches!(status, Ok(Status::Ok)), "the buffer is large enough");
    packed
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(content).expect("memory takes every byte");
    gzip.finish().expect("memory takes every byte")
}

impl Delivery {
    /// The status that is sent, if any.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Whole(response) | Self::Held(response) | Self::Trickled(response, _) => Some(response.status),
            Self::Cut(response) | Self::CutAndReset(response) => Some(response.status),
            Self::Close | Self::Reset | Self::Hang => None,
        }
    }

    pub fn send(&self, mut stream: &TcpStream) -> io::Result<()> {
        match self {
            Self::Whole(response) | Self::Held(response) => response.write(stream),
            Self::Trickled(response, pieces) => {
                const PAUSE: Duration = Duration::from_millis(2);
                response.write_in_pieces(stream, *pieces, || thread::sleep(PAUSE))
            }
            Self::Cut(response) => response.write_cut(stream),
            Self::CutAndReset(response) => response.write_cut(stream).and_then(|()| reset_on_close(stream)),
            Self::Close => Ok(()),
            Self::Reset => reset_on_close(stream),
            // The read ends when the client closes, or when the server stops and shuts the socket.
            Self::Hang => stream.read_to_end(&mut Vec::new()).map(|_| ()),
        }
    }
}

/// With a linger time of zero, closing a connection resets it.
fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}
