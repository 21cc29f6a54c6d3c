//! How fast requests go out: never faster than asked, and slower where the API's headers say so.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;
use testkit::mock_api::{Account, At, Fault, MockApi, Script};
use testkit::pages::reel;

use super::{KEY, RETRY_ARGS, maple, pair, run, statuses, willow};
use crate::harness::Reelframe;

/// The two spellings of the headers, by whether it is the long one.
const SPELLINGS: [bool; 2] = [true, false];

/// How long after the first call each of the others came in.
fn times(api: &MockApi) -> Vec<Duration> {
    let calls = api.request_log().calls().to_vec();
    calls[1..].iter().map(|call| call.at - calls[0].at).collect()
}

#[test]
#[ignore = "slow"]
fn slow_the_pace_is_never_faster_than_asked() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let args = ["run", "maple", "willow", "--requests-per-minute", "600", "--concurrency", "5"];
    let begin = Instant::now();
    Reelframe::new().args(args).api(&api).key(KEY).run();
    let calls = api.request_log().calls().to_vec();
    // The fourth turn is 3 gaps of 60 s / 600 behind the first, and the first comes after the start; a run may be
    // slower, on a busy machine much.
    let last = calls.last().expect("calls").at - begin;
    assert!(calls.len() == 4 && last.as_millis() >= 3 * 100, "the last of {} calls came after {last:?}", calls.len());
}

#[test]
fn without_news_of_a_limit_nothing_but_the_pace_asked_for_is_waited_for() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple", "--log-format", "json"]).run();
    let summary: Value = serde_json::from_str(output.stdout.trim()).expect("the summary is JSON");
    let waited_s = summary["waited_s"].as_f64().expect("a number");
    // 60000 a minute: about a millisecond for each of 3 calls, however slow the machine.
    assert!(waited_s < 0.01, "{waited_s} s");
}

#[test]
#[ignore = "slow"]
fn slow_what_remains_is_spread_over_the_seconds_until_the_reset() {
    for long in SPELLINGS {
        let a_tenth_of_a_second = Fault::rate(long, 60, 2, 0.2);
        let api = MockApi::start(Script::serving([maple()]).always(At::EveryCall, a_tenth_of_a_second));
        run(&api, &["maple"]).run();
        let times = times(&api);
        assert!(times[0].as_millis() >= 100 && times[1].as_millis() >= 200, "{times:?}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_with_no_more_than_one_call_left_the_next_one_waits_for_the_reset() {
    for (long, remaining) in SPELLINGS.into_iter().zip([1, 0]) {
        let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), Fault::rate(long, 60, remaining, 0.2)));
        run(&api, &["maple"]).run();
        let times = times(&api);
        assert!(times[0].as_millis() >= 200, "{times:?}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_reset_may_be_a_unix_time() {
    for long in SPELLINGS {
        // The clock stands still at the beginning of a second.
        let now = DateTime::from_timestamp(Utc::now().timestamp(), 0).expect("a time");
        let reset = format!("{}.25", now.timestamp());
        let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), Fault::rate(long, 60, 1, reset)));
        run(&api, &["maple"]).env("REELFRAME_CLOCK", &now.to_rfc3339()).run();
        let times = times(&api);
        assert!(times[0].as_millis() >= 250, "{times:?}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_concurrent_crawls_share_what_remains() {
    // 0.06 s between any two calls.
    let rate = Fault::rate(true, 60, 30, 1.8);
    let own = |number: u64| reel(super::pk(number)).owner("6006", "willow");
    let willow = Account::wrapped("willow", "6006", &[vec![own(10)], vec![own(11)], vec![own(12)]]);
    let api = MockApi::start(Script::serving([maple(), willow]).always(At::EveryCall, rate));
    Reelframe::new()
        .args(["run", "maple", "willow", "--concurrency", "2"])
        .args(RETRY_ARGS.iter().copied())
        .api(&api)
        .key(KEY)
        .run();
    let times = times(&api);
    // Both first calls go out before the first answer; 4 turns come after that.
    assert!(times.len() == 5 && times[4].as_millis() >= 4 * 60, "{times:?}");
}

#[test]
fn what_remains_until_a_reset_too_far_away_is_used_up_without_a_wait() {
    let left = |remaining| Fault::rate(true, 60, remaining, 86_400);
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), left(2)).once(At::Call(2), left(1)));
    let said = "the API's rate limit is used up for";
    let output = run(&api, &["maple"]).status(5).stderr_has(said).stderr_has("longer than --max-wait 15 min").run();
    assert_eq!(statuses(&output), [pair("maple", "partial")]);
    assert_eq!(api.request_log().pages_of("maple"), [1, 2]);
}

#[test]
fn a_long_wait_for_the_rate_limit_is_said() {
    let api = MockApi::start(Script::serving([maple()]).once(At::Call(1), Fault::rate(true, 60, 2, 600)));
    let mut running = run(&api, &["maple"]).status(143).spawn();
    running.wait_until_said("the API's rate limit leaves 2 calls for the next 10 min: the next one waits 300 s");
    running.signal("TERM");
    running.wait();
}
