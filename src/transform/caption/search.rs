//! Web and e-mail addresses, and ranges of bytes.

use std::ops::Range;

use regex::Regex;

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

/// The last of these sorted ranges that begins before a place.
pub(crate) fn range_before(ranges: &[Range<usize>], place: usize) -> Option<&Range<usize>> {
    ranges[..ranges.partition_point(|range| range.start < place)].last()
}

pub(crate) fn within(ranges: &[Range<usize>], at: usize) -> bool {
    range_before(ranges, at + 1).is_some_and(|range| range.contains(&at))
}

/// The ranges sorted, with overlapping ones joined.
pub(crate) fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut().filter(|last| range.start < last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => joined.push(range),
        }
    }
    joined
}
