//! A clock that is wrong, stands still or goes back: runs and observations keep the order in which they were made.

use testkit::mock_api::{At, Fault, MockApi, Script};
use testkit::tables::column;

use super::{maple, on, pair, pks, published, run, statuses, willow};
use crate::harness::{Output, Reelframe};

const CLOCK: &str = "REELFRAME_CLOCK";

fn at(command: Reelframe, clock: &str) -> Reelframe {
    command.env(CLOCK, clock)
}

fn latest(output: &Output) -> String {
    let target = std::fs::read_link(output.path("reels/latest")).expect("a published run");
    target.file_name().expect("a name").to_string_lossy().into_owned()
}

fn logs(output: &Output, account: &str) -> Vec<String> {
    let entries = std::fs::read_dir(output.path(&format!("reels/raw/{account}"))).expect("an account");
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The run that each row of `reels` is from is the latest one.
#[track_caller]
fn assert_rows_are_the_latest_runs(output: &Output) {
    let latest = latest(output);
    assert_eq!(published(output), pks(0..6));
    assert_eq!(column(&output.table("reels"), "run_id"), vec![latest; 6]);
}

#[test]
#[ignore = "slow"]
fn slow_a_clock_in_2040_is_corrected_by_the_api() {
    let date = Fault::Headers(vec![("date", "Fri, 06 Nov 2026 06:00:00 GMT".to_owned())]);
    let api = MockApi::start(Script::serving([maple(), willow()]).always(At::EveryCall, date));
    let wrong = at(run(&api, &["maple", "willow", "nobody"]), "2040-01-01T00:00:00Z").status(3).run();
    let warning = "this machine's clock says 2040-01-01T00:00:00.000Z, the API's 2026-11-06T06:00:00.000Z";
    assert_eq!(wrong.stderr.matches(warning).count(), 1, "{}", wrong.stderr);
    for account in ["maple", "willow", "nobody"] {
        assert_eq!(logs(&wrong, account), ["20261106T060000000Z.ndjson.zst"]);
    }
    assert_eq!(latest(&wrong), "20261106T060000000Z");
    assert_eq!(statuses(&wrong), [pair("maple", "complete"), pair("nobody", "not_found"), pair("willow", "complete")]);
    let observed: Vec<String> = wrong.table("reels").iter().map(|row| row["observed_at"].to_string()).collect();
    assert!(observed.iter().all(|at| at.contains("2026-11-06")), "{observed:?}");
    api.end_faults();
    let next = at(on(wrong.then(), &api, &["maple"]), "2026-11-07T06:00:00Z").run();
    assert_eq!(latest(&next), "20261107T060000000Z");
    let rows = next.table("reels");
    let of_maple: Vec<_> = rows.iter().filter(|row| row["account"] == "maple").map(|row| &row["run_id"]).collect();
    assert_eq!(of_maple, ["20261107T060000000Z"; 6]);
}

#[test]
#[ignore = "slow"]
fn slow_a_run_has_one_name_whatever_the_api_says_of_the_time() {
    let date = ("date", "Thu, 01 May 2031 06:00:00 GMT".to_owned());
    let from_a_cache = vec![date.clone(), ("age", "86400".to_owned())];
    let once = |calls: &[usize]| {
        let script = Script::serving([maple(), willow()]);
        calls.iter().fold(script, |script, call| script.once(At::Call(*call), Fault::Headers(vec![date.clone()])))
    };
    let cached = Script::serving([maple(), willow()]).always(At::EveryCall, Fault::Headers(from_a_cache));
    for (script, is_believed) in
        [(once(&[1]), false), (once(&[2]), false), (once(&[1, 2]), true), (once(&[3, 4]), true), (cached, false)]
    {
        let api = MockApi::start(script);
        let output = at(run(&api, &["maple", "willow", "--concurrency", "1"]), "2026-11-27T06:00:00Z").run();
        let warning = "this machine's clock says 2026-11-27T06:00:00.000Z, the API's 2031-05-01T06:00:00.000Z";
        assert_eq!(output.stderr.contains(warning), is_believed, "{}", output.stderr);
        assert_eq!(latest(&output), "20261127T060000000Z");
        for table in ["accounts", "reels"] {
            let run_ids = column(&output.table(table), "run_id");
            assert!(run_ids.iter().all(|id| id == "20261127T060000000Z"), "{table}: {run_ids:?}");
        }
        output.then().arg("verify").run();
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_run_under_a_clock_that_stands_still_or_goes_back_is_a_new_run() {
    let api = MockApi::start(Script::serving([maple()]));
    let mut output = at(run(&api, &["maple"]), "2026-11-27T06:00:00Z").run();
    for (clock, expected) in [
        ("2026-11-27T06:00:00Z", "20261127T060000000Z~2"),
        ("2026-11-27T06:00:00Z", "20261127T060000000Z~3"),
        ("2026-11-27T04:30:00Z", "20261127T043000000Z"),
    ] {
        output = at(on(output.then(), &api, &["maple"]), clock).run();
        assert_eq!(latest(&output), expected);
        assert_rows_are_the_latest_runs(&output);
    }
    assert_eq!(api.request_log().calls().len(), 4 * 3);
    let observed = column(&output.then().args(["rebuild"]).run().table("accounts"), "observed_at");
    assert!(observed[0].to_string().contains("2026-11-27"), "{observed:?}");
}
#[test]
#[ignore = "slow"]
fn slow_a_run_in_2040_does_not_freeze_the_latest_one() {
    let api = MockApi::start(Script::serving([maple()]));
    let wrong = at(run(&api, &["maple"]), "2040-01-01T00:00:00Z").run();
    let ahead = "this page log says 2040-01-01T00:00:00";
    let right = at(on(wrong.then(), &api, &["maple"]), "2026-11-27T06:00:00Z").stderr_has(ahead).run();
    assert_eq!(latest(&right), "20261127T060000000Z");
    assert_rows_are_the_latest_runs(&right);
    assert!(right.stderr.contains("this crawl is dated 2040-01-01T00:00:00.000Z"), "{}", right.stderr);
    let names = ["20400101T000000000Z.ndjson.zst", "20400101T000000001Z_20261127T060000000Z.ndjson.zst"];
    assert_eq!(logs(&right, "maple"), names);
    // Nor does it make a crawl that was cut short cost twice.
    api.add(At::Call(9), Fault::PaymentRequired);
    let cut = at(on(right.then(), &api, &["maple"]), "2026-11-28T06:00:00Z").status(7).run();
    let began = latest(&cut);
    let next = at(on(cut.then(), &api, &["maple"]), "2026-11-28T07:00:00Z").run();
    assert_eq!(api.request_log().pages_of("maple")[6..], [1, 2, 3, 3]);
    let first_pages = column(&next.table("reels"), "run_id");
    assert_eq!(first_pages, vec![began; 6], "a crawl that is resumed is of the run that began it");
    let rebuilt = next.then().arg("rebuild").run();
    assert_eq!(column(&rebuilt.table("reels"), "run_id"), first_pages);
    rebuilt.then().arg("verify").run();
}

#[test]
fn pages_that_are_still_to_come_are_not_replayed() {
    let api = MockApi::start(Script::serving([maple()]));
    let wrong = at(run(&api, &["maple"]), "2040-01-01T00:00:00Z").run();
    let replay = |args: &[&'static str]| {
        let command = wrong.then().args(["run", "--store", "second", "--replay"]).args(args.iter().copied());
        at(command, "2026-11-27T06:00:00Z")
    };
    let log = "20400101T000000000Z.ndjson.zst: its time is 2040-01-01T00:00:00.000Z, more than a day after";
    replay(&["reels/raw"]).status(4).stderr_has(log).run();
    assert!(!wrong.path("second/raw").exists(), "nothing of it is taken");
    let page = maple().pages[0].clone();
    std::fs::create_dir_all(wrong.path("saved/maple")).unwrap();
    std::fs::write(wrong.path("saved/maple/1.json"), page).unwrap();
    replay(&["saved", "--observed-at", "2026-11-28T06:00:01Z"]).status(2).stderr_has("--observed-at 2026-11-28").run();
    replay(&["saved", "--observed-at", "2026-11-28T06:00:00Z"]).run();
}
