//! Updates of the program: tables of an older version are rebuilt without a request, and the first layout of a store
//! becomes today's.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use testkit::mock_api::{KEY, MockApi, Script};
use testkit::store::edit_manifest;

use super::damage::{count, replace_in_manifest};
use super::{after_days, agrees, contents, in_one_go, latest, replay};
use crate::fetch::{maple, on, run, willow};
use crate::harness::Output;

/// The version of the tables as in a store of the program before.
fn age(output: &Output) {
    replace_in_manifest(output, "\"schema_version\": 7", "\"schema_version\": 1", true);
}

/// A store as version 1 left it: one folder of observations for all runs, with a file that no run lists, the state
/// beside the tables, and no `latest.json`.
pub(super) fn first_layout(days: u32) -> Output {
    let output = after_days(days);
    let root = output.path("reels");
    let tree = root.join(fs::read_link(root.join("observations")).unwrap());
    fs::remove_file(root.join("observations")).unwrap();
    fs::rename(tree, root.join("observations")).unwrap();
    fs::remove_dir_all(root.join(".observations")).unwrap();
    fs::remove_file(root.join("latest.json")).unwrap();
    for run in fs::read_dir(root.join("runs")).unwrap().flatten() {
        as_version_1(&run.path());
    }
    let file = root.join(&latest(&output).observations[0].path);
    fs::copy(&file, file.with_file_name("killed.parquet")).unwrap();
    output
}

fn as_version_1(run: &Path) {
    fs::rename(run.join("_state/reels.parquet"), run.join("_fold.parquet")).unwrap();
    fs::remove_dir_all(run.join("_state")).unwrap();
    edit_manifest(run, |manifest| {
        let tree = manifest.as_object_mut().unwrap().remove("observation_tree").unwrap();
        let rename = |file: &mut Value, from: &str, to: &str| {
            file["path"] = file["path"].as_str().unwrap().replace(from, to).into();
        };
        for file in manifest["observations"].as_array_mut().unwrap() {
            rename(file, tree.as_str().unwrap(), "observations");
        }
        let files = manifest["files"].as_array_mut().unwrap();
        files.retain(|file| file["path"] != "_state/logs.zst");
        files.iter_mut().for_each(|file| rename(file, "_state/reels", "_fold"));
        manifest["schema_version"] = 1.into();
    });
}

#[test]
#[ignore = "slow"]
fn slow_an_update_does_not_stop_a_nightly_run_and_costs_no_request() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple"]).run();
    let calls = api.request_log().calls().len();
    age(&output);
    let next = on(output.then(), &api, &["maple"]).stderr_has("columns of version 1").stderr_has("rebuilt in ").run();
    assert_eq!(api.request_log().calls().len(), 2 * calls, "{}", next.stderr);
    // Two nights, and the rebuild between them.
    assert_eq!((latest(&next).sequence, latest(&next).schema_version), (3, 7));
    assert_eq!(latest(&next).accounts[0].crawls, 2);
    agrees(&next);
    // A night without a key changes nothing.
    age(&output);
    output.then().args(["run", "maple"]).api(&api).status(6).stderr_lacks("rebuilt in ").run();
    assert_eq!((latest(&output).sequence, latest(&output).schema_version), (3, 1));
    // Quietly, where nothing is wrong.
    let quiet = on(output.then(), &api, &["maple"]).arg("-q").run();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn what_a_killed_run_fetched_before_an_update_is_not_fetched_again() {
    let api = MockApi::start(Script::serving([maple(), willow()]));
    let output = run(&api, &["maple"]).run();
    // A killed run leaves such crawls: ended, and in no published run.
    output.then().args(["fetch", "willow"]).api(&api).key(KEY).run();
    age(&output);
    let calls = api.request_log().calls().len();
    let next = on(output.then(), &api, &["willow"]).stderr_has("rebuilt in ").stdout_has("saved by resuming").run();
    assert_eq!(api.request_log().calls().len(), calls);
    assert_eq!(latest(&next).accounts.len(), 2);
    agrees(&next);
}

#[test]
fn an_update_says_whose_rows_it_has_to_leave_out() {
    let output = after_days(2);
    age(&output);
    let folder = output.path("reels/raw/willow");
    assert!(Command::new("mkfifo").arg(folder.join("20260309T060000000Z.ndjson")).status().unwrap().success());
    output.then().arg("rebuild").status(3).stderr_has("have columns of an older version and are left out").run();
    assert!(contents(&output).1.keys().all(|row| !row.contains("willow")));
}

