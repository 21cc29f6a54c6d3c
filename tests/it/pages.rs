//! The renderers and the SQL engine with small groups, hostile text, empty tables and wrong SQL.

mod first_screen;
mod followers;
mod from_json;
mod limits;
mod sizes;

use std::sync::OnceLock;

use serde_json::Value as Json;

use reelframe::internals::{
    CsvStyle, LEAGUE_TABLE, OVERVIEW, Provenance, Query, QueryEngine, RENAMED_COLUMNS, built_in_queries,
    built_in_query, parse_query,
};
use reelframe::{Answer, AnswerColumn, ColumnType, Error, ErrorKind, Report, Table, Value};

use crate::queries::rows::{TestRows, account, reel, three_accounts};

pub(crate) fn report(rows: &TestRows) -> Report {
    Report::build(&rows.tables(), &built_in_queries(), &provenance()).unwrap()
}

/// The report of [`three_accounts`], which many tests look at.
pub(crate) fn report_of_three() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| report(&three_accounts()))
}

fn refused(sql: &str) -> Error {
    let error = three_accounts().tables().query(sql).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage, "{sql}");
    error
}

#[test]
fn the_built_in_queries_are_the_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".sql", ""))
        .collect();
    files.sort();
    let names: Vec<String> = built_in_queries().into_iter().map(|query| query.name).collect();
    assert_eq!(names, files);
    assert!([OVERVIEW, LEAGUE_TABLE].iter().all(|name| built_in_query(name).is_some()));
}

#[test]
fn a_query_file_says_what_it_lacks() {
    let wrong = |text: &str| parse_query("x.sql", text).unwrap_err().message;
    assert_eq!(wrong("-- question: q\nSELECT 1"), "query x.sql: it has no `-- title:` line");
    assert_eq!(wrong("-- title: t\nSELECT 1"), "query x.sql: it has no `-- question:` line");
    assert_eq!(wrong("-- title: t\n-- question: q\n"), "query x.sql: after its comments comes no SELECT");
    assert_eq!(
        wrong("-- title: t\n-- question: q\nDROP TABLE reels"),
        "query x.sql: after its comments comes no SELECT"
    );
    assert!(wrong("-- title: t\n-- question: q\n-- chart: pie\nSELECT 1").contains("`pie` is none of"));
    assert!(wrong("-- title: t\n-- question: q\n-- chart: heatmap x=a\nSELECT 1").contains("lacks `y=column`"));
    let query =
        parse_query("x.sql", "--title: t\n-- question: a\n-- question: b\n/* c */ with a as (select 1) select 2");
    let query = query.unwrap();
    assert_eq!((query.name.as_str(), query.question.as_str(), query.chart), ("x", "a b", None));
}

#[test]
fn wrong_sql_is_explained() {
    let table = refused("SELECT * FROM films");
    assert!(table.message.contains("unknown table") && table.message.contains("'films'"), "{table}");
    let tables = "the tables are reels, observations, hashtags, people, accounts, profiles, days, findings and period";
    assert!(table.hint_text().unwrap().starts_with(tables), "{:?}", table.hint);
    assert_eq!(refused("SELECT * FROM reel").hint_text(), Some("did you mean `reels`?"));
    assert_eq!(refused("SELECT hashtg FROM hashtags").hint_text(), Some("did you mean `hashtag`?"));
    for sql in ["SELECT Views FROM hashtags", "SELECT h.Views FROM hashtags AS h"] {
        let column = refused(sql);
        assert!(column.message.contains("unknown column") && column.message.contains("Views"), "{column}");
        assert!(!column.message.contains("valid columns"), "{column}");
        assert!(column.hint_text().unwrap().contains("hashtags has reel_key, account, reel_id, hashtag, "));
    }
    assert!(refused("SELECT (1 FROM reels").message.starts_with("the SQL is not right: "));
    assert!(refused("SELECT nosuch(views) FROM reels").message.contains("unsupported function 'nosuch'"));
    assert!(refused("DROP TABLE reels").message.contains("only SELECT statements are supported"));
    assert!(refused("").message.contains("only SELECT statements are supported"));
    assert!(refused("SELECT 1; SELECT 2").message.contains("one (and only one) statement"));
    assert!(refused("SELECT * FROM read_csv('/etc/hostname')").message.contains("read_csv"));
    let section = parse_query("900_mine.sql", "-- title: t\n-- question: q\nSELECT nosuch FROM reels").unwrap();
    let error = Report::build(&three_accounts().tables(), &[section], &provenance()).err().unwrap();
    assert!(error.message.starts_with("query 900_mine: unknown column"), "{error}");
    // In a user's own file the fault is shown in its place, with what to do.
    let (_, old, new) = RENAMED_COLUMNS[0];
    let sql = format!("-- title: t\n-- question: q\nSELECT {old} FROM accounts");
    let section = Query { is_users: true, ..parse_query("900_mine.sql", &sql).unwrap() };
    let page = Report::build(&three_accounts().tables(), &[section], &provenance()).unwrap().to_markdown();
    assert!(page.contains(&format!("{old} is now called {new}")), "{page}");
}

