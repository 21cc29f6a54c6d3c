//! The workbook: the report sheets, and the written tables.

pub(crate) mod answer_table;
pub(crate) mod best_times;
pub(crate) mod plans;
pub(crate) mod report_charts;
pub(crate) mod report_sheets;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;

use crate::config::DayRange;
use crate::error::Result;
use crate::formats::options::{Format, Options};
use crate::formats::{xlsx, xlsx::table_sheet::ROWS_A_SHEET};
use crate::fs;
use crate::pipeline::run_tables::{WHOLE_DIR, entry, name_of};
use crate::pipeline::{run_tables, tables::WrittenTables};
use crate::query::scope::Scope;
use crate::schema::{cell::Day, column::Table};

/// The tables in a run's folder. Observations are beside the runs, and grow with each of them.
pub(crate) const OF_A_RUN: [Table; 7] =
    [Table::Reels, Table::Hashtags, Table::People, Table::Accounts, Table::Profiles, Table::Days, Table::Findings];

/// Adds the workbook to the tables in `dir`, where it was asked for. It is made from their Parquet files. Where these have
/// the reels of some days only, the report sheets are of the period of these days, from the tables with all rows.
pub(crate) fn add(
    dir: &Path,
    tables: &[Table],
    days: DayRange,
    output: &Options,
    written: &mut WrittenTables,
) -> Result<()> {
    if !output.formats.contains(&Format::Xlsx) {
        return Ok(());
    }
    let whole = if days.is_limited() { dir.join(WHOLE_DIR) } else { dir.to_owned() };
    let (from, to) = (days.from.map(Day::of), days.to.map(Day::of));
    let run = run_tables::open(&whole, Vec::new()).within(Scope { from, to, ..Scope::default() });
    let report = report_sheets::build(&run)?;
    let tables: Vec<Table> = tables.iter().copied().filter(|&table| fits(table, written)).collect();
    written.files.push(entry(xlsx::write_workbook(dir, &report, &tables)?));
    Ok(())
}

/// Observations are left out if they exceed one sheet; other tables continue in further sheets.
fn fits(table: Table, written: &WrittenTables) -> bool {
    let path = name_of(table);
    let rows = written.files.iter().find(|file| file.path == path).and_then(|file| file.rows).unwrap_or(0);
    let fits = table != Table::Observations || rows <= ROWS_A_SHEET;
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
