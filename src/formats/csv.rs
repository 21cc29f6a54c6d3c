//! CSV in three dialects, for tables and answers.
//!
//! `plain` is RFC 4180 with LF line ends, and lossless: a null is an empty cell, an empty text is `""`. The csv crate
//! cannot write that difference, so the writer is our own.
//!
//! `excel` opens with a double-click: a byte-order mark and CRLF, texts that look like numbers (such as ids) as `="…"`
//! to keep all digits, and an apostrophe before texts that would run as formulas. `excel-eu` is for countries with a
//! decimal comma; its times are `2025-05-27 18:41:50`, which Excel reads as a time in every country.

pub(crate) mod guard;
pub(crate) mod style;
#[cfg(test)]
pub(crate) mod tests;

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::formats::csv::style::{Breaks, CsvStyle, Decimal, Dialect};
use crate::formats::hashing_file::{FormatWriter, HashingFile};
use crate::formats::{csv::guard::guard, options::Options};
use crate::schema::column::Table;
use crate::schema::value::{ColumnValues, Value};

pub(crate) fn open(file: HashingFile, table: Table, options: &Options) -> Result<Box<dyn FormatWriter>> {
    let mut writer = CsvWriter { file, text: CsvText::new(options.csv) };
    writer.text.header(table.columns().iter().map(|column| column.name));
    writer.write_text()?;
    Ok(Box::new(writer))
}

/// The rows of an answer with their header.
///
/// # Errors
/// A time outside the calendar.
pub(crate) fn to_csv(batch: &RecordBatch, style: CsvStyle) -> Result<Vec<u8>> {
    let mut text = CsvText::new(style);
    text.header(batch.schema_ref().fields().iter().map(|field| field.name().as_str()));
    text.rows(batch)?;
    Ok(text.lines)
}

struct CsvWriter {
    file: HashingFile,
    /// Finished lines on their way to the file.
    text: CsvText,
}

impl FormatWriter for CsvWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        /// A whole block of the widest table would be some 5 MB of text.
        const ROWS_AT_ONCE: usize = 128;
        for begin in (0..block.num_rows()).step_by(ROWS_AT_ONCE) {
            self.text.rows(&block.slice(begin, ROWS_AT_ONCE.min(block.num_rows() - begin)))?;
            self.write_text()?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<HashingFile> {
        Ok(self.file)
    }
}

impl CsvWriter {
    fn write_text(&mut self) -> Result<()> {
        self.file.put(&self.text.lines)?;
        self.text.lines.clear();
        Ok(())
    }
}

/// Lines of CSV, value by value.
struct CsvText {
    style: CsvStyle,
    lines: Vec<u8>,
    /// The cell being made; kept, so that a cell costs no allocation.
    cell: String,
}

impl CsvText {
    fn new(style: CsvStyle) -> Self {
        // Without the mark Excel reads the file in the system's old code page.
        let lines = if style.is_excel() { "\u{FEFF}".into() } else { Vec::new() };
        Self { style, lines, cell: String::new() }
    }

    fn header<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for (index, name) in names.enumerate() {
            self.put_delimiter(index);
            self.put_text(name);
        }
        self.end_line();
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = ColumnValues::of_batch(batch);
        let fields = batch.schema_ref().fields();
        for row in 0..batch.num_rows() {
            for (index, (field, values)) in fields.iter().zip(&columns).enumerate() {
                self.put_delimiter(index);
                match values.at(row) {
                    Value::Null => {}
                    Value::Text(text) => self.put_text(text),
                    value => self.put_value(field.name(), value)?,
                }
            }
            self.end_line();
        }
        Ok(())
    }

    fn put_delimiter(&mut self, index: usize) {
        if index > 0 {
            self.lines.push(self.style.delimiter());
        }
    }

    fn put_text(&mut self, text: &str) {
        if !self.style.is_excel() && self.style.breaks() == Breaks::Keep {
            return put_quoted(text, self.style.delimiter(), &mut self.lines);
        }
        match self.style.breaks() {
            Breaks::Keep => self.cell.push_str(text),
            Breaks::Space => put_on_one_line(text, &mut self.cell),
        }
        if self.style.is_excel() {
            guard(&mut self.cell);
        }
        self.put_cell();
    }

    /// A value that is not a text. It may need quotes: the delimiter can be a character of numbers or times.
    fn put_value(&mut self, column: &str, value: Value<&str>) -> Result<()> {
        match self.style.dialect() {
            Dialect::ExcelEu => value.print_to_the_second(column, &mut self.cell)?,
            _ => value.print(column, &mut self.cell)?,
        }
        if matches!(value, Value::Float(_))
            && self.style.decimal() == Decimal::Comma
            && let Some(point) = self.cell.find('.')
        {
            self.cell.replace_range(point..=point, ",");
        }
        self.put_cell();
        Ok(())
    }

    /// Moves the cell to the lines, quoted where it must be.
    fn put_cell(&mut self) {
        put_quoted(&self.cell, self.style.delimiter(), &mut self.lines);
        self.cell.clear();
    }

    fn end_line(&mut self) {
        self.lines.extend_from_slice(if self.style.is_excel() { b"\r\n" } else { b"\n" });
    }
}

/// Replaces line breaks of any kind by blanks.
fn put_on_one_line(text: &str, line: &mut String) {
    const BREAKS: [char; 7] = ['\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut after_return = false;
    for c in text.chars() {
        // CRLF is one break.
        if c != '\n' || !after_return {
            line.push(if BREAKS.contains(&c) { ' ' } else { c });
        }
        after_return = c == '\r';
    }
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

/// An empty text (an empty cell is a null), a text with delimiters, quotes or line breaks, and one with blanks at its
/// ends, which many readers trim unless quoted.
fn needs_quotes(cell: &[u8], delimiter: u8) -> bool {
    let blank = |byte: Option<&u8>| byte.is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    blank(cell.first())
        || blank(cell.last())
        || memchr::memchr(delimiter, cell).is_some()
        || memchr::memchr3(b'"', b'\r', b'\n', cell).is_some()
}
