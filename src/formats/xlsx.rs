//! One workbook of all tables: the overview on the first sheet, then a sheet per table, made from the finished Parquet
//! files.
//!
//! Nothing is cut or changed silently: rows beyond the end of a sheet continue on a second one and texts that are too
//! long end with a mark, both with a warning; whole numbers of more than 15 digits and days before March 1900 are
//! texts. Texts never run as formulas, even after their cell was edited. Rows are buffered in unnamed files in the
//! workbook's folder, so that memory does not grow with the tables.

#[cfg(test)]
pub(crate) mod tests;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, FieldRef, Schema};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, IgnoreError, Url, Workbook, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use crate::error::{Error, Result};
use crate::formats::hashing_file::{HashingFile, WrittenFile};
use crate::formats::{read::Batches, rebatch::BLOCK_ROWS};
use crate::schema::cell::{Day, LocalMicros, MICROS_PER_DAY, UtcMicros};
use crate::schema::column::Table;
use crate::schema::display::{Display, display};
use crate::schema::value::{ColumnValues, Value};

const WORKBOOK: &str = "reelframe.xlsx";
/// Rows that fit into a sheet below its headings.
pub(crate) const ROWS_A_SHEET: u64 = 1_048_575;

/// The limits of a sheet.
#[derive(Clone, Copy)]
struct SheetLimits {
    rows: u64,
    /// Further addresses are plain texts.
    links: u32,
    /// Of its XML: a zip entry without zip64, which LibreOffice cannot open, holds up to 4 GiB.
    bytes: u64,
}

const LIMITS: SheetLimits = SheetLimits { rows: ROWS_A_SHEET, links: 65_530, bytes: 4_000_000_000 };
/// Upper bounds for the XML of a number, and of a text without its content.
const BYTES_OF_A_NUMBER: u64 = 55;
const BYTES_OF_A_TEXT: u64 = 60;

/// UTF-16 units that a cell can hold, and the end of a text that was cut.
const TEXT_UNITS: usize = 32_767;
const CUT_MARK: &str = " … [cut off here: an Excel cell holds no more]";
/// Excel's numbers have 15 digits.
const LARGEST_WHOLE_NUMBER: u64 = 999_999_999_999_999;
/// 1900-03-01 and 9999-12-31 in days since 1970. (Excel has a 29 February 1900, so its earlier days are off by one.)
const FIRST_DAY: i64 = -25_508;
const LAST_DAY: i64 = 2_932_896;
/// The number that Excel gives 1970-01-01.
const DAY_OF_1970: i64 = 25_569;

/// The largest width of a column, in characters.
const WIDEST: usize = 50;

/// The first sheet: a title, a line below it, and rows under headings.
pub(crate) struct Overview<'a> {
    pub title: &'a str,
    pub line: &'a str,
    pub rows: RecordBatch,
}

/// Writes `reelframe.xlsx` into the folder that holds the Parquet files of these tables.
///
/// # Errors
/// `Disk` where a table cannot be read, or the disk takes no more.
pub(crate) fn write_workbook(dir: &Path, overview: &Overview, tables: &[Table]) -> Result<WrittenFile> {
    write_within(LIMITS, dir, overview, tables)
}

fn write_within(limits: SheetLimits, dir: &Path, overview: &Overview, tables: &[Table]) -> Result<WrittenFile> {
    let mut file = HashingFile::create(dir.join(WORKBOOK))?;
    let rows = caught(dir, || {
        let mut book = Book::new(dir, limits)?;
        book.put_overview(overview)?;
        for &table in tables {
            book.put_table(dir, table)?;
        }
        book.save(&mut file)
    })?;
    file.close(rows)
}

/// The library panics if the disk is full while it buffers rows.
fn caught<T>(dir: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let is_disk = |panic: &Box<dyn Any + Send>| {
        panic.downcast_ref::<String>().filter(|text| text.starts_with("Couldn't write to xml file")).cloned()
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| match is_disk(&panic) {
        Some(cause) => Err(Error::disk("write the rows of the workbook into", dir, cause)),
        None => resume_unwind(panic),
    })
}

