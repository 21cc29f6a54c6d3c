//! Captions: hashtags, mentions, addresses, emoji, questions, calls to action and ad disclosure. Fast paths take a third
//! of the time (BENCHMARKS.md); tests compare each with its plain version.

pub(crate) mod call_phrases;
pub(crate) mod calls;
pub(crate) mod char_class;
pub(crate) mod disclosure;
pub(crate) mod emoji;
pub(crate) mod hook;
pub(crate) mod language;
pub(crate) mod prose;
pub(crate) mod search;
pub(crate) mod stop_words;
pub(crate) mod words;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use compact_str::CompactString;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::schema::tables::Reel;
use crate::transform::caption::char_class::{Class, is_settled, is_word};
use crate::transform::caption::prose::Prose;
use crate::transform::caption::search::{find_around, joined, may_be_in_email, may_be_in_url, within};
use crate::transform::caption::{
    calls::has_call, disclosure::discloses_ad, hook::hook, language::language, words::counts,
};

/// A hashtag of a caption: `tag` is comparable (NFKC, lower case), `written` is as published, both without the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub tag: CompactString,
    pub written: CompactString,
}

/// The parts of a caption; tags and mentions are distinct, in order of first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub hashtags: Vec<Tag>,
    pub mentions: Vec<CompactString>,
    pub urls: usize,
    /// The ranges of web and e-mail addresses in bytes, sorted and without overlap.
    addresses: Vec<Range<usize>>,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\w.+%-]*[\w+%-]@[\w-]+(?:\.[\w-]+)+"));

/// With a scheme, with `www.`, or a bare domain under a common ending. Scripts without blanks may touch an address, so
/// that only ASCII letters are part of it. (Boundaries of ASCII words are also faster.)
static URL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) (?-u:\b) (?: https?://[^\s<>]+ | www\.[^\s<>]+ |
        (?:[a-z0-9-]+\.)+ (?:com|net|org|io|co|app|shop|store|link|bio|me|tv|info|eu|de|fr|es|it|uk|in|br|ly|ee)
        (?-u:\b) (?: /[^\s<>]* )? )",
    )
});

/// A sign and a run of word characters; what may precede the sign is checked in code, since patterns cannot look behind.
static HASHTAG: LazyLock<Regex> = LazyLock::new(|| pattern(r"[#＃][\w·・]+"));

/// A handle has letters, digits, underscores and single inner dots, at most 30 characters.
static MENTION: LazyLock<Regex> = LazyLock::new(|| pattern(r"[@＠][A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*"));

static LETTER: LazyLock<Class> = LazyLock::new(|| Class::of(r"\p{L}"));

/// Finds hashtags, mentions and addresses. E-mail addresses are not mentions, and nothing inside an address counts.
fn parts(caption: &str) -> Parts {
    let emails = find_around(may_be_in_email(caption), &EMAIL, caption);
    let mut urls = find_around(may_be_in_url(caption), &URL, caption);
    urls.retain(|range| !within(&emails, range.start));
    let mut parts = Parts { urls: urls.len(), addresses: joined([emails, urls].concat()), ..Parts::default() };
    let (mut tags, mut handles) = (HashSet::new(), HashSet::new());
    let mut tag_end = usize::MAX;
    for whole in HASHTAG.find_iter(caption) {
        // "C#sharp" is not a tag, "#one#two" is two.
        let joined =
            caption[..whole.start()].chars().next_back().is_some_and(|before| is_word(before) || before == '&');
        if within(&parts.addresses, whole.start()) || joined && whole.start() != tag_end {
            continue;
        }
        tag_end = whole.end();
        let written =
            without_sign(whole.as_str()).trim_matches(['\u{200C}', '\u{200D}', '\u{FE0E}', '\u{FE0F}', '·', '・']);
        // "#1" and the keycap "#️⃣" are not tags: a tag has a letter.
        if !written.contains(|c: char| LETTER.has(c)) {
            continue;
        }
        let tag = comparable(written);
        if tags.insert(tag.clone()) {
            parts.hashtags.push(Tag { tag, written: written.into() });
        }
    }
    for whole in MENTION.find_iter(caption) {
        let handle = without_sign(whole.as_str());
        let joined = caption[..whole.start()].chars().next_back().is_some_and(|c| is_word(c) || c == '+' || c == '%');
        if joined || within(&parts.addresses, whole.start()) || handle.len() > 30 {
            continue;
        }
        let handle = in_lower_case(handle);
        if handles.insert(handle.clone()) {
            parts.mentions.push(handle);
        }
    }
    parts
}

/// The comparable form of a hashtag. Most tags only have letters that [`plain_comparable`] leaves unchanged.
fn comparable(tag: &str) -> CompactString {
    if tag.chars().all(|character| character.is_ascii() || is_settled(character)) {
        return in_lower_case(tag);
    }
    plain_comparable(tag)
}

