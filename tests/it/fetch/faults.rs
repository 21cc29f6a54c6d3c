//! Faults: temporary ones are retried, permanent ones end an account or the run, and partial results are kept.

use std::fs;
use std::process::Command;

use testkit::mock_api::{At, Fault, MockApi, Script};

use super::{maple, on, pair, pks, published, run, statuses, willow};

/// How often a page is asked for before its account is given up.
const TRIES: usize = 5;

/// Every kind of trouble that the next try may not meet.
fn passing() -> Vec<Fault> {
    let statuses = [408, 429, 500, 502, 503, 504].map(|status| Fault::error(status, "upstream"));
    let broken = [
        Fault::CutBody,
        Fault::Reset,
        Fault::GarbageJson,
        Fault::HtmlInstead,
        Fault::SuccessFalse200,
        Fault::RetryAfter(0),
    ];
    statuses.into_iter().chain(broken).collect()
}

/// Every third fault, each at another call.
#[test]
fn a_temporary_fault_costs_one_call_and_no_reel() {
    for (number, fault) in passing().into_iter().step_by(3).enumerate() {
        let call = number % 3 + 1;
        let api = MockApi::start(Script::serving([maple()]).once(At::Call(call), fault.clone()));
        let output = run(&api, &["maple"]).run();
        assert_eq!(published(&output), pks(0..6), "{fault:?} at call {call}");
        assert_eq!(api.request_log().calls().len(), 4, "{fault:?} at call {call}");
    }
}

/// Each fault at the first call, then the second, until a run has no such call.
#[test]
#[ignore = "slow"]
fn slow_a_temporary_fault_costs_one_call_and_no_reel() {
    for fault in passing() {
        for call in 1.. {
            let api = MockApi::start(Script::serving([maple()]).once(At::Call(call), fault.clone()));
            let output = run(&api, &["maple"]).run();
            let log = api.request_log();
            assert_eq!(published(&output), pks(0..6), "{fault:?} at call {call}");
            assert_eq!(statuses(&output), [pair("maple", "complete")], "{fault:?} at call {call}");
            assert_eq!(log.calls().len(), 3 + log.faults(), "{fault:?} at call {call}");
            if log.faults() == 0 {
                assert_eq!(call, 4, "a crawl of three pages has three calls");
                break;
            }
        }
    }
}

#[test]
fn a_cut_body_is_requested_again_and_the_page_counts_once() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::CutBody));
    let output = run(&api, &["maple"]).run();
    assert_eq!(published(&output), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 3]);
    let account = &output.table("accounts")[0];
    assert_eq!((&account["pages"], &account["calls"]), (&3.into(), &4.into()));
}

#[test]
fn lasting_trouble_with_nothing_got_says_try_again() {
    for (fault, tries) in [
        (Fault::HtmlInstead, 2),
        (Fault::SuccessFalse200, 2),
        (Fault::Reset, TRIES),
        (Fault::error(503, "upstream"), TRIES),
    ] {
        let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, fault.clone()));
        let output = run(&api, &["maple"]).status(5).stderr_has("maple").run();
        assert_eq!(api.request_log().pages_of("maple"), vec![1; tries], "{fault:?}");
        assert!(!output.path("reels/latest").exists(), "{fault:?}: nothing came, nothing is published");
    }
}

#[test]
fn lasting_trouble_after_a_page_keeps_the_page() {
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), Fault::GarbageJson));
    let output = run(&api, &["maple"]).status(3).run();
    assert_eq!(published(&output), pks(0..2));
    assert_eq!(statuses(&output), [pair("maple", "partial")]);
    assert_eq!(api.request_log().calls().len(), 1 + TRIES);
}

