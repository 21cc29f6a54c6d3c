//! One value: of a row, a table or an answer.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::DataType;

use crate::schema::cell::{Day, LocalMicros, UtcMicros};

/// One value. Its text is owned, or borrowed from a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<T = String> {
    Null,
    Text(T),
    Int(i64),
    Float(f64),
    Bool(bool),
    Utc(UtcMicros),
    Local(LocalMicros),
    Day(Day),
}

impl Value {
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub fn as_int(&self) -> Option<i64> {
        if let Value::Int(number) = self { Some(*number) } else { None }
    }

    /// A number that is finite.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) if number.is_finite() => Some(*number),
            _ => None,
        }
    }
}

/// The values of one column of a batch.
pub(crate) enum ColumnValues<'batch> {
    Text(&'batch StringArray),
    Bool(&'batch BooleanArray),
    Int32(&'batch Int32Array),
    Int64(&'batch Int64Array),
    Float64(&'batch Float64Array),
    Utc(&'batch TimestampMicrosecondArray),
    Local(&'batch TimestampMicrosecondArray),
    Day(&'batch Date32Array),
}

impl<'batch> ColumnValues<'batch> {
    /// The columns of a batch, which have column types of the output contract.
    pub(crate) fn of_batch(batch: &'batch RecordBatch) -> Vec<Self> {
        batch.columns().iter().map(Self::of).collect()
    }

    fn of(array: &'batch ArrayRef) -> Self {
        match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Int32 => Self::Int32(array.as_primitive::<Int32Type>()),
            DataType::Int64 => Self::Int64(array.as_primitive::<Int64Type>()),
            DataType::Float64 => Self::Float64(array.as_primitive::<Float64Type>()),
            DataType::Timestamp(_, Some(_)) => Self::Utc(array.as_primitive::<TimestampMicrosecondType>()),
            DataType::Timestamp(_, None) => Self::Local(array.as_primitive::<TimestampMicrosecondType>()),
            DataType::Date32 => Self::Day(array.as_primitive::<Date32Type>()),
            other => unreachable!("no column has the type {other}"),
        }
    }

    pub(crate) fn at(&self, row: usize) -> Value<&'batch str> {
        match *self {
            Self::Text(array) if array.is_valid(row) => Value::Text(array.value(row)),
            Self::Bool(array) if array.is_valid(row) => Value::Bool(array.value(row)),
            Self::Int32(array) if array.is_valid(row) => Value::Int(array.value(row).into()),
            Self::Int64(array) if array.is_valid(row) => Value::Int(array.value(row)),
            Self::Float64(array) if array.is_valid(row) => Value::Float(array.value(row)),
            Self::Utc(array) if array.is_valid(row) => Value::Utc(UtcMicros(array.value(row))),
            Self::Local(array) if array.is_valid(row) => Value::Local(LocalMicros(array.value(row))),
            Self::Day(array) if array.is_valid(row) => Value::Day(Day(array.value(row))),
            _ => Value::Null,
        }
    }
}