#[test]
fn a_panic_of_the_engine_is_an_error() {
    // The pattern is no regular expression, and Polars unwraps it.
    assert!(refused("SELECT COLUMNS('[') FROM reels").message.contains("cannot execute this query"));
}

#[test]
fn a_file_of_another_shape_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let files = three_accounts().write(&folder);
    let ask = |files, sql| QueryEngine::new(files).query(sql);
    let error = ask(vec![(Table::Accounts, files[1].1.clone())], "SELECT * FROM accounts").unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidData);
    assert!(error.message.contains("hashtags.parquet: the accounts column account_id is missing"), "{error}");
    let count = "SELECT COUNT(*) AS n FROM reels";
    let absent = ask(vec![(Table::Reels, vec![folder.path().join("no.parquet")])], count).unwrap_err();
    assert_eq!(absent.kind, ErrorKind::Disk);
    // Two files of one table are one table.
    let twice = vec![(Table::Reels, [files[0].1.clone(), files[0].1.clone()].concat())];
    let answer = ask(twice, count).unwrap();
    assert_eq!(answer.rows, [[Value::Int(22)]]);
}

#[test]
fn an_answer_keeps_instants_and_wall_clocks_apart() {
    let tables = three_accounts().tables();
    let sql = "SELECT MAX(posted_at) AS a, MAX(posted_local) AS b, MAX(posted_date) AS c, COUNT(*) AS n, '' AS e,
        MAX(caption_changed_at) AS f FROM reels";
    let answer = tables.query(sql).unwrap();
    assert_eq!(
        answer.to_csv(CsvStyle::PLAIN).unwrap(),
        "a,b,c,n,e,f\n2025-06-10T12:00:00Z,2025-06-10T12:00:00,2025-06-10,11,\"\",\n"
    );
    assert_eq!(
        answer.to_json().unwrap(),
        "[\n{\"a\":\"2025-06-10T12:00:00Z\",\"b\":\"2025-06-10T12:00:00\",\"c\":\"2025-06-10\",\"n\":11,\"e\":\"\",\
         \"f\":null}\n]\n"
    );
    let types: Vec<&str> = answer.columns.iter().map(|column| column.column_type.word()).collect();
    assert_eq!(types, ["timestamp_us_utc", "timestamp_us", "date", "int64", "string", "timestamp_us_utc"]);
}

#[test]
fn a_table_for_the_terminal_cuts_no_address_and_no_id() {
    let long = |text: &str| text.repeat(30);
    let columns = ["link", "key", "said", "said_without_blanks"];
    let column = |name: &str| AnswerColumn { name: name.to_owned(), column_type: ColumnType::String };
    let address = format!("https://video.invalid/{}?oe=é", long("reel/"));
    let cells = [address.clone(), long("5e"), long("many words "), long("词語")];
    let answer = Answer { columns: columns.map(column).to_vec(), rows: vec![cells.map(Value::Text).to_vec()] };
    let table = answer.to_table();
    assert!(table.contains(&address) && table.contains(&long("5e")), "{table}");
    // What is prose is cut off, also in scripts without blanks.
    assert_eq!(table.matches('…').count(), 2, "{table}");
}

