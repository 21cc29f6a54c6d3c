//! The envelope of an answer: is it a page, and where does the next one begin? Knows nothing of what items hold.

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
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
    /// What the vendor says is left to spend.
    pub credits_remaining: Option<i64>,
}

/// The names of an item, in either shape.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemName<'a> {
    #[serde(borrow)]
    media: Option<&'a RawValue>,
    pk: Option<Value>,
    id: Option<Value>,
    code: Option<Value>,
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

/// Judges a body: by its `error`, then by whether `items` is a list.
pub fn judge(body: &str) -> Envelope {
    let answer: Answer = match serde_json::from_str(body) {
        Ok(answer) => answer,
        Err(error) => return Envelope::Trouble(not_json(body, &error)),
    };
    let message = error_message(&answer);
    if error_code(&answer).as_deref() == Some("not_found") {
        return Envelope::NotFound(message.unwrap_or_else(|| "not found".to_owned()));
    }
    let items = answer.items.and_then(|items| serde_json::from_str::<Vec<&RawValue>>(items.get()).ok());
    let Some(items) = items else {
        let message = message.map(|message| format!(": {message}")).unwrap_or_default();
        return Envelope::Trouble(format!("the answer has no list of items{message}"));
    };
    let paging = answer.paging_info.as_ref();
    let more = paging.and_then(|paging| paging.get("more_available")).and_then(truth);
    let next = text(paging.and_then(|paging| paging.get("max_id"))).or_else(|| text(answer.max_id.as_ref()));
    Envelope::Page(Page {
        reels: items.iter().map(|item| item_name(item.get())).collect(),
        next: next.filter(|_| more != Some(false)),
        credits_remaining: answer.credits_remaining.as_ref().and_then(Value::as_i64),
    })
}

/// An item that cannot be read has no name; the transform says what is wrong with it.
fn item_name(item: &str) -> String {
    let outer: ItemName = serde_json::from_str(item).unwrap_or_default();
    let inner: Option<ItemName> = outer.media.and_then(|media| serde_json::from_str(media.get()).ok());
    let name = inner.unwrap_or(outer);
    // `id` is pk_owner: its head is the pk.
    let id = text(name.id.as_ref()).map(|id| id.split('_').next().unwrap_or_default().to_owned());
    text(name.pk.as_ref()).or(id).or_else(|| text(name.code.as_ref())).unwrap_or_default()
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
