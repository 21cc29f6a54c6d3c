//! Inputs from outside, changed at random: page bodies, page logs, manifests, config and accounts files. None makes the
//! program panic or end with an error that nobody foresaw, and none harms what stands beside it.
//!
//! A few hundred of each are tried with every test run, the same ones each time. Ten minutes of new ones:
//! `FUZZ_SECONDS=600 cargo test --test it fuzz::page_logs -- --nocapture`

mod mutation;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::test_runner::{TestCaseError, TestCaseResult};
use reelframe::internals::{Line, check_arguments, hash, parse_accounts_file, reader, run_command};
use reelframe::{Error, ErrorKind};
use tempfile::TempDir;
use testkit::pages::{flat_page, reel, wrapped_page};
use testkit::tables::{read_parquet, tree};

use crate::stores::copy;
use mutation::{fuzz, must};

const MAPLE_REELS: u64 = 2;
const WILLOW_REELS: usize = 2;

/// Runs a command inside this process, so that a panic is seen as one.
fn run(args: &[&str]) -> Result<Option<ErrorKind>, Error> {
    run_command(["reelframe", "--config", "/dev/null"].iter().chain(args).map(Into::into).collect())
}

/// How a command failed, unless by a bug.
fn foreseen(ended: Result<Option<ErrorKind>, Error>) -> Result<Option<ErrorKind>, TestCaseError> {
    let (exit, message) = match ended {
        Ok(exit) => (exit, String::new()),
        Err(error) => (Some(error.kind), error.to_string()),
    };
    must(exit != Some(ErrorKind::Unexpected), || format!("an unforeseen error: {message}"))?;
    must(message.chars().all(|c| c == '\n' || !c.is_control()), || format!("control characters: {message:?}"))?;
    Ok(exit)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is text")
}

fn page(account: &str, id: &str, first: u64, reels: u64) -> String {
    let items: Vec<_> = (first..first + reels)
        .map(|number| {
            let caption = format!("Reel {number}: #moss, \"ferns\"\nand @willow 🌿 https://example.com");
            reel(3_850_000_000_000_000_000 + number * 400_000_000_000_000).owner(id, account).caption(&caption)
        })
        .collect();
    wrapped_page(&items, None)
}

fn willow() -> String {
    page("willow", "7007", 50, WILLOW_REELS as u64)
}

/// The files of `dir` that are kept for one input of a target: what once went wrong comes first.
fn corpus(target: &str, own: Vec<Vec<u8>>) -> Vec<((), Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&dir)
        .map(|entries| entries.map(|entry| entry.expect("listed").path()).collect())
        .unwrap_or_default();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a corpus file")).chain(own).map(|bytes| ((), bytes)).collect()
}

/// As many rows in every format, and all of willow's.
fn tables_agree(out: &Path) -> TestCaseResult {
    let rows = read_parquet(&out.join("reels.parquet"));
    let of_willow = rows.iter().filter(|row| row["account"] == "willow").count();
    must(of_willow == WILLOW_REELS, || format!("{of_willow} reels of willow"))?;
    let mut csv = csv::Reader::from_path(out.join("reels.csv")).expect("reels.csv");
    let records: Result<Vec<_>, _> = csv.records().collect();
    let records = records.map_err(|error| TestCaseError::fail(format!("reels.csv: {error}")))?;
    let lines = fs::read_to_string(out.join("reels.jsonl")).expect("reels.jsonl is UTF-8");
    let objects: Result<Vec<serde_json::Value>, _> = lines.lines().map(serde_json::from_str).collect();
    let objects = objects.map_err(|error| TestCaseError::fail(format!("reels.jsonl: {error}")))?;
    let counts = (rows.len(), records.len(), objects.len());
    must(counts == (rows.len(), rows.len(), rows.len()), || format!("rows of Parquet, CSV and JSON: {counts:?}"))
}

