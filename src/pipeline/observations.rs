//! The observation files of a run: `observed_month=YYYY-MM/<run_id>.parquet` in an observation tree of the store. A
//! published file never changes: where rows are dropped or files merged, the next tree has new files in their place.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use chrono::{DateTime, Datelike};

use crate::error::Result;
use crate::formats::options::{Format, Options};
use crate::formats::read::{AccountRows, Batches};
use crate::formats::writer::TableWriter;
use crate::fs;
use crate::pipeline::run_tables::entry;
use crate::schema::column::{Row, Table};
use crate::schema::tables::Observation;
use crate::store::manifest::{FileEntry, Manifest};
use crate::store::{layout::Store, trees};

/// The observation files of a run and the tree that holds them, all relative to the store.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// `None` in the first layout of stores, which had one folder for all runs.
    pub tree: Option<String>,
    pub files: Vec<FileEntry>,
}

impl Listing {
    pub fn of(manifest: &Manifest) -> Self {
        Self { tree: manifest.observation_tree.clone(), files: manifest.observations.clone() }
    }
}

/// The tree of one run while it is written: first the run's own rows, one file a month, then with [`ByMonth::finish`] the
/// files of the previous run.
pub(crate) struct ByMonth {
    store: Store,
    tree: String,
    run_id: String,
    output: Options,
    writers: BTreeMap<String, TableWriter>,
    /// The files of the previous run within their tree: their names are not free.
    used_names: HashSet<PathBuf>,
}

/// An observation file of the new tree.
struct MonthFile {
    entry: FileEntry,
    /// Where it is now, and where within a tree.
    path: PathBuf,
    within: PathBuf,
    /// Whether this run wrote it.
    is_new: bool,
}

impl ByMonth {
    pub(crate) fn new(store: &Store, run_id: &str, output: &Options, previous: &Listing) -> Result<Self> {
        let tree = store.free_tree(run_id)?;
        let staged = store.staged_tree(&tree);
        // Left by a failed run.
        if fs::exists(&staged)? {
            fs::remove_dir(&staged)?;
        }
        fs::create_dir(&staged)?;
        Ok(Self {
            store: store.clone(),
            tree,
            run_id: run_id.to_owned(),
            // Only Parquet: these files are for query engines.
            output: Options { formats: vec![Format::Parquet], ..output.clone() },
            writers: BTreeMap::new(),
            used_names: previous.files.iter().map(|file| trees::within_tree(&file.path)).collect(),
        })
    }

    pub(crate) fn write(&mut self, month: &str, rows: &RecordBatch) -> Result<()> {
        if let Some(writer) = self.writers.get_mut(month) {
            return writer.write(rows);
        }
        let writer = self.create(month)?;
        self.writers.entry(month.to_owned()).or_insert(writer).write(rows)
    }

    fn create(&self, month: &str) -> Result<TableWriter> {
        let month = PathBuf::from(format!("observed_month={month}"));
        let dir = self.store.staged_tree(&self.tree).join(&month);
        fs::create_dir(&dir)?;
        // A run id may be used again after its run was removed, while its files are still in the tree.
        let stem = |number: u32| match number {
            1 => self.run_id.clone(),
            _ => format!("{}~{number}", self.run_id),
        };
        let stem = fs::first_free((1..).map(stem), |stem| {
            let name = format!("{stem}.parquet");
            Ok(!self.used_names.contains(&month.join(&name)) && !fs::exists(&dir.join(name))?)
        })?;
        TableWriter::create(&dir, &stem, Table::Observations, &self.output)
    }

    /// Finishes the open files.
    fn finish_files(&mut self) -> Result<Vec<MonthFile>> {
        let mut files = Vec::new();
        for (month, writer) in std::mem::take(&mut self.writers) {
            for file in writer.finish()? {
                let within = Path::new(&format!("observed_month={month}")).join(&file.name);
                let path = self.store.staged_tree(&self.tree).join(&within);
                files.push(MonthFile { entry: entry(file), path, within, is_new: true });
            }
        }
        Ok(files)
    }

