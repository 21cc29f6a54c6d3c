//! Every kind of finding: present where its numbers support it, absent where they do not.

mod followers;
mod strongest;

use crate::report::findings::findings;
use crate::report::test_rows::{Fields, answer, text};
use crate::schema::cell::{Day, UtcMicros};
use crate::schema::value::Value;

/// The findings of a section with these rows, which name their columns; read in 2026.
fn said(name: &str, rows: Vec<Fields>) -> Vec<String> {
    let answer = answer(rows);
    let last_observation = Value::Utc(UtcMicros(1_780_000_000_000_000));
    let answer_of = |found: &str| (found == name).then_some(&answer);
    findings(answer_of, &last_observation, true).iter().map(|finding| finding.text().replace('\u{a0}', " ")).collect()
}

/// The row with one value replaced.
fn with(row: &Fields, name: &str, value: Value) -> Fields {
    let mut row = row.clone();
    row.iter_mut().find(|(found, _)| *found == name).expect("a column").1 = value;
    row
}

#[test]
fn what_is_new_since_the_previous_update() {
    // 2025-05-27 18:41 UTC
    const PREVIOUS: i64 = 1_748_371_310_000_000;
    const DAY: i64 = 86_400_000_000;
    let row: Fields = vec![
        ("account", text("ana")),
        ("previous_observation", Value::Utc(UtcMicros(PREVIOUS))),
        ("crawl_started_at", Value::Utc(UtcMicros(PREVIOUS + 7 * DAY))),
        ("new_reels", Value::Int(2)),
        ("views_gained", Value::Int(1_234_567)),
        ("views_gained_n", Value::Int(40)),
        ("no_longer_listed", Value::Int(0)),
    ];
    assert_eq!(
        said("since_last_run", vec![row.clone()]),
        ["ana: 2 new reels in the week to 3 June 2025; 40 earlier reels gained 1.23 M views."]
    );
    let after = |days: f64| {
        let now = Value::Utc(UtcMicros(PREVIOUS + (days * DAY as f64) as i64));
        said("since_last_run", vec![with(&row, "crawl_started_at", now)]).concat()
    };
    assert!(after(1.9).starts_with("ana: 2 new reels in the 46 hours to 29 May 2025; "), "{}", after(1.9));
    assert!(after(3.4).starts_with("ana: 2 new reels in the 3 days to 31 May 2025; "), "{}", after(3.4));
    assert!(after(365.0).contains(" in the 365 days to 27 May; "), "no year if it is that of the data");
    assert!(after(0.02).starts_with("ana: 2 new reels since the previous update; "), "{}", after(0.02));
    let lost = with(&with(&row, "new_reels", Value::Int(0)), "views_gained", Value::Int(-5));
    let lost = said("since_last_run", vec![with(&lost, "views_gained_n", Value::Int(1))]);
    assert_eq!(lost, ["ana: No new reel in the week to 3 June 2025; 1 earlier reel lost 5 views."]);
    let gone = with(&row, "no_longer_listed", Value::Int(1));
    assert_eq!(
        said("since_last_run", vec![gone])[0],
        "ana: 1 reel is no longer listed: the last two full updates did not show it."
    );
    // A first update has nothing to compare; one without anything new makes no finding.
    let first = with(&with(&row, "new_reels", Value::Null), "no_longer_listed", Value::Null);
    assert_eq!(said("since_last_run", vec![first]), [""; 0]);
    let quiet = with(&with(&row, "new_reels", Value::Int(0)), "views_gained", Value::Null);
    assert_eq!(said("since_last_run", vec![quiet]), [""; 0]);
}

#[test]
fn breakouts_and_no_other_outliers() {
    let row: Fields = vec![
        ("account", text("ana")),
        ("performance", text("breakout")),
        ("rated_multiple", Value::Float(6.0)),
        ("compared", text("latest numbers")),
        ("compared_views", Value::Int(1800)),
        ("baseline_views", Value::Float(300.0)),
        ("baseline_n", Value::Int(5)),
        ("posted_date", Value::Day(Day(20_129))),
        ("hook", text("Soup\u{202e} <b>day</b>")),
    ];
    assert_eq!(
        said("outliers", vec![row.clone()]),
        ["ana: The reel of 10 February 2025 got 6.0 times the usual views (“Soup <b>day</b>”): 1,800, where 300 was \
             usual (median of the 5 before it)."]
    );
    let at_7_days = said("outliers", vec![with(&row, "compared", text("7 days"))]);
    assert!(at_7_days[0].contains(": 1,800 in 7 days, where "), "{at_7_days:?}");
    let gone: Fields = row.iter().cloned().chain([("listing", text("no longer listed"))]).collect();
    assert!(said("outliers", vec![gone])[0].contains("(“Soup <b>day</b>”, no longer listed): 1,800"));
    assert_eq!(said("outliers", vec![with(&row, "performance", text("above"))]), [""; 0]);
    assert_eq!(said("outliers", vec![with(&row, "rated_multiple", Value::Null)]), [""; 0]);
    // The strongest three.
    let many = (1..6).map(|times| with(&row, "rated_multiple", Value::Float(5.0 + f64::from(times)))).collect();
    let said = said("outliers", many);
    assert_eq!(said.len(), 3);
    assert!(said[0].contains(" 10 times ") && said[2].contains(" 8.0 times "), "{said:?}");
}

