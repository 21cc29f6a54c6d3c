//! Reading a line of a page log.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::store::page_log::line::{Line, PageLine, ProfileAnswer, ProfileLine, hash};
use crate::store::{page_log::usable, page_log::usable::Fault};
use crate::time::Timestamp;

impl Line<'_> {
    /// Reads one line that the transform can use.
    ///
    /// # Errors
    /// What is wrong with it, for a message that names file and line.
    pub fn parse(text: &str) -> std::result::Result<Line<'_>, Fault> {
        let line = stored_page(text).map_or_else(|| parse_any(text), |page| Ok(Line::Page(page)))?;
        usable::check(&line).map(|()| line)
    }
}

/// A page as [`Line::to_json`] writes it, whose hash matches: its body is what was stored, and need not be parsed to know
/// that it is whole. `None` for any other line.
fn stored_page(text: &str) -> Option<PageLine<'_>> {
    const BODY: &str = r#","body":"#;
    if !text.starts_with(r#"{"line":"page""#) {
        return None;
    }
    // A text in JSON cannot hold a bare quote, so that the first match is the key.
    let (head, body) = text.split_once(BODY)?;
    let body = body.strip_suffix('}')?;
    let head: StoredPage = serde_json::from_str(&format!("{head}}}")).ok()?;
    (head.blake3 == hash(body)).then(|| PageLine {
        page: head.page,
        cursor: head.cursor.map(Cow::Owned),
        fetched_at: head.fetched_at,
        status: head.status,
        request_id: head.request_id.map(Cow::Owned),
        attempts: head.attempts,
        billed: head.billed.unwrap_or(1),
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
    fetched_at: Timestamp,
    status: u16,
    request_id: Option<String>,
    attempts: u32,
    billed: Option<u32>,
    blake3: String,
    received_blake3: Option<String>,
}

fn parse_any(text: &str) -> std::result::Result<Line<'_>, Fault> {
    let any: AnyLine = parse_as(text)?;
    match (any.line.as_deref(), any.body, any.fetched_at) {
        (Some("start"), _, _) => parse_as(text).map(Line::Start),
        (Some("end"), _, _) => parse_as(text).map(Line::End),
        (Some("profile"), _, _) => profile(parse_as(text)?).map(Line::Profile),
        (None | Some("page"), Some(body), Some(fetched_at)) => {
            let (body, known) = (body.get(), hash(body.get()));
            let page = any.page.unwrap_or(0);
            if any.blake3.as_ref().is_some_and(|listed| *listed != known) {
                return Err(Fault::unusable(format!("page {page}: checksum mismatch")));
            }
            Ok(Line::Page(PageLine {
                page,
                cursor: any.cursor,
                fetched_at: fetched_at.parse().map_err(|error| Fault::unusable(format!("fetched_at {error}")))?,
                status: any.status.and_then(|status| status.get().parse().ok()).unwrap_or(200),
                request_id: any.request_id,
                attempts: any.attempts.unwrap_or(1),
                billed: any.billed.map_or(Ok(1), |billed| parse_as(billed.get()))?,
                blake3: any.blake3.unwrap_or(known.into()),
                received_blake3: any.received_blake3,
                body,
            }))
        }
        (None, _, _) => Ok(Line::BarePage(text)),
        (Some(kind), _, _) => Err(Fault::unusable(format!("a line of kind '{kind}' that is unknown or lacks a field"))),
    }
}

fn profile(stored: StoredProfile<'_>) -> std::result::Result<ProfileLine<'_>, Fault> {
    let answer = match (stored.body, stored.missing) {
        (Some(body), _) => {
            let (body, known) = (body.get(), hash(body.get()));
            if stored.blake3.as_ref().is_some_and(|listed| *listed != known) {
                return Err(Fault::unusable("profile: checksum mismatch"));
            }
            let blake3 = stored.blake3.unwrap_or(known.into());
            let status = stored.status.unwrap_or(200);
            ProfileAnswer::Profile { status, blake3, received_blake3: stored.received_blake3, body }
        }
        (None, Some(reason)) => ProfileAnswer::None(reason),
        (None, None) => return Err(Fault::unusable("a profile has neither `body` nor `missing`")),
    };
    let StoredProfile { endpoint, fetched_at, request_id, attempts, billed, .. } = stored;
    Ok(ProfileLine { endpoint, fetched_at, request_id, attempts, billed: billed.unwrap_or(1), answer })
}

#[derive(Deserialize)]
struct StoredProfile<'a> {
    #[serde(borrow)]
    endpoint: Cow<'a, str>,
    fetched_at: Timestamp,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    attempts: u32,
    billed: Option<u32>,
    status: Option<u16>,
    #[serde(borrow)]
    blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    received_blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    missing: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

fn parse_as<'a, T: Deserialize<'a>>(text: &'a str) -> std::result::Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::of_json(text, &error))
}

/// Every key that tells the kinds of line apart; all others (a bare page's items) are skipped.
#[derive(Deserialize)]
struct AnyLine<'a> {
    #[serde(borrow)]
    line: Option<Cow<'a, str>>,
    page: Option<u32>,
    #[serde(borrow)]
    cursor: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fetched_at: Option<Cow<'a, str>>,
    // A bare page has a `status` of its own, which is a text.
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    attempts: Option<u32>,
    // Only that of a page counts: a bare page may have anything of this name.
    #[serde(borrow)]
    billed: Option<&'a RawValue>,
    #[serde(borrow)]
    blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    received_blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}