#[test]
fn a_table_for_the_terminal_is_aligned() {
    let sql = "SELECT account, views, hook FROM reels WHERE reel_id IN ('106', '902') ORDER BY reel_id ASC NULLS LAST";
    let mut rows = three_accounts();
    rows.reels[5].hook = Some(("朝の光\u{1b}[2J".to_owned() + &"x".repeat(60)).into());
    assert_eq!(
        rows.tables().query(sql).unwrap().to_table(),
        format!("account  views  hook\nana      1,800  朝の光[2J{}…\nbob          –  –\n", "x".repeat(30))
    );
    assert_eq!(rows.tables().query("SELECT account FROM people").unwrap().to_table(), "account\n(no rows)\n");
}

#[test]
fn small_groups_are_marked() {
    let report = report_of_three();
    let markdown = report.to_full_markdown();
    assert!(markdown.contains("| ana | Mon | morning | 2 (n < 3) | 1.06× | 3.5× | 4.0× | 1,100 |"), "{markdown}");
    // With the tag 2 4 6, without it 0.2: four times over 0.2 times is twenty, on one reel without.
    assert!(markdown.contains("| ana | food | 3 | 37.5 % | 4.0× | 3 | 0.20× | 1 (n < 3) | 20.0× | 1 (n < 3) |"));
    // The tag's share rests on two reels, its median on one.
    assert!(markdown.contains("| ana | new | 2 (n < 3) | 25.0 % | 0.20× | 1 (n < 3) | 4.0× | 3 | 0.05× | 1 (n < 3) |"));
    assert!(markdown.contains("n < 3: fewer than 3 reels, too few to interpret."));
    let html = report.to_html();
    assert!(html.contains(r#"<td class="s4"><b>4</b><small>350</small></td>"#));
    assert!(html.contains(r#"<td class="s1"><b>1</b><small class="few">1.0"#));
}

#[test]
#[ignore = "slow"]
fn slow_columns_that_speak_of_trouble_alone_are_shown_where_there_is_some() {
    let calm = report_of_three().to_full_markdown();
    assert!(!calm.contains("Total views, last known") && !calm.contains("Listing"), "{calm}");
    let mut rows = three_accounts();
    rows.reels[5].is_listed = Some(false);
    (rows.reels[1].views, rows.reels[1].last_known_views) = (None, Some(200));
    rows.reels.iter_mut().for_each(|reel| reel.last_known_views = reel.last_known_views.or(reel.views));
    let markdown = report(&rows).to_full_markdown();
    assert!(markdown.contains("| Listing |") && markdown.contains("| no longer listed |"), "{markdown}");
    assert!(markdown.contains("Total views, last known"), "{markdown}");
    assert!(markdown.contains("(“A caption”, no longer listed): 1,800, where "), "{markdown}");
}

#[test]
fn json_is_raw() {
    let text = report_of_three().to_json();
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!((json["report_version"].as_i64(), json["run_id"].as_str()), (Some(4), Some("20250601T060000000Z")));
    let overview = &json["sections"][3];
    assert_eq!(overview["name"], "010_overview");
    assert_eq!(overview["columns"][7], serde_json::json!({"name": "median_views", "type": "float64"}));
    assert_eq!(overview["rows"][0][7], 300.0);
    assert_eq!(overview["rows"][0][31], "2025-03-05");
    assert_eq!(overview["rows"][2][7], Json::Null);
    let period = serde_json::json!({
        "first": "1970-01-01", "last": "2052-02-20", "before_first": "1887-11-11", "before_last": "1969-12-31",
        "chart_first": "1887-11-11", "days": 30001, "newest": null
    });
    assert_eq!(json["period"], period);
    // ana's reel of 10 February has 1800 views, 6 times the usual 300 of the five before it.
    let breakout = serde_json::json!({
        "account": "ana", "kind": "breakout", "period": "period", "value": 6.0, "change": 5.0, "n": 5, "z": null,
        "text": json["findings"][0]["text"]
    });
    assert_eq!(json["findings"][0], breakout);
    let text = json["findings"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("ana: The reel of 10 February got 6.0 times the usual views"), "{text}");
    assert_eq!(report_of_three().to_json(), report(&three_accounts()).to_json(), "the same tables give the same bytes");
}

#[test]
fn hostile_text_stays_text() {
    let long = "é".repeat(10_000);
    let evil = [
        "</style><script>alert(1)</script>",
        "\"><img src=x onerror='alert(1)'>",
        "javascript:alert(1)",
        "\u{202e}gnp.exe\u{1b}[31m\u{7}",
        "a | b `c` [d](https://evil.example) *e* ![f](g)",
        "{{ title }}{% raw %}",
        long.as_str(),
    ];
    let mut rows = TestRows::default();
    for (at, text) in evil.iter().enumerate() {
        let mut reel = reel(text, &format!("{at}"), "2025-01-06 09:00");
        (reel.views, reel.hook, reel.url) = (Some(5), Some((*text).into()), (*text).into());
        rows.reels.push(reel);
        rows.accounts.push(account(text, "partial", 1));
    }
    let report = report(&rows);
    let html = report.to_html();
    assert!(!html.contains("<script") && !html.contains("<img") && html.matches("</style>").count() == 1);
    assert!(!html.contains("href=\"javascript") && !html.contains('\u{202e}') && !html.contains('\u{1b}'));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;") && html.contains("{{ title }}{% raw %}"));
    assert!(!html.contains(&"é".repeat(200)), "cut");
    let markdown = report.to_full_markdown();
    let bare = markdown.replace("\\]", "");
    assert!(!bare.contains("<script") && !bare.contains("](https") && !bare.contains("](g)"));
    assert!(markdown.contains("a \\| b \\`c\\` \\[d\\](https:\\//evil.example) \\*e\\* !\\[f\\](g)"));
    let unescaped = markdown.replace("\\|", "");
    let top: Vec<&str> =
        unescaped.split("## Top reels").nth(1).unwrap().lines().filter(|line| line.starts_with('|')).take(9).collect();
    assert!(top.iter().all(|line| line.matches('|').count() == 7), "{top:#?}");
    let brief = report.to_markdown();
    let bare = brief.replace("\\]", "");
    assert!(!bare.contains("<script") && !bare.contains("](https://evil") && !bare.contains("](g)"));
    for text in [report.to_terminal(), report.to_summary(), brief, markdown, html] {
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'));
        assert!(!text.contains('\u{202e}'));
    }
    // JSON has it all, raw.
    let json: Json = serde_json::from_str(&report.to_json()).unwrap();
    let sections = json["sections"].as_array().unwrap();
    let hooks = sections.iter().find(|section| section["name"] == "050_top_reels").unwrap()["rows"].to_string();
    assert!(hooks.contains(&long) && hooks.contains("</style><script>"));
}

#[test]
#[ignore = "slow"]
fn slow_a_section_of_hostile_names_stays_text() {
    let long = "W".repeat(10_000);
    let evil = [
        "<script>globalThis.ran=1</script>",
        "</svg><svg onload=\"globalThis.ran=2\">",
        "\u{202e}gnp.exe\u{1b}[31m\u{0}\u{9b}2J\u{2066}",
        "javascript:alert(1)",
        long.as_str(),
    ];
    let mut rows = three_accounts();
    for (reel, text) in rows.reels.iter_mut().zip(evil.iter().cycle()) {
        reel.hook = Some((*text).into());
    }
    rows.accounts[0].account_label = Some(evil[0].into());
    rows.accounts[1].status_reason = Some(evil[2].into());
    for (text, column) in
        evil.iter().zip(["</svg><script>", "\u{202e}\u{1b}[2J'\"x", "&lt;", "$x$\u{9b}", &long[..5_000]])
    {
        for chart in [format!("horizontal_bar x={column} y=hook"), format!("bar x=hook y={column} by=account")] {
            let name = column.replace('"', "\"\"");
            let sql = format!(
                "-- title: {text}\n-- question: {text}\n-- chart: {chart}\nSELECT account, hook, views AS \"{name}\" FROM reels"
            );
            let mut query = parse_query("900_mine", &sql).unwrap();
            query.name = (*text).to_owned();
            let report = Report::build(&rows.tables(), &[query], &provenance()).unwrap();
            let html = report.to_html();
            for markup in ["<script", "<svg onload", "javascript:alert(1)\"", "<b>"] {
                assert!(!html.contains(markup), "{markup} of {text} and {column}");
            }
            assert!(html.contains("<svg class=\"chart\""), "{column}: no picture");
            assert_eq!(html.matches("</svg>").count(), html.matches("<svg ").count());
            assert!(!html.contains(&"W".repeat(1_001)) && html.len() < 60_000, "{} bytes", html.len());
            for text in
                [html, report.to_markdown(), report.to_full_markdown(), report.to_summary(), report.to_terminal()]
            {
                let steers =
                    |letter: char| letter.is_control() && letter != '\n' || ('\u{2066}'..='\u{2069}').contains(&letter);
                assert!(!text.contains(|letter: char| steers(letter) || letter == '\u{202e}'), "{text}");
            }
        }
    }
}

#[test]
fn the_terminal_summary_fits() {
    use unicode_width::UnicodeWidthStr;
    let mut rows = three_accounts();
    for at in 0..60 {
        rows.accounts.push(account(&format!("朝の光の長い名前の長い長い長い名前{at}"), "empty_or_private", 0));
    }
    let text = report(&rows).to_terminal();
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
    assert!(text.contains("ana") && text.contains("5.5 %") && text.contains("… and 23 more accounts"), "{text}");
}

#[test]
fn empty_tables_make_a_report_that_says_so() {
    let report = report(&TestRows::default());
    assert!(report.to_html().contains("<li>There are no accounts in this data.</li>"));
    assert!(
        report.to_html().contains("No data for: Views by day · Views by day and account · Overview per account · ")
    );
    assert!(report.to_markdown().contains("- There are no accounts in this data."));
    assert!(report.to_terminal().contains("- There are no accounts in this data."));
    let unread = TestRows { accounts: vec![account("ana", "failed", 0)], ..Default::default() };
    assert!(self::report(&unread).to_terminal().contains("There are no reels in this data."));
    let none = Answer { columns: vec![], rows: vec![] };
    assert_eq!((none.to_table().as_str(), none.to_json().unwrap().as_str()), ("\n(no rows)\n", "[]\n"));
}

#[test]
fn the_html_asks_nothing_of_anybody() {
    let html = report_of_three().to_html();
    assert!(html.contains("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"));
    for outside in ["<script", "<link", "<img", "src=", "@import", "url(", "<iframe", "<form"] {
        assert!(!html.contains(outside), "{outside}");
    }
    let addresses: Vec<&str> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let allowed = |address: &&str| {
        address.starts_with('#') || address.starts_with("https:&#x2f;&#x2f;www.instagram.com&#x2f;reel")
    };
    assert!(addresses.iter().all(allowed), "{addresses:?}");
    assert!(
        html.contains("/code106&#x2f;\" rel=\"noopener noreferrer\">") || html.contains("code106&#x2f;\""),
        "{html}"
    );
}

pub(crate) fn provenance() -> Provenance {
    Provenance { run_id: "20250601T060000000Z".to_owned(), program_version: "0.1.0".to_owned() }
}
