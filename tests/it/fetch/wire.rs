//! What can go wrong on the wire, below the vendor's own words: connections that break, bodies that are not what they
//! are said to be, and bodies that would be too much.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::{reel, wrapped_page};

use super::{KEY, RETRY_ARGS, maple, pair, pk, pks, published, run, statuses};
use crate::harness::Reelframe;

/// How often a page is asked for before its account is given up.
const TRIES: usize = 5;
const MIB: usize = 1024 * 1024;
const TOO_LARGE: usize = 65 * MIB;

fn lie(name: &'static str, value: &str) -> Fault {
    Fault::Headers(vec![(name, value.to_owned())])
}

/// So deep that a parser which calls itself for each level has no stack left.
fn deep() -> String {
    format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))
}

/// Bytes that are neither text nor JSON.
fn garbage() -> Vec<u8> {
    (0..5_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Each applies to page 2 once: it costs one call, the page comes at the second try, and nothing is there twice.
#[test]
#[ignore = "slow"]
fn slow_what_breaks_on_the_wire_costs_one_call() {
    let faults = [
        Fault::ResetHard,
        Fault::ResetInBody,
        Fault::Gzip(garbage()),
        Fault::Gzip(Vec::new()),
        lie("content-length", "1000000"),
        lie("content-length", "100"),
        lie("content-encoding", "gzip"),
        Fault::HugeBody(TOO_LARGE),
        Fault::HugeBodyGzippedTwice(2_000_000_000),
        Fault::Status(200, deep(), Vec::new()),
        Fault::Status(200, format!(r#"{{"items":{}}}"#, "[".repeat(100_000)), Vec::new()),
        Fault::Status(200, format!(r#"{{"error":{}}}"#, deep()), Vec::new()),
    ];
    for fault in faults {
        let name = format!("{fault:?}").chars().take(60).collect::<String>();
        let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), fault));
        let output = run(&api, &["maple"]).run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 3], "{name}");
        assert_eq!(statuses(&output), [pair("maple", "complete")], "{name}");
        assert_eq!(published(&output), pks(0..6), "{name}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_what_only_looks_odd_is_taken_as_it_is() {
    let faults = [Fault::Trickle(40), lie("content-type", "text/html"), lie("content-type", "image/png; charset=x")];
    for fault in faults {
        let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, fault.clone()));
        let output = run(&api, &["maple"]).run();
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3], "{fault:?}");
        assert_eq!(published(&output), pks(0..6), "{fault:?}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_body_above_the_cap_is_given_up_after_the_tries() {
    let fault = Fault::HugeBody(TOO_LARGE);
    let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), fault));
    let output = run(&api, &["maple"]).status(3).stderr_has("64 MiB").run();
    assert_eq!(api.request_log().pages_of("maple").len(), 1 + TRIES);
    assert_eq!(statuses(&output), [pair("maple", "partial")]);
    assert_eq!(published(&output), pks(0..2));
}

/// The page is a page; only the one item cannot be looked into.
#[test]
fn an_item_nested_without_end_costs_no_other_reel() {
    let page = wrapped_page(&[reel(pk(0)).set("caption", "DEEP"), reel(pk(1))], None).replace("\"DEEP\"", &deep());
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [page])]));
    let output = run(&api, &["maple"]).run();
    assert_eq!(api.request_log().pages_of("maple"), [1]);
    assert!(published(&output).contains(&pk(1).to_string().into()), "{:?}", published(&output));
}

/// Peak memory of a run that is sent 2 GB in 2 MB, and in 20 KB. A second account's call, which is never answered, holds
/// the process where it can be asked how much memory it ever had.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "slow"]
fn slow_a_body_that_expands_to_gigabytes_does_not_fill_the_memory() {
    const MOST_KIB: u64 = 200 * 1024;
    // Packed twice it is no encoding that is decoded: not a page, and asked for twice.
    for (bomb, tries) in [(Fault::HugeBody(2_000_000_000), TRIES), (Fault::HugeBodyGzippedTwice(2_000_000_000), 2)] {
        let willow = Account::wrapped("willow", "6006", &[vec![reel(pk(9))]]);
        let script = Script::serving([maple(), willow]).always(At::Page("maple", 1), bomb.clone());
        let api = MockApi::start(script.always(At::Page("willow", 1), Fault::Hang));
        let args = ["run", "maple", "willow", "--concurrency", "1"];
        let running = Reelframe::new().args(args).args(RETRY_ARGS.iter().copied()).api(&api).key(KEY).spawn();
        api.wait_for_calls(tries + 1);
        let peak = running.peak_memory_kib();
        running.kill();
        assert_eq!(api.request_log().pages_of("maple"), vec![1; tries], "{bomb:?}");
        assert!(peak < MOST_KIB, "{bomb:?}: {peak} KiB");
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_redirect_of_any_kind_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = MockApi::start(Script::serving([maple()]));
        let mut to = elsewhere.base_url().replace("127.0.0.1", "localhost");
        write!(to, "/instagram/user/reels?handle=maple").expect("memory takes every byte");
        let fault = Fault::Status(status, String::new(), Vec::new()).header("location", to);
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), fault));
        let output = run(&api, &["maple"]).status(3).stderr_has("redirect").run();
        assert_eq!(elsewhere.request_log().calls().len(), 0, "{status}: neither the request nor the key travels");
        assert_eq!(api.request_log().pages_of("maple"), [1, 2], "{status}");
        assert_eq!(statuses(&output), [pair("maple", "partial")], "{status}");
        assert_eq!(published(&output), pks(0..2), "{status}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_retry_after_as_a_date_is_waited_for() {
    let throttled = |date: String| Fault::error(429, "rate_limit_exceeded").header("retry-after", date);
    let http_date = |at: DateTime<Utc>| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    // A date that has passed is no wait.
    for seconds in [-86_400, 2] {
        let (now, at) = (Instant::now(), Utc::now() + chrono::Duration::seconds(seconds));
        // The header has no fractions of a second.
        let floor = Duration::from_secs(seconds.try_into().unwrap_or(0)).saturating_sub(Duration::from_secs(1));
        let fault = throttled(http_date(at));
        let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), fault));
        let output = run(&api, &["maple"]).run();
        let log = api.request_log();
        assert_eq!(log.pages_of("maple"), [1, 2, 2, 3]);
        assert_eq!(published(&output), pks(0..6));
        assert!(log.calls()[2].at >= now + floor, "{:?} is before {at}", log.calls()[2].at - now);
    }
}