/// The workbook and its formats.
struct Book {
    book: Workbook,
    heading: Format,
    limits: SheetLimits,
    rows: u64,
}

impl Book {
    fn new(dir: &Path, limits: SheetLimits) -> Result<Self> {
        let mut book = Workbook::new();
        // A fixed time: the same tables give the same bytes.
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(Error::unexpected)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&created));
        book.set_tempdir(dir).map_err(|cause| Error::disk("create a file in", dir, cause))?;
        let heading = Format::new().set_bold().set_background_color(Color::RGB(0x00E7_E6E6));
        Ok(Self { book, heading, limits, rows: 0 })
    }

    fn put_overview(&mut self, overview: &Overview) -> Result<()> {
        let mut sheet = self.begin("Report", headings(overview.rows.schema_ref(), "count"), 3)?;
        // From top to bottom: earlier rows cannot be written any more.
        sheet.put_line(0, overview.title, &Format::new().set_bold().set_font_size(14))?;
        sheet.put_line(1, overview.line, &Format::new())?;
        sheet.put_headings(&self.heading)?;
        let columns = ColumnValues::of_batch(&overview.rows);
        for row in 0..overview.rows.num_rows() {
            sheet.put_row(&columns, row)?;
        }
        self.end(sheet)
    }

    fn put_table(&mut self, dir: &Path, table: Table) -> Result<()> {
        let name = table.name();
        let headings = || headings(&table.schema(), "");
        let (mut sheets, mut texts_cut) = (1, 0);
        let mut sheet = self.begin(name, headings(), 0)?;
        sheet.put_headings(&self.heading)?;
        for batch in Batches::open(table, &dir.join(format!("{name}.parquet")), BLOCK_ROWS, |_| true)? {
            let batch = batch?;
            let columns = ColumnValues::of_batch(&batch);
            for row in 0..batch.num_rows() {
                if sheet.is_full() {
                    sheets += 1;
                    texts_cut += sheet.texts_cut;
                    self.end(sheet)?;
                    sheet = self.begin(&format!("{name} ({sheets})"), headings(), 0)?;
                    sheet.put_headings(&self.heading)?;
                }
                sheet.put_row(&columns, row)?;
                self.rows += 1;
            }
        }
        texts_cut += sheet.texts_cut;
        self.end(sheet)?;
        if sheets > 1 {
            tracing::warn!(table = name, "xlsx: sheet is full; continued in sheets up to {name} ({sheets})");
        }
        if texts_cut > 0 {
            tracing::warn!(table = name, "xlsx: a cell holds {TEXT_UNITS} characters: {texts_cut} texts were cut off");
        }
        Ok(())
    }

    /// A new sheet with its headings in row `top`.
    fn begin(&mut self, name: &str, headings: Vec<Heading>, top: u32) -> Result<Sheet> {
        let sheet = self.book.new_worksheet_with_constant_memory().map_err(Error::unexpected)?;
        let widths = headings.iter().map(Heading::width).collect();
        let (limits, row, bytes, texts_cut) = (self.limits, top, 0, 0);
        let mut sheet = Sheet { sheet, headings, limits, top, row, bytes, widths, texts_cut };
        sheet.sheet.set_name(name).map_err(fault)?;
        sheet.set_formats()?;
        Ok(sheet)
    }

    fn end(&mut self, mut sheet: Sheet) -> Result<()> {
        sheet.finish()?;
        self.book.push_worksheet(sheet.sheet);
        Ok(())
    }

    /// Returns the number of rows of all tables.
    fn save(mut self, file: &mut HashingFile) -> Result<u64> {
        let faults = file.faults();
        self.book.save_to_writer(file).map_err(|cause| faults.error(cause))?;
        Ok(self.rows)
    }
}

/// A column of a sheet.
struct Heading {
    text: String,
    data_type: DataType,
    number_format: &'static str,
    is_link: bool,
}

