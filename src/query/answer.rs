//! The answer to a question: typed columns and rows, and its raw forms CSV and JSON.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use compact_str::CompactString;
use polars::prelude::{AnyValue, DataFrame, DataType};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, Result};
use crate::formats::csv::CsvText;
use crate::formats::csv::style::CsvStyle;
use crate::formats::text;
use crate::json;
use crate::query::load::LOCAL_UNIT;
use crate::schema::cell::{Cell, Day, LocalMicros, UtcMicros};
use crate::schema::column::ColumnType;

/// One cell of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Utc(UtcMicros),
    Local(LocalMicros),
    Day(Day),
}

impl Value {
    /// As the writers of files take it; `None` for a null.
    fn cell(&self) -> Option<text::Cell<'_>> {
        Some(match self {
            Value::Null => return None,
            Value::Text(text) => text::Cell::Text(text),
            Value::Int(number) => text::Cell::Int(*number),
            Value::Float(number) => text::Cell::Float(*number),
            Value::Bool(flag) => text::Cell::Bool(*flag),
            Value::Utc(UtcMicros(micros)) => text::Cell::Utc(*micros),
            Value::Local(LocalMicros(micros)) => text::Cell::Local(*micros),
            Value::Day(Day(days)) => text::Cell::Day(*days),
        })
    }
}

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
        let columns = frame
            .columns()
            .iter()
            .map(|column| AnswerColumn { name: column.name().to_string(), column_type: column_type(column.dtype()) });
        let columns: Vec<AnswerColumn> = columns.collect();
        let mut rows: Vec<Vec<Value>> = (0..frame.height()).map(|_| Vec::with_capacity(columns.len())).collect();
        for column in frame.columns() {
            for (row, value) in rows.iter_mut().zip(column.as_materialized_series().iter()) {
                row.push(cell(value));
            }
        }
        Answer { columns, rows }
    }

    /// Where the column of that name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
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
        let cells = || self.rows.iter().map(move |row| &row[at]);
        macro_rules! of {
            ($cell:ty, $pattern:pat => $value:expr) => {{
                let cells: Vec<Option<$cell>> =
                    cells().map(|cell| if let $pattern = cell { Some($value) } else { None }).collect();
                Cell::array(cells.iter())
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
        let mut text = CsvText::new(style);
        text.header(self.columns.iter().map(|column| column.name.as_str()));
        for row in &self.rows {
            text.row(self.columns.iter().map(|column| column.name.as_str()).zip(row.iter().map(Value::cell)))?;
        }
        String::from_utf8(text.into_bytes()).map_err(Error::unexpected)
    }

    /// The raw values as a JSON list with one object a row, one row a line.
    pub fn to_json(&self) -> String {
        let row = |row: &Vec<Value>| {
            let row = JsonRow { columns: &self.columns, row };
            json::escaped(serde_json::to_string(&row).expect("text keys and plain values"))
        };
        match self.rows.is_empty() {
            true => "[]\n".to_owned(),
            false => format!("[\n{}\n]\n", self.rows.iter().map(row).collect::<Vec<_>>().join(",\n")),
        }
    }
}

/// A row as an object; the keys stand in the order of the columns.
struct JsonRow<'a> {
    columns: &'a [AnswerColumn],
    row: &'a [Value],
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.row.len()))?;
        for (column, value) in self.columns.iter().zip(self.row) {
            map.serialize_entry(&column.name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Int(number) => serializer.serialize_i64(*number),
            // JSON has no infinity: serde_json writes null for it.
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Utc(_) | Value::Local(_) | Value::Day(_) => serializer.serialize_str(&raw_time(self)),
        }
    }
}

/// ISO 8601 text of a time or a day; fractions of a second only where there are some.
pub(crate) fn raw_time(value: &Value) -> String {
    let instant = |micros: i64| DateTime::from_timestamp_micros(micros);
    let text = match value {
        Value::Utc(UtcMicros(micros)) => instant(*micros).map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        Value::Local(LocalMicros(micros)) => {
            instant(*micros).map(|time| time.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f").to_string())
        }
        Value::Day(day) => calendar_day(*day).map(|date| date.to_string()),
        _ => None,
    };
    text.unwrap_or_default()
}

pub(crate) fn calendar_day(day: Day) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let distance = Days::new(u64::from(day.0.unsigned_abs()));
    if day.0 < 0 { epoch.checked_sub_days(distance) } else { epoch.checked_add_days(distance) }
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

fn cell(value: AnyValue<'_>) -> Value {
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
            // Beyond 64 signed bits: the figure is kept as text rather than bent.
            None => Value::Text(value.to_string()),
        },
        value if value.dtype().is_float() => value.extract::<f64>().map_or(Value::Null, Value::Float),
        other => Value::Text(other.to_string()),
    }
}
