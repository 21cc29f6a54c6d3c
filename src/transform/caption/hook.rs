//! The hook of a caption: what the app shows before "more".

use compact_str::CompactString;
use unicode_segmentation::GraphemeCursor;

/// What the app shows of a caption before "more", in characters.
const HOOK_CHARS: usize = 125;

const LINE_ENDS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];

/// The first line that is not blank, cut at [`HOOK_CHARS`] characters without splitting a grapheme.
pub(crate) fn hook(caption: &str) -> Option<CompactString> {
    // Line ends are blanks, too.
    let text = caption.trim_start();
    // The first byte of each line end: this skips most of a text many bytes at a time.
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

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;
    use crate::transform::caption::tests::any_caption;

    proptest::proptest! {

        /// As long as allowed, and not one grapheme longer.
        #[test]
        fn a_hook_is_cut_between_graphemes(caption in any_caption()) {
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
