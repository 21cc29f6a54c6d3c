//! Cells: the Rust types of columns, and their conversion to and from Arrow arrays.
//!
//! A null is `None` and nothing else; a type without `Option` is a column that is never null.

use std::any::Any;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::schema::column::ColumnType;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UtcMicros(pub i64);

/// A wall-clock time with no zone attached: microseconds since 1970-01-01T00:00:00 on that clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalMicros(pub i64);

/// A calendar day: days since 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

pub(crate) const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;
pub(crate) const MICROS_PER_HOUR: i64 = 3_600_000_000;

impl From<DateTime<Utc>> for UtcMicros {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl UtcMicros {
    /// `None` outside the calendar.
    pub fn instant(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

impl Day {
    pub fn of(date: NaiveDate) -> Day {
        Day(date.to_epoch_days())
    }

    /// `None` outside the calendar.
    pub fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_epoch_days(self.0)
    }
}

/// The value of a column in one row.
pub(crate) trait Cell: Sized {
    const TYPE: ColumnType;
    const NULLABLE: bool;
    fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef
    where
        Self: 'a;
    /// The cell at `row`; `array` has the type that [`Cell::array`] gives.
    ///
    /// # Errors
    /// What is wrong with a text that no value of the column has.
    fn read(array: &dyn Array, row: usize) -> Result<Self, String>;
    fn is_missing(&self) -> bool;
    /// The text, if it is one.
    fn text(&mut self) -> Option<&mut CompactString>;
}

/// One base type: its column type, one cell as the array wants it, the array, and how one value is read.
macro_rules! cell {
    ($rust:ty, $column_type:expr, $value:expr, $collect:expr, $finish:expr; |$array:ident, $row:ident| $from:expr) => {
        impl Cell for Option<$rust> {
            const TYPE: ColumnType = $column_type;
            const NULLABLE: bool = true;
            fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef {
                Arc::new($finish($collect(cells.map(|cell| cell.as_ref().map($value)))))
            }
            fn read($array: &dyn Array, $row: usize) -> Result<Self, String> {
                Ok(if $array.is_null($row) { None } else { Some($from) })
            }
            fn is_missing(&self) -> bool {
                self.is_none()
            }
            fn text(&mut self) -> Option<&mut CompactString> {
                self.as_mut().and_then(|cell| (cell as &mut dyn Any).downcast_mut())
            }
        }
        impl Cell for $rust {
            const TYPE: ColumnType = $column_type;
            const NULLABLE: bool = false;
            fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef {
                Arc::new($finish($collect(cells.map(|cell| Some($value(cell))))))
            }
            fn read($array: &dyn Array, $row: usize) -> Result<Self, String> {
                Ok($from)
            }
            fn is_missing(&self) -> bool {
                false
            }
            fn text(&mut self) -> Option<&mut CompactString> {
                (self as &mut dyn Any).downcast_mut()
            }
        }
    };
}

fn zoned(array: TimestampMicrosecondArray) -> TimestampMicrosecondArray {
    array.with_timezone("UTC")
}
/// Allocates the full length at once: a growing array would take twice the memory for a while. NULs are removed, since
/// PostgreSQL and others refuse them.
fn texts<'a>(cells: impl Iterator<Item = Option<&'a str>> + Clone) -> StringArray {
    let bytes = cells.clone().flatten().map(str::len).sum();
    let mut builder = StringBuilder::with_capacity(cells.size_hint().0, bytes);
    cells.for_each(|cell| match cell {
        Some(text) if memchr::memchr(0, text.as_bytes()).is_some() => builder.append_value(text.replace('\0', "")),
        cell => builder.append_option(cell),
    });
    builder.finish()
}
fn same<T>(array: T) -> T {
    array
}

cell!(CompactString, ColumnType::String, CompactString::as_str, texts, same;
    |array, row| array.as_string::<i32>().value(row).into());
cell!(bool, ColumnType::Bool, |cell: &bool| *cell, BooleanArray::from_iter, same;
    |array, row| array.as_boolean().value(row));
cell!(i32, ColumnType::Int32, |cell: &i32| *cell, Int32Array::from_iter, same;
    |array, row| array.as_primitive::<Int32Type>().value(row));
cell!(i64, ColumnType::Int64, |cell: &i64| *cell, Int64Array::from_iter, same;
    |array, row| array.as_primitive::<Int64Type>().value(row));
cell!(f64, ColumnType::Float64, |cell: &f64| *cell, Float64Array::from_iter, same;
    |array, row| array.as_primitive::<Float64Type>().value(row));
cell!(UtcMicros, ColumnType::TimestampUtc, |cell: &UtcMicros| cell.0, TimestampMicrosecondArray::from_iter, zoned;
    |array, row| UtcMicros(array.as_primitive::<TimestampMicrosecondType>().value(row)));
cell!(LocalMicros, ColumnType::TimestampLocal, |cell: &LocalMicros| cell.0, TimestampMicrosecondArray::from_iter, same;
    |array, row| LocalMicros(array.as_primitive::<TimestampMicrosecondType>().value(row)));
cell!(Day, ColumnType::Date, |cell: &Day| cell.0, Date32Array::from_iter, same;
    |array, row| Day(array.as_primitive::<Date32Type>().value(row)));