#[test]
fn a_trend_between_two_finished_months_beyond_chance() {
    let month = |month: &str, views: f64, z: Option<f64>| -> Fields {
        vec![
            ("account", text("ana")),
            ("posted_month", text(month)),
            ("compared_at", text("7 days")),
            ("compared_views", Value::Float(views)),
            ("compared_views_n", Value::Int(8)),
            ("z", z.map_or(Value::Null, Value::Float)),
            ("z_needed", z.map_or(Value::Null, |_| Value::Float(2.33))),
        ]
    };
    // The unfinished month, the last, is compared with nothing.
    let now: Fields = vec![("account", text("ana")), ("posted_month", text("2026-03")), ("z", Value::Null)];
    let of = |before: f64, then: f64, z: f64| {
        said("monthly_trend", vec![month("2026-01", before, None), month("2026-02", then, Some(z)), now.clone()])
    };
    assert_eq!(
        of(1000.0, 1300.0, 2.34),
        ["ana: Median views rose from 1,000 in January to 1,300 in February (at 7 days; 8 and 8 reels)."]
    );
    assert!(of(1400.0, 1000.0, -2.34)[0].contains("fell from 1,400"));
    let old = with(&month("2026-02", 3000.0, Some(3.0)), "compared_at", text("at least 30 days"));
    let said_of_old = said("monthly_trend", vec![month("2026-01", 1000.0, None), old]);
    assert!(said_of_old[0].ends_with(" (of reels at least 30 days old; 8 and 8 reels)."), "{said_of_old:?}");
    for silent in [
        of(1000.0, 1299.0, 3.0),
        of(1000.0, 2000.0, 2.32),
        of(1000.0, 500.0, -2.32),
        of(0.0, 2000.0, 3.0),
        said("monthly_trend", vec![month("2026-01", 1.0, None), now.clone()]),
        said("monthly_trend", vec![month("2026-02", 9.0, Some(9.0)), now.clone()]),
    ] {
        assert_eq!(silent, [""; 0]);
    }
}

#[test]
fn silence_is_said_in_whole_days() {
    let row: Fields =
        vec![("account", text("ana")), ("days_since_last_post", Value::Float(184.9)), ("is_silent", Value::Bool(true))];
    assert_eq!(said("cadence", vec![row.clone()]), ["ana: No reel for 184 days."]);
    assert_eq!(said("cadence", vec![with(&row, "is_silent", Value::Bool(false))]), [""; 0]);
    assert_eq!(said("cadence", vec![with(&row, "is_silent", Value::Null)]), [""; 0]);
    assert_eq!(said("cadence", vec![with(&row, "days_since_last_post", Value::Null)]), [""; 0]);
}