#[test]
fn not_found_under_status_200_is_not_found() {
    let api = MockApi::start(Script::serving([maple(), willow()]).once(At::Page("maple", 1), Fault::ErrorNotFound200));
    let output = run(&api, &["maple", "willow"]).status(3).run();
    assert_eq!(statuses(&output), [pair("maple", "not_found"), pair("willow", "complete")]);
    assert_eq!(api.request_log().pages_of("maple"), [1], "it is not asked for again");
}

#[test]
#[ignore = "slow"]
fn slow_not_found_after_the_first_page_is_partial_and_never_complete() {
    for fault in [Fault::error(404, "not_found"), Fault::ErrorNotFound200] {
        for page in [2, 3] {
            let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", page), fault.clone()));
            let output = run(&api, &["maple"]).status(3).run();
            assert_eq!(statuses(&output), [pair("maple", "partial")], "{fault:?} on page {page}");
            assert_eq!(published(&output), pks(0..2 * (page as u64 - 1)), "{fault:?} on page {page}");
        }
    }
}

#[test]
fn a_bad_request_fails_its_account_alone() {
    for status in [400, 422] {
        let fault = Fault::error(status, "invalid_request");
        let api = MockApi::start(Script::serving([maple(), willow()]).always(At::Page("maple", 1), fault));
        let output = run(&api, &["maple", "willow"]).status(3).stderr_has("maple").run();
        assert_eq!(statuses(&output), [pair("maple", "failed"), pair("willow", "complete")], "{status}");
        assert_eq!(api.request_log().pages_of("maple"), [1], "{status} is not tried again");
    }
}

#[test]
fn money_spent_stops_the_run_and_keeps_what_came() {
    for fault in [Fault::PaymentRequired, Fault::QuotaExceeded] {
        // Once only: a second try would succeed and give itself away.
        let api = MockApi::start(Script::serving([maple(), willow()]).once(At::Page("maple", 2), fault.clone()));
        let output = run(&api, &["maple", "willow", "--concurrency", "1"]).status(7).run();
        assert_eq!(published(&output), pks(0..2), "{fault:?}");
        assert!(statuses(&output).contains(&pair("maple", "partial")), "{fault:?}");
        assert_eq!(api.request_log().pages_of("maple"), [1, 2], "{fault:?}");
        assert_eq!(api.request_log().calls_for("willow").count(), 0, "{fault:?}");
    }
}

#[test]
fn a_redirect_is_not_followed_and_takes_no_key_along() {
    let elsewhere = MockApi::start(Script::serving([maple()]));
    let to = format!("{}/instagram/user/reels?handle=maple", elsewhere.base_url());
    let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::Redirect(to)));
    run(&api, &["maple"]).status(3).run();
    assert_eq!(elsewhere.request_log().calls().len(), 0);
    assert!(api.request_log().calls().iter().all(|call| call.had_authorization));
}

#[test]
fn a_key_refused_in_the_middle_keeps_what_came() {
    let fault = Fault::error(401, "invalid_api_key");
    let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), fault));
    let output = run(&api, &["maple"]).status(6).run();
    assert_eq!(published(&output), pks(0..2));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2]);
}

#[test]
#[ignore = "slow"]
fn slow_a_wait_that_is_too_long_ends_its_account_and_the_run_continues() {
    for (asked, longer) in [
        ("901", "901 s, longer than --max-wait 900 s"),
        ("18446744073709551615", "years, longer than --max-wait 15 min"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "years, longer than --max-wait 15 min"),
    ] {
        let fault = Fault::error(429, "slow_down").header("retry-after", asked);
        let api = MockApi::start(Script::serving([maple(), willow()]).always(At::Page("maple", 2), fault));
        let output = run(&api, &["maple", "willow"]).status(5).stderr_has(longer).run();
        assert_eq!(statuses(&output), [pair("maple", "partial"), pair("willow", "complete")], "{asked}");
        assert_eq!(api.request_log().pages_of("maple"), [1, 2], "{asked}");
    }
    // Of the rate limit all accounts hear.
    let used_up = Fault::rate(true, 60, 0, 4_000_000_000_u64);
    let api = MockApi::start(Script::serving([maple(), willow()]).always(At::EveryCall, used_up));
    let args = ["maple", "willow", "--concurrency", "1", "--max-wait", "90s"];
    let output = run(&api, &args).status(5).stderr_has("rate limit is used up").stderr_has("--max-wait 90 s").run();
    assert_eq!(statuses(&output), [pair("maple", "partial"), pair("willow", "failed")]);
    assert_eq!(api.request_log().calls().len(), 1);
}

