//! The stored form of a page's body: one line of JSON that every tool can read.

use std::borrow::Cow;

use crate::json;
use crate::store::page_log::line::{hash, one_line};

/// A body without line breaks between tokens, with line separators as escapes and `\ufffd` for lone surrogates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Body<'a> {
    pub text: Cow<'a, str>,
    /// The hash of what was received, if more than line breaks was changed.
    pub received_blake3: Option<String>,
}

impl<'a> Body<'a> {
    /// From what was received; a byte-order mark is not part of a page.
    pub(crate) fn of(received: &'a str) -> Self {
        let text = received.strip_prefix('\u{FEFF}').unwrap_or(received);
        let repaired = json::without_lone_surrogates(text);
        let has_separators = matches!(json::with_separators_escaped(&repaired), Cow::Owned(_));
        let is_changed = has_separators || matches!(repaired, Cow::Owned(_)) || text.len() < received.len();
        let text = apply(apply(repaired, one_line), json::with_separators_escaped);
        let received_blake3 = is_changed.then(|| hash(received));
        Self { text, received_blake3 }
    }
}

/// The text after one more step.
fn apply<'a>(text: Cow<'a, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
    let changed = match step(&text) {
        Cow::Owned(changed) => Some(changed),
        Cow::Borrowed(_) => None,
    };
    changed.map_or(text, Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_stored_as_received_but_for_what_breaks_other_tools() {
        for plain in [r#"{"items":[{"t":"\ud83d\ude00 é …"}]}"#, "{\"items\":\r\n []}"] {
            let body = Body::of(plain);
            assert_eq!((body.text.as_ref(), body.received_blake3), (plain.replace("\r\n", "").as_str(), None));
        }
        for (received, stored) in [
            ("{\"t\":\"a\u{2028}\u{85}\"}", r#"{"t":"a\u2028\u0085"}"#),
            (r#"{"t":"\ud83d"}"#, r#"{"t":"\ufffd"}"#),
            ("\u{FEFF}{\"t\":1}", r#"{"t":1}"#),
            ("\u{FEFF}{\n\"t\":\"\\udc00\u{2029}\"}", r#"{"t":"\ufffd\u2029"}"#),
        ] {
            let body = Body::of(received);
            assert_eq!((body.text.as_ref(), body.received_blake3), (stored, Some(hash(received))));
            assert_eq!(Body::of(stored).received_blake3, None, "what is stored is not changed again");
        }
    }
}
