//! Accounts that are in two stores, or no longer in one: who is who, and which crawl is the newest.

use std::fs;

use testkit::mock_api::{Account, KEY, MockApi, Script};
use testkit::pages::reel;
use testkit::store::Store;
use testkit::tables::column;

use super::merge;
use crate::fetch::RETRY_ARGS;
use crate::harness::{Output, Reelframe};

/// Crawls accounts, each by handle and user id, with these views of their three reels.
fn crawl_into(command: Reelframe, store: &str, accounts: &[(&str, &str, u64)]) -> Output {
    let account = |&(name, id, views): &(&str, &str, u64)| {
        let first: u64 = id.parse::<u64>().expect("a number") * 10;
        let own = |number| reel(3_800_000_000_000_000_000 - (first + number) * 1_000_000_000_000).owner(id, name);
        Account::wrapped(name, id, &[vec![own(0).views(views), own(1).views(views), own(2).views(views)]])
    };
    let api = MockApi::start(Script::serving(accounts.iter().map(account)));
    let list: String = accounts.iter().map(|(name, id, _)| format!("{name},{id}\n")).collect();
    let args = ["run", "--accounts", "list.csv", "--store", store];
    command
        .file("list.csv", format!("handle,user_id\n{list}"))
        .args(args)
        .args(RETRY_ARGS.iter().copied())
        .api(&api)
        .key(KEY)
        .run()
}

#[test]
#[ignore = "slow"]
fn slow_two_people_who_had_one_name_stay_two() {
    // jane becomes janet, and another person becomes jane; by now the two are in two shards.
    let output = crawl_into(Reelframe::new(), "shards/1", &[("jane", "501", 10)]);
    let output = crawl_into(output.then(), "shards/1", &[("janet", "501", 10)]);
    let output = crawl_into(output.then(), "shards/2", &[("jane", "603", 20)]);
    for (store, order) in [("one", ["shards/1", "shards/2"]), ("two", ["shards/2", "shards/1"])] {
        let merged = output.then().arg("merge").args(order).args(["--store", store]).run();
        let mut ids: Vec<String> = merged
            .table_of(store, "reels")
            .iter()
            .map(|row| format!("{} {} {}", row["account"], row["account_id"], row["views"]))
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 2, "{order:?}: {ids:?}");
        assert!(ids.iter().any(|row| row.contains("\"501\" 10")) && ids.iter().any(|row| row.contains("\"603\" 20")));
    }
    // One after the other, too.
    for store in ["shards/1", "shards/2", "shards/1"] {
        output.then().args(["merge", store, "--store", "three"]).run();
    }
    assert_eq!(output.table_of("three", "accounts").len(), 2);
    output.then().args(["verify", "-q", "--store", "three"]).run();
}

#[test]
#[ignore = "slow"]
fn slow_crawls_of_two_stores_are_ordered_by_their_times() {
    let mut output = crawl_into(Reelframe::new(), "shards/1", &[("kim", "77", 100)]);
    output = crawl_into(output.then(), "shards/1", &[("kim", "77", 200)]);
    output = crawl_into(output.then(), "shards/2", &[("kim", "77", 300)]);
    // Without the first log, the numbers of the others would tell another order.
    fs::remove_file(&Store::new(output.path("shards/1")).logs("kim")[0]).expect("a log can be removed");
    for _ in 0..2 {
        output = merge(&output, 2).stderr_lacks("clock was ahead").run();
        assert_eq!(column(&output.table("reels"), "views"), [300; 3]);
    }
    output.then().args(["merge", "shards/1", "shards/2", "--skip-code"]).status(99).run();
    output.then().args(["verify", "-q"]).run();
}

#[test]
fn a_log_that_was_lost_or_damaged_is_taken_again() {
    let output = crawl_into(Reelframe::new(), "shards/1", &[("kim", "77", 100)]);
    let output = merge(&output, 1).run();
    let log = Store::new(output.path("reels")).logs("kim")[0].clone();
    let whole = fs::read(&log).expect("a log");
    fs::remove_file(&log).expect("a log can be removed");
    let output = merge(&output, 1).stderr_lacks("lost").run();
    assert_eq!(fs::read(&log).expect("it is there again"), whole);
    fs::remove_file(&log).expect("a log can be removed");
    fs::write(&log, &whole[..whole.len() / 2]).expect("a log can be written");
    let output = merge(&output, 1).run();
    assert_eq!(fs::read(&log).expect("it is whole again"), whole);
    output.then().args(["verify", "-q"]).run();
}

#[test]
#[ignore = "slow"]
fn slow_an_account_that_was_taken_off_the_list_is_no_longer_asked_for() {
    let output = crawl_into(Reelframe::new(), "shards/1", &[("kim", "77", 100), ("lee", "88", 100)]);
    let output = merge(&output, 1).run();
    output.then().args(["check", "--max-drop", "100%"]).stdout_has("2 of 2 accounts complete").run();
    let output = crawl_into(output.then(), "shards/1", &[("kim", "77", 200)]);
    let output = merge(&output, 1).run();
    output.then().args(["check", "--max-drop", "100%"]).stdout_has("1 of 1 account complete").run();
    assert_eq!(output.table("accounts").len(), 2, "its rows stay");
    // The list is half as long, which `check` reports.
    let limits = ["check", "--max-drop", "49%", "--max-age", "1h", "--min-complete", "100%"];
    let fewer = "accounts that the run was asked for: 1, after 2 in run";
    let checked = output.then().args(limits).status(4).stderr_has(fewer).run();
    assert_eq!(checked.stderr.lines().filter(|line| line.contains("ERROR")).count(), 1, "{}", checked.stderr);
}
