//! Crawls over HTTP: which pages are requested, which are published, and that none is paid for twice.

mod again;
mod circles;
mod clock;
mod ends;
mod faults;
mod money;
mod pace;
mod profiles;
mod refusals;
mod rejected;
mod resume;
mod signals;
mod two_runs;
mod window;
mod wire;

use std::path::Path;

use serde_json::Value;
use testkit::mock_api::{Account, At, Fault, KEY, MockApi, Script, Target};
use testkit::pages::{Reel, reel};
use testkit::tables::{Row, column, read_parquet_below, tree};

use crate::harness::{Output, Reelframe};

/// What keeps a run from waiting between tries and between calls.
pub(crate) const RETRY_ARGS: &[&str] = &["--retry-wait-ms", "1", "--requests-per-minute", "60000"];

/// `reelframe run <args>` against the mock API, with its key and without waits.
pub(crate) fn run(api: &MockApi, args: &[&str]) -> Reelframe {
    on(Reelframe::new(), api, args)
}

/// The same, in a directory that is already there.
pub(crate) fn on(command: Reelframe, api: &MockApi, args: &[&str]) -> Reelframe {
    command.arg("run").args(args.iter().copied()).args(RETRY_ARGS.iter().copied()).api(api).key(KEY)
}

/// Pks a day and a bit apart; a higher number is an older reel.
fn pk(number: u64) -> u64 {
    3_800_000_000_000_000_000 - number * 1_000_000_000_000_000
}

pub(crate) fn pks(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| pk(number).to_string()).collect()
}

/// `maple`: three pages of two reels, with hashtags, mentions and a coauthor.
pub(crate) fn maple() -> Account {
    let captioned = |number| reel(pk(number)).caption(&format!("Day {number} at the #pond with @willow #No{number}"));
    let pages = [
        vec![captioned(0).pinned(), captioned(1)],
        vec![captioned(2).coauthor("6006", "willow"), reel(pk(3))],
        vec![captioned(4).views(7), captioned(5).likes(0)],
    ];
    Account::wrapped("maple", "5005", &pages)
}

/// `willow`: one page in the short form.
pub(crate) fn willow() -> Account {
    let own = |number| reel(pk(number)).owner("6006", "willow").caption("#moss");
    Account::flat("willow", "6006", &[vec![own(10), own(11)]])
}

/// Account and status, row by row.
fn statuses(output: &Output) -> Vec<(String, String)> {
    let accounts = output.table("accounts");
    let texts = |name| column(&accounts, name).into_iter().map(|value| value.as_str().unwrap_or("null").to_owned());
    texts("account").zip(texts("status")).collect()
}

fn pair(account: &str, status: &str) -> (String, String) {
    (account.to_owned(), status.to_owned())
}

pub(crate) fn published(output: &Output) -> Vec<Value> {
    column(&output.table("reels"), "reel_id")
}

#[test]
fn a_crawl_asks_for_each_page_once_and_publishes_every_reel() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple"]).run();
    assert_eq!(published(&output), pks(0..6));
    assert_eq!(statuses(&output), [pair("maple", "complete")]);
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
}

#[test]
fn a_store_replayed_from_its_raw_pages_is_the_same_store() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let first = run(&api, &["maple", "willow"]).run();
    let calls = api.request_log().calls().len();
    let replay = ["run", "--replay", "reels/raw", "--store", "second"];
    let second = first.then().args(replay).run();
    for table in ["reels", "hashtags", "people"] {
        let rows = first.table(table);
        assert!(!rows.is_empty(), "{table} has rows to compare");
        assert_eq!(rows, second.table_of("second", table), "{table}");
    }
    assert_eq!(observations(&first.path("reels")), observations(&first.path("second")));
    assert_eq!(api.request_log().calls().len(), calls, "a replay needs no network");
}

/// All observations of a store, in an order that does not depend on its files.
fn observations(store: &Path) -> Vec<String> {
    let mut rows: Vec<String> = read_parquet_below(&store.join("observations"))
        .into_iter()
        .map(|row: Row| Value::from(row).to_string())
        .collect();
    assert!(!rows.is_empty(), "there are observations to compare");
    rows.sort();
    rows
}

