//! How far back a walk goes: to the account's end, or to where all that follows is older than a cutoff.

use chrono::{DateTime, Duration, Utc};

use crate::config::FetchConfig;
use crate::fetch::resume::AccountHistory;
use crate::instagram::response::Page;
use crate::time::timestamp;

/// Pinned reels come first whatever their age; so many there can be.
const MOST_PINNED: usize = 3;

/// Where a walk stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoff {
    pub at: DateTime<Utc>,
    /// Between the last walk and the cutoff lie reels that no walk has seen.
    leaves_a_gap: bool,
}

impl Cutoff {
    /// The cutoff of a walk that began at `began`; `None` is a full walk. Of two cutoffs the earlier rules, and a window
    /// that asks for a full walk asks for the earliest there is.
    pub fn of(config: &FetchConfig, known: &AccountHistory, began: DateTime<Utc>) -> Option<Self> {
        let last_complete = known.last_complete_at.as_deref().and_then(parse);
        // What is older than the last walk's start was seen by it; newer reels were not, however long ago that was.
        let last_refreshed = known.last_refreshed_at.as_deref().and_then(parse).or(last_complete);
        let mut cutoffs: Vec<DateTime<Utc>> = config.since.into_iter().collect();
        if let Some(window) = config.refresh_window {
            let last_complete = last_complete?;
            if config.full_every.is_some_and(|age| last_complete < before(began, age)) {
                return None;
            }
            cutoffs.push(before(began, window));
            cutoffs.extend(last_refreshed);
        }
        let at = cutoffs.into_iter().min()?;
        Some(Self { at, leaves_a_gap: last_refreshed.is_some_and(|last| last < at) })
    }

    /// Whether a walk that has come so far back may stop.
    pub fn is_reached(self, reached: Option<DateTime<Utc>>) -> bool {
        reached.is_some_and(|reached| reached < self.at)
    }

    /// How a walk ends that stopped here. One that leaves a gap is no `windowed` walk: the next window reaches back to
    /// the last of those, and would never look into the gap.
    pub fn status(self) -> &'static str {
        if self.leaves_a_gap { "limited" } else { "windowed" }
    }

    pub fn reason(self) -> String {
        let gap = if self.leaves_a_gap { "; those posted between the last walk and then were not read" } else { "" };
        format!("stopped at reels posted before {}{gap}", timestamp(self.at))
    }
}

/// The moment behind which a walk has come: one of its pages had unpinned reels, and none that was posted later.
/// `number` is the page's in the walk.
pub fn reached(before: Option<DateTime<Utc>>, number: u32, page: &Page) -> Option<DateTime<Utc>> {
    // Where the answers do not tell what is pinned, everything on a short first page may be.
    let may_be_all_pinned = number == 1 && page.reels.len() <= MOST_PINNED;
    let newest = page.newest_unpinned.filter(|_| !may_be_all_pinned);
    before.into_iter().chain(newest).min()
}

fn parse(at: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(at).ok().map(|at| at.to_utc())
}

fn before(at: DateTime<Utc>, age: Duration) -> DateTime<Utc> {
    at.checked_sub_signed(age).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
