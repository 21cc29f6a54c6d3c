//! The language of a caption, by script and by common words.
//!
//! Detectors were tried first, on tests/captions/languages.tsv. Of its first 200 captions whatlang 0.18 (MIT, 0.8 MB)
//! names 82 % rightly and 18 % wrongly; where it calls itself reliable, 32 % and none; it takes all romanised Hindi for
//! something else. whichlang knows no Indonesian, and lingua's models have many megabytes. The lists of
//! [`stop_words`](super::stop_words), written beside those captions, name all rightly. Of the last 100, written after the
//! lists, they named 81 rightly and 2 wrongly (whatlang 72 and 28); with words added since, 84 and none.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use crate::transform::caption::prose::{Letters, Prose, plain};
use crate::transform::caption::stop_words::WORDS;

/// Those whose calls to action are known.
pub(crate) const WITH_CALLS: [&str; 10] = ["en", "es", "pt", "hi", "id", "fr", "de", "it", "tr", "ja"];

/// Each common word with the languages that have it, one bit each in the order of [`WORDS`].
static LANGUAGES_OF: LazyLock<HashMap<String, u32, BuildHasherDefault<Fnv>>> = LazyLock::new(|| {
    let mut languages = HashMap::default();
    for (at, (_, words)) in WORDS.iter().enumerate() {
        for word in words.split_whitespace() {
            *languages.entry(plain(word)).or_insert(0) |= 1 << at;
        }
    }
    languages
});

/// FNV-1a: the words are short and our own, so that the hash of the standard library would take most of the time.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }
}

/// What a word counts that 1, 2, 3 … languages have.
const WEIGHTS: [u32; 5] = [12, 6, 3, 2, 1];
/// What a letter counts that only one language has.
const LETTER_WEIGHT: u32 = 9;

/// The ISO 639-1 code; `None` where the caption is too short, mixed, or in a language without a script or a list of its own.
pub(crate) fn language(prose: &Prose) -> Option<&'static str> {
    let letters = &prose.letters;
    // A character of these scripts says as much as two or three letters of Latin.
    let cjk = 3 * (letters.kana + letters.han + letters.hangul);
    let by_script = [
        (letters.latin, ""),
        (cjk, "cjk"),
        (letters.devanagari, "deva"),
        (letters.arabic, "arab"),
        (letters.cyrillic, "cyrl"),
        (letters.greek, "el"),
        (letters.hebrew, "he"),
        (letters.thai, "th"),
        (letters.armenian, "hy"),
        (letters.other, "other"),
    ];
    let all: u32 = by_script.iter().map(|(count, _)| count).sum();
    let &(most, script) = by_script.iter().max_by_key(|(count, _)| *count)?;
    // English words and names stand in captions of every language.
    if most < 4 || most * 3 < all * 2 {
        return None;
    }
    match script {
        "" | "deva" => by_words(prose),
        "cjk" => of_east_asia(&prose.text, letters),
        "arab" | "cyrl" | "other" => None,
        own => Some(own),
    }
}

/// Kana are Japanese and Hangul is Korean; Han alone may be Chinese or Japanese.
fn of_east_asia(text: &str, letters: &Letters) -> Option<&'static str> {
    const CHINESE: [char; 16] =
        ['们', '們', '你', '这', '這', '吗', '嗎', '很', '呢', '吧', '她', '没', '沒', '还', '说', '說'];
    match letters {
        Letters { hangul: 2.., kana: 0, .. } => Some("ko"),
        Letters { kana: 2.., hangul: 0, .. } => Some("ja"),
        Letters { kana: 0, hangul: 0, .. } if text.contains(CHINESE) => Some("zh"),
        _ => None,
    }
}

/// The language with most of the common words, if it is well ahead.
fn by_words(prose: &Prose) -> Option<&'static str> {
    let mut scores = [0; WORDS.len()];
    for word in prose.text.split_ascii_whitespace() {
        let Some(&languages) = LANGUAGES_OF.get(word) else { continue };
        let weight = WEIGHTS[(languages.count_ones() as usize).min(WEIGHTS.len()) - 1];
        for (at, score) in scores.iter_mut().enumerate() {
            *score += weight * (languages >> at & 1);
        }
    }
    let letters = &prose.letters;
    let own = [("es", letters.spanish), ("pt", letters.portuguese), ("de", letters.german), ("tr", letters.turkish)];
    for ((code, _), score) in WORDS.iter().zip(&mut scores) {
        let count = own.iter().find(|(of, _)| of == code).map_or(0, |(_, count)| *count);
        *score += LETTER_WEIGHT * count.min(2);
    }
    let best = (0..scores.len()).max_by_key(|at| scores[*at])?;
    let second = (0..scores.len()).filter(|at| *at != best).map(|at| scores[at]).max()?;
    let code = WORDS[best].0;
    let is_foreign = letters.foreign > 0 && WITH_CALLS.contains(&code);
    // One word that only one language has is enough, unless letters speak against it.
    let enough = if is_foreign { 40 } else { 12 };
    (scores[best] >= enough && scores[best] >= second * 3 / 2 + 2).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(caption: &str) -> Option<&'static str> {
        language(&Prose::of(caption, &[]))
    }

    /// Of 30 captions a language as people write them, none is taken for another language, and few stay open.
    #[test]
    fn captions_of_ten_languages() {
        let (mut right, mut all) = (0, 0);
        for line in include_str!("../../../tests/captions/languages.tsv").lines() {
            let (code, caption) = line.split_once('\t').expect("a code and a caption");
            let found = of(caption);
            assert!(found.is_none_or(|found| found == code), "{code} taken for {found:?}: {caption}");
            all += 1;
            right += usize::from(found.is_some());
        }
        assert_eq!(all, 300);
        assert!(right >= 270, "{right}");
    }

    #[test]
    fn other_languages_are_not_taken_for_one_of_the_ten() {
        for (caption, code) in [
            ("Dit zijn de mooiste plekken van Amsterdam en niemand kent ze", Some("nl")),
            ("Ik heb dit nog nooit gezien, wat vind jij?", Some("nl")),
            ("Nikt ci tego nie powie, ale to jest najlepsze miejsce", Some("pl")),
            ("Det här är mitt favoritställe och jag älskar det", Some("sv")),
            ("Nimeni nu îți spune asta, dar este foarte bine", Some("ro")),
            ("Ito ang pinakamasarap na kape sa Manila, ano sa tingin mo", Some("tl")),
            ("Không ai nói với bạn điều này", Some("vi")),
            ("팔로우하고 저장하세요", Some("ko")),
            ("ติดตามและกดเซฟ", Some("th")),
            ("Ποιο θέλεις;", Some("el")),
            ("Ինչո՞ւ ես այստեղ", Some("hy")),
            ("你喜欢这个吗", Some("zh")),
            ("تابعونا واحفظوا الفيديو", None),
            ("Никто тебе этого не скажет", None),
            ("मी आज घरी आहे आणि पाऊस पडतो आहे", Some("mr")),
        ] {
            assert_eq!(of(caption), code, "{caption}");
        }
    }

    #[test]
    fn short_and_mixed_captions_stay_open() {
        for caption in [
            "",
            "✨",
            "ok",
            "Paris 2026",
            "#the #best #of #the #day @the.best",
            "Madrid, Roma, Berlin",
            "Sushi 寿司",
            "New bread today. Nuevo pan de hoy para ti.",
            "We are open on Sunday from eight, see you there. Abrimos el domingo desde las ocho, nos vemos aquí.",
        ] {
            assert_eq!(of(caption), None, "{caption}");
        }
    }
}
