//! Ends that must not be taken on trust: more without a cursor, and a full crawl that shows only a part.

use serde_json::json;
use testkit::mock_api::{Account, At, Fault, MockApi, Script, Target, cursor};
use testkit::pages::{Reel, flat_page, reel, wrapped_page};
use testkit::tables::column;

use super::{on, pair, pk, pks, published, run, statuses};
use crate::harness::{Output, Reelframe};

fn reels(numbers: std::ops::Range<u64>) -> Vec<Reel> {
    numbers.map(|number| reel(pk(number))).collect()
}

/// A page that says that there is more, with `paging` as all that it says of it.
fn endless(numbers: std::ops::Range<u64>, paging: &str) -> String {
    let page = wrapped_page(&reels(numbers), None);
    let replaced = page.replace(r#""paging_info":{"more_available":false}"#, paging);
    assert_ne!(page, replaced);
    replaced
}

const NO_CURSOR: &str = r#""paging_info":{"more_available":true,"max_id":""}"#;

fn reason(output: &Output) -> String {
    output.table("accounts")[0]["status_reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "slow"]
fn slow_more_without_a_cursor_is_partial_and_no_base_for_a_window() {
    for paging in
        [NO_CURSOR, r#""paging_info":{"more_available":1}"#, r#""paging_info":{"more_available":"true","max_id":null}"#]
    {
        let pages = [wrapped_page(&reels(0..2), Some(&cursor("maple", 2))), endless(2..4, paging)];
        let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", pages)]));
        let first = run(&api, &["maple"]).status(3).stderr_has("no cursor").run();
        assert_eq!(statuses(&first), [pair("maple", "partial")], "{paging}");
        assert!(reason(&first).starts_with("page 2: the API says that there is more"), "{}", reason(&first));
        assert_eq!(published(&first), pks(0..4), "the page is kept");
        // It cannot go on, so that it starts over; and the window finds no crawl that it could rest on.
        on(first.then(), &api, &["maple", "--refresh-window", "1d"]).status(3).run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 1, 2], "{paging}");
        assert_eq!(api.request_log().calls()[2].target, Target::UserId("5005".into()), "its own reels show who it is");
    }
}

#[test]
fn a_crawl_that_was_killed_behind_such_a_page_starts_over() {
    let pages = [wrapped_page(&reels(0..2), Some(&cursor("maple", 2))), endless(2..4, NO_CURSOR)];
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", pages)]));
    let first = run(&api, &["maple"]).status(3).run();
    // Away with the end line: the last frame of the log.
    let log = std::fs::read_dir(first.path("reels/raw/maple")).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&log).unwrap();
    let mut ends = vec![0];
    while *ends.last().unwrap() < bytes.len() {
        let at = *ends.last().unwrap();
        ends.push(at + zstd::zstd_safe::find_frame_compressed_size(&bytes[at..]).unwrap());
    }
    std::fs::write(&log, &bytes[..ends[ends.len() - 2]]).unwrap();
    std::fs::remove_dir_all(first.path("reels/runs")).unwrap();
    std::fs::remove_file(first.path("reels/latest")).unwrap();
    let second = on(first.then(), &api, &["maple"]).status(3).run();
    assert_eq!(statuses(&second), [pair("maple", "partial")]);
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 1, 2]);
}

#[test]
fn a_crawl_that_has_what_was_asked_for_needs_no_cursor() {
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [endless(0..4, NO_CURSOR)])]));
    let limited = run(&api, &["maple", "--max-pages", "1"]).run();
    assert_eq!(statuses(&limited), [pair("maple", "limited")]);
    let reached = run(&api, &["maple", "--since", "2030-01-01"]).run();
    assert_eq!(statuses(&reached), [pair("maple", "incremental")]);
}

#[test]
fn bare_pages_that_promise_more_without_a_cursor_are_partial() {
    let flat = flat_page(&reels(0..2), None).replacen('{', r#"{"more_available":true,"#, 1);
    for page in [endless(0..2, NO_CURSOR), flat] {
        let command = Reelframe::new().file("maple/1.json", &page);
        let args = ["run", "--replay", "maple", "--observed-at", "2026-11-20T06:00:00Z"];
        let first = command.args(args).status(3).run();
        assert_eq!(statuses(&first), [pair("maple", "partial")]);
        assert!(reason(&first).contains("no cursor"), "{}", reason(&first));
        assert_eq!(published(&first), pks(0..2));
    }
}

#[test]
fn a_stored_log_that_calls_such_an_end_complete_is_partial() {
    let end = |status: &str| json!({"line": "end", "status": status, "reason": null, "attempts": 0, "ended_at": "2026-11-20T06:00:02.000Z"});
    let start = json!({
        "line": "start", "account": "maple", "account_id": null, "label": null, "timezone": "UTC", "followers": null,
        "followers_as_of": null, "run_id": "old", "version": "0.1.0", "started_at": "2026-11-20T06:00:00.000Z",
    });
    let page = format!(r#"{{"fetched_at":"2026-11-20T06:00:01.000Z","page":1,"body":{}}}"#, endless(0..2, NO_CURSOR));
    let log = format!("{start}\n{page}\n{}\n", end("complete"));
    let output = Reelframe::new().file("in/maple.ndjson", log).args(["run", "--replay", "in"]).status(3).run();
    assert_eq!(statuses(&output), [pair("maple", "partial")]);
    let manifest = std::fs::read_to_string(output.path("reels/latest/manifest.json")).unwrap();
    assert!(manifest.contains(r#""last_complete_at": null"#), "{manifest}");
}

#[test]
#[ignore = "slow"]
fn slow_a_full_crawl_that_shows_under_half_is_reported_and_is_no_base() {
    let api = MockApi::start(Script::serving([Account::wrapped("maple", "5005", &[reels(0..4), reels(4..8)])]));
    let first = run(&api, &["maple"]).run();
    let base = |output: &Output| {
        let manifest = std::fs::read(output.path("reels/latest/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        (manifest["accounts"][0]["last_complete_at"].clone(), manifest["accounts"][0]["last_refreshed_at"].clone())
    };
    let first_base = base(&first);
    assert!(first_base.0.is_string());
    let part = Fault::Status(200, wrapped_page(&reels(0..3), None), Vec::new());
    api.add(At::Call(3), part);
    let warning = "shows 3 of the 8 reels";
    let second = on(first.then(), &api, &["maple"]).stderr_has(warning).run();
    let findings = second.table("findings");
    assert_eq!(column(&findings, "finding"), ["crawl_shrank"]);
    assert!(findings[0]["example"].as_str().unwrap().ends_with(": 3 of 8 reels"), "{findings:?}");
    assert_eq!(column(&second.table("reels"), "is_listed"), vec![json!(true); 8]);
    assert_eq!(base(&second), first_base, "the first crawl is still the base");
    // A whole one is a base again, and what happened is news no more.
    let third = on(second.then(), &api, &["maple"]).run();
    assert!(!third.stderr.contains("that were listed before"), "{}", third.stderr);
    assert_ne!(base(&third), first_base);
    assert_eq!(column(&third.table("findings"), "finding"), ["crawl_shrank"]);
}
