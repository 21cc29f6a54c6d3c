//! Words and emoji of a caption.

use unicode_segmentation::UnicodeSegmentation;

use crate::transform::caption::char_class::{
    is_alone, is_flag_letter, is_hangul, is_katakana, is_part_of_picture, is_picture, is_wide_sign,
};
use crate::transform::caption::emoji::{emoji_count, may_be_emoji};

/// The words of Unicode (UAX 29) with a letter or a digit, and the emoji.
pub(crate) fn counts(caption: &str) -> (i32, i32) {
    let (mut words, mut emoji) = (0, 0);
    for piece in pieces(caption) {
        let fast = fast_words(piece);
        words += fast.map_or_else(|| plain_words(piece), |(words, _)| words);
        if fast.map_or_else(|| piece.contains(may_be_emoji), |(_, has_picture)| has_picture) {
            emoji += emoji_count(piece);
        }
    }
    (words as i32, emoji as i32)
}

/// The plain version.
fn plain_words(text: &str) -> usize {
    text.unicode_words().count()
}

/// The caption cut before blanks. No word and no grapheme crosses such a cut, and most pieces are of one script, where
/// counting words is simple.
fn pieces(caption: &str) -> impl Iterator<Item = &str> {
    let mut begin = 0;
    let blanks = memchr::memchr2_iter(b' ', b'\n', caption.as_bytes()).chain([caption.len()]);
    blanks.map(move |end| &caption[std::mem::replace(&mut begin, end)..end])
}

/// The role of a character in counting words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WordPart {
    /// Of a script with blanks between words, or a digit: a run of them is a word.
    Letter,
    /// A run of them is a word, but not together with letters.
    Katakana,
    Alone,
    /// Not in a word.
    Sign,
    /// Not in a word, but between two letters it may join them.
    Joiner,
    /// Not in a word, but perhaps in an emoji.
    Picture,
    /// Belongs to the character before it, and is not a letter.
    Mark,
    /// Belongs to the letter before it; without one it is a letter itself.
    Vowel,
    Other,
}

fn part(character: char) -> WordPart {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => WordPart::Letter,
        '.' | ',' | ':' | ';' | '\'' => WordPart::Joiner,
        '_' => WordPart::Other,
        '\0'..='\x7F' => WordPart::Sign,
        _ if is_alone(character) => WordPart::Alone,
        _ if is_katakana(character) => WordPart::Katakana,
        _ if is_spaced_letter(character) => WordPart::Letter,
        _ if is_wide_sign(character) => WordPart::Sign,
        _ if is_picture(character) || is_flag_letter(character) => WordPart::Picture,
        _ if is_part_of_picture(character) => WordPart::Mark,
        '·' | '‘' | '’' => WordPart::Joiner,
        '¡' | '«' | '»' | '¿' | '–' | '—' | '“' | '”' | '…' | '।' | '॥' => WordPart::Sign,
        '\u{64B}'..='\u{652}' | '\u{900}'..='\u{903}' | '\u{93C}' | '\u{93E}'..='\u{94D}' => WordPart::Vowel,
        _ => WordPart::Other,
    }
}

/// Latin, Cyrillic, Arabic, Devanagari and Hangul, as far as their letters are in one range.
fn is_spaced_letter(character: char) -> bool {
    matches!(character, '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{410}'..='\u{44F}'
        | '\u{620}'..='\u{64A}' | '\u{904}'..='\u{939}')
        || is_hangul(character)
}

/// The number of words in a piece, and whether it may have an emoji; `None` where a character or a combination needs the
/// plain version. Takes a tenth of the time.
fn fast_words(piece: &str) -> Option<(usize, bool)> {
    let (mut words, mut has_picture, mut before) = (0, false, WordPart::Sign);
    for character in piece.chars() {
        let part = part(character);
        match part {
            WordPart::Letter if before == WordPart::Joiner => return None,
            WordPart::Letter | WordPart::Katakana => words += usize::from(part != before),
            WordPart::Alone => words += 1,
            WordPart::Joiner if before != WordPart::Letter => {
                before = WordPart::Sign;
                continue;
            }
            WordPart::Sign | WordPart::Joiner => {}
            WordPart::Picture => has_picture = true,
            WordPart::Mark => {
                has_picture = true;
                continue;
            }
            WordPart::Vowel if before == WordPart::Letter => continue,
            WordPart::Vowel | WordPart::Other => return None,
        }
        before = part;
    }
    Some((words, has_picture))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::caption::tests::any_caption;

    /// Every character of a known part, next to one of every part.
    #[test]
    fn fast_word_counts_equal_the_plain_ones() {
        let mut seen = 0;
        for character in ('\0'..=char::MAX).filter(|character| part(*character) != WordPart::Other) {
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
                let Some((words, has_picture)) = fast_words(&text) else { continue };
                assert_eq!(words, plain_words(&text), "{text:?}");
                assert!(has_picture || emoji_count(&text) == 0, "{text:?}");
                seen += 1;
            }
        }
        assert!(seen > 1_000_000, "{seen}");
    }

    proptest::proptest! {
        #[test]
        fn words_and_emoji_are_those_of_unicode(caption in any_caption()) {
            let words = plain_words(&caption);
            proptest::prop_assert_eq!(counts(&caption), (words as i32, emoji_count(&caption) as i32));
        }

        #[test]
        fn words_of_many_scripts_are_those_of_unicode(text in "[aZ1_.,'’·#éßяغہاहि््ंً한✨👩\u{FE0F}\u{200D}🇩✓۔。カか漢々 -]{0,10}") {
            proptest::prop_assert_eq!(counts(&text).0, plain_words(&text) as i32);
        }
    }
}
