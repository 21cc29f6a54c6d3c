//! Every kind of key finding: there where its numbers carry it, absent where they do not.

use crate::query::answer::{Answer, AnswerColumn, Value};
use crate::report::build::Section;
use crate::report::findings::findings;
use crate::schema::cell::{Day, UtcMicros};
use crate::schema::column::ColumnType;

type Row = Vec<(&'static str, Value)>;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// What is said of a section with these rows, which name their columns.
fn said(name: &str, rows: Vec<Row>) -> Vec<String> {
    let columns = rows.first().into_iter().flatten();
    let column = |(name, _): &(&str, Value)| AnswerColumn { name: (*name).to_owned(), column_type: ColumnType::String };
    let answer = Answer {
        columns: columns.map(column).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(|(_, value)| value).collect()).collect(),
    };
    let (title, question, chart, fault) = (String::new(), String::new(), None, None);
    let sections = [Section { name: format!("123_{name}"), title, question, chart, answer, fault }];
    findings(&sections).into_iter().map(|finding| finding.replace('\u{a0}', " ")).collect()
}

/// The row with one value in another's place.
fn with(row: &Row, name: &str, value: Value) -> Row {
    let mut row = row.clone();
    row.iter_mut().find(|(found, _)| *found == name).expect("a column").1 = value;
    row
}

#[test]
fn what_is_new_since_the_reading_before() {
    let row: Row = vec![
        ("account", text("ana")),
        ("previous_observation", Value::Utc(UtcMicros(1_748_371_310_000_000))),
        ("new_reels", Value::Int(2)),
        ("views_gained", Value::Int(1_234_567)),
        ("views_gained_n", Value::Int(40)),
        ("no_longer_listed", Value::Int(0)),
    ];
    assert_eq!(
        said("since_last_run", vec![row.clone()]),
        [
            "ana has 2 new reels since the reading before (2025-05-27 18:41 UTC); 40 reels read again gained 1.23 M views."
        ]
    );
    let gone = with(&row, "no_longer_listed", Value::Int(1));
    assert_eq!(
        said("since_last_run", vec![gone])[1],
        "1 reel is no longer listed for ana: two full crawls did not show it."
    );
    // A first walk has nothing before it; one that found nothing says nothing.
    let first = with(&with(&row, "new_reels", Value::Null), "no_longer_listed", Value::Null);
    assert_eq!(said("since_last_run", vec![first]), [""; 0]);
    let quiet = with(&with(&row, "new_reels", Value::Int(0)), "views_gained", Value::Null);
    assert_eq!(said("since_last_run", vec![quiet]), [""; 0]);
}

#[test]
fn breakouts_and_no_other_outliers() {
    let row: Row = vec![
        ("account", text("ana")),
        ("performance", text("breakout")),
        ("judged_multiple", Value::Float(6.0)),
        ("compared", text("when read")),
        ("views", Value::Int(1800)),
        ("baseline_views", Value::Float(300.0)),
        ("baseline_n", Value::Int(5)),
        ("posted_date", Value::Day(Day(20_129))),
        ("hook", text("Soup\u{202e} <b>day</b>")),
    ];
    assert_eq!(
        said("outliers", vec![row.clone()]),
        [
            "A reel of ana posted 2025-02-10 broke out (“Soup <b>day</b>”): 1,800 views when read, 6.0× its usual 300, the median of 5 \
          earlier reels."
        ]
    );
    let gone: Row = row.iter().cloned().chain([("listing", text("no longer listed"))]).collect();
    assert!(
        said("outliers", vec![gone])[0].starts_with("A reel of ana posted 2025-02-10, no longer listed, broke out (")
    );
    assert_eq!(said("outliers", vec![with(&row, "performance", text("above"))]), [""; 0]);
    assert_eq!(said("outliers", vec![with(&row, "judged_multiple", Value::Null)]), [""; 0]);
    // The strongest three.
    let many = (1..6).map(|times| with(&row, "judged_multiple", Value::Float(5.0 + f64::from(times)))).collect();
    let said = said("outliers", many);
    assert_eq!(said.len(), 3);
    assert!(said[0].contains(" 10.0× ") && said[2].contains(" 8.0× "), "{said:?}");
}

