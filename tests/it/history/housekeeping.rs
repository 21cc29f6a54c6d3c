//! The commands that look after a store: status, rebuild, compact, forget.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::tables::{files_with, tree};

use super::{Crawl, after_days, agrees, contents, folder, in_one_go, latest, numbered, replay, run_folders, store};
use crate::harness::{Output, Reelframe};

fn status(output: &Output) -> Vec<Value> {
    let printed = output.then().args(["status", "--format", "json"]).run();
    let mut rows: Vec<Value> = serde_json::from_str(&printed.stdout).expect("a JSON list");
    for row in &mut rows {
        // Against the clock: 2026-03-01 is long ago.
        let hours = row.as_object_mut().and_then(|row| row.remove("hours_since_observed")).expect("its age");
        assert!(hours.as_f64() > Some(1_000.0), "{hours}");
    }
    rows
}

fn latest_tree(output: &Output) -> String {
    latest(output).observation_tree.expect("a tree")
}

#[test]
fn status_shows_each_account_and_what_a_crawl_would_cost() {
    let output = after_days(2);
    // On the third day only maple was crawled, and that crawl was killed after its first page.
    let pages = [vec![numbered(17)]];
    let crawl = Crawl { account: "maple", day: 4, pages: &pages, status: None, zone: "UTC" };
    let command = output.then().file("day4/maple.ndjson", crawl.log());
    command.args(["fetch", "--replay", "day4"]).run();
    let of_maple = json!({
        "account": "maple", "status": "complete", "last_complete_at": "2026-03-02T06:00:00Z", "hours_behind": 0.0,
        "unpublished_pages": 0, "reels": 5, "crawls": 2, "observations": 9, "full_calls": 2, "incremental_calls": 2,
    });
    // The crawl is too old to be resumed; within a hundred years it could be.
    assert_eq!(status(&output)[0], of_maple);
    let printed = output.then().args(["status", "--format", "json", "--resume-within", "36500d"]).run();
    assert!(printed.stdout.contains(r#""unpublished_pages":1"#), "{}", printed.stdout);
    // Once published the account has one more crawl; the other one is as far behind as the last refresh was before.
    replay(output.then(), 5).arg("maple").run();
    let rows = status(&output);
    assert_eq!((&rows[0]["hours_behind"], &rows[0]["crawls"]), (&json!(0.0), &json!(4)));
    assert_eq!((&rows[1]["account"], &rows[1]["hours_behind"]), (&json!("willow"), &json!(72.0)));
    output.then().arg("status").stdout_has("willow").run();
}

#[test]
fn status_and_compact_of_a_store_without_runs_say_what_to_do() {
    for command in ["status", "compact", "verify"] {
        Reelframe::new().arg(command).status(2).stderr_has("there is no store").stderr_has("reelframe run").run();
    }
    Reelframe::new().arg("rebuild").status(2).stderr_has("there is no store").run();
}

#[test]
fn a_rebuild_gives_the_same_bytes_from_all_pages_and_from_a_run() {
    let output = after_days(3);
    let before = contents(&output);
    let first = run_folders(&output.path("reels")).remove(0);
    output.then().arg("rebuild").stdout_has("rebuilt").run();
    assert_eq!(contents(&output), before);
    // The first run's tables, and the two days that came later on top of them.
    output.then().args(["rebuild", "--from-run", &latest(&output).run_id, "--run-id", "again"]).run();
    assert_eq!((contents(&output), latest(&output).run_id.as_str()), (before.clone(), "again"));
    // Its observation file is gone since the rebuild before, and so nothing can be built on it.
    output.then().args(["rebuild", "--from-run", &first]).status(2).stderr_has(&first).run();
    output.then().args(["rebuild", "--from-run", "nothing"]).status(2).stderr_has("no published run").run();
    assert_eq!(contents(&output), before);
}

#[test]
fn a_rebuild_from_an_old_run_applies_newer_pages() {
    let output = after_days(3);
    let first = run_folders(&output.path("reels")).remove(0);
    output.then().args(["rebuild", "--from-run", &first]).run();
    assert_eq!(contents(&output), in_one_go(3));
    // The observations of the later days are in a file of the rebuild, those of the first day where they were.
    let files = latest(&output).observations;
    assert_eq!(files.iter().filter(|file| file.path.ends_with(&format!("{first}.parquet"))).count(), 1);
    assert_eq!(files.len(), 2);
}

#[test]
fn compact_makes_one_file_of_a_month_and_the_next_run_removes_the_old_tree() {
    let output = after_days(3);
    let before = contents(&output);
    let is_rows = |path: &PathBuf| path.extension().is_some_and(|end| end == "parquet");
    let in_trees = |output: &Output| tree(&output.path("reels/.observations")).into_keys().filter(is_rows).count();
    let files = |output: &Output| (folder(output).len(), in_trees(output));
    // Those of the newest run, and besides them those of the run before.
    assert_eq!(files(&output), (3, 3 + 2));
    let compacted = output.then().arg("compact").stdout_has("compacted").run();
    assert_eq!(contents(&output), before);
    assert_eq!(files(&output), (1, 1 + 3), "readers of the run before have theirs");
    agrees(&compacted);
    output.then().arg("compact").stdout_has("nothing to do").run();
    replay(output.then(), 4).run();
    assert_eq!(files(&output), (2, 2 + 1));
    assert_eq!(contents(&output), in_one_go(4));
}

#[test]
fn an_account_that_is_forgotten_is_in_no_page_no_reading_and_no_table() {
    let output = after_days(2);
    output.then().args(["forget", "willow"]).status(2).stderr_has("--yes").run();
    output.then().args(["forget", "oak", "--yes"]).status(2).stderr_has("maple, willow").run();
    assert_eq!(store(&output).accounts(), ["maple", "willow"]);
    output.then().args(["forget", "@willow", "--yes", "--keep-runs", "2"]).stderr_has("older runs still contain").run();
    assert_eq!(store(&output).accounts(), ["maple"]);
    assert!(contents(&output).1.keys().all(|row| !row.contains("willow")));
    assert!(output.table("reels").iter().all(|row| row["account"] == "maple"));
    assert_eq!(latest(&output).requested, ["maple"]);
    agrees(&output);
    let held = files_with(&output.path("reels/.observations"), "willow");
    assert!(held.iter().all(|path| !path.starts_with(output.path("reels").join(latest_tree(&output)))), "{held:?}");
    // Two runs later nothing of it is left.
    for number in [3, 4] {
        replay(output.then(), number).args(["maple", "--keep-runs", "2"]).run();
    }
    assert_eq!(files_with(&output.path("reels"), "willow"), [""; 0].map(std::path::PathBuf::from));
    output.then().arg("verify").stdout_has("0 differences").run();
}
