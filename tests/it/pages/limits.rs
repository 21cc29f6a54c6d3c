//! The limits of the data, as the report says them: each where it applies, and only there.

use serde_json::Value as Json;

use reelframe::internals::{AccountDay, Day, Finding};
use reelframe::{Report, Scope};

use crate::pages::{provenance, report, report_of_three};
use crate::queries::rows::{TestRows, account, reel, three_accounts};

#[test]
fn what_is_missing_or_unchanged_is_a_sentence() {
    let doubt = |account: &str, finding: &str, detail: &str| Finding {
        account: account.into(),
        finding: finding.into(),
        detail: detail.into(),
        count: 14,
        ..Finding::default()
    };
    let mut rows = three_accounts();
    let limits = |rows: &TestRows| -> Vec<String> {
        // They need no section.
        let report = Report::build(&rows.tables(), &[], &provenance()).unwrap();
        let json: Json = serde_json::from_str(&report.to_json()).unwrap();
        json["limits"].as_array().unwrap().iter().map(|limit| limit.as_str().unwrap().to_owned()).collect()
    };
    assert!(!limits(&rows).iter().any(|limit| limit.starts_with("ana, ")));
    rows.findings.push(doubt("ana", "stale", "1 page is the same to the byte as on 2026-11-20"));
    rows.findings.push(doubt("ana", "metric_missing", "views: missing on 14 of 20 reels that had them on 2026-11-20"));
    rows.findings.push(doubt("ana", "impossible_time", "posted after its own observation"));
    assert_eq!(
        limits(&rows)[..2],
        [
            "ana, views: missing on 14 of 20 reels that had them on 2026-11-20.",
            "ana, 1 page is the same to the byte as on 2026-11-20."
        ]
    );
    assert!(!limits(&rows).iter().any(|limit| limit.contains("own observation")));
    let summary = report(&rows).to_terminal();
    assert!(summary.contains("ana, views: missing on 14 of 20 reels that had them on 2026-11-20."), "{summary}");
    // Twelve of them, and the number of the others.
    rows.findings = (10..25).map(|at| doubt(&format!("a{at}"), "stale", "stands still")).collect();
    assert_eq!(
        limits(&rows)[11..13],
        ["a21, stands still.", "3 more notes of this kind are in the section “Data quality”."]
    );
}

#[test]
fn the_limits_are_those_of_the_data() {
    let json: Json = serde_json::from_str(&report_of_three().to_json()).unwrap();
    let limits: Vec<&str> = json["limits"].as_array().unwrap().iter().map(|limit| limit.as_str().unwrap()).collect();
    for said in [
        "Not fully updated, so older reels or all of them may be missing: bob.",
        "Not found on Instagram: cid.",
        "1 of 10 reels was under 48 hours old at the latest update: listed, but left out of medians of latest views and of engagement. Outliers, best times and comparisons leave out all reels under 7 days old.",
        "1 of 10 reels hides its likes: left out of like and engagement figures.",
        "1 of 10 reels has no view count: left out of view figures.",
        "Views are Instagram plays; Facebook cross-post plays are excluded.",
    ] {
        assert!(limits.contains(&said), "{said}: {limits:#?}");
    }
    assert!(!limits.iter().any(|limit| limit.contains("page limit") || limit.contains("single play count")));
    let mut plain = TestRows {
        reels: vec![reel("ana", "101", "2025-01-06 09:00")],
        accounts: vec![account("ana", "complete", 1)],
        ..Default::default()
    };
    plain.reels[0].views = Some(10);
    let json: Json = serde_json::from_str(&report(&plain).to_json()).unwrap();
    let limits = json["limits"].to_string();
    for unsaid in ["48 hours", "hides", "exactly 3", "Not fully", "Follower", "own performance", "pin status"] {
        assert!(!limits.contains(unsaid), "{unsaid}: {limits}");
    }
}

#[test]
fn days_of_the_period_without_a_known_gain_are_said() {
    let limits = |known: std::ops::Range<i32>| {
        let mut rows = three_accounts();
        rows.scope = Scope { from: Some(Day(20_000)), to: Some(Day(20_009)), ..Scope::default() };
        let day =
            |at: i32| AccountDay { account: "ana".into(), day: Day(at), views_gained_n: 1, ..AccountDay::default() };
        rows.days = known.map(day).collect();
        Report::build(&rows.tables(), &[], &provenance()).unwrap().to_markdown()
    };
    let need = "a day needs an update before and after it.";
    assert!(
        limits(20_007..20_020).contains(&format!("Views gained are known for 3 of the 10 days of the period: {need}"))
    );
    assert!(limits(0..0).contains(&format!("Views gained are not known for any day of the period: {need}")));
    assert!(!limits(20_000..20_010).contains("Views gained are"));
    let mut rows = three_accounts();
    (rows.accounts[0].observed_date, rows.scope.to) = (Some(Day(20_004)), Some(Day(20_009)));
    let over = Report::build(&rows.tables(), &[], &provenance()).unwrap().to_markdown();
    assert!(over.contains("The period is not over: the newest observation is of 2024-10-08."), "{over}");
}
