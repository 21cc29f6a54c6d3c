//! The answer of a query as a table of a report sheet.

use crate::formats::xlsx::report::{Look, NumberStyle, ReportCell, ReportColumn, ReportTable};
use crate::pipeline::workbook::plans::{AGAINST_MONTH_BEFORE, REEL, STANDS_OUT};
use crate::query::answer::{Answer, AnswerColumn};
use crate::report::render::dates;
use crate::report::render::format::{Precision, display_text, format_value, heading, reel_url};
use crate::report::render::table::is_few;
use crate::report::row::Row;
use crate::schema::cell::Day;
use crate::schema::column::ColumnType;
use crate::schema::display::{Display, display};
use crate::schema::value::Value;

/// More rows than anyone reads; the sheets of tables have all that they are made of.
pub(crate) const MOST_ROWS: usize = 10_000;

/// These columns of an answer, as far as they have a value.
pub(crate) fn table(answer: &Answer, columns: &[&'static str]) -> ReportTable {
    let rows = answer.rows.len().min(MOST_ROWS);
    let mut table = ReportTable { columns: Vec::new(), rows: (0..rows).map(|_| Vec::new()).collect() };
    for name in columns {
        let cells: Vec<ReportCell> = (0..rows).map(|row| cell(answer, row, name)).collect();
        if cells.iter().all(|cell| cell.value == Value::Null) {
            continue;
        }
        table.columns.push(ReportColumn { heading: heading(name), style: style(answer, name) });
        for (row, cell) in table.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }
    table
}

/// The position of the column with this heading.
pub(crate) fn position(table: &ReportTable, name: &str) -> Option<usize> {
    let heading = heading(name);
    table.columns.iter().position(|column| column.heading == heading)
}

fn cell(answer: &Answer, row: usize, name: &str) -> ReportCell {
    let value = answer.value(row, name);
    match name {
        REEL => return reel(answer, row),
        STANDS_OUT | AGAINST_MONTH_BEFORE => {
            let look = stands_out(answer, row);
            let word = match look {
                Look::Above => Some("above"),
                Look::Below => Some("below"),
                // Enough reels to tell.
                _ => answer.value(row, "z").as_number().map(|_| "within chance"),
            };
            let value = word.map_or(Value::Null, |word| Value::Text(word.to_owned()));
            return ReportCell { value, address: None, look };
        }
        "posted_month" => return ReportCell::plain(month(value)),
        _ => {}
    }
    let look = match value {
        Value::Null => Look::Plain,
        Value::Text(text) if name.ends_with("_standing") && text == "above" => Look::Above,
        Value::Text(text) if name.ends_with("_standing") && text == "below" => Look::Below,
        _ if is_of_few(answer, row, name) => Look::Faint,
        _ => Look::Plain,
    };
    let value = match value {
        // Codes in words.
        Value::Text(_) => Value::Text(display_text(&format_value(name, value, Precision::Short))),
        other => other.clone(),
    };
    ReportCell { value, address: None, look }
}

/// The first words of a reel, as a link to it.
fn reel(answer: &Answer, row: usize) -> ReportCell {
    let address = answer.value(row, "url").as_text().and_then(reel_url).map(str::to_owned);
    let hook = answer.value(row, "hook").as_text().map(display_text).filter(|hook| !hook.is_empty());
    let code = || address.as_deref()?.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    let text = hook.or_else(code);
    ReportCell { value: text.map_or(Value::Null, Value::Text), address, look: Look::Plain }
}

/// Whether a row's z reaches the z that it needs.
pub(crate) fn stands_out(answer: &Answer, row: usize) -> Look {
    match Row::of(answer, row).beyond_chance("z") {
        Some(true) => Look::Above,
        Some(false) => Look::Below,
        None => Look::Plain,
    }
}

/// Whether a value comes from fewer than 3 reels.
fn is_of_few(answer: &Answer, row: usize, name: &str) -> bool {
    let is_few = |count: &str| is_few(&answer.columns, &answer.rows[row], count);
    let is_of_n = matches!(name, "n" | "median_views") && answer.position("median_views_n").is_none();
    is_few(&format!("{name}_n")) || is_of_n && is_few("n") || name.ends_with("_n") && is_few(name)
}

/// The first day of a month such as `2026-10`; other texts stay.
pub(crate) fn month(value: &Value) -> Value {
    let day = |text: &str| dates::month(text).map(Day::of);
    value.as_text().and_then(day).map_or_else(|| value.clone(), Value::Day)
}

fn style(answer: &Answer, name: &str) -> NumberStyle {
    if name == "posted_month" {
        return NumberStyle::Month;
    }
    let found = answer.position(name).map(|at| &answer.columns[at]);
    let Some(AnswerColumn { column_type, .. }) = found else { return NumberStyle::Text };
    let is_of_views = name.contains("views") && !name.contains("_per_");
    match (column_type, display(name)) {
        (ColumnType::String | ColumnType::Bool, _) => NumberStyle::Text,
        (ColumnType::Date | ColumnType::TimestampUtc | ColumnType::TimestampLocal, _) => NumberStyle::Day,
        (_, Display::Percent) if name.ends_with("_change_rate") => NumberStyle::Change,
        (_, Display::Percent) => NumberStyle::Percent,
        (_, Display::Multiple) => NumberStyle::Multiple,
        (_, Display::Seconds) => NumberStyle::Seconds,
        (ColumnType::Int32 | ColumnType::Int64, _) => NumberStyle::Whole,
        _ if is_of_views => NumberStyle::Whole,
        _ if name.ends_with("_per_follower") => NumberStyle::Ratio,
        _ => NumberStyle::Decimal,
    }
}
