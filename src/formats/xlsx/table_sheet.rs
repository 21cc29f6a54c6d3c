//! A sheet with the rows of a table, written from top to bottom.

use arrow_schema::{DataType, FieldRef, Schema};
use rust_xlsxwriter::{Format, IgnoreError, Url, Worksheet};
use unicode_width::UnicodeWidthStr;

use crate::error::Result;
use crate::formats::xlsx::cells::{cut, fault, number};
use crate::schema::display::{Display, display, is_technical};
use crate::schema::value::{ColumnValues, Value};

/// Rows that fit into a sheet below its headings.
pub(crate) const ROWS_A_SHEET: u64 = 1_048_575;

/// The limits of a sheet.
#[derive(Clone, Copy)]
pub(crate) struct SheetLimits {
    pub(crate) rows: u64,
    /// Further addresses are plain texts.
    pub(crate) links: u32,
    /// Of its XML: a zip entry without zip64, which LibreOffice cannot open, holds up to 4 GiB.
    pub(crate) bytes: u64,
}

pub(crate) const LIMITS: SheetLimits = SheetLimits { rows: ROWS_A_SHEET, links: 65_530, bytes: 4_000_000_000 };
/// Upper bounds for the XML of a number, and of a text without its content.
const BYTES_OF_A_NUMBER: u64 = 55;
const BYTES_OF_A_TEXT: u64 = 60;

/// The largest width of a column, in characters.
const WIDEST: usize = 50;

/// A column of a sheet.
pub(crate) struct Heading {
    text: String,
    data_type: DataType,
    pub(crate) number_format: &'static str,
    is_link: bool,
    is_hidden: bool,
}

/// The headings of these columns.
pub(crate) fn headings(columns: &Schema) -> Vec<Heading> {
    let heading = |field: &FieldRef| {
        let name = field.name();
        let zone = if matches!(field.data_type(), DataType::Timestamp(_, Some(_))) { " (UTC)" } else { "" };
        let unit = field.metadata().get("unit").map_or("", String::as_str);
        Heading {
            text: format!("{name}{zone}"),
            data_type: field.data_type().clone(),
            number_format: number_format(display(name), field.data_type(), unit),
            is_link: display(name) == Display::Link,
            is_hidden: is_technical(name),
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
pub(crate) struct Sheet {
    sheet: Worksheet,
    headings: Vec<Heading>,
    /// The last row written.
    row: u32,
    /// An upper estimate of the XML so far.
    bytes: u64,
    widths: Vec<usize>,
    /// `links` counts down.
    limits: SheetLimits,
    pub(crate) texts_cut: u64,
}

impl Sheet {
    pub(crate) fn new(sheet: Worksheet, headings: Vec<Heading>, limits: SheetLimits) -> Self {
        let widths = headings.iter().map(Heading::width).collect();
        Self { sheet, headings, limits, row: 0, bytes: 0, widths, texts_cut: 0 }
    }

    pub(crate) fn begin(&mut self, name: &str, heading: &Format) -> Result<()> {
        self.sheet.set_name(name).map_err(fault)?;
        self.set_formats()?;
        self.put_headings(heading)
    }

    pub(crate) fn into_worksheet(self) -> Worksheet {
        self.sheet
    }

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

    fn put_headings(&mut self, format: &Format) -> Result<()> {
        for (column, heading) in self.columns().zip(&self.headings) {
            self.sheet.write_string_with_format(0, column, &heading.text, format).map_err(fault)?;
        }
        self.sheet.set_freeze_panes(1, 0).map_err(fault)?;
        Ok(())
    }

    pub(crate) fn is_full(&self) -> bool {
        u64::from(self.row) >= self.limits.rows || self.bytes >= self.limits.bytes
    }

    pub(crate) fn put_row(&mut self, columns: &[ColumnValues], row: usize) -> Result<()> {
        self.row += 1;
        for (column, values) in self.columns().zip(columns) {
            self.put(column, values.at(row))?;
        }
        Ok(())
    }

    fn put(&mut self, column: u16, value: Value<&str>) -> Result<()> {
        match value {
            // An empty cell.
            Value::Null => return Ok(()),
            Value::Text(text) => return self.put_text(column, text),
            Value::Bool(flag) => {
                self.sheet.write_boolean(self.row, column, flag).map_err(fault)?;
                return Ok(());
            }
            _ => {}
        }
        self.bytes += BYTES_OF_A_NUMBER;
        let Some(number) = number(&value) else {
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

    pub(crate) fn finish(&mut self) -> Result<()> {
        let Some(last) = self.columns().last() else { return Ok(()) };
        for (column, width) in self.columns().zip(&self.widths) {
            let width = u32::try_from(*width.min(&WIDEST)).unwrap_or_default();
            self.sheet.set_column_width(column, width).map_err(fault)?;
            if self.headings[usize::from(column)].is_hidden {
                self.sheet.set_column_hidden(column).map_err(fault)?;
            }
        }
        self.sheet.autofilter(0, 0, self.row, last).map_err(fault)?;
        // Ids are numbers stored as text on purpose.
        let no_mistake = IgnoreError::NumberStoredAsText;
        self.sheet.ignore_error_range(0, 0, self.row, last, no_mistake).map_err(fault)?;
        Ok(())
    }
}

fn bytes_in_xml(byte: u8) -> u64 {
    match byte {
        b'&' | b'<' | b'>' => 5,
        0..b' ' => 7,
        _ => 1,
    }
}
