//! Missing views, reels that are no longer listed, and impossible times.

use reelframe::AnswerColumn;
use reelframe::internals::{Account, Finding, Reel, built_in_queries};

use crate::queries::rows::{TestRows, account, reel, three_accounts};
use crate::queries::{answer_of, lines, whole_lines};

/// An own reel with views now, or only with last known ones.
fn viewed(id: &str, views: Option<i64>, last_known: Option<i64>) -> Reel {
    let mut reel = reel("ana", id, "2025-01-06 09:00");
    (reel.views, reel.last_known_views) = (views, last_known);
    reel
}

#[test]
#[ignore = "slow"]
fn slow_totals_have_their_n_and_last_known_values() {
    let mut reels = vec![
        viewed("1", Some(100), Some(100)),
        viewed("2", Some(300), Some(300)),
        viewed("3", None, Some(1000)),
        viewed("4", None, Some(2000)),
        viewed("5", None, None), // never had any
    ];
    let accounts = vec![account("ana", "complete", 5)];
    let rows = |reels: &[Reel]| TestRows { reels: reels.to_vec(), accounts: accounts.clone(), ..Default::default() };
    // Median and total of 100 and 300; with 1000 and 2000 the median is 650, the total 3400.
    let columns = [
        "median_views",
        "median_views_n",
        "median_views_last_known",
        "total_views",
        "total_views_n",
        "total_views_last_known",
    ];
    let overview = |reels: &[Reel]| lines(&answer_of("010_overview", &rows(reels)), &columns);
    assert_eq!(overview(&reels), ["200.000000 2 650.000000 400 2 3400"]);
    assert_eq!(whole_lines("005_all_accounts", &rows(&reels)), ["1 5 - - - - 400 2 3400"]);
    // All are missing: no total now, but the last known one.
    assert_eq!(overview(&reels[2..]), ["- 0 1500.000000 - 0 3000"]);
    assert_eq!(whole_lines("005_all_accounts", &rows(&reels[2..])), ["1 3 - - - - - 0 3000"]);
    // The median is of reels at least 48 hours old: younger ones do not affect it.
    reels[2].maturity = Some("immature".into());
    reels[3].maturity = Some("immature".into());
    assert_eq!(overview(&reels), ["200.000000 2 - 400 2 3400"]);
    // Nothing missing, no last known figures.
    assert_eq!(overview(&reels[..2]), ["200.000000 2 - 400 2 -"]);
    // If one of two accounts has the views of a reel, they are not missing.
    let mut twice = vec![viewed("3", None, Some(1000)), viewed("3", Some(900), Some(900))];
    (twice[1].account, twice[1].reel_key) = ("bob".into(), "bob:3".into());
    assert_eq!(whole_lines("005_all_accounts", &rows(&twice)), ["1 1 - - - - 900 1 -"]);
}

#[test]
fn reels_that_are_no_longer_listed_are_marked() {
    let mut reels: Vec<Reel> = ["1", "2", "3"].map(|id| viewed(id, Some(700), Some(700))).into();
    for (reel, is_listed) in reels.iter_mut().zip([Some(false), Some(true), None]) {
        reel.is_listed = is_listed;
        (reel.baseline_views, reel.baseline_n, reel.outlier_multiple) = (Some(100.0), 7, Some(7.0));
        reel.performance = Some("breakout".into());
    }
    let rows = TestRows { reels, ..Default::default() };
    let of = |name: &str| lines(&answer_of(name, &rows), &["listing", "url"]);
    let line = |mark: &str, id: &str| format!("{mark} https://www.instagram.com/reel/code{id}/");
    assert_eq!(of("050_top_reels"), [line("-", "3"), line("-", "2"), line("no longer listed", "1")]);
    assert_eq!(of("060_outliers"), [line("no longer listed", "1"), line("-", "2"), line("-", "3")]);
}

