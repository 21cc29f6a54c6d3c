//! The cells of a block, and how the text formats write one: numbers with every digit that they need to come back,
//! times as `2025-05-27T18:41:50Z` (local ones without the Z), with a fraction of 3 or 6 digits where there is one.

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike};

use crate::columns::{Column, ColumnType};
use crate::error::{Error, Result};

/// One value that is not null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Microseconds since 1970, in UTC or on a local clock.
    Utc(i64),
    Local(i64),
    /// Days since 1970.
    Day(i32),
}

/// A column of a block, as what it is.
pub enum Cells<'block> {
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
    /// The columns of a block of a table.
    pub fn of_block(columns: &[Column], block: &'block RecordBatch) -> Vec<Self> {
        columns.iter().zip(block.columns()).map(|(column, array)| Self::of(column.column_type, array)).collect()
    }

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

    /// The cell at `row`; `None` for a null.
    pub fn at(&self, row: usize) -> Option<Cell<'block>> {
        let is_known = |array: &dyn Array| !array.is_null(row);
        match *self {
            Self::Text(array) => is_known(array).then(|| Cell::Text(array.value(row))),
            Self::Bool(array) => is_known(array).then(|| Cell::Bool(array.value(row))),
            Self::Int32(array) => is_known(array).then(|| Cell::Int(array.value(row).into())),
            Self::Int64(array) => is_known(array).then(|| Cell::Int(array.value(row))),
            Self::Float64(array) => is_known(array).then(|| Cell::Float(array.value(row))),
            Self::Utc(array) => is_known(array).then(|| Cell::Utc(array.value(row))),
            Self::Local(array) => is_known(array).then(|| Cell::Local(array.value(row))),
            Self::Day(array) => is_known(array).then(|| Cell::Day(array.value(row))),
        }
    }
}

impl Cell<'_> {
    /// Adds the cell to a text.
    ///
    /// # Errors
    /// A time outside the calendar, some 260,000 years off; the column is named.
    pub fn print(self, column: &str, text: &mut String) -> Result<()> {
        self.put(text).ok_or_else(|| Error::unexpected(format!("column {column} holds a time outside the calendar")))
    }

    fn put(self, text: &mut String) -> Option<()> {
        match self {
            Self::Text(value) => text.push_str(value),
            Self::Bool(value) => text.push_str(if value { "true" } else { "false" }),
            Self::Int(value) => write!(text, "{value}").ok()?,
            // The shortest digits that read back as the same number, and never an exponent.
            Self::Float(value) => write!(text, "{value}").ok()?,
            Self::Utc(micros) => {
                print_time(DateTime::from_timestamp_micros(micros)?.naive_utc(), text)?;
                text.push('Z');
            }
            Self::Local(micros) => print_time(DateTime::from_timestamp_micros(micros)?.naive_utc(), text)?,
            Self::Day(days) => print_day(day(days)?, text)?,
        }
        Some(())
    }
}

fn day(days_since_1970: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days_since_1970.unsigned_abs()));
    let first = DateTime::UNIX_EPOCH.date_naive();
    if days_since_1970 < 0 { first.checked_sub_days(distance) } else { first.checked_add_days(distance) }
}

fn print_day(day: NaiveDate, text: &mut String) -> Option<()> {
    write!(text, "{:04}-{:02}-{:02}", day.year(), day.month(), day.day()).ok()
}

fn print_time(time: NaiveDateTime, text: &mut String) -> Option<()> {
    print_day(time.date(), text)?;
    write!(text, "T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()).ok()?;
    match time.nanosecond() / 1_000 {
        0 => Some(()),
        micros if micros % 1_000 == 0 => write!(text, ".{:03}", micros / 1_000).ok(),
        micros => write!(text, ".{micros:06}").ok(),
    }
}
