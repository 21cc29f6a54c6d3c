//! Crawls that stop early: at reels older than a window, or than a date. What they leave out keeps its rows.
//!
//! Ages are in days before the tests began, and no age lies within hours of a cutoff.

mod unpublished;

use std::sync::LazyLock;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use testkit::mock_api::{Account, MockApi, Script};
use testkit::pages::{Reel, reel, wrapped_page};
use testkit::tables::column;

use super::{KEY, RETRY_ARGS, on, pair, run, statuses};
use crate::harness::{Output, Reelframe};

const WINDOW: [&str; 3] = ["maple", "--refresh-window", "30d"];

/// One moment for all: a reel has the same pk whenever it is asked for.
static BEGAN: LazyLock<DateTime<Utc>> = LazyLock::new(Utc::now);

fn ago(days: i64) -> DateTime<Utc> {
    *BEGAN - Duration::days(days)
}

/// The date this many days ago: it begins after the reels that are a day older.
fn date(days: i64) -> String {
    ago(days).format("%Y-%m-%d").to_string()
}

/// A reel by its age; its pk holds the time.
fn aged(days: i64) -> Reel {
    let ms = u64::try_from(ago(days).timestamp_millis() - 1_314_220_021_721).expect("after 2011");
    reel(ms << 23)
}

/// `maple` with these pages of reels by their ages.
fn maple(pages: &[&[i64]]) -> Account {
    let pages: Vec<Vec<Reel>> = pages.iter().map(|ages| ages.iter().map(|days| aged(*days)).collect()).collect();
    Account::wrapped("maple", "5005", &pages)
}

fn serving(pages: &[&[i64]]) -> MockApi {
    MockApi::start(Script::serving([maple(pages)]))
}

/// Five pages; the third is the first one that is all older than 30 days.
const PAGES: [&[i64]; 5] = [&[1, 2, 3, 4], &[10, 20, 26, 35], &[40, 41, 42, 43], &[60, 61], &[90]];

/// The pages that are asked for from here on.
struct RequestedPages<'a> {
    api: &'a MockApi,
    before: usize,
}

impl<'a> RequestedPages<'a> {
    fn from_now(api: &'a MockApi) -> Self {
        Self { api, before: api.request_log().calls().len() }
    }

    fn pages(&self) -> Vec<usize> {
        self.api.request_log().pages_of("maple").split_off(self.before)
    }
}

/// A store whose only crawl of `maple` was complete and began this many days ago; it holds one reel.
fn crawled_before(days: i64) -> Output {
    let at = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let began = at(ago(days));
    let body: Value = serde_json::from_str(&wrapped_page(&[aged(days + 1)], None)).expect("JSON");
    let lines = [
        json!({"line": "start", "account": "maple", "timezone": "UTC", "run_id": "old", "version": "0.1.0",
               "started_at": began}),
        json!({"line": "page", "page": 1, "fetched_at": began, "body": body}),
        json!({"line": "end", "status": "complete", "attempts": 0, "ended_at": began}),
    ];
    let log = lines.map(|line| format!("{line}\n")).concat();
    Reelframe::new().file("old.ndjson", log).args(["run", "--replay", "old.ndjson"]).run()
}

/// Crawls an account of these pages once to its end, then with these arguments; returns what the second crawl asked for.
fn crawled_twice(account: Account, args: &[&str]) -> (Output, Vec<usize>) {
    let api = MockApi::start(Script::serving([account]));
    let first = run(&api, &["maple"]).run();
    let asked = RequestedPages::from_now(&api);
    let second = on(first.then(), &api, args).run();
    (second, asked.pages())
}

fn fetch(after: &Output, api: &MockApi, args: &[&str], status: i32) -> Output {
    let command = after.then().arg("fetch").args(args.iter().copied()).args(RETRY_ARGS.iter().copied());
    command.api(api).key(KEY).status(status).run()
}

