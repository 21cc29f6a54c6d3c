//! The tables of a run, opened for queries and the report.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::pipeline::run_files;
use crate::query::{engine::QueryEngine, file};
use crate::report::build::{Provenance, Report};
use crate::schema::column::Table;

pub(crate) fn open(dir: &Path, observations: Vec<PathBuf>) -> QueryEngine {
    let files = |table: Table| match table {
        Table::Observations => observations.clone(),
        _ => vec![dir.join(run_files::name_of(table))],
    };
    QueryEngine::new(Table::ALL.into_iter().map(|table| (table, files(table))).collect())
}

pub(crate) fn build_report(tables: &QueryEngine, run_id: &str, queries: Option<&Path>) -> Result<Report> {
    let provenance = Provenance { run_id: run_id.to_owned(), program_version: env!("CARGO_PKG_VERSION").to_owned() };
    Report::build(tables, &file::queries(queries)?, &provenance)
}

/// The accounts that a run's report is about: all where none was requested.
pub(crate) fn scope_accounts(requested: &[String]) -> Option<Vec<String>> {
    if requested.is_empty() { None } else { Some(requested.to_vec()) }
}
