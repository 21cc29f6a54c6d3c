//! One request: sends it, reads the whole body and classifies the response. No retries and no redirects here.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{
    AGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret;

use crate::config::{FetchConfig, accounts::AccountLookup};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::endpoint::{self, ProfileLookup, endpoint, is_loopback};
use crate::fetch::{key_mask::Mask, rate_limit::RateLimitHeaders, rejected::Rejected, retry};
use crate::instagram::{response, response::NotPage};
use crate::store::{page_log::body::Body, page_log::limits::BODY_BYTES, page_log::line};
use crate::time;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const READ_TIMEOUT: Duration = Duration::from_secs(60);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(180);

/// The result of one request.
#[derive(Debug)]
pub(crate) enum ApiResponse<T> {
    /// `body` is as it will be stored.
    Whole {
        body: String,
        received_blake3: Option<String>,
        contents: T,
        status: u16,
    },
    /// Whole, but not what was requested.
    NotAPage(Rejected),
    NotFound(String),
    /// The request itself is wrong: a retry would not help.
    Refused(String),
    KeyRefused(String),
    OutOfCredits(String),
    /// A temporary failure: a retry may help.
    Transient(String),
}

/// Reads a body as what was requested.
pub(crate) type ReadBody<T> = fn(&str) -> std::result::Result<T, NotPage>;

/// The headers of a response that the crawl needs.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub rate: Option<RateLimitHeaders>,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
    /// Whether the vendor bills the response: every one with a 2xx status, whatever is in it.
    pub is_billed: bool,
    /// The API's own time.
    pub date: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    reels: Url,
    basic_profile: Url,
    profile: Url,
    trim: bool,
    mask: Mask,
}

impl Client {
    /// # Errors
    /// `Auth` without a key, `Usage` for a base address that would send the key in the clear.
    pub(crate) fn new(config: &FetchConfig) -> Result<Self> {
        let url = |name: &str| endpoint(&config.base_url, name);
        let reels = url(endpoint::REELS)?;
        let key = config.key.as_ref().ok_or_else(Error::no_key)?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).map_err(|_| {
            Error::new(ErrorKind::Auth, "the API key contains characters not allowed in an HTTP header")
        })?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        let mut http = reqwest::Client::builder();
        if is_loopback(&reels) {
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
        let (basic_profile, profile) = (url(endpoint::BASIC_PROFILE)?, url(endpoint::PROFILE)?);
        Ok(Self { http, reels, basic_profile, profile, trim: config.trim, mask: Mask::of(key) })
    }

    /// The URL of a page; the cursor is opaque and contains `=`, `+` and `/`, which are percent-encoded.
    pub(crate) fn page_url(&self, lookup: &AccountLookup, cursor: Option<&str>) -> Url {
        let mut url = self.reels.clone();
        let mut query = url.query_pairs_mut();
        match lookup {
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

    pub(crate) fn profile_url(&self, lookup: ProfileLookup) -> Url {
        let mut url = match lookup {
            ProfileLookup::UserId(_) => self.basic_profile.clone(),
            ProfileLookup::Handle(_) => self.profile.clone(),
        };
        let (name, value) = lookup.parameter();
        url.query_pairs_mut().append_pair(name, value);
        url
    }

    /// Sends one request; `read` says whether a body is what was requested. The key is masked everywhere in the result.
    pub(crate) async fn get<T>(&self, url: Url, read: ReadBody<T>) -> (ApiResponse<T>, Headers) {
        let (mut answer, mut headers) = self.send(url, read).await;
        headers.request_id = headers.request_id.map(|id| self.mask.text(&id));
        if let ApiResponse::NotFound(reason)
        | ApiResponse::Refused(reason)
        | ApiResponse::KeyRefused(reason)
        | ApiResponse::OutOfCredits(reason)
        | ApiResponse::Transient(reason) = &mut answer
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

    async fn send<T>(&self, url: Url, read: ReadBody<T>) -> (ApiResponse<T>, Headers) {
        let response = match self.http.get(url).send().await {
            Ok(response) => response,
            Err(error) => return (ApiResponse::Transient(chain(&error)), Headers::default()),
        };
        let status = response.status();
        let headers = Headers { is_billed: status.is_success(), ..read_headers(response.headers()) };
        // If the body was decoded, the header with its encoding is gone.
        let [content_type, content_encoding] =
            [CONTENT_TYPE, CONTENT_ENCODING].map(|name| header(response.headers(), name));
        let body = match read_body(response).await {
            Ok(body) => body,
            Err(reason) => return (ApiResponse::Transient(with_status(status, &reason)), headers),
        };
        let masked = match self.mask.bytes(&body) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked),
        };
        let is_masked = masked.is_some();
        let received = Received { status, content_type, content_encoding, body: masked.unwrap_or(body) };
        // The hash of what was received would tell the key if the page were short: the hash of what is stored takes its place.
        let mut answer = classify(received, read);
        if let ApiResponse::Whole { body, received_blake3, .. } = &mut answer
            && is_masked
        {
            *received_blake3 = received_blake3.take().or_else(|| Some(line::hash(body)));
        }
        (answer, headers)
    }
}

/// A response before it is classified.
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
    // A cached response has the time at which it was cached.
    let date = text(DATE.as_str()).filter(|_| !headers.contains_key(AGE));
    let date = date.and_then(|text| DateTime::parse_from_rfc2822(text).ok()).map(|at| at.to_utc());
    // Its times are by its own clock.
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
        is_billed: false,
    }
}

/// Reads a decompressed body up to the size limit.
async fn read_body(mut response: reqwest::Response) -> std::result::Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > BODY_BYTES => {
                return Err(format!("the response is larger than {} MiB", BODY_BYTES / 1024 / 1024));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(format!("the response was cut off: {}", chain(&error))),
        }
    }
}

