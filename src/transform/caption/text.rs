//! A caption as its reader sees it: the line that shows before "more", words and emoji.

use compact_str::CompactString;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::transform::caption::class::{
    is_alone, is_flag_letter, is_hangul, is_katakana, is_part_of_picture, is_picture, is_wide_sign,
};
use crate::transform::caption::emoji::{emoji_count, may_be_emoji};

/// What the app shows of a caption before "more", in characters.
const HOOK_CHARS: usize = 125;

const LINE_ENDS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// The first line that is not blank, cut at [`HOOK_CHARS`] without splitting what a reader sees as one character.
pub fn hook(caption: &str) -> Option<CompactString> {
    // Line ends are blank, too.
    let text = caption.trim_start();
    // The first byte of each line end: most of a text is passed over many bytes at a time.
    let mut may_end = memchr::memchr3_iter(b'\n', b'\r', 0xE2, text.as_bytes());
    let end = may_end.find(|&at| text[at..].starts_with(LINE_ENDS)).unwrap_or(text.len());
    let line = Some(text[..end].trim_end()).filter(|line| !line.is_empty())?;
    let Some((cut, _)) = line.char_indices().nth(HOOK_CHARS) else { return Some(line.into()) };
    let mut cursor = GraphemeCursor::new(cut, line.len(), true);
    let whole = match cursor.is_boundary(line, 0) {
        Ok(true) => cut,
        _ => cursor.prev_boundary(line, 0).ok().flatten().unwrap_or(0),
    };
    Some(line[..whole].into())
}

/// Words as Unicode has them (UAX 29), those with a letter or a digit; and emoji.
pub fn counts(caption: &str) -> (i32, i32) {
    let (mut words, mut emoji) = (0, 0);
    for piece in pieces(caption) {
        let quickly = quick_words(piece);
        words += quickly.map_or_else(|| piece.unicode_words().count(), |(words, _)| words);
        if quickly.map_or_else(|| piece.contains(may_be_emoji), |(_, has_picture)| has_picture) {
            emoji += emoji_count(piece);
        }
    }
    (words as i32, emoji as i32)
}

/// The caption cut before blanks. No word and nothing that is seen as one character reaches over such a cut, and most
/// pieces are of one script, where words are quickly counted.
fn pieces(caption: &str) -> impl Iterator<Item = &str> {
    let mut begin = 0;
    let blanks = memchr::memchr2_iter(b' ', b'\n', caption.as_bytes()).chain([caption.len()]);
    blanks.map(move |end| &caption[std::mem::replace(&mut begin, end)..end])
}

/// What a character is for the count of words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a script that puts blanks between words, or a digit: a run of them is a word.
    Letter,
    /// A run is a word, too, but none with letters.
    Katakana,
    Alone,
    /// No part of a word.
    Sign,
    /// No part of a word, but between two letters it may join them.
    Joiner,
    /// No part of a word, but perhaps of an emoji.
    ChartData,
    /// Goes with what is before it and is no letter.
    Watermark,
    /// Goes with what is before it and is a letter for itself where nothing is.
    Vowel,
    Other,
}

const ASCII_KINDS: [Kind; 128] = {
    let mut kinds = [Kind::Sign; 128];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Kind::Letter,
            b'.' | b',' | b':' | b';' | b'\'' => Kind::Joiner,
            b'_' => Kind::Other,
            _ => Kind::Sign,
        };
        byte += 1;
    }
    kinds
};

fn kind(character: char) -> Kind {
    if let Some(&kind) = ASCII_KINDS.get(character as usize) {
        return kind;
    }
    match character {
        _ if is_alone(character) => Kind::Alone,
        _ if is_katakana(character) => Kind::Katakana,
        _ if is_spaced_letter(character) => Kind::Letter,
        _ if is_wide_sign(character) => Kind::Sign,
        _ if is_picture(character) || is_flag_letter(character) => Kind::ChartData,
        _ if is_part_of_picture(character) => Kind::Watermark,
        '·' | '‘' | '’' => Kind::Joiner,
        '¡' | '«' | '»' | '¿' | '–' | '—' | '“' | '”' | '…' | '।' | '॥' => Kind::Sign,
        '\u{64B}'..='\u{652}' | '\u{900}'..='\u{903}' | '\u{93C}' | '\u{93E}'..='\u{94D}' => Kind::Vowel,
        _ => Kind::Other,
    }
}

