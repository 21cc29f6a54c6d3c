//! A disk that is full or broken: a create, write, sync or rename of a run fails, from the first to the last of them.
//! The run says so and names the path, what was published stays whole, and the next run has lost nothing and pays for
//! no page that was stored. (`REELFRAME_FAIL_DISK` is a door of debug builds alone.)

use testkit::mock_api::{Call, MockApi, Script};
use testkit::page_log::page_numbers;
use testkit::store::Store;
use testkit::tables::column;

use crate::fetch::{maple, on, published, run, willow};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

const ACCOUNTS: [&str; 2] = ["maple", "willow"];
/// The pages of the two accounts.
const PAGES: [(&str, usize); 4] = [("maple", 1), ("maple", 2), ("maple", 3), ("willow", 1)];
const REELS: usize = 8;
const POWER_CUT: i32 = 137;

/// The run that a reader meets, which is whole: what `_SUCCESS` vouches for is there, and so are its rows.
fn latest(store: &Output) -> String {
    let (_, manifest) = Store::new(store.path("reels")).latest();
    assert_eq!(published(store).len(), REELS);
    manifest.run_id
}

/// The pages, by account and number, of the logs that a store has and an earlier copy of it has not.
fn stored_since(earlier: &Output, now: &Output) -> Vec<(String, usize)> {
    let store = Store::new(now.path("reels"));
    let mut pages = Vec::new();
    for account in store.accounts() {
        let dir = earlier.path("reels/raw").join(&account);
        let mut logs = store.logs(&account);
        logs.retain(|log| !dir.join(log.file_name().expect("a log has a name")).exists());
        pages.extend(logs.iter().flat_map(|log| page_numbers(log)).map(|page| (account.clone(), page)));
    }
    pages.sort();
    pages
}

/// The pages, by account and number, that were requested after this number of calls.
fn asked_since(calls: usize, api: &MockApi) -> Vec<(String, usize)> {
    let log = api.request_log();
    let page = |call: &Call| (call.account.clone().expect("a known account"), call.page.expect("a known page"));
    let mut pages: Vec<_> = log.calls()[calls..].iter().map(page).collect();
    pages.sort();
    pages
}

/// Fails the changes from `first` on, each `step`-th, one a run, until a run has none left to fail.
fn fail_each(errno: &str, first: usize, step: usize) {
    let template = run(&MockApi::start(Script::serving([maple(), willow()])), &ACCOUNTS).run();
    let before = latest(&template);
    for number in (first..).step_by(step) {
        let api = MockApi::start(Script::serving([maple(), willow()]));
        let fresh = copy_of(&template);
        let kept = fresh.dir().to_owned();
        let command = on(fresh, &api, &ACCOUNTS)
            .env("TMPDIR", &kept.to_string_lossy())
            .env("REELFRAME_FAIL_DISK", &format!("{number}:{errno}"));
        let failing = command.any_status(&[0, 9, POWER_CUT]).run();
        let failed_change = failing.stderr.lines().find_map(|line| line.strip_prefix("REELFRAME_FAIL_DISK: "));
        let Some(failed_change) = failed_change else {
            assert!(number > 60, "only {number} changes: does the module fs count them all?");
            eprintln!("{errno}: {} of {number} changes", number / step);
            return;
        };
        let case = format!("change {number}, {errno} ({failed_change})");
        names_what_failed(&failing, failed_change, &case);
        let was_published = latest(&failing) != before;
        let (calls, stored) = (api.request_log().calls().len(), stored_since(&template, &failing));
        // A page that came as the disk failed could not be stored, and one before it was not durable yet.
        let may_be_lost = ACCOUNTS.len() * if errno == "POWER" { 2 } else { 1 };
        assert!(stored.len() + may_be_lost >= calls, "{case}: {calls} pages paid for, of them stored: {stored:?}");

        let after = on(failing.then(), &api, &ACCOUNTS).run();
        assert_eq!(column(&after.table("accounts"), "status"), ["complete", "complete"], "{case}");
        latest(&after);
        let mut to_fetch = PAGES.map(|(account, page)| (account.to_owned(), page)).to_vec();
        if !was_published {
            // What is published was one reading, and the next run is another.
            to_fetch.retain(|page| !stored.contains(page));
        }
        let mut asked = asked_since(calls, &api);
        if failing.status == POWER_CUT {
            // What was in flight may reach the API only now.
            asked.dedup();
        }
        assert_eq!(asked, to_fetch, "{case}: stored before were {stored:?}");
    }
}

