//! The store's observation files: `observations/observed_month=YYYY-MM/<run_id>.parquet`. A file that is published is
//! never changed: where rows go or files are merged, new files take the place of old ones in the manifest, and the
//! next run removes what no manifest lists.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use chrono::{DateTime, Datelike};

use crate::columns::{Observation, Row, Table};
use crate::error::Result;
use crate::sink::{AccountRows, Batches, Format, Options, TableWriter};
use crate::store::{self, FileEntry, Manifest, Store};

use super::tables::entry;

/// The observation files that one run writes, a month each.
pub struct ByMonth {
    store: Store,
    run_id: String,
    output: Options,
    writers: BTreeMap<String, TableWriter>,
}

impl ByMonth {
    pub fn new(store: &Store, run_id: &str, output: &Options) -> Self {
        // Only Parquet: these files are for engines, and the manifest says which of them count.
        let output = Options { formats: vec![Format::Parquet], ..output.clone() };
        Self { store: store.clone(), run_id: run_id.to_owned(), output, writers: BTreeMap::new() }
    }

    pub fn write(&mut self, month: &str, rows: &RecordBatch) -> Result<()> {
        if let Some(writer) = self.writers.get_mut(month) {
            return writer.write(rows);
        }
        let writer = self.create(month)?;
        self.writers.entry(month.to_owned()).or_insert(writer).write(rows)
    }

    fn create(&self, month: &str) -> Result<TableWriter> {
        let dir = self.store.observations_dir().join(format!("observed_month={month}"));
        store::create_dir(&dir)?;
        // A run id may come again long after its run was removed, and what stands there counts.
        let stem = |number: u32| match number {
            1 => self.run_id.clone(),
            _ => format!("{}~{number}", self.run_id),
        };
        let is_free = |stem: &String| !dir.join(format!("{stem}.parquet")).exists();
        let stem = (1..).map(stem).find(is_free).expect("one of the numbers is free");
        TableWriter::create(&dir, &stem, Table::Observations, &self.output)
    }

    pub fn finish(self) -> Result<Vec<FileEntry>> {
        let mut files = Vec::new();
        for (month, writer) in self.writers {
            for file in writer.finish()? {
                let path = format!("observations/observed_month={month}/{}", file.name);
                files.push(FileEntry { path, ..entry(file) });
            }
            store::sync_dir(&self.store.observations_dir().join(format!("observed_month={month}")))?;
        }
        if !files.is_empty() {
            store::sync_dir(&self.store.observations_dir())?;
        }
        Ok(files)
    }

    /// Writes the rows of some files of a month as one file, one account in memory at a time. From old files the rows of
    /// dropped accounts stay behind.
    fn merge(&mut self, month: &str, files: &[Listed], dropped: &HashSet<String>) -> Result<()> {
        let open = |file: &Listed| AccountRows::<Observation>::open(&self.store.root().join(&file.entry.path));
        let mut readers = files.iter().map(open).collect::<Result<Vec<_>>>()?;
        loop {
            let mut accounts = BTreeSet::new();
            for reader in &mut readers {
                accounts.extend(reader.account()?.map(str::to_owned));
            }
            let Some(account) = accounts.pop_first() else { return Ok(()) };
            let mut rows = Vec::new();
            for (reader, file) in readers.iter_mut().zip(files) {
                let taken = reader.take(&account)?;
                if file.is_new || !dropped.contains(&account) {
                    rows.extend(taken);
                }
            }
            rows.sort_by(Observation::order);
            if !rows.is_empty() {
                self.write(month, &Observation::batch(&rows.iter().collect::<Vec<_>>()))?;
            }
        }
    }
}

/// An account's rows, which come by `observed_at`, month by month.
pub fn by_month(rows: &[Observation]) -> Vec<(String, RecordBatch)> {
    let of_a_month = rows.chunk_by(|a, b| month(a) == month(b));
    of_a_month
        .map(|rows| {
            let (year, month) = month(&rows[0]);
            (format!("{year:04}-{month:02}"), Observation::batch(&rows.iter().collect::<Vec<_>>()))
        })
        .collect()
}

/// An observation file that counts so far.
struct Listed {
    entry: FileEntry,
    /// This run's own.
    is_new: bool,
}

/// Year and month of the reading.
fn month(row: &Observation) -> (i32, u32) {
    let at = DateTime::from_timestamp_micros(row.observed_at.0).unwrap_or_default();
    (at.year(), at.month())
}

/// The files that count from now on: those of before without the rows of accounts that are dropped, and the new ones.
/// With `compact`, months that lie in several files become one file each.
pub fn settle(
    store: &Store,
    run_id: &str,
    output: &Options,
    before: Vec<FileEntry>,
    new: Vec<FileEntry>,
    dropped: &HashSet<String>,
    compact: bool,
) -> Result<Vec<FileEntry>> {
    let mut months: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    let before = before.into_iter().map(|entry| Listed { entry, is_new: false });
    for file in before.chain(new.into_iter().map(|entry| Listed { entry, is_new: true })) {
        months.entry(month_of(&file.entry.path)).or_default().push(file);
    }
    let mut merged = ByMonth::new(store, run_id, output);
    let mut settled = Vec::new();
    for (month, files) in months {
        let is_split = files.len() > 1;
        let mut replaced = Vec::new();
        for file in files {
            let is_stale = !file.is_new && holds(&store.root().join(&file.entry.path), dropped)?;
            if is_stale || compact && is_split {
                replaced.push(file);
            } else {
                settled.push(file.entry);
            }
        }
        merged.merge(&month, &replaced, dropped)?;
    }
    settled.extend(merged.finish()?);
    settled.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(settled)
}

/// `observations/observed_month=2026-11/x.parquet`: `2026-11`
fn month_of(path: &str) -> String {
    let folder = Path::new(path).parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    folder.strip_prefix("observed_month=").unwrap_or(&folder).to_owned()
}

/// Whether the rows of any month lie in several files.
pub fn is_split(files: &[FileEntry]) -> bool {
    let mut months = HashSet::new();
    !files.iter().all(|file| months.insert(month_of(&file.path)))
}

/// Whether a file has rows of any of these accounts.
fn holds(path: &Path, accounts: &HashSet<String>) -> Result<bool> {
    const BATCH_ROWS: usize = 65_536;
    if accounts.is_empty() {
        return Ok(false);
    }
    for batch in Batches::open(Observation::TABLE, path, BATCH_ROWS, |column| column.name == "account")? {
        if batch?.column(0).as_string::<i32>().iter().flatten().any(|account| accounts.contains(account)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Observation files that the newest published run does not list are what a killed run or an older one left behind.
pub fn remove_unlisted(store: &Store, newest: Option<&Manifest>) -> Result<()> {
    remove_all_but(store, newest.map_or(&[], |manifest| &manifest.observations))
}

/// Removes every observation file that is none of these.
pub fn remove_all_but(store: &Store, files: &[FileEntry]) -> Result<()> {
    let files = files.iter();
    let listed: HashSet<PathBuf> = files.map(|file| store.root().join(&file.path)).collect();
    let months = std::fs::read_dir(store.observations_dir()).into_iter().flatten().flatten();
    for file in months.flat_map(|month| std::fs::read_dir(month.path()).into_iter().flatten().flatten()) {
        if !listed.contains(&file.path()) {
            store::remove_file(&file.path())?;
        }
    }
    Ok(())
}
