//! The profile of a Parquet file: row groups, encodings, compression and metadata.

use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::formats::{options::Compression, rebatch::BLOCK_ROWS};
use crate::schema::column::{Column, ColumnType, SCHEMA_VERSION, Table};

/// Readers process row groups in parallel, and the writer buffers one: about 40 MB of reels, and the hashtags of about
/// as many reels.
pub(crate) const fn row_group_rows(table: Table) -> usize {
    match table {
        Table::Hashtags => 65_536,
        _ => 16_384,
    }
}
/// Row groups end where blocks end.
const _: () = assert!(row_group_rows(Table::Reels).is_multiple_of(BLOCK_ROWS));
const _: () = assert!(row_group_rows(Table::Hashtags).is_multiple_of(BLOCK_ROWS));

/// The columns by which single reels are looked up. Sorting does not help there: ids of many accounts are mixed.
pub(crate) const BLOOM_FILTER_COLUMNS: [&str; 2] = ["reel_id", "shortcode"];
/// One needless read of a row group in a hundred; a tenth of that would cost five more bits per value.
const BLOOM_FILTER_FALSE_POSITIVES: f64 = 0.01;

/// A reader of all columns, such as the next run, holds a page of each in memory. (Pages of twice the rows save 0.2 %.)
const PAGE_ROWS: usize = 8_192;

/// A dictionary is kept in memory, with a lookup per value, until it outgrows this. One that pays off is smaller.
/// (Hashtags also get 5 % smaller than with twice as much.)
const DICTIONARY_BYTES: usize = 128 * 1024;

/// Columns that differ in nearly every row of these tables; in other tables a reel has several rows.
pub(crate) const TABLES_OF_REELS: [Table; 4] = [Table::Reels, Table::Observations, Table::People, Table::ReelState];
pub(crate) const DISTINCT_COLUMNS: [&str; 15] = [
    "reel_key",
    "reel_id",
    "shortcode",
    "media_id",
    "url",
    "caption",
    "hook",
    "video_url",
    "cover_url",
    "views",
    "play_count",
    "ig_play_count",
    "views_24h",
    "views_7d",
    "views_30d",
];

/// Whether a column's values recur often enough for a dictionary. Measurements and times to the microsecond rarely do, and
/// zstd finds the repetitions: without dictionaries for them, a table of reels is 7 % smaller.
fn recurs(table: Table, column: &Column) -> bool {
    match column.column_type {
        ColumnType::Float64 | ColumnType::TimestampUtc | ColumnType::TimestampLocal => false,
        ColumnType::Bool | ColumnType::Int32 | ColumnType::Date => true,
        ColumnType::String | ColumnType::Int64 => {
            !(TABLES_OF_REELS.contains(&table) && DISTINCT_COLUMNS.contains(&column.name))
        }
    }
}

/// Beyond 3, zstd takes far longer to gain a few per cent.
const ZSTD_LEVEL: i32 = 3;

/// Texts that people write, for which level 3 is worth its time.
pub(crate) const WRITTEN_COLUMNS: [&str; 2] = ["caption", "hook"];

/// Names, ids and addresses have few and long repetitions, which level 1 finds in half of the time and a tenth of the
/// memory; what level 3 finds in addition costs more bytes than it saves. Numbers are smallest with 2. Compared with 3
/// throughout, a table of reels is 3 % smaller and one of observations 8 %.
fn zstd_level(column: &Column) -> i32 {
    match column.column_type {
        ColumnType::String if WRITTEN_COLUMNS.contains(&column.name) => ZSTD_LEVEL,
        ColumnType::String => 1,
        _ => 2,
    }
}

/// Key-value metadata: which of our tables the file holds, and by which version of the column table.
pub(crate) const TABLE_KEY: &str = "reelframe.table";
pub(crate) const SCHEMA_VERSION_KEY: &str = "reelframe.schema_version";

/// Who wrote the file. Readers parse this to work around bugs of certain writers; the oldest need a build in brackets, or
/// they ignore the statistics of text columns.
pub(crate) const CREATED_BY: &str =
    concat!("reelframe version ", env!("CARGO_PKG_VERSION"), " (build ", env!("CARGO_PKG_VERSION"), ")");

fn codec(compression: Compression, zstd_level: i32) -> std::result::Result<Codec, ParquetError> {
    Ok(match compression {
        Compression::Zstd => Codec::ZSTD(ZstdLevel::try_new(zstd_level)?),
        Compression::Snappy => Codec::SNAPPY,
    })
}

/// The settings of every file.
pub(crate) fn profile(compression: Compression) -> std::result::Result<WriterPropertiesBuilder, ParquetError> {
    let codec = codec(compression, ZSTD_LEVEL)?;
    let builder = WriterProperties::builder()
        // Version 1.0 also means data pages v1, and PLAIN where a dictionary does not pay.
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(codec)
        .set_dictionary_enabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        // Per page: this fills the column index.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false);
    Ok(builder)
}

/// The settings for the file of a table.
pub(crate) fn properties(
    table: Table,
    compression: Compression,
) -> std::result::Result<WriterProperties, ParquetError> {
    let key_values = [(TABLE_KEY, table.name().to_owned()), (SCHEMA_VERSION_KEY, SCHEMA_VERSION.to_string())];
    let mut builder = profile(compression)?
        .set_max_row_group_row_count(Some(row_group_rows(table)))
        .set_key_value_metadata(Some(key_values.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec()))
        .set_sorting_columns(Some(sorting_columns(table)));
    for column in table.columns() {
        let path = ColumnPath::from(column.name);
        builder = builder.set_column_compression(path.clone(), codec(compression, zstd_level(column))?);
        if !recurs(table, column) {
            builder = builder.set_column_dictionary_enabled(path, false);
        }
    }
    for column in table.columns().iter().filter(|column| BLOOM_FILTER_COLUMNS.contains(&column.name)) {
        let path = ColumnPath::from(column.name);
        // A filter has the size for a full row group at first and is reduced to what the rows need.
        builder = builder
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_FILTER_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, row_group_rows(table) as u64);
    }
    Ok(builder.build())
}

/// The table's sort order as the file declares it. None of these columns may be null (a test checks that), so that
/// `nulls_first` has no meaning.
pub(crate) fn sorting_columns(table: Table) -> Vec<SortingColumn> {
    let position = |name: &str| table.columns().iter().position(|column| column.name == name);
    let sort_order = table.sort_order().iter();
    sort_order
        .filter_map(|&(name, descending)| {
            Some(SortingColumn { column_idx: position(name)? as i32, descending, nulls_first: false })
        })
        .collect()
}