/// `failed_change` is the change at which the disk failed; its last word is the path.
fn names_what_failed(failing: &Output, failed_change: &str, case: &str) {
    if failing.status == POWER_CUT {
        return;
    }
    if failing.status == 0 {
        // The lock ends with the process, whether or not its file can be emptied.
        assert_eq!(failed_change, "truncate reels/.lock", "{case} was not reported");
        return;
    }
    let path = failed_change.rsplit(' ').next().expect("a last word");
    let said = failing.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(said.contains(&format!(" {path}: ")), "{case}: {said:?}");
}

#[test]
fn a_full_disk_loses_nothing() {
    fail_each("ENOSPC", 1, step(90));
}

#[test]
fn a_power_cut_loses_nothing_that_was_durable() {
    fail_each("POWER", 29, step(90));
}

#[test]
#[ignore = "slow"]
fn slow_a_full_disk_loses_nothing() {
    fail_each("ENOSPC", 1, step(2));
}

#[test]
#[ignore = "slow"]
fn slow_a_broken_disk_loses_nothing() {
    fail_each("EIO", 1, step(2));
}

#[test]
#[ignore = "slow"]
fn slow_a_power_cut_loses_nothing_that_was_durable() {
    fail_each("POWER", 1, step(2));
}

#[test]
#[ignore = "slow"]
fn slow_a_first_run_that_fails_leaves_no_half_of_a_run() {
    fail_first_run(step(2));
}

fn fail_first_run(step: usize) {
    let api = MockApi::start(Script::serving([maple()]));
    for number in (1..).step_by(step) {
        let failing =
            run(&api, &["maple"]).env("REELFRAME_FAIL_DISK", &format!("{number}:EIO")).any_status(&[0, 9]).run();
        if failing.path("reels/latest").exists() {
            assert_eq!(published(&failing).len(), 6, "change {number}");
        } else {
            let query = ["query", "SELECT 1 AS one"];
            // A run that was whole but for `latest` is found all the same.
            let found = failing.then().args(query).any_status(&[0, 2]).run();
            let says_why = ["published run", "there is no store"].iter().any(|why| found.stderr.contains(why));
            assert!(says_why, "change {number}: {}", found.stderr);
            let is_named = found.stderr.contains("; using ");
            assert_eq!(found.stdout.is_empty(), !is_named, "change {number}: {}", found.stderr);
        }
        if !failing.stderr.contains("REELFRAME_FAIL_DISK: ") {
            return;
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_power_cut_in_a_first_run_loses_nothing_that_was_durable() {
    cut_power_in_first_run(step(2));
}

fn cut_power_in_first_run(step: usize) {
    for number in (1..).step_by(step) {
        let api = MockApi::start(Script::serving([maple()]));
        let fresh = Reelframe::new();
        let kept = fresh.dir().to_owned();
        let command = on(fresh, &api, &["maple"])
            .env("TMPDIR", &kept.to_string_lossy())
            .env("REELFRAME_FAIL_DISK", &format!("{number}:POWER"));
        let cut = command.any_status(&[0, POWER_CUT]).run();
        if cut.status == 0 {
            assert!(number > 60, "only {number} changes: does the module fs count them all?");
            return;
        }
        // A whole run counts as published, also where the power was cut before `latest` led to it.
        let runs = std::fs::read_dir(cut.path("reels/runs")).into_iter().flatten().flatten();
        let was_published = runs.map(|run| run.path()).any(|run| {
            !run.file_name().unwrap_or_default().to_string_lossy().starts_with('.') && run.join("_SUCCESS").exists()
        });
        let after = on(cut.then(), &api, &["maple"]).run();
        assert_eq!(published(&after).len(), 6, "change {number}");
        // Of three pages the one in flight is paid for again, and one that was not durable yet. Behind a run that is
        // published another one begins.
        let most = if was_published { 3 + 3 } else { 3 + 2 };
        assert!(api.request_log().calls().len() <= most, "change {number}: {} calls", api.request_log().calls().len());
    }
}
