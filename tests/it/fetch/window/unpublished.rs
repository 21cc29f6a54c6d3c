//! Incremental crawls that no run has published yet: what the next run fetches.

use testkit::mock_api::{At, Fault, MockApi};

use super::{PAGES, RequestedPages, WINDOW, fetch, on, pair, run, serving, statuses};
use crate::harness::Output;

/// A store with a published full crawl, and behind it the pages of a crawl that no run has published.
fn fetched_behind_a_full_crawl(api: &MockApi, args: &[&str], status: i32) -> Output {
    let first = run(api, &["maple"]).run();
    fetch(&first, api, args, status)
}

#[test]
fn an_incremental_crawl_that_was_not_published_is_not_fetched_again() {
    let api = serving(&PAGES);
    let second = fetched_behind_a_full_crawl(&api, &WINDOW, 0);
    let asked = RequestedPages::from_now(&api);
    let third = on(second.then(), &api, &WINDOW)
        .stdout_has("0 calls · 3 saved by resuming · 2 saved by --refresh-window")
        .run();
    assert_eq!(asked.pages(), [0; 0]);
    assert_eq!(statuses(&third), [pair("maple", "incremental")]);
}

#[test]
#[ignore = "slow"]
fn slow_an_incremental_crawl_that_was_not_published_is_resumed_if_more_is_asked_for() {
    for (args, pages, status) in [
        (vec!["maple"], vec![4, 5], "complete"),
        (vec!["maple", "--refresh-window", "50d"], vec![4], "incremental"),
        (vec!["maple", "--refresh-window", "7d"], vec![], "incremental"),
    ] {
        let api = serving(&PAGES);
        let second = fetched_behind_a_full_crawl(&api, &WINDOW, 0);
        let asked = RequestedPages::from_now(&api);
        let third = on(second.then(), &api, &args).stdout_has("3 saved by resuming").run();
        assert_eq!(asked.pages(), pages, "{args:?}");
        assert_eq!(statuses(&third), [pair("maple", status)], "{args:?}");
        assert_eq!(third.table("accounts")[0]["pages"], 3 + pages.len(), "{args:?}: one crawl");
    }
}

#[test]
fn an_incremental_crawl_cut_short_is_resumed_to_its_cutoff() {
    let api = serving(&PAGES);
    let first = run(&api, &["maple"]).run();
    api.add(At::Page("maple", 2), Fault::PaymentRequired);
    let second = fetch(&first, &api, &WINDOW, 7);
    let asked = RequestedPages::from_now(&api);
    let third = on(second.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [2, 3]);
    assert_eq!(statuses(&third), [pair("maple", "incremental")]);
}

#[test]
fn a_crawl_cut_short_behind_the_window_is_not_resumed() {
    let api = serving(&PAGES);
    let first = run(&api, &["maple"]).run();
    api.add(At::Page("maple", 5), Fault::PaymentRequired);
    let second = fetch(&first, &api, &["maple"], 7);
    let asked = RequestedPages::from_now(&api);
    on(second.then(), &api, &WINDOW).arg("--dry-run").stdout_has("0 calls expected").stdout_has("4 stored pages").run();
    let third = on(second.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [0; 0]);
    assert_eq!(statuses(&third), [pair("maple", "incremental")]);
}

#[test]
fn a_cursor_that_is_refused_starts_a_fresh_crawl_with_the_same_window() {
    let api = serving(&PAGES);
    let first = run(&api, &["maple"]).run();
    api.add(At::Page("maple", 2), Fault::PaymentRequired);
    let second = fetch(&first, &api, &WINDOW, 7);
    api.add(At::Page("maple", 2), Fault::error(400, "bad_cursor"));
    let asked = RequestedPages::from_now(&api);
    let third = on(second.then(), &api, &WINDOW).stderr_has("started over").run();
    assert_eq!(asked.pages(), [2, 1, 2, 3]);
    assert_eq!(statuses(&third), [pair("maple", "incremental")]);
}