fn reason(output: &Output) -> String {
    output.table("accounts")[0]["status_reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_window_stops_after_the_first_page_that_is_all_older() {
    let (output, asked) = crawled_twice(maple(&PAGES), &WINDOW);
    assert_eq!(asked, [1, 2, 3]);
    assert_eq!(statuses(&output), [pair("maple", "incremental")]);
    let reason = reason(&output);
    let cutoff = reason.strip_prefix("stopped at reels posted before ").expect("the reason says where");
    let cutoff = DateTime::parse_from_rfc3339(cutoff).expect("it says a time").to_utc();
    assert!(ago(30) <= cutoff && cutoff <= Utc::now() - Duration::days(30), "{cutoff}");
    assert_eq!(output.table("accounts")[0]["pages"], 3);
    let line = "3 calls · 0 saved by resuming · 2 saved by --refresh-window · 3 new pages";
    assert!(output.stdout.contains(line), "{}", output.stdout);
}

#[test]
#[ignore = "slow"]
fn slow_reels_behind_the_window_keep_their_rows_and_are_not_called_gone() {
    let api = serving(&PAGES);
    let mut output = run(&api, &["maple"]).run();
    // Two crawls in a row without a reel would tell that it is gone, were they complete.
    for _ in 0..2 {
        output = on(output.then(), &api, &WINDOW).run();
        assert_eq!(statuses(&output), [pair("maple", "incremental")]);
        output.then().args(["report", "--format", "markdown"]).stdout_has("Last updated only back to a date").run();
    }
    let reels = output.table("reels");
    assert_eq!(reels.len(), PAGES.concat().len());
    assert!(!column(&reels, "is_listed").contains(&json!(false)), "{:?}", column(&reels, "is_listed"));
}

#[test]
fn without_an_earlier_complete_crawl_a_window_is_a_full_crawl() {
    let api = serving(&PAGES);
    let first = run(&api, &WINDOW).args(["--max-pages", "2"]).run();
    assert_eq!(statuses(&first), [pair("maple", "limited")]);
    let asked = RequestedPages::from_now(&api);
    let second = on(first.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [1, 2, 3, 4, 5]);
    assert_eq!(statuses(&second), [pair("maple", "complete")]);
}

#[test]
#[ignore = "slow"]
fn slow_pinned_reels_neither_stop_a_crawl_nor_keep_it_going() {
    let pinned = |days| aged(days).pinned();
    let all_pinned = vec![pinned(400), pinned(401), pinned(402), pinned(403)];
    let next = vec![aged(1), aged(40)];
    let account = Account::wrapped("maple", "5005", &[all_pinned, next, vec![aged(50)], vec![aged(60)]]);
    assert_eq!(crawled_twice(account, &WINDOW).1, [1, 2, 3]);
    let new_but_pinned = vec![pinned(1), aged(40), aged(41), aged(42)];
    let on_the_timeline = aged(2).set("timeline_pinned_user_ids", json!([5005]));
    for first in [new_but_pinned, vec![on_the_timeline, aged(40), aged(41), aged(42)]] {
        let account = Account::wrapped("maple", "5005", &[first, vec![aged(50)], vec![aged(60)]]);
        assert_eq!(crawled_twice(account, &WINDOW).1, [1]);
    }
}

#[test]
#[ignore = "slow"]
fn slow_unknown_pins_are_none_but_a_first_page_of_three_stops_nothing() {
    let unknown = |days| aged(days).set("clips_tab_pinned_user_ids", Value::Null).without("timeline_pinned_user_ids");
    for (on_page_1, asked) in [(3, vec![1, 2, 3]), (4, vec![1])] {
        let first: Vec<Reel> = (0..on_page_1).map(|index| unknown(400 + index)).collect();
        let rest = [vec![unknown(1)], vec![unknown(50)], vec![unknown(60)]];
        let pages: Vec<Vec<Reel>> = std::iter::once(first).chain(rest).collect();
        assert_eq!(crawled_twice(Account::wrapped("maple", "5005", &pages), &WINDOW).1, asked, "{on_page_1} reels");
        assert_eq!(crawled_twice(Account::flat("maple", "5005", &pages), &WINDOW).1, asked, "{on_page_1}, short form");
    }
}

#[test]
fn a_reel_that_does_not_tell_its_time_never_stops_a_crawl() {
    let timeless = aged(44).set("taken_at", "soon").without("pk").without("id").without("code");
    let pages = [vec![aged(1)], vec![aged(41), timeless], vec![aged(50)], vec![aged(60)]];
    let (output, asked) = crawled_twice(Account::wrapped("maple", "5005", &pages), &WINDOW);
    assert_eq!(asked, [1, 2, 3]);
    assert_eq!(statuses(&output), [pair("maple", "incremental")]);
}

#[test]
fn the_time_may_come_from_the_pk_alone() {
    let by_pk = |days| aged(days).without("taken_at");
    let pages = [vec![by_pk(1)], vec![by_pk(41)], vec![by_pk(50)]];
    assert_eq!(crawled_twice(Account::wrapped("maple", "5005", &pages), &WINDOW).1, [1, 2]);
}

#[test]
fn empty_pages_stop_nothing() {
    let api = serving(&[&[1, 2], &[], &[40], &[50]]);
    let first = run(&api, &["maple"]).run();
    let asked = RequestedPages::from_now(&api);
    on(first.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [1, 2, 3]);
}

#[test]
#[ignore = "slow"]
fn slow_a_crawl_that_comes_to_its_end_is_complete() {
    for pages in [&[&[1, 2][..], &[40, 41]][..], &[&[40, 41, 42, 43]], &[&[1]]] {
        let (output, asked) = crawled_twice(maple(pages), &WINDOW);
        assert_eq!(asked.len(), pages.len());
        assert_eq!(statuses(&output), [pair("maple", "complete")], "{pages:?}");
    }
}

#[test]
fn a_full_crawl_is_due_once_the_last_one_is_old_enough() {
    for (age, asked, status) in [(6, vec![1, 2, 3], "incremental"), (8, vec![1, 2, 3, 4, 5], "complete")] {
        let api = serving(&PAGES);
        let output = on(crawled_before(age).then(), &api, &WINDOW).args(["--full-every", "7d"]).run();
        assert_eq!(api.request_log().pages_of("maple"), asked, "{age} days");
        assert_eq!(statuses(&output), [pair("maple", status)], "{age} days");
    }
}

#[test]
fn a_window_reaches_back_to_the_last_crawl_however_long_ago_that_was() {
    // The last crawl began 50 days ago; what was posted between then and the window has been seen by nobody.
    let api = serving(&PAGES);
    let second = on(crawled_before(50).then(), &api, &WINDOW).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 4]);
    assert_eq!(statuses(&second), [pair("maple", "incremental")]);
    // That crawl has seen it, and so the next one needs to see the window alone.
    let asked = RequestedPages::from_now(&api);
    on(second.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [1, 2, 3]);
}

