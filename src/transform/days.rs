//! The table `days`: reels posted and views gained by local day.
//!
//! A gain is spread evenly over its time and cut at midnights and at the ages where a band ends. Each part is a whole
//! number, the difference of two rounded running totals, so that the parts add up to the gain; sums do not depend on the
//! order of gains, and an update gives what a rebuild does.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use compact_str::CompactString;

use crate::schema::cell::{Day, MICROS_PER_DAY, MICROS_PER_HOUR, UtcMicros};
use crate::schema::tables::{AccountDay, Reel};

/// Where the age bands end; the last has no end.
const BAND_ENDS_US: [i64; 2] = [48 * MICROS_PER_HOUR, 30 * MICROS_PER_DAY];

/// The views that a reel gained between two observations, or between posting and its first observation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gain {
    pub posted_at: UtcMicros,
    pub from: UtcMicros,
    pub to: UtcMicros,
    pub views: i64,
    /// Where the reel's gain before this one ended: a day that it touched counts the reel already.
    pub counted_until: Option<UtcMicros>,
}

impl Gain {
    /// The views gained until then, rounded down.
    fn until(&self, at: i64) -> i64 {
        let (elapsed, whole) = (i128::from(at - self.from.0), i128::from(self.to.0 - self.from.0));
        let views = if whole > 0 { (i128::from(self.views) * elapsed).div_euclid(whole) } else { self.views.into() };
        i64::try_from(views).unwrap_or(self.views)
    }
}

/// The gains of a day, by age band, and how many reels they are of.
#[derive(Debug, Clone, Default)]
struct Gained {
    views: [i64; 3],
    reels: i32,
}

/// The gains of one account's own reels.
#[derive(Debug, Default)]
pub(crate) struct Days {
    gained: BTreeMap<Day, Gained>,
    /// When days begin.
    begins: HashMap<Day, i64>,
}

impl Days {
    /// The gains of an earlier update.
    pub(crate) fn of(rows: &[AccountDay]) -> Self {
        let gained = |row: &AccountDay| {
            let views = [row.views_gained_under_48h?, row.views_gained_under_30d?, row.views_gained_older?];
            Some((row.day, Gained { views, reels: row.views_gained_n }))
        };
        Self { gained: rows.iter().filter_map(gained).collect(), begins: HashMap::new() }
    }

    pub(crate) fn add(&mut self, gain: &Gain, zone: Tz) {
        let (mut at, mut before) = (gain.from.0, 0);
        let Some(mut day) = local_day(gain.from, zone).filter(|_| gain.from <= gain.to) else { return };
        let mut counted_until = gain.counted_until;
        loop {
            let (begin, end) = (self.begin(day, zone), self.begin(Day(day.0 + 1), zone));
            if end <= at {
                // A day that the zone skips.
                day.0 += 1;
                continue;
            }
            let of_day = self.gained.entry(day).or_default();
            of_day.reels += i32::from(counted_until.take().is_none_or(|until| until.0 <= begin));
            let day_end = end.min(gain.to.0);
            while at < day_end || at == gain.to.0 {
                let age = at - gain.posted_at.0;
                let band = BAND_ENDS_US.iter().filter(|end| age >= **end).count();
                let band_end = BAND_ENDS_US.get(band).map_or(i64::MAX, |end| gain.posted_at.0.saturating_add(*end));
                let part_end = day_end.min(band_end);
                let until = gain.until(part_end);
                of_day.views[band] = of_day.views[band].saturating_add(until - before);
                (at, before) = (part_end, until);
                if at == gain.to.0 {
                    return;
                }
            }
            day.0 += 1;
        }
    }

    /// When a local day begins: at midnight, or where the clock is moved forward over it, when it is moved.
    fn begin(&mut self, day: Day, zone: Tz) -> i64 {
        *self.begins.entry(day).or_insert_with(|| {
            let date = day.date().unwrap_or(NaiveDate::MAX);
            first_instant(date, zone).unwrap_or(i64::MAX)
        })
    }

    /// One row for each day with a reel posted or a gain. The account's newest page is of the day `newest`.
    pub(crate) fn rows(&self, account: &CompactString, reels: &[Reel], newest: Option<Day>) -> Vec<AccountDay> {
        let mut rows: BTreeMap<Day, AccountDay> = BTreeMap::new();
        for (day, Gained { views, reels }) in &self.gained {
            let row = rows.entry(*day).or_default();
            [row.views_gained_under_48h, row.views_gained_under_30d, row.views_gained_older] = views.map(Some);
            row.views_gained = Some(views.iter().fold(0_i64, |sum, views| sum.saturating_add(*views)));
            row.views_gained_n = *reels;
        }
        for reel in reels.iter().filter(|reel| reel.is_own == Some(true) && !reel.has_impossible_time) {
            rows.entry(reel.posted_date).or_default().reels_posted += 1;
        }
        let first = self.gained.keys().next().copied();
        let mut own_reels = 0;
        let whole = |(day, row): (Day, AccountDay)| {
            own_reels += row.reels_posted;
            let is_within = first.is_some_and(|first| first < day) && Some(day) < newest;
            let is_whole = is_within && row.views_gained_n > 0 && 5 * row.views_gained_n >= 4 * own_reels;
            AccountDay { account: account.clone(), day, own_reels, is_whole, ..row }
        };
        rows.into_iter().map(whole).collect()
    }
}

