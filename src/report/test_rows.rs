//! Answers for tests, of rows that name their columns.

use crate::query::answer::{Answer, AnswerColumn};
use crate::schema::{column::ColumnType, value::Value};

pub(crate) type Fields = Vec<(&'static str, Value)>;

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Rows with the columns of the first.
pub(crate) fn answer(rows: Vec<Fields>) -> Answer {
    let columns = rows.first().into_iter().flatten();
    let column = |(name, _): &(&str, Value)| AnswerColumn { name: (*name).to_owned(), column_type: ColumnType::String };
    Answer {
        columns: columns.map(column).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(|(_, value)| value).collect()).collect(),
    }
}
