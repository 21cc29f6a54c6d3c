//! The Delta log over the observations: a version for each change of the files, and none that is taken back.
//! (`folder` compares the log with the manifest wherever it is called, also after each kill.)

use std::fs;
use std::path::PathBuf;

use testkit::delta::{Snapshot, snapshot};
use testkit::tables::files_with;

use super::{after_days, agrees, contents, in_one_go, latest, replay, run_folders};
use crate::harness::{Output, Reelframe, step};
use crate::stores::copy_of;

fn log_of(output: &Output) -> Snapshot {
    snapshot(&output.path("reels/observations")).expect("a Delta log")
}

/// The version, once it is shown that the log has the rows of the manifest.
fn version(output: &Output) -> usize {
    agrees(output);
    let log = log_of(output);
    assert_eq!(log.files.values().sum::<u64>(), latest(output).observation_rows());
    log.version
}

fn log_files(output: &Output) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(output.path("reels/observations/_delta_log"))
        .expect("a log")
        .map(|entry| entry.expect("a log can be listed").path())
        .collect();
    files.sort();
    files
}

#[test]
#[ignore = "slow"]
fn slow_each_change_of_the_files_is_a_version_and_no_command_lowers_it() {
    let output = after_days(3);
    assert_eq!(version(&output), 2);
    assert_eq!((log_of(&output).adds, log_of(&output).removes), (3, 0), "a run adds its own file");
    let runs = run_folders(&output.path("reels"));
    // Published already: nothing new.
    replay(output.then(), 3).any_status(&[0]).run();
    output.then().args(["rebuild", "--rollback", &runs[2]]).run();
    assert_eq!(version(&output), 2);
    // Back, forward, and on from an old run.
    for (at, expected) in [(0, 3), (2, 4), (1, 5)] {
        output.then().args(["rebuild", "--rollback", &runs[at]]).run();
        assert_eq!(version(&output), expected);
        assert_eq!(contents(&output), in_one_go(at as u32 + 1));
    }
    replay(output.then(), 4).run();
    assert_eq!(version(&output), 6);
    assert_eq!(contents(&output), in_one_go(4));
    output.then().arg("compact").run();
    assert_eq!((version(&output), log_of(&output).files.len()), (7, 1));
    output.then().arg("compact").stdout_has("nothing to do").run();
    output.then().arg("rebuild").run();
    assert_eq!(version(&output), 8);
    output.then().args(["forget", "willow", "--yes"]).run();
    assert_eq!(version(&output), 9);
    replay(output.then(), 5).run();
    assert_eq!(version(&output), 10);
    output.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
fn the_log_says_nothing_of_an_account_that_was_forgotten() {
    let output = after_days(3);
    output.then().args(["forget", "willow", "--yes"]).run();
    assert_eq!(files_with(&output.path("reels/observations/_delta_log"), "willow"), [""; 0].map(PathBuf::from));
    version(&output);
}

#[test]
#[ignore = "slow"]
fn slow_a_store_without_a_log_gets_one_from_the_next_command() {
    for gone in [0, 1] {
        let output = after_days(2);
        // All of it, or what a killed command did not come to.
        let files = log_files(&output);
        files[gone..].iter().for_each(|path| fs::remove_file(path).expect("a file can be removed"));
        output.then().arg("compact").run();
        let versions = version(&output);
        assert!(versions >= 1 && log_of(&output).files.len() == 1, "{versions}");
        replay(output.then(), 3).run();
        assert_eq!(version(&output), versions + 1);
    }
}

#[test]
fn a_log_that_is_damaged_is_written_again_and_one_that_lies_is_a_difference() {
    let output = after_days(2);
    let newest = log_files(&output).pop().expect("a version");
    let whole = fs::read_to_string(&newest).expect("a version");
    let without_adds: Vec<&str> = whole.lines().filter(|line| !line.starts_with("{\"add\"")).collect();
    // The file is a link to that of no other tree: each has its own newest version.
    fs::write(&newest, without_adds.join("\n") + "\n").expect("a version can be written");
    output.then().arg("verify").status(4).stderr_has("_delta_log does not list the files of the run").run();
    replay(output.then(), 2).any_status(&[0]).run();
    assert_eq!(version(&output), 2);
    output.then().arg("verify").stdout_has("0 differences").run();
    let newest = log_files(&output).pop().expect("a version");
    fs::write(&newest, "{\"add\":").expect("a version can be written");
    output.then().arg("verify").status(4).stderr_has("_delta_log does not list the files of the run").run();
    let next = replay(output.then(), 3).stderr_has("is not understood, and is written again").run();
    assert_eq!(version(&next), 3, "the whole versions before it stay");
    next.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
fn a_run_id_with_any_character_is_found_through_the_log() {
    let output = Reelframe::new();
    let run_id = "manual__2026-03-01T00:00:00+00:00";
    let output = replay(output, 1).args(["--run-id", run_id]).run();
    let log = log_of(&output);
    let path = log.files.keys().next().expect("a file");
    assert!(path.is_ascii() && !path.contains([':', '+', ' ']), "{path}");
}

/// `run --replay` of a day, with Delta tables of all tables.
fn with_delta(command: Reelframe, number: u32) -> Reelframe {
    replay(command, number).args(["--format", "parquet,delta"])
}

const TABLES: [&str; 7] = ["reels", "hashtags", "people", "accounts", "profiles", "days", "findings"];

/// The version of `delta/reels`, once it is shown that each table has the file of the latest run and no other.
fn version_of_tables(output: &Output) -> usize {
    for table in TABLES {
        let dir = output.path("reels/delta").join(table);
        let log = snapshot(&dir).unwrap_or_else(|| panic!("{table} has no log"));
        let (name, rows) = log.files.first_key_value().expect("a file");
        assert_eq!(log.files.len(), 1, "{table}");
        let bytes = fs::read(dir.join(name)).expect("a file can be read");
        assert!(bytes == fs::read(output.path(&format!("reels/latest/{table}.parquet"))).expect("a table"), "{table}");
        let listed = latest(output).files.into_iter().find(|file| file.path == format!("{table}.parquet"));
        assert_eq!(Some(*rows), listed.and_then(|file| file.rows), "{table}");
    }
    snapshot(&output.path("reels/delta/reels")).expect("a log").version
}

fn parts(output: &Output) -> usize {
    let names = fs::read_dir(output.path("reels/delta/reels")).expect("a table").flatten();
    names.filter(|name| name.file_name().to_string_lossy().ends_with(".parquet")).count()
}

#[test]
#[ignore = "slow"]
fn slow_delta_tables_are_those_of_the_latest_run_and_an_old_file_stays_for_a_day() {
    let output = with_delta(Reelframe::new(), 1).run();
    assert_eq!((version_of_tables(&output), parts(&output)), (0, 1));
    let log = fs::read_to_string(output.path("reels/delta/reels/_delta_log/00000000000000000000.json")).expect("a log");
    assert!(!log.contains("posted_local") && log.contains("posted_at") && !log.contains("timestamp_ntz"));
    with_delta(output.then(), 2).run();
    assert_eq!((version_of_tables(&output), parts(&output)), (1, 2));
    with_delta(output.then(), 2).any_status(&[0]).run();
    assert_eq!(version_of_tables(&output), 1);
    let first = run_folders(&output.path("reels")).remove(0);
    output.then().args(["rebuild", "--rollback", &first]).run();
    assert_eq!(version_of_tables(&output), 2);
    // The second run's file has been gone for two days.
    let removing = output.path("reels/delta/reels/_delta_log/00000000000000000002.json");
    let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 86_400);
    fs::File::options().write(true).open(removing).expect("a version").set_modified(two_days_ago).expect("a time");
    with_delta(output.then(), 3).run();
    assert_eq!((version_of_tables(&output), parts(&output)), (3, 2));
    output.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
#[ignore = "slow"]
fn slow_delta_tables_that_are_not_of_the_run_are_a_difference_and_said() {
    let output = with_delta(Reelframe::new(), 1).run();
    fs::remove_dir_all(output.path("reels/delta/people")).expect("a table can be removed");
    output.then().arg("verify").status(4).stderr_has("delta/people is not the table of run").run();
    with_delta(output.then(), 1).any_status(&[0]).run();
    output.then().arg("verify").stdout_has("0 differences").run();
    let without = replay(output.then(), 2).stderr_has("the formats of run").run();
    without.then().arg("verify").stdout_has("0 differences").run();
    output.then().args(["export", "--out", "tables", "--format", "delta"]).status(2).stderr_has("a store has").run();
    output
        .then()
        .args(["export", "--out", "tables", "--format", "parquet,delta"])
        .stderr_has("delta is left out")
        .run();
}

#[test]
#[ignore = "slow"]
fn slow_a_forgotten_account_leaves_the_delta_tables_at_once() {
    let output = with_delta(with_delta(Reelframe::new(), 1).run().then(), 2).run();
    output.then().args(["forget", "willow", "--yes"]).run();
    assert_eq!((version_of_tables(&output), parts(&output)), (2, 1));
    assert_eq!(files_with(&output.path("reels/delta"), "willow"), [""; 0].map(PathBuf::from));
    // Tables of an earlier run go altogether.
    replay(output.then(), 3).run();
    output.then().args(["forget", "maple", "--yes"]).stderr_has("removing reels/delta/reels").run();
    assert_eq!(files_with(&output.path("reels/delta"), "maple"), [""; 0].map(PathBuf::from));
}

#[test]
#[ignore = "slow"]
fn slow_a_killed_forget_leaves_nothing_in_the_delta_tables_once_it_is_finished() {
    let template = with_delta(with_delta(Reelframe::new(), 1).run().then(), 2).run();
    for number in (1..).step_by(step(60)) {
        let kill = format!("{number}:KILL");
        let forget = copy_of(&template).args(["forget", "willow", "--yes"]).env("REELFRAME_FAIL_DISK", &kill);
        let output = forget.any_status(&[0, 137]).run();
        let has_begun = output.status == 0 || output.path("reels/.forgetting").is_dir();
        output.then().arg("compact").run();
        let left = files_with(&output.path("reels/delta"), "willow");
        assert!(!has_begun || left.is_empty(), "killed at change {number}: {left:?}");
        if output.status == 0 {
            break;
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_a_kill_at_any_change_of_a_run_leaves_whole_delta_tables() {
    kill_runs_with_delta(step(14));
}

fn kill_runs_with_delta(step: usize) {
    let template = with_delta(with_delta(Reelframe::new(), 1).run().then(), 2).run();
    for number in (1..).step_by(step) {
        let kill = format!("{number}:KILL");
        let output = with_delta(copy_of(&template), 3).env("REELFRAME_FAIL_DISK", &kill).any_status(&[0, 137]).run();
        for table in TABLES {
            let dir = output.path("reels/delta").join(table);
            let log = snapshot(&dir).expect("a log");
            let (name, _) = log.files.first_key_value().expect("a file");
            assert!(log.files.len() == 1 && dir.join(name).is_file(), "killed at change {number}: {table}");
        }
        if output.status == 0 {
            break;
        }
        with_delta(output.then(), 3).any_status(&[0]).run();
        assert_eq!(version_of_tables(&output), 2, "killed at change {number}");
    }
}