#[test]
fn a_trend_of_whole_months_with_enough_reels() {
    let month = |month: &str, views: f64, n: i64, immature: i64| -> Row {
        vec![
            ("account", text("ana")),
            ("posted_month", text(month)),
            ("median_views", Value::Float(views)),
            ("n", Value::Int(n)),
            ("immature_reels", Value::Int(immature)),
        ]
    };
    let of = |before: (f64, i64), then: (f64, i64), immature: i64| {
        let (before, then) = (month("2026-01", before.0, before.1, 0), month("2026-02", then.0, then.1, immature));
        // The last month is left alone: its reels have had less time.
        said("monthly_trend", vec![before, then, month("2026-03", 1.0, 50, 3)])
    };
    assert_eq!(
        of((1000.0, 5), (1300.0, 8), 0),
        ["Median views of ana rose from 1,000 in 2026-01 (n = 5) to 1,300 in 2026-02 (n = 8)."]
    );
    assert!(of((1400.0, 5), (1000.0, 8), 0)[0].contains("fell from 1,400"));
    for silent in [
        of((1000.0, 5), (1299.0, 8), 0),
        of((1000.0, 4), (2000.0, 8), 0),
        of((1000.0, 5), (2000.0, 4), 0),
        of((1000.0, 5), (2000.0, 8), 1),
        of((0.0, 5), (2000.0, 8), 0),
        said("monthly_trend", vec![month("2026-01", 1.0, 9, 0), month("2026-02", 9.0, 9, 0)]),
    ] {
        assert_eq!(silent, [""; 0]);
    }
}

#[test]
fn a_good_time_needs_reels_and_a_cautious_multiple() {
    let row: Row = vec![
        ("account", text("ana")),
        ("posted_weekday", Value::Int(4)),
        ("posted_daypart", text("evening")),
        ("n", Value::Int(5)),
        ("cautious_multiple", Value::Float(1.2)),
    ];
    assert_eq!(
        said("best_times", vec![row.clone()]),
        [
            "ana does well on Thu evening: 1.20× its usual views, cautiously put (n = 5; of 28 slots some look good by chance)."
        ]
    );
    assert_eq!(said("best_times", vec![with(&row, "n", Value::Int(4))]), [""; 0]);
    assert_eq!(said("best_times", vec![with(&row, "cautious_multiple", Value::Float(1.19))]), [""; 0]);
}

#[test]
fn lengths_are_told_apart_where_both_rest_on_enough() {
    let length = |bucket: &str, multiple: f64, n: i64| -> Row {
        vec![
            ("account", text("ana")),
            ("duration_bucket", text(bucket)),
            ("median_multiple", Value::Float(multiple)),
            ("median_multiple_n", Value::Int(n)),
        ]
    };
    assert_eq!(
        said("durations", vec![length("<=15", 1.3, 5), length("15-30", 1.0, 9), length("30-60", 9.0, 4)]),
        [
            "By length, ana does best with ≤15 s at 1.30× (n = 5) and worst with 15–30 s at 1.00× (n = 9), against its usual \
          views."
        ]
    );
    assert_eq!(said("durations", vec![length("<=15", 1.29, 5), length("15-30", 1.0, 9)]), [""; 0]);
    assert_eq!(said("durations", vec![length("<=15", 2.0, 5), length("unknown", 1.0, 9)]), [""; 0]);
    assert_eq!(said("durations", vec![length("<=15", 2.0, 5)]), [""; 0]);
}

#[test]
fn a_hashtag_is_told_by_its_lift() {
    let row: Row = vec![
        ("account", text("ana")),
        ("hashtag", text("moss")),
        ("lift_multiple", Value::Float(1.5)),
        ("lift_multiple_n", Value::Int(5)),
        ("median_multiple_n", Value::Int(5)),
        ("without_multiple_n", Value::Int(40)),
    ];
    assert_eq!(
        said("hashtags", vec![row.clone()]),
        [
            "Reels of ana with #moss have 1.50× the views of those without, each against its usual (n = 5 with, 40 without)."
        ]
    );
    assert_eq!(said("hashtags", vec![with(&row, "lift_multiple", Value::Float(0.5))]).len(), 1);
    assert_eq!(said("hashtags", vec![with(&row, "lift_multiple", Value::Float(1.2))]), [""; 0]);
    assert_eq!(said("hashtags", vec![with(&row, "lift_multiple_n", Value::Int(4))]), [""; 0]);
    assert_eq!(said("hashtags", vec![with(&row, "lift_multiple", Value::Null)]), [""; 0]);
}

