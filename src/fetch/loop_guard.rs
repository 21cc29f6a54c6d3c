//! Guards of a walk: an API that goes in circles is paid for without end, so every sign of one stops the walk.

use std::collections::HashSet;

/// Empty pages that may follow each other while the API still gives a cursor.
const EMPTY_PAGES: u32 = 3;

/// What a walk has seen so far; made again from the log when a walk is taken up.
#[derive(Debug, Default)]
pub struct LoopGuard {
    cursors: HashSet<String>,
    reels: HashSet<String>,
    pages: HashSet<String>,
    empty_in_a_row: u32,
}

impl LoopGuard {
    /// Takes a page in and says why the walk must not go on to its next one, if so. A page without a next one is the
    /// end, and stops nothing.
    pub fn page(&mut self, hash: &str, reels: &[String], next: Option<&str>) -> Option<&'static str> {
        let known_page = !self.pages.insert(hash.to_owned());
        let known_reels = reels.iter().filter(|reel| !self.reels.insert((*reel).clone())).count();
        self.empty_in_a_row = if reels.is_empty() { self.empty_in_a_row + 1 } else { 0 };
        let known_cursor = !self.cursors.insert(next?.to_owned());
        if known_page {
            return Some("the same page came again, byte for byte");
        }
        if !reels.is_empty() && known_reels == reels.len() {
            return Some("every reel on it was on an earlier page");
        }
        if known_cursor {
            return Some("the API gave a cursor that it gave before");
        }
        (self.empty_in_a_row > EMPTY_PAGES).then_some("more than 3 empty pages in a row, each with a cursor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds pages as (hash, reels, next) and returns the verdicts.
    fn verdicts(pages: &[(&str, &str, &str)]) -> Vec<Option<&'static str>> {
        let mut guard = LoopGuard::default();
        let reels = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        pages
            .iter()
            .map(|(hash, ids, next)| guard.page(hash, &reels(ids), Some(*next).filter(|next| !next.is_empty())))
            .collect()
    }

    #[test]
    fn an_honest_walk_is_let_through_with_its_pinned_reel_twice() {
        assert_eq!(verdicts(&[("a", "9 1 2", "x"), ("b", "3 9 4", "y"), ("c", "9", "")]), [None; 3]);
    }

    #[test]
    fn circles_are_seen() {
        let two_cycle = verdicts(&[("a", "1", "x"), ("b", "2", "y"), ("c", "3", "x")]);
        assert_eq!(two_cycle[2], Some("the API gave a cursor that it gave before"));
        let page_one_again = verdicts(&[("a", "1 2", "x"), ("b", "2 1", "y")]);
        assert_eq!(page_one_again[1], Some("every reel on it was on an earlier page"));
        let same_bytes = verdicts(&[("a", "1 2", "x"), ("a", "1 2", "x")]);
        assert_eq!(same_bytes[1], Some("the same page came again, byte for byte"));
    }

    #[test]
    fn three_empty_pages_are_borne_and_a_fourth_is_not() {
        let empty = [("a", "", "1"), ("b", "", "2"), ("c", "", "3"), ("d", "", "4")];
        assert_eq!(verdicts(&empty)[..3], [None; 3]);
        assert!(verdicts(&empty)[3].is_some());
        let broken_up =
            [("a", "", "1"), ("b", "", "2"), ("c", "7", "3"), ("d", "", "4"), ("e", "", "5"), ("f", "", "6")];
        assert_eq!(verdicts(&broken_up), [None; 6]);
    }
}