/// Latin, Cyrillic, Arabic, Devanagari and Hangul, as far as they lie together.
fn is_spaced_letter(character: char) -> bool {
    matches!(character, '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{410}'..='\u{44F}'
        | '\u{620}'..='\u{64A}' | '\u{904}'..='\u{939}')
        || is_hangul(character)
}

/// The words of a piece whose characters are all of a kind that is known here, and stand so that no rule but those of
/// their kinds counts; and whether any of them can be a part of an emoji. A tenth of the time.
fn quick_words(piece: &str) -> Option<(usize, bool)> {
    let (mut words, mut has_picture, mut before) = (0, false, Kind::Sign);
    for character in piece.chars() {
        let kind = kind(character);
        match kind {
            Kind::Letter if before == Kind::Joiner => return None,
            Kind::Letter | Kind::Katakana => words += usize::from(kind != before),
            Kind::Alone => words += 1,
            Kind::Joiner if before != Kind::Letter => {
                before = Kind::Sign;
                continue;
            }
            Kind::Sign | Kind::Joiner => {}
            Kind::ChartData => has_picture = true,
            Kind::Watermark => {
                has_picture = true;
                continue;
            }
            Kind::Vowel if before == Kind::Letter => continue,
            Kind::Vowel | Kind::Other => return None,
        }
        before = kind;
    }
    Some((words, has_picture))
}

#[cfg(test)]
pub mod tests {
    use super::*;

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
            Just("か。"),
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
            Just("？"),
            Just("\u{2028}"),
            Just("\u{85}"),
            Just("h"),
        ];
        proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    /// Each character of a known kind beside one of every kind.
    #[test]
    fn what_is_quickly_counted_is_what_unicode_says() {
        let mut seen = 0;
        for character in ('\0'..=char::MAX).filter(|character| kind(*character) != Kind::Other) {
            let alone = character.to_string();
            let mut texts = vec![alone.repeat(2), format!("-{alone}1.é"), format!("я{alone}!"), format!("ि{alone}")];
            for other in ["a", "カ", "か", "-", ".", "\u{FE0F}", "✨", "🇩"] {
                texts.extend([
                    format!("{other}{alone}{other}"),
                    format!("a{other}{alone}b"),
                    format!("a{alone}{other}b"),
                ]);
            }
            for text in texts {
                let Some((words, has_picture)) = quick_words(&text) else { continue };
                assert_eq!(words, text.unicode_words().count(), "{text:?}");
                assert!(has_picture || emoji_count(&text) == 0, "{text:?}");
                seen += 1;
            }
        }
        assert!(seen > 1_000_000, "{seen}");
    }

    proptest::proptest! {
        #[test]
        fn words_and_emoji_are_those_of_unicode(caption in any_caption()) {
            let words = caption.unicode_words().count();
            proptest::prop_assert_eq!(counts(&caption), (words as i32, emoji_count(&caption) as i32));
        }

        #[test]
        fn words_of_many_scripts_are_those_of_unicode(text in "[aZ1_.,'’·#éßяغہاहि््ंً한✨👩\u{FE0F}\u{200D}🇩✓۔。カか漢々 -]{0,10}") {
            proptest::prop_assert_eq!(counts(&text).0, text.unicode_words().count() as i32);
        }

        /// As long as it may be, and not one character longer.
        #[test]
        fn a_hook_is_cut_between_what_is_seen_as_characters(caption in any_caption()) {
            let long = caption.repeat(12);
            let line = long.split(LINE_ENDS).map(str::trim).find(|line| !line.is_empty());
            let mut chars = 0;
            let fits = line.into_iter().flat_map(|line| line.graphemes(true)).take_while(|grapheme| {
                chars += grapheme.chars().count();
                chars <= HOOK_CHARS
            });
            proptest::prop_assert_eq!(hook(&long).unwrap_or_default(), fits.collect::<String>());
        }
    }
}
