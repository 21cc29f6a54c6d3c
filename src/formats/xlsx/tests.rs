//! The workbook unzipped: the XML of its cells.

use std::collections::BTreeMap;
use std::io::Read as _;

use compact_str::CompactString;

use super::*;
use crate::formats::options::{Format as FileFormat, Options};
use crate::formats::writer::TableWriter;
use crate::formats::xlsx::cells::{CUT_MARK, FIRST_DAY, LAST_DAY, cut};
use crate::formats::xlsx::report::{ChartKind, Look, NumberStyle, ReportCell, ReportChart, ReportColumn, ReportTable};
use crate::schema::cell::{Day, LocalMicros, MICROS_PER_DAY, UtcMicros};
use crate::schema::column::Row;
use crate::schema::tables::{Hashtag, Reel};
use crate::schema::value::Value;

fn put<R: Row>(dir: &Path, rows: &[R]) {
    let options = Options::new(&[FileFormat::Parquet]);
    let mut writer = TableWriter::create(dir, R::TABLE.name(), R::TABLE, &options).unwrap();
    writer.write(&R::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
    writer.finish().unwrap();
}

fn text_cell(text: &str) -> ReportCell {
    ReportCell::plain(Value::Text(text.to_owned()))
}

/// A sheet about two accounts.
fn report() -> ReportSheet {
    let column = |heading: &str, style| ReportColumn { heading: heading.to_owned(), style };
    let columns = vec![column("Account", NumberStyle::Text), column("Median views", NumberStyle::Whole)];
    let views = |views| ReportCell::plain(views);
    ReportSheet {
        name: "Overview",
        title: "Overview per account".to_owned(),
        line: "How each did.".to_owned(),
        notes: String::new(),
        no_data: "No data: no account is known.",
        table: ReportTable {
            columns,
            rows: vec![
                vec![text_cell("=jane"), views(Value::Float(1234.5))],
                vec![text_cell("ann"), views(Value::Null)],
            ],
        },
        below: None,
        chart: None,
    }
}

/// Name to content of everything in the workbook.
fn parts(dir: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(dir.join(WORKBOOK)).unwrap()).unwrap();
    let count = archive.len();
    let mut part = |index| {
        let mut part = archive.by_index(index).unwrap();
        let (name, mut text) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut text).unwrap();
        (name, text)
    };
    (0..count).map(&mut part).collect()
}

/// The `<c …>…</c>` of a cell, without its style; `None` where there is no cell.
fn cell(sheet: &str, at: &str) -> Option<String> {
    let from = sheet.find(&format!("<c r=\"{at}\""))?;
    let cell = &sheet[from..from + sheet[from..].find("</c>").unwrap()];
    Some(cell[cell.find('>').unwrap() + 1..].to_owned())
}

/// The letters of a column of reels.
fn letters(name: &str) -> String {
    let mut number = Table::Reels.columns().iter().position(|column| column.name == name).unwrap() + 1;
    let mut letters = String::new();
    while number > 0 {
        letters.insert(0, char::from(b'A' + u8::try_from((number - 1) % 26).unwrap()));
        number = (number - 1) / 26;
    }
    letters
}

/// The cell of the only reel in the second sheet.
fn reel_cell(reel: Reel, column: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), &[reel]);
    write_workbook(dir.path(), &[report()], &[Table::Reels]).unwrap();
    cell(&parts(dir.path())["xl/worksheets/sheet2.xml"], &format!("{}2", letters(column)))
}

fn text(content: &str) -> Option<String> {
    Some(format!("<is><t>{content}</t></is>"))
}

fn number(content: &str) -> Option<String> {
    Some(format!("<v>{content}</v>"))
}

fn tag(hashtag: impl Into<CompactString>) -> Hashtag {
    Hashtag {
        account: "a".into(),
        reel_id: "3641924023820356866".into(),
        hashtag: hashtag.into(),
        ..Hashtag::default()
    }
}

