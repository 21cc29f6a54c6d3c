//! Writes a sheet of the report, ready to be printed.

use std::borrow::Cow;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, IgnoreError, ObjectMovement, Url, Worksheet};
use unicode_width::UnicodeWidthStr;

use crate::error::Result;
use crate::formats::xlsx::cells::{cut, fault, number};
use crate::formats::xlsx::charts::chart;
use crate::formats::xlsx::report::{Look, NumberStyle, ReportCell, ReportColumn, ReportSheet, ReportTable};
use crate::schema::value::Value;

/// The row of the headings; title, line and notes are above it.
const TOP: u32 = 3;
/// Height of a row of headings with three lines.
const HEADING_HEIGHT: f64 = 46.0;
/// A table of up to this many rows leaves enough of a screen for its chart below it; next to others, it is beside.
const FEW_ROWS: usize = 12;

/// Widths in characters: of any column, of one of texts, of one that only an account's name as its heading widens, and
/// of the filter button with the indent.
const NARROWEST: usize = 7;
const WIDEST: usize = 60;
const NAME: usize = 13;
const BUTTON: usize = 4;

const A4: u8 = 9;
const INK: Color = Color::RGB(0x001F_2937);
const SOFT: Color = Color::RGB(0x006B_7280);
const FAINT: Color = Color::RGB(0x009C_A3AF);
const LINK: Color = Color::RGB(0x001D_4ED8);
const HEADING: Color = Color::RGB(0x00E5_E7EB);
/// Blue and orange, which colour-blind readers can tell from each other.
const ABOVE: Color = Color::RGB(0x00BF_DBFE);
const BELOW: Color = Color::RGB(0x00FE_D7AA);
const TAB: Color = Color::RGB(0x001D_4ED8);

/// The sheet with its chart.
pub(crate) fn worksheet(report: &ReportSheet) -> Result<Worksheet> {
    let mut sheet = Worksheet::new();
    sheet.set_name(report.name).map_err(fault)?;
    sheet.set_tab_color(TAB).set_screen_gridlines(false);
    set_up_print(&mut sheet)?;
    let title = Format::new().set_bold().set_font_size(16).set_font_color(INK);
    let soft = Format::new().set_font_color(SOFT);
    let is_empty = report.table.rows.is_empty();
    let no_data = if is_empty { report.no_data } else { "" };
    let lines = [(&*report.title, &title), (&report.line, &soft), (&report.notes, &soft), (no_data, &Format::new())];
    for (row, (text, format)) in (0..).zip(lines).filter(|(_, (text, _))| !text.is_empty()) {
        sheet.write_string_with_format(row, 0, fitted(text), format).map_err(fault)?;
    }
    if is_empty {
        return Ok(sheet);
    }
    sheet.set_freeze_panes(TOP + 1, 0).map_err(fault)?;
    sheet.set_repeat_rows(TOP, TOP).map_err(fault)?;
    let mut next = put_table(&mut sheet, TOP, &report.table)?;
    let last = column(report.table.columns.len().saturating_sub(1));
    sheet.autofilter(TOP, 0, next - 1, last).map_err(fault)?;
    // Months and accounts may be texts that look like numbers.
    sheet.ignore_error_range(TOP, 0, next - 1, last, IgnoreError::NumberStoredAsText).map_err(fault)?;
    let mut drawn = (TOP, &report.table);
    if let Some((words, table)) = &report.below {
        sheet.write_string_with_format(next + 1, 0, fitted(words), &title.clone().set_font_size(12)).map_err(fault)?;
        drawn = (next + 2, table);
        next = put_table(&mut sheet, next + 2, table)?;
    }
    set_widths(&mut sheet, report)?;
    if let Some(plan) = &report.chart {
        let mut chart = chart(report.name, drawn, plan);
        // A filter hides rows; the chart keeps its size.
        chart.set_object_movement(ObjectMovement::MoveButDontSizeWithCells);
        let is_below = report.below.is_none() && report.table.rows.len() <= FEW_ROWS;
        let (row, at) = if is_below { (next + 1, 0) } else { (TOP, last + 2) };
        sheet.insert_chart(row, at, &chart).map_err(fault)?;
    }
    Ok(sheet)
}

/// A4 landscape, one page wide.
fn set_up_print(sheet: &mut Worksheet) -> Result<()> {
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer("&L&A&RPage &P of &N");
    Ok(())
}

/// Returns the row below the table.
fn put_table(sheet: &mut Worksheet, top: u32, table: &ReportTable) -> Result<u32> {
    let heading = Format::new()
        .set_bold()
        .set_font_color(INK)
        .set_background_color(HEADING)
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(SOFT)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    sheet.set_row_height(top, HEADING_HEIGHT).map_err(fault)?;
    for (at, of) in table.columns.iter().enumerate() {
        let format = aligned(heading.clone(), of.style, at);
        sheet.write_string_with_format(top, column(at), fitted(&of.heading), &format).map_err(fault)?;
    }
    let mut row = top;
    let mut before = None;
    let is_row_each = table.rows.windows(2).all(|rows| rows[0].first() != rows[1].first());
    for cells in &table.rows {
        row += 1;
        // A line between accounts that have several rows each.
        let has_line = !is_row_each && before.is_some_and(|before| before != cells.first());
        before = Some(cells.first());
        for (at, (of, cell)) in table.columns.iter().zip(cells).enumerate() {
            put_cell(sheet, (row, column(at)), of, cell, has_line)?;
        }
    }
    Ok(row + 1)
}

