//! Parquet by the portable profile, which every BI tool reads; `lint` checks files against it.
//!
//! The column types are the first half of the profile (they have no lists, decimals, nanoseconds or unsigned numbers);
//! the settings in `profile` are the second. Nothing in the file comes from a clock.

pub(crate) mod profile;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::formats::hashing_file::{FormatWriter, HashingFile, WriteFaults};
use crate::formats::options::{Compression, Options};
use crate::formats::parquet::profile::{profile, properties, row_group_rows};
use crate::schema::column::Table;

pub(crate) fn open(file: HashingFile, table: Table, options: &Options) -> Result<Box<dyn FormatWriter>> {
    let faults = file.faults();
    let properties = properties(table, options.compression).map_err(|cause| error(&faults, cause))?;
    let options = ArrowWriterOptions::new().with_properties(properties);
    let writer = ArrowWriter::try_new_with_options(file, table.schema(), options);
    let (file, row_groups) =
        writer.and_then(ArrowWriter::into_serialized_writer).map_err(|cause| error(&faults, cause))?;
    let (schema, row_group_rows) = (table.schema(), row_group_rows(table));
    Ok(Box::new(ParquetWriter { file, row_groups, schema, blocks: Vec::new(), rows: 0, row_group_rows, faults }))
}

struct ParquetWriter {
    file: SerializedFileWriter<HashingFile>,
    row_groups: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The rows of the current row group.
    blocks: Vec<RecordBatch>,
    rows: usize,
    row_group_rows: usize,
    faults: WriteFaults,
}

impl ParquetWriter {
    /// Encodes the row group column by column on all cores, so that only as many columns as cores are being encoded in
    /// memory. The number of cores does not change the file.
    fn end_row_group(&mut self) -> std::result::Result<(), ParquetError> {
        let blocks = std::mem::take(&mut self.blocks);
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        let writers = self.row_groups.create_column_writers(self.file.flushed_row_groups().len())?;
        let columns = writers.into_par_iter().zip(self.schema.fields().par_iter()).enumerate();
        let encoded = columns.with_max_len(1).map(|(column, (mut writer, field))| {
            for block in &blocks {
                compute_leaves(field, block.column(column))?.iter().try_for_each(|leaf| writer.write(leaf))?;
            }
            writer.close()
        });
        let chunks: Vec<ArrowColumnChunk> = encoded.collect::<std::result::Result<_, ParquetError>>()?;
        let mut row_group = self.file.next_row_group()?;
        chunks.into_iter().try_for_each(|chunk| chunk.append_to_row_group(&mut row_group))?;
        row_group.close().map(drop)
    }
}

impl FormatWriter for ParquetWriter {
    fn write(&mut self, block: &RecordBatch) -> Result<()> {
        self.blocks.push(block.clone());
        self.rows += block.num_rows();
        let ended = if self.rows < self.row_group_rows { Ok(()) } else { self.end_row_group() };
        ended.map_err(|cause| error(&self.faults, cause))
    }

    fn finish(mut self: Box<Self>) -> Result<HashingFile> {
        let ended = self.end_row_group();
        let Self { file, faults, .. } = *self;
        ended.and_then(|()| file.into_inner()).map_err(|cause| error(&faults, cause))
    }
}

fn error(faults: &WriteFaults, cause: ParquetError) -> Error {
    match cause {
        ParquetError::External(cause) => faults.error(cause),
        cause => faults.error(cause),
    }
}