#[test]
fn the_report_comes_first_and_then_a_sheet_a_table() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), &[tag("x"), tag("y")]);
    put::<Reel>(dir.path(), &[]);
    let file = write_workbook(dir.path(), &[report()], &[Table::Reels, Table::Hashtags]).unwrap();
    assert_eq!((file.name.as_str(), file.rows), ("reelframe.xlsx", 2));
    let content = std::fs::read(dir.path().join(WORKBOOK)).unwrap();
    assert_eq!((file.bytes, file.blake3), (content.len() as u64, blake3::hash(&content).to_hex().to_string()));

    let parts = parts(dir.path());
    let names: Vec<&str> = parts["xl/workbook.xml"].split("<sheet name=\"").skip(1).collect();
    let names: Vec<&str> = names.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(names, ["Overview", "reels", "hashtags"]);
    let reels = &parts["xl/worksheets/sheet2.xml"];
    assert!(reels.contains("ySplit=\"1\"") && reels.contains("state=\"frozen\""), "{reels}");
    assert_eq!(cell(reels, &format!("{}1", letters("posted_at"))), text("posted_at (UTC)"));
    assert_eq!(cell(reels, &format!("{}1", letters("posted_local"))), text("posted_local"));
    assert_eq!(cell(reels, "A2"), None);
    // The keys are there, but nobody has to look at them.
    assert_eq!(cell(reels, "A1"), text("reel_key"));
    let is_hidden = |column: u32| {
        let (_, rest) = reels.split_once(&format!("<col min=\"{column}\"")).unwrap();
        rest.split("/>").next().unwrap().contains("hidden=\"1\"")
    };
    // reel_key reel_id media_id shortcode url account
    assert_eq!([1, 2, 3, 4, 5, 6].map(is_hidden), [true, true, true, true, false, false]);
}

#[test]
fn ids_and_formulas_are_texts_and_no_text_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        ("=1+1", "=1+1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("{=A1}", "{=A1}"),
        ("https://x.example/", "https://x.example/"),
        ("a<b & \"c\"", "a&lt;b &amp; \"c\""),
        ("\u{0}\u{1b}", "_x001B_"),
        ("_x0041_", "_x005F_x0041_"),
        ("مرحبا 🎬", "مرحبا 🎬"),
        ("007", "007"),
    ];
    put(dir.path(), &cases.map(|(written, _)| tag(written)));
    write_workbook(dir.path(), &[report()], &[Table::Hashtags]).unwrap();
    let sheet = &parts(dir.path())["xl/worksheets/sheet2.xml"];
    for (row, (_, expected)) in cases.iter().enumerate() {
        assert_eq!(cell(sheet, &format!("D{}", row + 2)), text(expected));
    }
    assert_eq!(cell(sheet, "C2"), text("3641924023820356866"));
    assert!(!sheet.contains("<f>") && !sheet.contains("<hyperlink"), "{sheet}");
    assert!(sheet.contains("numberStoredAsText=\"1\""), "{sheet}");
    assert!(parts(dir.path())["xl/styles.xml"].contains("quotePrefix=\"1\""));
}

#[test]
fn times_are_days_as_excel_counts_them_and_texts_where_it_cannot() {
    let posted = |micros| reel_cell(Reel { posted_at: UtcMicros(micros), ..Reel::default() }, "posted_at");
    assert_eq!(posted(0), number("25569"));
    assert_eq!(posted(43_200_000_000), number("25569.5"));
    // 1900-03-01 is day 61: Excel counts a 29 February 1900, which did not exist.
    assert_eq!(posted(FIRST_DAY * MICROS_PER_DAY), number("61"));
    assert_eq!(posted(FIRST_DAY * MICROS_PER_DAY - 1), text("1900-02-28T23:59:59.999999Z"));
    assert_eq!(posted(LAST_DAY * MICROS_PER_DAY), number("2958465"));
    assert_eq!(posted((LAST_DAY + 1) * MICROS_PER_DAY), text("10000-01-01T00:00:00Z"));
    let local = Reel { posted_local: LocalMicros(21_600_000_000), ..Reel::default() };
    assert_eq!(reel_cell(local, "posted_local"), number("25569.25"));
    let day = |days| reel_cell(Reel { posted_date: Day(days), ..Reel::default() }, "posted_date");
    assert_eq!((day(20_235), day(-30_000)), (number("45804"), text("1887-11-12")));
}

#[test]
fn numbers_keep_all_their_digits_and_nulls_are_no_cells() {
    let views = |views| reel_cell(Reel { views, ..Reel::default() }, "views");
    assert_eq!(views(Some(123)), number("123"));
    assert_eq!(views(Some(-999_999_999_999_999)), number("-999999999999999"));
    assert_eq!(views(Some(1_000_000_000_000_001)), text("1000000000000001"));
    assert_eq!(views(Some(i64::MIN)), text("-9223372036854775808"));
    assert_eq!(views(None), None);
    assert_eq!(
        reel_cell(Reel { age_hours: Some(0.1 + 0.2), ..Reel::default() }, "age_hours"),
        number("0.30000000000000004")
    );
    assert_eq!(reel_cell(Reel { is_weekend: true, ..Reel::default() }, "is_weekend"), number("1"));
    assert_eq!(reel_cell(Reel { caption: Some(Default::default()), ..Reel::default() }, "caption"), None);
}

