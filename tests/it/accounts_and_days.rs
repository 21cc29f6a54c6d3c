//! `--account`, `--from` and `--to`, as `report`, `query` and `export` understand them.

use std::fs;

use serde_json::Value;
use testkit::pages::{reel, wrapped_page};
use testkit::tables::{Row, column, tree};

use crate::harness::{Output, Reelframe};
use crate::history::replay;
use crate::reports::{json, rows};
use crate::stores::{built_once, sample};
use crate::talk::object;
use crate::workbook::cells::Book;

const BAKERY: &str = "harbor.bakery.example";
const AUGUST: [&str; 4] = ["--from", "2026-08-01", "--to", "2026-08-31"];

fn query(store: &Output, sql: &str, args: &[&str]) -> Reelframe {
    store.then().args(["query", sql, "--format", "csv"]).args(args.iter().copied())
}

fn export(store: &Output, out: &str, args: &[&str]) -> Reelframe {
    store.then().args(["export", "--out", out]).args(args.iter().copied())
}

#[test]
#[ignore = "slow"]
fn slow_a_query_of_accounts_and_days_gives_what_their_report_shows() {
    const NAMES: [&str; 5] = ["overview", "top_reels", "outliers", "hashtags", "all_accounts"];
    let store = sample();
    for args in [&["--account", BAKERY, "--from", "2026-08-01", "--to", "2026-08-31"][..], &["--last", "7d"]] {
        let report = json(&store, &NAMES.join(","), args);
        for name in NAMES {
            let command = store.then().args(["query", name, "--format", "json"]).args(args.iter().copied());
            let answer: Vec<Value> = serde_json::from_str(&command.run().stdout).expect("JSON");
            assert_eq!(answer, rows(&report, name), "{name} {args:?}");
        }
    }
}

#[test]
fn the_flags_of_a_query_set_its_accounts_and_its_period() {
    let store = sample();
    let period = "SELECT first, last, before_first, before_last, days FROM period";
    let days = |args: &[&str], expected: &str| {
        let said = format!("first,last,before_first,before_last,days\n{expected}\n");
        query(&store, period, args).stdout(&said).run();
    };
    // August and July have 31 days each; the newest observation is of 2026-10-19, and 28 days end then.
    days(&AUGUST, "2026-08-01,2026-08-31,2026-07-01,2026-07-31,31");
    days(&["--to", "2026-08-31", "--last", "7d"], "2026-08-25,2026-08-31,2026-08-18,2026-08-24,7");
    days(&["--from", "2026-10-18"], "2026-10-18,2026-10-19,2026-10-16,2026-10-17,2");
    days(&["--last", "1d", "--compare", "none"], "2026-10-19,2026-10-19,,,1");
    days(&[], "2026-09-22,2026-10-19,2026-08-25,2026-09-21,28");
    // Tables have the rows of the accounts, whatever the days.
    let accounts = "SELECT account FROM accounts ORDER BY account";
    query(&store, accounts, &["--account", "@Harbor.Bakery.example"]).stdout(&format!("account\n{BAKERY}\n")).run();
    let both = ["--account", "monsoon.moves.example", "--account", BAKERY];
    query(&store, accounts, &both).stdout(&format!("account\n{BAKERY}\nmonsoon.moves.example\n")).run();
    // All 68 reels are there, and the period has one day.
    let reels = "SELECT COUNT(*) AS reels, MAX(p.days) AS days FROM reels CROSS JOIN period AS p";
    let args = ["--account", BAKERY, "--from", "2026-10-19"];
    query(&store, reels, &args).stdout("reels,days\n68,1\n").run();
}

#[test]
fn a_query_sees_accounts_that_left_the_list() {
    let first = replay(Reelframe::new(), 1).run();
    let store = replay(first.then(), 2).arg("maple").run();
    let accounts = "SELECT account FROM accounts ORDER BY account";
    query(&store, accounts, &[]).stdout("account\nmaple\nwillow\n").run();
    query(&store, accounts, &["--account", "willow"]).stdout("account\nwillow\n").run();
    query(&store, accounts, &["--last", "7d"]).stdout("account\nmaple\nwillow\n").run();
}

