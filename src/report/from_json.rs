//! A report from its JSON, which holds all that a page shows: it is rendered again without the tables.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::query::answer::{Answer, AnswerColumn};
use crate::query::{file::parse_chart, period::Period};
use crate::report::build::{Provenance, Report, Section};
use crate::report::data_summary::DataSummary;
use crate::report::render::json::VERSION;
use crate::schema::cell::{Day, LocalMicros, UtcMicros};
use crate::schema::{column::ColumnType, value::Value};

#[derive(Deserialize)]
struct AnyReport {
    report_version: u32,
}

/// Findings and limits are left out: they follow from the rest.
#[derive(Deserialize)]
struct JsonReport<'a> {
    run_id: String,
    program_version: String,
    #[serde(borrow)]
    period: JsonPeriod<'a>,
    first_observation: &'a RawValue,
    last_observation: &'a RawValue,
    summary: DataSummary,
    sections: Vec<JsonSection<'a>>,
}

#[derive(Deserialize)]
struct JsonPeriod<'a> {
    #[serde(borrow)]
    first: &'a RawValue,
    last: &'a RawValue,
    before_first: &'a RawValue,
    before_last: &'a RawValue,
    newest: &'a RawValue,
    days: Option<i32>,
}

#[derive(Deserialize)]
struct JsonSection<'a> {
    name: String,
    title: String,
    question: String,
    chart: Option<String>,
    columns: Vec<JsonColumn>,
    #[serde(borrow)]
    rows: Vec<Vec<&'a RawValue>>,
    fault: Option<String>,
    is_users: bool,
}

#[derive(Deserialize)]
struct JsonColumn {
    name: String,
    #[serde(rename = "type")]
    column_type: String,
}

impl Report {
    /// The report that [`Report::to_json`] wrote. Findings and limits are computed again.
    ///
    /// # Errors
    /// `InvalidData` for what is no such report, or one of another version.
    pub fn from_json(json: &str) -> Result<Report> {
        let invalid = |error: serde_json::Error| Error::invalid_data(format!("not a report: {error}"));
        let AnyReport { report_version } = serde_json::from_str(json).map_err(invalid)?;
        if report_version != VERSION {
            return Err(Error::invalid_data(format!(
                "a report of version {report_version}; this program reads version {VERSION}"
            )));
        }
        let report: JsonReport = serde_json::from_str(json).map_err(invalid)?;
        let instant = |member: &str, raw: &RawValue| in_member(member, value(ColumnType::TimestampUtc, raw));
        let data = DataSummary {
            first_observation: instant("first_observation", report.first_observation)?,
            last_observation: instant("last_observation", report.last_observation)?,
            ..report.summary
        };
        let sections = report.sections.into_iter().map(JsonSection::read).collect::<Result<_>>()?;
        let provenance = Provenance { run_id: report.run_id, program_version: report.program_version };
        Ok(Report::of(provenance, data, report.period.read()?, sections))
    }
}

impl JsonPeriod<'_> {
    fn read(&self) -> Result<Period> {
        let day = |raw: &RawValue| match in_member("period", value(ColumnType::Date, raw))? {
            Value::Day(day) => Ok(Some(day)),
            _ => Ok(None),
        };
        let [first, last, before_first, before_last, newest] =
            [self.first, self.last, self.before_first, self.before_last, self.newest].map(day);
        let (first, last) = (first?, last?);
        let days = first.zip(last).map(|(first, last)| last.0 - first.0 + 1);
        if days != self.days || days.is_some_and(|days| days < 1) {
            return Err(Error::invalid_data("period: days is not the number of days from first to last"));
        }
        Ok(Period { first, last, before_first: before_first?, before_last: before_last?, days, newest: newest? })
    }
}

impl JsonSection<'_> {
    fn read(self) -> Result<Section> {
        let column = |column: JsonColumn| match ColumnType::named(&column.column_type) {
            Some(column_type) => Ok(AnswerColumn { name: column.name, column_type }),
            None => Err(Error::invalid_data(format!(
                "section {}, column {}: there is no type {}",
                self.name, column.name, column.column_type
            ))),
        };
        let columns: Vec<AnswerColumn> = self.columns.into_iter().map(column).collect::<Result<_>>()?;
        let mut rows = Vec::with_capacity(self.rows.len());
        for (at, values) in self.rows.iter().enumerate() {
            let place = || format!("section {}, row {}", self.name, at + 1);
            if values.len() != columns.len() {
                let (values, columns) = (values.len(), columns.len());
                return Err(Error::invalid_data(format!("{}: {values} values for {columns} columns", place())));
            }
            let cells = columns.iter().zip(values);
            let cell = |(column, raw): (&AnswerColumn, &&RawValue)| {
                value(column.column_type, raw)
                    .map_err(|what| Error::invalid_data(format!("{}, column {}: {what}", place(), column.name)))
            };
            rows.push(cells.map(cell).collect::<Result<_>>()?);
        }
        let chart = self.chart.as_deref().map(parse_chart).transpose();
        let chart = chart.map_err(|what| Error::invalid_data(format!("section {}: {what}", self.name)))?;
        let Self { name, title, question, fault, is_users, .. } = self;
        Ok(Section { name, title, question, chart, answer: Answer { columns, rows }, fault, is_users })
    }
}