/// Numbers to the right, texts to the left, with a space to the numbers before them.
fn aligned(format: Format, style: NumberStyle, at: usize) -> Format {
    match style {
        NumberStyle::Text if at == 0 => format.set_align(FormatAlign::Left),
        NumberStyle::Text => format.set_align(FormatAlign::Left).set_indent(1),
        _ => format.set_align(FormatAlign::Right),
    }
}

fn put_cell(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    of: &ReportColumn,
    cell: &ReportCell,
    has_line: bool,
) -> Result<()> {
    let format = aligned(format(of.style, cell.look), of.style, at.into());
    let format = if has_line { format.set_border_top(FormatBorder::Thin).set_border_top_color(FAINT) } else { format };
    if let Some(number) = number(&cell.value) {
        sheet.write_number_with_format(row, at, number, &format).map_err(fault)?;
        return Ok(());
    }
    let text = match &cell.value {
        Value::Null if cell.look == Look::Plain && !has_line => return Ok(()),
        Value::Null => {
            sheet.write_blank(row, at, &format).map_err(fault)?;
            return Ok(());
        }
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        other => {
            let mut text = String::new();
            other.print(&of.heading, &mut text)?;
            Cow::Owned(text)
        }
    };
    // With the prefix a text stays a text when its cell is edited.
    let format = format.set_quote_prefix();
    if let Some(address) = &cell.address {
        let link = format.clone().set_font_color(LINK);
        let url = Url::new(address.as_str());
        if sheet.write_url_with_options(row, at, url, fitted(&text), "", Some(&link)).is_ok() {
            return Ok(());
        }
    }
    sheet.write_string_with_format(row, at, fitted(&text), &format).map_err(fault)?;
    Ok(())
}

fn format(style: NumberStyle, look: Look) -> Format {
    let format = Format::new().set_num_format(style.number_format());
    match look {
        Look::Plain => format,
        Look::Faint => format.set_font_color(FAINT).set_italic(),
        Look::Above => format.set_background_color(ABOVE).set_bold(),
        Look::Below => format.set_background_color(BELOW).set_bold(),
    }
}

/// Columns as wide as their cells; headings have up to three lines.
fn set_widths(sheet: &mut Worksheet, report: &ReportSheet) -> Result<()> {
    let mut widths: Vec<usize> = Vec::new();
    let below = report.below.as_ref().map(|(_, table)| (table, NAME));
    for (table, widest_heading) in [Some((&report.table, WIDEST)), below].into_iter().flatten() {
        widths.resize(widths.len().max(table.columns.len()), NARROWEST);
        for (at, of) in table.columns.iter().enumerate() {
            let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| width(of.style, &cell.value));
            widths[at] = widths[at].max(cells.max().unwrap_or(0)).max(heading_width(&of.heading).min(widest_heading));
        }
    }
    for (at, width) in widths.into_iter().enumerate() {
        let width = u32::try_from(width.min(WIDEST)).unwrap_or_default();
        sheet.set_column_width(column(at), width).map_err(fault)?;
    }
    Ok(())
}

/// Of a heading on up to three lines, in characters.
fn heading_width(heading: &str) -> usize {
    let longest_word = heading.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
    longest_word.max(heading.width().div_ceil(3) + 1) + BUTTON
}

/// About how many characters a value takes as it is shown.
fn width(style: NumberStyle, value: &Value) -> usize {
    const EDGE: usize = 2;
    let digits = |decimals: usize| {
        let whole = value.as_number().map_or(0, |number| format!("{:.0}", number.abs()).len());
        whole + whole.saturating_sub(1) / 3 + decimals
    };
    EDGE + match (value, style) {
        (Value::Text(text), _) => 1 + text.lines().next().unwrap_or_default().width(),
        (Value::Null, _) => 0,
        (_, NumberStyle::Text | NumberStyle::Whole) => digits(0),
        (_, NumberStyle::Decimal | NumberStyle::Seconds) => digits(2),
        (_, NumberStyle::Multiple) => digits(3),
        (_, NumberStyle::Ratio) => digits(3),
        (_, NumberStyle::Percent | NumberStyle::Change) => 6,
        (_, NumberStyle::Day) => 10,
        (_, NumberStyle::Month) => 8,
    }
}

fn column(at: usize) -> u16 {
    u16::try_from(at).expect("a table has a hundred columns")
}

fn fitted(text: &str) -> Cow<'_, str> {
    cut(text).map_or(Cow::Borrowed(text), Cow::Owned)
}
