//! Every format of one run: the same rows, the same bytes wherever it runs, and what a store promises of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use arrow_ipc::reader::FileReader;
use serde_json::Value;
use testkit::pages::{reel, wrapped_page};
use testkit::tables::{read_parquet, tree, tree_of_store};

use crate::harness::{Output, Reelframe};
use crate::stores::{built_once, sample_data};

const ALL: [&str; 4] = ["--format", "parquet,csv,jsonl,arrow,xlsx", "--csv-dialect", "excel"];
const TABLES: [&str; 7] = ["reels", "hashtags", "people", "accounts", "profiles", "days", "findings"];

/// The sample, published in all formats.
fn publish_sample() -> Output {
    Reelframe::new().args(["run", "--replay"]).arg(sample_data()).args(ALL).whole_report().run()
}

fn sample() -> Output {
    built_once("sample in all formats", publish_sample)
}

/// The sheets of a workbook by name.
pub(crate) fn sheets(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(File::open(path).expect("there is a workbook")).expect("it is a zip file");
    let mut part = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).expect("the workbook has it").read_to_string(&mut text).expect("it is text");
        text
    };
    let book = part("xl/workbook.xml");
    let names = book.split("<sheet name=\"").skip(1).map(|rest| rest.split('"').next().expect("a name"));
    let sheet = |(at, name): (usize, &str)| (name.to_owned(), part(&format!("xl/worksheets/sheet{}.xml", at + 1)));
    names.enumerate().map(sheet).collect()
}

/// Times have as many digits as they need in the one and six in the other; serde_json reads the last bit of a float as
/// it likes.
fn is_same(line: &Value, row: &Value) -> bool {
    match (line, row) {
        (Value::String(a), Value::String(b)) => {
            a == b || a == &b.replace("000Z", "Z") || Some(a.as_str()) == b.strip_suffix("000")
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 1e-15
        }
        _ => line == row,
    }
}

#[test]
fn every_format_holds_the_same_rows() {
    let output = sample();
    let dir = output.path("reels/latest");
    let sheets = sheets(&dir.join("reelframe.xlsx"));
    let manifest: Value = serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap();
    let mut in_all = 0;
    for table in TABLES {
        let rows = read_parquet(&dir.join(format!("{table}.parquet")));
        in_all += rows.len();
        let jsonl = fs::read_to_string(dir.join(format!("{table}.jsonl"))).unwrap();
        let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), rows.len(), "{table}");
        for (line, row) in lines.iter().zip(&rows) {
            assert_eq!(line.as_object().unwrap().len(), row.len(), "{table}");
            for (column, value) in row {
                assert!(is_same(&line[column], value), "{table}.{column}: {} {value}", line[column]);
            }
        }
        let arrow = FileReader::try_new(File::open(dir.join(format!("{table}.arrow"))).unwrap(), None).unwrap();
        assert_eq!(arrow.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), rows.len(), "{table}");
        let csv = fs::read(dir.join(format!("{table}.csv"))).unwrap();
        assert!(csv.starts_with("\u{FEFF}".as_bytes()) && csv.ends_with(b"\r\n"), "{table}");
        assert_eq!(
            csv::Reader::from_reader(csv.as_slice()).records().map(Result::unwrap).count(),
            rows.len(),
            "{table}"
        );
        assert_eq!(sheets[table].matches("<row ").count(), rows.len() + 1, "{table}");
        for file in manifest["files"].as_array().unwrap() {
            if file["path"].as_str().unwrap().starts_with(&format!("{table}.")) {
                assert_eq!(file["rows"], rows.len(), "{file}");
            }
        }
    }
    let book = manifest["files"].as_array().unwrap().iter().find(|file| file["path"] == "reelframe.xlsx").unwrap();
    assert_eq!(book["rows"], in_all);
    assert!(sheets.values().all(|sheet| !sheet.contains("<f>")), "a formula");
}

#[test]
fn the_report_of_three_accounts_with_all_sections_is_small() {
    let output = sample();
    let size = |name: &str| fs::metadata(output.path(&format!("reels/latest/{name}"))).unwrap().len();
    assert!(size("report.html") < 250_000, "{} bytes", size("report.html"));
    assert!(size("report.md") < 10_240, "{} bytes", size("report.md"));
}

