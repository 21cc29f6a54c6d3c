//! CSV in the `plain` dialect: RFC 4180 with LF line ends, and lossless: what Parquet tells apart, this tells apart.
//!
//! A null is an empty cell and an empty text is `""`. That is why the writer is our own: the csv crate takes a cell's
//! bytes and decides on its quotes alone, so that null and `""` come out the same.
//!
//! Numbers are written with every digit that they need to come back, times as `2025-05-27T18:41:50Z` (local ones
//! without the Z), with a fraction of 3 or 6 digits where there is one.

use std::fmt::Write as _;
use std::io::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike};

use super::{FileUnderWay, FormatWriter, Options};
use crate::columns::{Column, ColumnType, Table};
use crate::error::{Error, Result};

pub(super) fn open(file: FileUnderWay, table: Table, options: &Options) -> Result<Box<dyn FormatWriter>> {
    let delimiter = options.csv_delimiter;
    if !delimiter.is_ascii() || [b'"', b'\r', b'\n'].contains(&delimiter) {
        return Err(Error::usage(format!("the CSV delimiter cannot be byte {delimiter}"))
            .hint("give one ASCII character that is neither a quote nor a line end, such as , or ;"));
    }
    let mut writer = CsvWriter { file, columns: table.columns(), delimiter, lines: Vec::new(), cell: String::new() };
    for (index, column) in writer.columns.iter().enumerate() {
        writer.cell.push_str(column.name);
        writer.put_cell(index);
    }
    writer.lines.push(b'\n');
    writer.write_lines()?;
    Ok(Box::new(writer))
}

/// Text that is written at once: a whole block of the widest table would be some 20 MB.
const LINES_BYTES: usize = 256 * 1024;

struct CsvWriter {
    file: FileUnderWay,
    columns: &'static [Column],
    delimiter: u8,
    /// Finished text on its way to the file.
    lines: Vec<u8>,
    /// The cell being made; kept, so that a cell costs no allocation.
    cell: String,
}

impl FormatWriter for CsvWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        let columns = self.columns.iter().zip(block.columns());
        let columns: Vec<Cells> = columns.map(|(column, array)| Cells::of(column.column_type, array)).collect();
        for row in 0..block.num_rows() {
            for (index, cells) in columns.iter().enumerate() {
                if cells.array().is_null(row) {
                    self.put_delimiter(index);
                    continue;
                }
                if cells.print(row, &mut self.cell).is_none() {
                    let name = self.columns[index].name;
                    return Err(Error::unexpected(format!("column {name} holds a time outside the calendar")));
                }
                self.put_cell(index);
            }
            self.lines.push(b'\n');
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

    /// Moves the cell to the lines, quoted where it must be. Every type goes this way: a delimiter may be any
    /// character, one that stands in numbers or times too.
    fn put_cell(&mut self, index: usize) {
        self.put_delimiter(index);
        if needs_quotes(self.cell.as_bytes(), self.delimiter) {
            self.lines.push(b'"');
            for (part, text) in self.cell.split('"').enumerate() {
                if part > 0 {
                    self.lines.extend_from_slice(b"\"\"");
                }
                self.lines.extend_from_slice(text.as_bytes());
            }
            self.lines.push(b'"');
        } else {
            self.lines.extend_from_slice(self.cell.as_bytes());
        }
        self.cell.clear();
    }

    fn write_lines(&mut self) -> Result<()> {
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        written.map_err(|cause| Error::disk("write", &self.file.path, cause))
    }
}

/// The empty text, for an empty cell is a null; what would end the cell early; and blanks at its ends, which many
/// readers trim off unless they are quoted.
fn needs_quotes(cell: &[u8], delimiter: u8) -> bool {
    let blank = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    blank(cell.first())
        || blank(cell.last())
        || cell.iter().any(|byte| matches!(byte, b'"' | b'\r' | b'\n') || *byte == delimiter)
}

