//! A caption as its reader sees it: the line that shows before "more", words and emoji.

use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::pattern;

/// What the app shows of a caption before "more", in characters.
const HOOK_CHARS: usize = 125;

static EMOJI: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Emoji_Presentation}|\p{Extended_Pictographic}"));

static EMOJI_PRESENTATION: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{Emoji_Presentation}"));

/// The first line that is not blank, cut at [`HOOK_CHARS`] without splitting what a reader sees as one character.
pub fn hook(caption: &str) -> Option<String> {
    let line = caption.split(['\n', '\r', '\u{2028}', '\u{2029}']).map(str::trim).find(|line| !line.is_empty())?;
    let Some((cut, _)) = line.char_indices().nth(HOOK_CHARS) else { return Some(line.to_owned()) };
    let mut cursor = GraphemeCursor::new(cut, line.len(), true);
    let whole = match cursor.is_boundary(line, 0) {
        Ok(true) => cut,
        _ => cursor.prev_boundary(line, 0).ok().flatten().unwrap_or(0),
    };
    Some(line[..whole].to_owned())
}

/// Emoji as people count them: a family, a flag or a skin tone is one.
pub fn emoji_count(caption: &str) -> i32 {
    let may_hold_one = pieces(caption).filter(|piece| !piece.is_ascii() && piece.contains(may_be_emoji));
    may_hold_one.flat_map(|piece| piece.graphemes(true)).filter(|grapheme| is_emoji(grapheme)).count() as i32
}

/// Whether the character can make what it stands in an emoji: the blocks that Unicode has them in, and the keycap's mark.
fn may_be_emoji(character: char) -> bool {
    matches!(character, '©' | '®' | '\u{2000}'..='\u{303D}' | '\u{3297}'..='\u{3299}' | '\u{1F000}'..)
}

/// The caption cut before each blank. No word and nothing that is seen as one character reaches over such a cut, and most
/// pieces are ASCII, where both are quickly found.
fn pieces(caption: &str) -> impl Iterator<Item = &str> {
    let mut rest = caption;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?.len_utf8();
        let blank = rest.as_bytes()[first..].iter().position(u8::is_ascii_whitespace);
        let (piece, after) = rest.split_at(blank.map_or(rest.len(), |at| first + at));
        rest = after;
        Some(piece)
    })
}

/// Words as Unicode has them (UAX 29), those with a letter or a digit.
pub fn word_count(caption: &str) -> i32 {
    let words = |piece: &str| few_words(piece).unwrap_or_else(|| piece.unicode_words().count());
    pieces(caption).map(words).sum::<usize>() as i32
}

/// The words of a piece that is seen at once to have one or none: letters of scripts that put blanks between words, with
/// signs around them, or pictures. A third of what is counted, at a tenth of the time.
fn few_words(piece: &str) -> Option<usize> {
    if piece.is_ascii() {
        return None;
    }
    let core = piece.trim_matches(|character: char| {
        character.is_ascii_whitespace() || character.is_ascii_punctuation() && character != '_'
    });
    let is_word = core.starts_with(is_spaced_letter)
        && core.chars().all(|character| is_spaced_letter(character) || is_vowel_sign(character));
    match is_word {
        true => Some(1),
        false => core.chars().all(is_picture).then_some(0),
    }
}

/// Latin, Cyrillic, Arabic, Devanagari and Hangul, as far as they lie together.
fn is_spaced_letter(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{410}'..='\u{44F}'
            | '\u{620}'..='\u{64A}' | '\u{904}'..='\u{939}' | '\u{AC00}'..='\u{D7A3}')
}

/// Those of Devanagari.
fn is_vowel_sign(character: char) -> bool {
    matches!(character, '\u{93C}' | '\u{93E}'..='\u{94D}')
}

fn is_picture(character: char) -> bool {
    matches!(character, '\u{200D}' | '\u{2600}'..='\u{2775}' | '\u{FE0F}' | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F300}'..='\u{1FAFF}')
}

