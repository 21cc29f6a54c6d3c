//! Spill: the finished pages of a row group under way wait in a file beside the one that is written.
//!
//! In memory they would lie for long among what comes and goes, and keep it from being given back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parquet::arrow::arrow_writer::{PageKey, PageStore, PageStoreArgs, PageStoreFactory};
use parquet::errors::ParquetError;

use crate::disk::{self, DiskFile};
use crate::error::Error;

/// So much of a row group waits in memory: a table of some thousand rows needs no second file.
const HELD_BYTES: u64 = 2 * 1024 * 1024;

/// Where the pages of all columns of one row group wait for their turn.
#[derive(Debug)]
pub struct Spill {
    path: PathBuf,
    held_bytes: u64,
    /// Of all pages of the row group so far.
    bytes: AtomicU64,
    file: OnceLock<Result<DiskFile, Error>>,
    disk_failed: Arc<AtomicBool>,
}

impl Spill {
    pub fn beside(path: &Path, disk_failed: &Arc<AtomicBool>) -> Arc<Self> {
        Self::holding(HELD_BYTES, path, disk_failed)
    }

    fn holding(held_bytes: u64, path: &Path, disk_failed: &Arc<AtomicBool>) -> Arc<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".pages");
        Arc::new(Self {
            path: path.with_file_name(name),
            held_bytes,
            bytes: AtomicU64::new(0),
            file: OnceLock::new(),
            disk_failed: Arc::clone(disk_failed),
        })
    }

    /// Begins a row group: what waited is written, and its place free.
    pub fn clear(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// The file, which has no name any more once it is open, so that hardly anything can leave it behind; what does, leaves
    /// it empty in a folder that is swept.
    fn file(&self) -> Result<&DiskFile, ParquetError> {
        let open = || {
            let file = DiskFile::open_or_create(&self.path)?;
            disk::remove_file(&self.path)?;
            Ok(file)
        };
        self.file.get_or_init(open).as_ref().map_err(|error| self.failed(error))
    }

    fn failed(&self, error: &Error) -> ParquetError {
        self.disk_failed.store(true, Ordering::Relaxed);
        ParquetError::External(error.message.clone().into())
    }
}

/// Gives each column of a row group its store.
#[derive(Debug)]
pub struct Columns(pub Arc<Spill>);

impl PageStoreFactory for Columns {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>, ParquetError> {
        Ok(Box::new(ColumnPages { spill: Arc::clone(&self.0), pages: Vec::new() }))
    }
}

/// A page that waits.
enum Waiting {
    Held(Bytes),
    InFile { offset: u64, bytes: usize },
}

/// The pages of one column, in the order of their keys.
struct ColumnPages {
    spill: Arc<Spill>,
    pages: Vec<Waiting>,
}

impl PageStore for ColumnPages {
    fn put(&mut self, page: Bytes) -> Result<PageKey, ParquetError> {
        let offset = self.spill.bytes.fetch_add(page.len() as u64, Ordering::Relaxed);
        self.pages.push(if offset < self.spill.held_bytes {
            Waiting::Held(page)
        } else {
            self.spill.file()?.put_at(&page, offset).map_err(|error| self.spill.failed(&error))?;
            Waiting::InFile { offset, bytes: page.len() }
        });
        Ok(PageKey::new(self.pages.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes, ParquetError> {
        match self.pages.get_mut(key.get() as usize) {
            Some(Waiting::Held(page)) => Ok(std::mem::take(page)),
            Some(&mut Waiting::InFile { offset, bytes }) => {
                let mut page = vec![0; bytes];
                self.spill.file()?.read_at(&mut page, offset).map_err(|error| self.spill.failed(&error))?;
                Ok(page.into())
            }
            None => Err(ParquetError::General(format!("no page {}", key.get()))),
        }
    }

    fn memory_size(&self) -> usize {
        let held = |page: &Waiting| if let Waiting::Held(page) = page { page.len() } else { 0 };
        self.pages.iter().map(held).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Reel, Row, Table};
    use crate::error::Exit;
    use crate::sink::{Format, Options, TableWriter};

    fn column(spill: &Arc<Spill>) -> ColumnPages {
        ColumnPages { spill: Arc::clone(spill), pages: Vec::new() }
    }

    #[test]
    fn pages_come_back_from_memory_and_file_and_leave_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let spill = Spill::holding(10, &dir.path().join("reels.parquet"), &Arc::default());
        for row_group in ["early", "later"] {
            let (mut one, mut two) = (column(&spill), column(&spill));
            let pages: Vec<String> = (0..9).map(|page| format!("{row_group} {page}").repeat(page)).collect();
            let keys: Vec<_> = pages.iter().map(|page| (one.put(page.clone().into()), two.put("x".into()))).collect();
            assert_eq!(one.memory_size(), pages[..3].concat().len());
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
            for (page, (of_one, of_two)) in pages.iter().zip(keys).rev() {
                assert_eq!(one.take(of_one.unwrap()).unwrap(), page);
                assert_eq!(two.take(of_two.unwrap()).unwrap(), "x");
            }
            assert!(one.take(PageKey::new(9)).is_err());
            spill.clear();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_the_disk_s_error_and_names_the_table() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("reels.parquet.pages")).unwrap();
        let options = Options::new(&[Format::Parquet]);
        let mut writer = TableWriter::create(dir.path(), "reels", Table::Reels, &options).unwrap();
        let reel = |number: u64| Reel {
            caption: Some(blake3::hash(&number.to_le_bytes()).to_hex().repeat(3).into()),
            cover_url: Some(blake3::hash(&number.to_be_bytes()).to_hex().to_string().into()),
            ..Reel::default()
        };
        let mut reels = (0..).map(reel);
        let error = loop {
            let rows: Vec<Reel> = reels.by_ref().take(8_192).collect();
            if let Err(error) = writer.write(&Reel::batch(&rows.iter().collect::<Vec<_>>())) {
                break error;
            }
        };
        assert_eq!(error.exit, Exit::Disk);
        assert!(error.message.contains("reels.parquet.pages: No space left on device"), "{error}");
    }
}
