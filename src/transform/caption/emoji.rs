//! Emoji as people count them: a family, a flag or a skin tone is one.

use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;

use crate::transform::caption::char_class::{
    Class, is_alone, is_katakana, is_part_of_picture, is_picture, is_wide_sign,
};

static EMOJI: LazyLock<Class> = LazyLock::new(|| Class::of(r"[\p{Emoji_Presentation}\p{Extended_Pictographic}]"));

static EMOJI_PRESENTATION: LazyLock<Class> = LazyLock::new(|| Class::of(r"\p{Emoji_Presentation}"));

/// The number of emoji in a text.
pub(crate) fn emoji_count(text: &str) -> usize {
    cut(text).filter(|piece| piece.contains(may_be_emoji)).map(plain_count).sum()
}

/// The plain version.
fn plain_count(text: &str) -> usize {
    text.graphemes(true).filter(|grapheme| is_emoji(grapheme)).count()
}

/// Whether a grapheme with this character can be an emoji: the blocks of Unicode that have them, and the keycap's mark.
pub(crate) fn may_be_emoji(character: char) -> bool {
    match character {
        '\u{2000}'..='\u{2BFF}' => !matches!(character, '\u{2000}'..='\u{203B}' | '\u{2460}'..='\u{24C1}'),
        '©' | '®' | '\u{3030}' | '\u{303D}' | '\u{3297}'..='\u{3299}' | '\u{1F000}'.. => true,
        _ => false,
    }
}

/// The text cut at places that are certainly between graphemes: most pieces are quickly found to have no emoji, and the
/// others are short.
fn cut(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut characters = rest.char_indices();
        let (_, mut before) = characters.next()?;
        let end = characters.find_map(|(at, character)| {
            let is_cut = are_apart(before, character);
            before = character;
            is_cut.then_some(at)
        });
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(piece)
    })
}

/// Before a picture, and after it and all its parts.
fn are_apart(before: char, character: char) -> bool {
    is_picture(character) && (is_plain(before) || is_picture(before) || before == '\u{FE0F}')
        || is_plain(character) && (is_picture(before) || is_part_of_picture(before))
}

/// Only marks combine with these.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~') || is_alone(character) || is_katakana(character) || is_wide_sign(character)
}

fn is_emoji(grapheme: &str) -> bool {
    let Some(first) = grapheme.chars().next() else { return false };
    if grapheme.contains('\u{20E3}') {
        return true;
    }
    // © ™ ↔ and the like are text unless a variation selector makes them pictures; U+FE0E requests text.
    let text_by_default = first < '\u{2600}' || matches!(first, '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}');
    EMOJI.has(first)
        && !grapheme.contains('\u{FE0E}')
        && (!text_by_default || EMOJI_PRESENTATION.has(first) || grapheme.contains('\u{FE0F}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::caption::tests::any_caption;

    #[test]
    fn emoji_are_counted_as_seen() {
        assert_eq!(emoji_count("family 👨‍👩‍👧‍👦 flag 🇩🇪🇮🇳 tone 👍🏽 keycap 1️⃣ heart ❤️"), 6);
        assert_eq!(emoji_count("text © ™ 1 # * ↔ ☎\u{FE0E}"), 0);
        assert_eq!(emoji_count("🤗☀️"), 2);
        assert_eq!(emoji_count("☀ ✔ bare"), 2);
        assert_eq!(emoji_count("plain"), 0);
    }

    proptest::proptest! {
        #[test]
        fn emoji_of_captions_are_those_of_the_plain_version(caption in any_caption()) {
            proptest::prop_assert_eq!(emoji_count(&caption), plain_count(&caption));
        }

        #[test]
        fn emoji_of_any_text_are_those_of_the_plain_version(text in "[a1#か漢カ。 ✨☀👩👍🏽\u{FE0F}\u{FE0E}\u{200D}\u{20E3}\u{301}\u{600}©™🇩🇪ー가क्ष]{0,12}") {
            proptest::prop_assert_eq!(emoji_count(&text), plain_count(&text));
        }
    }

    /// Every character that may be next to a cut, next to others.
    #[test]
    fn cuts_are_between_graphemes() {
        let beside = ["a", "か", "カ", "。", "✨", "👩", "\u{FE0F}", "\u{200D}", "🏽", "\u{20E3}"];
        let is_known = |c: &char| is_plain(*c) || is_picture(*c) || is_part_of_picture(*c);
        for character in ('\0'..=char::MAX).filter(is_known) {
            for other in beside {
                for text in [format!("{other}{character}"), format!("{character}{other}")] {
                    let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
                    let mut at = 0;
                    for piece in cut(&text) {
                        assert!(ends.contains(&at), "{text:?} at {at}");
                        at += piece.len();
                    }
                }
            }
        }
    }

    #[test]
    fn every_emoji_is_in_the_blocks_that_are_checked() {
        for character in '\u{80}'..=char::MAX {
            assert!(!EMOJI.has(character) || may_be_emoji(character), "{character:?}");
        }
    }
}