/// What the report says of reels under 48 hours old. Growth and velocity are about age: there they are a class of their own.
#[test]
#[ignore = "slow"]
fn slow_a_reel_under_48_hours_old_changes_no_median_of_views_or_engagement() {
    let rows = three_accounts();
    let mut loud = three_accounts();
    let young = loud.reels.iter_mut().find(|reel| reel.maturity.as_deref() == Some("immature")).unwrap();
    (young.views, young.engagement_rate, young.outlier_multiple) = (Some(9_000_000), Some(0.9), Some(900.0));
    let mut medians = 0;
    for query in built_in_queries().iter().filter(|query| !["200_growth", "210_velocity"].contains(&&*query.name)) {
        let (before, after) = (answer_of(&query.name, &rows), answer_of(&query.name, &loud));
        let is_median =
            |column: &&AnswerColumn| column.name.starts_with("median_") || column.name.ends_with("_multiple");
        let names: Vec<&str> = before.columns.iter().filter(is_median).map(|column| column.name.as_str()).collect();
        // Lists of reels are in the order of their views.
        if before.position("url").is_none() {
            assert_eq!(lines(&before, &names), lines(&after, &names), "{}", query.name);
            medians += names.len();
        }
    }
    assert!(medians > 20, "{medians}");
    assert!(lines(&answer_of("050_top_reels", &loud), &["views"]).contains(&"9000000".to_owned()));
}

/// A reel on a Monday at 9 with a gap of two days, and two with impossible times: in 2099 and in 2019.
fn odd_times() -> TestRows {
    let mut reels: Vec<Reel> = [("1", "2025-01-06 09:00"), ("2", "2099-01-06 09:00"), ("3", "2019-01-06 09:00")]
        .map(|(id, posted)| {
            let mut reel = reel("ana", id, posted);
            (reel.views, reel.age_hours, reel.posted_week) = (Some(700), Some(48.0), posted[..4].into());
            (reel.hours_since_previous, reel.reels_same_day, reel.views_per_hour_recent) = (Some(48.0), 1, Some(3.5));
            reel
        })
        .into();
    for reel in &mut reels[1..] {
        reel.has_impossible_time = true;
        (reel.age_hours, reel.maturity, reel.hours_since_previous) = (None, None, None);
        (reel.reels_same_day, reel.views_per_hour_recent, reel.audio_id) = (0, None, Some("7".into()));
    }
    TestRows { reels, accounts: vec![account("ana", "complete", 3)], ..Default::default() }
}

#[test]
#[ignore = "slow"]
fn slow_impossible_times_are_left_out_of_time_based_figures() {
    let rows = odd_times();
    // One reel a week and more; no longer and no shorter gap.
    assert_eq!(whole_lines("170_cadence", &rows), ["ana 1 2025-01-06 2025-01-06 - - - - 1 - 1 48 1 2 0 0"]);
    assert_eq!(lines(&answer_of("180_gaps", &rows), &["gap", "reels"]), ["1 to 3 days 1"]);
    let grid = lines(&answer_of("070_posting_heatmap", &rows), &["posted_weekday", "posted_hour", "reels", "n"]);
    assert_eq!(grid, ["1 9 1 1"]);
    assert_eq!(lines(&answer_of("090_monthly_trend", &rows), &["posted_month", "reels"]), ["2025-01 1"]);
    assert_eq!(lines(&answer_of("210_velocity", &rows), &["maturity", "reels"]), ["mature 1"]);
    assert_eq!(lines(&answer_of("040_league_table", &rows), &["n"]), ["1"]);
    assert_eq!(whole_lines("005_all_accounts", &rows), ["1 1 - - - - 700 1 -"]);
    // Only one has a day; all three are in the account's list.
    let overview = ["reels_posted", "median_views_n", "total_views_n", "all_reels"];
    assert_eq!(lines(&answer_of("010_overview", &rows), &overview), ["1 1 1 3"]);
    let day = whole_lines("010_overview", &rows)[0].contains("2025-01-06");
    assert!(day, "{:?}", whole_lines("010_overview", &rows));
    let sounds = whole_lines("140_sounds", &rows);
    assert!(sounds[0].ends_with(" -") && sounds.len() == 1, "when it was last used is not known: {sounds:?}");
}

#[test]
fn best_times_need_an_age() {
    let mut rows = odd_times();
    for reel in &mut rows.reels {
        reel.equal_age_multiple = Some(7.0);
    }
    assert_eq!(lines(&answer_of("080_best_times", &rows), &["posted_weekday", "n"]), ["1 1"]);
}

