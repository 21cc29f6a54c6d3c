//! Hashtags in a comparable form.

use compact_str::CompactString;
use unicode_normalization::UnicodeNormalization;

use crate::transform::caption::fast::char_class::is_settled;

/// The comparable form of a hashtag. Most tags only have letters that [`plain`] leaves unchanged.
pub(crate) fn comparable(tag: &str) -> CompactString {
    if tag.chars().all(|character| character.is_ascii() || is_settled(character)) {
        return in_lower_case(tag);
    }
    plain(tag)
}

/// The plain version: NFKC and lower case, with one lower-case sigma and ß as ss, as in case folding.
fn plain(tag: &str) -> CompactString {
    tag.nfkc().collect::<String>().to_lowercase().replace('ς', "σ").replace('ß', "ss").into()
}

/// ASCII letters in lower case.
pub(crate) fn in_lower_case(text: &str) -> CompactString {
    let mut text = CompactString::from(text);
    text.make_ascii_lowercase();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_letters_stay_unchanged() {
        let settled: Vec<char> = ('\u{80}'..=char::MAX).filter(|character| is_settled(*character)).collect();
        assert!(settled.len() > 30_000, "{}", settled.len());
        for character in settled {
            for tag in [character.to_string(), format!("B{character}{character}a")] {
                assert_eq!(comparable(&tag), plain(&tag), "{tag:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn comparable_tags_equal_the_plain_ones(tag in "[aZéßйЙ\u{306}कऩ़\u{903}ि्かガ\u{3099}한\u{1161}\u{11A8}آا\u{653}Σς가ーｶ㍻ǅİi]{0,6}") {
            proptest::prop_assert_eq!(comparable(&tag), plain(&tag));
        }
    }
}
