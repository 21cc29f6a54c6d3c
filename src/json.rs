//! JSON text that other tools can read: characters that JSON allows but that break some readers become escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

/// Escapes the line separators U+2028, U+2029 and U+0085: many readers of JSON lines end a line there. In JSON they can
/// occur only in texts, where the escape means the same.
pub(crate) fn escape_separators(json: &[u8]) -> Cow<'_, [u8]> {
    let mut escaped = Vec::new();
    let mut copied = 0;
    for at in memchr::memchr2_iter(0xC2, 0xE2, json) {
        let (escape, length) = match &json[at..] {
            [0xC2, 0x85, ..] => (b"\\u0085", 2),
            [0xE2, 0x80, 0xA8, ..] => (b"\\u2028", 3),
            [0xE2, 0x80, 0xA9, ..] => (b"\\u2029", 3),
            _ => continue,
        };
        escaped.extend_from_slice(&json[copied..at]);
        escaped.extend_from_slice(escape);
        copied = at + length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    escaped.extend_from_slice(&json[copied..]);
    Cow::Owned(escaped)
}

/// As [`escape_separators`], for a text.
pub(crate) fn with_separators_escaped(json: &str) -> Cow<'_, str> {
    match escape_separators(json.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(json),
        Cow::Owned(escaped) => Cow::Owned(String::from_utf8(escaped).expect("whole characters were replaced by ASCII")),
    }
}

/// As [`escape_separators`], for a text that is owned.
pub(crate) fn escaped(json: String) -> String {
    let escaped = match with_separators_escaped(&json) {
        Cow::Owned(escaped) => Some(escaped),
        Cow::Borrowed(_) => None,
    };
    escaped.unwrap_or(json)
}

/// Replaces every `\uD8xx` or `\uDCxx` escape without a partner by `\ufffd`. Text that was cut in the middle of an emoji
/// ends in such a half, which is not a character and which strict readers refuse.
pub(crate) fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut repaired = String::new();
    let (mut copied, mut pair_end) = (0, 0);
    for at in memchr::memmem::find_iter(bytes, b"\\u") {
        let is_other = !matches!(bytes.get(at + 2), Some(b'd' | b'D'));
        if is_other || at < pair_end || is_escaped(bytes, at) {
            continue;
        }
        match unit(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => pair_end = at + 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str(&json[copied..at]);
                repaired.push_str("\\ufffd");
                copied = at + 6;
            }
            _ => {}
        }
    }
    if copied == 0 { Cow::Borrowed(json) } else { Cow::Owned(repaired + &json[copied..]) }
}

/// The code unit of the escape at this position.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

/// Whether the backslash at this position is itself escaped.
fn is_escaped(json: &[u8], at: usize) -> bool {
    json[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The most items that a page may have. The API sends about twelve; more could take a hundred times their size in memory.
pub(crate) const MAX_ITEMS: usize = 5_000;

/// Whether a JSON text is a list of more than `most` elements. No element is kept.
pub(crate) fn is_longer_than(list: &str, most: usize) -> bool {
    struct Count(usize);
    impl<'de> Visitor<'de> for Count {
        type Value = bool;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
            let mut count = 0;
            while seq.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
            Ok(count > self.0)
        }
    }
    // An element takes two bytes with its comma.
    list.len() / 2 > most && serde_json::Deserializer::from_str(list).deserialize_seq(Count(most)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_whole_ones_are_kept() {
        for (json, repaired) in [
            (r#"{"t":"nice \ud83d"}"#, r#"{"t":"nice \ufffd"}"#),
            (r#"{"t":"\uDE00\ud83d\ude00\uD83D"}"#, r#"{"t":"\ufffd\ud83d\ude00\ufffd"}"#),
            (r#"{"t":"\ud83d\ud83d\ude00"}"#, r#"{"t":"\ufffd\ud83d\ude00"}"#),
            (r#"{"t":"\\\ud83dé"}"#, r#"{"t":"\\\ufffdé"}"#),
            (r#"{"t":"\ud83d\n\udc00\u0041"}"#, r#"{"t":"\ufffd\n\ufffd\u0041"}"#),
        ] {
            assert_eq!(without_lone_surrogates(json), repaired);
            assert!(serde_json::from_str::<serde_json::Value>(json).is_err());
            serde_json::from_str::<serde_json::Value>(repaired).unwrap();
        }
        // Whole pairs, an escaped backslash before a `u`, and truncated escapes.
        for whole in [r#"{"t":"\ud83d\ude00 \\ud83d \n"}"#, r#""\\\\ud83d""#, r#""\ud8"#, r#""\ud83"#, "\\", "\\u", ""]
        {
            assert!(matches!(without_lone_surrogates(whole), Cow::Borrowed(_)), "{whole}");
        }
    }

    #[test]
    fn separators_become_escapes_that_mean_the_same() {
        let text = "a\u{2028}b\u{2029}\u{85}\u{2028} é … \u{2027}\u{202A}\u{84}\u{86}";
        let json = serde_json::to_string(text).unwrap();
        let escaped = with_separators_escaped(&json);
        assert_eq!(escaped, "\"a\\u2028b\\u2029\\u0085\\u2028 é … \u{2027}\u{202A}\u{84}\u{86}\"");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        assert!(matches!(with_separators_escaped("é … \u{2027}"), Cow::Borrowed(_)));
        assert_eq!((super::escaped("é".into()), super::escaped("\u{85}".into())), ("é".into(), "\\u0085".into()));
        assert_eq!(escape_separators(b"\xC2").as_ref(), b"\xC2", "a text that ends within a character");
    }
}