/// The local day of an instant; `None` outside the calendar.
pub(crate) fn local_day(at: UtcMicros, zone: Tz) -> Option<Day> {
    Some(Day::of(at.instant()?.with_timezone(&zone).date_naive()))
}

/// The first instant of a day; a zone may skip its midnight, or the whole day when it crosses the date line.
pub(crate) fn first_instant(date: NaiveDate, zone: Tz) -> Option<i64> {
    let midnight = NaiveDateTime::new(date, NaiveTime::MIN);
    let quarters = (0..=4 * 24).filter_map(|quarter| midnight.checked_add_signed(TimeDelta::minutes(15 * quarter)));
    let instant = |at: NaiveDateTime| zone.from_local_datetime(&at).earliest().map(|at| at.timestamp_micros());
    quarters.filter_map(instant).next()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> UtcMicros {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    fn gain(posted: &str, from: &str, to: &str, views: i64) -> Gain {
        Gain { posted_at: at(posted), from: at(from), to: at(to), views, counted_until: None }
    }

    /// Day, views by age band, and n.
    fn rows(days: &Days) -> Vec<(String, [i64; 3], i32)> {
        let row = |row: AccountDay| {
            let bands = [row.views_gained_under_48h, row.views_gained_under_30d, row.views_gained_older];
            (row.day.date().unwrap().to_string(), bands.map(|views| views.unwrap_or(-1)), row.views_gained_n)
        };
        days.rows(&"ana".into(), &[], None).into_iter().map(row).collect()
    }

    fn of(gains: &[Gain], zone: Tz) -> Vec<(String, [i64; 3], i32)> {
        let mut days = Days::default();
        gains.iter().for_each(|gain| days.add(gain, zone));
        rows(&days)
    }

    #[test]
    fn a_gain_is_spread_over_the_hours_of_its_days() {
        // 48 hours from 18:00: 6, 24 and 18 hours of 1,000 views, running totals 125, 625 and 1,000.
        let old = gain("2026-01-01T00:00:00Z", "2026-03-01T18:00:00Z", "2026-03-03T18:00:00Z", 1_000);
        let days = [("2026-03-01", 125), ("2026-03-02", 500), ("2026-03-03", 375)];
        assert_eq!(
            of(std::slice::from_ref(&old), Tz::UTC),
            days.map(|(day, views)| (day.to_owned(), [0, 0, views], 1))
        );
        // In Tokyo it begins at 3:00 of the 2nd: 21, 24 and 3 hours.
        let days = [("2026-03-02", 437), ("2026-03-03", 500), ("2026-03-04", 63)];
        assert_eq!(
            of(std::slice::from_ref(&old), Tz::Asia__Tokyo),
            days.map(|(day, views)| (day.to_owned(), [0, 0, views], 1))
        );
        // Views that were corrected: rounded down each time, so that the parts add up.
        let lost = Gain { views: -1, ..old };
        assert_eq!(of(&[lost], Tz::UTC).iter().map(|(_, bands, _)| bands[2]).collect::<Vec<_>>(), [-1, 0, 0]);
    }

    #[test]
    fn a_gain_is_cut_where_an_age_band_ends() {
        // Posted at 12:00 of the 1st, read at 12:00 of the 5th: 12 + 24 + 12 hours under 48 hours, then 48 more.
        let young = gain("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-05T12:00:00Z", 960);
        let days = [
            ("2026-03-01", [120, 0, 0]),
            ("2026-03-02", [240, 0, 0]),
            ("2026-03-03", [120, 120, 0]),
            ("2026-03-04", [0, 240, 0]),
            ("2026-03-05", [0, 120, 0]),
        ];
        assert_eq!(of(&[young], Tz::UTC), days.map(|(day, bands)| (day.to_owned(), bands, 1)));
        let month = gain("2026-03-01T12:00:00Z", "2026-03-31T06:00:00Z", "2026-03-31T18:00:00Z", 12);
        assert_eq!(of(&[month], Tz::UTC), [("2026-03-31".to_owned(), [0, 6, 6], 1)]);
    }

    #[test]
    fn a_day_that_begins_at_no_midnight_or_has_23_hours() {
        // New York goes from 2:00 to 3:00 on 2026-03-08: 23 hours, then 24.
        let gained = gain("2026-01-01T00:00:00Z", "2026-03-08T05:00:00Z", "2026-03-10T04:00:00Z", 47);
        let days = [("2026-03-08", 23), ("2026-03-09", 24)];
        assert_eq!(of(&[gained], Tz::America__New_York), days.map(|(day, views)| (day.to_owned(), [0, 0, views], 1)));
        // Santiago has no midnight on 2026-09-06: the day begins at 1:00, which is 4:00 UTC.
        let gained = gain("2026-01-01T00:00:00Z", "2026-09-06T03:00:00Z", "2026-09-06T05:00:00Z", 2);
        let days = [("2026-09-05", 1), ("2026-09-06", 1)];
        assert_eq!(of(&[gained], Tz::America__Santiago), days.map(|(day, views)| (day.to_owned(), [0, 0, views], 1)));
        // Apia has no 2011-12-30.
        let gained = gain("2011-01-01T00:00:00Z", "2011-12-30T09:00:00Z", "2011-12-30T11:00:00Z", 2);
        let days = [("2011-12-29", 1), ("2011-12-31", 1)];
        assert_eq!(of(&[gained], Tz::Pacific__Apia), days.map(|(day, views)| (day.to_owned(), [0, 0, views], 1)));
    }

    #[test]
    fn a_reel_counts_once_a_day_however_often_it_is_observed() {
        let morning = gain("2026-01-01T00:00:00Z", "2026-03-01T06:00:00Z", "2026-03-02T06:00:00Z", 24);
        let evening = Gain {
            counted_until: Some(morning.to),
            ..gain("2026-01-01T00:00:00Z", "2026-03-02T06:00:00Z", "2026-03-02T18:00:00Z", 12)
        };
        let next = Gain {
            counted_until: Some(evening.to),
            ..gain("2026-01-01T00:00:00Z", "2026-03-02T18:00:00Z", "2026-03-03T00:00:00Z", 6)
        };
        // A gain that ends at midnight does not touch the day after.
        let days = [("2026-03-01", 18, 1), ("2026-03-02", 24, 1)];
        assert_eq!(
            of(&[morning, evening, next], Tz::UTC),
            days.map(|(day, views, n)| (day.to_owned(), [0, 0, views], n))
        );
        let at_once = gain("2026-03-01T06:00:00Z", "2026-03-01T06:00:00Z", "2026-03-01T06:00:00Z", 7);
        assert_eq!(of(&[at_once], Tz::UTC), [("2026-03-01".to_owned(), [7, 0, 0], 1)]);
    }

    #[test]
    fn days_with_reels_alone_have_no_gain() {
        let reel = |posted: i32, is_own: bool, has_impossible_time: bool| Reel {
            posted_date: Day(posted),
            is_own: Some(is_own),
            has_impossible_time,
            ..Reel::default()
        };
        let reels = [reel(5, true, false), reel(5, true, false), reel(6, false, false), reel(7, true, true)];
        let row =
            AccountDay { account: "ana".into(), day: Day(5), reels_posted: 2, own_reels: 2, ..AccountDay::default() };
        assert_eq!(Days::default().rows(&"ana".into(), &reels, None), std::slice::from_ref(&row));
        assert_eq!((row.views_gained_older, row.views_gained_n), (None, 0));
    }

    #[test]
    fn a_day_is_whole_between_the_first_and_the_newest_one_if_most_reels_are_known() {
        let gained = |reels: i32| Gained { views: [1, 20, 300], reels };
        let of = |known: i32, newest: Option<i32>| -> Vec<bool> {
            let days = Days { gained: (5..9).map(|day| (Day(day), gained(known))).collect(), ..Days::default() };
            let reel = Reel { posted_date: Day(2), is_own: Some(true), ..Reel::default() };
            let rows = days.rows(&"ana".into(), &vec![reel; 5], newest.map(Day));
            assert_eq!((rows[0].views_gained, rows[1].views_gained), (None, Some(321)));
            rows[1..].iter().map(|row| row.is_whole).collect()
        };
        // Of five reels four are 80 %.
        assert_eq!(of(4, Some(8)), [false, true, true, false]);
        assert_eq!(of(4, Some(9)), [false, true, true, true]);
        assert_eq!((of(3, Some(9)), of(4, None)), (vec![false; 4], vec![false; 4]));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_neither_order_nor_updates_matter(
            gains in proptest::collection::vec((0..400i64, 0..3_000i64, 0..3_000i64, -1_000..100_000i64), 1..8),
            zone in prop_oneof![Just(Tz::UTC), Just(Tz::America__New_York), Just(Tz::Asia__Kolkata)],
            first in 0..8usize,
        ) {
            let hour = |hours: i64| UtcMicros(1_770_000_000_000_000 + hours * MICROS_PER_HOUR);
            let gains: Vec<Gain> = gains
                .into_iter()
                .map(|(posted, age, span, views)| Gain {
                    posted_at: hour(posted), from: hour(posted + age), to: hour(posted + age + span), views,
                    counted_until: None,
                })
                .collect();
            let whole = of(&gains, zone);
            let total: i64 = whole.iter().flat_map(|(_, bands, _)| bands).sum();
            prop_assert_eq!(total, gains.iter().map(|gain| gain.views).sum::<i64>());
            let reversed: Vec<Gain> = gains.iter().rev().cloned().collect();
            prop_assert_eq!(&of(&reversed, zone), &whole);
            let (early, late) = gains.split_at(first.min(gains.len()));
            let mut days = Days::default();
            early.iter().for_each(|gain| days.add(gain, zone));
            let mut days = Days::of(&days.rows(&"ana".into(), &[], None));
            late.iter().for_each(|gain| days.add(gain, zone));
            prop_assert_eq!(rows(&days), whole);
        }
    }
}
