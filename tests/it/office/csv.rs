//! CSV for office tools and for readers of lines: of tables, of answers, and what a store remembers of it.

use std::fs;

use testkit::pages::{reel, wrapped_page};

use crate::harness::{Output, Reelframe};

/// A store whose CSV is of the European dialect, on one line a row.
fn store() -> Output {
    let page = wrapped_page(&[reel(200).views(50).caption("=1+1\nzwei"), reel(100).views(70)], None);
    let command = Reelframe::new().file("maple/1.json", page);
    command.args(["run", "--replay", "maple", "--csv-dialect", "excel-eu", "--csv-breaks", "space"]).run()
}

#[test]
fn an_answer_is_written_as_the_files_of_tables_are() {
    let store = store();
    let sql = "SELECT reel_id, views, engagement_rate, posted_at, caption FROM reels ORDER BY views ASC";
    let answer =
        |args: &[&str]| store.then().args(["query", sql, "--format", "csv"]).args(args.iter().copied()).run().stdout;
    let table = fs::read_to_string(store.path("reels/latest/reels.csv")).expect("written");
    let european = answer(&["--csv-dialect", "excel-eu", "--csv-breaks", "space"]);
    let lines: Vec<&str> = european.split("\r\n").collect();
    assert_eq!(lines[0], "\u{FEFF}reel_id;views;engagement_rate;posted_at;caption");
    // 50 likes and 5 comments on 50 and on 70 views.
    assert!(lines[1].starts_with("\"=\"\"200\"\"\";50;") && lines[1].ends_with(";'=1+1 zwei"), "{european}");
    assert!(lines[2].starts_with("\"=\"\"100\"\"\";70;0,7857142857142857;"), "{european}");
    for cell in lines[2].split(';').filter(|cell| !cell.is_empty()) {
        assert!(table.contains(&format!("{cell};")), "{cell} in {table}");
    }
    let plain = answer(&[]);
    assert!(plain.starts_with("reel_id,views,") && plain.contains("\"=1+1\nzwei\"") && plain.contains("Z,"), "{plain}");
    let tabs = answer(&["--csv-delimiter", "tab", "--csv-decimal", "comma", "--csv-breaks", "space"]);
    assert!(tabs.contains("100\t70\t0,7857142857142857\t") && tabs.contains("\t=1+1 zwei\n"), "{tabs}");
    let both = ["query", sql, "--format", "csv", "--csv-decimal", "comma", "--csv-delimiter", ","];
    store.then().args(both).status(2).stderr_has("--csv-delimiter ';'").run();
}

#[test]
fn a_store_remembers_how_its_csv_is_written() {
    let store = store();
    let first = fs::read(store.path("reels/latest/reels.csv")).expect("written");
    assert!(String::from_utf8_lossy(&first).contains(";'=1+1 zwei;"));
    let rebuilt = store.then().args(["rebuild", "--run-id", "again"]).run();
    assert_eq!(fs::read(rebuilt.path("reels/runs/again/reels.csv")).expect("written"), first);
    let export = ["export", "--out", "tables", "--format", "csv", "--csv-decimal", "comma"];
    let exported = store.then().args(export).run();
    let text = fs::read_to_string(exported.path("tables/reels.csv")).expect("written");
    assert!(text.starts_with("reel_key;reel_id;") && text.contains("\"=1+1\nzwei\""), "{text}");
    let other = store.then().args(["run", "--replay", "maple", "--run-id", "again", "--csv-dialect", "excel-eu"]);
    other.status(2).stderr_has("other accounts or settings").run();
}
