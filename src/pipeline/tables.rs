//! Rows of every account, one account after the other, into the files of every table.

pub mod kept;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use arrow_array::RecordBatch;

use crate::error::{Error, Hint, Result};
use crate::formats::hashing_file::WrittenFile;
use crate::formats::options::{Format, Options};
use crate::formats::writer::TableWriter;
use crate::fs;
use crate::pipeline::accounts::AccountName;
use crate::pipeline::observations::{ByMonth, Listing};
use crate::pipeline::page_source::Pages;
use crate::pipeline::previous_run::{Folded, TransformedAccount};
use crate::pipeline::tables::kept::Kept;
use crate::pipeline::{observations, parallel};
use crate::schema::cell::UtcMicros;
use crate::schema::column::{Row, Table};
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, FileEntry, Watermark};
use crate::time::Timestamp;
use crate::transform::account;

/// What was made.
#[derive(Debug, Default)]
pub struct WrittenTables {
    pub files: Vec<FileEntry>,
    pub observations: Listing,
    pub accounts: Vec<AccountEntry>,
    pub marks: BTreeMap<String, Watermark>,
    /// Items met in the pages, rejects included.
    pub items: u64,
    pub rows: u64,
    /// The keys of accounts whose logs cannot be used, each with the reason.
    pub unusable: BTreeMap<String, String>,
}

impl WrittenTables {
    /// # Errors
    /// `InvalidData` where nothing at all can be made of the logs.
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
pub struct Target<'a> {
    pub store: &'a Store,
    pub run_id: &'a str,
    /// Whether months whose observations lie in several files become one file each.
    pub compact: bool,
}

/// Writes every table into `dir`. Observations go into the store's own folders by month where there is a store, else
/// beside the other tables.
pub fn make(pages: &mut Pages, dir: &Path, target: Option<Target>, output: &Options) -> Result<WrittenTables> {
    let mut made = WrittenTables::default();
    let mut writers = Writers::create(dir, output, pages.are_a_stores())?;
    let before = pages.observations_before();
    let mut observations = match target {
        Some(target) => Observations::ByMonth(ByMonth::new(target.store, target.run_id, output, &before)?),
        None => Observations::One(TableWriter::create(dir, Table::Observations.name(), Table::Observations, output)?),
    };
    let mut dropped: HashSet<String> = pages.known_before();
    let kept = target.map_or_else(|| Ok(Kept::nothing()), |target| Kept::of(target.store))?;
    let make = |name: &AccountName, folded: Folded| match folded {
        Folded::Rows(account) => AccountBatches::new(*account),
        Folded::Unusable(reason) => kept.ready(name, &reason),
    };
    parallel::for_each_account(pages, make, |AccountName { account, key }, ready| {
        if !ready.is_anew {
            dropped.remove(&account);
        }
        made.items += ready.items;
        made.rows += ready.entry.reels as u64;
        for warning in &ready.warnings {
            tracing::warn!(account, "{warning}");
        }
        made.unusable.extend(ready.unusable.map(|reason| (key.clone(), reason)));
        let of_another_name = |text: &str| if key == account { String::new() } else { text.to_owned() };
        made.accounts.push(AccountEntry { key: of_another_name(&key), ..ready.entry });
        made.marks
            .extend(ready.mark.map(|mark| (key.clone(), Watermark { account: of_another_name(&account), ..mark })));
        observations.write(&ready.observations)?;
        writers.write(&ready.tables)
    })?;
    made.files = writers.finish()?;
    match (observations, target) {
        (Observations::ByMonth(by_month), Some(target)) => {
            made.observations = by_month.settle(before, &dropped, target.compact)?;
        }
        (Observations::One(writer), _) => made.files.extend(writer.finish()?.into_iter().map(entry)),
        (Observations::ByMonth(_), None) => return Err(Error::unexpected("observations without a store")),
    }
    Ok(made)
}