#[test]
fn days_that_change_nothing_or_hold_no_reel_are_warned_of() {
    let store = sample();
    let posted = "SELECT COUNT(*) AS n FROM reels CROSS JOIN period AS p WHERE posted_date >= first";
    query(&store, posted, &["--from", "2031-01-01"])
        .stdout("n\n0\n")
        .stderr_has("WARN")
        .stderr_has("no reel was posted in the period, 2031-01-01")
        .run();
    query(&store, posted, &["--from", "2026-08-01"]).stderr_lacks("WARN").run();
    let nothing = "the days change nothing here";
    let all = "SELECT COUNT(*) AS n FROM reels -- period";
    query(&store, all, &["--from", "2031-01-01"]).stdout("n\n201\n").stderr_has(nothing).run();
    query(&store, all, &["--last", "7d"]).stderr_has(nothing).run();
    query(&store, all, &["--account", BAKERY]).stdout("n\n68\n").stderr_lacks("WARN").run();
}

#[test]
fn unknown_accounts_and_days_in_the_wrong_order_are_refused_alike() {
    let store = sample();
    for words in [&["report"][..], &["query", "top_reels"], &["export", "--out", "tables"]] {
        let ask = |args: &[&str]| store.then().args(words.iter().copied()).args(args.iter().copied()).status(2);
        let order = ask(&["--from", "2026-09-01", "--to", "2026-08-31"]);
        order.stderr_has("--from 2026-09-01 is a later day than --to 2026-08-31").run();
        ask(&["--account", "nobody"]).stderr_has("nobody in reels").stderr_has(BAKERY).run();
        ask(&["--account", "not an account"]).stderr_has("'not an account' is not an Instagram account").run();
        ask(&["--account", " "]).stderr_has("--account").run();
        ask(&["--from", "August"]).stderr_has("2026-11-23").run();
    }
    assert!(!store.path("tables").exists(), "what is refused leaves nothing");
}

#[test]
fn the_account_of_an_export_can_be_named_with_or_without_the_flag() {
    let store = sample();
    export(&store, "flag", &["--account", BAKERY]).stdout("68 reels of 1 account in flag\n").run();
    export(&store, "plain", &[BAKERY]).stdout("68 reels of 1 account in plain\n").run();
    assert_eq!(tree(&store.path("flag")), tree(&store.path("plain")));
    // 68 and 67 reels; one named twice counts once.
    let both = [BAKERY, "--account", "monsoon.moves.example", "--account", "@Harbor.Bakery.example"];
    export(&store, "both", &both).stdout("135 reels of 2 accounts in both\n").run();
    let straight = Reelframe::new().args(["export", "--out", "out", "--account", BAKERY, "--replay"]);
    straight.arg(crate::stores::sample_data()).stdout("68 reels of 1 account in out\n").run();
}

/// The rows of a table whose column has one of these values.
fn of<'r>(rows: &'r [Row], name: &str, values: &[Value]) -> Vec<&'r Row> {
    rows.iter().filter(|row| values.contains(&row[name])).collect()
}