#[test]
fn page_bodies() {
    let items: Vec<_> = (0..MAPLE_REELS).map(|number| reel(3_850_000_000_000_000_000 + number)).collect();
    let own = [page("maple", "5005", 0, MAPLE_REELS), flat_page(&items, Some("next"))];
    fuzz(corpus("page_bodies", own.map(String::into_bytes).to_vec()), 10, |(), body| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (pages, out) = (dir.path().join("pages"), dir.path().join("out"));
        for (account, body) in [("maple", body), ("willow", willow().as_bytes())] {
            fs::create_dir_all(pages.join(account)).expect("a folder");
            fs::write(pages.join(account).join("1.json"), body).expect("a page");
        }
        let export = ["export", "--replay", text(&pages), "--out", text(&out), "--format", "parquet,csv,jsonl"];
        let exit = foreseen(run(&export))?;
        must(matches!(exit, None | Some(ErrorKind::Partial)), || format!("{exit:?}"))?;
        tables_agree(&out)
    });
}

/// A store of maple and willow that was published once.
fn store() -> &'static Path {
    static STORE: OnceLock<TempDir> = OnceLock::new();
    let dir = STORE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for (account, body) in [("maple", page("maple", "5005", 0, MAPLE_REELS)), ("willow", willow())] {
            let pages = dir.path().join("pages").join(account);
            fs::create_dir_all(&pages).expect("a folder");
            fs::write(pages.join("1.json"), body).expect("a page");
        }
        let (pages, store) = (dir.path().join("pages"), dir.path().join("reels"));
        let replay =
            ["run", "--store", text(&store), "--replay", text(&pages), "--observed-at", "2026-10-12T06:00:00Z"];
        assert_eq!(run(&replay).expect("a good replay"), None);
        dir
    });
    Box::leak(dir.path().join("reels").into_boxed_path())
}

fn only_file_of(dir: &Path) -> PathBuf {
    fs::read_dir(dir).expect("a folder").next().expect("one file").expect("listed").path()
}

/// How a page log is changed: the text of its lines, which are compressed again, or its bytes.
#[derive(Debug, Clone)]
enum Level {
    Lines,
    Bytes,
}

#[test]
fn page_logs() {
    let log = only_file_of(&store().join("raw/maple"));
    let bytes = fs::read(&log).expect("a log");
    let lines = zstd::decode_all(bytes.as_slice()).expect("zstd");
    let inputs = corpus("page_logs", vec![lines]).into_iter().map(|((), lines)| (Level::Lines, lines));
    let inputs = inputs.chain([(Level::Bytes, bytes)]).collect();
    fuzz(inputs, 10, |level, input| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (copied, out) = (dir.path().join("reels"), dir.path().join("out"));
        copy(store(), &copied);
        let log = only_file_of(&copied.join("raw/maple"));
        let bytes = match level {
            Level::Bytes => input.to_vec(),
            Level::Lines => {
                let frames = input.split_inclusive(|byte| *byte == b'\n');
                frames.flat_map(|line| zstd::encode_all(line, 1).expect("zstd")).collect()
            }
        };
        fs::write(&log, bytes).expect("a log");
        // A page that is read has the bytes that were stored.
        let read = reader::for_each_line(&log, |line| match line {
            Line::Page(page) if hash(page.body) != page.blake3 => {
                Err(Error::unexpected("a page with other bytes than its hash was made of"))
            }
            _ => Ok(()),
        });
        foreseen(read.map(|_| None))?;
        let export = ["export", "--store", text(&copied), "--out", text(&out), "--format", "parquet,csv,jsonl"];
        let exit = foreseen(run(&export))?;
        must(matches!(exit, None | Some(ErrorKind::Partial)), || format!("{exit:?}"))?;
        tables_agree(&out)
    });
}

