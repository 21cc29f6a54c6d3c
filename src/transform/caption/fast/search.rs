//! Web and e-mail addresses, and phrases.

use std::ops::Range;

use regex::Regex;

use crate::transform::caption::ranges::range_before;

/// Whether a text in lower case contains a phrase as whole words, outside these ranges. The pattern has boundaries of ASCII
/// words, which is ten times as fast as Unicode ones; letters of other scripts next to it are checked here.
pub(crate) fn contains_phrase(text: &str, phrase: &Regex, outside: &[Range<usize>]) -> bool {
    let mut from = 0;
    while let Some(found) = phrase.find_at(text, from) {
        let before = text[..found.start()].chars().next_back();
        let behind = text[found.end()..].chars().next();
        let joined = before.into_iter().chain(behind).any(regex_syntax::is_word_character);
        // The last range that begins before its end also ends last.
        let is_outside = range_before(outside, found.end()).is_none_or(|range| range.end <= found.start());
        if !joined && is_outside {
            return true;
        }
        from = found.start() + 1;
    }
    false
}

/// The places of dots inside words, and of schemes: a web address has one of them.
pub(crate) fn may_be_in_url(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_inner = move |&at: &usize| match bytes[at] {
        b':' => bytes[at..].starts_with(b"://"),
        _ => bytes.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace() && *next != b'.'),
    };
    memchr::memchr2_iter(b'.', b':', bytes).filter(is_inner)
}

/// The places of `@` with something right before it: an e-mail address has one.
pub(crate) fn may_be_in_email(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'@', bytes).filter(move |&at| at > 0 && !bytes[at - 1].is_ascii_whitespace())
}

/// Finds matches without blanks, which contain one of these places: most of a text is not searched. The plain version is
/// `find_iter` over all of it.
pub(crate) fn find_around(places: impl Iterator<Item = usize>, pattern: &Regex, text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut end = 0;
    for at in places {
        if at < end {
            continue;
        }
        let begin = text.as_bytes()[..at].iter().rposition(u8::is_ascii_whitespace).map_or(0, |blank| blank + 1);
        end = text.as_bytes()[at..].iter().position(u8::is_ascii_whitespace).map_or(text.len(), |blank| at + blank);
        let ranges = pattern.find_iter(&text[begin..end]).map(|found| begin + found.start()..begin + found.end());
        found.extend(ranges);
    }
    found
}
