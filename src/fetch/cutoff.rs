//! How far back a crawl goes: to the end of the list, or to where everything that follows is older than a cutoff.

use chrono::{DateTime, Duration, Utc};

use crate::config::FetchConfig;
use crate::fetch::account_history::AccountHistory;
use crate::instagram::response::PageContents;
use crate::schema::values::AccountStatus;
use crate::time::{Timestamp, timestamp};

/// Pinned reels come first whatever their age; Instagram allows at most three.
const MOST_PINNED: usize = 3;

/// Where a crawl stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cutoff {
    pub at: DateTime<Utc>,
    /// Between the last crawl and the cutoff lie reels that no crawl has seen.
    leaves_a_gap: bool,
}

impl Cutoff {
    /// The cutoff of a crawl that started then; `None` is a full crawl. If there are two cutoffs the earlier one applies,
    /// and a full crawl goes back further than any.
    pub(crate) fn of(config: &FetchConfig, history: &AccountHistory, started_at: DateTime<Utc>) -> Option<Self> {
        let last_complete = history.last_complete_at.as_ref().map(Timestamp::at);
        // The last crawl saw everything that is older than its start, and nothing newer, however long ago it was.
        let last_refreshed = history.last_refreshed_at.as_ref().map(Timestamp::at).or(last_complete);
        let mut cutoffs: Vec<DateTime<Utc>> = config.since.into_iter().collect();
        if let Some(window) = config.refresh_window {
            let last_complete = last_complete?;
            if config.full_every.is_some_and(|age| last_complete < before(started_at, age)) {
                return None;
            }
            cutoffs.push(before(started_at, window));
            cutoffs.extend(last_refreshed);
        }
        let at = cutoffs.into_iter().min()?;
        Some(Self { at, leaves_a_gap: last_refreshed.is_some_and(|last| last < at) })
    }

    /// Whether a crawl that has come this far back may stop.
    pub(crate) fn is_reached(self, reached: Option<DateTime<Utc>>) -> bool {
        reached.is_some_and(|reached| reached < self.at)
    }

    /// The status of a crawl that stopped here. One that leaves a gap is not incremental: the next window reaches back to
    /// the last incremental crawl, and would never look into the gap.
    pub(crate) fn status(self) -> AccountStatus {
        if self.leaves_a_gap { AccountStatus::Limited } else { AccountStatus::Incremental }
    }

    pub(crate) fn reason(self) -> String {
        let gap =
            if self.leaves_a_gap { "; those posted since the last crawl and before that are missing" } else { "" };
        format!("stopped at reels posted before {}{gap}", timestamp(self.at))
    }
}

/// How far back a crawl has come with this page. `number` is the page's in the crawl.
pub(crate) fn reached(before: Option<DateTime<Utc>>, number: u32, page: &PageContents) -> Option<DateTime<Utc>> {
    let newest = page.newest_unpinned.filter(|_| tells_age(number, page.reels.len()));
    before.into_iter().chain(newest).min()
}

/// Whether a page shows how far back a crawl has come: all reels on a short first page may be pinned, even if the API does
/// not say so.
pub(crate) fn tells_age(number: u32, reels: usize) -> bool {
    number != 1 || reels > MOST_PINNED
}

fn before(at: DateTime<Utc>, age: Duration) -> DateTime<Utc> {
    at.checked_sub_signed(age).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
