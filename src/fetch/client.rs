//! One request: send it, read the whole body, say what came. No retries here and no redirects.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{
    AGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret;

use crate::config::FetchConfig;
use crate::config::accounts::AccountLookup;
use crate::error::{Error, ErrorKind, Parameter, Result};
use crate::fetch::key_mask::Mask;
use crate::fetch::rate_limit::RateLimitHeaders;
use crate::fetch::rejected::Rejected;
use crate::fetch::retry;
use crate::instagram::response;
use crate::instagram::response::Envelope;
use crate::store::page_log::body::Body;
use crate::store::page_log::limits::BODY_BYTES;
use crate::store::page_log::line;
use crate::time;

/// A decoded body may not be larger: pages are about half a megabyte, and memory is not the server's to spend.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(180);

/// What one request brought.
#[derive(Debug)]
pub enum ApiResponse {
    /// `body` as it is to be stored.
    Page {
        body: String,
        received_blake3: Option<String>,
        page: response::Page,
        status: u16,
    },
    /// Whole, and something else than a page.
    NotAPage(Rejected),
    NotFound(String),
    /// The request itself is wrong: trying again changes nothing.
    Refused(String),
    KeyRefused(String),
    OutOfMoney(String),
    /// May pass: try again.
    Passing(String),
}

/// What an answer's headers say beside the answer.
#[derive(Debug, Default)]
pub struct Headers {
    pub rate: Option<RateLimitHeaders>,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
    /// The API's own time.
    pub date: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    trim: bool,
    mask: Mask,
}

impl Client {
    /// # Errors
    /// `Auth` without a key, `Usage` for a base address that would send the key in the clear.
    pub fn new(config: &FetchConfig) -> Result<Self> {
        let url = endpoint(&config.base_url)?;
        let key = config.key.as_ref().ok_or_else(Error::no_key)?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| Error::new(ErrorKind::Auth, "the API key has characters that no header can hold"))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        // The process-wide choice of cryptography; a second call finds it made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder();
        if is_loopback(&url) {
            http = http.no_proxy();
        }
        let http = http
            .user_agent(concat!("reelframe/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .build()
            .map_err(|error| Error::unexpected(format!("no HTTP client: {}", chain(&error))))?;
        Ok(Self { http, url, trim: config.trim, mask: Mask::of(key) })
    }

    /// The address of a page; the cursor is opaque and holds `=`, `+` and `/`, which are percent-encoded.
    fn address(&self, ask: &AccountLookup, cursor: Option<&str>) -> Url {
        let mut url = self.url.clone();
        let mut query = url.query_pairs_mut();
        match ask {
            AccountLookup::Handle(handle) => query.append_pair("handle", handle),
            AccountLookup::UserId(id) => query.append_pair("user_id", id),
        };
        if let Some(cursor) = cursor {
            query.append_pair("max_id", cursor);
        }
        if self.trim {
            query.append_pair("trim", "true");
        }
        drop(query);
        url
    }

    /// Asks for one page of an account. Nothing in the answer holds the key, whatever the API said.
    pub async fn page(&self, ask: &AccountLookup, cursor: Option<&str>) -> (ApiResponse, Headers) {
        let (mut answer, mut headers) = self.ask(ask, cursor).await;
        headers.request_id = headers.request_id.map(|id| self.mask.text(&id));
        if let ApiResponse::NotFound(reason)
        | ApiResponse::Refused(reason)
        | ApiResponse::KeyRefused(reason)
        | ApiResponse::OutOfMoney(reason)
        | ApiResponse::Passing(reason) = &mut answer
        {
            *reason = self.mask.text(reason);
        }
        if let ApiResponse::NotAPage(rejected) = &mut answer {
            rejected.reason = self.mask.text(&rejected.reason);
            for header in [&mut rejected.content_type, &mut rejected.content_encoding] {
                *header = header.take().map(|header| self.mask.text(&header));
            }
        }
        (answer, headers)
    }

    async fn ask(&self, ask: &AccountLookup, cursor: Option<&str>) -> (ApiResponse, Headers) {
        let url = self.address(ask, cursor);
        let response = match self.http.get(url).send().await {
            Ok(response) => response,
            Err(error) => return (ApiResponse::Passing(chain(&error)), Headers::default()),
        };
        let status = response.status();
        let headers = read_headers(response.headers());
        // Where the body was decoded, its encoding is no longer told.
        let [content_type, content_encoding] =
            [CONTENT_TYPE, CONTENT_ENCODING].map(|name| header(response.headers(), name));
        let body = match read_body(response).await {
            Ok(body) => body,
            Err(reason) => return (ApiResponse::Passing(with_status(status, &reason)), headers),
        };
        let masked = match self.mask.bytes(&body) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        };
        let is_masked = masked.is_some();
        let received = Received { status, content_type, content_encoding, body: masked.unwrap_or(body) };
        // The hash of what came would be the hash of the key, were a page short: that of what is stored has to do.
        let mut answer = judge(received);
        if let ApiResponse::Page { body, received_blake3, .. } = &mut answer
            && is_masked
        {
            *received_blake3 = received_blake3.take().or_else(|| Some(line::hash(body)));
        }
        (answer, headers)
    }
}