/// The headings of these columns; `unit` is the default unit.
fn headings(columns: &Schema, unit: &str) -> Vec<Heading> {
    let heading = |field: &FieldRef| {
        let name = field.name();
        let zone = if matches!(field.data_type(), DataType::Timestamp(_, Some(_))) { " (UTC)" } else { "" };
        let unit = field.metadata().get("unit").map_or(unit, String::as_str);
        Heading {
            text: format!("{name}{zone}"),
            data_type: field.data_type().clone(),
            number_format: number_format(display(name), field.data_type(), unit),
            is_link: display(name) == Display::Link,
        }
    };
    columns.fields().iter().map(heading).collect()
}

impl Heading {
    /// In characters; for texts, it grows with their cells.
    fn width(&self) -> usize {
        let cells = match self.data_type {
            DataType::Timestamp(..) => 19,
            DataType::Date32 => 10,
            _ => 8,
        };
        // The filter button takes three.
        cells.max(self.text.len() + 3)
    }
}

/// Rates are per cent, as the report shows them; other ratios are numbers.
fn number_format(display: Display, data_type: &DataType, unit: &str) -> &'static str {
    match data_type {
        DataType::Utf8 | DataType::Boolean => "General",
        DataType::Timestamp(..) => "yyyy-mm-dd hh:mm:ss",
        DataType::Date32 => "yyyy-mm-dd",
        DataType::Int32 | DataType::Int64 if unit == "count" => "#,##0",
        DataType::Int32 | DataType::Int64 => "0",
        // Shares and comments are often under one in a hundred views.
        _ if display == Display::Percent => "[<0.01]0.00%;0.0%",
        _ if display == Display::Multiple => "0.0\"×\"",
        _ if unit == "ratio" => "0.000",
        _ if unit == "deg" => "0.000000",
        _ => "#,##0.0",
    }
}

/// A sheet that is being written from top to bottom.
struct Sheet {
    sheet: Worksheet,
    headings: Vec<Heading>,
    /// The row of the headings.
    top: u32,
    /// The last row written.
    row: u32,
    /// An upper estimate of the XML so far.
    bytes: u64,
    widths: Vec<usize>,
    /// `links` counts down.
    limits: SheetLimits,
    texts_cut: u64,
}

impl Sheet {
    fn columns(&self) -> impl Iterator<Item = u16> + use<> {
        0..u16::try_from(self.headings.len()).expect("a table has a hundred columns")
    }

    /// By column, so that cells need no format of their own.
    fn set_formats(&mut self) -> Result<()> {
        for (column, heading) in self.columns().zip(&self.headings) {
            let format = Format::new().set_num_format(heading.number_format);
            let is_text = heading.data_type == DataType::Utf8;
            // With the prefix a text stays a text when its cell is edited.
            let format = if is_text { format.set_quote_prefix() } else { format };
            self.sheet.set_column_format(column, &format).map_err(fault)?;
        }
        Ok(())
    }

    fn put_line(&mut self, row: u32, text: &str, format: &Format) -> Result<()> {
        self.sheet.write_string_with_format(row, 0, text, format).map_err(fault)?;
        Ok(())
    }

    fn put_headings(&mut self, format: &Format) -> Result<()> {
        for (column, heading) in self.columns().zip(&self.headings) {
            self.sheet.write_string_with_format(self.top, column, &heading.text, format).map_err(fault)?;
        }
        self.sheet.set_freeze_panes(self.top + 1, 0).map_err(fault)?;
        Ok(())
    }

    fn is_full(&self) -> bool {
        u64::from(self.row - self.top) >= self.limits.rows || self.bytes >= self.limits.bytes
    }

    fn put_row(&mut self, columns: &[ColumnValues], row: usize) -> Result<()> {
        self.row += 1;
        for (column, values) in self.columns().zip(columns) {
            self.put(column, values.at(row))?;
        }
        Ok(())
    }

