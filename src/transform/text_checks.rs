//! Characters in texts that other tools have trouble with: NUL is removed, the others are counted and kept.

use crate::schema::column::Row;
use crate::transform::flat_reel::{FlatReel, Remark};

/// Removes NUL from every text of an observation, and reports each text that had one, that has a line separator, or that
/// has U+FFFD for a lone surrogate (only where `was_changed`).
pub(crate) fn check(observation: &mut FlatReel, was_changed: bool, remarks: &mut Vec<Remark>) {
    observation.reel.texts(|column, text| {
        if let Some(clean) = checked(text, column, was_changed, remarks) {
            *text = clean.into();
        }
    });
    for person in &mut observation.people {
        person.texts(|column, text| {
            if let Some(clean) = checked(text, &format!("people.{column}"), was_changed, remarks) {
                *text = clean.into();
            }
        });
    }
}

/// The text without NUL, where it had one.
fn checked(text: &str, column: &str, was_changed: bool, remarks: &mut Vec<Remark>) -> Option<String> {
    // The first bytes of all these characters; most texts have none.
    let first = |byte: &u8| matches!(byte, 0 | 0xC2 | 0xE2 | 0xEF);
    if !text.as_bytes().iter().any(first) {
        return None;
    }
    if text.contains(['\u{2028}', '\u{2029}', '\u{85}']) {
        remarks.push(("line_separator", column.to_owned()));
    }
    if was_changed && text.contains('\u{FFFD}') {
        remarks.push(("lone_surrogate", column.to_owned()));
    }
    if !text.contains('\0') {
        return None;
    }
    remarks.push(("nul_in_text", column.to_owned()));
    Some(text.replace('\0', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tables::{Person, Reel};

    fn remarks(caption: &str, username: &str, was_changed: bool) -> (FlatReel, Vec<Remark>) {
        let reel = Reel { caption: Some(caption.into()), owner_full_name: Some("José …".into()), ..Reel::default() };
        let person = Person { username: username.into(), ..Person::default() };
        let mut observation = FlatReel { reel: reel.into(), people: vec![person], ..FlatReel::default() };
        let mut remarks = Vec::new();
        check(&mut observation, was_changed, &mut remarks);
        (observation, remarks)
    }

    #[test]
    fn nul_is_removed_and_counted_once_per_text() {
        let (observation, found) = remarks("a\0b\0", "\0w", false);
        assert_eq!((observation.reel.caption.as_deref(), observation.people[0].username.as_str()), (Some("ab"), "w"));
        assert_eq!(found, [("nul_in_text", "caption".to_owned()), ("nul_in_text", "people.username".to_owned())]);
    }

    #[test]
    fn separators_are_kept_and_counted() {
        for separator in ["\u{2028}", "\u{2029}", "\u{85}"] {
            let caption = format!("a{separator}b");
            let (observation, found) = remarks(&caption, "w", false);
            assert_eq!(observation.reel.caption.as_deref(), Some(caption.as_str()));
            assert_eq!(found, [("line_separator", "caption".to_owned())]);
        }
        assert_eq!(remarks("a\nb\r\t é ☀ \u{2027}", "w", true).1, []);
    }

    #[test]
    fn a_replacement_character_is_a_lone_surrogate_only_where_one_was_replaced() {
        assert_eq!(remarks("cut \u{FFFD}", "w", true).1, [("lone_surrogate", "caption".to_owned())]);
        assert_eq!(remarks("cut \u{FFFD}", "w", false).1, []);
    }
}