#[test]
#[ignore = "slow"]
fn slow_no_number_in_a_header_stops_the_program() {
    let numbers = ["18446744073709551616", "-1", "1e300", "NaN", "inf", "0x10", "99999999999999999999999999", ""];
    let names = ["x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "content-length", "date", "age"];
    for name in names {
        let odd = |number: &str| Fault::Headers(vec![(name, number.to_owned())]);
        let script = Script::serving([maple()]);
        let script = (1..).zip(numbers).fold(script, |script, (call, number)| script.once(At::Call(call), odd(number)));
        // A wrong length may cost tries; a panic, which the harness looks for, never.
        run(&MockApi::start(script), &["maple"]).any_status(&[0, 3, 5]).run();
    }
}

#[test]
#[ignore = "slow"]
fn slow_what_is_no_file_among_the_logs_of_an_account_fails_that_account_alone() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let first = run(&api, &["maple", "willow"]).run();
    let path = first.path("reels/raw/willow/99.ndjson.zst");
    let kinds: [(&str, &[&str]); 6] = [
        ("a folder", &["mkdir"]),
        ("a folder", &["ln", "-s", "."]),
        ("a device", &["ln", "-s", "/dev/zero"]),
        ("a pipe", &["mkfifo"]),
        ("a link that leads nowhere", &["ln", "-s", "nowhere"]),
        ("a link that leads nowhere", &["ln", "-s", "99.ndjson.zst"]),
    ];
    for (calls, (kind, command)) in (1..).zip(kinds) {
        assert!(Command::new(command[0]).args(&command[1..]).arg(&path).status().unwrap().success());
        let what = format!("99.ndjson.zst is {kind}, not a file");
        let args = ["maple", "willow", "--dry-run"];
        on(first.then(), &api, &args).stdout_has(&what).run();
        let output = on(first.then(), &api, &args[..2]).status(3).stderr_has(&what).run();
        assert_eq!(statuses(&output), [pair("maple", "complete"), pair("willow", "failed")], "{kind}");
        assert_eq!(
            (published(&output).len(), api.request_log().pages_of("maple").len()),
            (8, 3 * (calls + 1)),
            "{kind}"
        );
        assert_eq!(api.request_log().pages_of("willow"), [1], "nothing is fetched that no table can hold");
        output.then().arg("status").stderr_has(&what).run();
        if command == ["mkdir"] { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
    }
}

#[test]
fn a_folder_that_takes_the_place_of_a_log_during_a_crawl_costs_the_others_nothing() {
    let api = MockApi::start(Script::serving([maple(), willow()]).once(At::Page("maple", 2), Fault::UntilFaultsEnd));
    let command = run(&api, &["willow", "maple", "--concurrency", "1"]).status(3).stderr_has("is a folder");
    let dir = command.dir().join("reels/raw/maple");
    let running = command.spawn();
    api.wait_for_calls(3);
    let partial = fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    fs::create_dir(partial.with_extension("")).unwrap();
    api.end_faults();
    let output = running.wait();
    assert_eq!(statuses(&output), [pair("maple", "failed"), pair("willow", "complete")]);
    fs::remove_dir(partial.with_extension("")).unwrap();
    output.then().arg("rebuild").run();
    assert_eq!(output.table("reels").len(), 8, "what was paid for is there");
    assert_eq!(api.request_log().calls().len(), 4);
}
