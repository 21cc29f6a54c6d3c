//! `delta/<table>/`: the tables of the latest run as Delta tables, where its formats include `delta`. Each has one file, which
//! a commit replaces. The old file stays for a day, for readers that are using it.

use std::path::{Path, PathBuf};
use std::sync::Once;

use chrono::TimeDelta;

use crate::error::Result;
use crate::formats::statistics::FileStatistics;
use crate::fs;
use crate::schema::column::{ColumnType, Table};
use crate::store::delta::{self, DeltaFile, DeltaLog, DeltaTable, Described};
use crate::store::layout::Store;
use crate::store::manifest::Manifest;
use crate::store::trees::link_or_copy;
use crate::time;

const DELTA_DIR: &str = "delta";
/// Among the formats of a run.
const FORMAT: &str = "delta";
/// How long a file stays that the table has no more.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(1);

/// A table of a run: its file there, and in its Delta table.
struct Published {
    table: Table,
    dir: PathBuf,
    of_run: PathBuf,
    file: DeltaFile,
}

impl Store {
    fn delta_dir(&self, table: Table) -> PathBuf {
        self.root().join(DELTA_DIR).join(table.name())
    }

    /// Commits the tables of a run that is the latest one. Where they are the current ones already nothing changes.
    pub(crate) fn complete_delta_tables(&self, manifest: &Manifest) -> Result<()> {
        if !is_in_formats(manifest) {
            static WARNING: Once = Once::new();
            if fs::is_dir(&self.root().join(DELTA_DIR))? {
                WARNING.call_once(|| {
                    tracing::warn!(
                        "{} keeps the tables of an earlier run: the formats of run {} do not include delta",
                        self.root().join(DELTA_DIR).display(),
                        manifest.run_id
                    );
                });
            }
            return Ok(());
        }
        let mut newest_at = None;
        // The reels come first: other tables may have no time of their own.
        for published in self.published(manifest) {
            self.commit(manifest, &published, &mut newest_at)?;
        }
        Ok(())
    }

    fn commit(&self, manifest: &Manifest, published: &Published, newest_at: &mut Option<i64>) -> Result<()> {
        let Published { table, dir, of_run, file } = published;
        if !fs::is_file(of_run)? {
            tracing::warn!("{} is not updated: {} is missing", dir.display(), of_run.display());
            return Ok(());
        }
        let path = dir.join(&file.path);
        fs::create_dir(dir)?;
        if fs::size_if_present(&path)? != Some(file.bytes) {
            put(of_run, &path)?;
        }
        let without: Vec<&str> = local_times(*table).collect();
        let found = FileStatistics::of(*table, &path, &without)?;
        *newest_at = found.newest_at.or(*newest_at);
        let store_id = self.id()?;
        let table = DeltaTable {
            table: *table,
            partition_column: None,
            without: &without,
            store_id: &store_id,
            run_id: &manifest.run_id,
        };
        let described = Described { statistics: Some(found.to_json()?), newest_at: newest_at.unwrap_or_default() };
        let log = DeltaLog::read(dir)?.unwrap_or_default();
        log.with(&table, std::slice::from_ref(file), |_| Ok(described.clone()))?.write(dir, None)
    }

    /// Removes the files that the tables have no more, once they have been gone for that long.
    pub(crate) fn remove_old_delta_files(&self, kept: TimeDelta) -> Result<()> {
        for table in Table::ALL {
            let dir = self.delta_dir(table);
            let Some(log) = DeltaLog::read(&dir)? else { continue };
            for path in fs::list(&dir)?.into_iter().filter(|path| is_part(path)) {
                let gone = match log.gone_since(&path) {
                    delta::Gone::No => false,
                    delta::Gone::InVersion(version) => {
                        let written = fs::modified(&delta::version_path(&dir, version))?;
                        time::now().signed_duration_since(written) >= kept
                    }
                    // Left by a killed command.
                    delta::Gone::NeverThere => true,
                };
                if gone {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Removes what must not outlive a forgotten account: old files, and the tables of an earlier run where the latest one has
    /// no Delta tables.
    pub(crate) fn forget_in_delta(&self, manifest: &Manifest) -> Result<()> {
        self.remove_old_delta_files(TimeDelta::zero())?;
        for dir in Table::ALL.into_iter().filter(|_| !is_in_formats(manifest)).map(|table| self.delta_dir(table)) {
            let log = dir.join(delta::LOG_DIR);
            if fs::is_dir(&log)? && delta::is_log(&log)? {
                tracing::warn!("removing {}: it is of an earlier run, and may have the account", dir.display());
                fs::list(&dir)?.iter().filter(|path| is_part(path)).try_for_each(|path| fs::remove_file(path))?;
                fs::remove_dir(&log)?;
            }
        }
        Ok(())
    }

    /// The Delta tables of the latest run that are not those of the run.
    pub(crate) fn delta_table_differences(&self, manifest: &Manifest) -> Result<Vec<String>> {
        let mut differences = Vec::new();
        for Published { dir, file, .. } in self.published(manifest).into_iter().filter(|_| is_in_formats(manifest)) {
            let path = dir.join(&file.path);
            let has_file = fs::size_if_present(&path)? == Some(file.bytes) && fs::blake3_of(&path)? == file.blake3;
            let log = DeltaLog::read(&dir)?;
            if !has_file || !log.is_some_and(|log| log.has(std::slice::from_ref(&file))) {
                differences.push(format!(
                    "{} is not the table of run {}: remove the folder, and the next run makes it again",
                    dir.display(),
                    manifest.run_id
                ));
            }
        }
        Ok(differences)
    }

    fn published(&self, manifest: &Manifest) -> Vec<Published> {
        let of = |table: Table| {
            let name = format!("{}.parquet", table.name());
            let entry = manifest.files.iter().find(|entry| entry.path == name)?;
            Some(Published {
                table,
                dir: self.delta_dir(table),
                of_run: self.run_dir(&manifest.run_id).join(&name),
                file: DeltaFile {
                    // Named by its content: a run id may be used again.
                    path: PathBuf::from(format!("part-{}.parquet", &entry.blake3[..16])),
                    bytes: entry.bytes,
                    blake3: entry.blake3.clone(),
                    partition: None,
                },
            })
        };
        Table::ALL.into_iter().filter_map(of).collect()
    }
}

/// Columns that would raise the reader version of a table.
fn local_times(table: Table) -> impl Iterator<Item = &'static str> {
    let columns = table.columns().iter();
    columns.filter(|column| column.column_type == ColumnType::TimestampLocal).map(|column| column.name)
}

fn is_in_formats(manifest: &Manifest) -> bool {
    manifest.settings.format.split(',').any(|format| format == FORMAT)
}

/// Links a file to another name, or copies it, in one step.
fn put(file: &Path, name: &Path) -> Result<()> {
    let partial = fs::partial_of(name);
    if fs::kind(&partial)?.is_some() {
        fs::remove_file(&partial)?;
    }
    link_or_copy(file, &partial)?;
    fs::rename(&partial, name)?;
    name.parent().map_or(Ok(()), fs::sync_dir)
}

fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("part-") && name.ends_with(".parquet")
}
