//! History: the newest known state of every reel, from an account's observations; and whether it is still listed, from
//! full crawls that should have shown it and did not.

#[cfg(test)]
pub(crate) mod interpolation_tests;
pub(crate) mod progress;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use compact_str::CompactString;

use crate::schema::cell::{MICROS_PER_DAY, UtcMicros};
use crate::transform::flatten::ObservedReel;
use crate::transform::history::progress::{ReelHistory, is_listed};

/// Adds observations, oldest first, to the histories of an earlier update. Counts, pins and flags are the newest
/// observation's; facts that a response does not carry keep their last known value. `complete_crawls` are the numbers of
/// the complete crawls, with the time of their last page. A crawl that shrank changes nothing, unless such crawls go on for
/// a week; `shrunk_since` is when they began.
///
/// Every observation must be newer than the histories, and from another crawl: then one update with all observations
/// gives the same as several updates.
pub(crate) fn update(
    mut histories: Vec<ReelHistory>,
    observations: Vec<ObservedReel>,
    complete_crawls: &[(usize, UtcMicros)],
    shrunk_since: &mut Option<UtcMicros>,
) -> (Vec<ReelHistory>, Vec<ShrunkCrawl>) {
    let mut shrunk = Vec::new();
    let mut index: HashMap<CompactString, usize> =
        (0..).zip(&histories).map(|(at, history)| (history.observation.reel.reel_id.clone(), at)).collect();
    let mut ends = crawl_ends(&observations, complete_crawls).into_iter().peekable();
    let known_since = histories.iter().map(|history| history.observation.reel.first_observed_at).min();
    let since = known_since.or_else(|| observations.first().map(|observation| observation.reel.observed_at));
    let mut observations = observations.into_iter().peekable();
    while let Some(observation) = observations.next() {
        let moment = observation.reel.observed_at;
        // Only a crawl without reels ends between the times of observations.
        while let Some(end) = ends.next_if(|end| end.read_at < moment) {
            shrunk.extend(end.count_missed(&mut histories, shrunk_since));
        }
        match index.get(&observation.reel.reel_id) {
            Some(&at) => histories[at].add(observation, since),
            None => {
                index.insert(observation.reel.reel_id.clone(), histories.len());
                histories.push(ReelHistory::first(observation, since));
            }
        }
        // A crawl could have shown all that was observed until its last page, the time of that page included.
        if observations.peek().is_none_or(|next| next.reel.observed_at > moment) {
            while let Some(end) = ends.next_if(|end| end.read_at <= moment) {
                shrunk.extend(end.count_missed(&mut histories, shrunk_since));
            }
        }
    }
    shrunk.extend(ends.filter_map(|end| end.count_missed(&mut histories, shrunk_since)));
    histories.iter_mut().for_each(ReelHistory::finish);
    (histories, shrunk)
}

/// A full crawl that showed under half of the reels listed before it: no evidence that the others are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShrunkCrawl {
    pub crawl: usize,
    /// Of the reels that were listed before the crawl.
    pub shown: usize,
    pub listed: usize,
}

/// A full crawl at its last page.
struct CrawlEnd {
    crawl: usize,
    read_at: UtcMicros,
    reels: usize,
}

/// The ends of the full crawls, in the order of their last pages with reels.
fn crawl_ends(observations: &[ObservedReel], complete_crawls: &[(usize, UtcMicros)]) -> Vec<CrawlEnd> {
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
    fn count_missed(&self, histories: &mut [ReelHistory], shrunk_since: &mut Option<UtcMicros>) -> Option<ShrunkCrawl> {
        const MIN_LISTED: usize = 4;
        const WIDE_PERCENT: usize = 80;
        let is_shown = |reel: &&ReelHistory| reel.last_crawl == Some(self.crawl) && reel.was_listed;
        let is_gone = |reel: &&ReelHistory| self.missed(reel) && is_listed(&reel.state) != Some(false);
        let shown = histories.iter().filter(is_shown).count();
        let listed = shown + histories.iter().filter(is_gone).count();
        if listed >= MIN_LISTED && 2 * shown < listed {
            let since = *shrunk_since.get_or_insert(self.read_at);
            if self.read_at.0 - since.0 < 7 * MICROS_PER_DAY {
                return Some(ShrunkCrawl { crawl: self.crawl, shown, listed });
            }
            let unseen = |reel: &&mut ReelHistory| self.missed(reel) && reel.observation.reel.observed_at < since;
            for ReelHistory { state, .. } in histories.iter_mut().filter(unseen) {
                (state.missed_crawls, state.missed_wide_crawls) = (2, 2);
            }
            *shrunk_since = None;
            return None;
        }
        *shrunk_since = None;
        let is_wide = 100 * shown >= WIDE_PERCENT * listed;
        for ReelHistory { state, .. } in histories.iter_mut().filter(|reel| self.reels > 0 && self.missed(reel)) {
            state.missed_crawls += 1;
            state.missed_wide_crawls += i32::from(is_wide);
        }
        None
    }

    fn missed(&self, reel: &ReelHistory) -> bool {
        reel.last_crawl != Some(self.crawl) && reel.observation.reel.observed_at < self.read_at
    }
}
