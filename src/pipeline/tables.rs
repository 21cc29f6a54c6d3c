//! Rows of all accounts, one account after the other, into the files of every table.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;

use crate::error::{Error, Hint, Result};
use crate::formats::options::{Format, Options};
use crate::formats::writer::TableWriter;
use crate::fs;
use crate::pipeline::observations::{ByMonth, Listing};
use crate::pipeline::page_source::{Pages, Transformed};
use crate::pipeline::run_tables::{REEL_STATE, STATE_DIR, WHOLE_DIR, entry, name_of};
use crate::pipeline::{account_batches::AccountBatches, accounts::AccountName, cut::Cut, parallel};
use crate::schema::column::Table;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, FileEntry, Manifest, Watermark};

/// What was written.
#[derive(Debug, Default)]
pub struct WrittenTables {
    pub files: Vec<FileEntry>,
    pub observations: Listing,
    pub accounts: Vec<AccountEntry>,
    pub watermarks: BTreeMap<String, Watermark>,
    /// Items in the pages, rejects included.
    pub items: u64,
    /// Rows of the table of reels, and those that were posted on other days than asked for.
    pub rows: u64,
    pub rows_left_out: u64,
    /// How many reels these are, counted outside a store only: one that two accounts list has two rows.
    pub reels: u64,
    /// The keys of accounts whose logs cannot be used, each with the reason.
    pub unusable: BTreeMap<String, String>,
}

impl WrittenTables {
    /// # Errors
    /// `InvalidData` where none of the logs can be used.
    pub fn expect_rows(self) -> Result<Self> {
        match self.unusable.values().next() {
            Some(reason) if self.unusable.len() == self.accounts.len() && self.rows == 0 => {
                Err(Error::invalid_data(reason.clone()).hint(Hint::RestoreLog))
            }
            _ => Ok(self),
        }
    }

    /// The names of accounts by their keys.
    pub fn names_of(&self, keys: &[String]) -> Vec<String> {
        let names: HashMap<&str, &str> =
            self.accounts.iter().map(|entry| (entry.key(), entry.account.as_str())).collect();
        keys.iter().map(|key| (*names.get(key.as_str()).unwrap_or(&key.as_str())).to_owned()).collect()
    }
}

/// The store that the tables are made for.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub store: &'a Store,
    /// Its newest run.
    pub newest: Option<&'a (PathBuf, Manifest)>,
    pub run_id: &'a str,
    /// Whether months whose observations are in several files become one file each.
    pub compact: bool,
}

/// Writes every table into `dir`. Observations go into the store's folders by month where there is a store, else beside
/// the other tables.
pub(crate) fn write(pages: &mut Pages, dir: &Path, target: Option<Target>, output: &Options) -> Result<WrittenTables> {
    let mut written = WrittenTables::default();
    let mut writers = Writers::create(dir, output, pages.are_in_store())?;
    // The dropped accounts are those whose earlier observations are not kept: they are gone or rebuilt.
    let (previous, mut dropped) = pages.previous_observations();
    let mut observations = match target {
        Some(target) => Observations::ByMonth(ByMonth::new(target.store, target.run_id, output, &previous)?),
        None => Observations::One(TableWriter::create(dir, Table::Observations.name(), Table::Observations, output)?),
    };
    let newest = target.and_then(|target| Some((target.store, target.newest?)));
    let days = pages.days();
    let cut = Cut { days, keeps_whole: days.is_limited() && output.formats.contains(&Format::Xlsx) };
    let mut whole = cut.keeps_whole.then(|| Writers::of_whole_tables(dir)).transpose()?;
    let mut reels = HashSet::new();
    let counts_reels = !pages.are_in_store();
    let to_batches = |name: &AccountName, transformed: Transformed| match transformed {
        Transformed::Rows(account) => AccountBatches::new(*account, cut),
        Transformed::Unusable(reason) => AccountBatches::of_newest_run(newest, name, &reason),
    };
    parallel::for_each_account(pages, to_batches, |AccountName { account, key }, batches| {
        if !batches.is_rebuilt {
            dropped.remove(&account);
        }
        written.items += batches.items;
        written.rows += batches.entry.reels as u64;
        written.rows_left_out += batches.reels_left_out;
        if counts_reels {
            reels.extend(reel_ids(&batches.tables));
        }
        for warning in &batches.warnings {
            tracing::warn!(account, "{warning}");
        }
        written.unusable.extend(batches.unusable.map(|reason| (key.clone(), reason)));
        let unless_equal = |text: &str| if key == account { String::new() } else { text.to_owned() };
        written.accounts.push(AccountEntry { key: unless_equal(&key), ..batches.entry });
        if let Some(watermark) = batches.watermark {
            written.watermarks.insert(key.clone(), Watermark { account: unless_equal(&account), ..watermark });
        }
        observations.write(&batches.observations)?;
        if let Some(whole) = &mut whole {
            whole.write(if batches.whole.is_empty() { &batches.tables } else { &batches.whole })?;
        }
        writers.write(&batches.tables)
    })?;
    written.reels = reels.len() as u64;
    written.files = writers.finish()?;
    whole.map(Writers::finish).transpose()?;
    match (observations, target) {
        (Observations::ByMonth(by_month), Some(target)) => {
            written.observations = by_month.finish(previous, &dropped, target.compact)?;
        }
        (Observations::One(writer), _) => written.files.extend(writer.finish()?.into_iter().map(entry)),
        (Observations::ByMonth(_), None) => return Err(Error::unexpected("observations without a store")),
    }
    Ok(written)
}

