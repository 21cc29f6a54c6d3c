//! The loop guard: an API that loops would be billed forever, so any sign of a loop stops the crawl.

use std::collections::HashSet;

/// Empty pages that may follow each other while the API still gives a cursor.
const EMPTY_PAGES: u32 = 3;

/// What a crawl has seen so far; rebuilt from the page log when a crawl is resumed.
#[derive(Debug, Default)]
pub(crate) struct LoopGuard {
    cursors: HashSet<String>,
    reels: HashSet<String>,
    pages: HashSet<String>,
    empty_in_a_row: u32,
}

impl LoopGuard {
    /// Checks a page; returns the sign of a loop if the crawl must not continue. A page without a next one is the end, and
    /// never a loop.
    pub(crate) fn check(&mut self, hash: &str, reels: &[String], next: Option<&str>) -> Option<&'static str> {
        let is_known_page = !self.pages.insert(hash.to_owned());
        let known_reels = reels.iter().filter(|reel| !self.reels.insert((*reel).clone())).count();
        self.empty_in_a_row = if reels.is_empty() { self.empty_in_a_row + 1 } else { 0 };
        let is_known_cursor = !self.cursors.insert(next?.to_owned());
        if is_known_page {
            Some("the API repeated a page, byte for byte")
        } else if !reels.is_empty() && known_reels == reels.len() {
            Some("every reel on it was on an earlier page")
        } else if is_known_cursor {
            Some("the API repeated a cursor")
        } else if self.empty_in_a_row > EMPTY_PAGES {
            Some("more than 3 empty pages in a row, each with a cursor")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks pages given as (hash, reels, next).
    fn signs(pages: &[(&str, &str, &str)]) -> Vec<Option<&'static str>> {
        let mut guard = LoopGuard::default();
        let reels = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        pages
            .iter()
            .map(|(hash, ids, next)| guard.check(hash, &reels(ids), Some(*next).filter(|next| !next.is_empty())))
            .collect()
    }

    #[test]
    fn a_crawl_that_shows_a_pinned_reel_twice_is_no_loop() {
        assert_eq!(signs(&[("a", "9 1 2", "x"), ("b", "3 9 4", "y"), ("c", "9", "")]), [None; 3]);
    }

    #[test]
    fn loops_are_found() {
        let two_cycle = signs(&[("a", "1", "x"), ("b", "2", "y"), ("c", "3", "x")]);
        assert_eq!(two_cycle[2], Some("the API repeated a cursor"));
        let page_one_again = signs(&[("a", "1 2", "x"), ("b", "2 1", "y")]);
        assert_eq!(page_one_again[1], Some("every reel on it was on an earlier page"));
        let same_bytes = signs(&[("a", "1 2", "x"), ("a", "1 2", "x")]);
        assert_eq!(same_bytes[1], Some("the API repeated a page, byte for byte"));
    }

    #[test]
    fn three_empty_pages_are_accepted_and_a_fourth_is_not() {
        let empty = [("a", "", "1"), ("b", "", "2"), ("c", "", "3"), ("d", "", "4")];
        assert_eq!(signs(&empty)[..3], [None; 3]);
        assert!(signs(&empty)[3].is_some());
        let interrupted =
            [("a", "", "1"), ("b", "", "2"), ("c", "7", "3"), ("d", "", "4"), ("e", "", "5"), ("f", "", "6")];
        assert_eq!(signs(&interrupted), [None; 6]);
    }
}
