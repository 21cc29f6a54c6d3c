//! The page log: every page that was paid for, one checksummed zstd frame a line, and the checkpoint of a walk.
//!
//! Lines of a walk in order: `start`, one `page` a page, `end`. Pages may follow an `end` when a walk is taken up
//! again. The file is an ordinary .zst of JSON lines; plain .ndjson and .gz of the same lines are read too.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json;
use crate::store::page_log::usable;
use crate::store::page_log::usable::Fault;

/// How a walk begins: whom it asks for, and what the user knows of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub account: String,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: String,
    pub followers: Option<i64>,
    /// YYYY-MM-DD
    pub followers_as_of: Option<String>,
    pub run_id: String,
    pub version: String,
    pub started_at: String,
    /// Counts the crawls of the account in this store: their order does not go by the clock. 0 where it is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sequence: u64,
    /// Such a log holds no walk: it says how the account is configured from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub configures_only: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A page as it was answered. `body` is its JSON without line breaks between tokens, `blake3` the hash of that. Where
/// more was changed of what came (see [`Body`]), `received_blake3` is the hash of that.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLine<'a> {
    pub page: u32,
    pub cursor: Option<Cow<'a, str>>,
    pub fetched_at: Cow<'a, str>,
    pub status: u16,
    pub request_id: Option<Cow<'a, str>>,
    pub attempts: u32,
    pub blake3: Cow<'a, str>,
    pub received_blake3: Option<Cow<'a, str>>,
    pub body: &'a str,
}

/// How a walk ended. `attempts` are the requests since the last page that gave no page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub status: String,
    pub reason: Option<String>,
    pub attempts: u32,
    pub ended_at: String,
}

/// One line of a log, or a page body that stands alone in its line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<'a> {
    Start(Start),
    Page(PageLine<'a>),
    End(End),
    BarePage(&'a str),
}

impl Line<'_> {
    /// The line as JSON, without its line break.
    pub fn to_json(&self) -> String {
        match self {
            Line::Start(start) => tagged("start", &written(start)),
            Line::End(end) => tagged("end", &written(end)),
            Line::BarePage(body) => (*body).to_owned(),
            // By hand, so that the body's bytes stay as they are.
            Line::Page(page) => format!(
                r#"{{"line":"page","page":{},"cursor":{},"fetched_at":{},"status":{},"request_id":{},"attempts":{},"blake3":{}{},"body":{}}}"#,
                page.page,
                written(&page.cursor),
                written(&page.fetched_at),
                page.status,
                written(&page.request_id),
                page.attempts,
                written(&page.blake3),
                page.received_blake3
                    .iter()
                    .map(|hash| format!(r#","received_blake3":{}"#, written(hash)))
                    .collect::<String>(),
                page.body
            ),
        }
    }

    /// Reads one line, which then can be made into rows.
    ///
    /// # Errors
    /// What is wrong with it, for a message that names file and line.
    pub fn parse(text: &str) -> std::result::Result<Line<'_>, Fault> {
        let line = stored_page(text).map_or_else(|| read(text), |page| Ok(Line::Page(page)))?;
        usable::check(&line).map(|()| line)
    }
}

fn read(text: &str) -> std::result::Result<Line<'_>, Fault> {
    let any: AnyLine = parse_as(text)?;
    match (any.line.as_deref(), any.body, any.fetched_at) {
        (Some("start"), _, _) => parse_as(text).map(Line::Start),
        (Some("end"), _, _) => parse_as(text).map(Line::End),
        (None | Some("page"), Some(body), Some(fetched_at)) => {
            let (body, known) = (body.get(), hash(body.get()));
            let page = any.page.unwrap_or(0);
            if any.blake3.as_ref().is_some_and(|said| *said != known) {
                let what = format!("page {page}: its bytes are not those that its hash was made of");
                return Err(Fault::unusable(what));
            }
            Ok(Line::Page(PageLine {
                page,
                cursor: any.cursor,
                fetched_at,
                status: any.status.and_then(|status| status.get().parse().ok()).unwrap_or(200),
                request_id: any.request_id,
                attempts: any.attempts.unwrap_or(1),
                blake3: any.blake3.unwrap_or(known.into()),
                received_blake3: any.received_blake3,
                body,
            }))
        }
        (None, _, _) => Ok(Line::BarePage(text)),
        (Some(kind), _, _) => {
            Err(Fault::unusable(format!("a line of kind '{kind}' that lacks its fields or is unknown")))
        }
    }
}

/// A page as [`Line::to_json`] writes it, whose hash holds: its body is what was stored, and needs no look into it to be
/// told from half a page. `None` is any other line.
fn stored_page(text: &str) -> Option<PageLine<'_>> {
    const BODY: &str = r#","body":"#;
    if !text.starts_with(r#"{"line":"page""#) {
        return None;
    }
    // In JSON no text holds a bare quote, so that the first of these is the key.
    let (head, body) = text.split_once(BODY)?;
    let body = body.strip_suffix('}')?;
    let head: StoredPage = serde_json::from_str(&format!("{head}}}")).ok()?;
    (head.blake3 == hash(body)).then(|| PageLine {
        page: head.page,
        cursor: head.cursor.map(Cow::Owned),
        fetched_at: head.fetched_at.into(),
        status: head.status,
        request_id: head.request_id.map(Cow::Owned),
        attempts: head.attempts,
        blake3: head.blake3.into(),
        received_blake3: head.received_blake3.map(Cow::Owned),
        body,
    })
}

/// What stands before a page's body.
#[derive(Deserialize)]
struct StoredPage {
    page: u32,
    cursor: Option<String>,
    fetched_at: String,
    status: u16,
    request_id: Option<String>,
    attempts: u32,
    blake3: String,
    received_blake3: Option<String>,
}

fn written<T: Serialize + ?Sized>(value: &T) -> String {
    json::escaped(serde_json::to_string(value).expect("plain data"))
}

fn tagged(kind: &str, object: &str) -> String {
    format!(r#"{{"line":"{kind}",{}"#, &object[1..])
}

fn parse_as<'a, T: Deserialize<'a>>(text: &'a str) -> std::result::Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::of_json(text, &error))
}

/// Every key that tells the kinds of line apart; what else stands in a line (a bare page's items) is skipped.
#[derive(Deserialize)]
struct AnyLine<'a> {
    #[serde(borrow)]
    line: Option<Cow<'a, str>>,
    page: Option<u32>,
    #[serde(borrow)]
    cursor: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fetched_at: Option<Cow<'a, str>>,
    // A bare page has a `status` of its own, and it is a text.
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    attempts: Option<u32>,
    #[serde(borrow)]
    blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    received_blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// The hash by which a page is known: blake3 in hex of its body as stored.
pub fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

/// A body without line breaks; in JSON they can only stand between tokens.
pub fn one_line(body: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', body.as_bytes()).is_some() {
        Cow::Owned(body.replace(['\n', '\r'], ""))
    } else {
        Cow::Borrowed(body)
    }
}
