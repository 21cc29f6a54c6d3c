//! Run again: whatever cut a run short, the next one fetches what is missing and nothing twice.

use serde_json::{Value, json};
use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::reel;

use super::{KEY, RETRY_ARGS, on, run, statuses};
use crate::harness::{Output, Reelframe};

/// Accounts with this many pages each.
fn accounts(names: &[&'static str], pages: u64) -> Vec<Account> {
    let account = |(at, name): (usize, &&str)| {
        let id = (7000 + at).to_string();
        let page = |page: u64| vec![reel(super::pk(at as u64 * 100 + page)).owner(&id, name)];
        Account::wrapped(name, &id, &(0..pages).map(page).collect::<Vec<_>>())
    };
    names.iter().enumerate().map(account).collect()
}

/// Ten accounts, 30 pages.
const TEN: [&str; 10] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
const NEEDED: usize = 30;

fn thirty_pages() -> Script {
    Script::serving(accounts(&TEN, 3))
}

fn all_ten<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TEN[..], &["--concurrency", "1"], more].concat()
}

/// One healthy run more, and all ten accounts are complete in its tables.
#[track_caller]
fn completes(before: &Output, api: &MockApi, more: &[&str]) -> Output {
    api.end_faults();
    let output = on(before.then(), api, &all_ten(more)).run();
    let statuses = statuses(&output);
    let is_complete = |name: &str| statuses.contains(&super::pair(name, "complete"));
    assert!(TEN.iter().all(|name| is_complete(name)), "{statuses:?}");
    assert_eq!(output.table("reels").len(), NEEDED);
    output
}

