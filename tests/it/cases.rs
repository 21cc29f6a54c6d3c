//! A case is a folder: pages go in, and the tables that come out are compared with what the folder expects.
//!
//! ```text
//! tests/cases/<name>/
//! ├── args              one argument per line (optional)
//! ├── pages/            the input of `reelframe run -q <args> --replay pages`: pages/<account>/<number>.json
//! └── expected/
//!     ├── <table>.json  the rows in order, each with only the columns that the case is about
//!     ├── status        the exit code, if it is not 0
//!     ├── stdout        all of stdout, if it is not empty
//!     └── stderr        for each line of stderr, a text that it contains, if it is not empty
//! ```
//!
//! Fractional numbers may differ by 1e-12 of their size. To add a case, add a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::tables::Row;

use crate::harness::{Output, Reelframe};
use crate::stores::copy;

#[test]
fn every_case_holds() {
    let mut folders = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"));
    folders.retain(|path| path.is_dir());
    assert!(!folders.is_empty(), "there are no cases");
    let failure = |case: &PathBuf| Some(format!("case {}:\n{}", name(case), check(case).err()?));
    let failed: Vec<String> = folders.iter().filter_map(failure).collect();
    assert!(failed.is_empty(), "{} of {} cases failed\n\n{}", failed.len(), folders.len(), failed.join("\n\n"));
}

/// What differs from the expectation, or nothing.
fn check(case: &Path) -> Result<(), String> {
    let expected = case.join("expected");
    let mut command =
        Reelframe::new().args(["run", "-q"]).args(text(&case.join("args")).lines()).args(["--replay", "pages"]);
    let status = text(&expected.join("status"));
    if !status.is_empty() {
        command = command.status(status.trim().parse().map_err(|error| format!("expected/status: {error}"))?);
    }
    command = command.stdout(&text(&expected.join("stdout")));
    copy(&case.join("pages"), &command.dir().join("pages"));
    let output = command.try_run()?;

    let mut tables = entries(&expected);
    tables.retain(|path| !["status", "stdout", "stderr"].contains(&name(path).as_str()));
    let mut differences: Vec<String> = tables.iter().flat_map(|path| table_differences(path, &output)).collect();
    let said = text(&expected.join("stderr"));
    let is_as_expected = said.lines().count() == output.stderr.lines().count()
        && said.lines().zip(output.stderr.lines()).all(|(expected, line)| line.contains(expected));
    if !is_as_expected {
        differences.push(format!("stderr: expected\n{said}got\n{}", output.stderr));
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// Compares one `expected/<table>.json`.
fn table_differences(expectation: &Path, output: &Output) -> Vec<String> {
    let name = name(expectation);
    let Some(table) = name.strip_suffix(".json") else {
        return vec![format!("expected/{name} is not one of <table>.json, status, stdout and stderr")];
    };
    let file = output.path(&format!("reels/latest/{table}.parquet"));
    if !file.is_file() {
        return vec![format!("{table}: the run left no such table")];
    }
    match serde_json::from_str::<Vec<Row>>(&text(expectation)) {
        Ok(expected) => differences(table, &expected, &output.table(table)),
        Err(error) => vec![format!("expected/{name} is not a list of rows: {error}")],
    }
}

/// The rows that differ, under a heading for each column.
fn differences(table: &str, expected: &[Row], actual: &[Row]) -> Vec<String> {
    let mut lines = Vec::new();
    if expected.len() != actual.len() {
        lines.push(format!("{table}: expected {} rows, got {}", expected.len(), actual.len()));
    }
    let mut by_column: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (number, (expected, actual)) in expected.iter().zip(actual).enumerate() {
        for (column, wanted) in expected {
            let got = actual.get(column);
            if !got.is_some_and(|got| same(wanted, got)) {
                let got = got.map_or("no such column".to_owned(), Value::to_string);
                by_column
                    .entry(column)
                    .or_default()
                    .push(format!("  row {}: expected {wanted}, got {got}", number + 1));
            }
        }
    }
    for (column, rows) in by_column {
        lines.push(format!("{table}.{column}"));
        lines.extend(rows);
    }
    lines
}

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected.as_f64(), actual.as_f64()) {
        (Some(a), Some(b)) if expected.is_f64() || actual.is_f64() => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        _ => expected == actual,
    }
}

/// The file's text; a file that is not there has none.
fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn name(path: &Path) -> String {
    path.file_name().expect("listed by its name").to_string_lossy().into_owned()
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    paths
}

#[test]
fn differences_are_listed_by_column() {
    let rows = |value: Value| serde_json::from_value::<Vec<Row>>(value).unwrap();
    let actual = rows(json!([{"id": "1", "views": 10, "rate": 0.5}, {"id": "2", "views": 20, "rate": null}]));
    let holds = rows(json!([{"id": "1", "rate": 0.5000000000000001}, {"views": 20}]));
    assert_eq!(differences("reels", &holds, &actual), [""; 0]);

    let off = rows(json!([{"views": 11, "rate": 0.5001}, {"views": "20", "age": 1}, {}]));
    let expected = [
        "reels: expected 3 rows, got 2",
        "reels.age",
        "  row 2: expected 1, got no such column",
        "reels.rate",
        "  row 1: expected 0.5001, got 0.5",
        "reels.views",
        "  row 1: expected 11, got 10",
        "  row 2: expected \"20\", got 20",
    ];
    assert_eq!(differences("reels", &off, &actual), expected);
}