/// Beyond it JSON numbers are not exact, and sums of them would overflow.
const MAX_INT: i64 = 1 << 53;

fn in_member(member: &str, value: std::result::Result<Value, String>) -> Result<Value> {
    value.map_err(|what| Error::invalid_data(format!("{member}: {what}")))
}

/// A value of that type, as [`Value`] is written as JSON.
fn value(column_type: ColumnType, raw: &RawValue) -> std::result::Result<Value, String> {
    let json = raw.get();
    if json == "null" {
        return Ok(Value::Null);
    }
    let wrong = || format!("{} is no {}", json.chars().take(60).collect::<String>(), column_type.word());
    let text = || serde_json::from_str::<String>(json).map_err(|_| wrong());
    Ok(match column_type {
        ColumnType::String => Value::Text(text()?),
        ColumnType::Bool => Value::Bool(serde_json::from_str(json).map_err(|_| wrong())?),
        ColumnType::Int32 | ColumnType::Int64 => {
            let number: i64 = serde_json::from_str(json).map_err(|_| wrong())?;
            Value::Int(Some(number).filter(|number| number.unsigned_abs() <= MAX_INT.unsigned_abs()).ok_or_else(wrong)?)
        }
        // The standard library reads back the same number that was written; serde_json may miss its last bit.
        ColumnType::Float64 => {
            let number: f64 = json.parse().map_err(|_| wrong())?;
            Value::Float(Some(number).filter(|number| number.is_finite()).ok_or_else(wrong)?)
        }
        ColumnType::TimestampUtc => {
            Value::Utc(UtcMicros::from(DateTime::parse_from_rfc3339(&text()?).map_err(|_| wrong())?.to_utc()))
        }
        ColumnType::TimestampLocal => {
            let time: NaiveDateTime = text()?.parse().map_err(|_| wrong())?;
            Value::Local(LocalMicros(time.and_utc().timestamp_micros()))
        }
        ColumnType::Date => Value::Day(Day::of(text()?.parse::<NaiveDate>().map_err(|_| wrong())?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(column_type: ColumnType, json: &str) -> std::result::Result<Value, String> {
        value(column_type, serde_json::from_str::<&RawValue>(json).unwrap())
    }

    #[test]
    fn each_type_is_read_as_it_is_written() {
        let day = 86_400_000_000_i64;
        for (column_type, value) in [
            (ColumnType::String, Value::Text("a \"b\" \u{2028}".to_owned())),
            (ColumnType::Bool, Value::Bool(false)),
            (ColumnType::Int32, Value::Int(-7)),
            (ColumnType::Int64, Value::Int(MAX_INT)),
            (ColumnType::Int64, Value::Int(-MAX_INT)),
            (ColumnType::Float64, Value::Float(0.1 + 0.2)),
            (ColumnType::Float64, Value::Float(3.0)),
            (ColumnType::Float64, Value::Float(2.937556601830654)),
            (ColumnType::TimestampUtc, Value::Utc(UtcMicros(20_000 * day + 1))),
            (ColumnType::TimestampLocal, Value::Local(LocalMicros(20_000 * day + 61_000_000))),
            (ColumnType::Date, Value::Day(Day(-1))),
        ] {
            assert_eq!(read(column_type, &serde_json::to_string(&value).unwrap()), Ok(value));
            assert_eq!(read(column_type, "null"), Ok(Value::Null));
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        for (column_type, json, message) in [
            (ColumnType::String, "5", "5 is no string"),
            (ColumnType::Bool, "\"true\"", "\"true\" is no bool"),
            (ColumnType::Int64, "1.5", "1.5 is no int64"),
            (ColumnType::Int64, "9007199254740993", "9007199254740993 is no int64"),
            (ColumnType::Int64, "-9223372036854775808", "-9223372036854775808 is no int64"),
            (ColumnType::Float64, "1e999", "1e999 is no float64"),
            (ColumnType::Float64, "\"1\"", "\"1\" is no float64"),
            (ColumnType::TimestampUtc, "\"2026-11-28\"", "\"2026-11-28\" is no timestamp_us_utc"),
            (ColumnType::TimestampLocal, "\"2026-11-28T06:00:00Z\"", "\"2026-11-28T06:00:00Z\" is no timestamp_us"),
            (ColumnType::Date, "\"28.11.2026\"", "\"28.11.2026\" is no date"),
        ] {
            assert_eq!(read(column_type, json), Err(message.to_owned()));
        }
    }
}