/// A column of a block, as what it is.
enum Cells<'block> {
    Text(&'block StringArray),
    Bool(&'block BooleanArray),
    Int32(&'block Int32Array),
    Int64(&'block Int64Array),
    Float64(&'block Float64Array),
    Utc(&'block TimestampMicrosecondArray),
    Local(&'block TimestampMicrosecondArray),
    Day(&'block Date32Array),
}

impl<'block> Cells<'block> {
    /// Blocks have the table's types, so that no cast here can fail.
    fn of(column_type: ColumnType, array: &'block ArrayRef) -> Self {
        match column_type {
            ColumnType::String => Self::Text(array.as_string()),
            ColumnType::Bool => Self::Bool(array.as_boolean()),
            ColumnType::Int32 => Self::Int32(array.as_primitive::<Int32Type>()),
            ColumnType::Int64 => Self::Int64(array.as_primitive::<Int64Type>()),
            ColumnType::Float64 => Self::Float64(array.as_primitive::<Float64Type>()),
            ColumnType::TimestampUtc => Self::Utc(array.as_primitive::<TimestampMicrosecondType>()),
            ColumnType::TimestampLocal => Self::Local(array.as_primitive::<TimestampMicrosecondType>()),
            ColumnType::Date => Self::Day(array.as_primitive::<Date32Type>()),
        }
    }

    fn array(&self) -> &dyn Array {
        match self {
            Self::Text(array) => array,
            Self::Bool(array) => array,
            Self::Int32(array) => array,
            Self::Int64(array) => array,
            Self::Float64(array) => array,
            Self::Utc(array) | Self::Local(array) => array,
            Self::Day(array) => array,
        }
    }

    /// The value at `row` as text; `None` for a time outside the calendar, some 260,000 years off.
    fn print(&self, row: usize, cell: &mut String) -> Option<()> {
        match self {
            Self::Text(array) => cell.push_str(array.value(row)),
            Self::Bool(array) => cell.push_str(if array.value(row) { "true" } else { "false" }),
            Self::Int32(array) => write!(cell, "{}", array.value(row)).ok()?,
            Self::Int64(array) => write!(cell, "{}", array.value(row)).ok()?,
            // The shortest digits that read back as the same number, and never an exponent.
            Self::Float64(array) => write!(cell, "{}", array.value(row)).ok()?,
            Self::Utc(array) => {
                print_time(DateTime::from_timestamp_micros(array.value(row))?.naive_utc(), cell)?;
                cell.push('Z');
            }
            Self::Local(array) => print_time(DateTime::from_timestamp_micros(array.value(row))?.naive_utc(), cell)?,
            Self::Day(array) => print_day(day(array.value(row))?, cell)?,
        }
        Some(())
    }
}

fn day(days_since_1970: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days_since_1970.unsigned_abs()));
    let first = DateTime::UNIX_EPOCH.date_naive();
    if days_since_1970 < 0 { first.checked_sub_days(distance) } else { first.checked_add_days(distance) }
}

fn print_day(day: NaiveDate, cell: &mut String) -> Option<()> {
    write!(cell, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day()).ok()
}

fn print_time(time: NaiveDateTime, cell: &mut String) -> Option<()> {
    print_day(time.date(), cell)?;
    write!(cell, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()).ok()?;
    match time.nanosecond() / 1_000 {
        0 => Some(()),
        micros if micros % 1_000 == 0 => write!(cell, ".{:03}", micros / 1_000).ok(),
        micros => write!(cell, ".{micros:06}").ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Account, Day, Hashtag, LocalMicros, Reel, Row, UtcMicros};
    use crate::error::Exit;
    use crate::sink::{Compression, Format, TableWriter};

    fn text<R: Row>(rows: &[&R], csv_delimiter: u8) -> Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { formats: vec![Format::Csv], compression: Compression::Zstd, csv_delimiter };
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
            account_label: Some(String::new()),
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
}
