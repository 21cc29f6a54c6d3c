//! CSV in two dialects.
//!
//! `plain` is RFC 4180 with LF line ends, and lossless: what Parquet tells apart, this tells apart. A null is an empty
//! cell and an empty text is `""`. That is why the writer is our own: the csv crate takes a cell's bytes and decides on
//! its quotes alone, so that null and `""` come out the same.
//!
//! `excel` is for a double-click: a byte-order mark and CRLF, texts that read as a number (ids above all) as `="…"`, so
//! that all digits are kept, and an apostrophe before texts that would run as a formula.

use std::io::Write as _;

use arrow_array::RecordBatch;

use super::cells::{Cell, Cells};
use super::{Dialect, FileUnderWay, FormatWriter, Options};
use crate::columns::{Column, Table};
use crate::error::{Error, Result};

pub(super) fn open(file: FileUnderWay, table: Table, options: &Options) -> Result<Box<dyn FormatWriter>> {
    let (delimiter, dialect) = (options.csv_delimiter, options.csv_dialect);
    if !delimiter.is_ascii() || [b'"', b'\r', b'\n'].contains(&delimiter) {
        return Err(Error::usage(format!("the CSV delimiter cannot be byte {delimiter}"))
            .hint("give one ASCII character that is neither a quote nor a line end, such as , or ;"));
    }
    let columns = table.columns();
    let mut writer = CsvWriter { file, columns, delimiter, dialect, lines: Vec::new(), cell: String::new() };
    if dialect == Dialect::Excel {
        // Without it Excel takes the file for the system's old code page.
        writer.lines.extend_from_slice("\u{FEFF}".as_bytes());
    }
    for (index, column) in columns.iter().enumerate() {
        writer.put_delimiter(index);
        writer.cell.push_str(column.name);
        writer.put_cell();
    }
    writer.end_line();
    writer.write_lines()?;
    Ok(Box::new(writer))
}

/// Text that is written at once: a whole block of the widest table would be some 5 MB.
const LINES_BYTES: usize = 256 * 1024;

struct CsvWriter {
    file: FileUnderWay,
    columns: &'static [Column],
    delimiter: u8,
    dialect: Dialect,
    /// Finished text on its way to the file.
    lines: Vec<u8>,
    /// The cell being made; kept, so that a cell costs no allocation.
    cell: String,
}

impl FormatWriter for CsvWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        let columns = Cells::of_block(self.columns, block);
        for row in 0..block.num_rows() {
            for (index, cells) in columns.iter().enumerate() {
                let Some(cell) = cells.at(row) else {
                    self.put_delimiter(index);
                    continue;
                };
                self.put_delimiter(index);
                match cell {
                    Cell::Text(text) if self.dialect == Dialect::Plain => {
                        put_quoted(text, self.delimiter, &mut self.lines)
                    }
                    Cell::Text(text) => {
                        self.cell.push_str(text);
                        guard(&mut self.cell);
                        self.put_cell();
                    }
                    cell => {
                        cell.print(self.columns[index].name, &mut self.cell)?;
                        self.put_cell();
                    }
                }
            }
            self.end_line();
            if self.lines.len() >= LINES_BYTES {
                self.write_lines()?;
            }
        }
        self.write_lines()
    }

    fn finish(self: Box<Self>) -> Result<FileUnderWay> {
        Ok(self.file)
    }
}

impl CsvWriter {
    fn put_delimiter(&mut self, index: usize) {
        if index > 0 {
            self.lines.push(self.delimiter);
        }
    }

    /// Moves the cell to the lines, quoted where it must be. No type is above that: a delimiter may be any character, one
    /// that stands in numbers or times too.
    fn put_cell(&mut self) {
        put_quoted(&self.cell, self.delimiter, &mut self.lines);
        self.cell.clear();
    }

    fn end_line(&mut self) {
        self.lines.extend_from_slice(match self.dialect {
            Dialect::Plain => b"\n",
            Dialect::Excel => b"\r\n",
        });
    }

    fn write_lines(&mut self) -> Result<()> {
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        written.map_err(|cause| Error::disk("write", &self.file.path, cause))
    }
}

/// Makes a text one that Excel shows as it is.
fn guard(text: &mut String) {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        text.insert(0, '\'');
    } else if reads_as_a_number(text) {
        text.insert_str(0, "=\"");
        text.push('"');
    }
}

/// Whether Excel may take a text for a number, a day or a time of day: an id, `2026-10`, `15-30`, `007`, `1e5`. What it
/// makes of it then is another value. (A text within a formula has 255 characters at most; no such number is that long.)
fn reads_as_a_number(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_digit() || b".,:/-+%eE ".contains(&byte);
    text.len() <= 255
        && text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.bytes().all(part)
}

