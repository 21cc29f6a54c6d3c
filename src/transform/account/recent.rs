//! How often the account has posted lately, by its newest page, and which months are over.

use chrono::{Datelike, Months};
use chrono_tz::Tz;
use compact_str::format_compact;

use crate::schema::cell::{MICROS_PER_DAY, UtcMicros};
use crate::schema::tables::{Account, Reel};
use crate::transform::account::checkpoint::AccountCheckpoint;
use crate::transform::days::local_day;

/// Fills the account's reels per week, its days since the last post, and the day and the months of its newest page.
pub(crate) fn fill(account: &mut Account, checkpoint: &AccountCheckpoint, reels: &[Reel], zone: Tz) {
    let Some(now) = checkpoint.newest_page_at else { return };
    account.observed_date = local_day(now, zone);
    let month_before = |months: u32| {
        let first = account.observed_date?.date()?.with_day(1)?.checked_sub_months(Months::new(months))?;
        Some(format_compact!("{}", first.format("%Y-%m")))
    };
    (account.finished_month, account.finished_month_before) = (month_before(1), month_before(2));
    let own = reels.iter().filter(|reel| reel.is_own == Some(true) && !reel.has_impossible_time);
    let posted: Vec<UtcMicros> = own.map(|reel| reel.posted_at).collect();
    let newest = posted.iter().max();
    account.days_since_last_post = newest.map(|last| (now.0 - last.0) as f64 / MICROS_PER_DAY as f64);
    let per_week = |weeks: i64| {
        let start = now.0 - weeks * 7 * MICROS_PER_DAY;
        let is_known = checkpoint.last_complete_at.is_some() || posted.iter().any(|at| at.0 < start);
        let reels = posted.iter().filter(|at| at.0 >= start).count();
        is_known.then(|| reels as f64 / weeks as f64)
    };
    account.reels_per_week_4w = per_week(4);
    account.reels_per_week_12w = per_week(12);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The account at day 1,000, with own reels of these days before.
    fn account(days_before: &[f64], is_complete: bool, zone: Tz) -> Account {
        let now = UtcMicros(1_000 * MICROS_PER_DAY);
        let reel = |days: &f64| Reel {
            posted_at: UtcMicros(now.0 - (days * MICROS_PER_DAY as f64) as i64),
            is_own: Some(true),
            ..Reel::default()
        };
        let mut reels: Vec<Reel> = days_before.iter().map(reel).collect();
        // Neither a guest reel nor one with an impossible time counts.
        reels.push(Reel { posted_at: now, is_own: Some(false), ..Reel::default() });
        reels.push(Reel { posted_at: now, is_own: Some(true), has_impossible_time: true, ..Reel::default() });
        let checkpoint = AccountCheckpoint {
            newest_page_at: Some(now),
            last_complete_at: is_complete.then_some(now),
            ..AccountCheckpoint::default()
        };
        let mut account = Account::default();
        fill(&mut account, &checkpoint, &reels, zone);
        account
    }

    #[test]
    fn reels_per_week_are_of_the_last_28_and_84_days() {
        let of = |days: &[f64], is_complete: bool| {
            let account = account(days, is_complete, Tz::UTC);
            (account.reels_per_week_4w, account.reels_per_week_12w, account.days_since_last_post)
        };
        let days = [2.5, 28.0, 28.1, 84.0, 84.1];
        assert_eq!(of(&days, true), (Some(0.5), Some(4.0 / 12.0), Some(2.5)));
        // Without a full crawl an older reel shows that none is missing.
        assert_eq!(of(&days, false), (Some(0.5), Some(4.0 / 12.0), Some(2.5)));
        assert_eq!(of(&days[..4], false), (Some(0.5), None, Some(2.5)));
        assert_eq!(of(&days[..2], false), (None, None, Some(2.5)));
        assert_eq!(of(&[], true), (Some(0.0), Some(0.0), None));
        assert_eq!(of(&[], false), (None, None, None));
    }

    #[test]
    fn the_newest_page_has_a_local_day_and_two_months_before_it() {
        // Day 1,000 is 1972-09-27, where it begins; west of it is the day before.
        let of = |zone: Tz| {
            let account = account(&[], true, zone);
            let months = [account.finished_month.unwrap(), account.finished_month_before.unwrap()];
            (account.observed_date.unwrap().0, months.map(String::from))
        };
        assert_eq!(of(Tz::UTC), (1_000, ["1972-08", "1972-07"].map(String::from)));
        assert_eq!(of(Tz::America__New_York), (999, ["1972-08", "1972-07"].map(String::from)));
    }
}
