//! The tables of a run: how their files are named and listed, and how they are opened for queries and the report.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::formats::hashing_file::WrittenFile;
use crate::fs;
use crate::query::{engine::QueryEngine, file};
use crate::report::build::{Provenance, Report};
use crate::schema::column::Table;
use crate::store::manifest::FileEntry;

/// The tables with all rows, beside those of some days, while a workbook is made of these.
pub(crate) const WHOLE_DIR: &str = "_whole";
/// Internal state for the next run: readers of folders skip names that begin with `_`.
pub(crate) const STATE_DIR: &str = "_state";
/// The file of [`Table::ReelState`] in it, without its ending.
pub(crate) const REEL_STATE: &str = "reels";

/// A table's Parquet file in the folder of a run.
pub(crate) fn name_of(table: Table) -> String {
    match table {
        Table::ReelState => format!("{STATE_DIR}/{REEL_STATE}.parquet"),
        _ => format!("{}.parquet", table.name()),
    }
}

pub(crate) fn entry(file: WrittenFile) -> FileEntry {
    FileEntry { path: file.name, bytes: file.bytes, rows: Some(file.rows), blake3: file.blake3 }
}

/// Writes a file that is no table into a run's folder.
pub(crate) fn write_file(dir: &Path, name: &str, content: &[u8]) -> Result<FileEntry> {
    fs::write_whole(&dir.join(name), content)?;
    let blake3 = blake3::hash(content).to_hex().to_string();
    Ok(FileEntry { path: name.to_owned(), bytes: content.len() as u64, rows: None, blake3 })
}

/// The Parquet files of a table.
pub(crate) fn files(table: Table, dir: &Path, observations: &[PathBuf]) -> Vec<PathBuf> {
    match table {
        Table::Observations => observations.to_vec(),
        _ => vec![dir.join(name_of(table))],
    }
}

pub(crate) fn open(dir: &Path, observations: Vec<PathBuf>) -> QueryEngine {
    let files = |table: Table| (table, files(table, dir, &observations));
    QueryEngine::new(Table::ALL.into_iter().map(files).collect())
}

pub(crate) fn build_report(tables: &QueryEngine, run_id: &str, queries: Option<&Path>) -> Result<Report> {
    let provenance = Provenance { run_id: run_id.to_owned(), program_version: env!("CARGO_PKG_VERSION").to_owned() };
    Report::build(tables, &file::queries(queries)?, &provenance)
}

/// The accounts that a run's report is about: all where none was requested.
pub(crate) fn scope_accounts(requested: &[String]) -> Option<Vec<String>> {
    if requested.is_empty() { None } else { Some(requested.to_vec()) }
}
