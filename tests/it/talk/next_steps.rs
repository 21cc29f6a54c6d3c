//! What a summary proposes works as it is printed.

use std::process::Command;

use testkit::mock_api::{KEY, MockApi, Script};

use super::store;
use crate::fetch::{RETRY_ARGS, maple, on, run};
use crate::harness::{Output, Reelframe};

/// Types the command behind a word of the summary into a shell.
fn typed(output: &Output, word: &str) -> String {
    let line =
        output.stdout.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_else(|| panic!("{}", output.stdout));
    let program = env!("CARGO_BIN_EXE_reelframe");
    let script = line.trim().replacen("reelframe", program, 1);
    let ran = Command::new("sh").arg("-c").arg(&script).current_dir(output.dir()).output().expect("a shell");
    assert!(ran.status.success(), "{script}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8")
}

#[test]
#[ignore = "slow"]
fn slow_the_next_step_can_be_typed_as_it_stands_whatever_the_store_is_called() {
    let api = MockApi::start(Script::serving([maple()]));
    let other = run(&api, &["maple", "--store", "it's my store"]).run();
    assert!(typed(&other, "Query ").contains("maple"));
    let report = other.then().args(["report", "--store", "it's my store"]).run();
    assert!(typed(&report, "Query ").contains("maple"));
    typed(&report, "Read ");
    assert!(other.path("report.html").is_file());
    // After fetch the pages wait for tables.
    let args = ["fetch", "maple", "--store", "my pages"];
    let fetched = other.then().args(args).args(RETRY_ARGS.iter().copied()).api(&api).key(KEY);
    let fetched = fetched.stdout_has("Build   reelframe rebuild --store 'my pages'\n").run();
    assert!(typed(&fetched, "Build ").contains("6 reels"));
}

#[test]
fn what_cargo_has_started_is_started_by_cargo_again() {
    let api = MockApi::start(Script::serving([maple()]));
    let by_cargo = run(&api, &["maple"]).env("CARGO", "/usr/bin/cargo");
    by_cargo.stdout_has("Query   cargo run -- query overview\n").run();
    run(&api, &["maple"]).stdout_has("Query   reelframe query overview\n").run();
}

#[test]
#[ignore = "slow"]
fn slow_numbers_and_nouns_agree() {
    let api = MockApi::start(Script::serving([maple()]));
    let one = run(&api, &["maple", "--max-pages", "1"]).run();
    assert!(
        one.stdout.contains("1 call · 0 saved by resuming · 0 saved by --refresh-window · 1 new page · 0 retries"),
        "{}",
        one.stdout
    );
    let args = ["fetch", "maple", "--max-pages", "1"];
    let fetch = one.then().args(args).args(RETRY_ARGS.iter().copied()).api(&api).key(KEY);
    fetch.stdout_has("1 new page in reels/raw\n").run();
    let (_, store) = store();
    store.then().arg("verify").stdout_has(" of 1 run and their observations").run();
    store.then().args(["export", "maple", "--out", "tables"]).stdout("6 reels of 1 account in tables\n").run();
    store.then().args(["lint", "tables/reels.parquet"]).stdout("0 violations in 1 file\n").run();
}

#[test]
fn a_date_in_the_future_and_a_window_of_minutes_are_warned_of() {
    let api = MockApi::start(Script::serving([maple()]));
    let dry = |args: &[&str]| on(Reelframe::new(), &api, &["maple", "--dry-run"]).args(args.iter().copied());
    dry(&["--since", "2999-01-01"]).stderr_has("WARN").stderr_has("is in the future").run();
    dry(&["--refresh-window", "5m"]).stderr_has("WARN").stderr_has("5 min is under an hour").run();
    let fine = dry(&["--refresh-window", "1d", "--since", "2026-01-01"]).run();
    assert_eq!(fine.stderr, "");
}

#[test]
fn the_age_of_the_newest_run_is_said_against_the_clock() {
    let (api, store) = store();
    let rows = store.then().args(["status", "--format", "json"]).run().stdout;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).expect("JSON");
    let hours: Vec<f64> = rows.iter().map(|row| row["hours_since_observed"].as_f64().expect("a number")).collect();
    assert!(hours.len() == 2 && hours.iter().all(|hours| (0.0..1.0).contains(hours)), "{hours:?}");
    store.then().arg("status").stdout_has(": newest observation ").stdout_has(" minute").run();
    let doctor = |store: &Output| store.then().args(["doctor", "maple"]).api(&api).key(KEY);
    doctor(&store).stdout_has("ok    latest run").stdout_has("its newest observation was ").stdout_has(" minute").run();
    let page = testkit::pages::wrapped_page(&[testkit::pages::reel(100)], None);
    let old = Reelframe::new().file("maple/1.json", page);
    let old = old.args(["run", "--replay", "maple", "--observed-at", "2026-03-03T06:00:00Z"]).run();
    doctor(&old).stdout_has("warn  latest run").stdout_has(" days ago\n").stdout_has("`reelframe run`").run();
    old.then().arg("status").stdout_has(" days ago\n").run();
    let quiet = doctor(&old).arg("-q").stderr_has("latest run").run();
    assert_eq!(quiet.stdout, "");
}
