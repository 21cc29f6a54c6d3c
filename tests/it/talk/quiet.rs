//! `--quiet`: nothing where nothing is wrong, on both streams; data all the same; what is wrong on stderr.

use testkit::mock_api::KEY;

use super::store;
use crate::fetch::on;
use crate::harness::Reelframe;

/// Runs a command with `-q` and wants to hear nothing.
#[track_caller]
fn is_silent(command: Reelframe) {
    let output = command.arg("-q").run();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}

#[test]
#[ignore = "slow"]
fn slow_a_quiet_command_says_nothing_where_nothing_is_wrong() {
    let (api, store) = store();
    let raw = store.path("reels/raw").to_string_lossy().into_owned();
    is_silent(on(store.then(), &api, &["maple", "willow"]));
    is_silent(on(store.then(), &api, &["maple", "oak", "--dry-run"]));
    is_silent(store.then().args(["fetch", "maple"]).args(crate::fetch::RETRY_ARGS.iter().copied()).api(&api).key(KEY));
    is_silent(store.then().args(["run", "--store", "copy", "--replay", &raw]));
    is_silent(store.then().args(["run", "--store", "copy", "--replay", &raw]));
    is_silent(store.then().args(["doctor", "maple"]).api(&api).key(KEY));
    for command in [
        &["export", "--out", "tables"][..],
        &["rebuild"],
        &["compact"],
        &["compact"],
        &["forget", "willow", "--yes"],
        &["verify"],
        &["lint", "reels"],
        &["status"],
        &["report", "--out", "report.txt"],
        &["report", "--per-account", "--format", "html", "--out", "clients"],
        &["query", "overview", "--format", "csv", "--out", "overview.csv"],
    ] {
        is_silent(store.then().args(command.iter().copied()));
    }
    assert!(store.path("report.txt").is_file() && store.path("overview.csv").is_file());
}

#[test]
#[ignore = "slow"]
fn slow_data_is_printed_all_the_same() {
    let (_, store) = store();
    for command in [
        &["report"][..],
        &["report", "--format", "markdown"],
        &["query"],
        &["query", "overview"],
        &["status", "--format", "csv"],
        &["schema"],
        &["completions", "bash"],
        &["man"],
    ] {
        let loud = store.then().args(command.iter().copied()).run();
        let quiet = store.then().args(command.iter().copied()).arg("-q").run();
        assert!(!quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{command:?}: {}", quiet.stderr);
        if command[0] != "status" {
            assert_eq!(quiet.stdout, loud.stdout, "{command:?}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_on_stderr() {
    let (api, store) = store();
    let output = on(store.then(), &api, &["maple", "nobody", "-q"]).status(3).stderr_has("nobody").run();
    assert_eq!(output.stdout, "");
    let output = store.then().args(["doctor", "-q", "maple"]).api(&api).status(6).stderr_has("AISA_API_KEY").run();
    assert_eq!(output.stdout, "");
    assert!(!output.stderr.contains("host"), "what is well goes unsaid: {}", output.stderr);
    // The name of a table of ours with none of its columns.
    let sql = ["query", "SELECT 1 AS one", "--format", "parquet", "--out", "reels.parquet"];
    store.then().args(sql).run();
    let loud = store.then().args(["lint", "reels.parquet"]).status(4).run();
    let violation = loud.stdout.lines().next().expect("a violation");
    let output = store.then().args(["lint", "-q", "reels.parquet"]).status(4).stderr_has(violation).run();
    assert_eq!(output.stdout, "");
    let file = std::fs::read_link(store.path("reels/latest")).expect("a link");
    std::fs::write(store.path("reels").join(file).join("report.md"), "changed").expect("written");
    let output = store.then().args(["verify", "-q"]).status(4).stderr_has("report.md").run();
    assert_eq!(output.stdout, "");
}
