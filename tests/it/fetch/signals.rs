//! Ctrl-C and `kill`: the first signal lets what is in flight be stored, the second quits at once.

use testkit::mock_api::{At, Fault, MockApi, Script};

use super::{KEY, maple, on, pair, pks, published, run, statuses};
use crate::harness::{Reelframe, Running};

const SIGNALS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];
/// The same run again resumes its own crawls.
const ARGS: [&str; 3] = ["maple", "--run-id", "20260301T060000000Z"];

/// Sends a signal and waits until the run says that it took it, since two that come together count as one.
fn signal_once(running: &mut Running, signal: &str) {
    running.signal(signal);
    running.wait_until_said("press Ctrl-C again to quit now");
}

#[test]
fn a_signal_lets_the_page_in_flight_be_stored_and_the_next_run_resumes() {
    for (signal, status) in SIGNALS {
        let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::UntilFaultsEnd));
        let mut running = run(&api, &ARGS).status(status).spawn();
        api.wait_for_calls(2);
        signal_once(&mut running, signal);
        api.end_faults();
        let stopped = running.wait();
        assert_eq!(statuses(&stopped), [pair("maple", "partial")]);
        assert_eq!(published(&stopped), pks(0..4), "page 2, which was in flight, among them");
        let next = on(stopped.then(), &api, &ARGS).run();
        assert_eq!(published(&next), pks(0..6));
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
    }
}

#[test]
fn a_signal_cuts_the_wait_before_the_next_try_short() {
    for (signal, status) in SIGNALS {
        let api = MockApi::start(Script::serving([maple()]).always(At::Page("maple", 2), Fault::error(503, "busy")));
        // Page 2 is refused, and the run waits half a minute to ask again.
        let args = ["run", "maple", "--retry-wait-ms", "30000", "--requests-per-minute", "60000"];
        let running = Reelframe::new().args(args).api(&api).key(KEY).status(status).spawn();
        api.wait_for_calls(2);
        running.signal(signal);
        let stopped = running.wait();
        assert_eq!(statuses(&stopped), [pair("maple", "partial")]);
        assert_eq!(published(&stopped), pks(0..2));
        assert_eq!(api.request_log().pages_of("maple"), [1, 2]);
    }
}

#[test]
fn a_second_signal_quits_at_once_and_the_next_run_has_lost_nothing() {
    for (signal, status) in SIGNALS {
        let api = MockApi::start(Script::serving([maple()]).once(At::Page("maple", 2), Fault::Hang));
        let mut running = run(&api, &["maple"]).status(status).spawn();
        api.wait_for_calls(2);
        signal_once(&mut running, signal);
        running.signal(signal);
        let quit = running.wait();
        // Had it waited for the grace to pass, page 1 would be published.
        assert!(!quit.path("reels/latest").exists());
        let next = on(quit.then(), &api, &["maple"]).run();
        assert_eq!(published(&next), pks(0..6));
        assert_eq!(api.request_log().pages_of("maple"), [1, 2, 2, 3]);
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_second_signal_quits_at_once_while_tables_are_made() {
    let api = MockApi::start(Script::serving([maple()]));
    let fetched = Reelframe::new().args(["fetch", "maple"]).api(&api).key(KEY).run();
    // A table that is never written to its end.
    let endless = on(fetched.then(), &api, &["maple"]).env("REELFRAME_FAIL_DISK", "/reels.parquet:HANG");
    let mut running = endless.status(143).spawn();
    running.wait_until_said("reels.parquet");
    signal_once(&mut running, "INT");
    running.signal("TERM");
    let quit = running.wait();
    assert!(!quit.path("reels/latest").exists());
    assert_eq!(published(&on(quit.then(), &api, &["maple"]).run()), pks(0..6));
    assert_eq!(api.request_log().pages_of("maple"), [1, 2, 3]);
}
