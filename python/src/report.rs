//! What a report is made of, for engines that run its queries themselves.

use std::collections::HashMap;
use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use reelframe::Scope;
use reelframe::internals::{Day, SUMMARY_QUERIES, period_json, queries};

use crate::errors;

/// A query of the report.
#[pyclass(frozen, get_all)]
pub(crate) struct ReportQuery {
    name: String,
    title: String,
    question: String,
    /// Its `-- chart:` line.
    chart: Option<String>,
    sql: String,
    /// From the user's own folder: an error in it is shown in place of its section.
    is_users: bool,
    fault: Option<String>,
}

/// The built-in queries and those of a folder.
#[pyfunction]
#[pyo3(signature = (folder=None))]
pub(crate) fn report_queries(py: Python<'_>, folder: Option<PathBuf>) -> PyResult<Vec<ReportQuery>> {
    let queries = queries(folder.as_deref()).map_err(|error| errors::exception(py, &error))?;
    let query = |query: reelframe::internals::Query| ReportQuery {
        chart: query.chart.as_ref().map(|chart| chart.to_line()),
        name: query.name,
        title: query.title,
        question: query.question,
        sql: query.sql,
        is_users: query.is_users,
        fault: query.fault,
    };
    Ok(queries.into_iter().map(query).collect())
}

/// The period of a report over data whose newest observation was on that day, as JSON. Days are counted from 1970-01-01.
#[pyfunction]
pub(crate) fn report_period(
    newest: Option<i32>,
    first: Option<i32>,
    last: Option<i32>,
    days: Option<i32>,
    compare: bool,
) -> PyResult<String> {
    if first.zip(last).is_some_and(|(first, last)| first > last) {
        return Err(PyValueError::new_err("first is a later day than last"));
    }
    if days.is_some_and(|days| days < 1 || first.is_some()) {
        return Err(PyValueError::new_err("days is at least 1, and not together with first"));
    }
    let [newest, from, to] = [newest, first, last].map(|day| day.map(Day));
    Ok(period_json(&Scope { accounts: None, from, to, last_days: days, compares_nothing: !compare }, newest))
}

/// The queries that give the summary of a report, by its members.
#[pyfunction]
pub(crate) fn summary_queries() -> HashMap<&'static str, &'static str> {
    SUMMARY_QUERIES.into_iter().collect()
}