fn is_emoji(grapheme: &str) -> bool {
    let Some(first) = grapheme.chars().next() else { return false };
    if !grapheme.contains(may_be_emoji) {
        return false;
    }
    if grapheme.contains('\u{20E3}') {
        return true;
    }
    // © ™ ↔ and their like are text unless a variation selector makes them pictures; U+FE0E asks for text.
    let text_by_default = first < '\u{2600}' || matches!(first, '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}');
    let mut bytes = [0; 4];
    let presented = EMOJI_PRESENTATION.is_match(first.encode_utf8(&mut bytes));
    !first.is_ascii()
        && EMOJI.is_match(grapheme)
        && !grapheme.contains('\u{FE0E}')
        && (!text_by_default || presented || grapheme.contains('\u{FE0F}'))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    #[test]
    fn emoji_are_counted_as_seen() {
        assert_eq!(emoji_count("family 👨‍👩‍👧‍👦 flag 🇩🇪🇮🇳 tone 👍🏽 keycap 1️⃣ heart ❤️"), 6);
        assert_eq!(emoji_count("text © ™ 1 # * ↔ ☎\u{FE0E}"), 0);
        assert_eq!(emoji_count("🤗☀️"), 2);
        assert_eq!(emoji_count("☀ ✔ bare"), 2);
        assert_eq!(emoji_count("plain"), 0);
    }

    /// Captions of everything that is looked at on a way of its own.
    pub fn any_caption() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let piece = prop_oneof![
            Just("Follow"),
            Just("save"),
            Just("link in bio"),
            Just("paid"),
            Just(" partnership"),
            Just("\u{A0}"),
            Just(" "),
            Just("\n"),
            Just("."),
            Just("'"),
            Just(":"),
            Just("é"),
            Just("²"),
            Just("カ"),
            Just("बि"),
            Just("\u{301}"),
            Just("\u{200D}"),
            Just("\u{FE0F}"),
            Just("\u{20E3}"),
            Just("1"),
            Just("👩"),
            Just("🏽"),
            Just("🇩"),
            Just("🇪"),
            Just("©"),
            Just("™"),
            Just("☀"),
            Just("\u{600}"),
            Just("@"),
            Just("mail@example.org"),
            Just("example.shop"),
            Just("https://a.b/c"),
            Just("#ad"),
            Just("_"),
            Just("-"),
            Just("?"),
            Just("\u{2028}"),
            Just("\u{85}"),
            Just("h"),
        ];
        proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn what_is_seen_at_once_is_what_unicode_says() {
        let (mut seen, mut bytes) = (0, [0; 4]);
        for character in '\u{80}'..=char::MAX {
            let alone = &*character.encode_utf8(&mut bytes);
            for text in [alone, &alone.repeat(2), &format!("a{alone}b"), &format!("-{alone}1.é"), &format!("я{alone}!")]
            {
                let Some(words) = few_words(text) else { continue };
                assert_eq!(words, text.unicode_words().count(), "{text:?}");
                seen += 1;
            }
        }
        assert!(seen > 50_000, "{seen}");
    }

    proptest::proptest! {
        #[test]
        fn words_and_emoji_are_those_of_unicode(caption in any_caption()) {
            proptest::prop_assert_eq!(word_count(&caption), caption.unicode_words().count() as i32);
            let emoji = caption.graphemes(true).filter(|grapheme| is_emoji(grapheme)).count();
            proptest::prop_assert_eq!(emoji_count(&caption), emoji as i32);
        }

        #[test]
        fn words_of_spaced_scripts_are_those_of_unicode(text in "[aZ1_.,'#éßяغहाि््한✨👩\u{FE0F}\u{200D}🇩✓۔。カ々 -]{0,10}") {
            proptest::prop_assert_eq!(word_count(&text), text.unicode_words().count() as i32);
        }

        /// As long as it may be, and not one character longer.
        #[test]
        fn a_hook_is_cut_between_what_is_seen_as_characters(caption in any_caption()) {
            let long = caption.repeat(12);
            let line = long.split(['\n', '\r', '\u{2028}', '\u{2029}']).map(str::trim).find(|line| !line.is_empty());
            let mut chars = 0;
            let fits = line.into_iter().flat_map(|line| line.graphemes(true)).take_while(|grapheme| {
                chars += grapheme.chars().count();
                chars <= HOOK_CHARS
            });
            proptest::prop_assert_eq!(hook(&long).unwrap_or_default(), fits.collect::<String>());
        }
    }

    #[test]
    fn every_emoji_stands_in_the_blocks_that_are_looked_at() {
        let mut bytes = [0; 4];
        for character in '\u{80}'..=char::MAX {
            assert!(!EMOJI.is_match(character.encode_utf8(&mut bytes)) || may_be_emoji(character), "{character:?}");
        }
    }
}
