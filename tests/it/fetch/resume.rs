//! The next run resumes what one run left: nothing is paid for twice.

use serde_json::json;
use testkit::mock_api::{Account, At, Fault, MockApi, Script, Target};
use testkit::pages::reel;

use super::{KEY, maple, on, pair, pk, pks, published, run, statuses, willow};
use crate::harness::{Output, Reelframe};

/// A run whose pages are in raw/ and whose tables never were: as a kill between the two leaves it.
fn fetched_only(api: &MockApi, accounts: &[&str], status: i32) -> Output {
    let args: Vec<&str> = std::iter::once("fetch").chain(accounts.iter().copied()).collect();
    let command = Reelframe::new().args(args).args(super::RETRY_ARGS.iter().copied()).api(api).key(KEY);
    command.status(status).run()
}

#[test]
fn crawls_that_ended_are_published_by_the_next_run_and_not_paid_for_again() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let first = fetched_only(&api, &["maple", "willow"], 0);
    let calls = api.request_log().calls().len();
    let second = on(first.then(), &api, &["maple", "willow"]).stdout_has("4 saved by resuming").run();
    assert_eq!(api.request_log().calls().len(), calls, "nothing was requested");
    assert_eq!(statuses(&second), [pair("maple", "complete"), pair("willow", "complete")]);
    // Once published, the next run is a new reading, and its pages are new.
    on(second.then(), &api, &["maple"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 1, 2, 3]);
}

#[test]
fn a_crawl_cut_short_is_resumed_at_its_next_page() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::error(503, "busy")));
    let first = fetched_only(&api, &["maple"], 3);
    api.end_faults();
    let second = on(first.then(), &api, &["maple"]).stdout_has("1 call · 2 saved by resuming").run();
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(statuses(&second), [pair("maple", "complete")]);
    assert_eq!(api.request_log().pages_served(), 3);
    let account = &second.table("accounts")[0];
    assert_eq!((&account["pages"], &account["calls"]), (&json!(3), &json!(8)), "5 tries failed");
}

#[test]
#[ignore = "slow"]
fn slow_a_crawl_cut_short_is_resumed_even_where_its_pages_are_published_already() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::PaymentRequired));
    let first = run(&api, &["maple"]).status(7).run();
    assert_eq!(published(&first), pks(0..4));
    api.end_faults();
    let second = on(first.then(), &api, &["maple"]).stdout_has("1 call · 2 saved by resuming").run();
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 3]);
    assert_eq!(second.table("accounts")[0]["crawl_started_at"], first.table("accounts")[0]["crawl_started_at"]);
    // The crawl has ended, and the next run is a new reading.
    on(second.then(), &api, &["maple"]).run();
    assert_eq!(api.request_log().pages_of("maple")[4..], [1, 2, 3]);
}

#[test]
fn what_is_too_old_is_crawled_again() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::error(503, "busy")));
    let first = fetched_only(&api, &["maple"], 3);
    api.end_faults();
    on(first.then(), &api, &["maple", "--resume-within", "0s"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 3, 3, 3, 3, 1, 2, 3]);
}

#[test]
#[ignore = "slow"]
fn slow_a_cursor_that_is_refused_starts_a_fresh_crawl_and_says_so() {
    let page_1_again = Fault::Status(200, maple().pages[0].clone(), Vec::new());
    for refusal in [Fault::error(400, "bad_cursor"), Fault::error(404, "not_found"), page_1_again] {
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::error(503, "busy")));
        let first = fetched_only(&api, &["maple"], 3);
        api.end_faults();
        // The first call from here on asks for page 3 by the old cursor.
        let next_call = api.request_log().calls().len() + 1;
        api.add(At::Call(next_call), refusal);
        let second = on(first.then(), &api, &["maple"]).stderr_has("started over").run();
        assert_eq!(published(&second), pks(0..6));
        let account = &second.table("accounts")[0];
        assert_eq!(account["status"], "complete");
        assert!(account["status_reason"].as_str().is_some_and(|reason| reason.contains("started over")), "{account:?}");
        // The pages of the old crawl are observations of their own.
        assert_eq!(api.request_log().pages_of("maple")[7..], [3, 1, 2, 3]);
    }
}

#[test]
fn a_torn_last_line_is_cut_off_and_its_page_requested_again() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 3), Fault::error(503, "busy")));
    let first = fetched_only(&api, &["maple"], 3);
    api.end_faults();
    let log = std::fs::read_dir(first.path("reels/raw/maple")).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&log).unwrap();
    // Away with the end line, and half of page 2.
    let second_page = page_frames(&bytes)[2].clone();
    std::fs::write(&log, &bytes[..second_page.start + 40]).unwrap();
    let second = on(first.then(), &api, &["maple"]).stderr_has("the log ends within a line").run();
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple")[7..], [2, 3]);
}

/// The frames of a log: the start line, the pages, the end.
pub(super) fn page_frames(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let size = zstd::zstd_safe::find_frame_compressed_size(&bytes[at..]).expect("whole frames");
        frames.push(at..at + size);
        at += size;
    }
    frames
}

#[test]
fn a_user_id_is_remembered_after_the_first_complete_crawl() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple"]).run();
    on(first.then(), &api, &["maple"]).run();
    let asked: Vec<Target> = api.request_log().calls().iter().map(|call| call.target.clone()).collect();
    assert_eq!(asked[..3], vec![Target::Handle("maple".into()); 3]);
    assert_eq!(asked[3..], vec![Target::UserId("5005".into()); 3]);
}