#[test]
#[ignore = "slow"]
fn slow_manifests() {
    let read = |file: &str| fs::read(store().join(file)).expect("a file of the store");
    let files = ["latest/manifest.json", "latest.json", ".reelframe"];
    let known = |file: &&str| store().join(file).exists();
    let inputs = files.into_iter().filter(known).map(|file| (file, read(file)));
    fuzz(inputs.collect(), 12, |file, bytes| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let copied = dir.path().join("reels");
        copy(store(), &copied);
        fs::write(copied.join(file), bytes).expect("written");
        if *file == "latest/manifest.json" {
            let hash = blake3::hash(bytes).to_hex();
            fs::write(copied.join("latest/_SUCCESS"), hash.as_str()).expect("written");
        }
        let raw = tree(&copied.join("raw"));
        foreseen(run(&["status", "--store", text(&copied)]))?;
        foreseen(run(&["verify", "--store", text(&copied)]))?;
        // A rebuild takes longest, and is made of a few.
        if blake3::hash(bytes).as_bytes()[0] >= 32 {
            return Ok(());
        }
        let exit = foreseen(run(&["rebuild", "--store", text(&copied)]))?;
        must(tree(&copied.join("raw")) == raw, || "raw/ changed".to_owned())?;
        // Where tables are made again, all of raw/ is in them.
        let rows = || read_parquet(&copied.join("latest/reels.parquet")).len();
        let all = MAPLE_REELS as usize + WILLOW_REELS;
        must(exit.is_some() || rows() == all, || format!("{} reels", rows()))
    });
}

const CONFIG: &str = r#"# every kind of setting
store = "reels"
accounts = "accounts.csv"
format = ["parquet", "csv"]
csv_delimiter = ";"
timezone = "Europe/Berlin"
refresh_window = "14d"
resume_within = "24h"
max_pages = 12
keep_runs = 3
trim = true
since = 2026-01-01
quiet = false
"#;

#[test]
#[ignore = "slow"]
fn slow_config_files() {
    fuzz(corpus("config_files", vec![CONFIG.into()]), 400, |(), bytes| {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("reelframe.toml");
        fs::write(&file, bytes).expect("written");
        for command in ["run", "status", "export"] {
            let args = ["reelframe", "--config", text(&file), command].iter().map(Into::into).collect();
            match check_arguments(args) {
                // What is wrong with the settings together, as the parser says it.
                Ok(Err(error)) => must(error.exit_code() == 2, || error.to_string())?,
                Ok(Ok(())) => {}
                Err(error) => {
                    must(error.kind == ErrorKind::Usage, || format!("{error:?}"))?;
                    must(error.message.contains("reelframe.toml"), || format!("names no file: {error}"))?;
                }
            }
        }
        Ok(())
    });
}

const ACCOUNTS: &str = "handle;user_id;label;timezone;followers;followers_as_of\n\
    maple;5005;\"Food; clients\";America/New_York;18420;2026-10-11\n\
    @willow;;;Asia/Tokyo;;\n\
    https://www.instagram.com/ash.tree/;123;\"two\nlines\";UTC;1.200;11.10.2026\n";

#[test]
fn accounts_files() {
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(ACCOUNTS.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let own = vec![ACCOUNTS.into(), ACCOUNTS.replace(';', ",").into_bytes(), utf16];
    fuzz(corpus("accounts_files", own), 400, |(), bytes| {
        let path = Path::new("accounts.csv");
        match parse_accounts_file(path, bytes) {
            Ok(file) => {
                let mut keys: Vec<&str> = file.accounts.iter().map(|account| account.key.as_str()).collect();
                must(keys.iter().all(|key| !key.trim().is_empty()), || format!("an empty name: {keys:?}"))?;
                must(keys.iter().all(|key| !key.chars().any(char::is_control)), || {
                    format!("control characters: {keys:?}")
                })?;
                let count = keys.len();
                keys.sort();
                keys.dedup();
                must(keys.len() == count, || format!("an account twice: {keys:?}"))
            }
            Err(error) => {
                must(error.kind == ErrorKind::Usage, || format!("{error:?}"))?;
                must(error.message.contains("accounts.csv"), || format!("names no file: {error}"))
            }
        }
    });
}
