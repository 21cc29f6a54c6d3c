//! What the API or an account takes away is reported, and what was known before is kept.

use serde_json::{Value, json};
use testkit::pages::Reel;
use testkit::tables::column;

use super::{Crawl, numbered};
use crate::harness::{Output, Reelframe};

/// A full crawl of `maple` on a day of March with these reels, replayed.
fn crawled(command: Reelframe, day: u32, reels: Vec<Reel>) -> Reelframe {
    let crawl = Crawl { account: "maple", day, pages: &[reels], status: Some("complete"), zone: "UTC" };
    let folder = format!("day{day}");
    command.file(&format!("{folder}/maple.ndjson"), crawl.log()).args(["run", "--replay", folder.as_str()])
}

/// Five reels with their views of a day; the first `blind` of them come without.
fn five(day: u32, blind: u64) -> Vec<Reel> {
    let viewed = |number: u64| numbered(number).views(1000 * u64::from(day) + number);
    let reel = |number: u64| match viewed(number) {
        reel if number < blind => reel.without("play_count").without("ig_play_count"),
        reel => reel,
    };
    (0..5).map(reel).collect()
}

fn figures(output: &Output, query: &str) -> Value {
    let command = output.then().args(["query", query, "--format", "json"]);
    serde_json::from_str::<Value>(&command.run().stdout).expect("JSON")[0].clone()
}

#[test]
fn a_lost_metric_is_reported_and_gains_bridge_the_gap() {
    const LOST: &str = "views: missing on 3 of 5 reels that had them on 2026-03-01";
    let first = crawled(Reelframe::new(), 1, five(1, 0)).stderr_lacks("missing on").run();
    // 1000 + 1001 + … + 1004.
    assert_eq!(figures(&first, "all_accounts")["total_views"], 5010);

    let second = crawled(first.then(), 2, five(2, 3)).stderr_has(&format!("WARN {LOST}")).run();
    assert!(second.stdout.contains(&format!("maple, {LOST}.")), "{}", second.stdout);
    let reels = second.table("reels");
    let none = Value::Null;
    assert_eq!(column(&reels, "views"), [none.clone(), none.clone(), none, json!(2003), json!(2004)]);
    assert_eq!(column(&reels, "last_known_views"), [1000, 1001, 1002, 2003, 2004]);
    let findings = second.table("findings");
    let lost = findings.iter().find(|row| row["finding"] == "metric_missing").expect("a finding");
    assert_eq!((&lost["detail"], &lost["count"]), (&json!(LOST), &json!(3)));
    let overview = figures(&second, "overview");
    assert_eq!((&overview["total_views"], &overview["total_views_n"]), (&json!(4007), &json!(2)));
    assert_eq!(overview["total_views_last_known"], 4007 + 3003);

    let third = crawled(second.then(), 3, five(3, 0)).stderr_lacks("missing on").run();
    let reels = third.table("reels");
    assert_eq!(column(&reels, "views_gained"), [2000, 2000, 2000, 1000, 1000]);
    assert_eq!(column(&reels, "views_gained_hours"), [48.0, 48.0, 48.0, 24.0, 24.0]);
    assert!(third.table("findings").iter().all(|row| row["finding"] != "metric_missing"));
}

#[test]
#[ignore = "slow"]
fn slow_reels_that_go_one_after_the_other_are_all_marked() {
    // Of ten, one goes every other day; the first of them had the most views.
    let shown = |day: u32| {
        (u64::from(day / 2)..10).map(move |number| numbered(number).views(9000 - 100 * number + u64::from(day)))
    };
    let first = crawled(Reelframe::new(), 1, shown(1).collect()).run();
    let store = (2..=7).fold(first, |store, day| {
        let command = crawled(store.then(), day, shown(day).collect());
        if day == 7 { command.whole_report().run() } else { command.run() }
    });
    let listed = column(&store.table("reels"), "is_listed");
    assert_eq!(listed[..4], [json!(false), json!(false), json!(false), json!(true)]);
    assert!(store.stdout.contains("maple: 3 reels are no longer listed"), "{}", store.stdout);
    let top = figures(&store, "top_reels");
    assert_eq!((&top["place"], &top["listing"]), (&json!(1), &json!("no longer listed")));
}
