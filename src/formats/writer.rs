//! Rows to files, and back: one table goes to all its formats at once, and each file is hashed while it is written.
//!
//! A new format is one file in `sink/` with a `FormatWriter`, and its line in [`Format`]. A workbook holds all tables in
//! one file, so that it is made of them once they are written. What a Parquet file of ours has to look like is said in
//! `parquet.rs`; `lint.rs` holds any file against it.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::RecordBatch;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::formats::csv::style::CsvStyle;
use crate::formats::rebatch::Blocks;
use crate::formats::{arrow, csv, jsonl, parquet};
use crate::fs::DiskFile;
use crate::schema::column::Table;

/// What a table can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Csv,
    Jsonl,
    Arrow,
    Xlsx,
}

/// How a format opens its file.
type Open = fn(HashingFile, Table, &Options) -> Result<Box<dyn FormatWriter>>;

impl Format {
    pub const ALL: [Format; 5] = [Format::Parquet, Format::Csv, Format::Jsonl, Format::Arrow, Format::Xlsx];

    /// A format's name, which is also its file extension, and what writes a table to a file of its own.
    fn entry(self) -> (&'static str, Option<Open>) {
        match self {
            Self::Parquet => ("parquet", Some(parquet::open)),
            Self::Csv => ("csv", Some(csv::open)),
            Self::Jsonl => ("jsonl", Some(jsonl::open)),
            Self::Arrow => ("arrow", Some(arrow::open)),
            // One file for all tables: `write_workbook` makes it of their Parquet files.
            Self::Xlsx => ("xlsx", None),
        }
    }

    pub fn name(self) -> &'static str {
        self.entry().0
    }

    pub fn extension(self) -> &'static str {
        self.name()
    }

    pub fn named(name: &str) -> Option<Format> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How the pages of a Parquet file are compressed: zstd is smaller, snappy is read by the oldest tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Zstd,
    Snappy,
}

impl Compression {
    pub const ALL: [Compression; 2] = [Compression::Zstd, Compression::Snappy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Snappy => "snappy",
        }
    }

    pub fn named(name: &str) -> Option<Compression> {
        Self::ALL.into_iter().find(|compression| compression.name() == name)
    }
}

#[derive(Debug, Clone)]
pub struct Options {
    pub formats: Vec<Format>,
    pub compression: Compression,
    pub csv: CsvStyle,
}

impl Options {
    /// These formats, and everything else by default.
    pub fn new(formats: &[Format]) -> Self {
        Self { formats: formats.to_vec(), compression: Compression::Zstd, csv: CsvStyle::PLAIN }
    }
}

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// The file's name inside the directory, such as `reels.parquet`.
    pub name: String,
    pub bytes: u64,
    pub rows: u64,
    /// Hex of the hash of the file's content.
    pub blake3: String,
}

/// What a format does. It gets blocks that do not depend on how the caller cut the rows into batches.
pub(crate) trait FormatWriter: Send {
    fn write(&mut self, block: &RecordBatch) -> Result<()>;
    /// Writes what is still held and gives the file back.
    fn finish(self: Box<Self>) -> Result<HashingFile>;
}

/// One table going to all its formats at once: `<dir>/<file_stem>.<extension>`.
pub struct TableWriter {
    blocks: Blocks,
    rows: u64,
    writers: Vec<Box<dyn FormatWriter>>,
}

impl TableWriter {
    /// Files that stand in the directory under these names are replaced.
    pub fn create(dir: &Path, file_stem: &str, table: Table, options: &Options) -> Result<Self> {
        let mut opened: Vec<Format> = Vec::new();
        let mut writers = Vec::new();
        for &format in &options.formats {
            // A format asked for twice would have two writers in one file.
            if opened.contains(&format) {
                continue;
            }
            opened.push(format);
            let (extension, Some(open)) = format.entry() else { continue };
            let file = HashingFile::create(dir.join(format!("{file_stem}.{extension}")))?;
            writers.push(open(file, table, options)?);
        }
        Ok(Self { blocks: Blocks::new(table), rows: 0, writers })
    }

