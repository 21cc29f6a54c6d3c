//! Writes a table in all its formats at once.
//!
//! A workbook holds all tables in one file: `xlsx` makes it from the finished Parquet files.

use std::io::Write;
use std::path::Path;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::formats::hashing_file::{FormatWriter, HashingFile, WrittenFile};
use crate::formats::options::{Format, Options};
use crate::formats::{arrow, csv, jsonl, parquet, rebatch::Rebatch};
use crate::schema::column::Table;

/// Opens the file of a format; `None` if the format has no file per table.
fn open(format: Format, path: &Path, table: Table, options: &Options) -> Result<Option<Box<dyn FormatWriter>>> {
    let file = || HashingFile::create(path.to_owned());
    Ok(Some(match format {
        Format::Parquet => parquet::open(file()?, table, options)?,
        Format::Csv => csv::open(file()?, table, options)?,
        Format::Jsonl => jsonl::open(file()?, table)?,
        Format::Arrow => arrow::open(file()?, table)?,
        Format::Xlsx | Format::Delta => return Ok(None),
    }))
}

/// Opens a stream in one of the [formats of streams](STREAMED).
fn open_stream(format: Format, file: HashingFile, table: Table, options: &Options) -> Result<Box<dyn FormatWriter>> {
    match format {
        Format::Arrow => arrow::open_stream(file, table),
        Format::Csv => csv::open(file, table, options),
        Format::Jsonl => jsonl::open(file, table),
        Format::Parquet | Format::Xlsx | Format::Delta => {
            Err(Error::unexpected(format!("{} is no stream", format.name())))
        }
    }
}

/// The formats that can be written while they are read.
pub(crate) const STREAMED: [Format; 3] = [Format::Arrow, Format::Jsonl, Format::Csv];

/// A table that is written in all its formats at once: `<dir>/<file_stem>.<extension>`.
pub struct TableWriter {
    blocks: Rebatch,
    rows: u64,
    writers: Vec<Box<dyn FormatWriter>>,
}

impl TableWriter {
    /// Replaces existing files of these names.
    pub fn create(dir: &Path, file_stem: &str, table: Table, options: &Options) -> Result<Self> {
        let mut writers = Vec::new();
        for (at, &format) in options.formats.iter().enumerate() {
            // A format asked for twice would have two writers in one file.
            if !options.formats[..at].contains(&format) {
                let path = dir.join(format!("{file_stem}.{}", format.name()));
                writers.extend(open(format, &path, table, options)?);
            }
        }
        Ok(Self { blocks: Rebatch::new(table), rows: 0, writers })
    }

    /// Writes to a stream, named for messages. A writer that is dropped before it is finished leaves an Arrow stream that
    /// readers refuse.
    pub(crate) fn stream(
        name: &str,
        stream: Box<dyn Write + Send>,
        format: Format,
        table: Table,
        options: &Options,
    ) -> Result<Self> {
        let writer = open_stream(format, HashingFile::stream(name, stream), table, options)?;
        Ok(Self { blocks: Rebatch::new(table), rows: 0, writers: vec![writer] })
    }

    /// `batch` has the columns of the table in table order.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for block in self.blocks.add(batch)? {
            write_to_all(&mut self.writers, &block)?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// When this returns, the files are complete and synced. (Syncing the directory is up to the caller.)
    pub fn finish(mut self) -> Result<Vec<WrittenFile>> {
        if let Some(block) = self.blocks.rest()? {
            write_to_all(&mut self.writers, &block)?;
        }
        self.writers.into_iter().map(|writer| writer.finish()?.close(self.rows)).collect()
    }
}

/// Writes all formats in parallel; if several fail, the first of them gives the error.
fn write_to_all(writers: &mut [Box<dyn FormatWriter>], block: &RecordBatch) -> Result<()> {
    let written: Vec<Result<()>> = writers.par_iter_mut().with_max_len(1).map(|writer| writer.write(block)).collect();
    written.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::schema::column::Row;
    use crate::schema::tables::Hashtag;

    /// Formats that write one file per table.
    const EACH: [Format; 4] = [Format::Parquet, Format::Csv, Format::Jsonl, Format::Arrow];

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
        assert_eq!(error.kind, ErrorKind::Unexpected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let missing = Path::new("/nowhere/at/all");
        let error = TableWriter::create(missing, "reels", Table::Reels, &Options::new(&EACH)).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Disk);
        assert!(error.message.contains("/nowhere/at/all/reels.parquet"), "{error}");
    }
}