fn with_status(status: StatusCode, reason: &str) -> String {
    format!("HTTP {}: {reason}", status.as_u16())
}

/// Classifies a response: by its status, then by its `error`, then by whether it has what was requested.
fn classify<T>(received: Received, read: ReadBody<T>) -> ApiResponse<T> {
    let status = received.status;
    if status.is_success() {
        return classify_success(received, read);
    }
    let body = String::from_utf8_lossy(&received.body);
    let message = || response::error_message_of(&body).unwrap_or_else(|| "no reason given".to_owned());
    match status.as_u16() {
        401 | 403 => ApiResponse::KeyRefused(with_status(status, &message())),
        402 => ApiResponse::OutOfCredits(with_status(status, &message())),
        404 => ApiResponse::NotFound(with_status(status, &message())),
        429 if response::error_code_of(&body).as_deref() == Some("quota_exceeded") => {
            ApiResponse::OutOfCredits(with_status(status, &message()))
        }
        408 | 429 | 500..=599 => ApiResponse::Transient(with_status(status, &message())),
        300..=399 => ApiResponse::Refused(with_status(status, "a redirect, which is not followed: check the base URL")),
        _ => ApiResponse::Refused(with_status(status, &message())),
    }
}

/// What was requested, or what the API sent in its place.
fn classify_success<T>(received: Received, read: ReadBody<T>) -> ApiResponse<T> {
    let status = received.status;
    let encoding = received.content_encoding.as_deref().map(str::trim);
    let encoding = encoding.filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"));
    let reason = match (encoding, std::str::from_utf8(&received.body)) {
        (Some(encoding), _) => format!("Content-Encoding: {encoding} is not supported"),
        (None, Err(_)) => "the response is not UTF-8".to_owned(),
        (None, Ok(text)) => {
            // As it will be stored: what is repaired in it is no reason to refuse it.
            let Body { text, received_blake3 } = Body::of(text);
            match read(&text) {
                Ok(contents) => {
                    return ApiResponse::Whole {
                        contents,
                        status: status.as_u16(),
                        received_blake3,
                        body: text.into_owned(),
                    };
                }
                Err(NotPage::NotFound(reason)) => return ApiResponse::NotFound(reason),
                Err(NotPage::Cut(reason)) => return ApiResponse::Transient(with_status(status, &reason)),
                Err(NotPage::Other(reason)) => reason,
            }
        }
    };
    let Received { content_type, content_encoding, body, .. } = received;
    let (status, reason) = (status.as_u16(), with_status(status, &reason));
    ApiResponse::NotAPage(Rejected { status, reason, content_type, content_encoding, body })
}

/// An error with its causes. Only the host of its URL: the query names accounts and adds nothing.
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
    fn statuses_mean_what_the_api_document_says() {
        let kind = |status: u16, body: &str| match classify(received(status, None, body.as_bytes()), response::classify)
        {
            ApiResponse::Whole { .. } => "page",
            ApiResponse::NotAPage(_) => "not a page",
            ApiResponse::NotFound(_) => "not found",
            ApiResponse::Refused(_) => "refused",
            ApiResponse::KeyRefused(_) => "key",
            ApiResponse::OutOfCredits(_) => "credits",
            ApiResponse::Transient(_) => "transient",
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
            (402, "credits"),
            (408, "transient"),
            (429, "transient"),
            (500, "transient"),
            (503, "transient"),
            (504, "transient"),
        ] {
            assert_eq!(kind(status, r#"{"error":{"code":"x","message":"y"}}"#), expected, "{status}");
        }
        assert_eq!(kind(429, r#"{"error":{"code":"quota_exceeded"}}"#), "credits");
        assert_eq!(kind(200, r#"{"success":false}"#), "not a page");
        assert_eq!(kind(204, ""), "not a page");
        assert_eq!(kind(200, r#"{"items":[{"#), "transient");
    }

    fn received(status: u16, content_encoding: Option<&str>, body: &[u8]) -> Received {
        let (status, content_encoding) = (StatusCode::from_u16(status).unwrap(), content_encoding.map(str::to_owned));
        Received { status, content_type: None, content_encoding, body: body.to_vec() }
    }

    #[test]
    fn what_is_not_a_page_has_a_reason_and_is_kept_byte_for_byte() {
        let page = br#"{"items":[]}"#.as_slice();
        for (encoding, body, expected) in [
            (Some("br"), page, "HTTP 200: Content-Encoding: br is not supported"),
            (Some("gzip, gzip"), b"\x1f\x8b", "HTTP 200: Content-Encoding: gzip, gzip is not supported"),
            (None, b"{\"items\":[\"\xFF\"]}", "HTTP 200: the response is not UTF-8"),
            (None, b"\xFF\xFE{\0}\0", "HTTP 200: the response is not UTF-8"),
            (None, b"<!doctype html>", "HTTP 200: the response is HTML, not JSON"),
        ] {
            match classify(received(200, encoding, body), response::classify) {
                ApiResponse::NotAPage(rejected) => {
                    assert_eq!((rejected.reason.as_str(), rejected.body.as_slice()), (expected, body));
                }
                other => panic!("{other:?}"),
            }
        }
        for encoding in ["", "identity", "Identity "] {
            assert!(
                matches!(classify(received(200, Some(encoding), page), response::classify), ApiResponse::Whole { .. }),
                "{encoding}"
            );
        }
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_a_page() {
        match classify(received(200, None, b"\xEF\xBB\xBF{\"items\":[]}"), response::classify) {
            ApiResponse::Whole { body, received_blake3, .. } => {
                assert_eq!((body.as_str(), received_blake3.is_some()), (r#"{"items":[]}"#, true));
            }
            other => panic!("{other:?}"),
        }
    }
}
