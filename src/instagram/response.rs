//! Responses: is it a page, what is the cursor of the next page, and how far back does it go?

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::instagram::{lenient::Field, outline::ItemOutline, paging, paging::Paging};
use crate::json;

/// Why a response with a 2xx status is not a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotPage {
    /// The body says that there is no such account, whatever the status.
    NotFound(String),
    /// JSON that breaks off: the next response may be whole.
    Cut(String),
    /// Whole, but not a page.
    Other(String),
}

impl NotPage {
    pub(crate) fn reason(self) -> String {
        match self {
            Self::NotFound(reason) | Self::Cut(reason) | Self::Other(reason) => reason,
        }
    }
}

/// What fetch needs to know of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PageContents {
    /// What tells the items apart: the pk, else the id, else the code; empty for an item without any.
    pub reels: Vec<String>,
    /// Handle and user id of each owner of its reels.
    pub owners: BTreeMap<String, String>,
    /// When the newest of its unpinned reels was posted; `None` if it has none, or if one has no posting time.
    pub newest_unpinned: Option<DateTime<Utc>>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
    /// It says that there is more and gives no cursor: it is not the end, but the crawl cannot continue.
    pub lacks_cursor: bool,
    /// The credits that the vendor says are left.
    pub credits_remaining: Option<i64>,
}

impl PageContents {
    /// The user id of the account with this name, from one of its own reels.
    pub(crate) fn id_of(&self, account: &str) -> Option<String> {
        let handle = account.trim_start_matches('@');
        self.owners.iter().find(|(owner, _)| owner.eq_ignore_ascii_case(handle)).map(|(_, id)| id.clone())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    #[serde(borrow)]
    paging_info: Option<&'a RawValue>,
    #[serde(borrow)]
    more_available: Option<&'a RawValue>,
    #[serde(borrow)]
    max_id: Option<&'a RawValue>,
    #[serde(borrow)]
    success: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    credits_remaining: Option<&'a RawValue>,
}

/// A value that is ignored if it cannot be parsed: a number that is too large, or values nested too deep, cost no page.
fn loose<'a, T: Default + Deserialize<'a>>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Parses a body as an object whose `error` does not say that there is no such account.
fn object(body: &str) -> Result<ResponseBody<'_>, NotPage> {
    // Serde would read a list as the fields of a response, one after the other.
    let is_object = body.trim_start().starts_with('{');
    let other = |what: &str| NotPage::Other(format!("the response {what}"));
    let answer: ResponseBody = match serde_json::from_str(body) {
        Ok(answer) if is_object => answer,
        Ok(_) => return Err(other("is a list, not an object")),
        Err(_) if !is_object && serde_json::from_str::<IgnoredAny>(body).is_ok() => {
            return Err(other("is a single value, not an object"));
        }
        Err(error) => return Err(not_json(body, &error)),
    };
    if error_code(&answer).as_deref() == Some("not_found") {
        return Err(NotPage::NotFound(error_message(&answer).unwrap_or_else(|| "not found".to_owned())));
    }
    Ok(answer)
}

/// What is wrong with an object that is not what was asked for.
fn wrong(answer: &ResponseBody, lack: &str) -> NotPage {
    let message = error_message(answer).map(|message| format!(": {message}")).unwrap_or_default();
    let what = if answer.has_failed() { "says `success: false`" } else { lack };
    NotPage::Other(format!("the response {what}{message}"))
}

/// Checks that a body is an object that reports no failure.
///
/// # Errors
/// The failure; `lack` says in words what else the response can lack.
pub(crate) fn expect_success(body: &str, lack: &str, has_it: bool) -> Result<(), NotPage> {
    let answer = object(body)?;
    if answer.has_failed() || !has_it { Err(wrong(&answer, lack)) } else { Ok(()) }
}

/// Parses a body but not its items: its `error` decides, then whether `items` is a list.
fn open(body: &str) -> Result<(ResponseBody<'_>, &RawValue), NotPage> {
    let answer = object(body)?;
    let has_failed = answer.has_failed();
    match answer.items.filter(|items| items.get().starts_with('[') && !(has_failed && is_empty(items))) {
        Some(items) if json::is_longer_than(items.get(), json::MAX_ITEMS) => {
            Err(NotPage::Other(format!("the response has more than {} items", json::MAX_ITEMS)))
        }
        Some(items) => Ok((answer, items)),
        None => Err(wrong(&answer, "has no list of items")),
    }
}

