//! The workbook: made of the tables once they are written, with the report's overview on its first sheet.

use std::path::Path;

use crate::error::Result;
use crate::formats::options::{Format, Options};
use crate::formats::xlsx;
use crate::formats::xlsx::Overview;
use crate::fs;
use crate::pipeline::reports::load_tables;
use crate::pipeline::tables::{WrittenTables, entry};
use crate::query::file;
use crate::schema::column::Table;

/// The tables in a run's folder. Observations lie beside the runs, and grow with every one of them.
pub const OF_A_RUN: [Table; 5] = [Table::Reels, Table::Hashtags, Table::People, Table::Accounts, Table::Findings];

/// Adds the workbook to the tables in `dir`, where it was asked for. It is made of their Parquet files.
pub fn add(dir: &Path, tables: &[Table], output: &Options, made: &mut WrittenTables) -> Result<()> {
    if !output.formats.contains(&Format::Xlsx) {
        return Ok(());
    }
    let overview = file::built_in_query(file::OVERVIEW).expect("a test holds that it exists");
    let answer = load_tables(dir, Vec::new()).query(&overview.sql)?;
    let first = Overview { title: &overview.title, line: &overview.question, rows: answer.to_batch()? };
    let tables: Vec<Table> = tables.iter().copied().filter(|&table| fits(table, made)).collect();
    made.files.push(entry(xlsx::write_workbook(dir, &first, &tables)?));
    Ok(())
}

/// Observations are for engines once they are more than a sheet holds; other tables go on in a further sheet.
fn fits(table: Table, made: &WrittenTables) -> bool {
    let path = format!("{}.parquet", table.name());
    let rows = made.files.iter().find(|file| file.path == path).and_then(|file| file.rows).unwrap_or(0);
    let fits = table != Table::Observations || rows <= xlsx::ROWS_A_SHEET;
    if !fits {
        tracing::warn!(table = table.name(), rows, "xlsx: more rows than a sheet holds: the workbook is without them");
    }
    fits
}

/// What the workbook was made of and nobody asked for goes again.
pub fn remove_unasked(dir: &Path, output: &Options, made: &mut WrittenTables) -> Result<()> {
    if output.formats.contains(&Format::Parquet) {
        return Ok(());
    }
    let is_parquet = |path: &str| path.ends_with(".parquet");
    made.files
        .iter()
        .filter(|file| is_parquet(&file.path))
        .try_for_each(|file| fs::remove_file(&dir.join(&file.path)))?;
    made.files.retain(|file| !is_parquet(&file.path));
    Ok(())
}
