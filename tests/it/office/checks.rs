//! Whatever can be checked without a request is checked before the first one: nothing is paid for.

use std::fs;

use testkit::mock_api::{KEY, MockApi, Script};

use crate::fetch::{maple, on, pks, published};
use crate::harness::Reelframe;

const QUERY: &str = "-- title: All\n-- question: How many?\nSELECT COUNT(*) AS n FROM reels";

const BOTH: &[&str] = &["run", "fetch"];
/// Settings of tables and reports, which `fetch` has not.
const RUN: &[&str] = &["run"];

/// The commands for maple in a directory that a test has prepared.
fn refused(
    commands: &[&str],
    api: &MockApi,
    prepare: impl Fn(Reelframe) -> Reelframe,
    args: &[&str],
    status: i32,
    says: &str,
) {
    for command in commands.iter().copied() {
        let prepared = prepare(Reelframe::new()).args([command, "maple"]).args(args.iter().copied());
        prepared.api(api).key(KEY).status(status).stderr_has(says).run();
        assert_eq!(api.request_log().calls().len(), 0, "{command} {args:?}");
    }
}

#[test]
fn a_folder_of_queries_that_is_missing_or_empty_costs_nothing() {
    let api = MockApi::start(Script::serving([maple()]));
    refused(RUN, &api, |command| command, &["--queries", "nowhere"], 2, "--queries nowhere: ");
    refused(RUN, &api, |command| command.file("own/notes.txt", ""), &["--queries", "own"], 2, "it holds no .sql file");
    refused(RUN, &api, |command| command.env("REELFRAME_QUERIES", "nowhere"), &[], 2, "REELFRAME_QUERIES nowhere: ");
    refused(RUN, &api, |command| command, &["--dry-run", "--queries", "nowhere"], 2, "--queries nowhere: ");
}

#[test]
fn a_store_that_no_run_can_be_written_to_costs_nothing() {
    let api = MockApi::start(Script::serving([maple()]));
    let store = |command: Reelframe| command.file("reels/.reelframe", "{\"store_version\":1,\"id\":\"7f3a\"}\n");
    for place in ["raw", "runs", "observations", "latest"] {
        let path = format!("reels/{place}");
        refused(
            BOTH,
            &api,
            |command| store(command).file(&path, "a file"),
            &[],
            2,
            &format!("{path} is a file; it has to be a"),
        );
    }
    refused(
        BOTH,
        &api,
        |command| store(command).file("reels/latest/notes.txt", "mine"),
        &[],
        2,
        "reels/latest is a folder; it has to be a link",
    );
}

#[test]
fn settings_key_and_address_are_looked_at_first() {
    let api = MockApi::start(Script::serving([maple()]));
    refused(RUN, &api, |command| command.env("REELFRAME_FORMAT", "parquet,doc"), &[], 2, "REELFRAME_FORMAT: 'doc'");
    refused(
        RUN,
        &api,
        |command| command,
        &["--csv-decimal", "comma", "--csv-delimiter", ","],
        2,
        "--csv-delimiter ';'",
    );
    refused(BOTH, &api, |command| command, &["--api-key-file", "nowhere"], 6, "--api-key-file nowhere");
    refused(BOTH, &api, |command| command, &["--accounts", "nowhere.csv"], 2, "--accounts nowhere.csv");
    let far = Reelframe::new().env("REELFRAME_BASE_URL", "http://reels.invalid").args(["fetch", "maple"]).key(KEY);
    far.status(2).stderr_has("REELFRAME_BASE_URL http://reels.invalid: the key is sent over https only").run();
}

#[test]
fn a_query_of_ones_own_that_cannot_be_read_is_said_at_once_and_stops_no_run() {
    let api = MockApi::start(Script::serving([maple()]));
    let command = Reelframe::new().file("own/a.sql", QUERY).file("own/b.sql", "SELECT 1");
    let output = on(command, &api, &["maple", "--queries", "own"])
        .status(3)
        .stderr_has("the report will be without a section: query b: it has no `-- title:` line")
        .run();
    assert_eq!(published(&output), pks(0..6));
    let report = fs::read_to_string(output.path("reels/latest/report.json")).expect("written");
    assert!(report.contains("\"How many?\""), "{report}");
}
