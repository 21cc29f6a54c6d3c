//! The bytes of CSV files, dialect by dialect.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, StringArray};

use super::*;
use crate::error::{ErrorKind, Hint};
use crate::formats::csv::style::{Breaks, Decimal, Dialect};
use crate::formats::{options::Format, writer::TableWriter};
use crate::schema::cell::{Day, LocalMicros, UtcMicros};
use crate::schema::column::Row;
use crate::schema::tables::{Account, Hashtag, Reel};

fn text<R: Row>(rows: &[&R], delimiter: u8) -> Result<String> {
    text_in(CsvStyle::new(Dialect::Plain, Some(delimiter), None, Breaks::Keep)?, rows)
}

fn text_in<R: Row>(csv: CsvStyle, rows: &[&R]) -> Result<String> {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { csv, ..Options::new(&[Format::Csv]) };
    let mut writer = TableWriter::create(dir.path(), "table", R::TABLE, &options)?;
    writer.write(&R::batch(rows))?;
    writer.finish()?;
    Ok(std::fs::read_to_string(dir.path().join("table.csv")).unwrap())
}

fn style(dialect: Dialect, delimiter: Option<u8>) -> CsvStyle {
    CsvStyle::new(dialect, delimiter, None, Breaks::Keep).unwrap()
}

fn tag(hashtag: &str) -> Hashtag {
    Hashtag { account: "a".into(), reel_id: "1".into(), hashtag: hashtag.into(), position: 1, ..Hashtag::default() }
}

#[test]
fn texts_are_quoted_where_they_must_be_and_nowhere_else() {
    let tags = ["plain", "", "a,b", "say \"hi\"", "two\nlines", "old\rmac", " lead", "trail\t", "u\u{2028}2028", "é🎬"];
    let tags = tags.map(tag);
    let written = text(&tags.iter().collect::<Vec<_>>(), b',').unwrap();
    let expected = [
        "reel_key,account,reel_id,hashtag,hashtag_as_written,position\n",
        "\"\",a,1,plain,\"\",1\n",
        "\"\",a,1,\"\",\"\",1\n",
        "\"\",a,1,\"a,b\",\"\",1\n",
        "\"\",a,1,\"say \"\"hi\"\"\",\"\",1\n",
        "\"\",a,1,\"two\nlines\",\"\",1\n",
        "\"\",a,1,\"old\rmac\",\"\",1\n",
        "\"\",a,1,\" lead\",\"\",1\n",
        "\"\",a,1,\"trail\t\",\"\",1\n",
        "\"\",a,1,u\u{2028}2028,\"\",1\n",
        "\"\",a,1,é🎬,\"\",1\n",
    ];
    assert_eq!(written, expected.concat());
}

#[test]
fn nulls_are_empty_and_empty_texts_are_not() {
    let account = Account {
        account: "a".into(),
        account_id: None,
        account_label: Some(Default::default()),
        followers_as_of: Some(Day(20_235)),
        timezone: "UTC".into(),
        status: "complete".into(),
        crawl_started_at: UtcMicros(1_748_371_310_000_000),
        ..Account::default()
    };
    let written = text(&[&account], b',').unwrap();
    let row = written.lines().nth(1).unwrap();
    assert_eq!(row, "a,,\"\",,2025-05-27,,UTC,complete,,2025-05-27T18:41:50Z,,0,0,0,,,,,,,,,,\"\"");
}

/// One cell of a one-row table, by the name of its column.
fn cell(reel: &Reel, column: &str) -> String {
    let written = text(&[reel], b';').unwrap();
    let (header, row) = written.trim_end().split_once('\n').unwrap();
    let position = header.split(';').position(|name| name == column).unwrap();
    row.split(';').nth(position).unwrap().to_owned()
}

