//! The local posting time in the account's time zone, and the age of a reel.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use compact_str::format_compact;

use crate::schema::cell::{Day, LocalMicros, MICROS_PER_HOUR, UtcMicros};
use crate::schema::tables::Reel;

/// Fills `timezone` and the local `posted_*` columns. `posted_at` is set before.
pub(crate) fn fill(reel: &mut Reel, zone: Tz) {
    let Some(posted_at) = DateTime::from_timestamp_micros(reel.posted_at.0) else { return };
    let local = posted_at.with_timezone(&zone).naive_local();
    let week = local.iso_week();
    let weekday = local.weekday().number_from_monday() as i32;
    reel.timezone = zone.name().into();
    reel.posted_local = LocalMicros(local.and_utc().timestamp_micros());
    reel.posted_date = Day::of(local.date());
    reel.posted_month = format_compact!("{}-{:02}", local.year(), local.month());
    reel.posted_week = format_compact!("{}-W{:02}", week.year(), week.week());
    reel.posted_weekday = weekday;
    reel.posted_hour = local.hour() as i32;
    reel.posted_daypart = daypart(local.hour()).into();
    reel.is_weekend = weekday >= 6;
}

fn daypart(hour: u32) -> &'static str {
    match hour {
        0..=5 => "night",
        6..=11 => "morning",
        12..=17 => "afternoon",
        _ => "evening",
    }
}

/// Nothing is posted before its upload begins; a larger difference than this is a wrong clock.
const MAX_BEFORE_UPLOAD_MS: i64 = 30 * 24 * 3_600_000;

pub(crate) fn hours(micros: i64) -> f64 {
    micros as f64 / MICROS_PER_HOUR as f64
}

/// From posting to observation.
pub(crate) fn age_us(reel: &Reel) -> i64 {
    reel.observed_at.0 - reel.posted_at.0
}

/// Fills `observed_at`, `has_impossible_time`, `age_hours` and `maturity`. `posted_at` is set before; the lead is the
/// time from the start of the upload to the posting time, where known.
pub(crate) fn fill_age(reel: &mut Reel, observed_at: UtcMicros, upload_lead_ms: Option<i64>) {
    reel.observed_at = observed_at;
    let age_us = age_us(reel);
    reel.has_impossible_time = age_us < 0 || upload_lead_ms.is_some_and(|lead| lead < -MAX_BEFORE_UPLOAD_MS);
    let known = !reel.has_impossible_time;
    reel.age_hours = known.then(|| hours(age_us));
    reel.maturity = known.then(|| maturity(age_us).into());
}

