//! Bytes that are legal in an answer and break the tool that comes next: line separators, half a surrogate pair, NUL.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use testkit::mock_api::{Account, MockApi, Script};
use testkit::page_log::{self, hash};
use testkit::pages::{reel, wrapped_page};
use testkit::tables::{column, read_parquet, tree};

use crate::fetch::{published, run};
use crate::harness::{Output, Reelframe};

const SEPARATORS: [char; 3] = ['\u{2028}', '\u{2029}', '\u{85}'];
const PK: u64 = 3_800_000_000_000_000_000;

/// Three reels: one with the separators as they are, one with half an emoji, one with NUL in caption and names.
fn odd_page() -> String {
    let nul = reel(PK - 2).caption("a\0b #t\0ag\nline").coauthor("6006", "wil\0low");
    let items = [reel(PK).caption("a\u{2028}b\u{2029}c\u{85}d"), reel(PK - 1).caption("nice CUT cut"), nul];
    wrapped_page(&items, None).replace("CUT", r"\ud83d")
}

/// The page lines of all logs of the default store, as they are stored.
fn stored(output: &Output, store: &str) -> Vec<String> {
    let mut pages = Vec::new();
    for path in tree(&output.path(&format!("{store}/raw"))).keys() {
        let text = page_log::read(&output.path(&format!("{store}/raw")).join(path));
        pages.extend(text.lines().filter(|line| line.contains(r#""line":"page""#)).map(str::to_owned));
    }
    pages
}

fn findings(output: &Output, store: &str) -> Vec<(String, String, i64)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let row =
        |row: &testkit::tables::Row| (text(&row["finding"]), text(&row["detail"]), row["count"].as_i64().unwrap());
    output.table_of(store, "findings").iter().map(row).collect()
}

fn expected_findings() -> Vec<(String, String, i64)> {
    let found = [
        ("line_separator", "caption"),
        ("lone_surrogate", "caption"),
        ("nul_in_text", "caption"),
        ("nul_in_text", "people.username"),
    ];
    found.map(|(finding, detail)| (finding.to_owned(), detail.to_owned(), 1)).into()
}

/// The body of a page line, byte for byte.
fn stored_body(line: &str) -> &str {
    let (_, body) = line.split_once(",\"body\":").expect("a page has a body");
    body.strip_suffix('}').expect("a line is an object")
}

#[track_caller]
fn assert_page_is_plain(line: &str, received: &str) {
    assert!(!line.contains(SEPARATORS) && !line.contains(r"\ud83d"), "{line}");
    let json: Value = serde_json::from_str(line).expect("strict JSON");
    assert_eq!(json["received_blake3"], hash(received));
    let caption = |item: usize| json["body"]["items"][item]["media"]["caption"]["text"].clone();
    assert_eq!(caption(0), "a\u{2028}b\u{2029}c\u{85}d", "an escape means the same");
    assert_eq!(caption(1), "nice \u{FFFD} cut");
    assert_eq!(json["blake3"], hash(stored_body(line)));
}

#[test]
fn a_fetched_page_is_stored_as_plain_json_and_what_was_odd_is_a_finding() {
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [odd_page()])]));
    let output = run(&api, &["maple"]).run();
    let lines = stored(&output, "reels");
    assert_eq!(lines.len(), 1);
    assert_page_is_plain(&lines[0], &odd_page());
    assert_eq!(findings(&output, "reels"), expected_findings());
    let parsed = hash(&serde_json::from_str::<Value>(&lines[0]).unwrap()["body"].to_string());
    assert_ne!(parsed, hash(&odd_page()));
    let page_hash = hash(stored_body(&lines[0]));
    assert_eq!(column(&output.table("reels"), "page_blake3"), vec![json!(page_hash); 3]);
    output.then().arg("verify").stdout_has("0 differences").run();
    let before = findings(&output, "reels");
    let again = output.then().args(["rebuild", "--run-id", "again"]).run();
    assert_eq!(findings(&again, "reels"), before);
}