/// The plain version: NFKC and lower case, with one lower-case sigma and ß as ss, as in case folding.
fn plain_comparable(tag: &str) -> CompactString {
    tag.nfkc().collect::<String>().to_lowercase().replace('ς', "σ").replace('ß', "ss").into()
}

/// ASCII letters in lower case.
fn in_lower_case(text: &str) -> CompactString {
    let mut text = CompactString::from(text);
    text.make_ascii_lowercase();
    text
}

fn without_sign(found: &str) -> &str {
    let mut characters = found.chars();
    characters.next();
    characters.as_str()
}

/// Fills every column that comes from the caption, and returns its parts; without a caption the columns stay null.
pub(crate) fn fill(reel: &mut Reel) -> Parts {
    let Some(text) = reel.caption.take() else { return Parts::default() };
    let (caption, parts) = (text.as_str(), parts(&text));
    reel.caption_chars = Some(caption.chars().count() as i32);
    let (words, emoji) = counts(caption);
    (reel.caption_words, reel.emoji_count) = (Some(words), Some(emoji));
    reel.hook = hook(caption);
    reel.hashtag_count = Some(parts.hashtags.len() as i32);
    reel.mention_count = Some(parts.mentions.len() as i32);
    reel.url_count = Some(parts.urls as i32);
    let prose = Prose::of(caption, &parts.addresses);
    let language = language(&prose);
    reel.caption_language = language.map(CompactString::const_new);
    reel.has_question = Some(prose.has_question);
    reel.has_call_to_action = has_call(caption, &prose, language);
    reel.discloses_ad = Some(discloses_ad(parts.hashtags.iter().map(|tag| tag.tag.as_str()), &prose, language));
    reel.caption = Some(text);
    parts
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::strategy::Strategy;

    use super::*;

    /// Captions with everything that has a fast path.
    pub(crate) fn any_caption() -> impl Strategy<Value = String> {
        const PIECES: [&str; 2] = [
            "Follow|save|link in bio|paid| partnership|\u{A0}| |\n|.|'|:|é|²|カ|か。|बि|\u{301}|\u{200D}|\u{FE0F}|\u{20E3}",
            "1|👩|🏽|🇩|🇪|©|™|☀|\u{600}|@|mail@example.org|example.shop|https://a.b/c|#ad|_|-|?|？|\u{2028}|\u{85}|h",
        ];
        let pieces: Vec<&str> = PIECES.iter().flat_map(|pieces| pieces.split('|')).collect();
        proptest::collection::vec(proptest::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
    }

    fn tags(caption: &str) -> Vec<CompactString> {
        parts(caption).hashtags.into_iter().map(|tag| tag.tag).collect()
    }

    fn filled(caption: &str) -> Reel {
        let mut reel = Reel { caption: Some(caption.into()), ..Reel::default() };
        assert_eq!(fill(&mut reel), parts(caption));
        assert_eq!(reel.caption.as_deref(), Some(caption));
        reel
    }

    #[test]
    fn hashtags_as_people_write_them() {
        assert_eq!(tags("#Bread #BREAD ＃bread"), ["bread"]);
        assert_eq!(
            tags("#sour_dough #東京カフェ #कॉफ़ी #Ünïcode #ＢＲＥＡＤ"),
            ["sour_dough", "東京カフェ", &comparable("कॉफ़ी"), "ünïcode", "bread"]
        );
        assert_eq!(tags("#1 #2024 # #- #_ #️⃣"), [""; 0]);
        assert_eq!(tags("#2024goals #1st"), ["2024goals", "1st"]);
        assert_eq!(tags("#one#two ##three (#four)."), ["one", "two", "three", "four"]);
        assert_eq!(tags("C#sharp &#39; https://example.com/#part example.com/a#b"), [""; 0]);
        assert_eq!(tags("#stop, #dot. #heart❤️ #end\u{200D}"), ["stop", "dot", "heart", "end"]);
        assert_eq!(tags("\u{2028}#line\t#tab"), ["line", "tab"]);
        assert_eq!(tags("#ΟΔΟΣ #οδοσ"), ["οδοσ"]);
        assert_eq!(tags("#Straße #STRASSE"), ["strasse"]);
        assert_eq!(parts("#SourDough").hashtags[0].written, "SourDough");
    }

    #[test]
    fn mentions_as_people_write_them() {
        let mentions = |caption: &str| parts(caption).mentions;
        assert_eq!(mentions("with @Harbor.Bakery_1, @two. and ＠three"), ["harbor.bakery_1", "two", "three"]);
        assert_eq!(mentions("@a..b @.c @d.e."), ["a", "d.e"]);
        assert_eq!(mentions("orders: hello@example.com, first.last+x@mail.example.org"), [""; 0]);
        assert_eq!(mentions("https://example.com/@someone youtube.com/@other"), [""; 0]);
        assert_eq!(mentions("w/@one (@two) \"@three\" @one"), ["one", "two", "three"]);
        assert_eq!(mentions(&format!("@{}", "x".repeat(31))), [""; 0]);
        assert_eq!(mentions("@ alone, @@twice"), ["twice"]);
    }

    #[test]
    fn addresses_questions_and_calls() {
        let urls = |caption: &str| filled(caption).url_count.unwrap();
        assert_eq!(urls("https://example.com/a?b=c www.example.org example.shop me@example.com end.Next"), 3);
        assert_eq!(urls("no. address here... 3.5 stars"), 0);
        assert_eq!(urls("詳しくはhttps://example.comで ещёexample.shop"), 2);
        assert_eq!(filled("see https://example.com/?q=1").has_question, Some(false));
        assert_eq!(filled("https://example.com/save follow@example.com").has_call_to_action, Some(false));
        assert_eq!(filled("really？").has_question, Some(true));
        assert_eq!(filled("هل تحب الخبز؟").has_question, Some(true));
        for caption in ["Follow for more", "LINK IN BIO", "save this!", "DM us", "tag a friend", "Comment BREAD"] {
            assert_eq!(filled(caption).has_call_to_action, Some(true), "{caption}");
        }
        for caption in
            ["our followers are the best", "that was a shared table", "we admire this", "#commentary", "they tagged us"]
        {
            assert_eq!(filled(caption).has_call_to_action, Some(false), "{caption}");
        }
        for caption in ["our followers", "a shared table", "admire", "tagged", "팔로우하고 저장하세요"] {
            assert_ne!(filled(caption).has_call_to_action, Some(true), "{caption}");
        }
        assert_eq!(filled("팔로우하고 저장하세요").has_call_to_action, None);
        assert_eq!(filled("ok, link in bio ✨").has_call_to_action, Some(true));
        for caption in ["new oven #ad", "#Gifted", "Paid partnership with nobody", "x #sponsored"] {
            assert_eq!(filled(caption).discloses_ad, Some(true), "{caption}");
        }
        assert_eq!(filled("#adventure #addition, an ad").discloses_ad, Some(false));
    }

    proptest::proptest! {
        /// The fast paths agree with the plain versions.
        #[test]
        fn the_fast_paths_equal_the_plain_ones(caption in any_caption()) {
            let reel = filled(&caption);
            let mut text = caption.clone();
            for range in parts(&caption).addresses {
                text.replace_range(range.clone(), &"\n".repeat(range.len()));
            }
            let prose = Prose::of(&text, &[]);
            proptest::prop_assert_eq!(reel.caption_language.as_deref(), language(&prose));
            proptest::prop_assert_eq!(reel.has_call_to_action, has_call(&text, &prose, language(&prose)));
            proptest::prop_assert_eq!(reel.has_question, Some(text.contains(['?', '？'])));
            let all = |pattern: &Regex| pattern.find_iter(&caption).map(|found| found.range()).collect::<Vec<_>>();
            proptest::prop_assert_eq!(find_around(may_be_in_url(&caption), &URL, &caption), all(&URL));
            proptest::prop_assert_eq!(find_around(may_be_in_email(&caption), &EMAIL, &caption), all(&EMAIL));
        }
    }

    #[test]
    fn hooks_lengths_and_nulls() {
        let reel = filled("\n \t\nFirst line \u{2028}second\nthird");
        assert_eq!(reel.hook.as_deref(), Some("First line"));
        assert_eq!((reel.caption_words, reel.caption_chars), (Some(4), Some(28)));
        let long = "a".repeat(124) + "👨‍👩‍👧 rest";
        assert_eq!(filled(&long).hook.unwrap(), "a".repeat(124));
        assert_eq!(filled(&"word ".repeat(440)).caption_chars, Some(2200));
        let empty = filled("");
        assert_eq!((empty.caption_chars, empty.hook, empty.has_question), (Some(0), None, Some(false)));
        let mut none = Reel::default();
        assert_eq!(fill(&mut none), Parts::default());
        assert_eq!((none.caption, none.hashtag_count, none.has_question), (None, None, None));
    }

    #[test]
    fn settled_letters_stay_unchanged() {
        let settled: Vec<char> = ('\u{80}'..=char::MAX).filter(|character| is_settled(*character)).collect();
        assert!(settled.len() > 30_000, "{}", settled.len());
        for character in settled {
            for tag in [character.to_string(), format!("B{character}{character}a")] {
                assert_eq!(comparable(&tag), plain_comparable(&tag), "{tag:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn comparable_tags_equal_the_plain_ones(tag in "[aZéßйЙ\u{306}कऩ़\u{903}ि्かガ\u{3099}한\u{1161}\u{11A8}آا\u{653}Σς가ーｶ㍻ǅİi]{0,6}") {
            proptest::prop_assert_eq!(comparable(&tag), plain_comparable(&tag));
        }
    }
}
