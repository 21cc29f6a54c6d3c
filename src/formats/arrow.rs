//! Arrow IPC files (Feather 2): the footer lists the batches, so that readers can map the file into memory and jump to
//! any batch. And Arrow IPC streams, which are read while they are written.
//!
//! Nothing is compressed: every Arrow reader can read that, whatever codecs it was built with, and a mapped file is
//! used in place. Parquet is there for small files.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::Schema;

use crate::error::Result;
use crate::formats::hashing_file::{FormatWriter, HashingFile, WriteFaults};
use crate::formats::parquet::profile::{SCHEMA_VERSION_KEY, TABLE_KEY};
use crate::schema::column::{SCHEMA_VERSION, Table};

pub(crate) fn open(file: HashingFile, table: Table) -> Result<Box<dyn FormatWriter>> {
    let faults = file.faults();
    let writer = FileWriter::try_new(file, &schema(table)).map_err(|cause| faults.error(cause))?;
    Ok(Box::new(ArrowWriter { writer, faults }))
}

pub(crate) fn open_stream(file: HashingFile, table: Table) -> Result<Box<dyn FormatWriter>> {
    let faults = file.faults();
    let writer = StreamWriter::try_new(file, &schema(table)).map_err(|cause| faults.error(cause))?;
    Ok(Box::new(ArrowStream { writer: Some(writer), faults }))
}

fn schema(table: Table) -> Schema {
    let metadata = [(TABLE_KEY, table.name().to_owned()), (SCHEMA_VERSION_KEY, SCHEMA_VERSION.to_string())];
    let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    table.schema().as_ref().clone().with_metadata(metadata)
}

struct ArrowWriter {
    writer: FileWriter<HashingFile>,
    faults: WriteFaults,
}

impl FormatWriter for ArrowWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        self.writer.write(block).map_err(|cause| self.faults.error(cause))
    }

    /// Writes the footer.
    fn finish(self: Box<Self>) -> Result<HashingFile> {
        self.writer.into_inner().map_err(|cause| self.faults.error(cause))
    }
}

/// A stream that is dropped before its end breaks off inside a message, so that readers fail: some take a stream without
/// its end marker for whole.
struct ArrowStream {
    /// `None` at its end.
    writer: Option<StreamWriter<HashingFile>>,
    faults: WriteFaults,
}

impl FormatWriter for ArrowStream {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write(block).map_err(|cause| self.faults.error(cause))
    }

    /// Writes the end marker.
    fn finish(mut self: Box<Self>) -> Result<HashingFile> {
        let writer = self.writer.take().expect("only this ends it");
        writer.into_inner().map_err(|cause| self.faults.error(cause))
    }
}

impl Drop for ArrowStream {
    fn drop(&mut self) {
        /// How a message begins; its length would follow.
        const CONTINUATION: [u8; 4] = [0xFF; 4];
        if let Some(writer) = &mut self.writer {
            // Something has failed already, and says so.
            let _ = writer.get_mut().write_all(&CONTINUATION).and_then(|()| writer.get_mut().flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::cell::{Day, LocalMicros, UtcMicros};
    use crate::schema::column::Row;
    use crate::schema::tables::Reel;
    use arrow_ipc::reader::FileReader;
    use std::fs::File;
    use std::path::{Path, PathBuf};

    fn written(dir: &Path, reels: &[Reel], batch_rows: usize) -> PathBuf {
        let stem = format!("reels_by_{batch_rows}");
        let mut writer = TableWriter::create(dir, &stem, Table::Reels, &Options::new(&[Format::Arrow])).unwrap();
        for reels in reels.chunks(batch_rows) {
            writer.write(&Reel::batch(&reels.iter().collect::<Vec<_>>())).unwrap();
        }
        writer.finish().unwrap();
        dir.join(format!("{stem}.arrow"))
    }

    fn reel(number: i64) -> Reel {
        Reel {
            reel_id: format!("{}", 3_641_924_023_820_356_866 + number).into(),
            caption: (number % 3 > 0).then(|| format!("=1+1 \"{number}\" مرحبا 🎬 \u{1}\r\n")).map(Into::into),
            views: (number % 2 > 0).then_some(i64::MAX - number),
            is_own: Some(number % 5 > 0),
            age_hours: Some(0.1 + 0.2),
            posted_at: UtcMicros(1_748_371_310_000_001),
            previous_observed_at: (number > 5).then_some(UtcMicros(-1)),
            posted_local: LocalMicros(1_748_349_710_000_001),
            posted_date: Day(20_235),
            ..Reel::default()
        }
    }

    #[test]
    fn every_row_comes_back_and_the_file_says_what_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let reels: Vec<Reel> = (0..20).map(reel).collect();
        let reader = FileReader::try_new(File::open(written(dir.path(), &reels, 20)).unwrap(), None).unwrap();
        let schema = reader.schema();
        assert_eq!(schema.fields(), Table::Reels.schema().fields());
        assert_eq!(schema.metadata()[TABLE_KEY], "reels");
        assert_eq!(schema.metadata()[SCHEMA_VERSION_KEY], SCHEMA_VERSION.to_string());
        let batches = reader.map(|batch| batch.unwrap());
        let back = batches.flat_map(|batch| (0..batch.num_rows()).map(move |row| Reel::read(&batch, row).unwrap()));
        assert!(back.eq(reels));
    }

    #[test]
    fn a_table_without_rows_is_a_whole_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = FileReader::try_new(File::open(written(dir.path(), &[], 1)).unwrap(), None).unwrap();
        assert_eq!(reader.schema().fields(), Table::Reels.schema().fields());
        assert!(reader.next().is_none());
    }

    #[test]
    fn the_bytes_depend_on_the_rows_alone() {
        let dir = tempfile::tempdir().unwrap();
        let reels: Vec<Reel> = (0..10_000).map(reel).collect();
        let bytes = |batch_rows| std::fs::read(written(dir.path(), &reels, batch_rows)).unwrap();
        assert!(bytes(10_000) == bytes(777));
    }
}
