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

use crate::error::{Error, Result};
use crate::schema::column::{Column, ColumnType};

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
        match *self {
            Self::Text(array) => array.is_valid(row).then(|| Cell::Text(array.value(row))),
            Self::Bool(array) => array.is_valid(row).then(|| Cell::Bool(array.value(row))),
            Self::Int32(array) => array.is_valid(row).then(|| Cell::Int(array.value(row).into())),
            Self::Int64(array) => array.is_valid(row).then(|| Cell::Int(array.value(row))),
            Self::Float64(array) => array.is_valid(row).then(|| Cell::Float(array.value(row))),
            Self::Utc(array) => array.is_valid(row).then(|| Cell::Utc(array.value(row))),
            Self::Local(array) => array.is_valid(row).then(|| Cell::Local(array.value(row))),
            Self::Day(array) => array.is_valid(row).then(|| Cell::Day(array.value(row))),
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

    /// As [`Cell::print`]; times as `2025-05-27 18:41:50`, without zone and without the fraction of a second.
    pub fn print_to_the_second(self, column: &str, text: &mut String) -> Result<()> {
        let begin = text.len();
        match self {
            Self::Utc(micros) | Self::Local(micros) => {
                Self::Local(micros.saturating_sub(micros.rem_euclid(1_000_000))).print(column, text)?;
                if let Some(at) = text[begin..].find('T') {
                    text.replace_range(begin + at..=begin + at, " ");
                }
                Ok(())
            }
            other => other.print(column, text),
        }
    }

    fn put(self, text: &mut String) -> Option<()> {
        match self {
            Self::Text(value) => text.push_str(value),
            Self::Bool(value) => text.push_str(if value { "true" } else { "false" }),
            Self::Int(value) => text.push_str(itoa::Buffer::new().format(value)),
            Self::Float(value) => print_float(value, text)?,
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

/// The shortest digits that read back as the same number, and never an exponent.
fn print_float(value: f64, text: &mut String) -> Option<()> {
    // What zmij writes without an exponent, with room to spare.
    if value == 0.0 || (1e-4..1e15).contains(&value.abs()) {
        let mut digits = zmij::Buffer::new();
        let digits = digits.format_finite(value);
        text.push_str(digits.strip_suffix(".0").unwrap_or(digits));
        return Some(());
    }
    write!(text, "{value}").ok()
}

fn day(days_since_1970: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days_since_1970.unsigned_abs()));
    let first = DateTime::UNIX_EPOCH.date_naive();
    if days_since_1970 < 0 { first.checked_sub_days(distance) } else { first.checked_add_days(distance) }
}

fn print_day(day: NaiveDate, text: &mut String) -> Option<()> {
    match u32::try_from(day.year()) {
        Ok(year @ 0..=9_999) => {
            print_two(year / 100, text);
            print_two(year % 100, text);
        }
        _ => write!(text, "{:04}", day.year()).ok()?,
    }
    text.push('-');
    print_two(day.month(), text);
    text.push('-');
    print_two(day.day(), text);
    Some(())
}

fn print_time(time: NaiveDateTime, text: &mut String) -> Option<()> {
    print_day(time.date(), text)?;
    for (sign, number) in [('T', time.hour()), (':', time.minute()), (':', time.second())] {
        text.push(sign);
        print_two(number, text);
    }
    match time.nanosecond() / 1_000 {
        0 => Some(()),
        micros if micros % 1_000 == 0 => write!(text, ".{:03}", micros / 1_000).ok(),
        micros => write!(text, ".{micros:06}").ok(),
    }
}

/// A number below 100 with two digits. (`write!` takes ten times as long, for ten times in every reel.)
fn print_two(number: u32, text: &mut String) {
    let digit = |digit: u32| char::from_digit(digit % 10, 10).expect("below 10");
    text.extend([digit(number / 10), digit(number)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn printed(cell: Cell) -> String {
        let mut text = String::new();
        cell.print("a_column", &mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn numbers_are_as_the_standard_library_writes_them(int: i64, float: f64, cents in -1_000_000_000i64..1_000_000_000) {
            prop_assert_eq!(printed(Cell::Int(int)), int.to_string());
            for float in [float, cents as f64 / 100.0, 1.0 / cents as f64] {
                prop_assert_eq!(printed(Cell::Float(float)), float.to_string());
            }
        }

        #[test]
        fn times_are_as_chrono_writes_them(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
            let seconds = DateTime::from_timestamp_micros(micros / 1_000_000 * 1_000_000).unwrap();
            let expected = seconds.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(printed(Cell::Utc(seconds.timestamp_micros())), expected);
        }
    }

    #[test]
    fn floats_at_the_ends_of_what_has_no_exponent() {
        for float in [0.0, -0.0, 1e-4, 9.999e-5, 1e15, 999_999_999_999_999.9, 1e16, 1e300, 5e-324, f64::MAX, 0.1 + 0.2]
        {
            assert_eq!(printed(Cell::Float(float)), float.to_string());
        }
        assert_eq!(printed(Cell::Float(-0.5)), "-0.5");
    }

    #[test]
    fn times_to_the_second_leave_the_fraction_out() {
        let printed = |cell: Cell| {
            let mut text = String::from("T");
            cell.print_to_the_second("a_column", &mut text).unwrap();
            text
        };
        assert_eq!(printed(Cell::Utc(1_748_371_310_999_999)), "T2025-05-27 18:41:50");
        assert_eq!(printed(Cell::Local(-1)), "T1969-12-31 23:59:59");
        assert_eq!((printed(Cell::Day(0)), printed(Cell::Bool(true))), ("T1970-01-01".into(), "Ttrue".into()));
        assert!(Cell::Utc(i64::MIN).print_to_the_second("posted_at", &mut String::new()).is_err());
    }

    #[test]
    fn years_outside_of_four_digits_are_written_whole() {
        assert_eq!(printed(Cell::Day(-719_529)), "-001-12-31");
        assert_eq!(printed(Cell::Day(2_932_897)), "10000-01-01");
    }
}
