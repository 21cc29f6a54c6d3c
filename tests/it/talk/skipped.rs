//! Files of a replay that are no pages: named and left out, and the rest is read.

use serde_json::json;
use testkit::pages::{reel, wrapped_page};
use testkit::tables::{column, read_parquet};

use super::object;
use crate::harness::Reelframe;

const AT: [&str; 2] = ["--observed-at", "2026-03-03T00:00:00Z"];

fn page(pk: u64) -> String {
    wrapped_page(&[reel(pk)], None)
}

/// Pages of maple among all that is none.
fn mixed(words: &[&str]) -> Reelframe {
    Reelframe::new()
        .args(words.iter().copied())
        .file("in/maple/1.json", page(100))
        .file("in/maple/2.json", page(200))
        .file("in/maple/notes.json", "{\"todo\": []}")
        .file("in/maple/gateway.json", "<html>busy</html>")
        .file("in/maple/binary.json", [0xFF, 0xFE, 0x00])
        .file("in/maple/packed.json.zst", "not packed")
        .file("in/maple/lines.ndjson", format!("{}\nnonsense\n{{}}\n", page(300)))
        .file("in/settings of mine/state.json", "{}")
        .args(["--replay", "in"])
        .args(AT)
}

const NAMES: [&str; 6] =
    ["notes.json", "gateway.json", "binary.json", "packed.json.zst", "lines.ndjson", "settings of mine/state.json"];

#[test]
fn what_is_no_page_is_named_and_the_rest_is_published() {
    let output = mixed(&["run"]).status(3).stderr_has("a list `items`").run();
    for name in NAMES {
        let file = if name.contains('/') { format!("in/{name}") } else { format!("in/maple/{name}") };
        // Damage has words of its own before the name.
        let lines = output.stderr.lines().filter(|line| line.contains("skipped: ") && line.contains(&file));
        assert_eq!(lines.count(), 1, "{file}: {}", output.stderr);
    }
    assert!(output.stderr.contains("lines.ndjson, line 2") && output.stderr.contains("(and 1 more of its lines)"));
    assert_eq!(column(&output.table("reels"), "reel_id"), ["100", "200", "300"]);
    assert_eq!(column(&output.table("accounts"), "account"), ["maple"]);
    // A second time it is published already, and the files are no better.
    let again = output.then().args(["run", "--replay", "in"]).args(AT).status(3);
    again.stdout_has("published already").stderr_has("notes.json").run();
    let end = output.then().args(["run", "--replay", "in", "--log-format", "json"]).args(AT).status(3).run();
    let end = object(&end, false);
    assert_eq!(end["skipped"].as_array().map(Vec::len), Some(NAMES.len()), "{end}");
    assert!(end["error"]["hint"].to_string().contains("a list `items`"), "{end}");
    let end = object(&output.then().args(["fetch", "--replay", "in", "--log-format", "json"]).status(3).run(), false);
    assert_eq!(end["skipped"].as_array().map(Vec::len), Some(NAMES.len()));
}

#[test]
fn an_export_straight_from_pages_leaves_the_same_out() {
    let output = mixed(&["export", "--out", "tables"]).status(3).stderr_has("notes.json").run();
    output.then().args(["run", "--replay", "in"]).args(AT).status(3).run();
    for table in ["reels", "accounts", "findings"] {
        let exported = read_parquet(&output.path(&format!("tables/{table}.parquet")));
        let rows: Vec<_> = output.table(table);
        // The run of pages from nowhere has a name of its own.
        let without_run = |rows: Vec<testkit::tables::Row>| -> Vec<testkit::tables::Row> {
            let mut rows = rows;
            rows.iter_mut().for_each(|row| drop(row.remove("run_id")));
            rows
        };
        assert_eq!(without_run(exported), without_run(rows), "{table}");
    }
}

#[test]
fn where_nothing_is_a_page_the_exit_is_4_and_nothing_is_left_behind() {
    for words in [&["run"][..], &["run", "--run-id", "one"], &["export", "--out", "tables"]] {
        let command = Reelframe::new().file("in/maple/a.json", "{}").file("in/maple/b.json", "[]");
        let output = command.args(words.iter().copied()).args(["--replay", "in"]).status(4).run();
        assert!(output.stderr.contains("in/maple/a.json: not a page of reels"), "{}", output.stderr);
        assert!(
            output.stderr.contains("(and another file)")
                && output.stderr.contains("hint: pages are .json or .ndjson files")
        );
        assert!(!output.path("reels/latest").exists() && !output.path("tables/reels.parquet").exists());
    }
}

#[test]
fn every_account_that_was_asked_for_and_has_no_pages_is_named() {
    let new = || {
        let command = Reelframe::new().arg("run").file("in/maple/1.json", page(100));
        command.args(["--replay", "in"]).args(AT)
    };
    new().args(["oak", "maple", "elm"]).status(2).stderr_has("no pages of oak, elm").run();
    let store = new().arg("maple").run();
    store
        .then()
        .args(["export", "oak", "maple", "elm", "--out", "x"])
        .status(2)
        .stderr_has("no pages of oak, elm")
        .run();
    let report = ["report", "--account", "oak", "--account", "maple", "--account", "elm"];
    store.then().args(report).status(2).stderr_has("no account oak, elm").run();
    // Its files are there, and none of them is a page.
    let broken = new().file("in/oak/1.json", "{}").args(["oak", "maple"]);
    let output =
        broken.status(3).stderr_has("in/oak/1.json").stderr_has("account oak: none of its files is a page").run();
    assert_eq!(column(&output.table("accounts"), "account"), [json!("maple")]);
}
