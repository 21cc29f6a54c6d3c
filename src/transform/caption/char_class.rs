//! Classes of characters: those of Unicode, and ranges of the scripts that most captions use.

use regex_syntax::hir::{Class as HirClass, HirKind};

/// A set of characters by its ranges. (A regex takes ten times as long for a single character.)
#[derive(Debug)]
pub(crate) struct Class(Vec<(char, char)>);

impl Class {
    /// From a pattern for one character, such as `\p{L}`.
    pub(crate) fn of(pattern: &str) -> Self {
        let hir = regex_syntax::parse(pattern).expect("a constant pattern").into_kind();
        let HirKind::Class(HirClass::Unicode(class)) = hir else { unreachable!("{pattern} is for one character") };
        Self(class.iter().map(|range| (range.start(), range.end())).collect())
    }

    pub(crate) fn has(&self, character: char) -> bool {
        let at = self.0.partition_point(|&(_, last)| last < character);
        self.0.get(at).is_some_and(|&(first, _)| first <= character)
    }
}

pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Han and Hiragana: each character is a word.
pub(crate) fn is_alone(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{3096}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Letters that NFKC and lower case leave unchanged, whatever letters and vowels are next to them.
pub(crate) fn is_settled(character: char) -> bool {
    is_alone(character)
        || is_katakana(character) && character != 'ヿ'
        || is_hangul(character)
        || matches!(character, '\u{E0}'..='\u{F6}' | '\u{F8}'..='\u{FF}' | '\u{430}'..='\u{44F}' | '\u{620}'..='\u{64A}'
            | '\u{900}'..='\u{939}' | '\u{93E}'..='\u{94D}')
}

pub(crate) fn is_katakana(character: char) -> bool {
    matches!(character, '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}')
}

pub(crate) fn is_hangul(character: char) -> bool {
    matches!(character, '\u{AC00}'..='\u{D7A3}')
}

/// Commas, stops, brackets and blanks of Han and kana.
pub(crate) fn is_wide_sign(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{3002}' | '\u{3008}'..='\u{3011}' | '！' | '（' | '）' | '？')
}

/// The most common pictures, except flags.
pub(crate) fn is_picture(character: char) -> bool {
    matches!(character, '\u{2600}'..='\u{2775}' | '\u{1F300}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}')
}

/// What follows a picture and is part of it: variation selectors, skin tones and the joiner.
pub(crate) fn is_part_of_picture(character: char) -> bool {
    matches!(character, '\u{200D}' | '\u{20E3}' | '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Half of a flag.
pub(crate) fn is_flag_letter(character: char) -> bool {
    matches!(character, '\u{1F1E6}'..='\u{1F1FF}')
}
