//! `report --per-account`: a file for each account, as an agency sends them out.

use std::fs;

use serde_json::Value;

use crate::harness::{Output, Reelframe};
use crate::history::replay;
use crate::stores::sample;

const ACCOUNTS: [&str; 3] = ["fernweh.trails.example", "harbor.bakery.example", "monsoon.moves.example"];

fn files(store: &Output, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(store.path(folder)).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().expect("a plain name")).collect();
    names.sort();
    names
}

#[test]
fn each_account_has_a_file_that_is_its_own_report() {
    let store = sample();
    let make = |args: &[&str]| store.then().args(["report", "--per-account"]).args(args.iter().copied());
    make(&["--format", "html", "--out", "all"]).stdout("4 reports in all\n").run();
    let mut expected: Vec<String> = ACCOUNTS.map(|account| format!("{account}.html")).into();
    expected.push("index.html".to_owned());
    expected.sort();
    assert_eq!(files(&store, "all"), expected);
    // The index leads to each.
    let index = fs::read_to_string(store.path("all/index.html")).unwrap();
    assert!(ACCOUNTS.iter().all(|account| index.contains(&format!("<a href=\"{account}.html\">"))), "{index}");
    // Byte for byte what --account makes, in another process.
    let one = store.then().args(["report", "--account", "monsoon.moves.example", "--format", "html"]).run();
    let own = fs::read_to_string(store.path("all/monsoon.moves.example.html")).unwrap();
    assert!(own == one.stdout, "this is not the report of that account");
    make(&["--format", "json", "--out", "data", "--account", "harbor.bakery.example"]).run();
    let json: Value =
        serde_json::from_slice(&fs::read(store.path("data/harbor.bakery.example.json")).unwrap()).unwrap();
    let overview = json["sections"].as_array().unwrap().iter().find(|section| section["name"] == "010_overview");
    let rows = overview.unwrap()["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][0], "harbor.bakery.example");
}

#[test]
fn it_is_about_the_accounts_and_days_that_are_asked_for() {
    let store = sample();
    let command = store.then().args(["report", "--per-account", "--format", "markdown", "--out", "august"]);
    let command = command.args(["--account", "@Harbor.Bakery.example", "--account", "harbor.bakery.example"]);
    command.args(["--from", "2026-08-01", "--to", "2026-08-31"]).stdout("1 report in august\n").run();
    assert_eq!(files(&store, "august"), ["harbor.bakery.example_2026-08-01_2026-08-31.md"]);
    let text = fs::read_to_string(store.path("august/harbor.bakery.example_2026-08-01_2026-08-31.md")).unwrap();
    assert!(text.starts_with("# Food clients: Reels of harbor.bakery.example, 1 to 31 August 2026\n"), "{text}");
    // Without a name: those of the newest run, as of the whole report.
    let first = replay(Reelframe::new(), 1).run();
    let later = replay(first.then(), 2).arg("maple").run();
    later.then().args(["report", "--per-account", "--format", "json", "--out", "all"]).run();
    assert_eq!(files(&later, "all"), ["maple.json"]);
}

#[test]
#[ignore = "slow"]
fn slow_another_months_reports_replace_none_and_the_same_months_are_counted() {
    let store = sample();
    let make = |days: &[&str]| {
        let command = store.then().args(["report", "--per-account", "--format", "markdown", "--out", "clients"]);
        command.args(["--account", "harbor.bakery.example"]).args(days.iter().copied())
    };
    make(&["--from", "2026-08-01", "--to", "2026-08-31"]).stdout("1 report in clients\n").run();
    let august = fs::read(store.path("clients/harbor.bakery.example_2026-08-01_2026-08-31.md")).unwrap();
    make(&["--from", "2026-09-01", "--to", "2026-09-30"]).stdout("1 report in clients\n").run();
    make(&["--from", "2026-09-01"]).stdout("1 report in clients\n").run();
    make(&["--to", "2026-09-01"]).stdout("1 report in clients\n").run();
    make(&[]).stdout("1 report in clients\n").run();
    let names = ["", "_2026-08-01_2026-08-31", "_2026-09-01_2026-09-30", "_from_2026-09-01", "_to_2026-09-01"];
    let mut expected = names.map(|days| format!("harbor.bakery.example{days}.md"));
    expected.sort();
    assert_eq!(files(&store, "clients"), expected);
    make(&["--from", "2026-08-01", "--to", "2026-08-31"]).stdout("1 report in clients (1 replaced)\n").run();
    let again = fs::read(store.path("clients/harbor.bakery.example_2026-08-01_2026-08-31.md")).unwrap();
    assert_eq!(again, august);
}

#[test]
#[ignore = "slow"]
fn slow_days_without_a_reel_are_warned_of() {
    let store = sample();
    let report = |args: &[&str]| store.then().args(["report", "--from", "2031-01-01"]).args(args.iter().copied());
    report(&[]).stderr_has("WARN").stderr_has("no reel was posted in the period, 2031-01-01").run();
    let each = report(&["--per-account", "--format", "json", "--out", "empty"]).run();
    assert_eq!(each.stderr.matches("no reel was posted").count(), ACCOUNTS.len(), "{}", each.stderr);
    store.then().args(["report", "--from", "2026-08-01"]).stderr_lacks("no reel was posted").run();
}

#[test]
fn it_needs_a_folder_and_a_format_that_is_a_file() {
    let store = sample();
    let ask = |args: &[&str]| store.then().args(["report", "--per-account"]).args(args.iter().copied()).status(2);
    ask(&["--format", "html"]).stderr_has("--per-account needs a folder").stderr_has("--out DIR").run();
    ask(&["--out", "all"]).stderr_has("--format terminal").stderr_has("html, markdown, json or summary").run();
    ask(&["--format", "html", "--out", "all", "--account", "nobody"]).stderr_has("no account nobody").run();
    assert!(!store.path("all").exists(), "what is refused leaves nothing");
    let full = store.then().file("all", "a file").args(["report", "--per-account", "--format", "html", "--out", "all"]);
    full.status(2).stderr_has("--out all: a file").run();
}

#[test]
#[ignore = "slow"]
fn slow_a_broken_section_is_said_once_and_the_reports_are_written() {
    let store = sample();
    let broken = "-- title: Ours\n-- question: What?\nSELECT vews FROM reels ORDER BY vews ASC NULLS LAST\n";
    let command = store.then().file("own/500_ours.sql", broken);
    let command = command.args(["report", "--per-account", "--format", "html", "--out", "all", "--queries", "own"]);
    let output = command.status(3).stderr_has("500_ours").run();
    assert_eq!(output.stderr.matches("500_ours").count(), 1, "{}", output.stderr);
    assert_eq!(files(&store, "all").len(), 4);
}

#[test]
fn the_summary_says_what_to_do_next() {
    let store = sample();
    let command = store.then().arg("report");
    let summary = command.stdout_has("reelframe report --format html --out report.html\n").run().stdout;
    assert!(summary.lines().all(|line| line.chars().count() <= 80), "{summary}");
    store.then().args(["report", "--out", "summary.txt"]).run();
    let file = fs::read_to_string(store.path("summary.txt")).unwrap();
    assert!(summary.starts_with(&file) && !file.contains("--out"), "a file holds the summary alone: {file}");
    let command = store.then().args(["run", "--store", "other", "--replay"]);
    let other = command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/sample_data")).run();
    other.then().args(["report", "--store", "other"]).stdout_has("--out report.html --store other\n").run();
}
