//! What a reader of folders meets: `observations/observed_month=*/*.parquet` is one whole run's at every instant, also
//! where runs are killed, merged and forgotten, and on file systems without links.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::file::reader::{FileReader, SerializedFileReader};
use testkit::mock_api::{MockApi, Script};
use testkit::store::Store;
use testkit::tables::files_with;

use super::{after_days, agrees, contents, folder, in_one_go, latest, replay, run_folders, store};
use crate::fetch::{maple, on, run};
use crate::harness::{Output, Reelframe, step};

/// The rows of what the pattern matches, read by somebody who follows the link once. `None` where the folder has gone
/// while it was read, as it may once two more runs are published.
fn rows_met(root: &Path) -> Option<u64> {
    let tree = fs::canonicalize(root.join("observations")).expect("the folder is never absent");
    let entries = |dir: &Path| Some(fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path()).collect::<Vec<_>>());
    let mut rows = 0;
    for month in entries(&tree)? {
        if month.ends_with("_delta_log") {
            continue;
        }
        for file in entries(&month)? {
            let reader = SerializedFileReader::new(File::open(file).ok()?).expect("a whole Parquet file");
            rows += u64::try_from(reader.metadata().file_metadata().num_rows()).expect("a number of rows");
        }
    }
    Some(rows)
}

/// How many observations each published run has.
fn rows_of_runs(root: &Path) -> BTreeSet<u64> {
    Store::new(root).runs().iter().map(|(_, manifest)| manifest.observation_rows()).collect()
}

/// Reads the folder again and again while something happens to the store, and returns the numbers of rows met.
fn met_during(root: &Path, happen: impl FnOnce()) -> BTreeSet<u64> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut met = BTreeSet::new();
            while !is_over.load(Ordering::Relaxed) {
                met.extend(rows_met(root));
            }
            met
        });
        // Also where it panics: the reader would never end.
        let happened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(happen));
        is_over.store(true, Ordering::Relaxed);
        let met = reader.join().expect("the reader has met a whole store");
        happened.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        met
    })
}

#[test]
#[ignore = "slow"]
fn slow_a_reader_of_the_folder_counts_one_whole_run_while_runs_are_made_killed_merged_and_forgotten() {
    read_while_killed(step(5));
}

fn read_while_killed(step: usize) {
    let output = after_days(1);
    let root = output.path("reels");
    let mut of_runs = rows_of_runs(&root);
    // Killed at one change on the disk after the other, mostly where links are swapped, until it comes to its end.
    let mut kill_until_done = |command: &dyn Fn(Reelframe) -> Reelframe| {
        for change in (45..).step_by(step) {
            let killed = command(output.then()).env("REELFRAME_FAIL_DISK", &format!("{change}:KILL"));
            let done = killed.any_status(&[0, 137]).run();
            of_runs.extend(rows_of_runs(&root));
            if done.status == 0 {
                return;
            }
        }
    };
    let met = met_during(&root, || {
        for number in 2..=3 {
            kill_until_done(&|command| replay(command, number));
            kill_until_done(&|command| command.arg("compact"));
        }
        kill_until_done(&|command| command.args(["rebuild", "--run-id", "again"]));
        output.then().args(["forget", "willow", "--yes"]).run();
    });
    of_runs.extend(rows_of_runs(&root));
    assert!(met.is_subset(&of_runs), "met {met:?} rows, but runs have {of_runs:?}");
    // 4, 5 and 6 reels of two accounts, day after day; then of one.
    assert_eq!(of_runs, BTreeSet::from([8, 18, 30, 15]));
    assert!(met.len() > 2, "only {met:?}: was the folder read while something happened?");
    agrees(&output);
}

#[test]
fn files_that_stay_are_linked_and_copied_only_where_links_cannot_be_made() {
    let output = after_days(2);
    let of_day = |output: &Output, day: &str| {
        let is_of_day =
            |path: &String| path.rsplit('/').next().is_some_and(|name| name.starts_with(&format!("202603{day}")));
        let path = folder(output).into_iter().find(is_of_day).expect("a file");
        fs::metadata(output.path("reels").join(path)).expect("it is there")
    };
    // In the tree before and in this one.
    assert_eq!((of_day(&output, "01").nlink(), of_day(&output, "02").nlink()), (2, 1));
    for errno in ["EXDEV", "EPERM"] {
        let output = after_days(2);
        replay(output.then(), 3).env("REELFRAME_FAIL_DISK", &format!("hard_link:{errno}")).run();
        // A copy of its own; the file of the second day is in the tree before alone besides.
        assert_eq!((of_day(&output, "01").nlink(), of_day(&output, "02").nlink()), (1, 1));
        assert_eq!(contents(&output), in_one_go(3));
        agrees(&output);
    }
}

#[test]
fn a_run_without_new_observations_keeps_the_tree() {
    let output = after_days(2);
    let before = latest(&output);
    // Pages that are known, on another clock.
    let zoned = output.then().args(["run", "--replay", "day2", "maple", "--timezone", "Asia/Tokyo"]).run();
    let after = latest(&zoned);
    assert!(after.run_id != before.run_id);
    assert_eq!((&after.observation_tree, &after.observations), (&before.observation_tree, &before.observations));
    agrees(&zoned);
    // Nor does that tree go once the run that made it is gone.
    let runs = replay(output.then(), 2).args(["--timezone", "Asia/Tokyo", "--keep-runs", "2"]).run();
    assert_eq!(latest(&runs).observation_tree, before.observation_tree);
    agrees(&runs);
}