    /// The new tree: the previous files without the rows of dropped accounts, and the new ones. With `compact`, months
    /// that are in several files become one file each. Where nothing changes, the previous tree stays.
    pub(crate) fn finish(mut self, previous: Listing, dropped: &HashSet<String>, compact: bool) -> Result<Listing> {
        let mut months: BTreeMap<String, Vec<MonthFile>> = BTreeMap::new();
        let new = self.finish_files()?;
        let old = previous.files.iter().map(|entry| MonthFile {
            entry: entry.clone(),
            path: self.store.root().join(&entry.path),
            within: trees::within_tree(&entry.path),
            is_new: false,
        });
        for file in old.chain(new) {
            months.entry(month_of(&file.within)).or_default().push(file);
        }
        let mut kept = Vec::new();
        let mut is_changed = previous.tree.is_none();
        for (month, files) in months {
            let is_split = files.len() > 1;
            let mut replaced = Vec::new();
            for file in files {
                let is_stale = !file.is_new && has_rows_of(&file.path, dropped)?;
                if is_stale || compact && is_split {
                    replaced.push(file);
                } else {
                    kept.push(file);
                }
            }
            is_changed |= !replaced.is_empty();
            self.merge(&month, &replaced, dropped)?;
            replaced.iter().filter(|file| file.is_new).try_for_each(|file| fs::remove_file(&file.path))?;
        }
        kept.extend(self.finish_files()?);
        is_changed |= kept.iter().any(|file| file.is_new);
        if is_changed {
            return self.place(kept);
        }
        fs::remove_dir(&self.store.staged_tree(&self.tree))?;
        Ok(previous)
    }

    /// Writes the rows of some files of a month as one file, one account in memory at a time, without the rows that
    /// dropped accounts have in old files.
    fn merge(&mut self, month: &str, files: &[MonthFile], dropped: &HashSet<String>) -> Result<()> {
        let open = |file: &MonthFile| AccountRows::<Observation>::open(&file.path);
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

    /// Adds the files that stay, and moves the tree into its place. No link points there yet.
    fn place(self, kept: Vec<MonthFile>) -> Result<Listing> {
        let (staged, tree) = (self.store.staged_tree(&self.tree), Store::tree_path(&self.tree));
        let mut files = Vec::new();
        for file in kept {
            if !file.is_new {
                trees::link_or_copy(&file.path, &staged.join(&file.within))?;
            }
            files.push(FileEntry { path: format!("{tree}/{}", file.within.display()), ..file.entry });
        }
        self.store.place_tree(&self.tree)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Listing { tree: Some(tree), files })
    }
}

/// An account's rows, which are sorted by `observed_at`, month by month.
pub(crate) fn by_month(rows: &[Observation]) -> Vec<(String, RecordBatch)> {
    let of_a_month = rows.chunk_by(|a, b| month(a) == month(b));
    of_a_month
        .map(|rows| {
            let (year, month) = month(&rows[0]);
            (format!("{year:04}-{month:02}"), Observation::batch(&rows.iter().collect::<Vec<_>>()))
        })
        .collect()
}

/// Year and month of the observation.
fn month(row: &Observation) -> (i32, u32) {
    let at = DateTime::from_timestamp_micros(row.observed_at.0).unwrap_or_default();
    (at.year(), at.month())
}

/// `observed_month=2026-11/x.parquet`: `2026-11`
fn month_of(within: &Path) -> String {
    let folder = within.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    folder.strip_prefix("observed_month=").unwrap_or(&folder).to_owned()
}

/// Whether the rows of any month are in several files.
pub(crate) fn is_split(files: &[FileEntry]) -> bool {
    let mut months = HashSet::new();
    !files.iter().all(|file| months.insert(month_of(Path::new(&file.path))))
}

/// Whether a file has rows of any of these accounts.
fn has_rows_of(path: &Path, accounts: &HashSet<String>) -> Result<bool> {
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