    /// `batch` has the columns of the table in table order.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for block in self.blocks.add(batch)? {
            write_to_all(&mut self.writers, &block)?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// When this returns, the files are whole and on the disk. (That the directory holds them is the caller's to sync.)
    pub fn finish(mut self) -> Result<Vec<WrittenFile>> {
        if let Some(block) = self.blocks.rest()? {
            write_to_all(&mut self.writers, &block)?;
        }
        self.writers.into_iter().map(|writer| writer.finish()?.close(self.rows)).collect()
    }
}

/// All formats at the same time; where several cannot be written, the first of them says why.
fn write_to_all(writers: &mut [Box<dyn FormatWriter>], block: &RecordBatch) -> Result<()> {
    let written: Vec<Result<()>> = writers.par_iter_mut().with_max_len(1).map(|writer| writer.write(block)).collect();
    written.into_iter().collect()
}

/// A file that is being written from front to back, hashed on the way.
pub(crate) struct HashingFile {
    pub(crate) path: PathBuf,
    file: BufWriter<DiskFile>,
    hasher: blake3::Hasher,
    bytes: u64,
    /// Whether the disk refused a write, for writers that lose what it said.
    pub(crate) disk_failed: Arc<AtomicBool>,
}

impl HashingFile {
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let file = DiskFile::create(&path)?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            disk_failed: Arc::default(),
        })
    }

    pub(crate) fn close(mut self, rows: u64) -> Result<WrittenFile> {
        self.file.flush().map_err(|cause| Error::disk("write", &self.path, cause))?;
        self.file.get_ref().sync()?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(WrittenFile { name, bytes: self.bytes, rows, blake3: self.hasher.finalize().to_hex().to_string() })
    }
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(buffer).inspect_err(|_| self.disk_failed.store(true, Ordering::Relaxed))?;
        self.hasher.update(&buffer[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().inspect_err(|_| self.disk_failed.store(true, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;
    use crate::formats::csv::style::{Breaks, Decimal, Dialect};
    use crate::schema::column::Row;
    use crate::schema::tables::Hashtag;

    /// Those that are a file a table.
    const EACH: [Format; 4] = [Format::Parquet, Format::Csv, Format::Jsonl, Format::Arrow];

    #[test]
    fn names_lead_back_to_what_they_name() {
        for format in Format::ALL {
            assert_eq!(Format::named(format.name()), Some(format));
        }
        for compression in Compression::ALL {
            assert_eq!(Compression::named(compression.name()), Some(compression));
        }
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::named(dialect.name()), Some(*dialect));
        }
        for decimal in Decimal::ALL {
            assert_eq!(Decimal::named(decimal.name()), Some(*decimal));
        }
        for breaks in Breaks::ALL {
            assert_eq!(Breaks::named(breaks.name()), Some(*breaks));
        }
        assert_eq!(Format::named("PARQUET"), None);
    }

    #[test]
    fn a_table_goes_to_all_its_formats_and_the_hash_is_that_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TableWriter::create(dir.path(), "tags", Table::Hashtags, &Options::new(&EACH)).unwrap();
        writer.write(&Hashtag::batch(&[&Hashtag::default(), &Hashtag::default()])).unwrap();
        let files = writer.finish().unwrap();

        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["tags.parquet", "tags.csv", "tags.jsonl", "tags.arrow"]);
        for file in files {
            let content = std::fs::read(dir.path().join(&file.name)).unwrap();
            assert_eq!(file.bytes, content.len() as u64);
            assert_eq!(file.blake3, blake3::hash(&content).to_hex().to_string());
            assert_eq!(file.rows, 2);
        }
    }

    #[test]
    fn a_format_asked_for_twice_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let twice = Options::new(&[Format::Csv, Format::Csv]);
        let files = TableWriter::create(dir.path(), "people", Table::People, &twice).unwrap().finish().unwrap();
        assert_eq!(files.len(), 1);
    }

    #[test]
    fn a_batch_of_another_table_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TableWriter::create(dir.path(), "people", Table::People, &Options::new(&EACH)).unwrap();
        let error = writer.write(&Hashtag::batch(&[&Hashtag::default()])).unwrap_err();
        assert_eq!(error.exit, Exit::Unexpected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let missing = Path::new("/nowhere/at/all");
        let error = TableWriter::create(missing, "reels", Table::Reels, &Options::new(&EACH)).err().unwrap();
        assert_eq!(error.exit, Exit::Disk);
        assert!(error.message.contains("/nowhere/at/all/reels.parquet"), "{error}");
    }
}