fn put_quoted(cell: &str, delimiter: u8, lines: &mut Vec<u8>) {
    if !needs_quotes(cell.as_bytes(), delimiter) {
        lines.extend_from_slice(cell.as_bytes());
        return;
    }
    lines.push(b'"');
    for (part, text) in cell.split('"').enumerate() {
        if part > 0 {
            lines.extend_from_slice(b"\"\"");
        }
        lines.extend_from_slice(text.as_bytes());
    }
    lines.push(b'"');
}

/// The empty text, for an empty cell is a null; what would end the cell early; and blanks at its ends, which many
/// readers trim off unless they are quoted.
fn needs_quotes(cell: &[u8], delimiter: u8) -> bool {
    let blank = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    blank(cell.first())
        || blank(cell.last())
        || memchr::memchr(delimiter, cell).is_some()
        || memchr::memchr3(b'"', b'\r', b'\n', cell).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Account, Day, Hashtag, LocalMicros, Reel, Row, UtcMicros};
    use crate::error::Exit;
    use crate::sink::{Format, TableWriter};

    fn text<R: Row>(rows: &[&R], csv_delimiter: u8) -> Result<String> {
        text_in(Dialect::Plain, rows, csv_delimiter)
    }

    fn text_in<R: Row>(csv_dialect: Dialect, rows: &[&R], csv_delimiter: u8) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { csv_delimiter, csv_dialect, ..Options::new(&[Format::Csv]) };
        let mut writer = TableWriter::create(dir.path(), "table", R::TABLE, &options)?;
        writer.write(&R::batch(rows))?;
        writer.finish()?;
        Ok(std::fs::read_to_string(dir.path().join("table.csv")).unwrap())
    }

    fn tag(hashtag: &str) -> Hashtag {
        Hashtag { account: "a".into(), reel_id: "1".into(), hashtag: hashtag.into(), position: 1, ..Hashtag::default() }
    }

    #[test]
    fn texts_are_quoted_where_they_must_be_and_nowhere_else() {
        let tags =
            ["plain", "", "a,b", "say \"hi\"", "two\nlines", "old\rmac", " lead", "trail\t", "u\u{2028}2028", "é🎬"];
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
            walk_started_at: UtcMicros(1_748_371_310_000_000),
            ..Account::default()
        };
        let written = text(&[&account], b',').unwrap();
        let row = written.lines().nth(1).unwrap();
        assert_eq!(row, "a,,\"\",,2025-05-27,UTC,complete,,2025-05-27T18:41:50Z,0,0,0,,,,\"\"");
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
            assert_eq!(cell(&Reel { age_hours: number, ..Reel::default() }, "age_hours"), expected);
        }
        assert_eq!(cell(&Reel { views: Some(i64::MIN), ..Reel::default() }, "views"), i64::MIN.to_string());
        assert_eq!(cell(&Reel { is_weekend: true, ..Reel::default() }, "is_weekend"), "true");
    }

    #[test]
    fn a_delimiter_that_stands_in_a_number_is_quoted_there_too() {
        let reel = Reel { age_hours: 0.5, ..Reel::default() };
        assert!(text(&[&reel], b'.').unwrap().contains(".\"0.5\"."));
    }

    #[test]
    fn a_delimiter_that_would_break_the_file_is_refused() {
        for delimiter in [b'"', b'\n', b'\r', 0xE9] {
            assert_eq!(text(&[&tag("a")], delimiter).unwrap_err().exit, Exit::Usage);
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
        let written = text_in(Dialect::Excel, &tags.iter().collect::<Vec<_>>(), b';').unwrap();
        let mut expected = "\u{FEFF}reel_key;account;reel_id;hashtag;hashtag_as_written;position\r\n".to_owned();
        for (_, cell) in cases {
            expected.push_str(&format!("\"\";a;\"=\"\"1\"\"\";{cell};\"\";1\r\n"));
        }
        assert_eq!(written, expected);
    }

    #[test]
    fn the_excel_dialect_guards_texts_only() {
        let reel = Reel { views_gained: Some(-5), location_lat: Some(-0.5), ..Reel::default() };
        let written = text_in(Dialect::Excel, &[&reel], b',').unwrap();
        assert!(written.contains(",-5,") && written.contains(",-0.5,"), "{written}");
        assert!(written.ends_with("\r\n") && !written.contains("'-"), "{written}");
    }
}