#[test]
fn every_format_is_the_same_bytes_elsewhere_and_after_a_rebuild_and_verify_agrees() {
    make_the_same_bytes(|| {
        let command =
            Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100), reel(200).caption("#moss")], None));
        command.args(["run", "--replay", "maple", "--observed-at", "2026-08-20T12:00:00Z"]).args(ALL).run()
    });
}

#[test]
#[ignore = "slow"]
fn slow_every_format_is_the_same_bytes_elsewhere_and_after_a_rebuild_and_verify_agrees() {
    make_the_same_bytes(publish_sample);
}

fn make_the_same_bytes(publish: impl Fn() -> Output) {
    let bytes = |output: &Output, dir: &str| tree_of_store(&output.path(dir));
    let first = publish();
    assert_eq!(bytes(&first, "reels"), bytes(&publish(), "reels"));
    first.then().arg("verify").stdout_has("0 differences").run();
    let tables = |output: &Output| {
        let mut files = bytes(output, "reels/latest");
        // Report and manifest say which run they are of.
        files.retain(|path, _| {
            !["html", "md", "json", ""].contains(&&*path.extension().unwrap_or_default().to_string_lossy())
        });
        files
    };
    let before = tables(&first);
    assert_eq!(before.len(), 4 * TABLES.len() + 3, "{before:?}");
    let rebuilt = first.then().args(["rebuild", "--run-id", "again"]).run();
    assert!(fs::read_link(rebuilt.path("reels/latest")).unwrap().ends_with("again"));
    assert_eq!(tables(&rebuilt), before);
    rebuilt.then().arg("verify").stdout_has("0 differences").run();
    fs::write(rebuilt.path("reels/latest/reelframe.xlsx"), "no workbook").unwrap();
    rebuilt.then().arg("verify").status(4).stderr_has("reelframe.xlsx").run();
}

#[test]
fn a_run_id_with_another_dialect_is_refused() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let args = ["run", "maple", "--run-id", "one", "--replay", "maple"];
    let first = command.args(args).args(["--csv-dialect", "excel"]).run();
    first.then().args(args).status(2).stderr_has("other accounts or settings").run();
    first.then().args(args).args(["--csv-dialect", "excel"]).stdout_has("published already").run();
    Reelframe::new().args(args).args(["--csv-dialect", "word"]).status(2).stderr_has("plain, excel, excel-eu").run();
}

#[test]
fn an_export_has_the_formats_that_were_asked_for_and_no_others() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100), reel(200).caption("=1+1")], None));
    let output = command.args(["export", "--replay", "maple", "--format", "xlsx", "--out", "book"]).run();
    assert_eq!(tree(&output.path("book")).len(), 1);
    let sheets = sheets(&output.path("book/reelframe.xlsx"));
    // Without a store the observations are a table like the others.
    assert_eq!(sheets.len(), 5 + 8, "{:?}", sheets.keys());
    assert_eq!(sheets["observations"].matches("<row ").count(), 3);
    assert!(sheets["reels"].contains("<is><t>=1+1</t></is>") && !sheets["reels"].contains("<f>"));
    let output = output.then().args(["export", "--replay", "maple", "--format", "jsonl,arrow", "--out", "lines"]).run();
    assert_eq!(tree(&output.path("lines")).len(), 16);
}

#[test]
fn what_a_killed_export_has_left_is_no_part_of_the_next() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let half = command.file("tables/.reelframe.partial/reels.csv", "reel_key,ree");
    let output = half.args(["export", "--replay", "maple", "--format", "parquet", "--out", "tables"]).run();
    assert!(output.path("tables/reels.parquet").exists());
    assert!(!output.path("tables/reels.csv").exists() && !output.path("tables/.reelframe.partial").exists());
}

#[test]
fn the_last_words_of_a_run_name_what_it_wrote() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(100)], None));
    let output = command.args(["run", "--replay", "maple", "--format", "xlsx,jsonl"]).run();
    assert!(output.stdout.contains("Tables  reels/latest/*.parquet, *.jsonl, *.xlsx\n"), "{}", output.stdout);
}