/// An account's rows as the writers take them, made on the thread that folded them.
pub struct AccountBatches {
    entry: AccountEntry,
    mark: Option<Watermark>,
    is_anew: bool,
    warnings: Vec<String>,
    /// Why its logs cannot be used, where they cannot.
    unusable: Option<String>,
    items: u64,
    /// By month.
    observations: Vec<(String, RecordBatch)>,
    tables: Vec<(Table, RecordBatch)>,
}

impl AccountBatches {
    fn new(account: TransformedAccount) -> Result<Self> {
        let TransformedAccount { tables, mark, is_anew } = account;
        let carried = serde_json::to_value(&tables.carried).map_err(Error::unexpected)?;
        Ok(Self {
            entry: account_entry(&tables),
            mark: mark.map(|mark| Watermark { carried, ..mark }),
            is_anew,
            items: tables.carried.items,
            observations: observations::by_month(&tables.observations),
            tables: vec![
                batch(&tables.reels),
                batch(&tables.hashtags),
                batch(&tables.people),
                batch(std::slice::from_ref(&tables.account)),
                batch(&tables.findings),
                batch(&tables.fold),
            ],
            warnings: tables.warnings,
            unusable: None,
        })
    }
}

fn batch<R: Row>(rows: &[R]) -> (Table, RecordBatch) {
    (R::TABLE, R::batch(&rows.iter().collect::<Vec<_>>()))
}

fn account_entry(tables: &account::AccountTables) -> AccountEntry {
    let at = |at: UtcMicros| at.instant().map(Timestamp::from);
    let (account, carried) = (&tables.account, &tables.carried);
    let names: BTreeSet<&str> = carried.names.iter().map(|(name, _)| name.as_str()).collect();
    let names = if names.len() > 1 { names.into_iter().map(str::to_owned).collect() } else { Vec::new() };
    AccountEntry {
        account: account.account.to_string(),
        key: String::new(),
        names,
        account_id: account.account_id.clone().map(Into::into),
        status: AccountStatus::named(&account.status).unwrap_or_default(),
        reason: account.status_reason.clone().map(Into::into),
        pages: account.pages,
        calls: account.calls,
        reels: account.reels,
        last_complete_at: carried.last_complete_at.and_then(at),
        complete_pages: carried.complete_pages,
        last_refreshed_at: carried.last_refreshed_at.and_then(at),
        walks: carried.walks,
        readings: carried.readings,
    }
}

pub(crate) fn entry(file: WrittenFile) -> FileEntry {
    FileEntry { path: file.name, bytes: file.bytes, rows: Some(file.rows), blake3: file.blake3 }
}

/// What a run keeps for the next one, apart from the tables that people read: those who read folders pass over names that
/// begin with `_`.
const STATE: &str = "_state";

/// A table's Parquet file in the folder of a run.
pub fn file_of(table: Table) -> String {
    match table {
        Table::ReelState => format!("{STATE}/state.parquet"),
        _ => format!("{}.parquet", table.name()),
    }
}

/// One writer a table, but for the observations.
struct Writers {
    by_table: Vec<(Table, TableWriter)>,
}

impl Writers {
    fn create(dir: &Path, output: &Options, is_store: bool) -> Result<Self> {
        let tables = Table::ALL.into_iter().filter(|&table| table != Table::Observations);
        let create = |table: Table| Ok((table, TableWriter::create(dir, table.name(), table, output)?));
        let mut by_table = tables.map(create).collect::<Result<Vec<_>>>()?;
        if is_store {
            // For the next run of a store, and so in Parquet alone.
            let (dir, output) = (dir.join(STATE), Options { formats: vec![Format::Parquet], ..output.clone() });
            fs::create_dir(&dir)?;
            by_table.push((Table::ReelState, TableWriter::create(&dir, "state", Table::ReelState, &output)?));
        }
        Ok(Self { by_table })
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
                Table::ReelState => FileEntry { path: file_of(table), ..file },
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
