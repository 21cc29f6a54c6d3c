//! Whether a reel is still listed: by the full crawls that should have shown it and did not.

use std::collections::HashMap;

use crate::schema::cell::UtcMicros;
use crate::transform::flatten::Reading;
use crate::transform::history::State;

/// A full crawl that showed under half of the reels that were listed before it: no evidence that the others are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    pub walk: usize,
    /// Of the reels that were listed before the crawl.
    pub shown: usize,
    pub listed: usize,
}

/// A full crawl at its last page.
pub(crate) struct End {
    walk: usize,
    pub read_at: UtcMicros,
    reels: usize,
}

/// The ends of the full crawls, in the order of the last pages on which they showed anything.
pub(crate) fn ends(readings: &[Reading], complete_walks: &[(usize, UtcMicros)]) -> Vec<End> {
    let mut by_walk: HashMap<usize, End> = HashMap::new();
    for reading in readings {
        let (walk, read_at) = (reading.walk, reading.reel.observed_at);
        let end = by_walk.entry(walk).or_insert(End { walk, read_at, reels: 0 });
        end.read_at = end.read_at.max(read_at);
        end.reels += 1;
    }
    let end = |&(walk, read_at): &(usize, UtcMicros)| by_walk.remove(&walk).unwrap_or(End { walk, read_at, reels: 0 });
    let mut ends: Vec<End> = complete_walks.iter().map(end).collect();
    ends.sort_by_key(|end| (end.read_at, end.walk));
    ends
}

impl End {
    /// Notes on every reel that this crawl did not show that it missed it, unless it shrank. A crawl is wide where it
    /// showed at least 80 % of the reels that were listed before it: one that shows less says more of itself than of
    /// the reels. Of a handful, nothing can be told.
    ///
    /// A row of crawls that shrank ends once it is a week long: the reels that none of them showed are gone.
    pub fn mark(&self, states: &mut [State], shrunk_since: &mut Option<UtcMicros>) -> Option<Shrunk> {
        const HANDFUL: usize = 4;
        const WIDE_PERCENT: usize = 80;
        const WEEK_MICROS: i64 = 7 * 24 * 3_600_000_000;
        let is_shown = |state: &&State| state.last_walk == Some(self.walk) && state.was_listed;
        let is_gone = |state: &&State| self.missed(state) && state.missed.is_listed() != Some(false);
        let shown = states.iter().filter(is_shown).count();
        let listed = shown + states.iter().filter(is_gone).count();
        if listed >= HANDFUL && 2 * shown < listed {
            let since = *shrunk_since.get_or_insert(self.read_at);
            if self.read_at.0 - since.0 < WEEK_MICROS {
                return Some(Shrunk { walk: self.walk, shown, listed });
            }
            let unseen = |state: &&mut State| self.missed(state) && state.newest.reel.observed_at < since;
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

    fn missed(&self, state: &State) -> bool {
        state.last_walk != Some(self.walk) && state.newest.reel.observed_at < self.read_at
    }
}

/// The full crawls that have missed a reel since it was last shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Missed {
    pub crawls: i32,
    /// Those of them that were wide.
    pub wide_crawls: i32,
}

impl Missed {
    const GONE: Self = Self { crawls: 2, wide_crawls: 2 };

    /// One miss changes nothing. Two wide ones say that it is gone, and so it stays until it is seen again; two of which
    /// not both were wide leave it open.
    pub fn is_listed(self) -> Option<bool> {
        match self {
            Self { crawls: 0 | 1, .. } => Some(true),
            Self { wide_crawls: 0 | 1, .. } => None,
            _ => Some(false),
        }
    }
}