/// An answer before it is judged.
struct Received {
    status: StatusCode,
    content_type: Option<String>,
    content_encoding: Option<String>,
    body: Vec<u8>,
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn read_headers(headers: &HeaderMap) -> Headers {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // What comes from a cache has the time at which it was put there.
    let date = text(DATE.as_str()).filter(|_| !headers.contains_key(AGE));
    let date = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok()).map(|at| at.to_utc());
    // Its moments are those of its own clock.
    let now = date.unwrap_or_else(time::now);
    let number = |names: [&str; 2]| names.iter().find_map(|name| text(name)?.trim().parse::<f64>().ok());
    Headers {
        rate: RateLimitHeaders::read(
            number(["x-ratelimit-remaining-requests", "x-ratelimit-remaining"]),
            number(["x-ratelimit-reset-requests", "x-ratelimit-reset"]),
            now,
        ),
        request_id: text("x-request-id").or_else(|| text("request-id")).map(str::to_owned),
        retry_after: text(RETRY_AFTER.as_str()).and_then(|text| retry::retry_after(text, now)),
        date,
    }
}

/// Whether the key may be sent to this address.
pub fn check_base_url(base_url: &str) -> Result<()> {
    endpoint(base_url).map(|_| ())
}

/// The address of the one endpoint.
fn endpoint(base_url: &str) -> Result<Url> {
    // A password may be in it, also where it is no address otherwise, or a key in its query.
    if ["@", "%40", "?", "#"].iter().any(|mark| base_url.contains(mark)) {
        let what = "a user name or password, a query (`?`) or a fragment (`#`)";
        return Err(Error::parameter(Parameter::BaseUrl, format!("(not shown here): {what} has no place in it"))
            .hint("write it like https://api.example.com/v1; the key comes from AISA_API_KEY or a key file"));
    }
    let url = Url::parse(&format!("{base_url}/instagram/user/reels"))
        .map_err(|error| Error::parameter(Parameter::BaseUrl, format!("{base_url}: {error}")))?;
    if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) {
        return Ok(url);
    }
    Err(Error::parameter(Parameter::BaseUrl, format!("{base_url}: the key is sent over https only"))
        .hint("use an https:// address"))
}

/// Whether an address leads to this machine: its traffic goes through no proxy.
fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

/// Reads a body up to the cap, whatever its compression made of it.
async fn read_body(mut response: reqwest::Response) -> std::result::Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > BODY_BYTES => {
                return Err(format!("the answer is larger than {} MiB", BODY_BYTES / 1024 / 1024));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the answer was cut off: {}", chain(&error))),
        }
    }
}

fn with_status(status: StatusCode, reason: &str) -> String {
    format!("HTTP {}: {reason}", status.as_u16())
}

/// What an answer means: its status first, then its `error`, then whether `items` is there.
fn judge(received: Received) -> ApiResponse {
    let status = received.status;
    if status.is_success() {
        return judge_success(received);
    }
    let body = String::from_utf8_lossy(&received.body);
    let words = || response::error_message_of(&body).unwrap_or_else(|| "no reason given".to_owned());
    match status.as_u16() {
        401 | 403 => ApiResponse::KeyRefused(with_status(status, &words())),
        402 => ApiResponse::OutOfMoney(with_status(status, &words())),
        404 => ApiResponse::NotFound(with_status(status, &words())),
        429 if response::error_code_of(&body).as_deref() == Some("quota_exceeded") => {
            ApiResponse::OutOfMoney(with_status(status, &words()))
        }
        408 | 429 | 500..=599 => ApiResponse::Passing(with_status(status, &words())),
        300..=399 => ApiResponse::Refused(with_status(status, "a redirect, which is not followed: check the base URL")),
        _ => ApiResponse::Refused(with_status(status, &words())),
    }
}