#[test]
fn half_a_pair_in_the_name_of_a_field_costs_no_page() {
    let page = wrapped_page(&[reel(PK).set("KEY", 1)], None).replace("KEY", r"k\udc00");
    let page = format!(r#"{},"k\ud83d":"\udc00"}}"#, page.strip_suffix('}').unwrap());
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [page.clone()])]));
    let bare = Reelframe::new().file("maple/1.json", &page).args(["run", "--replay", "maple"]);
    for output in [run(&api, &["maple"]).run(), bare.run()] {
        let line = &stored(&output, "reels")[0];
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["body"]["k\u{FFFD}"], "\u{FFFD}");
        assert_eq!(published(&output), [PK.to_string()]);
    }
    assert_eq!(api.request_log().calls().len(), 1);
}

#[test]
fn a_plain_page_is_stored_byte_for_byte_and_has_one_hash() {
    let page = wrapped_page(&[reel(PK).caption("emoji 🎬 é … \u{FFFD}")], None).replace('🎬', r"\ud83c\udfac");
    let api = MockApi::start(Script::serving([Account::verbatim("maple", "5005", [page.clone()])]));
    let output = run(&api, &["maple"]).run();
    let line = &stored(&output, "reels")[0];
    assert!(line.ends_with(&format!(r#","blake3":"{}","body":{page}}}"#, hash(&page))), "{line}");
    assert_eq!(findings(&output, "reels"), []);
}

#[test]
#[ignore = "slow"]
fn slow_the_same_bare_page_is_one_page_however_often_it_is_imported() {
    let pretty = odd_page().replace("{\"items\":", "{\n  \"items\":");
    let args = ["run", "--replay", "maple", "--observed-at", "2026-11-20T06:00:00Z"];
    let first = Reelframe::new().file("maple/1.json", &pretty).args(args).run();
    assert_page_is_plain(&stored(&first, "reels")[0], &pretty);
    assert_eq!(findings(&first, "reels"), expected_findings());
    // Under another zone it is another run of the same page.
    let second = first.then().args(args).args(["--timezone", "Asia/Tokyo"]).run();
    assert_eq!((stored(&second, "reels").len(), &second.table("accounts")[0]["pages"]), (1, &json!(1)));
    let third = second.then().args(["run", "--replay", "reels/raw", "--store", "copy"]).run();
    assert_eq!(stored(&third, "copy"), stored(&first, "reels"));
    assert_eq!(findings(&third, "copy"), expected_findings());
    // Straight from the page, without a store.
    let export =
        third.then().args(["export", "--out", "tables", "--format", "parquet"]).args(args[1..].iter().copied()).run();
    let of_export = read_parquet(&export.path("tables/reels.parquet"));
    assert_eq!(column(&of_export, "page_blake3"), column(&first.table("reels"), "page_blake3"));
    assert_eq!(column(&read_parquet(&export.path("tables/findings.parquet")), "finding").len(), 4);
}

/// A log as earlier versions wrote it: the body as it came.
fn old_log() -> String {
    let start = json!({
        "line": "start", "account": "maple", "account_id": null, "label": null, "timezone": "UTC", "followers": null,
        "followers_as_of": null, "run_id": "old", "version": "0.1.0", "started_at": "2026-11-20T06:00:00.000Z",
    });
    let end = json!({"line": "end", "status": "complete", "reason": null, "attempts": 0, "ended_at": "2026-11-20T06:00:02.000Z"});
    let body = odd_page();
    let head = r#"{"line":"page","page":1,"cursor":null,"fetched_at":"2026-11-20T06:00:01.000Z","status":200,"request_id":null,"attempts":1"#;
    format!("{start}\n{head},\"blake3\":\"{}\",\"body\":{body}}}\n{end}\n", hash(&body))
}

#[test]
fn an_old_log_is_read_as_it_lies_and_imported_as_it_would_be_stored_today() {
    // In a store it stays as it is, and says the same.
    let store = Reelframe::new().file("reels/raw/maple/old.ndjson", old_log()).arg("rebuild").run();
    assert_eq!(findings(&store, "reels"), expected_findings());
    assert_eq!(column(&store.table("reels"), "page_blake3"), vec![json!(hash(&odd_page())); 3]);
    store.then().arg("verify").stdout_has("0 differences").run();
    // Imported into its own store it is known; into another it is stored as pages are today.
    let own = store.then().file("in/old.ndjson", old_log()).args(["run", "--replay", "in", "--run-id", "x"]).run();
    assert_eq!(own.table("accounts")[0]["pages"], 1);
    let other = own.then().args(["run", "--replay", "in", "--store", "other"]).run();
    let lines = stored(&other, "other");
    assert_page_is_plain(&lines[0], &odd_page());
    assert_eq!(findings(&other, "other"), expected_findings());
    let page = other.then().args(["run", "--replay", "reels/raw", "--store", "other", "--run-id", "y"]).run();
    assert_eq!(stored(&page, "other"), lines, "the same page by its old hash is the same page");
}

/// Whether a file holds NUL, as itself or as JSON, XML or HTML write it.
fn has_nul(text: &[u8]) -> bool {
    let holds = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
    text.contains(&0) || holds(r"\u0000") || holds("_x0000_") || holds("&#0;") || holds("&#x0;")
}

#[test]
#[ignore = "slow"]
fn slow_no_text_format_has_a_nul_and_no_json_a_line_separator() {
    let command =
        Reelframe::new().file("maple/1.json", odd_page()).file("nul.sql", "SELECT 'a\0b\u{2028}' AS x FROM accounts");
    let all = ["--format", "parquet,csv,jsonl,arrow,xlsx", "--observed-at", "2026-11-20T06:00:00Z"];
    let output = command.args(["run", "--replay", "maple"]).args(all).run();
    let mut seen = 0;
    let dir = output.path("reels/latest");
    for path in tree(&dir).into_keys() {
        let bytes = fs::read(dir.join(&path)).unwrap();
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if matches!(extension.as_str(), "csv" | "jsonl" | "html" | "md" | "json") {
            assert!(!has_nul(&bytes), "{}", path.display());
            seen += 1;
        }
        if matches!(extension.as_str(), "jsonl" | "json") {
            assert!(!String::from_utf8(bytes).unwrap().contains(SEPARATORS), "{}", path.display());
        }
    }
    assert_eq!(seen, 7 + 7 + 4, "tables and report");
    let mut book = zip::ZipArchive::new(fs::File::open(output.path("reels/latest/reelframe.xlsx")).unwrap()).unwrap();
    for index in 0..book.len() {
        let mut sheet = Vec::new();
        std::io::copy(&mut book.by_index(index).unwrap(), &mut sheet).unwrap();
        assert!(!has_nul(&sheet), "part {index} of the workbook");
    }
    let lines = fs::read_to_string(output.path("reels/latest/reels.jsonl")).unwrap();
    let captions: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["caption"].clone()).collect();
    assert_eq!(captions.len(), 3);
    for caption in ["a\u{2028}b\u{2029}c\u{85}d", "nice \u{FFFD} cut", "ab #tag\nline"] {
        assert!(captions.contains(&json!(caption)), "{captions:?}");
    }
    // What is made of a text is made of the text without it.
    assert_eq!(column(&output.table("hashtags"), "hashtag"), ["tag"]);
    assert!(column(&output.table("people"), "username").contains(&json!("willow")));
    for format in ["csv", "json"] {
        for query in ["SELECT caption FROM reels ORDER BY caption", "nul.sql"] {
            let answer = output.then().args(["query", query, "--format", format]).run().stdout;
            assert!(!has_nul(answer.as_bytes()), "{query} {format}: {answer}");
            assert!(format == "csv" || !answer.contains(SEPARATORS), "{query}: {answer}");
        }
    }
    assert_eq!(published(&output).len(), 3);
}

#[test]
fn a_label_with_a_nul_reaches_no_table() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page(&[reel(PK)], None));
    let log = old_log().replacen(r#""label":null"#, r#""label":"Mil\u0000ls""#, 1);
    let output = command.file("in/a.ndjson", log).args(["run", "--replay", "in", "--format", "jsonl"]).run();
    assert_eq!(column(&output.table("accounts"), "account_label"), ["Mills"]);
    let bytes = fs::read(output.path("reels/latest/accounts.jsonl")).unwrap();
    assert!(!has_nul(&bytes), "{}", Path::new("accounts.jsonl").display());
}