fn manifest(output: &Output) -> Value {
    let bytes = std::fs::read(output.path("reels/latest/manifest.json")).expect("a published run");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
#[ignore = "slow"]
fn slow_a_terminated_run_and_the_next_one_fetch_each_page_once() {
    let api = MockApi::start(thirty_pages().once(At::Call(19), Fault::UntilFaultsEnd));
    let mut running = run(&api, &all_ten(&[])).status(143).stderr_has("run again within 6 h").spawn();
    api.wait_for_calls(19);
    running.signal("TERM");
    running.wait_until_said("press Ctrl-C again to quit now");
    api.end_faults();
    let stopped = running.wait();
    assert_eq!(api.request_log().calls().len(), 19, "18 and the one in flight");
    assert_eq!(manifest(&stopped)["cut_short"]["crawled"].as_array().map(Vec::len), Some(6));
    let next = completes(&stopped, &api, &[]);
    assert_eq!(api.request_log().pages_served(), NEEDED);
    assert_eq!(manifest(&next).get("cut_short"), None);
    // Nothing is left to finish: the next run is a new observation of all.
    completes(&next, &api, &[]);
    assert_eq!(api.request_log().pages_served(), 2 * NEEDED);
}

#[test]
#[ignore = "slow"]
fn slow_whatever_cut_a_run_short_the_next_one_fetches_the_rest() {
    let busy = || Fault::error(503, "busy");
    for (fault, status, expected) in [
        (Fault::PaymentRequired, 7, "top up, then run again within 6 h"),
        (Fault::QuotaExceeded, 7, "top up, then run again within 6 h"),
        (Fault::error(401, "revoked"), 6, "check the key in AISA_API_KEY"),
        (busy(), 5, "when the API responds again, run again within 6 h"),
    ] {
        // Six accounts are left, so that five can fail in a row.
        let script = (13..60).fold(thirty_pages(), |script, call| script.once(At::Call(call), fault.clone()));
        let api = MockApi::start(script);
        let stopped = run(&api, &all_ten(&[])).status(status).stderr_has(expected).run();
        assert_eq!(api.request_log().pages_served(), 12, "{fault:?}");
        completes(&stopped, &api, &[]);
        assert_eq!(api.request_log().pages_served(), NEEDED, "{fault:?}");
    }
}

#[test]
fn a_killed_run_and_the_next_one_fetch_each_page_once() {
    let api = MockApi::start(thirty_pages().once(At::Call(19), Fault::Hang));
    let running = run(&api, &all_ten(&[])).spawn();
    api.wait_for_calls(19);
    completes(&running.kill(), &api, &[]);
    assert_eq!(api.request_log().pages_served(), NEEDED);
}

#[test]
#[ignore = "slow"]
fn slow_a_budget_of_20_calls_makes_30_pages_cost_30() {
    let api = MockApi::start(thirty_pages());
    let again = "run again within 6 h (--resume-within): reelframe run a0 a1 a2 a3 a4 a5 a6 a7 a8 a9";
    let stopped = run(&api, &all_ten(&["--max-calls", "20"])).status(7).stderr_has(again).run();
    assert!(!stopped.stderr.contains("top up"), "a budget is not credit: {}", stopped.stderr);
    let dry = on(stopped.then(), &api, &all_ten(&["--dry-run"])).run();
    let reused =
        dry.stdout.lines().filter(|line| line.contains("nothing to fetch: crawled under a minute ago by run ")).count();
    assert_eq!(reused, 6, "{}", dry.stdout);
    let run_id = manifest(&stopped)["run_id"].as_str().expect("a run id").to_owned();
    let said = format!("6 accounts crawled under a minute ago by run {run_id} were not crawled again\n");
    let next = completes(&stopped, &api, &[]);
    assert!(next.stdout.contains(&said), "{}", next.stdout);
    assert_eq!(api.request_log().calls().len(), NEEDED);
}

/// Nine pages in a mix of a budget and what is left of it; `EVERY_FAULT=1` takes all of them.
#[test]
#[ignore = "slow"]
fn slow_no_budget_whatever_makes_a_page_cost_twice() {
    const THREE: [&str; 3] = ["a0", "a1", "a2"];
    let step = if std::env::var_os("EVERY_FAULT").is_some() { 1 } else { 4 };
    for calls in (1..9).step_by(step) {
        let api = MockApi::start(Script::serving(accounts(&THREE, 3)));
        let args = |more: &[&'static str]| [&THREE[..], &["--concurrency", "1"], more].concat();
        let budget = calls.to_string();
        let first = run(&api, &args(&[])).args(["--max-calls", &budget]).status(7).run();
        let second = on(first.then(), &api, &args(&[])).run();
        assert_eq!(api.request_log().calls().len(), 9, "--max-calls {calls}");
        assert_eq!(second.table("reels").len(), 9);
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_chain_of_runs_that_were_cut_short_fetches_each_page_once() {
    let api = MockApi::start(thirty_pages());
    let first = run(&api, &all_ten(&["--max-calls", "8"])).status(7).run();
    let since = manifest(&first)["cut_short"]["since"].clone();
    // Another job on the same store ends well, and a rebuild makes other tables: neither finishes what was cut short.
    on(first.then(), &api, &["ghost"]).status(3).run();
    first.then().args(["rebuild"]).run();
    let second = on(first.then(), &api, &all_ten(&["--max-calls", "11", "--run-id", "second"])).status(7).run();
    let cut_short = &manifest(&second)["cut_short"];
    assert_eq!((&cut_short["since"], &cut_short["crawled"].as_array().unwrap().len()), (&since, &6));
    assert_eq!(cut_short["reason"], "the run made as many calls as --max-calls allows");
    let third = completes(&second, &api, &["--log-format", "json"]);
    assert_eq!(api.request_log().calls().len(), NEEDED + 1, "and one for the ghost");
    let facts: Value = serde_json::from_str(third.stdout.trim()).expect("one object");
    let crawls: Vec<u64> =
        facts["reused"].as_array().unwrap().iter().filter_map(|run| run["crawls"].as_u64()).collect();
    assert_eq!((crawls.iter().sum::<u64>(), &facts["cut_short"]), (6, &Value::Null));
}

#[test]
#[ignore = "slow"]
fn slow_a_run_over_a_part_of_the_accounts_does_not_finish_what_was_cut_short() {
    let api = MockApi::start(thirty_pages());
    let first = run(&api, &all_ten(&["--max-calls", "20"])).status(7).run();
    // One that had ended, and one that had not begun: its crawl counts for the whole run, too.
    let part = on(first.then(), &api, &["a0", "a9"]).run();
    assert_eq!(api.request_log().pages_of("a0"), [1, 2, 3]);
    let note = &manifest(&part)["cut_short"];
    assert_eq!((&note["crawled"].as_array().unwrap().len(), &note["waiting"]), (&7, &json!(["a6", "a7", "a8"])));
    let whole = completes(&part, &api, &[]);
    assert_eq!(api.request_log().calls().len(), NEEDED);
    assert_eq!(manifest(&whole).get("cut_short"), None);
    // Nor does the note outlive the time for which it is good.
    let cut = on(whole.then(), &api, &all_ten(&["--max-calls", "20"])).status(7).run();
    let late = on(cut.then(), &api, &["a0", "--resume-within", "0s"]).run();
    assert_eq!(manifest(&late).get("cut_short"), None);
}

#[test]
#[ignore = "slow"]
fn slow_what_is_older_than_resume_within_is_crawled_again() {
    let api = MockApi::start(thirty_pages());
    let stopped = run(&api, &all_ten(&["--max-calls", "20"])).status(7).run();
    completes(&stopped, &api, &["--resume-within", "0s"]);
    assert_eq!(api.request_log().calls().len(), 20 + NEEDED);
}

#[test]
fn a_crawl_that_ended_early_counts_only_where_it_reaches_as_far_as_is_asked_now() {
    let api = MockApi::start(Script::serving(accounts(&["a0", "a1"], 3)));
    let one_at_a_time = ["a0", "a1", "--concurrency", "1"];
    let first = run(&api, &[&one_at_a_time[..], &["--max-pages", "2", "--max-calls", "3"]].concat()).status(7).run();
    let second = on(first.then(), &api, &one_at_a_time).run();
    assert!(statuses(&second).iter().all(|(_, status)| status == "complete"));
    assert_eq!(api.request_log().calls().len(), 6);
    assert_eq!(api.request_log().pages_of("a0"), [1, 2, 3]);
}

#[test]
#[ignore = "slow"]
fn slow_accounts_that_failed_alone_are_fetched_with_all_the_others_tomorrow_or_alone_on_request() {
    let api = MockApi::start(Script::serving(accounts(&["a0", "a1", "a2"], 2)));
    let fail = |fault: Fault| (0..2).for_each(|_| api.add(At::Page("a1", 2), fault.clone()));
    fail(Fault::HtmlInstead);
    let args = ["a0", "a1", "a2", "--concurrency", "1"];
    let first = run(&api, &args).status(3).run();
    let calls = api.request_log().calls().len();
    let alone = on(first.then(), &api, &[&args[..], &["--retry-failed"]].concat()).run();
    assert!(alone.stdout.contains("2 accounts crawled under a minute ago by run "), "{}", alone.stdout);
    assert_eq!(api.request_log().calls().len(), calls + 1, "page 2 of the one that failed");
    // Without the flag it is another day's run.
    fail(Fault::HtmlInstead);
    let failed = on(alone.then(), &api, &args).status(3).run();
    let calls = api.request_log().calls().len();
    on(failed.then(), &api, &args).run();
    assert_eq!(api.request_log().calls().len(), calls + 2 + 1 + 2);
}

#[test]
#[ignore = "slow"]
fn slow_a_signal_while_tables_are_made_ends_the_run_with_its_code_and_costs_nothing_more() {
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let api = MockApi::start(Script::serving(accounts(&["a0", "a1"], 2)));
        let paused = run(&api, &["a0", "a1"]).env("REELFRAME_PAUSE", "reels.parquet").status(status);
        let mut running = paused.spawn();
        running.wait_until_said("REELFRAME_PAUSE");
        running.signal(signal);
        running.wait_until_said("press Ctrl-C again to quit now");
        let stopped = running.wait();
        assert_eq!(stopped.table("reels").len(), 4, "what was begun is published");
        let again = on(stopped.then(), &api, &["a0", "a1"]).run();
        assert_eq!((again.table("reels").len(), api.request_log().calls().len()), (4, 4), "{}", again.stdout);
    }
}

#[test]
fn a_fetch_that_was_cut_short_is_resumed_and_says_what_was_reused() {
    let api = MockApi::start(thirty_pages());
    let fetch = |command: Reelframe, more: &[&str]| {
        let args = [&["fetch"], &all_ten(more)[..], RETRY_ARGS].concat();
        command.args(args).api(&api).key(KEY)
    };
    let first = fetch(Reelframe::new(), &["--max-calls", "20"]).status(7).run();
    fetch(first.then(), &[]).stdout_has("6 accounts crawled under a minute ago by run ").run();
    assert_eq!(api.request_log().calls().len(), NEEDED);
}
