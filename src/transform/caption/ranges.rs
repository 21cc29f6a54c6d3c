//! Ranges of bytes in a text.

use std::ops::Range;

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