/// What is known of a page without reading its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    pub has_items: bool,
    pub has_next: bool,
    /// Whether it says that there is more without giving a cursor.
    pub lacks_cursor: bool,
}

/// The outline of a body that is a page.
///
/// # Errors
/// Why it is not a page.
pub(crate) fn outline(body: &str) -> Result<Outline, String> {
    let (answer, items) = open(body).map_err(NotPage::reason)?;
    let (next, lacks_cursor) = answer.next();
    Ok(Outline { has_items: !is_empty(items), has_next: next.is_some(), lacks_cursor })
}

fn is_empty(items: &RawValue) -> bool {
    items.get()[1..].trim_start().starts_with(']')
}

impl ResponseBody<'_> {
    fn has_failed(&self) -> bool {
        loose::<Field<bool>>(self.success).value() == Some(false)
    }

    fn next(&self) -> (Option<String>, bool) {
        let mut flat = Paging::default();
        (flat.more_available, flat.max_id) = (loose(self.more_available), loose(self.max_id));
        paging::next(&loose(self.paging_info), &flat)
    }
}

/// Classifies a body: is it a page, and what does fetch need to know of it?
pub(crate) fn classify(body: &str) -> Result<PageContents, NotPage> {
    let (answer, items) = open(body)?;
    let items: Vec<&RawValue> = serde_json::from_str(items.get()).unwrap_or_default();
    let items: Vec<ItemOutline> = items.iter().map(|item| ItemOutline::parse(item.get())).collect();
    let (next, lacks_cursor) = answer.next();
    Ok(PageContents {
        reels: items.iter().map(|item| item.name().to_owned()).collect(),
        owners: items.iter().filter_map(ItemOutline::owner).collect(),
        newest_unpinned: newest_unpinned(&items),
        next,
        lacks_cursor,
        credits_remaining: loose::<Value>(answer.credits_remaining).as_i64(),
    })
}

fn newest_unpinned(items: &[ItemOutline]) -> Option<DateTime<Utc>> {
    let unpinned = items.iter().filter(|item| !item.is_pinned());
    let times: Option<Vec<DateTime<Utc>>> = unpinned.map(ItemOutline::posted_at).collect();
    times?.into_iter().max()
}

/// When a response was made: the largest `FBManifestTimestamp` (Unix seconds) in the DASH manifests of its items.
pub(crate) fn made_at(body: &str) -> Option<DateTime<Utc>> {
    const NAME: &str = "FBManifestTimestamp";
    let seconds = memchr::memmem::find_iter(body.as_bytes(), NAME).filter_map(|at| {
        // In JSON the quotes around the number are escaped: ="\"…
        let rest = body[at + NAME.len()..].trim_start_matches(['=', '\\', '"']);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse::<i64>().ok()
    });
    seconds.max().and_then(|seconds| DateTime::from_timestamp(seconds, 0))
}

/// The vendor's error code, if the body has one: `{"error":{"code"}}` or `{"error":"not_found"}`.
pub(crate) fn error_code_of(body: &str) -> Option<String> {
    error_code(&serde_json::from_str(body).ok()?)
}

/// The vendor's error message, on one line and shortened.
pub(crate) fn error_message_of(body: &str) -> Option<String> {
    error_message(&serde_json::from_str(body).ok()?)
}

fn error_code(answer: &ResponseBody) -> Option<String> {
    match loose::<Value>(answer.error) {
        Value::String(code) => Some(code),
        Value::Object(error) => text(error.get("code")).or_else(|| text(error.get("type"))),
        _ => None,
    }
}

fn error_message(answer: &ResponseBody) -> Option<String> {
    const MAX_CHARS: usize = 200;
    let inner = text(loose::<Value>(answer.error).get("message"));
    let message = inner.or_else(|| text(Some(&loose(answer.message)))).or_else(|| error_code(answer))?;
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let clean = message.chars().map(|c| if breaks(c) { ' ' } else { c });
    Some(clean.take(MAX_CHARS).collect())
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn not_json(body: &str, error: &serde_json::Error) -> NotPage {
    match body.trim_start() {
        "" => NotPage::Other("the response is empty".to_owned()),
        start if start.starts_with('<') => NotPage::Other("the response is HTML, not JSON".to_owned()),
        _ if error.is_eof() => NotPage::Cut(format!("the response breaks off: {error}")),
        _ => NotPage::Other(format!("the response is not a JSON object: {error}")),
    }
}
