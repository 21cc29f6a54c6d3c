//! The envelope of an answer: is it a page, where does the next one begin, and how far back does it go? Of what items
//! hold it knows only their name, their posting time and whether they are pinned.

#[cfg(test)]
pub mod tests;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json;

/// What an answer with a 2xx status is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    Page(Page),
    /// The answer says in its body that there is no such account, whatever its status.
    NotFound(String),
    /// JSON that breaks off: the next answer may be whole.
    Cut(String),
    /// Whole, and no page.
    PageError(String),
}

/// What fetch needs to know of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// By what each item is known: its pk, else its id, else its code; empty where it has none.
    pub reels: Vec<String>,
    /// When the newest of its unpinned reels was posted; `None` where it has none, or one that does not tell.
    pub newest_unpinned: Option<DateTime<Utc>>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
    /// It says that there is more and gives no cursor: not the end, and no way on.
    pub lacks_cursor: bool,
    /// What the vendor says is left to spend.
    pub credits_remaining: Option<i64>,
}

/// What is read of an item, in either shape.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    media: Option<&'a RawValue>,
    pk: Option<Value>,
    id: Option<Value>,
    code: Option<Value>,
    taken_at: Option<Value>,
    created_at: Option<Value>,
    clips_tab_pinned_user_ids: Option<Value>,
    timeline_pinned_user_ids: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResponseBody<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    paging_info: Loose,
    more_available: Loose,
    max_id: Loose,
    success: Loose,
    error: Loose,
    message: Loose,
    credits_remaining: Loose,
}

/// A value that is read where it can be: a number too large, or nested too deep, costs no page.
#[derive(Default)]
struct Loose(Option<Value>);

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).ok()))
    }
}

/// What an answer is before its items are looked at.
enum Opened<'a> {
    Page(Box<ResponseBody<'a>>, &'a RawValue),
    NotFound(String),
    Cut(String),
    PageError(String),
}

/// Reads a body without a look into its items: by its `error`, then by whether `items` is a list.
fn open(body: &str) -> Opened<'_> {
    // A list would be read as the fields of an answer one after the other.
    let is_object = body.trim_start().starts_with('{');
    let answer: ResponseBody = match serde_json::from_str(body) {
        Ok(answer) if is_object => answer,
        Ok(_) => return Opened::PageError("the response is a list, not an object".to_owned()),
        Err(_) if !is_object && serde_json::from_str::<IgnoredAny>(body).is_ok() => {
            return Opened::PageError("the response is a single value, not an object".to_owned());
        }
        Err(error) => return not_json(body, &error),
    };
    let message = error_message(&answer);
    if error_code(&answer).as_deref() == Some("not_found") {
        return Opened::NotFound(message.unwrap_or_else(|| "not found".to_owned()));
    }
    let has_failed = answer.success.0.as_ref().and_then(truth) == Some(false);
    match answer.items.filter(|items| items.get().starts_with('[') && !(has_failed && is_empty(items))) {
        Some(items) if json::is_longer_than(items.get(), json::MAX_ITEMS) => {
            Opened::PageError(format!("the response has more than {} items", json::MAX_ITEMS))
        }
        Some(items) => Opened::Page(Box::new(answer), items),
        None if has_failed => {
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            Opened::PageError(format!("the response says `success: false`{message}"))
        }
        None => {
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            Opened::PageError(format!("the response has no list of items{message}"))
        }
    }
}

/// What is known of a page without a look into its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    pub has_items: bool,
    /// Whether it names a next page.
    pub has_next: bool,
    /// Whether it says that there is one without naming it.
    pub lacks_cursor: bool,
}

/// The outline of a body that is a page.
///
/// # Errors
/// Why it is none.
pub fn outline(body: &str) -> Result<Outline, String> {
    match open(body) {
        Opened::Page(answer, items) => {
            let (next, lacks_cursor) = next(&answer);
            Ok(Outline { has_items: !is_empty(items), has_next: next.is_some(), lacks_cursor })
        }
        Opened::NotFound(reason) | Opened::Cut(reason) | Opened::PageError(reason) => Err(reason),
    }
}

fn is_empty(items: &RawValue) -> bool {
    items.get()[1..].trim_start().starts_with(']')
}

/// The cursor of the next page, where there is one; and whether it is missing although there is more.
fn next(answer: &ResponseBody) -> (Option<String>, bool) {
    let paging = answer.paging_info.0.as_ref();
    let in_paging = |key: &str| paging.and_then(|paging| paging.get(key));
    let more = in_paging("more_available").and_then(truth);
    let more = more.or_else(|| answer.more_available.0.as_ref().and_then(truth));
    let next = text(in_paging("max_id")).or_else(|| text(answer.max_id.0.as_ref()));
    let next = next.filter(|cursor| !cursor.trim().is_empty());
    (next.clone().filter(|_| more != Some(false)), more == Some(true) && next.is_none())
}