#[test]
fn times_and_days_are_iso_with_a_fraction_only_where_there_is_one() {
    let second = 1_748_371_310_000_000;
    let times = [
        (second, "2025-05-27T18:41:50Z"),
        (second + 120_000, "2025-05-27T18:41:50.120Z"),
        (second + 7, "2025-05-27T18:41:50.000007Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ];
    for (micros, expected) in times {
        assert_eq!(cell(&Reel { posted_at: UtcMicros(micros), ..Reel::default() }, "posted_at"), expected);
    }
    let local = Reel { posted_local: LocalMicros(1_748_349_710_000_000), ..Reel::default() };
    assert_eq!(cell(&local, "posted_local"), "2025-05-27T12:41:50");
    assert_eq!(cell(&Reel { posted_date: Day(-1), ..Reel::default() }, "posted_date"), "1969-12-31");
}

#[test]
fn numbers_have_the_digits_that_they_need_to_come_back() {
    for (number, expected) in [(0.1 + 0.2, "0.30000000000000004"), (12.0, "12"), (1e-7, "0.0000001"), (0.0, "0")] {
        assert_eq!(cell(&Reel { age_hours: Some(number), ..Reel::default() }, "age_hours"), expected);
    }
    assert_eq!(cell(&Reel { views: Some(i64::MIN), ..Reel::default() }, "views"), i64::MIN.to_string());
    assert_eq!(cell(&Reel { is_weekend: true, ..Reel::default() }, "is_weekend"), "true");
}

#[test]
fn a_delimiter_that_stands_in_a_number_is_quoted_there_too() {
    let reel = Reel { age_hours: Some(0.5), ..Reel::default() };
    assert!(text(&[&reel], b'.').unwrap().contains(".\"0.5\"."));
}

#[test]
fn a_delimiter_that_would_break_the_file_is_refused() {
    for delimiter in [b'"', b'\n', b'\r', 0xE9] {
        assert_eq!(text(&[&tag("a")], delimiter).unwrap_err().kind, ErrorKind::Usage);
    }
}

#[test]
fn a_time_outside_the_calendar_is_named_and_no_panic() {
    let error = text(&[&Reel { posted_at: UtcMicros(i64::MAX), ..Reel::default() }], b',').unwrap_err();
    assert!(error.message.contains("posted_at"), "{error}");
}

#[test]
fn the_excel_dialect_keeps_every_digit_and_runs_no_formula() {
    let id = "3641924023820356866";
    let cases = [
        (id, "\"=\"\"3641924023820356866\"\"\""),
        ("007", "\"=\"\"007\"\"\""),
        ("2026-10", "\"=\"\"2026-10\"\"\""),
        ("1e5", "\"=\"\"1e5\"\"\""),
        (",5", "\"=\"\",5\"\"\""),
        (" 5", "\"=\"\" 5\"\"\""),
        ("Sept2", "\"=\"\"Sept2\"\"\""),
        ("24. dez 2026", "\"=\"\"24. dez 2026\"\"\""),
        ("märz26", "\"=\"\"märz26\"\"\""),
        ("may", "may"),
        ("day4", "day4"),
        ("top mar 4", "top mar 4"),
        (" =1", "' =1"),
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-5", "'-5"),
        ("@jane", "'@jane"),
        ("\t=1", "'\t=1"),
        ("\r=1", "\"'\r=1\""),
        ("\n=1", "\"'\n=1\""),
        ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
        ("1 reel", "1 reel"),
        ("مرحبا 🎬", "مرحبا 🎬"),
        ("a;b", "\"a;b\""),
        ("", "\"\""),
    ];
    let tags = cases.map(|(text, _)| tag(text));
    let written = text_in(style(Dialect::Excel, Some(b';')), &tags.iter().collect::<Vec<_>>()).unwrap();
    let mut expected = "\u{FEFF}reel_key;account;reel_id;hashtag;hashtag_as_written;position\r\n".to_owned();
    for (_, cell) in cases {
        expected.push_str(&format!("\"\";a;\"=\"\"1\"\"\";{cell};\"\";1\r\n"));
    }
    assert_eq!(written, expected);
}

#[test]
fn the_excel_dialect_guards_texts_only() {
    let reel = Reel { views_gained: Some(-5), location_lat: Some(-0.5), ..Reel::default() };
    let written = text_in(style(Dialect::Excel, None), &[&reel]).unwrap();
    assert!(written.contains(",-5,") && written.contains(",-0.5,"), "{written}");
    assert!(written.ends_with("\r\n") && !written.contains("'-"), "{written}");
}

#[test]
fn the_european_dialect_has_decimal_commas_and_times_that_are_dates() {
    let reel = Reel {
        reel_id: "3641924023820356866".into(),
        account: "@2024".into(),
        posted_at: UtcMicros(1_748_371_310_987_654),
        posted_local: LocalMicros(1_748_349_710_000_000),
        posted_date: Day(20_235),
        is_weekend: true,
        age_hours: Some(0.1 + 0.2),
        views: Some(1_234_567),
        views_gained: Some(-5),
        location_lat: Some(-0.5),
        caption: Some("Tee; Kuchen, 1,5 kg".into()),
        hook: Some("12,5".into()),
        ..Reel::default()
    };
    let written = text_in(style(Dialect::ExcelEu, None), &[&reel]).unwrap();
    assert!(written.starts_with("\u{FEFF}reel_key;") && written.ends_with("\r\n"), "{written}");
    let lines: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_reader(written.trim_start_matches('\u{FEFF}').as_bytes())
        .records()
        .map(|record| record.unwrap())
        .collect();
    let cell = |name: &str| &lines[1][lines[0].iter().position(|column| column == name).unwrap()];
    for (column, expected) in [
        ("reel_id", "=\"3641924023820356866\""),
        ("account", "'@2024"),
        ("posted_at", "2025-05-27 18:41:50"),
        ("posted_local", "2025-05-27 12:41:50"),
        ("posted_date", "2025-05-27"),
        ("is_weekend", "true"),
        ("age_hours", "0,30000000000000004"),
        ("views", "1234567"),
        ("views_gained", "-5"),
        ("location_lat", "-0,5"),
        ("caption", "Tee; Kuchen, 1,5 kg"),
        ("hook", "=\"12,5\""),
        ("location_lng", ""),
    ] {
        assert_eq!(cell(column), expected, "{column}");
    }
    assert!(written.contains(";\"Tee; Kuchen, 1,5 kg\";") && written.contains(";1234567;"), "{written}");
}

#[test]
fn the_decimal_sign_can_be_set_alone_and_never_meets_its_delimiter() {
    let reel = Reel { age_hours: Some(0.5), posted_at: UtcMicros(1_748_371_310_120_000), ..Reel::default() };
    let written = |dialect, delimiter, decimal| {
        text_in(CsvStyle::new(dialect, delimiter, Some(decimal), Breaks::Keep).unwrap(), &[&reel]).unwrap()
    };
    let comma = written(Dialect::Plain, None, Decimal::Comma);
    assert!(comma.starts_with("reel_key;reel_id;") && comma.contains(";0,5;"), "{comma}");
    // A time has no decimal sign: it is ISO 8601 in the plain dialect.
    assert!(comma.contains(";2025-05-27T18:41:50.120Z;"), "{comma}");
    assert!(written(Dialect::Plain, Some(b'\t'), Decimal::Comma).contains("\t0,5\t"));
    assert!(written(Dialect::ExcelEu, None, Decimal::Point).contains(";0.5;"));
    assert!(written(Dialect::ExcelEu, Some(b','), Decimal::Point).contains(",0.5,"));
    for dialect in Dialect::ALL {
        let error = CsvStyle::new(dialect, Some(b','), Some(Decimal::Comma), Breaks::Keep).unwrap_err();
        assert!(error.kind == ErrorKind::Usage && error.hint == Some(Hint::DelimiterOrDecimal), "{dialect:?}");
    }
    let error = CsvStyle::new(Dialect::ExcelEu, Some(b','), None, Breaks::Keep).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
}

#[test]
fn texts_are_put_on_one_line_where_that_is_asked_for() {
    let breaks = "a\nb\rc\r\nd\u{B}e\u{C}f\u{85}g\u{2028}h\u{2029}i\n\nj";
    let on_one_line = |dialect, text: &str| {
        let style = CsvStyle::new(dialect, None, None, Breaks::Space).unwrap();
        text_in(style, &[&tag(text)]).unwrap().lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(on_one_line(Dialect::Plain, breaks), "\"\",a,1,a b c d e f g h i  j,\"\",1");
    assert_eq!(on_one_line(Dialect::Plain, "\r\n"), "\"\",a,1,\" \",\"\",1");
    assert_eq!(on_one_line(Dialect::Plain, "\t\"ü\"\t"), "\"\",a,1,\"\t\"\"ü\"\"\t\",\"\",1");
    // Joining lines makes neither formulas nor numbers.
    assert_eq!(on_one_line(Dialect::Excel, "\n=1"), "\"\",a,\"=\"\"1\"\"\",' =1,\"\",1");
    assert_eq!(on_one_line(Dialect::ExcelEu, "123\n456"), "\"\";a;\"=\"\"1\"\"\";\"=\"\"123 456\"\"\";\"\";1");
    let kept = text_in(CsvStyle::PLAIN, &[&tag(breaks)]).unwrap();
    assert!(kept.contains(&format!(",\"{breaks}\",")), "{kept}");
}

#[test]
fn what_an_answer_calls_its_columns_runs_no_formula() {
    let columns: [(&str, ArrayRef); 2] =
        [("=1+1", Arc::new(StringArray::from(vec!["x"]))), ("n", Arc::new(Int64Array::from(vec![None])))];
    let answer = RecordBatch::try_from_iter(columns).unwrap();
    let text = to_csv(&answer, style(Dialect::Excel, None)).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "\u{FEFF}'=1+1,n\r\nx,\r\n");
}
