//! Rows of every account, one account after the other, into the files of every table.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat};

use crate::columns::{Observation, Row, Table, UtcMicros};
use crate::error::Result;
use crate::sink::{Format, Options, TableWriter, WrittenFile};
use crate::store::{self, AccountEntry, FileEntry, Store};
use crate::transform;

use super::lines::Pages;

/// What was made.
#[derive(Debug, Default)]
pub struct Made {
    pub files: Vec<FileEntry>,
    /// Relative to the store.
    pub observations: Vec<FileEntry>,
    pub accounts: Vec<AccountEntry>,
    /// Items met in the pages, rejects included.
    pub items: u64,
    pub rows: u64,
}

/// Writes every table into `dir`. Observations go into the store's own folders by month where a store and a run id are
/// given, else beside the other tables.
pub fn make(pages: &Pages, dir: &Path, store: Option<(&Store, &str)>, output: &Options) -> Result<Made> {
    let mut made = Made::default();
    let mut writers = Writers::create(dir, output)?;
    let mut observations = match store {
        Some((store, run_id)) => Observations::by_month(store, run_id, output),
        None => Observations::One(TableWriter::create(dir, Table::Observations.name(), Table::Observations, output)?),
    };
    for account in pages.accounts()? {
        let Some(tables) = pages.tables(&account)? else { continue };
        made.items += tables.items;
        made.rows += tables.reels.len() as u64;
        if let Some(name) = &tables.renamed_to {
            tracing::warn!(
                account,
                "this account is now called {name}: it stays one account, under the name asked for"
            );
        }
        made.accounts.push(account_entry(&tables, pages.newest_log(&account)?));
        observations.write(&tables.observations)?;
        writers.write(&tables)?;
    }
    made.files = writers.finish()?;
    match observations {
        Observations::One(writer) => made.files.extend(writer.finish()?.into_iter().map(entry)),
        Observations::ByMonth(by_month) => made.observations = by_month.finish()?,
    }
    Ok(made)
}

fn account_entry(tables: &transform::Tables, newest_log: Option<(String, u64)>) -> AccountEntry {
    let at =
        |at: UtcMicros| DateTime::from_timestamp_micros(at.0).map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (newest_log, newest_log_bytes) = newest_log.map_or((None, 0), |(name, bytes)| (Some(name), bytes));
    AccountEntry {
        account: tables.account.account.clone(),
        account_id: tables.account.account_id.clone(),
        status: tables.account.status.clone(),
        reason: tables.account.status_reason.clone(),
        pages: tables.account.pages,
        calls: tables.account.calls,
        reels: tables.account.reels,
        last_complete_at: tables.last_complete_at.and_then(at),
        complete_pages: tables.complete_pages,
        last_refreshed_at: tables.last_refreshed_at.and_then(at),
        newest_log,
        newest_log_bytes,
    }
}

fn entry(file: WrittenFile) -> FileEntry {
    FileEntry { path: file.name, bytes: file.bytes, rows: Some(file.rows), blake3: file.blake3 }
}

fn write<R: Row>(writer: &mut TableWriter, rows: &[R]) -> Result<()> {
    if rows.is_empty() { Ok(()) } else { writer.write(&R::batch(&rows.iter().collect::<Vec<_>>())) }
}

/// One writer a table, but for the observations.
struct Writers {
    reels: TableWriter,
    hashtags: TableWriter,
    people: TableWriter,
    accounts: TableWriter,
    findings: TableWriter,
}

impl Writers {
    fn create(dir: &Path, output: &Options) -> Result<Self> {
        let create = |table: Table| TableWriter::create(dir, table.name(), table, output);
        Ok(Self {
            reels: create(Table::Reels)?,
            hashtags: create(Table::Hashtags)?,
            people: create(Table::People)?,
            accounts: create(Table::Accounts)?,
            findings: create(Table::Findings)?,
        })
    }

    fn write(&mut self, tables: &transform::Tables) -> Result<()> {
        write(&mut self.reels, &tables.reels)?;
        write(&mut self.hashtags, &tables.hashtags)?;
        write(&mut self.people, &tables.people)?;
        write(&mut self.accounts, std::slice::from_ref(&tables.account))?;
        write(&mut self.findings, &tables.findings)
    }

    fn finish(self) -> Result<Vec<FileEntry>> {
        let mut files = Vec::new();
        for writer in [self.reels, self.hashtags, self.people, self.accounts, self.findings] {
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
    fn by_month(store: &Store, run_id: &str, output: &Options) -> Self {
        // Only Parquet: these files are for engines, and the manifest says which of them count.
        let output = Options { formats: vec![Format::Parquet], ..output.clone() };
        Self::ByMonth(ByMonth { store: store.clone(), run_id: run_id.to_owned(), output, writers: BTreeMap::new() })
    }

    fn write(&mut self, rows: &[Observation]) -> Result<()> {
        match self {
            Self::One(writer) => write(writer, rows),
            Self::ByMonth(by_month) => by_month.write(rows),
        }
    }
}

/// `observations/observed_month=YYYY-MM/<run_id>.parquet`
struct ByMonth {
    store: Store,
    run_id: String,
    output: Options,
    writers: BTreeMap<String, TableWriter>,
}

impl ByMonth {
    fn write(&mut self, rows: &[Observation]) -> Result<()> {
        // Rows come by observed_at, so that a month's rows of an account lie together.
        for rows in rows.chunk_by(|a, b| month(a) == month(b)) {
            let month = month(&rows[0]);
            if !self.writers.contains_key(&month) {
                let dir = self.dir(&month);
                store::create_dir(&dir)?;
                let writer = TableWriter::create(&dir, &self.run_id, Table::Observations, &self.output)?;
                self.writers.insert(month.clone(), writer);
            }
            if let Some(writer) = self.writers.get_mut(&month) {
                write(writer, rows)?;
            }
        }
        Ok(())
    }

    fn dir(&self, month: &str) -> PathBuf {
        self.store.observations_dir().join(format!("observed_month={month}"))
    }

    fn finish(self) -> Result<Vec<FileEntry>> {
        let mut files = Vec::new();
        let dirs: Vec<PathBuf> = self.writers.keys().map(|month| self.dir(month)).collect();
        for ((month, writer), dir) in self.writers.into_iter().zip(dirs) {
            for file in writer.finish()? {
                let path = format!("observations/observed_month={month}/{}", file.name);
                files.push(FileEntry { path, ..entry(file) });
            }
            store::sync_dir(&dir)?;
        }
        Ok(files)
    }
}

fn month(row: &Observation) -> String {
    let at = DateTime::from_timestamp_micros(row.observed_at.0).unwrap_or_default();
    at.format("%Y-%m").to_string()
}

/// Observation files that no published run lists are what a killed run or an older one left behind.
pub fn remove_unlisted_observations(store: &Store) -> Result<()> {
    let listed: HashSet<PathBuf> = match store.latest()? {
        Some((_, manifest)) => manifest.observations.iter().map(|file| store.root().join(&file.path)).collect(),
        None => HashSet::new(),
    };
    let months = std::fs::read_dir(store.observations_dir()).into_iter().flatten().flatten();
    for file in months.flat_map(|month| std::fs::read_dir(month.path()).into_iter().flatten().flatten()) {
        if !listed.contains(&file.path()) {
            store::remove_file(&file.path())?;
        }
    }
    Ok(())
}
