//! Cadence, concentration, growth and velocity.

use reelframe::internals::{Reel, UtcMicros};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines, whole_lines};

#[test]
fn cadence_with_a_break() {
    // Two on one day, one 166 hours later, and one after a break of 2000 hours.
    let posted = [
        ("2025-01-06 09:00", "2025-W02", None, 2, 2_500.0),
        ("2025-01-06 11:00", "2025-W02", Some(2.0), 2, 2_498.0),
        ("2025-01-13 09:00", "2025-W03", Some(166.0), 1, 2_332.0),
        ("2025-04-06 17:00", "2025-W14", Some(2000.0), 1, 36.0),
    ];
    let own = |(at, (posted, week, gap, same_day, age)): (usize, (&str, &str, Option<f64>, i32, f64))| {
        let mut reel = reel("ana", &at.to_string(), posted);
        reel.posted_week = week.into();
        (reel.hours_since_previous, reel.reels_same_day, reel.age_hours) = (gap, same_day, Some(age));
        reel
    };
    let mut reels: Vec<Reel> = posted.into_iter().enumerate().map(own).collect();
    let mut guest = reel("ana", "900", "2025-04-07 09:00");
    (guest.is_own, guest.hours_since_previous, guest.age_hours) = (Some(false), Some(16.0), Some(20.0));
    let mut single = reel("bob", "1", "2025-01-06 09:00");
    (single.posted_week, single.reels_same_day, single.age_hours) = ("2025-W02".into(), 1, Some(12.0));
    reels.extend([guest, single]);
    let mut accounts = vec![account("ana", "complete", 5), account("bob", "complete", 1)];
    (accounts[0].reels_per_week_4w, accounts[0].reels_per_week_12w) = (Some(0.25), None);
    (accounts[0].days_since_last_post, accounts[1].days_since_last_post) = (Some(1.5), Some(60.0));
    // Own reels, first and last day; days since, silent or not, reels per week lately; weeks; two gaps are too few for a
    // usual number a week; the median gap; the longest in days (2000 / 24), breaks, and two of four share a day.
    assert_eq!(
        whole_lines("170_cadence", &TestRows { reels, accounts, ..Default::default() }),
        [
            "ana 4 2025-01-06 2025-04-06 1.5 false 0.25 - 3 - 2 84 2 83.333333 1 0.5",
            "bob 1 2025-01-06 2025-01-06 60 true - - 1 - 0 - 0 - 0 0",
        ]
    );
}

#[test]
fn silence_is_longer_than_the_usual_pace_explains() {
    // Six reels 80 hours apart: 4.605 gaps are 15.35 days. With one gap less the pace is not known.
    let silent = |days: f64, reels: usize, gap: f64| {
        let own = |at: usize| Reel {
            hours_since_previous: (at > 0).then_some(gap),
            ..reel("ana", &at.to_string(), "2025-01-06 09:00")
        };
        let mut account = account("ana", "complete", 6);
        account.days_since_last_post = Some(days);
        let rows = TestRows { reels: (0..reels).map(own).collect(), accounts: vec![account], ..Default::default() };
        lines(&answer_of("170_cadence", &rows), &["is_silent"]).remove(0)
    };
    assert_eq!([silent(15.3, 6, 80.0), silent(15.4, 6, 80.0)], ["Bool(false)", "Bool(true)"]);
    assert_eq!([silent(13.9, 6, 1.0), silent(14.0, 6, 1.0)], ["Bool(false)", "Bool(true)"]);
    assert_eq!([silent(59.9, 5, 80.0), silent(60.0, 5, 80.0)], ["Bool(false)", "Bool(true)"]);
    // Who posts every 70 days is not silent until then.
    assert_eq!([silent(70.0, 6, 1_680.0), silent(70.1, 5, 1_680.0)], ["Bool(false)", "Bool(true)"]);
}

