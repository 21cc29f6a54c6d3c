//! The prose of a caption: its words in lower case and without accents, without hashtags, mentions and addresses.

use std::ops::Range;

use crate::transform::caption::char_class::{
    is_alone, is_hangul, is_katakana, is_part_of_picture, is_picture, is_wide_sign, is_word,
};

/// What one pass over a caption finds.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    /// One blank between the words of a clause, a line break before and after each clause. `@` stands for a mention, `#`
    /// for a hashtag, `&` for itself. People leave accents out, so that nothing here has any.
    pub text: String,
    pub letters: Letters,
    pub has_question: bool,
}

/// Letters by script, and signs that only some languages have.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    pub latin: u32,
    pub devanagari: u32,
    pub kana: u32,
    pub han: u32,
    pub hangul: u32,
    pub arabic: u32,
    pub cyrillic: u32,
    pub greek: u32,
    pub hebrew: u32,
    pub thai: u32,
    pub armenian: u32,
    pub other: u32,
    /// `¿`, `¡` and `ñ`.
    pub spanish: u32,
    /// `ã` and `õ`.
    pub portuguese: u32,
    /// `ß`.
    pub german: u32,
    /// `ğ`, `ı`, `İ` and `ş`.
    pub turkish: u32,
    /// Letters of Latin that none of the ten languages has.
    pub foreign: u32,
}

impl Prose {
    /// Of a caption, without these addresses.
    pub(crate) fn of(caption: &str, addresses: &[Range<usize>]) -> Self {
        let mut prose = Self { text: String::with_capacity(caption.len() + 2), ..Self::default() };
        prose.text.push('\n');
        let mut from = 0;
        for address in addresses {
            prose.read(&caption[from..address.start]);
            prose.end_clause();
            from = address.end;
        }
        prose.read(&caption[from..]);
        prose.end_clause();
        prose
    }

    pub(crate) fn has_words(&self) -> bool {
        self.text.contains(char::is_alphabetic)
    }

    fn read(&mut self, text: &str) {
        let (mut rest, mut before) = (text, ' ');
        loop {
            rest = self.read_ascii_letters(rest, &mut before);
            let Some(character) = rest.chars().next() else { return };
            rest = &rest[character.len_utf8()..];
            match character {
                ' ' | '\'' | '’' | '‘' | '"' | '“' | '”' | '-' | '_' | '/' | '*' | '\u{A0}' | '\u{3000}' => {
                    self.end_word();
                }
                '&' | '+' => self.push_sign('&'),
                '#' | '＃' if rest.starts_with(is_word) => {
                    rest = rest.trim_start_matches(|c| is_word(c) || is_mark(c) || is_vowel_sign(c));
                    self.push_sign('#');
                }
                '@' | '＠' if rest.starts_with(is_of_handle) => {
                    let handle = &rest[..rest.find(|c| !is_of_handle(c) && c != '.').unwrap_or(rest.len())];
                    rest = &rest[handle.trim_end_matches('.').len()..];
                    self.push_sign('@');
                }
                '#' | '＃' | '@' | '＠' => self.end_word(),
                '\0'..='\x7F' => {
                    self.has_question |= character == '?' || character == ';' && is_greek(before);
                    self.end_clause();
                }
                _ => self.read_wide(character),
            }
            before = character;
        }
    }

    /// Takes over the ASCII letters and digits before anything else, which most captions consist of.
    fn read_ascii_letters<'a>(&mut self, text: &'a str, before: &mut char) -> &'a str {
        let end = text.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (run, rest) = text.split_at(end);
        if let Some(&last) = run.as_bytes().last() {
            let from = self.text.len();
            self.text.push_str(run);
            self.text[from..].make_ascii_lowercase();
            self.letters.latin += run.bytes().filter(u8::is_ascii_alphabetic).count() as u32;
            *before = last.into();
        }
        rest
    }

    /// A character that is not ASCII.
    fn read_wide(&mut self, character: char) {
        // Most of what is not Latin, at a third of the time.
        match character {
            '\u{904}'..='\u{939}' | '\u{93E}'..='\u{94D}' => self.letters.devanagari += 1,
            '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' => self.letters.kana += 1,
            '\u{4E00}'..='\u{9FFF}' => self.letters.han += 1,
            _ => return self.read_rare(character),
        }
        self.text.push(character);
    }

    fn read_rare(&mut self, character: char) {
        if is_mark(character) {
            return;
        }
        if is_picture(character) || is_wide_sign(character) {
            self.has_question |= matches!(character, '❓' | '❔' | '？');
            return self.end_clause();
        }
        self.letters.count(character);
        match plain_letter(character) {
            Some(letters) => self.text.push_str(letters),
            None if ('！'..='～').contains(&character) && character != '？' => {
                let narrow = char::from_u32(character as u32 - 0xFEE0).unwrap_or(' ');
                match narrow.is_ascii_alphanumeric() {
                    true => self.text.push(narrow.to_ascii_lowercase()),
                    false => self.end_clause(),
                }
            }
            // Armenian puts its mark inside the word.
            None if character == '՞' => self.has_question = true,
            None if character.is_alphanumeric() || is_vowel_sign(character) => self.text.push(character),
            None => {
                self.has_question |= matches!(character, '？' | '؟' | '¿' | '⁇' | '⁈' | '⁉' | '\u{37E}' | '‽' | '⸮');
                self.end_clause();
            }
        }
    }

    fn end_word(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b' ' | b'\n')) {
            self.text.push(' ');
        }
    }

    fn end_clause(&mut self) {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn push_sign(&mut self, sign: char) {
        self.end_word();
        self.text.push(sign);
        self.text.push(' ');
    }
}