#[test]
#[ignore = "slow"]
fn slow_a_replay_a_compaction_and_a_forgetting_bring_old_tables_up_to_date() {
    let output = after_days(2);
    age(&output);
    replay(output.then(), 3).stderr_has("rebuilt in ").run();
    assert_eq!(contents(&output), in_one_go(3));
    age(&output);
    // The run is there already, and so is the next command's work: only the columns were old.
    let old = latest(&output).run_id;
    let again = replay(output.then(), 3).stdout_has("published already").stderr_has("rebuilt in ");
    again.stderr_has("made of the same page logs").stderr_lacks("--rollback").run();
    assert_eq!(latest(&output).run_id, format!("{old}~2"));
    assert_eq!(contents(&output), in_one_go(3));
    age(&output);
    output.then().arg("compact").stdout_has("compacted").run();
    assert_eq!((contents(&output), latest(&output).observations.len()), (in_one_go(3), 1));
    age(&output);
    output.then().args(["forget", "willow", "--yes"]).run();
    let (manifest, rows) = (latest(&output), contents(&output).1);
    assert_eq!((manifest.schema_version, manifest.accounts.len()), (7, 1));
    assert!(rows.keys().all(|row| !row.contains("willow")));
    agrees(&output);
}

#[test]
fn readers_of_old_tables_work_where_they_can_and_say_what_to_do_where_not() {
    let output = after_days(2);
    let full = output.then().args(["status", "--format", "csv"]).run().stdout;
    age(&output);
    for command in [&["report"][..], &["query", "overview"]] {
        let refused = output.then().args(command.iter().copied()).status(2).stderr_has("columns of version 1");
        refused.stderr_has("rebuild`; the next `reelframe run` does the same").run();
    }
    fs::rename(output.path("reels"), output.path("other")).unwrap();
    output.then().args(["report", "--store", "other"]).status(2).stderr_has("rebuild --store other`").run();
    fs::rename(output.path("other"), output.path("reels")).unwrap();
    // All but the cost of an incremental crawl, and the age, which depends on the clock.
    let old = output.then().args(["status", "--format", "csv"]).run().stdout;
    let cells = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells.pop();
        let age: f64 = cells.remove(4).parse().unwrap();
        assert!(age > 0.0, "{line}");
        cells
    };
    let lines = |text: &str| text.lines().skip(1).map(cells).collect::<Vec<_>>();
    assert_eq!(lines(&old), lines(&full));
    assert!(old.lines().skip(1).all(|line| line.ends_with(',')), "{old}");
    output.then().args(["export", "--out", "tables"]).run();
    output.then().arg("verify").stdout_has("tables not compared").stdout_has("0 differences").run();
    output.then().args(["rebuild", "--from-run", &latest(&output).run_id]).status(2).stderr_has("version 1").run();
    // Rolling back to it rebuilds it.
    let run_id = latest(&output).run_id;
    output.then().args(["rebuild", "--rollback", &run_id]).stderr_has(&format!("again as run {run_id}~2")).run();
    assert_eq!((contents(&output), latest(&output).schema_version), (in_one_go(2), 7));
    agrees(&output);
}

#[test]
#[ignore = "slow"]
fn slow_the_first_layout_of_a_store_becomes_todays_and_no_row_is_doubled_or_lost() {
    for command in [&["run", "--replay", "day3"][..], &["rebuild"], &["compact"]] {
        let output = first_layout(2);
        count(&output).status(2).stderr_has("reelframe rebuild").run();
        let days = super::day(3).into_iter().fold(output.then(), |command, (path, log)| command.file(&path, log));
        let done = days.args(command.iter().copied()).run();
        assert_eq!(contents(&done), in_one_go(if command[0] == "run" { 3 } else { 2 }), "{command:?}");
        agrees(&done);
        assert!(fs::read_link(done.path("reels/observations")).is_ok());
        assert!(testkit::tables::tree(&done.path("reels")).keys().all(|path| !path.ends_with("killed.parquet")));
        done.then().arg("verify").stdout_has("0 differences").run();
    }
}