/// Judges a body: is it a page, and what does fetch need to know of it?
pub fn judge(body: &str) -> Envelope {
    let (answer, items) = match open(body) {
        Opened::Page(answer, items) => (answer, items),
        Opened::NotFound(reason) => return Envelope::NotFound(reason),
        Opened::Cut(reason) => return Envelope::Cut(reason),
        Opened::PageError(reason) => return Envelope::PageError(reason),
    };
    let items: Vec<&RawValue> = serde_json::from_str(items.get()).unwrap_or_default();
    let items: Vec<Item> = items.iter().map(|item| Item::read(item.get())).collect();
    let (next, lacks_cursor) = next(&answer);
    Envelope::Page(Page {
        reels: items.iter().map(Item::name).collect(),
        newest_unpinned: newest_unpinned(&items),
        next,
        lacks_cursor,
        credits_remaining: answer.credits_remaining.0.as_ref().and_then(Value::as_i64),
    })
}

impl<'a> Item<'a> {
    /// An item that cannot be read has no name and no time; the transform says what is wrong with it.
    fn read(item: &'a str) -> Self {
        let outer: Item = serde_json::from_str(item).unwrap_or_default();
        let inner: Option<Item> = outer.media.and_then(|media| serde_json::from_str(media.get()).ok());
        inner.unwrap_or(outer)
    }

    fn pk(&self) -> Option<String> {
        // `id` is pk_owner: its head is the pk.
        let id = || text(self.id.as_ref()).map(|id| id.split('_').next().unwrap_or_default().to_owned());
        text(self.pk.as_ref()).or_else(id)
    }

    fn name(&self) -> String {
        self.pk().or_else(|| text(self.code.as_ref())).unwrap_or_default()
    }

    /// Unknown (absent, null) is unpinned.
    fn is_pinned(&self) -> bool {
        [&self.clips_tab_pinned_user_ids, &self.timeline_pinned_user_ids]
            .into_iter()
            .any(|list| list.as_ref().and_then(Value::as_array).is_some_and(|users| !users.is_empty()))
    }

    /// As the transform reads it: `taken_at`, else `created_at`, else the clock in the pk.
    fn posted_at(&self) -> Option<DateTime<Utc>> {
        let said = [&self.taken_at, &self.created_at].into_iter().flatten().find_map(instant);
        said.or_else(|| clock(self.pk()?.parse().ok()?))
    }
}

fn newest_unpinned(items: &[Item]) -> Option<DateTime<Utc>> {
    let unpinned = items.iter().filter(|item| !item.is_pinned());
    let times: Option<Vec<DateTime<Utc>>> = unpinned.map(Item::posted_at).collect();
    times?.into_iter().max()
}

/// Seconds, as a number or as text, or ISO 8601, without an offset in UTC. What lies outside all years of the platform
/// (zeros, milliseconds) is no posting time.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    const YEARS: std::ops::RangeInclusive<i32> = 2010..=2199;
    let seconds = |seconds: i64| DateTime::from_timestamp(seconds, 0);
    let at = match value {
        Value::Number(number) => seconds(number.as_i64().or_else(|| number.as_f64().map(|float| float as i64))?),
        Value::String(text) => text.trim().parse().map_or_else(|_| iso_time(text.trim()), seconds),
        _ => None,
    };
    at.filter(|at| YEARS.contains(&at.year()))
}

fn iso_time(text: &str) -> Option<DateTime<Utc>> {
    const WITH_OFFSET: &str = "%Y-%m-%dT%H:%M:%S%.f%z";
    const WITHOUT: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let zoned = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, WITH_OFFSET));
    let naive = || WITHOUT.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    zoned.ok().map(|at| at.to_utc()).or_else(|| naive().map(|at| at.and_utc()))
}

/// A pk holds the moment at which its upload began, in milliseconds since the platform's own epoch.
fn clock(pk: u64) -> Option<DateTime<Utc>> {
    const EPOCH_MS: u64 = 1_314_220_021_721;
    DateTime::from_timestamp_millis(i64::try_from((pk >> 23) + EPOCH_MS).ok()?)
}

/// The vendor's error code, where the body has one: `{"error":{"code"}}` or `{"error":"not_found"}`.
pub fn error_code_of(body: &str) -> Option<String> {
    error_code(&serde_json::from_str(body).ok()?)
}

/// The vendor's own words about an error, on one line and not long.
pub fn error_message_of(body: &str) -> Option<String> {
    error_message(&serde_json::from_str(body).ok()?)
}

fn error_code(answer: &ResponseBody) -> Option<String> {
    match answer.error.0.as_ref()? {
        Value::String(code) => Some(code.clone()),
        Value::Object(error) => text(error.get("code")).or_else(|| text(error.get("type"))),
        _ => None,
    }
}

fn error_message(answer: &ResponseBody) -> Option<String> {
    const MAX_CHARS: usize = 200;
    let inner = answer.error.0.as_ref().and_then(|error| text(error.get("message")));
    let message = inner.or_else(|| text(answer.message.0.as_ref())).or_else(|| error_code(answer))?;
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

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) if matches!(text.trim(), "true" | "1") => Some(true),
        Value::String(text) if matches!(text.trim(), "false" | "0") => Some(false),
        _ => None,
    }
}

fn not_json(body: &str, error: &serde_json::Error) -> Opened<'static> {
    let start = body.trim_start();
    if start.starts_with('<') {
        return Opened::PageError("the response is HTML, not JSON".to_owned());
    }
    if start.is_empty() {
        return Opened::PageError("the response is empty".to_owned());
    }
    if error.is_eof() {
        return Opened::Cut(format!("the response breaks off: {error}"));
    }
    Opened::PageError(format!("the response is not a JSON object: {error}"))
}
