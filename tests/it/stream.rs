//! `export --stdout`: one table to whoever reads it, whole or refused; and `--layout folders`, for warehouses.

use std::fs;
use std::io::Cursor;
use std::process::{Command, Stdio};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use serde_json::Value;
use testkit::pages::{reel, wrapped_page};

use crate::harness::{Output, Reelframe};

const TABLES: [&str; 8] = ["reels", "observations", "hashtags", "people", "accounts", "profiles", "days", "findings"];

/// A folder of pages of three accounts; some reels have tags, and one account has none of its own.
fn with_pages() -> Reelframe {
    let page = |numbers: &[u64], owner: (&str, &str)| {
        let reels: Vec<_> = numbers.iter().map(|n| reel(*n).owner(owner.0, owner.1).caption("At the #pond")).collect();
        wrapped_page(&reels, None)
    };
    Reelframe::new()
        .file("pages/ash/1.json", page(&[100, 200], ("1", "ash")))
        .file("pages/birch/1.json", page(&[300], ("2", "birch")))
        .file("pages/cedar/1.json", page(&[400, 500, 600], ("3", "cedar")))
}

/// What a table is in bytes; stdout of such a stream is no text.
fn streamed(command: &Reelframe, args: &[&str]) -> (i32, Vec<u8>, String) {
    let mut run = command.command();
    let output = run.args(args).stdin(Stdio::null()).output().expect("it starts");
    let stderr = String::from_utf8(output.stderr).expect("text");
    (output.status.code().expect("an exit code"), output.stdout, stderr)
}

fn batches(bytes: &[u8]) -> Result<Vec<RecordBatch>, String> {
    let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(|error| error.to_string())?;
    reader.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn exported(output: &Output, args: &[&str]) -> Output {
    output.then().arg("export").args(args.iter().copied()).run()
}

#[test]
#[ignore = "slow"]
fn slow_a_stream_has_the_rows_of_the_files() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    let files = exported(&published, &["--format", "jsonl,csv,arrow", "--out", "files"]);
    for table in TABLES {
        for format in ["jsonl", "csv"] {
            let (status, bytes, _) = streamed(&published.then().arg("export"), &["--table", table, "--stdout", format]);
            assert_eq!(status, 0);
            assert_eq!(bytes, fs::read(files.path(&format!("files/{table}.{format}"))).unwrap(), "{table}.{format}");
        }
        let (status, bytes, stderr) =
            streamed(&published.then().arg("export"), &["--table", table, "--stdout", "arrow"]);
        assert_eq!((status, stderr.as_str()), (0, ""), "{table}");
        let file = fs::File::open(files.path(&format!("files/{table}.arrow"))).unwrap();
        let file = arrow_ipc::reader::FileReader::try_new(file, None).unwrap();
        let schema = file.schema();
        let whole: Vec<RecordBatch> = file.map(Result::unwrap).collect();
        assert_eq!(batches(&bytes).unwrap(), whole, "{table}");
        assert_eq!(StreamReader::try_new(Cursor::new(&bytes), None).unwrap().schema(), schema);
        assert!(bytes.ends_with(&[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]), "its end marker");
    }
}

#[test]
fn one_accounts_stream_is_its_file_and_a_replay_needs_no_store() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    let files = exported(&published, &["cedar", "--format", "arrow", "--out", "cedar"]);
    let file = fs::File::open(files.path("cedar/reels.arrow")).unwrap();
    let whole: Vec<RecordBatch> =
        arrow_ipc::reader::FileReader::try_new(file, None).unwrap().map(Result::unwrap).collect();
    let args = ["cedar", "--table", "reels", "--stdout", "arrow"];
    let (_, bytes, _) = streamed(&published.then().arg("export"), &args);
    assert_eq!(batches(&bytes).unwrap(), whole);
    let fresh = with_pages();
    let args = ["--replay", "pages", "--table", "hashtags", "--stdout", "csv"];
    let (status, bytes, _) = streamed(&fresh.arg("export"), &args);
    assert_eq!((status, String::from_utf8(bytes).unwrap().lines().count()), (0, 7));
}

