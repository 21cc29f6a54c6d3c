//! Tables limited to the reels that were posted on some days. Rows are left out after everything has been computed, so
//! that baselines, ranks and gains are those of the whole history.

use std::collections::HashSet;

use compact_str::CompactString;

use crate::config::DayRange;
use crate::schema::cell::Day;
use crate::transform::account::checkpoint::AccountTables;

/// What to leave out of the tables of each account.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cut {
    pub days: DayRange,
    /// Whether the workbook's overview needs all rows beside those that are kept.
    pub keeps_whole: bool,
}

impl Cut {
    /// Leaves out what is of other days: reels, what belongs to them, profiles, and days. The account and its findings stay. Returns
    /// how many reels were left out.
    pub(crate) fn apply(self, tables: &mut AccountTables) -> u64 {
        if !self.days.is_limited() {
            return 0;
        }
        let all = tables.reels.len();
        tables.reels.retain(|reel| self.keeps(reel.posted_date));
        let kept: HashSet<CompactString> = tables.reels.iter().map(|reel| reel.reel_id.clone()).collect();
        tables.observations.retain(|row| kept.contains(&row.reel_id));
        tables.hashtags.retain(|row| kept.contains(&row.reel_id));
        tables.people.retain(|row| kept.contains(&row.reel_id));
        tables.profiles.retain(|row| self.keeps(row.fetched_date));
        tables.days.retain(|row| self.keeps(row.day));
        (all - tables.reels.len()) as u64
    }

    /// A day outside the calendar is on no day that can be named.
    fn keeps(self, day: Day) -> bool {
        day.date().is_some_and(|day| self.days.contains(day))
    }
}