/// The rows of an answer as a file of the same profile.
pub(crate) fn to_parquet(rows: &RecordBatch) -> Result<Vec<u8>> {
    let written = || -> std::result::Result<Vec<u8>, ParquetError> {
        let properties = profile(Compression::Zstd)?.build();
        let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties))?;
        writer.write(rows)?;
        writer.into_inner()
    };
    written().map_err(|cause| Error::unexpected(format!("could not write rows as Parquet: {cause}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::Format;
    use crate::formats::parquet::profile::{
        CREATED_BY, DISTINCT_COLUMNS, TABLES_OF_REELS, WRITTEN_COLUMNS, sorting_columns,
    };
    use crate::formats::writer::TableWriter;
    use crate::schema::cell::{Day, LocalMicros, UtcMicros};
    use crate::schema::column::{Row, SCHEMA_VERSION};
    use crate::schema::tables::{Account, Hashtag, Reel};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use std::fs::File;
    use std::path::{Path, PathBuf};

    /// Writes rows in batches of `batch_rows` and gives the file's path.
    fn written<R: Row>(dir: &Path, rows: &[R], batch_rows: usize) -> PathBuf {
        let options = Options::new(&[Format::Parquet]);
        let stem = format!("{}_by_{batch_rows}", R::TABLE.name());
        let mut writer = TableWriter::create(dir, &stem, R::TABLE, &options).unwrap();
        for rows in rows.chunks(batch_rows) {
            writer.write(&R::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        }
        let files = writer.finish().unwrap();
        dir.join(&files[0].name)
    }

    fn read<R: Row>(path: &Path) -> Vec<R> {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
        let batches = reader.map(|batch| batch.unwrap());
        batches.flat_map(|batch| (0..batch.num_rows()).map(move |row| R::read(&batch, row).unwrap())).collect()
    }

    /// A reel with something in every type of cell.
    fn full_reel() -> Reel {
        Reel {
            reel_id: "3512345678901234567".into(),
            shortcode: "DC-_x".into(),
            caption: Some("line one\nline \"two\", déjà vu \u{2028} 🎬".into()),
            is_own: Some(false),
            is_weekend: true,
            posted_weekday: 7,
            media_type: Some(i32::MAX),
            views: Some(i64::MAX),
            age_hours: Some(0.1 + 0.2),
            engagement_rate: Some(f64::MIN_POSITIVE),
            posted_at: UtcMicros(1_748_371_310_000_001),
            previous_observed_at: Some(UtcMicros(-1)),
            posted_local: LocalMicros(1_748_349_710_000_001),
            posted_date: Day(20_235),
            followers_as_of: Some(Day(-1)),
            ..Reel::default()
        }
    }

    #[test]
    fn every_type_of_cell_comes_back_null_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let reels = [full_reel(), Reel::default(), Reel { caption: Some(Default::default()), ..Reel::default() }];
        assert_eq!(read::<Reel>(&written(dir.path(), &reels, 10)), reels);
        // The one type that no reel has: a 64-bit number that is never null.
        let accounts = [Account { reels: i64::MIN, ..Account::default() }];
        assert_eq!(read::<Account>(&written(dir.path(), &accounts, 10)), accounts);
    }

    #[test]
    fn the_bytes_do_not_depend_on_how_the_rows_were_cut_into_batches() {
        let dir = tempfile::tempdir().unwrap();
        // Captions that outgrow a dictionary, and nulls that come and go, move the ends of pages.
        let reel = |number: i64| Reel {
            reel_id: number.to_string().into(),
            caption: (number % 7 > 0).then(|| format!("{number} ").repeat(20 + number as usize % 40)).map(Into::into),
            views: (number > 9_000).then_some(number * 31),
            ..full_reel()
        };
        let reels: Vec<Reel> = (0..20_000).map(reel).collect();
        let whole = std::fs::read(written(dir.path(), &reels, reels.len())).unwrap();
        for batch_rows in [1_000, 7_919] {
            assert!(std::fs::read(written(dir.path(), &reels, batch_rows)).unwrap() == whole, "{batch_rows} rows");
        }
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_number_of_cores() {
        let dir = tempfile::tempdir().unwrap();
        let reel = |number: i64| Reel { reel_id: number.to_string().into(), views: Some(number * 31), ..full_reel() };
        let reels: Vec<Reel> = (0..9_000).map(reel).collect();
        let on = |cores: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build().unwrap();
            pool.install(|| std::fs::read(written(dir.path(), &reels, reels.len())).unwrap())
        };
        assert!(on(1) == on(4));
    }

    #[test]
    fn row_groups_are_bounded_and_carry_order_and_filters_sized_to_their_rows() {
        let dir = tempfile::tempdir().unwrap();
        let tag = |number: i32| Hashtag { reel_id: format!("{number:07}").into(), position: 1, ..Hashtag::default() };
        let full = row_group_rows(Table::Hashtags);
        let tags: Vec<Hashtag> = (0..full as i32 + 5).map(tag).collect();
        let reader = SerializedFileReader::new(File::open(written(dir.path(), &tags, 50_000)).unwrap()).unwrap();
        let groups = reader.metadata().row_groups();
        assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [full as i64, 5]);

        for group in groups {
            assert_eq!(group.sorting_columns(), Some(&sorting_columns(Table::Hashtags)));
            assert!(group.columns().iter().all(|column| column.column_index_offset().is_some()));
            assert!(group.columns().iter().all(|column| column.offset_index_offset().is_some()));
        }
        let filter_bytes = |group: usize| groups[group].column(2).bloom_filter_length().unwrap();
        assert!(filter_bytes(0) > 100_000 && filter_bytes(1) < 200, "{} {}", filter_bytes(0), filter_bytes(1));
    }

    #[test]
    fn the_file_says_who_wrote_it_which_table_it_holds_and_what_its_fields_mean() {
        let dir = tempfile::tempdir().unwrap();
        let path = written(dir.path(), &[full_reel()], 1);
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        assert_eq!(builder.schema().fields(), Table::Reels.schema().fields());
        let file = builder.metadata().file_metadata();
        assert_eq!(file.created_by(), Some(CREATED_BY));
        let value = |key: &str| {
            let key_values = file.key_value_metadata().unwrap();
            key_values.iter().find(|pair| pair.key == key).unwrap().value.clone().unwrap()
        };
        assert_eq!(value("reelframe.table"), "reels");
        assert_eq!(value("reelframe.schema_version"), SCHEMA_VERSION.to_string());
    }

    #[test]
    fn dictionaries_are_for_what_recurs() {
        let names: Vec<&str> =
            TABLES_OF_REELS.iter().flat_map(|table| table.columns()).map(|column| column.name).collect();
        let named = DISTINCT_COLUMNS.iter().chain(&WRITTEN_COLUMNS);
        assert_eq!(named.into_iter().find(|name| !names.contains(name)), None);

        let dir = tempfile::tempdir().unwrap();
        let with_dictionary = |path: PathBuf| -> Vec<String> {
            let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
            let columns = reader.metadata().row_group(0).columns().to_vec();
            let has_one = columns.iter().filter(|column| column.dictionary_page_offset().is_some());
            has_one.map(|column| column.column_path().string()).collect()
        };
        let people = with_dictionary(written(dir.path(), &[crate::schema::tables::Person::default()], 1));
        assert_eq!(people, ["account", "role", "username", "user_id"]);
        let tags = with_dictionary(written(dir.path(), &[Hashtag::default()], 1));
        assert_eq!(tags, ["reel_key", "account", "reel_id", "hashtag", "hashtag_as_written", "position"]);
    }

    #[test]
    fn every_sort_order_is_made_of_columns_that_are_never_null() {
        for table in Table::ALL {
            let sorting = sorting_columns(table);
            assert_eq!(sorting.len(), table.sort_order().len(), "{}", table.name());
            for column in sorting {
                let column = &table.columns()[column.column_idx as usize];
                assert!(!column.nullable, "{}.{}", table.name(), column.name);
            }
        }
    }
}
