//! The envelope of an answer: is it a page, where does the next one begin, and how far back does it go? Of what items
//! hold it knows only their name, their posting time and whether they are pinned.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What an answer with a 2xx status is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    Page(Page),
    /// The answer says in its body that there is no such account, whatever its status.
    NotFound(String),
    /// No page, for a reason that may pass.
    Trouble(String),
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

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    paging_info: Option<Value>,
    max_id: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
    credits_remaining: Option<Value>,
}

/// What an answer is before its items are looked at.
enum Opened<'a> {
    Page(Answer<'a>, &'a RawValue),
    NotFound(String),
    Trouble(String),
}

/// Reads a body without a look into its items: by its `error`, then by whether `items` is a list.
fn open(body: &str) -> Opened<'_> {
    let answer: Answer = match serde_json::from_str(body) {
        Ok(answer) => answer,
        Err(error) => return Opened::Trouble(not_json(body, &error)),
    };
    let message = error_message(&answer);
    if error_code(&answer).as_deref() == Some("not_found") {
        return Opened::NotFound(message.unwrap_or_else(|| "not found".to_owned()));
    }
    match answer.items.filter(|items| items.get().starts_with('[')) {
        Some(items) => Opened::Page(answer, items),
        None => {
            let message = message.map(|message| format!(": {message}")).unwrap_or_default();
            Opened::Trouble(format!("the answer has no list of items{message}"))
        }
    }
}

/// What is known of a page without a look into its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    pub has_items: bool,
    /// Whether it names a next page.
    pub has_next: bool,
}

/// The outline of a body that is a page.
///
/// # Errors
/// Why it is none.
pub fn outline(body: &str) -> Result<Outline, String> {
    match open(body) {
        Opened::Page(answer, items) => {
            let has_items = !items.get()[1..].trim_start().starts_with(']');
            Ok(Outline { has_items, has_next: next(&answer).is_some() })
        }
        Opened::NotFound(reason) | Opened::Trouble(reason) => Err(reason),
    }
}

/// The cursor of the next page, where there is one.
fn next(answer: &Answer) -> Option<String> {
    let paging = answer.paging_info.as_ref();
    let more = paging.and_then(|paging| paging.get("more_available")).and_then(truth);
    let next = text(paging.and_then(|paging| paging.get("max_id"))).or_else(|| text(answer.max_id.as_ref()));
    next.filter(|_| more != Some(false))
}

