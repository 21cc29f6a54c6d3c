//! The answer to a query: typed columns and rows, and its raw forms.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};
use compact_str::CompactString;
use polars::prelude::{AnyValue, DataFrame, DataType};

use crate::error::{Error, Result};
use crate::formats::{csv, csv::style::CsvStyle, jsonl};
use crate::query::load::LOCAL_UNIT;
use crate::schema::cell::{Cell, Day, LocalMicros, UtcMicros};
use crate::schema::{column::ColumnType, value::Value};

/// Name and type of a column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerColumn {
    pub name: String,
    pub column_type: ColumnType,
}

/// What a SELECT gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub columns: Vec<AnswerColumn>,
    pub rows: Vec<Vec<Value>>,
}

impl Answer {
    pub(crate) fn of(frame: &DataFrame) -> Answer {
        let mut rows: Vec<Vec<Value>> = (0..frame.height()).map(|_| Vec::with_capacity(frame.width())).collect();
        let mut columns = Vec::with_capacity(frame.width());
        for column in frame.columns() {
            for (row, value) in rows.iter_mut().zip(column.as_materialized_series().iter()) {
                row.push(value_of(value));
            }
            let mut column_type = column_type(column.dtype());
            if column_type == ColumnType::Int64 && rows.iter().any(|row| matches!(row.last(), Some(Value::Text(_)))) {
                // Numbers beyond 64 signed bits: all of the column are texts, rather than some wrong or missing.
                column_type = ColumnType::String;
                for value in rows.iter_mut().filter_map(|row| row.last_mut()) {
                    if let Value::Int(number) = value {
                        *value = Value::Text(number.to_string());
                    }
                }
            }
            columns.push(AnswerColumn { name: column.name().to_string(), column_type });
        }
        Answer { columns, rows }
    }

    /// The position of the column of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The value of a row in the column of that name; null where the answer lacks one of them.
    pub fn value(&self, row: usize, column: &str) -> &Value {
        let value = self.position(column).and_then(|column| self.rows.get(row)?.get(column));
        value.unwrap_or(&Value::Null)
    }

    /// The raw values as Arrow arrays, each column of its type and all nullable.
    pub fn to_batch(&self) -> Result<RecordBatch> {
        let array = |(at, column): (usize, &AnswerColumn)| self.array(at, column.column_type);
        let arrays: Vec<ArrayRef> = self.columns.iter().enumerate().map(array).collect();
        let field = |column: &AnswerColumn| Field::new(&column.name, column.column_type.arrow(), true);
        let schema = Schema::new(self.columns.iter().map(field).collect::<Vec<_>>());
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows.len()));
        RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options).map_err(Error::unexpected)
    }

    fn array(&self, at: usize, column_type: ColumnType) -> ArrayRef {
        macro_rules! of {
            ($cell:ty, $pattern:pat => $value:expr) => {{
                let cell = |row: &Vec<Value>| if let $pattern = &row[at] { Some($value) } else { None };
                Cell::array(self.rows.iter().map(cell).collect::<Vec<Option<$cell>>>().iter())
            }};
        }
        match column_type {
            ColumnType::String => of!(CompactString, Value::Text(text) => text.as_str().into()),
            ColumnType::Bool => of!(bool, Value::Bool(flag) => *flag),
            ColumnType::Int32 => of!(i32, Value::Int(number) => *number as i32),
            ColumnType::Int64 => of!(i64, Value::Int(number) => *number),
            ColumnType::Float64 => of!(f64, Value::Float(number) => *number),
            ColumnType::TimestampUtc => of!(UtcMicros, Value::Utc(micros) => *micros),
            ColumnType::TimestampLocal => of!(LocalMicros, Value::Local(micros) => *micros),
            ColumnType::Date => of!(Day, Value::Day(day) => *day),
        }
    }

    /// The raw values as CSV, written as the files of tables are.
    ///
    /// # Errors
    /// A time outside the calendar.
    pub fn to_csv(&self, style: CsvStyle) -> Result<String> {
        String::from_utf8(csv::to_csv(&self.to_batch()?, style)?).map_err(Error::unexpected)
    }

    /// The raw values as a JSON list with one object a row, one row a line.
    pub fn to_json(&self) -> Result<String> {
        String::from_utf8(jsonl::to_json(&self.to_batch()?)).map_err(Error::unexpected)
    }
}

/// Counts come out of Polars unsigned: they are `Int64` here like every other count.
fn column_type(dtype: &DataType) -> ColumnType {
    match dtype {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 => ColumnType::Int32,
        DataType::Date => ColumnType::Date,
        DataType::Datetime(unit, _) if *unit == LOCAL_UNIT => ColumnType::TimestampLocal,
        DataType::Datetime(..) => ColumnType::TimestampUtc,
        dtype if dtype.is_integer() => ColumnType::Int64,
        dtype if dtype.is_float() => ColumnType::Float64,
        _ => ColumnType::String,
    }
}

fn value_of(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Bool(flag),
        // No table holds a NUL, but a question may; no text format takes it.
        AnyValue::String(text) => Value::Text(text.replace('\0', "")),
        AnyValue::StringOwned(text) => Value::Text(text.replace('\0', "")),
        AnyValue::Date(day) => Value::Day(Day(day)),
        AnyValue::Datetime(time, unit, _) if unit == LOCAL_UNIT => Value::Local(LocalMicros(time.div_euclid(1000))),
        AnyValue::Datetime(time, _, _) => Value::Utc(UtcMicros(time)),
        value if value.dtype().is_integer() => match value.extract::<i64>() {
            Some(number) => Value::Int(number),
            None => Value::Text(value.to_string()),
        },
        value if value.dtype().is_float() => value.extract::<f64>().map_or(Value::Null, Value::Float),
        other => Value::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series};

    use super::*;

    #[test]
    fn a_number_beyond_64_signed_bits_is_a_text_in_every_form() {
        let numbers = Series::new("n".into(), &[1, u64::MAX]);
        let answer = Answer::of(&DataFrame::new(2, vec![numbers.into()]).unwrap());
        assert_eq!(answer.to_csv(CsvStyle::PLAIN).unwrap(), "n\n1\n18446744073709551615\n");
        assert_eq!(answer.to_json().unwrap(), "[\n{\"n\":\"1\"},\n{\"n\":\"18446744073709551615\"}\n]\n");
        assert_eq!(answer.to_batch().unwrap().column(0).null_count(), 0);
    }

    #[test]
    fn what_json_cannot_say_is_null_in_an_answer() {
        let column = |name: &str, column_type| AnswerColumn { name: name.to_owned(), column_type };
        let answer = Answer {
            columns: vec![column("a \"b\"", ColumnType::Float64), column("at", ColumnType::TimestampUtc)],
            rows: vec![vec![Value::Float(f64::INFINITY), Value::Utc(UtcMicros(i64::MAX))]],
        };
        assert_eq!(answer.to_json().unwrap(), "[\n{\"a \\\"b\\\"\":null,\"at\":null}\n]\n");
        let error = answer.to_csv(CsvStyle::PLAIN).unwrap_err();
        assert!(error.message.contains("column at holds a time outside the calendar"), "{error}");
    }
}
