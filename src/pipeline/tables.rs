//! Rows of every account, one account after the other, into the files of every table.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use chrono::{DateTime, SecondsFormat};

use crate::columns::{Observation, Row, Table, UtcMicros};
use crate::error::{Error, Result};
use crate::sink::{Format, Options, TableWriter, WrittenFile};
use crate::store::{AccountEntry, FileEntry, Mark, Store};
use crate::transform;

use super::ahead;
use super::lines::Pages;
use super::observations::{self, ByMonth};

/// What was made.
#[derive(Debug, Default)]
pub struct Made {
    pub files: Vec<FileEntry>,
    /// Relative to the store.
    pub observations: Vec<FileEntry>,
    pub accounts: Vec<AccountEntry>,
    pub marks: BTreeMap<String, Mark>,
    /// Items met in the pages, rejects included.
    pub items: u64,
    pub rows: u64,
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
pub fn make(pages: &mut Pages, dir: &Path, target: Option<Target>, output: &Options) -> Result<Made> {
    let mut made = Made::default();
    let mut writers = Writers::create(dir, output, pages.are_a_stores())?;
    let mut observations = match target {
        Some(target) => Observations::ByMonth(ByMonth::new(target.store, target.run_id, output)),
        None => Observations::One(TableWriter::create(dir, Table::Observations.name(), Table::Observations, output)?),
    };
    let mut dropped: HashSet<String> = pages.known_before();
    ahead::for_each_account(pages, |account, folded| {
        let tables = folded.tables;
        if !folded.is_anew {
            dropped.remove(&account);
        }
        made.items += tables.carried.items;
        made.rows += tables.reels.len() as u64;
        if let Some(name) = &tables.renamed_to {
            tracing::warn!(
                account,
                "this account is now called {name}: it stays one account, under the name asked for"
            );
        }
        made.accounts.push(account_entry(&tables));
        if let Some(mark) = folded.mark {
            let carried = serde_json::to_value(&tables.carried).map_err(Error::unexpected)?;
            made.marks.insert(account, Mark { carried, ..mark });
        }
        observations.write(&tables.observations)?;
        writers.write(&tables)
    })?;
    made.files = writers.finish()?;
    match (observations, target) {
        (Observations::ByMonth(by_month), Some(Target { store, run_id, compact })) => {
            let (before, new) = (pages.observations_before(), by_month.finish()?);
            made.observations = observations::settle(store, run_id, output, before, new, &dropped, compact)?;
        }
        (Observations::One(writer), _) => made.files.extend(writer.finish()?.into_iter().map(entry)),
        (Observations::ByMonth(_), None) => return Err(Error::unexpected("observations without a store")),
    }
    Ok(made)
}

fn account_entry(tables: &transform::Tables) -> AccountEntry {
    let at =
        |at: UtcMicros| DateTime::from_timestamp_micros(at.0).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (account, carried) = (&tables.account, &tables.carried);
    AccountEntry {
        account: account.account.clone(),
        account_id: account.account_id.clone(),
        status: account.status.clone(),
        reason: account.status_reason.clone(),
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

pub(super) fn entry(file: WrittenFile) -> FileEntry {
    FileEntry { path: file.name, bytes: file.bytes, rows: Some(file.rows), blake3: file.blake3 }
}

pub(super) fn write<R: Row>(writer: &mut TableWriter, rows: &[R]) -> Result<()> {
    if rows.is_empty() { Ok(()) } else { writer.write(&R::batch(&rows.iter().collect::<Vec<_>>())) }
}

/// One writer a table, but for the observations.
struct Writers {
    reels: TableWriter,
    hashtags: TableWriter,
    people: TableWriter,
    accounts: TableWriter,
    findings: TableWriter,
    /// For the next run of a store, and so in Parquet alone.
    fold: Option<TableWriter>,
}

impl Writers {
    fn create(dir: &Path, output: &Options, is_store: bool) -> Result<Self> {
        let parquet = Options { formats: vec![Format::Parquet], ..output.clone() };
        let fold = || TableWriter::create(dir, Table::Fold.name(), Table::Fold, &parquet);
        let create = |table: Table| TableWriter::create(dir, table.name(), table, output);
        Ok(Self {
            reels: create(Table::Reels)?,
            hashtags: create(Table::Hashtags)?,
            people: create(Table::People)?,
            accounts: create(Table::Accounts)?,
            findings: create(Table::Findings)?,
            fold: is_store.then(fold).transpose()?,
        })
    }

    fn write(&mut self, tables: &transform::Tables) -> Result<()> {
        write(&mut self.reels, &tables.reels)?;
        write(&mut self.hashtags, &tables.hashtags)?;
        write(&mut self.people, &tables.people)?;
        write(&mut self.accounts, std::slice::from_ref(&tables.account))?;
        write(&mut self.findings, &tables.findings)?;
        self.fold.as_mut().map_or(Ok(()), |writer| write(writer, &tables.fold))
    }

    fn finish(self) -> Result<Vec<FileEntry>> {
        let mut files = Vec::new();
        let writers = [self.reels, self.hashtags, self.people, self.accounts, self.findings];
        for writer in writers.into_iter().chain(self.fold) {
            files.extend(writer.finish()?.into_iter().map(entry));
        }
        Ok(files)
    }
}

enum Observations {
    One(TableWriter),
    ByMonth(ByMonth),
}

impl Observations {
    fn write(&mut self, rows: &[Observation]) -> Result<()> {
        match self {
            Self::One(writer) => write(writer, rows),
            Self::ByMonth(by_month) => by_month.write(rows),
        }
    }
}