#[test]
fn a_changed_handle_of_a_known_id_is_said_and_is_no_new_account() {
    let renamed = reel(pk(0)).owner("5005", "maple.and.oak");
    let api = MockApi::start(Script::serving([Account::wrapped("maple.and.oak", "5005", &[vec![renamed]])]));
    let command = Reelframe::new().file("accounts.csv", "handle,user_id\nmaple,5005\n");
    let output = on(command, &api, &["--accounts", "accounts.csv"]).stderr_has("now called maple.and.oak").run();
    let row = &output.table("reels")[0];
    assert_eq!((&row["account"], &row["is_own"]), (&json!("maple"), &json!(true)));
}

#[test]
#[ignore = "slow"]
fn slow_the_oldest_complete_crawl_comes_first() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let one_at_a_time = ["--concurrency", "1"];
    let first = run(&api, &["willow"]).run();
    let second = on(first.then(), &api, &["maple"]).args(one_at_a_time).run();
    let calls = api.request_log().calls().len();
    on(second.then(), &api, &["maple", "willow"]).args(one_at_a_time).run();
    let order: Vec<Option<String>> =
        api.request_log().calls()[calls..].iter().map(|call| call.account.clone()).collect();
    assert_eq!(order[0].as_deref(), Some("willow"));
}

#[test]
fn a_budget_of_calls_ends_the_run_and_the_next_one_resumes() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple", "--max-calls", "2"]).status(7).stderr_has("--max-calls").run();
    assert_eq!(published(&first), pks(0..4));
    assert_eq!(api.request_log().calls().len(), 2);
}

#[test]
fn a_dry_run_says_what_a_run_would_cost_and_asks_nothing() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple"]).run();
    let calls = api.request_log().calls().len();
    on(first.then(), &api, &["--dry-run"]).status(2).stderr_has("no account to fetch").run();
    let dry = on(first.then(), &api, &["maple", "willow", "--dry-run"]).run();
    assert_eq!(api.request_log().calls().len(), calls);
    let line = |account: &str| dry.stdout.lines().find(|line| line.starts_with(account)).unwrap_or_default().to_owned();
    assert_eq!(line("maple").split_whitespace().collect::<Vec<_>>()[1..3], ["3", "3"]);
    let willow = line("willow").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(willow, "willow none yet unknown (first crawl) crawl from page 1");
    let total = "3 calls expected: 1 minute at 60000 requests a minute, and unknown (first crawl) of 1 account\n\
                 about $0.036 for 3 calls at $0.012, list price of 2026-09-01\n\
                 a first crawl takes a call of $0.012 for about 12 reels; --max-cost or --max-calls can limit the run\n";
    assert!(dry.stdout.ends_with(total), "{}", dry.stdout);
    let slow = ["maple", "willow", "--dry-run", "--requests-per-minute", "1"];
    let slow = first.then().arg("run").args(slow).api(&api).key(KEY).run();
    assert!(slow.stdout.contains("3 calls expected: 3 minutes at 1 request a minute"), "{}", slow.stdout);
    assert_eq!(api.request_log().calls().len(), calls);
}

#[test]
fn a_dry_run_of_no_account_is_the_error_that_the_run_would_be() {
    let api = MockApi::start(Script::serving([maple()]));
    for args in [&["--dry-run"][..], &[]] {
        run(&api, args).status(2).stderr_has("no account to fetch").run();
    }
}

#[test]
fn a_dry_run_does_not_call_an_account_that_was_not_found_free() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = run(&api, &["maple", "ghost"]).status(3).run();
    let dry = on(first.then(), &api, &["ghost", "--dry-run"]).run();
    let ghost = dry.stdout.lines().nth(1).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ghost, "ghost 0 unknown (first crawl) crawl from page 1");
    assert!(dry.stdout.contains("\ncalls expected: unknown (first crawl) of 1 account\n"), "{}", dry.stdout);
    // Pages that one fetch left are counted with the noun that fits.
    let fetched = fetched_only(&api, &["maple", "--max-pages", "1"], 0);
    let dry = on(fetched.then(), &api, &["maple", "--max-pages", "1", "--dry-run"]).run();
    assert!(dry.stdout.contains("nothing to fetch: 1 stored page, not yet published"), "{}", dry.stdout);
}

#[test]
fn five_accounts_in_a_row_that_fail_in_passing_end_the_run() {
    let names: Vec<String> = (0..9).map(|number| format!("acc{number}")).collect();
    let account = |(number, name): (usize, &String)| {
        let id = (7000 + number).to_string();
        let item = reel(pk(number as u64)).owner(&id, name);
        Account::wrapped(name, &id, &[vec![item]])
    };
    let script = Script::serving(names.iter().enumerate().map(account)).always(At::EveryCall, Fault::Reset);
    let api = MockApi::start(script);
    let args: Vec<&str> = names.iter().map(String::as_str).chain(["--concurrency", "1"]).collect();
    run(&api, &args).status(5).stderr_has("5 accounts in a row").run();
    let asked: std::collections::BTreeSet<_> =
        api.request_log().calls().iter().map(|call| call.target.name().to_owned()).collect();
    assert_eq!(asked.len(), 5, "{asked:?}");
    // 5 accounts have at most 25 tries; the run's budget of retries is 10.
    assert_eq!(api.request_log().calls().len(), 5 + 10);
}