/// Writes the rows of one table to a stream, which is left open.
pub(crate) fn stream(pages: &mut Pages, table: Table, writer: &mut TableWriter) -> Result<WrittenTables> {
    let mut written = WrittenTables::default();
    let cut = Cut { days: pages.days(), keeps_whole: false };
    let to_batches = |name: &AccountName, transformed: Transformed| match transformed {
        Transformed::Rows(account) => AccountBatches::new(*account, cut),
        Transformed::Unusable(reason) => AccountBatches::of_newest_run(None, name, &reason),
    };
    parallel::for_each_account(pages, to_batches, |AccountName { account, key }, batches| {
        written.items += batches.items;
        written.rows += batches.entry.reels as u64;
        written.rows_left_out += batches.reels_left_out;
        for warning in &batches.warnings {
            tracing::warn!(account, "{warning}");
        }
        written.unusable.extend(batches.unusable.map(|reason| (key.clone(), reason)));
        let key = if key == account { String::new() } else { key };
        written.accounts.push(AccountEntry { key, ..batches.entry });
        let observations = batches.observations.iter().map(|(_, batch)| (Table::Observations, batch));
        let tables = batches.tables.iter().map(|(table, batch)| (*table, batch));
        let of_table = observations.chain(tables).filter(|(of, batch)| *of == table && batch.num_rows() > 0);
        of_table.map(|(_, batch)| batch).try_for_each(|batch| writer.write(batch))
    })?;
    Ok(written)
}

/// The ids of the reels in an account's rows.
fn reel_ids(batches: &[(Table, RecordBatch)]) -> impl Iterator<Item = u64> {
    let ids = batches.iter().filter(|(table, _)| *table == Table::Reels);
    let ids = ids.filter_map(|(_, batch)| batch.column_by_name("reel_id"));
    ids.flat_map(|ids| ids.as_string::<i32>().iter().flatten().filter_map(|id| id.parse().ok()))
}

/// One writer per table, except observations.
struct Writers {
    by_table: Vec<(Table, TableWriter)>,
}

impl Writers {
    fn create(dir: &Path, output: &Options, is_store: bool) -> Result<Self> {
        let tables = Table::ALL.into_iter().filter(|&table| table != Table::Observations);
        let create = |table: Table| Ok((table, TableWriter::create(dir, table.name(), table, output)?));
        let mut by_table = tables.map(create).collect::<Result<Vec<_>>>()?;
        if is_store {
            // Only the next run reads it.
            let (dir, output) = (dir.join(STATE_DIR), Options { formats: vec![Format::Parquet], ..output.clone() });
            fs::create_dir(&dir)?;
            by_table.push((Table::ReelState, TableWriter::create(&dir, REEL_STATE, Table::ReelState, &output)?));
        }
        Ok(Self { by_table })
    }

    /// All rows, for the overview of a workbook whose tables are limited to some days.
    fn of_whole_tables(dir: &Path) -> Result<Self> {
        let dir = dir.join(WHOLE_DIR);
        fs::create_dir(&dir)?;
        Self::create(&dir, &Options::new(&[Format::Parquet]), false)
    }

    fn write(&mut self, batches: &[(Table, RecordBatch)]) -> Result<()> {
        for (table, writer) in &mut self.by_table {
            let of_table = batches.iter().filter(|(of, batch)| of == table && batch.num_rows() > 0);
            of_table.map(|(_, batch)| batch).try_for_each(|batch| writer.write(batch))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<FileEntry>> {
        let mut files = Vec::new();
        for (table, writer) in self.by_table {
            files.extend(writer.finish()?.into_iter().map(entry).map(|file| match table {
                Table::ReelState => FileEntry { path: name_of(table), ..file },
                _ => file,
            }));
        }
        Ok(files)
    }
}

enum Observations {
    One(TableWriter),
    ByMonth(ByMonth),
}

impl Observations {
    fn write(&mut self, by_month: &[(String, RecordBatch)]) -> Result<()> {
        by_month.iter().try_for_each(|(month, batch)| match self {
            Self::One(writer) => writer.write(batch),
            Self::ByMonth(writers) => writers.write(month, batch),
        })
    }
}