    fn put(&mut self, column: u16, value: Value<&str>) -> Result<()> {
        let number = match value {
            // An empty cell.
            Value::Null => return Ok(()),
            Value::Text(text) => return self.put_text(column, text),
            Value::Bool(flag) => {
                self.sheet.write_boolean(self.row, column, flag).map_err(fault)?;
                return Ok(());
            }
            Value::Int(number) => (number.unsigned_abs() <= LARGEST_WHOLE_NUMBER).then_some(number as f64),
            Value::Float(number) => Some(number).filter(|number| number.is_finite()),
            Value::Utc(UtcMicros(micros)) | Value::Local(LocalMicros(micros)) => day_number(micros),
            Value::Day(Day(days)) => day_number(i64::from(days) * MICROS_PER_DAY),
        };
        self.bytes += BYTES_OF_A_NUMBER;
        let Some(number) = number else {
            let mut text = String::new();
            value.print(&self.headings[usize::from(column)].text, &mut text)?;
            return self.put_text(column, &text);
        };
        self.sheet.write_number(self.row, column, number).map_err(fault)?;
        Ok(())
    }

    fn put_text(&mut self, column: u16, text: &str) -> Result<()> {
        self.bytes += BYTES_OF_A_TEXT + text.bytes().map(bytes_in_xml).sum::<u64>();
        let width = &mut self.widths[usize::from(column)];
        *width = text.lines().next().unwrap_or_default().width().max(*width);
        if self.headings[usize::from(column)].is_link && self.limits.links > 0 {
            self.limits.links -= 1;
            // An address that Excel rejects, such as one of over 2,080 characters, stays a text.
            if self.sheet.write_url(self.row, column, Url::new(text)).is_ok() {
                return Ok(());
            }
        }
        let fitted = cut(text);
        self.texts_cut += u64::from(fitted.is_some());
        let text = fitted.as_deref().unwrap_or(text);
        self.sheet.write_string(self.row, column, text).map_err(fault)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let Some(last) = self.columns().last() else { return Ok(()) };
        for (column, width) in self.columns().zip(&self.widths) {
            let width = u32::try_from(*width.min(&WIDEST)).unwrap_or_default();
            self.sheet.set_column_width(column, width).map_err(fault)?;
        }
        self.sheet.autofilter(self.top, 0, self.row, last).map_err(fault)?;
        // Ids are numbers stored as text on purpose.
        let no_mistake = IgnoreError::NumberStoredAsText;
        self.sheet.ignore_error_range(self.top, 0, self.row, last, no_mistake).map_err(fault)?;
        Ok(())
    }
}

fn fault(cause: XlsxError) -> Error {
    Error::unexpected(format!("could not make {WORKBOOK}: {cause}"))
}

/// A time in Excel's days; `None` outside its calendar.
fn day_number(micros: i64) -> Option<f64> {
    let (day, rest) = (micros.div_euclid(MICROS_PER_DAY), micros.rem_euclid(MICROS_PER_DAY));
    let fraction = rest as f64 / MICROS_PER_DAY as f64;
    (FIRST_DAY..=LAST_DAY).contains(&day).then(|| (day + DAY_OF_1970) as f64 + fraction)
}

fn bytes_in_xml(byte: u8) -> u64 {
    match byte {
        b'&' | b'<' | b'>' => 5,
        0..b' ' => 7,
        _ => 1,
    }
}

/// A text cut to what a cell holds, with a mark; `None` if it fits.
fn cut(text: &str) -> Option<String> {
    // Characters that XML does not allow are written as `_x0001_`.
    let units = |c: char| if c < ' ' || ['\u{FFFE}', '\u{FFFF}'].contains(&c) { 7 } else { c.len_utf16() };
    if text.len() * 7 <= TEXT_UNITS {
        return None;
    }
    let units_kept = TEXT_UNITS - CUT_MARK.encode_utf16().count();
    let (mut length, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        length += units(c);
        if length <= units_kept {
            end = at + c.len_utf8();
        }
    }
    (length > TEXT_UNITS).then(|| format!("{}{CUT_MARK}", &text[..end]))
}
