//! The commands around a run: asking the tables, checking files and the place a run finds itself in.

use std::net::TcpListener;

use testkit::mock_api::{KEY, MockApi, Script};
use testkit::pages::{reel, wrapped_page};

use crate::harness::{Output, Reelframe};
use crate::stores::{built_once, sample_data};

/// A store with two reels of one account.
fn store() -> Output {
    built_once("two reels of maple", || {
        let page = wrapped_page(&[reel(200).views(50), reel(100).views(70)], None);
        Reelframe::new().file("maple/1.json", page).args(["run", "--replay", "maple"]).whole_report().run()
    })
}

#[test]
fn a_query_is_sql_a_name_or_a_file_and_comes_as_table_csv_or_json() {
    let store = store();
    let sql = "SELECT reel_id, views FROM reels ORDER BY views DESC";
    let query = |args: &[&str]| store.then().arg("query").args(args.iter().copied());
    query(&[sql, "--format", "csv"]).stdout("reel_id,views\n100,70\n200,50\n").run();
    let json = query(&[sql, "--format", "json"]).run().stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(rows, serde_json::json!([{"reel_id": "100", "views": 70}, {"reel_id": "200", "views": 50}]));
    query(&[sql]).stdout_has("reel_id").run();
    query(&["overview"]).stdout_has("maple").run();
    query(&["010_overview"]).stdout_has("maple").run();
    query(&["own.sql", "--format", "csv"])
        .file("own.sql", "-- mine\nSELECT COUNT(*) AS n FROM reels")
        .stdout("n\n2\n")
        .run();
    query(&[]).stdout_has("top_reels").run();
    // Into a file, typed as the columns are.
    let sql = "SELECT reel_id, views, posted_at, posted_date, caption FROM reels ORDER BY views DESC";
    query(&[sql, "--format", "parquet"]).status(2).stderr_has("--out").run();
    query(&[sql, "--format", "parquet", "--out", "answer.parquet"]).stdout("").run();
    let rows = testkit::tables::read_parquet(&store.path("answer.parquet"));
    let reels = store.table("reels");
    assert_eq!(rows.len(), 2);
    for (row, reel) in rows.iter().zip(&reels) {
        assert!(row.iter().all(|(name, value)| *value == reel[name]), "{row:?}");
    }
    store.then().args(["lint", "answer.parquet"]).stdout_has("0 violations").run();
    query(&["overview", "--format", "csv", "--out", "overview.csv"]).stdout("").run();
    assert!(std::fs::read_to_string(store.path("overview.csv")).unwrap().contains("maple"));
}

#[test]
fn a_query_that_cannot_be_answered_says_why() {
    let store = store();
    let query = |text: &str| store.then().args(["query", text]).status(2);
    query("SELECT views FROM films").stderr_has("hint: the tables are reels, ").run();
    query("SELECT plays FROM reels").stderr_has("hint: reels has reel_key, ").stderr_has("play_count").run();
    query("SELECT begin FROM period").stderr_has("hint: period has first, last, ").run();
    query("SELEC views").run();
    query("no_such_query").stderr_has("hint: the built-in queries are all_accounts, ").run();
    query("missing.sql").stderr_has("error: missing.sql: no such file or folder\nhint: name a .sql file, ").run();
    query("folder.sql").file("folder.sql/x", "").stderr_has("folder.sql: a folder, where a query is needed").run();
    query("latin.sql").file("latin.sql", b"SELECT '\xe9'").stderr_has("latin.sql: it is not text in UTF-8\n").run();
    Reelframe::new().args(["query", "overview"]).status(2).stderr_has("there is no store").run();
}

