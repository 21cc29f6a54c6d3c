//! Answers made by hand, and what the sheets make of them.

use crate::formats::xlsx::report::{ChartKind, Look, NumberStyle, ReportCell, ReportTable};
use crate::pipeline::workbook::answer_table::{month, position, table};
use crate::pipeline::workbook::plans::{AGAINST_MONTH_BEFORE, BEST_TIMES, PLANS, REEL, STANDS_OUT};
use crate::pipeline::workbook::{best_times, report_charts, report_sheets};
use crate::query::answer::{Answer, AnswerColumn};
use crate::query::{engine::QueryEngine, file};
use crate::schema::cell::Day;
use crate::schema::column::{ColumnType, Table};
use crate::schema::value::Value;

fn answer(columns: &[(&str, ColumnType)], rows: &[&[Value]]) -> Answer {
    let column =
        |(name, column_type): &(&str, ColumnType)| AnswerColumn { name: (*name).to_owned(), column_type: *column_type };
    Answer { columns: columns.iter().map(column).collect(), rows: rows.iter().map(|row| row.to_vec()).collect() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Weekday, part of the day, n, multiple, and z with the z needed.
type Slot<'a> = (i64, &'a str, i64, f64, Option<(f64, f64)>);

fn slots(rows: &[Slot]) -> Answer {
    let (whole, ratio) = (ColumnType::Int64, ColumnType::Float64);
    let columns = [
        ("account", ColumnType::String),
        ("posted_weekday", whole),
        ("posted_daypart", ColumnType::String),
        ("n", whole),
        ("cautious_multiple", ratio),
        ("z", ratio),
        ("z_needed", ratio),
    ];
    let row = |(weekday, daypart, n, multiple, z): &Slot| {
        let (z, needed) = z.map_or((Value::Null, Value::Null), |(z, needed)| (Value::Float(z), Value::Float(needed)));
        vec![text("ana"), Value::Int(*weekday), text(daypart), Value::Int(*n), Value::Float(*multiple), z, needed]
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(row).collect();
    answer(&columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn only_times_whose_z_is_reached_are_coloured_and_few_reels_are_grey() {
    let answer = slots(&[
        (1, "night", 9, 1.4, Some((3.1, 3.0))),
        (1, "evening", 8, 0.7, Some((-3.0, 3.0))),
        (2, "morning", 7, 1.6, Some((2.9, 3.0))),
        (7, "afternoon", 2, 1.1, None),
    ]);
    let grid = best_times::grid(&answer, &["ana", "without reels"]);
    assert_eq!((grid.rows.len(), grid.columns.len()), (7, 10));
    assert_eq!(grid.columns[8].heading, "Evening, 18\u{a0}to\u{a0}24\u{a0}h");
    let shown = |row: usize, at: usize| (grid.rows[row][at].value.clone(), grid.rows[row][at].look);
    assert_eq!(shown(0, 1), (text("Mon"), Look::Plain));
    assert_eq!(shown(0, 2), (Value::Float(1.4), Look::Above));
    assert_eq!(shown(0, 3), (Value::Int(9), Look::Above));
    assert_eq!(shown(0, 8), (Value::Float(0.7), Look::Below));
    assert_eq!(shown(1, 4), (Value::Float(1.6), Look::Plain));
    assert_eq!(shown(6, 6), (Value::Float(1.1), Look::Faint));
    assert_eq!(shown(6, 8), (Value::Null, Look::Plain));
}

#[test]
fn an_answer_becomes_words_links_and_dates() {
    let columns = [
        ("account", ColumnType::String),
        ("maturity", ColumnType::String),
        ("hook", ColumnType::String),
        ("url", ColumnType::String),
        ("posted_month", ColumnType::String),
        ("median_views", ColumnType::Float64),
        ("n", ColumnType::Int64),
        ("z", ColumnType::Float64),
        ("z_needed", ColumnType::Float64),
        ("listing", ColumnType::String),
    ];
    let url = "https://www.instagram.com/reel/DKKtpqaxg0C/";
    let row = |hook: Value, url: &str, n: i64, z: Value| {
        let known = [text("ana"), text("mature"), hook, text(url), text("2026-10"), Value::Float(7.5), Value::Int(n)];
        [known.as_slice(), &[z, Value::Float(2.0), Value::Null]].concat()
    };
    let rows = [
        row(text("=1+1\u{7}\n😀"), url, 5, Value::Float(-2.0)),
        row(Value::Null, url, 2, Value::Float(1.9)),
        row(text("elsewhere"), "https://a.example/", 3, Value::Null),
    ];
    let answer = answer(&columns, &rows.each_ref().map(Vec::as_slice));
    let names = ["account", "maturity", REEL, "posted_month", "median_views", "n", STANDS_OUT, "listing"];
    let table = table(&answer, &names);
    let headings: Vec<&str> = table.columns.iter().map(|column| column.heading.as_str()).collect();
    // Nothing is listed otherwise: the column is left out.
    assert_eq!(headings, ["Account", "Age", "Reel", "Month", "Median views", "n", "Stands out"]);
    let styles: Vec<NumberStyle> = table.columns.iter().map(|column| column.style).collect();
    let (words, whole) = (NumberStyle::Text, NumberStyle::Whole);
    assert_eq!(styles, [words, words, words, NumberStyle::Month, whole, whole, words]);
    let link = |text_shown: &str, address: Option<&str>| ReportCell {
        value: text(text_shown),
        address: address.map(str::to_owned),
        look: Look::Plain,
    };
    let reels: Vec<&ReportCell> = table.rows.iter().map(|row| &row[2]).collect();
    assert_eq!(reels, [&link("=1+1 😀", Some(url)), &link("DKKtpqaxg0C", Some(url)), &link("elsewhere", None)]);
    let column = |at: usize| table.rows.iter().map(|row| (row[at].value.clone(), row[at].look)).collect::<Vec<_>>();
    assert_eq!(column(1)[0].0, text("over 30 days"));
    // 2026-10-01
    assert_eq!(column(3)[0].0, Value::Day(Day(20_727)));
    assert_eq!(column(4).iter().map(|(_, look)| *look).collect::<Vec<_>>(), [Look::Plain, Look::Faint, Look::Plain]);
    assert_eq!(
        column(6),
        [(text("below"), Look::Below), (text("within chance"), Look::Plain), (Value::Null, Look::Plain)]
    );
}

#[test]
fn a_month_is_its_first_day() {
    assert_eq!(month(&text("1970-02")), Value::Day(Day(31)));
    assert_eq!(month(&text("soon")), text("soon"));
    assert_eq!(month(&Value::Null), Value::Null);
}

fn months(rows: &[(&str, &str, f64)]) -> Answer {
    let columns =
        [("account", ColumnType::String), ("posted_month", ColumnType::String), ("median_views", ColumnType::Float64)];
    let rows: Vec<Vec<Value>> =
        rows.iter().map(|(account, month, views)| vec![text(account), text(month), Value::Float(*views)]).collect();
    answer(&columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn values(table: &ReportTable) -> Vec<Vec<Value>> {
    table.rows.iter().map(|row| row.iter().map(|cell| cell.value.clone()).collect()).collect()
}

#[test]
fn the_trend_has_a_line_per_account_over_all_months() {
    let answer =
        months(&[("ana", "1970-01", 5.0), ("ana", "1970-03", 7.0), ("bob", "1970-02", 9.0), ("eve", "1970-02", 1.0)]);
    let both = report_charts::months(&answer, &["ana", "bob"]).unwrap();
    let (january, february, march) = (Value::Day(Day(0)), Value::Day(Day(31)), Value::Day(Day(59)));
    assert_eq!(
        values(&both),
        [
            [january, Value::Float(5.0), Value::Null],
            [february, Value::Null, Value::Float(9.0)],
            [march, Value::Float(7.0), Value::Null]
        ]
    );
    let chart = report_charts::trend(&both, vec![1, 2]).unwrap();
    assert_eq!((chart.kind, chart.category, chart.rows), (ChartKind::Lines, 0, 3));
    // Of one account its own table is drawn; one month is no line.
    assert!(report_charts::months(&answer, &["ana"]).is_none());
    let one = table(&months(&[("ana", "1970-01", 5.0)]), &["account", "posted_month", "median_views"]);
    assert!(report_charts::trend(&one, vec![position(&one, "median_views").unwrap()]).is_none());
}

#[test]
fn bars_are_of_gains_where_two_accounts_have_them_and_at_most_thirty() {
    let columns =
        [("account", ColumnType::String), ("views_gained", ColumnType::Int64), ("median_views", ColumnType::Float64)];
    let row = |gained: Value| vec![text("a"), gained, Value::Float(1.0)];
    let chart = |rows: &[Vec<Value>]| {
        let answer = answer(&columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
        report_charts::overview(&table(&answer, &["account", "views_gained", "median_views"]))
    };
    let title = |rows: &[Vec<Value>]| chart(rows).map(|chart| chart.title);
    let (known, unknown) = (row(Value::Int(-5)), row(Value::Null));
    assert_eq!(title(&[known.clone(), known.clone()]).unwrap(), "Views gained per account");
    assert_eq!(title(&[known.clone(), unknown]).unwrap(), "Median views per account");
    assert_eq!(title(std::slice::from_ref(&known)), None);
    let many = chart(&vec![known; 31]).unwrap();
    assert_eq!((many.title.as_str(), many.rows), ("Views gained per account, first 30 of 31 accounts", 30));
}

#[test]
fn accounts_that_are_left_out_are_counted() {
    let accounts: Vec<String> = ["zoe", "ana", "bob"].map(str::to_owned).into();
    let first = |most| report_sheets::first(&accounts, most, ("Shown are", "."));
    // The first two have the most reels.
    assert_eq!(
        first(2),
        (vec!["ana".to_owned(), "zoe".to_owned()], "Shown are the 2 accounts with the most reels, of 3.".to_owned())
    );
    assert_eq!(first(3).1, "");
}

#[test]
fn every_column_of_a_sheet_is_one_of_its_query() {
    let engine = QueryEngine::new(Table::ALL.into_iter().map(|table| (table, Vec::new())).collect());
    for plan in &PLANS {
        let answer = engine.query(&file::built_in_query(plan.query).unwrap().sql).unwrap();
        for column in plan.columns.iter().filter(|name| ![REEL, STANDS_OUT, AGAINST_MONTH_BEFORE].contains(name)) {
            assert!(answer.position(column).is_some(), "{}: {column}", plan.name);
        }
        assert_eq!(plan.columns.is_empty(), plan.name == BEST_TIMES);
    }
    let sheets = report_sheets::build(&engine).unwrap();
    let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name).collect();
    assert_eq!(names, ["Overview", "Top reels", "Best times", "Top hashtags", "Trend"]);
    assert!(sheets.iter().all(|sheet| sheet.table.rows.is_empty() && sheet.chart.is_none() && sheet.below.is_none()));
    assert!(sheets.iter().all(|sheet| sheet.notes.is_empty()));
    assert_eq!(sheets[1].title, "Top reels");
}
