//! A report that is made again from its JSON is the same report.

use reelframe::internals::{Query, built_in_queries, parse_query};
use reelframe::{ErrorKind, Report, Scope};

use crate::harness::Reelframe;
use crate::pages::{provenance, report_of_three};
use crate::queries::rows::{TestRows, account, reel, three_accounts};
use crate::stores::sample;

fn expect_the_same(report: &Report) {
    let json = report.to_json();
    let again = Report::from_json(&json).unwrap();
    assert_eq!(again.to_json(), json);
    assert_eq!(again.to_html(), report.to_html());
    assert_eq!(again.to_full_markdown(), report.to_full_markdown());
    assert_eq!(again.to_markdown(), report.to_markdown());
    assert_eq!(again.to_summary(), report.to_summary());
    assert_eq!(again.to_terminal(), report.to_terminal());
    assert_eq!(again.faults(), report.faults());
    assert_eq!(again.period_without_reels(), report.period_without_reels());
}

#[test]
fn every_form_is_the_same_byte_for_byte() {
    expect_the_same(report_of_three());
    // A user's sections, with each chart and one that fails.
    let charts = [
        "figures",
        "cards",
        "bar x=account y=views by=account",
        "horizontal_bar x=account y=views",
        "line x=account y=views",
        "scatter x=like_count y=views by=account",
        "heatmap x=account y=like_count value=views label=views",
    ];
    let sql = "SELECT account, like_count, views, posted_at, posted_local, posted_date, is_own FROM reels ORDER BY reel_id ASC NULLS LAST";
    let section = |(at, chart): (usize, &&str)| {
        let text = format!("-- title: <b>{chart}</b>\n-- question: \"?\"\n-- chart: {chart}\n{sql}");
        Query { is_users: true, ..parse_query(&format!("9{at}0_own.sql"), &text).unwrap() }
    };
    let mut queries: Vec<Query> = charts.iter().enumerate().map(section).collect();
    let broken = parse_query("999_broken.sql", "-- title: t\n-- question: q\nSELECT vews FROM reels").unwrap();
    queries.push(Query { is_users: true, ..broken });
    queries.extend(built_in_queries());
    let report = Report::build(&three_accounts().tables(), &queries, &provenance()).unwrap();
    assert_eq!(report.faults().len(), 1, "{:?}", report.faults());
    expect_the_same(&report);
}

#[test]
#[ignore = "slow"]
fn slow_neither_a_past_period_nor_one_without_comparison_or_data_changes() {
    let last_days = Some(2);
    for scope in [
        Scope { last_days, compares_nothing: true, ..Scope::default() },
        Scope { accounts: Some(vec!["ana".to_owned()]), last_days, ..Scope::default() },
        Scope { accounts: Some(vec!["nobody".to_owned()]), ..Scope::default() },
    ] {
        let rows = TestRows { scope, ..three_accounts() };
        expect_the_same(&Report::build(&rows.tables(), &built_in_queries(), &provenance()).unwrap());
    }
    let mut rows = TestRows::default();
    rows.accounts.push(account("<script>\u{202e}\u{2028}", "complete", 1));
    rows.reels.push(reel("<script>\u{202e}\u{2028}", "1", "2026-05-01 10:00"));
    expect_the_same(&Report::build(&rows.tables(), &built_in_queries(), &provenance()).unwrap());
}

#[test]
fn what_is_no_report_is_refused_with_the_place() {
    let json = report_of_three().to_json();
    let refused = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        let error = Report::from_json(&json.replacen(from, to, 1)).err().unwrap();
        assert_eq!(error.kind, ErrorKind::InvalidData);
        error.message
    };
    assert_eq!(
        refused("\"report_version\":4", "\"report_version\":3"),
        "a report of version 3; this program reads version 4"
    );
    assert!(refused("\"report_version\":4,", "").starts_with("not a report: missing field `report_version`"));
    assert!(refused("\"summary\":", "\"sumary\":").starts_with("not a report: missing field `summary`"));
    assert_eq!(
        refused("{\"name\":\"account\",\"type\":\"string\"}", "{\"name\":\"account\",\"type\":\"text\"}"),
        "section 006_daily_by_account, column account: there is no type text".replace("006_daily", "007_daily")
    );
    assert!(refused("\"rows\":[[", "\"rows\":[[1,").starts_with("section 005_all_accounts, row 1: "));
    assert!(refused("\"days\":30001", "\"days\":-1").starts_with("period: days is not"));
    assert!(refused("\"chart\":\"bar ", "\"chart\":\"pie ").contains("`pie` is none of figures"));
    assert!(Report::from_json("[]").err().unwrap().message.starts_with("not a report: "));
}

#[test]
fn the_command_renders_a_file() {
    let store = sample();
    let html = std::fs::read_to_string(store.path("reels/latest/report.html")).unwrap();
    let elsewhere = || {
        let json = std::fs::read(store.path("reels/latest/report.json")).unwrap();
        Reelframe::new().file("report.json", json)
    };
    let from_json = |args: &[&str]| elsewhere().args(["report", "--from-json", "report.json"]).args(args.to_vec());
    assert_eq!(from_json(&["--format", "html"]).run().stdout, html);
    // There is no store beside it, to which the last lines would lead.
    let terminal = from_json(&[]).run().stdout;
    assert!(terminal.contains("harbor.bakery.example") && !terminal.contains("Query  "), "{terminal}");
    for args in [
        ["--account", "maple"],
        ["--last", "7d"],
        ["--compare", "none"],
        ["--queries", "own"],
        ["--per-account", "--full"],
    ] {
        from_json(&args).status(2).stderr_has("cannot be used with").run();
    }
    let missing = Reelframe::new().args(["report", "--from-json", "report.json"]).status(2);
    missing.stderr_has("report.json: no such file").run();
    let broken = Reelframe::new().file("report.json", "{").args(["report", "--from-json", "report.json"]).status(4);
    broken.stderr_has("report.json: not a report: ").stderr_has("--format json").run();
}