#[test]
fn an_export_of_days_has_their_rows_with_the_values_that_these_have_among_all() {
    let store = sample();
    export(&store, "all", &[]).stdout("200 reels of 3 accounts in all\n").run();
    export(&store, "august", &AUGUST).run();
    let both = |table: &str| (store.table_at("all", table), store.table_at("august", table));
    let (all, august) = both("reels");
    let is_kept = |row: &&Row| row["posted_date"].as_str().unwrap().starts_with("2026-08-");
    let kept: Vec<&Row> = all.iter().filter(is_kept).collect();
    assert!(kept.len() > 30 && kept.len() < all.len() / 2, "{}", kept.len());
    // Every column: baselines, ranks and gains too.
    assert_eq!(august.iter().collect::<Vec<_>>(), kept);
    assert!(august.iter().all(|row| row["baseline_n"].as_i64() > Some(0)), "computed from months that are left out");
    let keys = column(&august, "reel_key");
    for table in ["hashtags", "people", "observations"] {
        let (all, august) = both(table);
        assert_eq!(august.iter().collect::<Vec<_>>(), of(&all, "reel_key", &keys), "{table}");
        assert!(august.len() < all.len(), "{table}");
    }
    let (all, august) = both("days");
    let is_of_august = |row: &&Row| row["day"].as_str().unwrap().starts_with("2026-08-");
    assert_eq!(august.iter().collect::<Vec<_>>(), all.iter().filter(is_of_august).collect::<Vec<_>>());
    for table in ["accounts", "findings"] {
        let (all, august) = both(table);
        assert_eq!(all, august, "{table}");
    }
    store.then().args(["lint", "august"]).stdout_has("0 violations").run();
}

/// Four reels of maple around the first ten days of August in New York, which is four hours behind UTC then.
fn around_midnight() -> Output {
    built_once("four reels around midnight", || {
        let at = |pk: u64, time: &str, caption: &str| {
            let time: chrono::DateTime<chrono::Utc> = time.parse().expect("a time");
            reel(pk).taken_at(time.timestamp()).caption(caption)
        };
        let reels = [
            at(4, "2026-08-11T04:00:00Z", "#last"),
            at(3, "2026-08-11T03:59:59Z", "the tenth, a second before midnight"),
            at(2, "2026-08-01T04:00:00Z", "#first with @fern"),
            at(1, "2026-08-01T03:59:59Z", "#july with @moss"),
        ];
        let command = Reelframe::new().file("maple/1.json", wrapped_page(&reels, None));
        let command = command.args(["run", "--replay", "maple", "--timezone", "America/New_York"]);
        command.args(["--observed-at", "2026-08-20T12:00:00Z"]).run()
    })
}

#[test]
fn the_days_of_an_export_are_those_of_the_accounts_time_zone() {
    let store = around_midnight();
    let ids = |args: &[&str]| {
        let out = format!("of{}", args.concat());
        export(&store, &out, args).run();
        ["reels", "observations", "hashtags", "people"].map(|table| {
            let ids = column(&store.table_at(&out, table), "reel_id");
            let mut ids: Vec<String> = ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids.concat()
        })
    };
    // 00:00:00 of the first and 23:59:59 of the tenth are in, a second before and after are not.
    assert_eq!(ids(&["--from", "2026-08-01", "--to", "2026-08-10"]), ["23", "23", "2", "2"]);
    assert_eq!(ids(&["--from", "2026-08-11"]), ["4", "4", "4", ""]);
    assert_eq!(ids(&["--to", "2026-07-31"]), ["1", "1", "1", "1"]);
    assert_eq!(ids(&["--from", "2026-08-10", "--to", "2026-08-10"]), ["3", "3", "", ""]);
    assert_eq!(ids(&[]), ["1234", "1234", "124", "12"]);
    let days = column(&store.table_at("of--from2026-08-01--to2026-08-10", "days"), "day");
    assert_eq!(days, ["2026-08-01", "2026-08-10"]);
    // The account stays as it is.
    assert_eq!(column(&store.table_at("of--to2026-07-31", "accounts"), "reels"), [4]);
    // Straight from the pages, in another time zone: all in UTC from the first to the eleventh of August.
    let straight = store.then().args(["export", "--replay", "maple", "--observed-at", "2026-08-20T12:00:00Z"]);
    straight.args(["--out", "utc", "--to", "2026-08-10"]).stdout("2 reels of 1 account in utc\n").run();
    assert_eq!(column(&store.table_at("utc", "reels"), "reel_id"), ["2", "1"]);
}