fn maturity(age_us: i64) -> &'static str {
    match age_us / MICROS_PER_HOUR {
        ..48 => "immature",
        48..168 => "settling",
        168..720 => "settled",
        _ => "mature",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(at: &str, zone: Tz) -> Reel {
        let posted_at: DateTime<chrono::Utc> = at.parse().unwrap();
        let mut reel = Reel { posted_at: UtcMicros(posted_at.timestamp_micros()), ..Reel::default() };
        fill(&mut reel, zone);
        reel
    }

    fn local(reel: &Reel) -> String {
        DateTime::from_timestamp_micros(reel.posted_local.0).unwrap().naive_utc().to_string()
    }

    #[test]
    fn the_example_of_the_document() {
        let utc = posted("2025-05-27T18:41:50Z", Tz::UTC);
        assert_eq!((utc.posted_weekday, utc.posted_hour, utc.posted_daypart.as_str()), (2, 18, "evening"));
        assert_eq!((utc.posted_month.as_str(), utc.posted_week.as_str()), ("2025-05", "2025-W22"));
        assert_eq!((utc.posted_date, utc.is_weekend), (Day(20_235), false)); // 55 years, 14 leap days, day 147
        let denver = posted("2025-05-27T18:41:50Z", Tz::America__Denver);
        assert_eq!((denver.posted_hour, local(&denver).as_str()), (12, "2025-05-27 12:41:50"));
        assert_eq!(denver.posted_daypart, "afternoon");
    }

    #[test]
    fn both_changes_of_new_york() {
        // 2026-03-08: 01:59:59 EST is followed by 03:00:00 EDT.
        assert_eq!(local(&posted("2026-03-08T06:59:59Z", Tz::America__New_York)), "2026-03-08 01:59:59");
        assert_eq!(local(&posted("2026-03-08T07:00:00Z", Tz::America__New_York)), "2026-03-08 03:00:00");
        // 2026-11-01: 01:30 happens twice, first in EDT, an hour later in EST.
        let first = posted("2026-11-01T05:30:00Z", Tz::America__New_York);
        let second = posted("2026-11-01T06:30:00Z", Tz::America__New_York);
        assert_eq!((local(&first), first.posted_hour), ("2026-11-01 01:30:00".into(), 1));
        assert_eq!((local(&second), second.posted_hour), ("2026-11-01 01:30:00".into(), 1));
    }

    #[test]
    fn a_half_hour_zone_a_midnight_and_the_turn_of_a_year() {
        let midnight = posted("2025-12-31T18:30:00Z", Tz::Asia__Kolkata);
        assert_eq!((local(&midnight).as_str(), midnight.posted_hour), ("2026-01-01 00:00:00", 0));
        assert_eq!((midnight.posted_month.as_str(), midnight.posted_week.as_str()), ("2026-01", "2026-W01"));
        assert_eq!((midnight.posted_weekday, midnight.posted_daypart.as_str()), (4, "night"));
        // 2027-01-01 is a Friday and still in week 53 of 2026.
        assert_eq!(posted("2027-01-01T12:00:00Z", Tz::UTC).posted_week, "2026-W53");
        assert!(posted("2026-10-31T12:00:00Z", Tz::UTC).is_weekend);
    }

    #[test]
    fn the_dayparts_and_the_maturities_begin_where_they_say() {
        let parts: Vec<_> = [0, 5, 6, 11, 12, 17, 18, 23].into_iter().map(daypart).collect();
        assert_eq!(parts, ["night", "night", "morning", "morning", "afternoon", "afternoon", "evening", "evening"]);
        let of = |hours: i64, micros: i64| maturity(hours * MICROS_PER_HOUR + micros);
        let ages = [of(0, 0), of(48, -1), of(48, 0), of(168, -1), of(168, 0), of(720, -1), of(720, 0)];
        assert_eq!(ages, ["immature", "immature", "settling", "settling", "settled", "settled", "mature"]);
        let mut reel = Reel { posted_at: UtcMicros(0), ..Reel::default() };
        fill_age(&mut reel, UtcMicros(90 * 60 * 1_000_000), None);
        assert_eq!((reel.age_hours, reel.maturity.as_deref()), (Some(1.5), Some("immature")));
    }

    #[test]
    fn a_time_that_cannot_be_has_no_age() {
        let aged = |posted_at: i64, lead_days: Option<i64>, lead_ms: i64| {
            let mut reel = Reel { posted_at: UtcMicros(posted_at), ..Reel::default() };
            fill_age(&mut reel, UtcMicros(MICROS_PER_HOUR), lead_days.map(|days| days * 24 * 3_600_000 + lead_ms));
            (reel.has_impossible_time, reel.age_hours, reel.maturity.as_deref().map(str::to_owned))
        };
        let possible = |hours: f64| (false, Some(hours), Some("immature".to_owned()));
        assert_eq!(aged(MICROS_PER_HOUR, None, 0), possible(0.0)); // observed when it was posted
        assert_eq!(aged(MICROS_PER_HOUR + 1, None, 0), (true, None, None)); // posted after it was read
        assert_eq!(aged(0, Some(-30), 0), possible(1.0));
        assert_eq!(aged(0, Some(-30), -1), (true, None, None)); // over 30 days before its upload
        assert_eq!(aged(0, Some(900), 0), possible(1.0)); // a draft of long ago
    }
}