#[test]
fn paid_and_organic_are_compared_where_both_are_there() {
    let kind = |kind: &str, multiple: f64, n: i64| -> Row {
        vec![
            ("account", text("ana")),
            ("kind", text(kind)),
            ("median_multiple", Value::Float(multiple)),
            ("median_multiple_n", Value::Int(n)),
        ]
    };
    assert_eq!(
        said("paid", vec![kind("paid partnership", 0.5, 6), kind("organic", 1.0, 50)]),
        ["Paid partnerships of ana are at 0.50× its usual views (n = 6), organic reels at 1.00× (n = 50)."]
    );
    assert_eq!(said("paid", vec![kind("paid partnership", 0.5, 4), kind("organic", 1.0, 50)]), [""; 0]);
    assert_eq!(said("paid", vec![kind("paid partnership", 0.9, 6), kind("organic", 1.0, 50)]), [""; 0]);
    assert_eq!(said("paid", vec![kind("paid partnership", 0.5, 6), kind("unknown", 1.0, 50)]), [""; 0]);
}

#[test]
fn a_few_reels_that_carry_the_account() {
    let row: Row = vec![
        ("account", text("ana")),
        ("n", Value::Int(20)),
        ("top_reels", Value::Int(2)),
        ("top_share", Value::Float(0.4)),
    ];
    assert_eq!(
        said("concentration", vec![row.clone()]),
        ["Of the 20 own reels of ana with views and at least 48 hours old, the top 2 hold 40.0 % of the views."]
    );
    assert_eq!(said("concentration", vec![with(&row, "n", Value::Int(19))]), [""; 0]);
    assert_eq!(said("concentration", vec![with(&row, "top_share", Value::Float(0.39))]), [""; 0]);
}

#[test]
fn a_section_of_ones_own_that_lacks_a_column_is_passed_over() {
    for name in
        ["since_last_run", "outliers", "monthly_trend", "best_times", "durations", "hashtags", "paid", "concentration"]
    {
        assert_eq!(said(name, vec![vec![("account", text("ana")), ("n", Value::Int(99))]]), [""; 0], "{name}");
        assert_eq!(said(name, Vec::new()), [""; 0], "{name}");
    }
}

#[test]
fn what_findings_read_is_in_the_built_in_sections() {
    let read: [(&str, &[&str]); 8] = [
        (
            "since_last_run",
            &["previous_observation", "new_reels", "views_gained", "views_gained_n", "no_longer_listed"],
        ),
        (
            "outliers",
            &["performance", "judged_multiple", "compared", "baseline_views", "baseline_n", "listing", "hook"],
        ),
        ("monthly_trend", &["posted_month", "median_views", "n", "immature_reels"]),
        ("best_times", &["posted_weekday", "posted_daypart", "n", "cautious_multiple"]),
        ("durations", &["duration_bucket", "median_multiple", "median_multiple_n"]),
        ("hashtags", &["hashtag", "lift_multiple", "lift_multiple_n", "median_multiple_n", "without_multiple_n"]),
        ("paid", &["kind", "median_multiple", "median_multiple_n"]),
        ("concentration", &["n", "top_reels", "top_share"]),
    ];
    let tables = crate::query::fixture::three_accounts().tables();
    for (name, columns) in read {
        let queries = crate::query::file::built_in_queries();
        let query = queries.iter().find(|query| query.name.ends_with(name)).expect(name);
        let answer = tables.query(&query.sql).unwrap();
        for column in columns.iter().chain(&["account"]) {
            assert!(answer.position(column).is_some(), "{name} has no {column}");
        }
    }
}