#[test]
fn concentration_in_the_top_tenth() {
    let own = |account: &str, id: usize, views: Option<i64>| {
        let mut reel = reel(account, &id.to_string(), "2025-01-06 09:00");
        reel.views = views;
        reel
    };
    let views = [1000, 100, 100, 100, 500, 100, 100, 100, 100, 100, 100];
    let mut reels: Vec<Reel> = views.into_iter().enumerate().map(|(id, views)| own("ana", id, Some(views))).collect();
    let (mut fresh, mut guest) = (own("ana", 50, Some(9999)), own("ana", 51, Some(9999)));
    fresh.maturity = Some("immature".into());
    guest.is_own = Some(false);
    reels.extend([fresh, guest, own("ana", 52, None)]);
    reels.extend((0..10).map(|id| own("bob", id, Some(0))));
    reels.push(own("cid", 1, None));
    // ana's 11 have 2400 views and a top tenth of 2: 1500; the best has 1000; the mean of 2400 / 11 over a median of 100.
    // bob's 10 have a top tenth of 1 and no views to share. cid has no reel with views.
    assert_eq!(
        whole_lines("190_concentration", &TestRows { reels, ..Default::default() }),
        ["ana 11 2 0.181818 0.625 0.416667 2.181818", "bob 10 1 0.1 - - -"]
    );
}

#[test]
fn growth_at_24_hours_and_7_days() {
    let own = |id: &str, day: Option<i64>, week: Option<i64>, views: i64, maturity: &str| {
        let mut reel = reel("ana", id, "2025-01-06 09:00");
        (reel.views_24h, reel.views_7d, reel.views) = (day, week, Some(views));
        reel.maturity = Some(maturity.into());
        reel
    };
    let mut guest = own("900", Some(9), Some(9), 9, "mature");
    guest.is_own = Some(false);
    let reels = vec![
        own("1", Some(100), Some(200), 400, "mature"),
        own("2", Some(50), Some(200), 250, "settled"),
        own("3", None, Some(300), 1000, "mature"),
        own("4", Some(80), None, 90, "settling"),
        own("5", Some(0), Some(0), 10, "mature"),
        guest,
    ];
    // 24 h: 0 50 80 100. 7 d: 0 200 200 300. First day: .25 .5, where there is something to share. First week of the
    // mature: .5 .3 0.
    assert_eq!(
        whole_lines("200_growth", &TestRows { reels, ..Default::default() }),
        ["ana 5 65 4 200 4 0.375 2 0.3 3"]
    );
}

#[test]
fn velocity_by_age() {
    let started = UtcMicros(1_748_757_600_000_000);
    let own = |id: &str, maturity: &str, age: f64, pace: Option<f64>, views: i64| {
        let mut reel = reel("ana", id, "2025-01-06 09:00");
        reel.maturity = Some(maturity.into());
        (reel.age_hours, reel.views_per_hour_recent, reel.views) = (Some(age), pace, Some(views));
        reel.observed_at = started;
        reel
    };
    let mut earlier = own("9", "mature", 2000.0, Some(77.0), 10);
    earlier.observed_at = UtcMicros(started.0 - 1);
    let mut guest = own("900", "mature", 2000.0, Some(77.0), 10);
    guest.is_own = Some(false);
    let reels = vec![
        guest,
        own("1", "mature", 960.0, Some(0.0), 0),
        own("2", "mature", 1200.0, Some(5.0), 1200),
        own("3", "immature", 24.0, Some(10.0), 240),
        own("4", "immature", 12.0, None, 20),
        earlier,
    ];
    let mut accounts = vec![account("ana", "complete", 5), account("cid", "not_found", 0)];
    accounts[0].crawl_started_at = started;
    // Reels, median age in days, median pace with n, and a day at that pace over the views: 240 / 240; 120 / 1200,
    // where the other has no views to add to.
    assert_eq!(
        whole_lines("210_velocity", &TestRows { reels, accounts, ..Default::default() }),
        ["ana immature 2 0.75 10 1 1 1", "ana mature 2 45 2.5 2 0.1 1"]
    );
}
