//! History: the newest known state of every reel, from an account's observations.

pub(crate) mod listing;
pub(crate) mod missed;
pub(crate) mod progress;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod views_at;

use std::collections::HashMap;

use compact_str::CompactString;

use crate::schema::cell::UtcMicros;
use crate::transform::history::progress::{ReelHistory, ReelProgress};
use crate::transform::{flat_reel::FlatReel, history::listing::ShrunkCrawl};

/// Adds observations, oldest first, to the histories of an earlier update. Counts, pins and flags are the newest
/// observation's; facts that a response does not carry keep their last known value. `complete_crawls` are the numbers of
/// the complete crawls, with the time of their last page. A crawl that shrank changes nothing, unless such crawls go on for
/// a week; `shrunk_since` is when they began.
///
/// Every observation must be newer than the histories, and from another crawl: then one update with all observations
/// gives the same as several updates.
pub(crate) fn update(
    earlier: Vec<ReelHistory>,
    observations: Vec<FlatReel>,
    complete_crawls: &[(usize, UtcMicros)],
    shrunk_since: &mut Option<UtcMicros>,
) -> (Vec<ReelHistory>, Vec<ShrunkCrawl>) {
    let mut shrunk = Vec::new();
    let mut states: Vec<ReelProgress> = earlier.into_iter().map(ReelProgress::from).collect();
    let mut index: HashMap<CompactString, usize> =
        (0..).zip(&states).map(|(at, state)| (state.newest.reel.reel_id.clone(), at)).collect();
    let mut ends = listing::ends(&observations, complete_crawls).into_iter().peekable();
    let mut observations = observations.into_iter().peekable();
    while let Some(observation) = observations.next() {
        let moment = observation.reel.observed_at;
        // Only a crawl without reels ends between the times of observations.
        while let Some(end) = ends.next_if(|end| end.read_at < moment) {
            shrunk.extend(end.count_missed(&mut states, shrunk_since));
        }
        match index.get(&observation.reel.reel_id) {
            Some(&at) => states[at].add(observation),
            None => {
                index.insert(observation.reel.reel_id.clone(), states.len());
                states.push(ReelProgress::first(observation));
            }
        }
        // A crawl could have shown all that was observed until its last page, the time of that page included.
        if observations.peek().is_none_or(|next| next.reel.observed_at > moment) {
            while let Some(end) = ends.next_if(|end| end.read_at <= moment) {
                shrunk.extend(end.count_missed(&mut states, shrunk_since));
            }
        }
    }
    shrunk.extend(ends.filter_map(|end| end.count_missed(&mut states, shrunk_since)));
    (states.into_iter().map(ReelProgress::finish).collect(), shrunk)
}