#[test]
fn a_stream_whose_rows_are_not_all_there_is_refused_by_its_readers() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    let log = testkit::store::Store::new(published.path("reels")).logs("birch").pop().unwrap();
    fs::remove_file(&log).unwrap();
    fs::write(log.with_extension("").with_extension("ndjson"), "{\"line\":\"start\"}\n{}\n").unwrap();
    let (status, bytes, stderr) = streamed(&published.then().arg("export"), &["--table", "reels", "--stdout", "arrow"]);
    assert_eq!(status, 3, "{stderr}");
    assert!(stderr.contains("birch"), "{stderr}");
    assert!(bytes.ends_with(&[0xFF; 4]), "nothing after the four bytes");
    assert!(batches(&bytes).is_err(), "cut off inside a message");
    // Lines can look whole: the exit code says that they are not.
    let (status, _, _) = streamed(&published.then().arg("export"), &["--table", "reels", "--stdout", "jsonl"]);
    assert_eq!(status, 3);
    // The other accounts are whole.
    let (status, bytes, _) =
        streamed(&published.then().arg("export"), &["ash", "--table", "reels", "--stdout", "arrow"]);
    assert_eq!((status, batches(&bytes).unwrap()[0].num_rows()), (0, 2));
}

#[test]
fn a_crawl_that_was_cut_short_is_no_failure_of_the_stream() {
    let page = wrapped_page(&[reel(100)], Some("next"));
    let published = Reelframe::new().file("maple/1.json", page).args(["run", "maple", "--replay", "maple"]).run();
    let (status, bytes, _) = streamed(&published.then().arg("export"), &["--table", "reels", "--stdout", "arrow"]);
    assert_eq!((status, batches(&bytes).unwrap().len()), (0, 1));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    for format in ["arrow", "jsonl", "csv"] {
        let mut command: Command = published.then().arg("export").command();
        let mut child = command
            .args(["--table", "reels", "--stdout", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn what_it_is_asked_for_is_checked_first() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    for (args, words) in [
        (&["--table", "reels"][..], "--stdout"),
        (&["--stdout", "arrow"], "--table"),
        (&["--table", "reel", "--stdout", "arrow"], "reels"),
        (&["--table", "reels", "--stdout", "parquet"], "arrow, jsonl, csv"),
        (&["--table", "reels", "--stdout", "csv", "--out", "files"], "--out"),
        (&["--table", "reels", "--stdout", "csv", "--format", "xlsx"], "--format"),
        (&[], "--out"),
    ] {
        exported_wrong(&published, args, words);
    }
    // The summary is on stderr, where stdout is data.
    let args = ["--table", "reels", "--stdout", "csv", "--log-format", "json"];
    let (_, _, stderr) = streamed(&published.then().arg("export"), &args);
    let object: Value = serde_json::from_str(stderr.lines().last().unwrap()).unwrap();
    assert_eq!((&object["command"], &object["ok"]), (&Value::from("export"), &Value::from(true)));
}

fn exported_wrong(published: &Output, args: &[&str], words: &str) {
    published.then().arg("export").args(args.iter().copied()).status(2).stderr_has(words).run();
}

#[test]
fn a_folder_for_each_table_holds_one_format() {
    let published = with_pages().args(["run", "--replay", "pages"]).run();
    let lake = exported(&published, &["--layout", "folders", "--format", "parquet", "--out", "lake"]);
    for table in TABLES {
        assert!(lake.path(&format!("lake/{table}/{table}.parquet")).exists(), "{table}");
    }
    let flat = exported(&published, &["--format", "parquet", "--out", "flat"]);
    let bytes = |output: &Output, path: &str| fs::read(output.path(path)).unwrap();
    assert_eq!(bytes(&lake, "lake/reels/reels.parquet"), bytes(&flat, "flat/reels.parquet"));
    // Again, on top of itself.
    exported(&published, &["--layout", "folders", "--format", "parquet", "--out", "lake"]);
    exported_wrong(&published, &["--layout", "folders", "--out", "two"], "--format parquet");
    assert!(!published.path("two").exists());
    let ddl = published.then().args(["schema", "--format", "duckdb", "--table", "people", "--location", "lake"]).run();
    assert!(ddl.stdout.contains("COPY people FROM 'lake/people/*.parquet'"), "{}", ddl.stdout);
    published.then().args(["schema", "--location", "lake"]).status(2).stderr_has("--location is for DDL").run();
    published.then().args(["schema", "--format", "athena", "--location", "a'b"]).status(2).run();
}