#[test]
#[ignore = "slow"]
fn slow_a_misspelt_name_in_a_query_is_answered_with_the_nearest_one() {
    let store = store();
    for (text, meant) in [
        ("SELECT vews FROM reels", "views"),
        ("SELECT \"Views\" FROM reels", "views"),
        ("SELECT r.vews FROM reels AS r INNER JOIN accounts AS a ON r.account = a.account", "views"),
        ("SELECT account FROM reels ORDER BY postd_at", "posted_at"),
        ("SELECT befor_first FROM period", "before_first"),
        ("SELECT account FROM reel", "reels"),
        ("SELECT account FROM account", "accounts"),
        ("top_rels", "top_reels"),
        ("top-reels", "top_reels"),
        ("050_top_rels", "top_reels"),
    ] {
        let hint = format!("\nhint: did you mean `{meant}`?\n");
        store.then().args(["query", text]).status(2).stderr_has(&hint).run();
    }
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing_whatever_it_is_for() {
    for (words, said) in [
        (&["export", "--out", "x", "--replay", "pages", "--accounts", "none.csv"][..], "--accounts none.csv"),
        (&["report", "--config", "none.toml"], "none.toml"),
        (&["lint", "none.parquet"], "none.parquet"),
        (&["query", "none.sql"], "none.sql"),
        (&["run", "--replay", "none"], "--replay none"),
    ] {
        let command = Reelframe::new().args(words.iter().copied()).status(2);
        command.stderr_has(&format!("error: {said}: no such file or folder\n")).run();
    }
    let key = Reelframe::new().args(["run", "maple", "--api-key-file", "none.key"]).status(6);
    key.stderr_has("error: --api-key-file none.key: no such file or folder\n").run();
}

#[test]
fn the_report_comes_in_every_form() {
    let store = store();
    for (format, begins) in [("html", "<!"), ("markdown", "#"), ("json", "{"), ("terminal", "Reels of")] {
        let text = store.then().args(["report", "--format", format]).run().stdout;
        assert!(text.starts_with(begins), "{format}: {}", &text[..text.len().min(80)]);
    }
    let written = store.then().args(["report", "--format", "html", "--out", "report.html"]).whole_report();
    written.stdout("report.html\n").run();
    let published = std::fs::read(store.path("reels/latest/report.html")).expect("published");
    assert_eq!(std::fs::read(store.path("report.html")).expect("written"), published);
}

#[test]
fn lint_names_what_it_finds() {
    let store = store();
    store.then().args(["lint", "reels"]).stdout_has("0 violations").run();
    store
        .then()
        .file("bad.parquet", "not parquet")
        .args(["lint", "bad.parquet"])
        .status(4)
        .stderr_has("bad.parquet")
        .run();
    store
        .then()
        .args(["lint", "missing.parquet"])
        .status(2)
        .stderr_has("missing.parquet: no such file or folder")
        .run();
    store
        .then()
        .file("empty/x.txt", "")
        .args(["lint", "empty"])
        .status(2)
        .stderr_has("no Parquet file in empty\n")
        .run();
}

#[test]
fn the_schema_is_a_list_of_columns() {
    let json = Reelframe::new().args(["schema", "--format", "json"]).run().stdout;
    let columns: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&json).expect("a list");
    let keys: Vec<&str> = columns[0].keys().map(String::as_str).collect();
    assert_eq!(keys, ["column", "meaning", "nullable", "source", "table", "type", "unit"]);
    let one = Reelframe::new().args(["schema", "--table", "hashtags", "--format", "json"]).run().stdout;
    assert_eq!(one.matches("\"table\":\"hashtags\"").count(), 6);
    Reelframe::new().args(["schema", "--table", "posts"]).status(2).stderr_has("the tables are reels").run();
}

#[test]
fn the_doctor_looks_at_everything_and_asks_for_nothing() {
    let api = MockApi::start(Script::serving([]));
    let doctor = || Reelframe::new().args(["doctor", "maple"]).api(&api);
    let healthy = doctor().key(KEY).stdout_has("ok    host").stdout_has("ok    store").stdout_has("ok    key").run();
    assert!(!healthy.stdout.contains("FAIL"), "{}", healthy.stdout);
    doctor().status(6).stdout_has("FAIL  key").stdout_has("AISA_API_KEY").run();
    assert_eq!(api.request_log().calls().len(), 0);
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let closed = format!("http://{}", free.local_addr().expect("its address"));
    drop(free);
    Reelframe::new().args(["doctor", "--base-url", &closed]).key(KEY).status(5).stdout_has("FAIL  host").run();
    Reelframe::new()
        .file("reels", "a file")
        .args(["doctor"])
        .api(&api)
        .key(KEY)
        .status(2)
        .stdout_has("FAIL  store")
        .run();
    Reelframe::new().file("reelframe.toml", "colour = 1").arg("doctor").status(2).stderr_has("`colour`").run();
    let insecure = ["doctor", "--base-url", "http://reels.invalid"];
    Reelframe::new().args(insecure).key(KEY).status(2).stdout_has("https only").run();
    let changed = store();
    std::fs::write(changed.path("reels/latest/manifest.json"), "{}").expect("written");
    changed.then().arg("doctor").api(&api).key(KEY).status(9).stdout_has("FAIL  latest run").run();
}

#[test]
fn completions_and_the_man_page_know_every_command() {
    let commands = ["run", "fetch", "export", "report", "query", "schema", "lint", "doctor", "completions", "man"];
    for shell in ["bash", "zsh", "fish"] {
        let script = Reelframe::new().args(["completions", shell]).run().stdout;
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    let page = Reelframe::new().arg("man").run().stdout;
    assert!(page.starts_with(".ie") || page.contains(".TH"), "{}", &page[..80]);
    assert!(commands.iter().all(|command| page.contains(command)), "{page}");
    Reelframe::new().args(["man", "run"]).stdout_has("requests").run();
    Reelframe::new().args(["man", "crawl"]).status(2).stderr_has("'crawl' is not a command").run();
}

#[test]
fn a_scheduler_can_tell_that_nothing_is_new() {
    let args = ["run", "--skip-code", "--replay", &sample_data()];
    let first = Reelframe::new().args(args).run();
    first.then().args(args).status(99).run();
}
