//! Nothing in raw/ is ever overwritten, whatever lies there already.

use std::fs;
use std::path::{Path, PathBuf};

use testkit::mock_api::{KEY, MockApi, Script};
use testkit::tables::tree;

use super::{Crawl, after_days, contents, day, in_one_go, numbered, replay, store};
use crate::fetch::{RETRY_ARGS, maple, on, pks, published};
use crate::harness::{Output, Reelframe};

const PLANTED: &[u8] = b"somebody's file\n";

/// Plants a file at every path that a command creates or renames to, one a run, just before: what was planted in raw/
/// stays as it is.
fn plant_at_each_change(command: impl Fn() -> Reelframe) {
    let mut planted_in_raw = 0;
    for number in 1.. {
        let planting = command().env("REELFRAME_FAIL_DISK", &format!("{number}:PLANT"));
        let planted = planting.any_status(&[0, 2, 3, 4, 9]).run();
        let Some(change) = planted.stderr.lines().find_map(|line| line.strip_prefix("REELFRAME_FAIL_DISK: ")) else {
            assert!(planted_in_raw >= 2, "only {planted_in_raw} files were planted in raw/");
            return;
        };
        let path = Path::new(change.rsplit(' ').next().expect("a path"));
        let creates = change.starts_with("create reels") || change.starts_with("rename to ");
        if creates && path.starts_with("reels/raw") {
            planted_in_raw += 1;
            assert_eq!(fs::read(planted.path(&path.to_string_lossy())).unwrap(), PLANTED, "{change}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_no_file_in_raw_is_written_over_by_a_crawl() {
    let api = MockApi::start(Script::serving([maple()]));
    plant_at_each_change(|| {
        let command = Reelframe::new().args(["fetch", "maple"]).args(RETRY_ARGS.iter().copied());
        command.api(&api).key(KEY)
    });
}

#[test]
fn no_file_in_raw_is_written_over_by_an_import() {
    plant_at_each_change(|| {
        let command = day(1).into_iter().fold(Reelframe::new(), |command, (path, log)| command.file(&path, log));
        command.args(["fetch", "maple", "--replay", "day1"])
    });
}

#[test]
fn a_partial_of_a_restored_backup_replaces_no_log_and_is_not_paid_for_again() {
    let api = MockApi::start(Script::serving([maple()]));
    let first = Reelframe::new().args(["fetch", "maple"]).api(&api).key(KEY).run();
    let whole = store(&first).logs("maple").remove(0);
    let bytes = fs::read(&whole).unwrap();
    // The backup was made when two pages were in: start line and two of three pages.
    let mut cut = 0;
    for _ in 0..3 {
        cut += zstd::zstd_safe::find_frame_compressed_size(&bytes[cut..]).expect("a frame");
    }
    let mut partial = whole.clone();
    partial.as_mut_os_string().push(".partial");
    fs::write(&partial, &bytes[..cut]).unwrap();
    let calls = api.request_log().calls().len();
    let second = on(first.then(), &api, &["maple"]).stderr_has("was beside the whole log").run();
    assert_eq!(api.request_log().calls().len(), calls);
    assert_eq!(published(&second), pks(0..6));
    assert_eq!(fs::read(&whole).unwrap(), bytes);
    let aside: Vec<PathBuf> = store(&second).logs("maple").into_iter().filter(|log| *log != whole).collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(&aside[0]).unwrap(), bytes[..cut]);
    // Each page counts once, and it is said once.
    assert_eq!(second.table("accounts")[0]["pages"], 3);
    on(second.then(), &api, &["maple"]).stderr_lacks("was beside").run();
    second.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
fn what_a_killed_import_left_is_removed_and_imported_again() {
    let output = after_days(1);
    let left = output.path("reels/raw/maple/20260302T060000000Z.importing");
    fs::write(&left, "half a log").unwrap();
    let next = replay(output.then(), 2).run();
    assert!(!left.exists());
    assert_eq!(contents(&next), in_one_go(2));
}

#[test]
fn logs_that_are_united_keep_what_lies_there() {
    let log = |account: &str| {
        let pages = [vec![numbered(1).owner("777", account)]];
        Crawl { account, day: 1, pages: &pages, status: Some("complete"), zone: "UTC" }.log()
    };
    let command = Reelframe::new().file("in/a.ndjson", log("old")).file("in/b.ndjson", log("new"));
    let output = command.args(["fetch", "--replay", "in"]).run();
    let logs = |output: &Output| {
        let mut logs: Vec<String> = tree(&output.path("reels/raw")).into_values().collect();
        logs.sort();
        logs
    };
    let before = logs(&output);
    output.then().arg("rebuild").run();
    assert_eq!((logs(&output), store(&output).accounts().len()), (before, 1));
}
