//! A failed run is called failed, with its cause; a full disk says what is kept.

use testkit::mock_api::{At, Fault, MockApi, Script};

use super::object;
use crate::fetch::{RETRY_ARGS, maple, on, run};
use crate::harness::Reelframe;

#[test]
fn a_refused_key_is_a_failure_and_not_nothing_new() {
    let api = MockApi::start(Script::serving([maple()]).key("another key"));
    let output = run(&api, &["maple"]).status(6).stdout_has("failed: no run was published").run();
    assert!(!output.stdout.contains("nothing new"), "{}", output.stdout);
    let error = output.stderr.lines().find(|line| line.contains("ERROR")).expect("a line of level ERROR");
    assert!(error.contains("failed: maple: page 1: the API refused the key"), "{error}");
    let end = object(&run(&api, &["maple", "--log-format", "json"]).status(6).run(), false);
    assert!(end["error"]["message"].to_string().contains("the API refused the key"), "{end}");
    assert!(end["error"]["hint"].to_string().contains("AISA_API_KEY"), "{end}");
    assert_eq!((&end["published"], &end["new_reels"], &end["calls"]), (&().into(), &0.into(), &1.into()));
    // Quiet, the cause is all the more needed.
    let quiet = run(&api, &["maple", "-q"]).status(6).stderr_has("ERROR").stderr_has("refused the key").run();
    assert_eq!(quiet.stdout, "");
    let fetch = Reelframe::new().args(["fetch", "maple"]).args(RETRY_ARGS.iter().copied()).api(&api).key("hush-hush");
    fetch.status(6).stdout_has("failed: 0 new pages").stderr_has("ERROR").run();
    assert_eq!(api.request_log().pages_served(), 0);
}

#[test]
fn a_dead_api_and_an_account_that_is_not_there_are_failures_too() {
    let dead = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::Reset));
    let api = MockApi::start(Script::serving([maple()]));
    for (api, account, status) in [(&dead, "maple", 5), (&api, "nobody", 3)] {
        let output = run(api, &[account]).status(status).stdout_has("failed: no run was published").run();
        assert!(!output.stdout.contains("nothing new"), "{}", output.stdout);
        let error = output.stderr.lines().find(|line| line.contains("ERROR")).expect("a line of level ERROR");
        assert!(error.contains(&format!("failed: {account}: ")), "{error}");
        // What could not be reached is named.
        let host = api.base_url().trim_start_matches("http://").split('/').next().unwrap_or_default().to_owned();
        assert_eq!(error.contains(&host), status == 5, "{error}");
    }
    // Where something was published beside it, it is a warning.
    run(&api, &["maple", "nobody"]).status(3).stderr_has("nobody").stderr_lacks("ERROR").run();
    // The one run that has nothing new is the one that went well.
    let first = run(&api, &["maple", "--run-id", "one"]).run();
    on(first.then(), &api, &["maple", "--run-id", "one"]).stdout_has("published already").run();
}

/// Fails the first change that is a write of a page, and returns what was asked for until then.
#[test]
fn where_the_api_is_down_a_long_list_of_accounts_gets_few_lines() {
    let dead = MockApi::start(Script::serving([maple()]).always(At::EveryCall, Fault::Reset));
    let accounts: Vec<String> = (0..60).map(|number| format!("account{number}")).collect();
    let output = run(&dead, &accounts.iter().map(String::as_str).collect::<Vec<_>>()).arg("-q").status(5).run();
    // Some accounts failed in words of their own before the run was given up.
    let lines: Vec<&str> = output.stderr.lines().filter(|line| !line.contains("retrying")).collect();
    assert!(lines.len() < 20, "{}", output.stderr);
    let together = lines.iter().find(|line| line.contains("other accounts)")).expect("a line for many accounts");
    assert!(together.contains("5 accounts in a row failed") && together.contains("status=\"failed\""), "{together}");
}

#[test]
fn a_full_disk_says_that_pages_are_kept_and_they_are_not_paid_for_again() {
    fail_writes_of_pages(1);
}

#[test]
#[ignore = "slow"]
fn slow_a_full_disk_says_that_pages_are_kept_and_they_are_not_paid_for_again() {
    fail_writes_of_pages(3);
}

/// The first writes of pages, one a run.
fn fail_writes_of_pages(count: usize) {
    let mut page_writes = 0;
    for number in 1..60 {
        let api = MockApi::start(Script::serving([maple()]));
        let full =
            run(&api, &["maple"]).env("REELFRAME_FAIL_DISK", &format!("{number}:ENOSPC")).any_status(&[0, 9]).run();
        let failed_change = full.stderr.lines().find_map(|line| line.strip_prefix("REELFRAME_FAIL_DISK: "));
        if !failed_change.is_some_and(|failed_change| failed_change.starts_with("write reels/raw/maple/")) {
            continue;
        }
        page_writes += 1;
        assert!(full.stderr.contains("No space left on device"), "{}", full.stderr);
        let hint = "hint: the disk is full: free some space and run again; pages that were stored are kept, and a run \
                    within 6 h (--resume-within) does not fetch them again";
        assert!(full.stderr.contains(hint), "{}", full.stderr);
        let served = api.request_log().pages_served();
        on(full.then(), &api, &["maple"]).run();
        // All three pages, and once more at most the one that could not be stored.
        let all = api.request_log().pages_served();
        assert!(all <= 3 + 1 && all > served, "write {page_writes}: {served} pages, then {all}");
        if page_writes == count {
            return;
        }
    }
    panic!("only {page_writes} writes of pages");
}

#[test]
fn a_full_disk_of_a_command_without_requests_speaks_of_no_money() {
    let (_, store) = super::store();
    let export = store.then().args(["export", "--out", "tables"]).env("REELFRAME_FAIL_DISK", "3:ENOSPC");
    let output = export.status(9).stderr_has("hint: the disk is full: free some space and run the command again").run();
    assert!(!output.stderr.contains("pay"), "{}", output.stderr);
    let broken = store.then().args(["export", "--out", "tables"]).env("REELFRAME_FAIL_DISK", "3:EIO");
    broken.status(9).stderr_lacks("the disk is full").run();
}
