//! A report as JSON: the raw values, all rows.

use serde::Serialize;

use crate::json;
use crate::query::{answer::AnswerColumn, file::Chart, period::Period, scope::Scope};
use crate::report::build::{Report, Section};
use crate::report::data_summary::DataSummary;
use crate::report::findings::{Basis, Finding};
use crate::schema::{cell::Day, value::Value};

/// Raised when a member changes its meaning, or one is added without which a report cannot be read again.
pub const VERSION: u32 = 4;

pub(crate) fn render(report: &Report) -> String {
    let zone = |(timezone, accounts)| JsonZone { timezone, accounts };
    let report = JsonReport {
        report_version: VERSION,
        run_id: &report.provenance.run_id,
        program_version: &report.provenance.program_version,
        period: JsonPeriod::of(report.period),
        first_observation: &report.data.first_observation,
        last_observation: &report.data.last_observation,
        timezones: report.data.zones().into_iter().map(zone).collect(),
        summary: &report.data,
        sections: report.sections.iter().map(JsonSection::of).collect(),
        findings: report.findings.iter().map(JsonFinding::of).collect(),
        limits: report.caveats.iter().map(|limit| limit.text.as_str()).collect(),
    };
    json::escaped(serde_json::to_string(&report).expect("text keys and plain values") + "\n")
}

/// The period as it is in a report.
pub fn period(scope: &Scope, newest: Option<Day>) -> String {
    serde_json::to_string(&JsonPeriod::of(Period::of(scope, newest))).expect("text keys and plain values")
}

#[derive(Serialize)]
struct JsonReport<'a> {
    report_version: u32,
    run_id: &'a str,
    program_version: &'a str,
    period: JsonPeriod,
    first_observation: &'a Value,
    last_observation: &'a Value,
    timezones: Vec<JsonZone<'a>>,
    summary: &'a DataSummary,
    findings: Vec<JsonFinding<'a>>,
    sections: Vec<JsonSection<'a>>,
    limits: Vec<&'a str>,
}

/// Local days, the last included.
#[derive(Serialize)]
struct JsonPeriod {
    first: Value,
    last: Value,
    before_first: Value,
    before_last: Value,
    chart_first: Value,
    days: Option<i32>,
    newest: Value,
}

impl JsonPeriod {
    fn of(period: Period) -> Self {
        let Period { first, last, before_first, before_last, days, newest } = period;
        let [first, last, before_first, before_last, chart_first, newest] =
            [first, last, before_first, before_last, period.chart_first(), newest]
                .map(|day| day.map_or(Value::Null, Value::Day));
        Self { first, last, before_first, before_last, chart_first, days, newest }
    }
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    account: &'a str,
    kind: &'static str,
    period: Basis,
    value: Option<f64>,
    change: Option<f64>,
    n: Option<i64>,
    z: Option<f64>,
    text: String,
}

impl<'a> JsonFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        let Finding { account, kind, basis: period, value, change, n, z, .. } = finding;
        Self { account, kind, period: *period, value: *value, change: *change, n: *n, z: *z, text: finding.text() }
    }
}

#[derive(Serialize)]
struct JsonZone<'a> {
    timezone: &'a str,
    accounts: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonSection<'a> {
    name: &'a str,
    title: &'a str,
    question: &'a str,
    chart: Option<String>,
    columns: Vec<JsonColumn<'a>>,
    rows: &'a [Vec<Value>],
    fault: &'a Option<String>,
    is_users: bool,
}

#[derive(Serialize)]
struct JsonColumn<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    column_type: &'static str,
}

impl<'a> JsonSection<'a> {
    fn of(section: &'a Section) -> Self {
        let Section { name, title, question, chart, answer, fault, is_users } = section;
        let column =
            |column: &'a AnswerColumn| JsonColumn { name: &column.name, column_type: column.column_type.word() };
        JsonSection {
            name,
            title,
            question,
            chart: chart.as_ref().map(Chart::to_line),
            columns: answer.columns.iter().map(column).collect(),
            rows: &answer.rows,
            fault,
            is_users: *is_users,
        }
    }
}