/// A page, or what came in its place.
fn judge_success(received: Received) -> ApiResponse {
    let status = received.status;
    let encoding = received.content_encoding.as_deref().map(str::trim);
    let encoding = encoding.filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"));
    let reason = match (encoding, std::str::from_utf8(&received.body)) {
        (Some(encoding), _) => format!("Content-Encoding: {encoding} is not supported"),
        (None, Err(_)) => "the response is not UTF-8".to_owned(),
        (None, Ok(text)) => {
            // As it will be stored: what is mended in it is no reason to refuse it.
            let Body { text, received_blake3 } = Body::of(text);
            match response::judge(&text) {
                Envelope::Page(page) => {
                    return ApiResponse::Page {
                        page,
                        status: status.as_u16(),
                        received_blake3,
                        body: text.into_owned(),
                    };
                }
                Envelope::NotFound(reason) => return ApiResponse::NotFound(reason),
                Envelope::Cut(reason) => return ApiResponse::Passing(with_status(status, &reason)),
                Envelope::PageError(reason) => reason,
            }
        }
    };
    let Received { content_type, content_encoding, body, .. } = received;
    let (status, reason) = (status.as_u16(), with_status(status, &reason));
    ApiResponse::NotAPage(Rejected { status, reason, content_type, content_encoding, body })
}

/// An error with its causes. Of its address the host alone: a query names accounts, and says nothing new.
fn chain(error: &reqwest::Error) -> String {
    let host = error.url().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    let host = host.map_or_else(|| "the API".to_owned(), |(host, port)| format!("{host}:{port}"));
    let mut text = match error {
        _ if error.is_timeout() => format!("{host} timed out"),
        _ if error.is_connect() => format!("could not connect to {host}"),
        _ => format!("the connection to {host} failed"),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_over_https_or_to_this_machine_only() {
        for base in ["https://api.example.com/v1", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"] {
            assert!(endpoint(base).is_ok(), "{base}");
        }
        for base in ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://localhost", "nonsense"] {
            assert_eq!(endpoint(base).unwrap_err().kind, ErrorKind::Usage, "{base}");
        }
    }

    #[test]
    fn statuses_mean_what_the_document_says() {
        let kind = |status: u16, body: &str| match judge(received(status, None, body.as_bytes())) {
            ApiResponse::Page { .. } => "page",
            ApiResponse::NotAPage(_) => "not a page",
            ApiResponse::NotFound(_) => "not found",
            ApiResponse::Refused(_) => "refused",
            ApiResponse::KeyRefused(_) => "key",
            ApiResponse::OutOfMoney(_) => "money",
            ApiResponse::Passing(_) => "passing",
        };
        assert_eq!(kind(200, r#"{"items":[]}"#), "page");
        assert_eq!(kind(200, r#"{"success":false,"error":"not_found"}"#), "not found");
        assert_eq!(kind(404, r#"{"success":true,"error":"not_found"}"#), "not found");
        for (status, expected) in [
            (400, "refused"),
            (422, "refused"),
            (302, "refused"),
            (401, "key"),
            (403, "key"),
            (402, "money"),
            (408, "passing"),
            (429, "passing"),
            (500, "passing"),
            (503, "passing"),
            (504, "passing"),
        ] {
            assert_eq!(kind(status, r#"{"error":{"code":"x","message":"y"}}"#), expected, "{status}");
        }
        assert_eq!(kind(429, r#"{"error":{"code":"quota_exceeded"}}"#), "money");
        assert_eq!(kind(200, r#"{"success":false}"#), "not a page");
        assert_eq!(kind(204, ""), "not a page");
        assert_eq!(kind(200, r#"{"items":[{"#), "passing");
    }

    fn received(status: u16, content_encoding: Option<&str>, body: &[u8]) -> Received {
        let (status, content_encoding) = (StatusCode::from_u16(status).unwrap(), content_encoding.map(str::to_owned));
        Received { status, content_type: None, content_encoding, body: body.to_vec() }
    }

    #[test]
    fn what_is_no_page_is_named_and_kept_byte_for_byte() {
        let page = br#"{"items":[]}"#.as_slice();
        for (encoding, body, expected) in [
            (Some("br"), page, "HTTP 200: Content-Encoding: br is not supported"),
            (Some("gzip, gzip"), b"\x1f\x8b", "HTTP 200: Content-Encoding: gzip, gzip is not supported"),
            (None, b"{\"items\":[\"\xFF\"]}", "HTTP 200: the response is not UTF-8"),
            (None, b"\xFF\xFE{\0}\0", "HTTP 200: the response is not UTF-8"),
            (None, b"<!doctype html>", "HTTP 200: the response is HTML, not JSON"),
        ] {
            match judge(received(200, encoding, body)) {
                ApiResponse::NotAPage(rejected) => {
                    assert_eq!((rejected.reason.as_str(), rejected.body.as_slice()), (expected, body));
                }
                other => panic!("{other:?}"),
            }
        }
        for encoding in ["", "identity", "Identity "] {
            assert!(matches!(judge(received(200, Some(encoding), page)), ApiResponse::Page { .. }), "{encoding}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_page() {
        match judge(received(200, None, b"\xEF\xBB\xBF{\"items\":[]}")) {
            ApiResponse::Page { body, received_blake3, .. } => {
                assert_eq!((body.as_str(), received_blake3.is_some()), (r#"{"items":[]}"#, true));
            }
            other => panic!("{other:?}"),
        }
    }
}
