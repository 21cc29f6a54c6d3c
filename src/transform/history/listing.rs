//! Whether a reel is still listed: full crawls that should have shown it and did not are counted.

use std::collections::HashMap;

use crate::schema::cell::UtcMicros;
use crate::transform::{flat_reel::FlatReel, history::missed::Missed, history::progress::ReelProgress};

/// A full crawl that showed under half of the reels listed before it: no evidence that the others are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShrunkCrawl {
    pub crawl: usize,
    /// Of the reels that were listed before the crawl.
    pub shown: usize,
    pub listed: usize,
}

/// A full crawl at its last page.
pub(crate) struct CrawlEnd {
    crawl: usize,
    pub read_at: UtcMicros,
    reels: usize,
}

/// The ends of the full crawls, in the order of their last pages with reels.
pub(crate) fn ends(observations: &[FlatReel], complete_crawls: &[(usize, UtcMicros)]) -> Vec<CrawlEnd> {
    let mut by_crawl: HashMap<usize, CrawlEnd> = HashMap::new();
    for observation in observations {
        let (crawl, read_at) = (observation.crawl, observation.reel.observed_at);
        let end = by_crawl.entry(crawl).or_insert(CrawlEnd { crawl, read_at, reels: 0 });
        end.read_at = end.read_at.max(read_at);
        end.reels += 1;
    }
    let end = |&(crawl, read_at): &(usize, UtcMicros)| {
        by_crawl.remove(&crawl).unwrap_or(CrawlEnd { crawl, read_at, reels: 0 })
    };
    let mut ends: Vec<CrawlEnd> = complete_crawls.iter().map(end).collect();
    ends.sort_by_key(|end| (end.read_at, end.crawl));
    ends
}

impl CrawlEnd {
    /// Counts the crawl as missed for every reel that it did not show, unless it shrank. A crawl is wide where it showed
    /// at least 80 % of the reels listed before it: one that shows less is itself in doubt. With only a few reels no crawl
    /// counts as shrunk.
    ///
    /// Once consecutive crawls have shrunk for a week, the reels that none of them showed count as gone.
    pub(crate) fn count_missed(
        &self,
        states: &mut [ReelProgress],
        shrunk_since: &mut Option<UtcMicros>,
    ) -> Option<ShrunkCrawl> {
        const MIN_LISTED: usize = 4;
        const WIDE_PERCENT: usize = 80;
        const WEEK_MICROS: i64 = 7 * 24 * 3_600_000_000;
        let is_shown = |state: &&ReelProgress| state.last_crawl == Some(self.crawl) && state.was_listed;
        let is_gone = |state: &&ReelProgress| self.missed(state) && state.missed.is_listed() != Some(false);
        let shown = states.iter().filter(is_shown).count();
        let listed = shown + states.iter().filter(is_gone).count();
        if listed >= MIN_LISTED && 2 * shown < listed {
            let since = *shrunk_since.get_or_insert(self.read_at);
            if self.read_at.0 - since.0 < WEEK_MICROS {
                return Some(ShrunkCrawl { crawl: self.crawl, shown, listed });
            }
            let unseen = |state: &&mut ReelProgress| self.missed(state) && state.newest.reel.observed_at < since;
            for state in states.iter_mut().filter(unseen) {
                state.missed = Missed::GONE;
            }
            *shrunk_since = None;
            return None;
        }
        *shrunk_since = None;
        let is_wide = 100 * shown >= WIDE_PERCENT * listed;
        for state in states.iter_mut().filter(|state| self.reels > 0 && self.missed(state)) {
            state.missed.crawls += 1;
            state.missed.wide_crawls += i32::from(is_wide);
        }
        None
    }

    fn missed(&self, state: &ReelProgress) -> bool {
        state.last_crawl != Some(self.crawl) && state.newest.reel.observed_at < self.read_at
    }
}