/// A group with a median multiple of 2 against 1, and a z of 3 where 2.5 is needed.
fn group(columns: &[(&'static str, Value)]) -> Fields {
    let mut row: Fields = vec![
        ("account", text("ana")),
        ("median_multiple", Value::Float(2.0)),
        ("median_multiple_n", Value::Int(5)),
        ("others_multiple", Value::Float(1.0)),
        ("z", Value::Float(3.0)),
        ("z_needed", Value::Float(2.5)),
    ];
    row.extend(columns.iter().cloned());
    row
}

/// Within chance, or a difference that is not worth a sentence; and what is not known.
fn assert_silent_within_chance(section: &str, row: &Fields, others: &str) {
    for (name, value) in [
        ("z", Value::Float(2.49)),
        ("z", Value::Null),
        ("z_needed", Value::Null),
        ("median_multiple", Value::Float(1.29)),
        ("median_multiple", Value::Null),
        (others, Value::Float(0.0)),
        (others, Value::Null),
    ] {
        assert_eq!(said(section, vec![with(row, name, value.clone())]), [""; 0], "{section}: {name} {value:?}");
    }
}

#[test]
fn a_good_time_is_beyond_chance_and_better() {
    let slot = [("posted_weekday", Value::Int(4)), ("posted_daypart", text("evening")), ("n", Value::Int(5))];
    let row = group(&[&slot[..], &[("cautious_multiple", Value::Float(1.2))]].concat());
    assert_eq!(
        said("best_times", vec![row.clone()]),
        [
            "ana: Thursday evenings got about 1.2 times the average views (5 reels of all history, allowing for chance). As counted: 2.0 times the usual, against 1.00 times at other times."
        ]
    );
    let night = with(&row, "posted_daypart", text("night"));
    assert!(
        said("best_times", vec![night])[0].starts_with("ana: Thursdays between midnight and 6 a.m. got about 1.2 ")
    );
    let worse = with(&with(&row, "z", Value::Float(-3.0)), "median_multiple", Value::Float(0.5));
    assert_eq!(said("best_times", vec![worse]), [""; 0]);
    assert_silent_within_chance("best_times", &row, "others_multiple");
}

#[test]
fn groups_are_compared_with_the_other_reels() {
    let said_of = |section: &str, columns: &[(&'static str, Value)]| {
        let row = group(columns);
        assert_silent_within_chance(section, &row, "others_multiple");
        said(section, vec![row]).concat()
    };
    let says = |what: &str| {
        format!("ana: {what} got 2.0 times the usual views (5 reels of all history; other reels 1.00 times).")
    };
    assert_eq!(said_of("durations", &[("duration_bucket", text("<=15"))]), says("Reels of up to 15 s"));
    assert_eq!(said_of("durations", &[("duration_bucket", text("15-30"))]), says("Reels of 15–30 s"));
    for (audio, what) in [
        ("original", "Reels with original sound"),
        ("licensed", "Reels with licensed music"),
        ("silent", "Reels without sound"),
        ("voice_over", "Reels with voice_over"),
    ] {
        assert_eq!(said_of("audio", &[("audio", text(audio))]), says(what));
    }
    for (habit, choice, what) in [
        ("hook", "none", "Reels without a hook"),
        ("hook", "1 to 40 characters", "Reels with a hook of 1 to 40 characters"),
        ("question", "yes", "Reels with a question"),
        ("call to action", "no", "Reels without a call to action"),
        ("emoji", "none", "Reels without emoji"),
        ("emoji", "1 to 3", "Reels with 1 to 3 emoji"),
        ("hashtags", "6 and more", "Reels with 6 and more hashtags"),
    ] {
        assert_eq!(said_of("captions", &[("habit", text(habit)), ("choice", text(choice))]), says(what));
    }
    assert_eq!(said_of("collabs", &[("kind", text("with coauthors"))]), says("Reels with coauthors"));
    assert_eq!(said_of("collabs", &[("kind", text("solo"))]), "", "the other side of the same");
    assert_eq!(said_of("paid", &[("kind", text("paid partnership"))]), says("Paid partnerships"));
    let caption = says("Ads disclosed in the caption");
    assert_eq!(said_of("paid", &[("kind", text("disclosed in caption only"))]), caption);
    assert_eq!(said_of("paid", &[("kind", text("organic"))]), "");
    // One sentence for each account: the largest difference, in either direction.
    let lengths = [("<=15", 2.0, 3.0), ("15-30", 0.4, -3.0), ("30-60", 1.5, 3.0)].map(|(bucket, multiple, z)| {
        let row = group(&[("duration_bucket", text(bucket))]);
        with(&with(&row, "median_multiple", Value::Float(multiple)), "z", Value::Float(z))
    });
    let most = said("durations", lengths.to_vec());
    assert_eq!(
        most,
        ["ana: Reels of 15–30 s got 0.40 times the usual views (5 reels of all history; other reels 1.00 times)."]
    );
}

#[test]
fn a_hashtag_is_reported_by_its_lift() {
    let of = |lift: f64| -> Fields {
        vec![
            ("account", text("ana")),
            ("hashtag", text("moss")),
            ("median_multiple", Value::Float(lift)),
            ("median_multiple_n", Value::Int(5)),
            ("without_multiple", Value::Float(1.0)),
            ("without_multiple_n", Value::Int(40)),
            ("lift_multiple", Value::Float(lift)),
            ("z", Value::Float(if lift < 1.0 { -3.0 } else { 3.0 })),
            ("z_needed", Value::Float(2.5)),
        ]
    };
    assert_eq!(
        said("hashtags", vec![of(1.5)]),
        [
            "ana: Reels tagged #moss got 50 % more views than others, relative to what was usual at the time (5 and 40 reels of all history)."
        ]
    );
    for (lift, compared) in [
        (0.5, "50 % fewer views than"),
        (0.28, "72 % fewer views than"),
        (0.001, "over 99 % fewer views than"),
        (1.994, "99 % more views than"),
        (2.9, "2.9 times the views of"),
        (12.4, "12 times the views of"),
    ] {
        let said = said("hashtags", vec![of(lift)]);
        assert!(said[0].contains(&format!(" #moss got {compared} others, ")), "{said:?}");
    }
    assert_silent_within_chance("hashtags", &of(1.5), "without_multiple");
}

#[test]
fn a_few_reels_that_carry_the_account() {
    let row: Fields = vec![
        ("account", text("ana")),
        ("n", Value::Int(20)),
        ("top_reels", Value::Int(2)),
        ("top_share", Value::Float(0.4)),
    ];
    assert_eq!(said("concentration", vec![row.clone()]), ["ana: 2 of 20 reels bring 40 % of all views."]);
    assert_eq!(said("concentration", vec![with(&row, "n", Value::Int(19))]), [""; 0]);
    assert_eq!(said("concentration", vec![with(&row, "top_share", Value::Float(0.39))]), [""; 0]);
}

#[test]
fn a_users_section_that_lacks_a_column_makes_no_finding() {
    for name in [
        "overview",
        "comparison",
        "cadence",
        "since_last_run",
        "outliers",
        "monthly_trend",
        "best_times",
        "durations",
        "hashtags",
        "captions",
        "audio",
        "collabs",
        "paid",
        "concentration",
    ] {
        assert_eq!(said(name, vec![vec![("account", text("ana")), ("n", Value::Int(99))]]), [""; 0], "{name}");
        assert_eq!(said(name, Vec::new()), [""; 0], "{name}");
    }
}

/// Views gained, and medians of the period and of the one before.
#[test]
fn the_period_against_the_one_before() {
    let row: Fields = vec![
        ("account", text("ana")),
        ("views_gained", Value::Int(175_067)),
        ("views_gained_change_rate", Value::Float(-0.23)),
    ];
    assert_eq!(
        said("overview", vec![row.clone()]),
        ["ana: Views gained per day fell by 23 % against the period before."]
    );
    assert!(
        said("overview", vec![with(&row, "views_gained_change_rate", Value::Float(0.1))])[0].contains("rose by 10 %")
    );
    for silent in [Value::Float(0.09), Value::Float(-0.09), Value::Null] {
        assert_eq!(said("overview", vec![with(&row, "views_gained_change_rate", silent)]), [""; 0]);
    }
    assert_eq!(said("overview", vec![with(&row, "views_gained", Value::Null)]), [""; 0]);
    // Counts that were corrected downwards.
    let lost = with(&with(&row, "views_gained", Value::Int(-29_500)), "views_gained_change_rate", Value::Float(-4.69));
    assert_eq!(said("overview", vec![lost]), [""; 0]);
    let row: Fields = vec![
        ("account", text("ana")),
        ("median_views_7d", Value::Float(1300.0)),
        ("median_views_7d_n", Value::Int(8)),
        ("median_views_7d_before", Value::Float(1000.0)),
        ("median_views_7d_before_n", Value::Int(9)),
        ("views_7d_z", Value::Float(2.4)),
        ("median_engagement_rate", Value::Float(0.03)),
        ("median_engagement_rate_n", Value::Int(8)),
        ("median_engagement_rate_before", Value::Float(0.04)),
        ("median_engagement_rate_before_n", Value::Int(9)),
        ("engagement_rate_z", Value::Float(-2.4)),
        ("z_needed", Value::Float(2.33)),
    ];
    assert_eq!(
        said("comparison", vec![row.clone()]),
        [
            "ana: Median views at 7 days rose to 1,300 (8 reels) from 1,000 in the period before (9 reels).",
            "ana: The median engagement rate fell to 3.0 % (8 reels) from 4.0 % in the period before (9 reels).",
        ]
    );
    let quiet = with(&with(&row, "views_7d_z", Value::Float(2.32)), "engagement_rate_z", Value::Null);
    assert_eq!(said("comparison", vec![quiet]), [""; 0], "within chance");
    let close =
        with(&with(&row, "median_views_7d", Value::Float(1299.0)), "median_engagement_rate", Value::Float(0.031));
    assert_eq!(said("comparison", vec![close]), [""; 0], "not worth a sentence");
    let none = with(&with(&row, "median_views_7d_before", Value::Null), "median_engagement_rate", Value::Null);
    assert_eq!(said("comparison", vec![none]), [""; 0]);
}