#[test]
fn an_unknown_user_is_reported_and_the_others_are_published() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["nobody", "maple"]).status(3).stderr_has("nobody").run();
    assert_eq!(statuses(&output), [pair("maple", "complete"), pair("nobody", "not_found")]);
    assert_eq!(published(&output), pks(0..6));
    assert_eq!(api.request_log().calls().len(), 4, "a 404 is asked for once");
}

#[test]
fn an_account_without_reels_is_a_warning() {
    let api = MockApi::start(Script::serving([Account::wrapped("hush", "7007", &[Vec::<Reel>::new()])]));
    let output = run(&api, &["hush"]).stderr_has("hush").run();
    assert_eq!(statuses(&output), [pair("hush", "empty_or_private")]);
    assert_eq!(output.table("reels"), []);
}

#[test]
fn max_pages_limits_a_crawl_on_request() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple", "--max-pages", "1"]).run();
    assert_eq!(statuses(&output), [pair("maple", "limited")]);
    assert_eq!(published(&output), pks(0..2));
    assert_eq!(api.request_log().pages_of("maple"), [1]);
}

#[test]
fn trim_is_asked_for_on_every_page_or_not_at_all() {
    let flat = || Account::flat("maple", "5005", &[vec![reel(pk(0))], vec![reel(pk(1))]]);
    for (args, trimmed) in [(vec!["maple", "--trim"], true), (vec!["maple"], false)] {
        let api = MockApi::start(Script::serving([flat()]));
        let output = run(&api, &args).run();
        assert_eq!(published(&output), pks(0..2));
        let asked: Vec<bool> =
            api.request_log().calls().iter().map(|call| call.trim.as_deref() == Some("true")).collect();
        assert_eq!(asked, [trimmed, trimmed]);
    }
}

#[test]
fn an_account_can_be_named_in_four_ways() {
    let by_handle = || Target::Handle("maple".to_owned());
    for (typed, asked) in [
        ("maple", by_handle()),
        ("@maple", by_handle()),
        ("https://www.instagram.com/maple/", by_handle()),
        ("5005", Target::UserId("5005".to_owned())),
    ] {
        let api = MockApi::start(Script::serving([maple()]));
        let output = run(&api, &[typed]).run();
        assert_eq!(published(&output), pks(0..6), "{typed}");
        assert!(api.request_log().calls().iter().all(|call| call.target == asked), "{typed}: {:?}", api.request_log());
    }
}

#[test]
fn a_user_id_in_the_accounts_file_is_asked_for_and_the_handle_is_kept() {
    let api = MockApi::start(Script::serving([maple()]));
    let file = Reelframe::new().file("accounts.csv", "handle,user_id,label\nmaple,5005,Mills\n");
    let output = on(file, &api, &["--accounts", "accounts.csv"]).run();
    assert!(api.request_log().calls().iter().all(|call| call.target == Target::UserId("5005".to_owned())));
    let row = &output.table("reels")[0];
    assert_eq!(
        (&row["account"], &row["account_id"], &row["account_label"]),
        (&"maple".into(), &"5005".into(), &"Mills".into())
    );
}

#[test]
fn a_log_for_machines_is_json_on_both_streams() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(2), Fault::CutBody));
    let output = run(&api, &["maple", "--log-format", "json"]).run();
    let is_object = |line: &str| serde_json::from_str::<Row>(line).is_ok();
    assert!(output.stdout.lines().last().is_some_and(is_object), "the summary: {}", output.stdout);
    assert!(output.stderr.lines().all(is_object), "the log: {}", output.stderr);
}

#[test]
fn a_run_that_ran_out_of_money_is_resumed_where_it_stopped() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), Fault::PaymentRequired));
    let args = ["maple", "--run-id", "20260301T060000000Z"];
    let first = run(&api, &args).status(7).run();
    assert_eq!(published(&first), pks(0..2));
    api.end_faults();
    let second = on(first.then(), &api, &args).run();
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 3]);
    assert_eq!(api.request_log().pages_served(), 3, "no page is paid for twice");
}

#[test]
fn a_finished_run_id_costs_nothing_and_changes_nothing() {
    let api = MockApi::start(Script::serving([maple()]));
    let args = ["maple", "--run-id", "20260301T060000000Z"];
    let first = run(&api, &args).run();
    let (before, calls) = (tree(&first.path("reels")), api.request_log().calls().len());
    on(first.then(), &api, &args).run();
    assert_eq!(tree(&first.path("reels")), before);
    assert_eq!(api.request_log().calls().len(), calls);
}
