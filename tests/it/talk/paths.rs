//! Files and folders in each other's place: exit 2 with a hint, before any request.

use testkit::mock_api::{KEY, MockApi, Script};
use testkit::tables::tree;

use super::store;
use crate::fetch::{RETRY_ARGS, maple};
use crate::harness::Reelframe;

#[test]
fn a_file_for_a_folder_and_a_folder_for_a_file_are_usage_errors_for_every_flag() {
    let api = MockApi::start(Script::serving([maple()]));
    let new = || Reelframe::new().file("file", "x").file("folder/x", "x").private_file("folder/key", "x");
    let file = "a file, where a folder is needed";
    let folder = "a folder, where a file is needed";
    for (words, flag, what) in [
        (&["run", "maple", "--store", "file"][..], "--store file", file),
        (&["run", "maple", "--store", "file/below"], "--store file/below", "file is a file"),
        (&["fetch", "maple", "--store", "file"], "--store file", file),
        (&["run", "maple", "--queries", "file"], "--queries file", file),
        (&["run", "--accounts", "folder"], "--accounts folder", folder),
        (&["run", "maple", "--api-key-file", "folder"], "--api-key-file folder", folder),
        (&["run", "maple", "--config", "folder"], "--config folder", folder),
        (&["export", "--replay", "folder", "--out", "file"], "--out file", file),
        (&["report", "--out", "folder"], "--out folder", folder),
        (&["report", "--out", "folder"], "--out folder", "--per-account"),
        (&["report", "--queries", "file"], "--queries file", file),
        (&["report", "--per-account", "--format", "html", "--out", "file"], "--out file", file),
        (&["query", "overview", "--out", "folder"], "--out folder", folder),
        (
            &["query", "overview", "--out", "none/x.csv"],
            "--out none/x.csv",
            "no folder none\nhint: create it first: mkdir -p none",
        ),
        (&["report", "--out", "none/x.md"], "--out none/x.md", "no folder none\nhint: create it first: mkdir -p none"),
        (&["query", "folder"], "folder", "a folder"),
        (&["query", "overview", "--store", "file"], "--store file", file),
        (&["status", "--store", "file"], "--store file", file),
        (&["verify", "--store", "file"], "--store file", file),
        (&["rebuild", "--store", "file"], "--store file", file),
        (&["rebuild", "--queries", "file"], "--queries file", file),
        (&["compact", "--store", "file"], "--store file", file),
        (&["forget", "maple", "--yes", "--store", "file"], "--store file", file),
    ] {
        let command = new().args(words.iter().copied()).key(KEY).status(2);
        let fetches = ["run", "fetch"].contains(&words[0]);
        let command = if fetches { command.args(RETRY_ARGS.iter().copied()).api(&api) } else { command };
        command.stderr_has(flag).stderr_has(what).stderr_has("hint: ").run();
    }
    new().file("own.sql/x", "").args(["query", "own.sql"]).status(2).stderr_has("own.sql: a folder").run();
    assert_eq!(api.request_log().calls().len(), 0);
}

#[test]
fn a_replay_of_a_store_names_where_its_pages_are() {
    let (_, store) = store();
    let replay = |path: &str| store.then().args(["run", "--store", "second", "--replay", path]);
    replay("reels").status(2).stderr_has("hint: use --replay reels/raw").run();
    assert!(!store.path("second").exists());
    replay("reels/raw").run();
    assert_eq!(store.table_of("second", "reels").len(), 8);
}

#[test]
fn nothing_is_written_into_a_store_from_outside() {
    let (_, store) = store();
    let before = tree(&store.path("reels"));
    for out in ["reels", "reels/raw", "reels/raw/new", "reels/runs", "reels/latest", "reels/observations/x", "reels/x"]
    {
        let export = store.then().args(["export", "--out", out]).status(2);
        export.stderr_has("inside the store").stderr_has("hint: choose a folder outside the store").run();
    }
    for out in ["reels/latest/mine.txt", "reels/raw/mine.txt", "reels/.mine"] {
        store.then().args(["report", "--out", out]).status(2).stderr_has("inside the store").run();
        store.then().args(["query", "overview", "--out", out]).status(2).stderr_has("inside the store").run();
    }
    assert_eq!(tree(&store.path("reels")), before);
    // Beside what is the store's own a report may lie, and an export beside the store.
    store.then().args(["report", "--out", "reels/mine.txt"]).stdout("reels/mine.txt\n").run();
    store.then().args(["export", "--out", "."]).run();
}