#[test]
fn a_text_that_is_too_long_is_cut_with_a_mark() {
    assert_eq!(cut(&"x".repeat(TEXT_UNITS)), None);
    for long in ["x".repeat(TEXT_UNITS + 1), "🎬".repeat(TEXT_UNITS / 2 + 1), "\u{1}".repeat(TEXT_UNITS / 7 + 1)] {
        let cut = cut(&long).unwrap();
        let kept = cut.strip_suffix(CUT_MARK).unwrap();
        assert!(long.starts_with(kept) && !kept.is_empty());
        let units = kept.chars().map(|c| if c < ' ' { 7 } else { c.len_utf16() }).sum::<usize>();
        assert!((TEXT_UNITS - 60..=TEXT_UNITS).contains(&(units + CUT_MARK.encode_utf16().count())), "{units}");
    }
    let caption = Some("é".repeat(40_000).into());
    let cell = reel_cell(Reel { caption, ..Reel::default() }, "caption").unwrap();
    assert!(cell.ends_with(&format!("é{CUT_MARK}</t></is>")), "{}", &cell[cell.len() - 80..]);
}

#[test]
fn rows_go_on_in_a_further_sheet_and_links_end_as_texts() {
    let dir = tempfile::tempdir().unwrap();
    let url = |number: i32| format!("https://www.instagram.com/reel/C{number}/");
    let reel = |number| Reel { url: url(number).into(), views: Some(number.into()), ..Reel::default() };
    put(dir.path(), &(0..7).map(reel).collect::<Vec<_>>());
    let limits = SheetLimits { rows: 3, links: 2, ..LIMITS };
    let file = write_within(limits, dir.path(), &[report()], &[Table::Reels]).unwrap();
    assert_eq!(file.rows, 7);
    let parts = parts(dir.path());
    assert!(parts["xl/workbook.xml"].contains("<sheet name=\"reels (3)\""), "{}", parts["xl/workbook.xml"]);
    let (views, urls) = (letters("views"), letters("url"));
    for (sheet, rows) in [(2, 0..3), (3, 3..6), (4, 6..7)] {
        let content = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
        for (at, row) in rows.clone().enumerate() {
            assert_eq!(cell(content, &format!("{views}{}", at + 2)), number(&row.to_string()));
            assert_eq!(cell(content, &format!("{urls}{}", at + 2)), text(&url(row)));
        }
        assert_eq!(cell(content, &format!("{views}{}", rows.len() + 2)), None);
        assert_eq!(cell(content, &format!("{views}1")), text("views"));
        assert_eq!(content.matches("<hyperlink ").count(), rows.len().min(2), "sheet {sheet}");
    }
    assert!(parts["xl/worksheets/_rels/sheet2.xml.rels"].contains(&url(1)));
}

#[test]
fn a_sheet_ends_before_its_xml_is_too_long_for_a_zip_file() {
    let dir = tempfile::tempdir().unwrap();
    let hashtag = "<&>\r\u{1}🎬".repeat(50);
    put(dir.path(), &(0..1_000).map(|_| tag(hashtag.clone())).collect::<Vec<_>>());
    write_within(SheetLimits { bytes: 200_000, ..LIMITS }, dir.path(), &[report()], &[Table::Hashtags]).unwrap();
    let parts = parts(dir.path());
    let sheets: Vec<usize> =
        (2..).map_while(|at| parts.get(&format!("xl/worksheets/sheet{at}.xml"))).map(String::len).collect();
    assert!(sheets.len() > 5, "{sheets:?}");
    for bytes in &sheets[..sheets.len() - 1] {
        // What stands around the rows is small, and so is what the count is off by.
        assert!((150_000..205_000).contains(bytes), "{sheets:?}");
    }
}

#[test]
fn rates_are_per_cent_and_counts_have_thousands() {
    let headings = headings(&Table::Reels.schema());
    let format = |name| {
        let at = Table::Reels.columns().iter().position(|column| column.name == name).unwrap();
        headings[at].number_format
    };
    assert_eq!(format("engagement_rate_low"), "[<0.01]0.00%;0.0%");
    assert_eq!((format("views"), format("posted_hour")), ("#,##0", "0"));
    assert_eq!((format("outlier_multiple"), format("aspect_ratio")), ("0.0\"×\"", "0.000"));
    assert_eq!((format("posted_at"), format("posted_date")), ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"));
}

#[test]
fn the_same_tables_are_the_same_bytes() {
    let bytes = || {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &(0..500).map(|number| tag(number.to_string())).collect::<Vec<_>>());
        write_workbook(dir.path(), &[report()], &[Table::Hashtags]).unwrap();
        std::fs::read(dir.path().join(WORKBOOK)).unwrap()
    };
    assert!(bytes() == bytes());
}