#[test]
fn days_without_a_reel_leave_empty_tables_and_a_warning() {
    let store = around_midnight();
    let said = |args: &[&str], days: &str| {
        let warning = format!("no reel was posted {days}: the tables of reels are empty");
        let output = export(&store, "none", args).stdout("0 reels of 1 account in none\n").stderr_has("WARN");
        output.stderr_has(&warning).run();
    };
    said(&["--from", "2031-01-01", "--to", "2031-01-31"], "from 2031-01-01 to 2031-01-31");
    said(&["--from", "2026-08-05", "--to", "2026-08-05"], "on 2026-08-05");
    said(&["--to", "2026-07-30"], "up to 2026-07-30");
    said(&["--from", "2026-08-12"], "from 2026-08-12 on");
    let rows = |table: &str| store.table_at("none", table).len();
    assert_eq!(["reels", "observations", "hashtags", "people", "days", "accounts"].map(rows), [0, 0, 0, 0, 0, 1]);
    assert!(fs::read_to_string(store.path("none/reels.csv")).unwrap().starts_with("reel_key,"));
    let command = export(&store, "none", &["--from", "2031-01-01", "--log-format", "json"]);
    let end = object(&command.run(), false);
    assert_eq!((&end["ok"], &end["rows"], &end["accounts"][0]["reels"]), (&true.into(), &0.into(), &0.into()));
    export(&store, "some", &["--from", "2026-08-11"]).stderr_lacks("WARN").run();
}

#[test]
fn the_workbook_of_an_export_of_days_has_their_overview() {
    let store = sample();
    export(&store, "book", &["--account", BAKERY, "--format", "xlsx"]).args(AUGUST).run();
    assert_eq!(tree(&store.path("book")).len(), 1, "a workbook and nothing else");
    let book = Book::open(&store.path("book/reelframe.xlsx"));
    assert_eq!(book.row("Overview", 1).join(""), "Overview per account, 2026-08-01 to 2026-08-31");
    let (headings, overview) = (book.row("Overview", 4), &book.rows("Overview")[0]);
    let report = json(&store, "overview", &["--account", BAKERY, AUGUST[0], AUGUST[1], AUGUST[2], AUGUST[3]]);
    let row = &rows(&report, "overview")[0];
    // Reels of July are in none of the table sheets.
    for (heading, name, value) in
        [("Reels posted", "reels_posted", 13), ("Reels posted, period before", "reels_posted_before", 14)]
    {
        assert_eq!(row[name], value, "{name}");
        let at =
            headings.iter().position(|found| found == heading).unwrap_or_else(|| panic!("{heading}: {headings:?}"));
        assert_eq!(overview[at], value.to_string(), "{heading}");
    }
    assert_eq!(book.xml("reels").matches("<row ").count(), 1 + 13);
}

#[test]
fn settings_of_a_report_limit_no_export() {
    let store = around_midnight();
    let config = "account = 'maple'\nfrom = '2026-08-01'\nto = '2026-08-10'\n";
    let command = |text: &str| store.then().file("own.toml", text).args(["--config", "own.toml"]);
    command(config).args(["export", "--out", "all"]).stdout("4 reels of 1 account in all\n").run();
    let days = "SELECT first, last FROM period";
    command(config).args(["query", days, "--format", "csv"]).stdout("first,last\n2026-08-01,2026-08-10\n").run();
    let config = "export_account = ['maple']\nexport_from = '2026-08-01'\nexport_to = '2026-08-10'\n";
    command(config).args(["export", "--out", "ten"]).stdout("2 reels of 1 account in ten\n").run();
    let wrong = command("from = '2026-09-01'\n").args(["query", days, "--to", "2026-08-10"]).status(2);
    wrong.stderr_has("`from` (own.toml, line 1) 2026-09-01 is a later day than --to 2026-08-10").run();
}
