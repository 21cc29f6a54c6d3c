//! Characters in texts that the next tool stumbles over: NUL is taken out, the others are counted and kept.

use crate::schema::column::Row;
use crate::transform::flatten::{Reading, Remark};

/// Takes NUL out of every text of a reading, and remarks on each text that had one, that holds a line separator, or
/// that holds U+FFFD for half a surrogate pair (`was_changed` says whether it may).
pub fn check(reading: &mut Reading, was_changed: bool, remarks: &mut Vec<Remark>) {
    reading.reel.texts(|column, text| {
        if let Some(clean) = checked(text, column, was_changed, remarks) {
            *text = clean.into();
        }
    });
    for person in &mut reading.people {
        person.texts(|column, text| {
            if let Some(clean) = checked(text, &format!("people.{column}"), was_changed, remarks) {
                *text = clean.into();
            }
        });
    }
}

/// The text without NUL, where it had one.
fn checked(text: &str, column: &str, was_changed: bool, remarks: &mut Vec<Remark>) -> Option<String> {
    // The first bytes of all of these; most texts have none.
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

    fn remarks(caption: &str, username: &str, was_changed: bool) -> (Reading, Vec<Remark>) {
        let reel = Reel { caption: Some(caption.into()), owner_full_name: Some("José …".into()), ..Reel::default() };
        let person = Person { username: username.into(), ..Person::default() };
        let mut reading = Reading { reel: reel.into(), people: vec![person], ..Reading::default() };
        let mut remarks = Vec::new();
        check(&mut reading, was_changed, &mut remarks);
        (reading, remarks)
    }

    #[test]
    fn nul_is_taken_out_and_counted_once_a_text() {
        let (reading, found) = remarks("a\0b\0", "\0w", false);
        assert_eq!((reading.reel.caption.as_deref(), reading.people[0].username.as_str()), (Some("ab"), "w"));
        assert_eq!(found, [("nul_in_text", "caption".to_owned()), ("nul_in_text", "people.username".to_owned())]);
    }

    #[test]
    fn separators_are_kept_and_counted() {
        for separator in ["\u{2028}", "\u{2029}", "\u{85}"] {
            let caption = format!("a{separator}b");
            let (reading, found) = remarks(&caption, "w", false);
            assert_eq!(reading.reel.caption.as_deref(), Some(caption.as_str()));
            assert_eq!(found, [("line_separator", "caption".to_owned())]);
        }
        assert_eq!(remarks("a\nb\r\t é ☀ \u{2027}", "w", true).1, []);
    }

    #[test]
    fn a_replacement_character_is_half_a_pair_only_where_one_was_replaced() {
        assert_eq!(remarks("cut \u{FFFD}", "w", true).1, [("lone_surrogate", "caption".to_owned())]);
        assert_eq!(remarks("cut \u{FFFD}", "w", false).1, []);
    }
}