#[test]
fn findings_of_the_reels_are_rows_of_data_quality_in_their_own_words() {
    let finding = |finding: &str, detail: &str, count: i64| Finding {
        account: "ana".into(),
        finding: finding.into(),
        detail: detail.into(),
        count,
        example: "https://www.instagram.com/reel/code1/".into(),
    };
    let findings = vec![
        finding("metric_missing", "views: missing on 3 of 5 reels that had them on 2026-11-01", 3),
        finding("stale", "1 page is the same to the byte as on 2026-11-01", 1),
        finding("engagement_above_views", "more likes, comments or shares than views", 2),
        finding("impossible_time", "posted after its own observation", 4),
        finding("negative_count", "play_count", 5),
        finding("reject", "neither id nor code", 6),
        finding("unreadable_page", "the page is not JSON", 7),
        // Two kinds of fields and three names: 1 + 10 + 100.
        finding("unknown_page_key", "served_by", 1),
        finding("unknown_item_key", "is_slow_reel", 10),
        finding("unknown_item_key", "remix_score", 100),
        finding("id_mismatch", "code does not stand for the id", 8),
        finding("unreadable_value", "like_count", 9),
        finding("line_separator", "caption", 11),
        finding("lone_surrogate", "caption", 12),
        finding("nul_in_text", "caption", 13),
        finding("of_a_later_version", "some_key", 14),
        finding("renamed", "old is now new", 1),
        finding("owner_changed", "the handle ana now belongs to user id 6", 2),
        finding("no_own_reels", "owners: ann (3)", 3),
        finding("crawl_shrank", "a full crawl showed under half of the reels listed before it", 1),
    ];
    let rows = TestRows { findings, ..Default::default() };
    assert_eq!(
        lines(&answer_of("220_data_quality", &rows), &["what", "times"]),
        [
            "1 page is the same to the byte as on 2026-11-01 1",
            "a full update showed under half of the reels listed before 1",
            "account renamed: old is now new 1",
            "more likes, comments or shares than views 2",
            "no reel of its own in the latest update: owners: ann (3) 3",
            "pages: count below 0, counted as missing 5",
            "pages: entry that could not be read as a reel, left out 6",
            "pages: id and web address of a reel disagree 8",
            "pages: new field, not used 111",
            "pages: page that could not be read, left out 7",
            "pages: something else unusual 14",
            "pages: text with an invisible character, which was removed 13",
            "pages: text with an unusual line break, kept 11",
            "pages: text with half a character, which was replaced 12",
            "pages: value that could not be read, counted as missing 9",
            "posted after its own observation 4",
            "the handle belongs to another account now: its reels are left out of all figures 2",
            "views: missing on 3 of 5 reels that had them on 2026-11-01 3",
        ]
    );
}

/// What the report shows of it: no run id, no code of the program, no words of a server.
#[test]
fn data_quality_has_addresses_of_reels_as_examples_and_nothing_else() {
    let finding = |finding: &str, detail: &str, example: &str| Finding {
        account: "ana".into(),
        finding: finding.into(),
        detail: detail.into(),
        count: 1,
        example: example.into(),
    };
    let address = "https://www.instagram.com/reel/code1/";
    let findings = vec![
        finding("stale", "1 page is the same to the byte as on 2026-11-01", "run 20261101T060000000Z, page 2"),
        finding("stale", "20 reels of the last 30 days with 1,000 views or more stand still", address),
        finding("crawl_shrank", "", "run 20261101T060000000Z: 2 of 9 reels"),
        finding("renamed", "old is now ana", "run 20261101T060000000Z"),
        finding("reject", "neither id nor code", "run 20261101T060000000Z, page 1, item 2"),
    ];
    let account = |name: &str, status: &str, reason: Option<&str>| Account {
        status_reason: reason.map(Into::into),
        ..account(name, status, 0)
    };
    let accounts = vec![
        account("bob", "failed", Some("raw/bob/20261101T060000000Z.ndjson.zst: it cannot be read")),
        account("cid", "partial", Some("page 3: HTTP 503")),
        account("dan", "not_found", None),
        account("eve", "incremental", None),
    ];
    let rows = TestRows { findings, accounts, ..Default::default() };
    assert_eq!(
        lines(&answer_of("220_data_quality", &rows), &["account", "what", "example"]),
        [
            "ana 1 page is the same to the byte as on 2026-11-01 -".to_owned(),
            format!("ana 20 reels of the last 30 days with 1,000 views or more stand still {address}"),
            "ana a full update showed under half of the reels listed before -".to_owned(),
            "ana account renamed: old is now ana -".to_owned(),
            "ana pages: entry that could not be read as a reel, left out -".to_owned(),
            "bob account not fully updated: the update failed -".to_owned(),
            "cid account not fully updated: incomplete -".to_owned(),
            "dan account not fully updated: not found -".to_owned(),
        ]
    );
}