/// Judges a body: is it a page, and what does fetch need to know of it?
pub fn judge(body: &str) -> Envelope {
    let (answer, items) = match open(body) {
        Opened::Page(answer, items) => (answer, items),
        Opened::NotFound(reason) => return Envelope::NotFound(reason),
        Opened::Trouble(reason) => return Envelope::Trouble(reason),
    };
    let items: Vec<&RawValue> = serde_json::from_str(items.get()).unwrap_or_default();
    let items: Vec<Item> = items.iter().map(|item| Item::read(item.get())).collect();
    Envelope::Page(Page {
        reels: items.iter().map(Item::name).collect(),
        newest_unpinned: newest_unpinned(&items),
        next: next(&answer),
        credits_remaining: answer.credits_remaining.as_ref().and_then(Value::as_i64),
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

fn error_code(answer: &Answer) -> Option<String> {
    match answer.error.as_ref()? {
        Value::String(code) => Some(code.clone()),
        Value::Object(error) => text(error.get("code")).or_else(|| text(error.get("type"))),
        _ => None,
    }
}

fn error_message(answer: &Answer) -> Option<String> {
    const MAX_CHARS: usize = 200;
    let inner = answer.error.as_ref().and_then(|error| text(error.get("message")));
    let message = inner.or_else(|| text(answer.message.as_ref())).or_else(|| error_code(answer))?;
    let clean = message.chars().map(|c| if c.is_control() { ' ' } else { c });
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
    value.as_bool().or_else(|| value.as_i64().map(|number| number != 0))
}

fn not_json(body: &str, error: &serde_json::Error) -> String {
    let start = body.trim_start();
    if start.starts_with('<') {
        return "the answer is HTML, not JSON".to_owned();
    }
    if start.is_empty() {
        return "the answer is empty".to_owned();
    }
    format!("the answer is no whole JSON object: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: usize, next: Option<&str>) -> Envelope {
        Envelope::Page(Page { reels: vec![String::new(); items], next: next.map(str::to_owned), ..Page::default() })
    }

    #[test]
    fn items_are_known_by_pk_id_or_code() {
        let body =
            r#"{"items":[{"media":{"pk":7,"id":"7_1"}},{"id":"8_1"},{"code":"abc"},{},5],"credits_remaining":9}"#;
        let Envelope::Page(page) = judge(body) else { panic!("a page") };
        assert_eq!(page.reels, ["7", "8", "abc", "", ""]);
        assert_eq!(page.credits_remaining, Some(9));
    }

    /// The newest unpinned time of a page of these items.
    fn newest(items: &str) -> Option<String> {
        let Envelope::Page(page) = judge(&format!(r#"{{"items":[{items}]}}"#)) else { panic!("a page") };
        page.newest_unpinned.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn a_posting_time_comes_in_many_writings() {
        for time in [
            r#""taken_at":1748371310"#,
            r#""taken_at":1748371310.0"#,
            r#""taken_at":"1748371310""#,
            r#""taken_at":"2025-05-27T18:41:50.000Z""#,
            r#""taken_at":"2025-05-27T20:41:50+0200""#,
            r#""taken_at":"2025-05-27 18:41:50""#,
            r#""taken_at":0,"created_at":"2025-05-27T18:41:50Z""#,
            r#""taken_at":1748371310000,"created_at":"2025-05-27T18:41:50Z""#,
            r#""taken_at":null,"created_at":1748371310,"pk":7"#,
        ] {
            for item in [format!("{{{time}}}"), format!(r#"{{"media":{{{time}}}}}"#)] {
                assert_eq!(newest(&item).as_deref(), Some("2025-05-27T18:41:50Z"), "{item}");
            }
        }
        for item in [r#"{"taken_at":[],"id":"3641924023820356866_5"}"#, r#"{"media":{"pk":3641924023820356866}}"#] {
            assert_eq!(newest(item).as_deref(), Some("2025-05-27T18:39:57.198Z"), "the clock in the pk: {item}");
        }
        for item in ["{}", "5", r#"{"code":"abc"}"#, r#"{"media":null}"#, r#"{"taken_at":true}"#] {
            assert_eq!(newest(item), None, "{item}");
        }
    }

    #[test]
    fn the_newest_unpinned_reel_tells_how_far_back_a_page_goes() {
        let (old, new) = (r#""taken_at":1500000000"#, r#""taken_at":1700000000"#);
        let (old_time, new_time) = (Some("2017-07-14T02:40:00Z".to_owned()), Some("2023-11-14T22:13:20Z".to_owned()));
        assert_eq!(newest(&format!("{{{old}}},{{{new}}},{{{old}}}")), new_time);
        for pins in ["clips_tab_pinned_user_ids", "timeline_pinned_user_ids"] {
            let page = |users: &str| newest(&format!(r#"{{{old}}},{{"media":{{"{pins}":{users},{new}}}}}"#));
            assert_eq!(page("[5]"), old_time, "{pins}");
            assert_eq!((page("[]"), page("null")), (new_time.clone(), new_time.clone()), "{pins}");
        }
        assert_eq!(newest(&format!("{{{old}}},{{}}")), None, "one does not tell its time");
        assert_eq!(newest(&format!(r#"{{"timeline_pinned_user_ids":["5"],{old}}}"#)), None, "all are pinned");
        assert_eq!(newest(""), None);
    }

    #[test]
    fn cursors_of_both_shapes_and_every_end() {
        assert_eq!(judge(r#"{"items":[{}],"paging_info":{"max_id":"a=","more_available":true}}"#), page(1, Some("a=")));
        assert_eq!(judge(r#"{"items":[{}],"paging_info":{"max_id":"a=","more_available":false}}"#), page(1, None));
        assert_eq!(judge(r#"{"items":[],"max_id":"b+/"}"#), page(0, Some("b+/")));
        for end in [r#""#, r#","max_id":null"#, r#","max_id":"""#, r#","paging_info":{}"#, r#","paging_info":null"#] {
            assert_eq!(judge(&format!(r#"{{"items":[]{end}}}"#)), page(0, None), "{end}");
        }
    }

    #[test]
    fn what_is_no_page_says_why() {
        let not_found = r#"{"success":true,"error":"not_found","errorStatus":404,"message":"Account doesn't exist"}"#;
        assert_eq!(judge(not_found), Envelope::NotFound("Account doesn't exist".into()));
        for (body, reason) in [
            ("<html>", "the answer is HTML, not JSON"),
            ("", "the answer is empty"),
            (r#"{"success":false,"message":"busy\nnow"}"#, "the answer has no list of items: busy now"),
            (r#"{"items":null}"#, "the answer has no list of items"),
            (r#"{"items":{}}"#, "the answer has no list of items"),
        ] {
            assert_eq!(judge(body), Envelope::Trouble(reason.into()), "{body}");
        }
        assert!(matches!(judge(r#"{"items":[{"a":1"#), Envelope::Trouble(reason) if reason.contains("no whole JSON")));
        assert!(matches!(judge("[]"), Envelope::Trouble(_)));
        assert_eq!(error_code_of(r#"{"error":{"code":"quota_exceeded"}}"#).as_deref(), Some("quota_exceeded"));
    }
}