#[test]
fn what_the_next_run_needs_lies_apart_from_the_tables() {
    let output = after_days(1);
    let run = fs::canonicalize(output.path("reels/latest")).unwrap();
    let names = |dir: &Path| -> BTreeSet<String> {
        let names = fs::read_dir(dir).unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(".parquet")).collect()
    };
    let tables = ["accounts", "days", "findings", "hashtags", "people", "profiles", "reels"]
        .map(|table| format!("{table}.parquet"));
    assert_eq!(names(&run), BTreeSet::from(tables));
    assert_eq!(names(&run.join("_state")), BTreeSet::from(["reels.parquet".to_owned()]));
    let listed = latest(&output).files.into_iter().filter(|file| file.path.starts_with('_'));
    assert_eq!(listed.map(|file| file.path).collect::<Vec<_>>(), ["_state/reels.parquet", "_state/logs.zst"]);
    // The tables, and the observations by way of their link.
    output.then().args(["lint", "reels"]).stdout("0 violations in 8 files\n").run();
    output.then().arg("verify").stdout_has("0 differences").run();
}

#[test]
fn verify_names_what_lies_in_the_folder_and_is_in_no_manifest() {
    let output = after_days(2);
    let file = output.path("reels").join(&folder(&output)[0]);
    fs::copy(&file, file.with_file_name("copy.parquet")).unwrap();
    output.then().arg("verify").status(4).stderr_has("copy.parquet: not an observation file of run").run();
    fs::remove_file(file.with_file_name("copy.parquet")).unwrap();
    let link = output.path("reels/observations");
    let other = fs::read_dir(output.path("reels/.observations")).unwrap().flatten().map(|entry| entry.file_name());
    let other = other.map(|name| Path::new(".observations").join(name));
    let other: Vec<PathBuf> = other.filter(|tree| *tree != fs::read_link(&link).unwrap()).collect();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&other[0], &link).unwrap();
    output.then().arg("verify").status(4).stderr_has("`observations` points to .observations/").run();
    // The next command that publishes puts it right, whatever else it does.
    replay(output.then(), 2).run();
    output.then().arg("verify").stdout_has("0 differences").run();
    agrees(&output);
}

#[test]
#[ignore = "slow"]
fn slow_without_links_latest_json_alone_leads_to_the_run_and_its_observations() {
    let without_links = |command: Reelframe| command.env("REELFRAME_FAIL_DISK", "symlink:EPERM");
    let first = without_links(replay(Reelframe::new(), 1)).stdout_has("Tables  reels/runs/2026").run();
    let root = first.path("reels");
    let met = |said: &Output| {
        assert_eq!(said.stderr.matches("file system without links").count(), 1, "{}", said.stderr);
        assert!(
            root.join("latest").symlink_metadata().is_err() && root.join("observations").symlink_metadata().is_err()
        );
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(root.join("latest.json")).expect("latest.json")).expect("JSON");
        let path = |key: &str| root.join(json[key].as_str().expect("a path"));
        assert!(path("path").join("_SUCCESS").is_file());
        testkit::delta::snapshot(&path("observations")).expect("a Delta log").files.len()
    };
    assert_eq!(met(&first), 1);
    let second = without_links(replay(first.then(), 2)).run();
    assert_eq!(met(&second), 2);
    for command in ["status", "report", "doctor"] {
        second.then().arg(command).any_status(&[0, 6]).stderr_lacks("does not point to a published run").run();
    }
    second.then().args(["query", "--format", "csv", "SELECT COUNT(*) AS n FROM observations"]).stdout("n\n18\n").run();
    without_links(second.then().arg("verify")).stdout_has("0 differences").run();
    let back = run_folders(&root).remove(0);
    without_links(second.then().args(["rebuild", "--rollback", &back])).run();
    second.then().args(["query", "--format", "csv", "SELECT COUNT(*) AS n FROM observations"]).stdout("n\n8\n").run();
    // Where links can be made again, they are.
    let third = replay(second.then(), 3).run();
    assert_eq!(contents(&third), in_one_go(3));
    agrees(&third);
    // And where a file system loses them, none is left that leads to an old run.
    // (The days after the rollback came in one run, and so in one file.)
    let fourth = without_links(replay(third.then(), 4)).run();
    assert_eq!(met(&fourth), 3);
}

#[test]
fn what_stands_in_the_place_of_a_link_stops_a_run_before_its_first_request() {
    let api = MockApi::start(Script::serving([maple()]));
    let output = run(&api, &["maple"]).run();
    let calls = api.request_log().calls().len();
    let link = output.path("reels/latest");
    fs::remove_file(&link).unwrap();
    fs::create_dir(&link).unwrap();
    on(output.then(), &api, &["maple"]).status(2).stderr_has("latest is a folder; it has to be a link").run();
    assert_eq!(api.request_log().calls().len(), calls);
    fs::remove_dir(&link).unwrap();
    on(output.then(), &api, &["maple"]).run();
    agrees(&output);
}

#[test]
fn a_forgotten_account_is_in_the_tree_before_until_the_next_run_is_published() {
    let output = after_days(2);
    let named = |output: &Output| files_with(&output.path("reels/.observations"), "willow").len();
    let forgotten = output.then().args(["forget", "willow", "--yes"]).stderr_has("reels/.observations").run();
    agrees(&forgotten);
    assert!(named(&forgotten) > 0);
    replay(output.then(), 3).arg("maple").run();
    assert_eq!(named(&output), 0);
    assert_eq!(store(&output).accounts(), ["maple"]);
}