impl Letters {
    fn count(&mut self, character: char) {
        match character {
            'ñ' | 'Ñ' | '¿' | '¡' => self.spanish += 1,
            'ã' | 'õ' | 'Ã' | 'Õ' => self.portuguese += 1,
            'ß' => self.german += 1,
            'ğ' | 'Ğ' | 'ı' | 'İ' | 'ş' | 'Ş' => self.turkish += 1,
            'à'..='ä'
            | 'ç'..='ï'
            | 'ò'..='ö'
            | 'ù'..='ü'
            | 'œ'
            | 'Œ'
            | 'À'..='Ä'
            | 'Ç'..='Ï'
            | 'Ò'..='Ö'
            | 'Ù'..='Ü' => {}
            'å' | 'Å' | 'æ' | 'Æ' | 'ø' | 'Ø' | '\u{100}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                self.foreign += 1
            }
            _ => return self.count_script(character),
        }
        self.latin += u32::from(character.is_alphabetic());
    }

    fn count_script(&mut self, character: char) {
        let of = match character {
            '\u{900}'..='\u{963}' => &mut self.devanagari,
            '\u{3041}'..='\u{3096}' => &mut self.kana,
            _ if is_katakana(character) => &mut self.kana,
            _ if is_alone(character) => &mut self.han,
            _ if is_hangul(character) => &mut self.hangul,
            '\u{620}'..='\u{64A}' | '\u{671}'..='\u{6D3}' => &mut self.arabic,
            '\u{400}'..='\u{52F}' => &mut self.cyrillic,
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' if character != '\u{37E}' => &mut self.greek,
            '\u{5D0}'..='\u{5EA}' => &mut self.hebrew,
            '\u{E01}'..='\u{E3A}' | '\u{E40}'..='\u{E4E}' => &mut self.thai,
            '\u{531}'..='\u{556}' | '\u{561}'..='\u{587}' => &mut self.armenian,
            _ if character.is_alphabetic() => &mut self.other,
            _ => return,
        };
        *of += 1;
    }
}

/// A text in lower case and without accents, its blanks and signs as they are: the form of words in tables.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !is_mark(*character)) {
        match plain_letter(character) {
            Some(letters) => plain.push_str(letters),
            None => plain.extend(character.to_lowercase()),
        }
    }
    plain
}

/// Letters of the ten languages without their accents.
fn plain_letter(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'À'..='Å' | 'ā' | 'ă' => "a",
        'ç' | 'Ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'ę' => "e",
        'ì'..='ï' | 'Ì'..='Ï' | 'ı' | 'İ' | 'ī' => "i",
        'ñ' | 'Ñ' => "n",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' => "o",
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' => "u",
        'ğ' | 'Ğ' => "g",
        'ş' | 'Ş' | 'ș' | 'Ș' | 'š' | 'Š' => "s",
        'ß' => "ss",
        'œ' | 'Œ' => "oe",
        'æ' | 'Æ' => "ae",
        // Devanagari with the dot below in one character.
        '\u{958}' => "क",
        '\u{959}' => "ख",
        '\u{95A}' => "ग",
        '\u{95B}' => "ज",
        '\u{95C}' => "ड",
        '\u{95D}' => "ढ",
        '\u{95E}' => "फ",
        '\u{95F}' => "य",
        _ => return None,
    })
}

/// What is left out: accents of their own, the dot below Devanagari letters (few people type it), joiners.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{93C}' | '\u{200B}'..='\u{200D}') || is_part_of_picture(character)
}

/// Vowels and the like of Devanagari and its relatives, which follow a letter.
fn is_vowel_sign(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{903}' | '\u{93E}'..='\u{94D}')
}

fn is_of_handle(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_greek(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_clauses_as_they_are_searched() {
        for (caption, text) in [
            ("", "\n"),
            ("Don't  FORGET…\n\nlink in bio 👇🏽", "\ndon t forget\nlink in bio\n"),
            ("¡Síguenos! Işık, ŞİMDİ", "\nsiguenos\nisik\nsimdi\n"),
            ("si\u{301}guenos Straße œuf", "\nsiguenos strasse oeuf\n"),
            ("follow @two.words. & save #this_one", "\nfollow @\n& save #\n"),
            ("ＦＯＬＬＯＷ　me！", "\nfollow me\n"),
            ("फ़ॉलो करें। \u{95E}ॉलो", "\nफॉलो करें\nफॉलो\n"),
            ("保存して、ね", "\n保存して\nね\n"),
        ] {
            assert_eq!(Prose::of(caption, &[]).text, text, "{caption}");
        }
        assert_eq!(plain("Işbirliği (à|É)"), "isbirligi (a|e)");
    }

    #[test]
    fn question_marks_of_many_scripts() {
        let asks = |caption: &str| Prose::of(caption, &[]).has_question;
        for caption in [
            "really?",
            "really？",
            "¿de verdad",
            "really❓",
            "❔",
            "really⁉",
            "for real⁉️",
            "what⁈",
            "Ποιο θέλεις;",
            "Ποιο θέλεις\u{37E}",
            "Ինչո՞ւ",
            "هل تحب الخبز؟",
        ] {
            assert!(asks(caption), "{caption}");
        }
        for caption in ["", "wow❗", "wow‼️", "bread; butter", "Ψωμί, bread;", "ψωμί·", "هذا؛"] {
            assert!(!asks(caption), "{caption}");
        }
    }
}