#[test]
#[ignore = "slow"]
fn slow_a_date_stops_a_crawl_and_filters_no_row() {
    let time = ago(30).to_rfc3339_opts(SecondsFormat::Secs, true);
    for since in [date(30), time] {
        let api = serving(&PAGES);
        let output = run(&api, &["maple", "--since", &since]).run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3], "{since}");
        assert_eq!(statuses(&output), [pair("maple", "incremental")]);
        assert_eq!(output.table("reels").len(), 12, "older reels on the pages that came are kept");
    }
    let (output, asked) = crawled_twice(maple(&PAGES), &["maple", "--since", &date(5)]);
    assert_eq!(asked, [1, 2], "page 2 is all older: 10 days and more");
    assert_eq!(statuses(&output), [pair("maple", "incremental")]);
}

#[test]
#[ignore = "slow"]
fn slow_of_a_window_and_a_date_the_earlier_rules() {
    let both = |since: i64| ["maple".to_owned(), "--refresh-window=30d".to_owned(), format!("--since={}", date(since))];
    for (since, asked) in [(5, vec![1, 2, 3]), (50, vec![1, 2, 3, 4])] {
        let args = both(since);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(crawled_twice(maple(&PAGES), &args).1, asked, "{since} days");
        // A window that no complete crawl came before asks for everything.
        let api = serving(&PAGES);
        run(&api, &args).run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn a_date_after_the_last_crawl_leaves_a_gap_that_the_next_window_closes() {
    let api = serving(&PAGES);
    let second = on(crawled_before(50).then(), &api, &["maple", "--since", &date(5)]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1, 2]);
    assert_eq!(statuses(&second), [pair("maple", "limited")]);
    assert!(reason(&second).contains("are missing"), "{}", reason(&second));
    let asked = RequestedPages::from_now(&api);
    on(second.then(), &api, &WINDOW).run();
    assert_eq!(asked.pages(), [1, 2, 3, 4]);
}

#[test]
#[ignore = "slow"]
fn slow_the_account_whose_last_crawl_is_the_oldest_comes_first_incremental_crawls_included() {
    let willow = Account::wrapped("willow", "6006", &[vec![aged(1), aged(2)], vec![aged(60)], vec![aged(90)]]);
    let api = MockApi::start(Script::serving([willow, maple(&PAGES)]));
    let mut output = run(&api, &["willow"]).run();
    // Willow's last complete crawl stays the oldest, its last crawl does not.
    for args in [&["maple"][..], &["willow", "--refresh-window", "30d"]] {
        output = on(output.then(), &api, args).run();
    }
    let calls = api.request_log().calls().len();
    on(output.then(), &api, &WINDOW).args(["willow", "--concurrency", "1"]).run();
    assert_eq!(api.request_log().calls()[calls].account.as_deref(), Some("maple"));
}

#[test]
fn a_dry_run_says_how_far_back_a_crawl_will_go() {
    let api = serving(&PAGES);
    let dry = |after: &Output, args: &[&str]| {
        let output = on(after.then(), &api, args).arg("--dry-run").run();
        let line = output.stdout.lines().find(|line| line.starts_with("maple")).unwrap_or_default().to_owned();
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        // The program counts from its own now, which may be in the day after.
        let now = (Utc::now() - Duration::days(30)).format("%Y-%m-%d").to_string();
        line.replace(&date(30), "DAY").replace(&now, "DAY")
    };
    let first = run(&api, &["maple"]).run();
    assert_eq!(dry(&first, &["maple"]), "maple 5 5 crawl from page 1");
    assert_eq!(dry(&first, &WINDOW), "maple 5 5 crawl from page 1, until DAY (upper bound)");
    let second = on(first.then(), &api, &WINDOW).run();
    assert_eq!(dry(&second, &WINDOW), "maple 3 3 crawl from page 1, until DAY");
    let since = date(20);
    assert_eq!(dry(&second, &["maple", "--since", &since]), format!("maple 3 3 crawl from page 1, until {since}"));
    assert_eq!(dry(&second, &["maple"]), "maple 3 5 crawl from page 1", "a full crawl costs what the last one did");
    let third = fetch(&second, &api, &WINDOW, 0);
    assert_eq!(dry(&third, &WINDOW), "maple 3 0 nothing to fetch: 3 stored pages, not yet published");
    assert_eq!(dry(&third, &["maple"]), "maple 3 2 resume at page 4");
    assert_eq!(api.request_log().calls().len(), 5 + 3 + 3, "a dry run asks for nothing");
}

#[test]
fn a_summary_for_machines_has_the_calls_that_the_window_saved() {
    let api = serving(&PAGES);
    let first = run(&api, &["maple"]).run();
    let output = on(first.then(), &api, &WINDOW).args(["--log-format", "json"]).run();
    let summary: Value = serde_json::from_str(output.stdout.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!((&summary["calls"], &summary["calls_saved"]), (&json!(3), &json!(0)));
    assert_eq!(summary["calls_saved_by_window"], 2);
}

#[test]
fn windows_and_dates_that_cannot_be_meant_are_usage_errors() {
    let refused = |args: &[&str], word: &str| {
        Reelframe::new().arg("run").args(args.iter().copied()).key(KEY).status(2).stderr_has(word).run();
    };
    refused(&["maple", "--full-every", "7d"], "--refresh-window");
    refused(&["maple", "--refresh-window", "a month"], "30m");
    refused(&["maple", "--since", "yesterday"], "2026-11-23");
    refused(&["maple", "--since", "2026-02-30"], "2026-11-23");
    for flag in ["--refresh-window=30d", "--full-every=7d", "--since=2026-01-01"] {
        refused(&["--replay", "pages", flag], "--replay");
    }
}

#[test]
fn a_window_can_be_set_in_the_config_file() {
    let file = || Reelframe::new().file("reelframe.toml", "refresh_window = '30d'\nsince = 2026-01-01\n");
    file().args(["run", "maple", "--full-every", "7d", "--dry-run"]).stdout_has("crawl from page 1").run();
    // What the file sets for the API is no hindrance to pages from disk.
    let page = wrapped_page(&[aged(1)], None);
    file().file("maple/1.json", page).args(["run", "--replay", "maple"]).run();
    Reelframe::new()
        .file("reelframe.toml", "full_every = '7d'\n")
        .args(["run", "maple"])
        .status(2)
        .stderr_has("--refresh-window")
        .run();
}