#[test]
fn a_disk_that_takes_no_rows_is_an_error_of_the_disk() {
    let dir = Path::new("/somewhere");
    let full = || -> Result<()> { panic!("{}", "Couldn't write to xml file: Os { code: 28 }") };
    let error = caught(dir, full).unwrap_err();
    assert_eq!(error.kind, crate::error::ErrorKind::Disk);
    assert!(error.message.contains("/somewhere") && error.message.contains("code: 28"), "{error}");
    let missing = write_workbook(Path::new("/nowhere/at/all"), &[report()], &[]).unwrap_err();
    assert!(missing.message.contains("/nowhere/at/all/reelframe.xlsx"), "{missing}");
}

/// The sheet of a report with its drawing: all parts of a workbook without tables.
fn report_parts(sheet: ReportSheet) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    write_workbook(dir.path(), &[sheet], &[]).unwrap();
    parts(dir.path())
}

fn bars(kind: ChartKind) -> ReportSheet {
    let chart = ReportChart {
        kind,
        title: "Median views per account".to_owned(),
        category: 0,
        category_title: "Account".to_owned(),
        values: vec![1],
        value_title: "Median views per reel".to_owned(),
        rows: 2,
    };
    ReportSheet { chart: Some(chart), ..report() }
}

#[test]
fn a_report_sheet_has_title_headings_and_formats_of_its_own() {
    let parts = report_parts(report());
    let sheet = &parts["xl/worksheets/sheet1.xml"];
    let texts: Vec<&str> = parts["xl/sharedStrings.xml"].split("<t>").skip(1).collect();
    let texts: Vec<&str> = texts.iter().map(|text| text.split('<').next().unwrap()).collect();
    assert_eq!(texts, ["Overview per account", "How each did.", "Account", "Median views", "=jane", "ann"]);
    assert_eq!((cell(sheet, "B5"), cell(sheet, "B6")), (number("1234.5"), None));
    assert!(sheet.contains("<autoFilter ref=\"A4:B6\"/>") && !sheet.contains("<f>"), "{sheet}");
    // Whole numbers, although the median lies between two reels.
    let styles = &parts["xl/styles.xml"];
    assert!(styles.contains("formatCode=\"#,##0\"") && styles.contains("quotePrefix=\"1\""), "{styles}");
}

#[test]
fn a_sheet_without_rows_says_so_and_draws_nothing() {
    let empty = ReportSheet { table: ReportTable::default(), ..bars(ChartKind::Bars) };
    let parts = report_parts(empty);
    assert!(parts["xl/sharedStrings.xml"].contains("<t>No data: no account is known.</t>"));
    assert!(!parts.keys().any(|name| name.contains("chart")), "{:?}", parts.keys());
    assert!(!parts["xl/worksheets/sheet1.xml"].contains("autoFilter"));
}

#[test]
fn bars_begin_at_zero_unless_views_were_lost() {
    let drawn = |sheet| report_parts(sheet)["xl/charts/chart1.xml"].clone();
    let columns = drawn(bars(ChartKind::Columns));
    assert!(columns.contains("<c:barDir val=\"col\"/>") && columns.contains("<c:min val=\"0\"/>"), "{columns}");
    let mut losses = bars(ChartKind::Columns);
    losses.table.rows[1][1].value = Value::Int(-7);
    assert!(!drawn(losses).contains("<c:min "));
    // The first account is at the top, and the numbers are along the bottom.
    let lying = drawn(bars(ChartKind::Bars));
    assert!(lying.contains("<c:orientation val=\"maxMin\"/>") && lying.contains("<c:crosses val=\"max\"/>"), "{lying}");
}

#[test]
fn a_link_shows_its_text_and_leads_to_its_address() {
    let mut sheet = report();
    let address = Some("https://www.instagram.com/reel/C1/".to_owned());
    sheet.table.rows[0][0] = ReportCell { address, ..text_cell("=1+1") };
    sheet.table.rows[1][0] = ReportCell { look: Look::Above, ..text_cell(&"x".repeat(40_000)) };
    let parts = report_parts(sheet);
    assert!(parts["xl/worksheets/sheet1.xml"].contains("<hyperlink ref=\"A5\""));
    assert!(parts["xl/worksheets/_rels/sheet1.xml.rels"].contains("Target=\"https://www.instagram.com/reel/C1/\""));
    assert!(parts["xl/sharedStrings.xml"].contains("<t>=1+1</t>"));
    assert!(parts["xl/sharedStrings.xml"].contains(CUT_MARK));
}

#[test]
fn numbers_of_a_report_are_as_people_write_them() {
    let format = NumberStyle::number_format;
    assert_eq!(format(NumberStyle::Whole), "#,##0");
    assert_eq!(format(NumberStyle::Percent), "[<0.01]0.00%;0.0%");
    assert_eq!(format(NumberStyle::Change), "+0%;-0%;0%");
    assert_eq!(format(NumberStyle::Multiple), "[<1.5]0.00\"×\";#,##0.0\"×\"");
    assert_eq!(format(NumberStyle::Month), "mmm yyyy");
}
