//! The workbook: made from the written tables, with the report's overview on its first sheet.

use std::path::Path;

use crate::error::Result;
use crate::formats::options::{Format, Options};
use crate::formats::{xlsx, xlsx::Overview};
use crate::fs;
use crate::pipeline::run_tables::{entry, name_of};
use crate::pipeline::{run_tables, tables::WrittenTables};
use crate::query::file;
use crate::schema::column::Table;

/// The tables in a run's folder. Observations are beside the runs, and grow with each of them.
pub(crate) const OF_A_RUN: [Table; 6] =
    [Table::Reels, Table::Hashtags, Table::People, Table::Accounts, Table::Days, Table::Findings];

/// Adds the workbook to the tables in `dir`, where it was asked for. It is made from their Parquet files.
pub(crate) fn add(dir: &Path, tables: &[Table], output: &Options, written: &mut WrittenTables) -> Result<()> {
    if !output.formats.contains(&Format::Xlsx) {
        return Ok(());
    }
    let overview = file::built_in_query(file::OVERVIEW).expect("a test holds that it exists");
    let run = run_tables::open(dir, Vec::new());
    let title = match run.period()?.text() {
        Some(days) => format!("{}, {days}", overview.title),
        None => overview.title.clone(),
    };
    let rows = run.query(&overview.sql)?.to_batch()?;
    let first = Overview { title: &title, line: &overview.question, rows };
    let tables: Vec<Table> = tables.iter().copied().filter(|&table| fits(table, written)).collect();
    written.files.push(entry(xlsx::write_workbook(dir, &first, &tables)?));
    Ok(())
}

/// Observations are left out if they exceed one sheet; other tables continue in further sheets.
fn fits(table: Table, written: &WrittenTables) -> bool {
    let path = name_of(table);
    let rows = written.files.iter().find(|file| file.path == path).and_then(|file| file.rows).unwrap_or(0);
    let fits = table != Table::Observations || rows <= xlsx::ROWS_A_SHEET;
    if !fits {
        tracing::warn!(table = table.name(), rows, "xlsx: more rows than a sheet holds; left out of the workbook");
    }
    fits
}

/// Removes the Parquet files that only the workbook needed.
pub(crate) fn remove_unrequested(dir: &Path, output: &Options, written: &mut WrittenTables) -> Result<()> {
    if output.formats.contains(&Format::Parquet) {
        return Ok(());
    }
    let mut parquet = written.files.extract_if(.., |file| file.path.ends_with(".parquet"));
    parquet.try_for_each(|file| fs::remove_file(&dir.join(file.path)))
}
