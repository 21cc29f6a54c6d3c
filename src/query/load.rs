//! Parquet files to Polars frames, column by column through Arrow arrays: this build of Polars reads no files itself.
//!
//! A UTC column becomes a datetime in microseconds, a wall-clock one in nanoseconds. Neither has a zone, so only the unit
//! distinguishes the two in an answer, whatever the SQL did to the column.

use std::ops::Deref;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use polars::error::PolarsResult;
use polars::prelude::{
    BooleanChunked, ChunkedArray, Column as FrameColumn, DataFrame, DataType, Int64Chunked, IntoSeries,
    NewChunkedArray, PlSmallStr, PolarsNumericType, Schema, StringChunked, TimeUnit,
};
use polars_arrow::array::{PrimitiveArray, Utf8ViewArray, View};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::formats::read::TableFile;
use crate::schema::column::{Column, ColumnType, Table};

/// The unit that marks a column as an instant.
pub(crate) const UTC_UNIT: TimeUnit = TimeUnit::Microseconds;
/// The unit that marks a column as a wall-clock time.
pub(crate) const LOCAL_UNIT: TimeUnit = TimeUnit::Nanoseconds;

/// All rows of a table's files in the given order, with the wanted columns; no rows if there are no files. Each column of
/// each row group is read separately, on all cores.
pub(crate) fn frame(table: Table, files: &[PathBuf], wanted: impl Fn(&Column) -> bool) -> Result<DataFrame> {
    let columns: Vec<&Column> = table.columns().iter().filter(|column| wanted(column)).collect();
    let open = |path: &PathBuf| TableFile::open(table, path, &wanted)?.with_views();
    let files: Vec<TableFile> = files.iter().map(open).collect::<Result<_>>()?;
    let groups = || files.iter().flat_map(|file| (0..file.row_groups()).map(move |group| (file, group)));
    let parts: Vec<_> = columns.iter().flat_map(|column| groups().map(move |group| (*column, group))).collect();
    let read = parts.into_par_iter().with_max_len(1).map(|(column, (file, group))| part(column, file, group));
    // The first error in table order is returned, whichever occurred first.
    let mut parts = read.collect::<Vec<Result<_>>>().into_iter();
    let mut whole = Vec::with_capacity(columns.len());
    for column in columns {
        let schema = Schema::from_iter([(PlSmallStr::from(column.name), dtype(column.column_type))]);
        let mut rows = DataFrame::empty_with_schema(&schema);
        for part in parts.by_ref().take(groups().count()) {
            rows.vstack_mut_owned(part?).map_err(Error::unexpected)?;
        }
        whole.push(rows);
    }
    let columns: Vec<FrameColumn> = whole.iter().flat_map(DataFrame::columns).cloned().collect();
    DataFrame::new(whole.first().map_or(0, DataFrame::height), columns).map_err(Error::unexpected)
}

/// One column of one row group, as a frame.
fn part(column: &Column, file: &TableFile, row_group: usize) -> Result<DataFrame> {
    const BATCH_ROWS: usize = 65_536;
    let schema = Schema::from_iter([(PlSmallStr::from(column.name), dtype(column.column_type))]);
    let mut whole = DataFrame::empty_with_schema(&schema);
    for batch in file.column(column.name, row_group, BATCH_ROWS)? {
        let added = batch_frame(column, &batch?).and_then(|rows| whole.vstack_mut_owned(rows).map(drop));
        added.map_err(|cause| {
            Error::invalid_data(format!("{}: the column {}: {cause}", file.path().display(), column.name))
        })?;
    }
    Ok(whole)
}

fn dtype(column_type: ColumnType) -> DataType {
    match column_type {
        ColumnType::String => DataType::String,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int32 => DataType::Int32,
        ColumnType::Int64 => DataType::Int64,
        ColumnType::Float64 => DataType::Float64,
        ColumnType::TimestampUtc => DataType::Datetime(UTC_UNIT, None),
        ColumnType::TimestampLocal => DataType::Datetime(LOCAL_UNIT, None),
        ColumnType::Date => DataType::Date,
    }
}

fn batch_frame(column: &Column, batch: &RecordBatch) -> PolarsResult<DataFrame> {
    let columns = batch.columns().iter().map(|array| frame_column(column.name, column.column_type, array));
    DataFrame::new(batch.num_rows(), columns.collect::<PolarsResult<_>>()?)
}

fn frame_column(name: &str, column_type: ColumnType, array: &ArrayRef) -> PolarsResult<FrameColumn> {
    let name = PlSmallStr::from(name);
    let series = match column_type {
        ColumnType::String => texts(name, array)?.into_series(),
        ColumnType::Bool => BooleanChunked::from_iter_options(name, array.as_boolean().iter()).into_series(),
        ColumnType::Int32 => numbers::<Int32Type, polars::prelude::Int32Type>(name, array).into_series(),
        ColumnType::Int64 => numbers::<Int64Type, polars::prelude::Int64Type>(name, array).into_series(),
        ColumnType::Float64 => numbers::<Float64Type, polars::prelude::Float64Type>(name, array).into_series(),
        ColumnType::TimestampUtc => {
            let micros = numbers::<TimestampMicrosecondType, polars::prelude::Int64Type>(name, array);
            micros.into_datetime(UTC_UNIT, None).into_series()
        }
        ColumnType::TimestampLocal => {
            // Nanoseconds range from 1677 to 2262; a time outside is no posting time and becomes null.
            let micros = array.as_primitive::<TimestampMicrosecondType>().iter();
            let nanos = micros.map(|micros| micros.and_then(|micros| micros.checked_mul(1000)));
            Int64Chunked::from_iter_options(name, nanos).into_datetime(LOCAL_UNIT, None).into_series()
        }
        ColumnType::Date => numbers::<Date32Type, polars::prelude::Int32Type>(name, array).into_date().into_series(),
    };
    debug_assert_eq!(series.len(), array.len());
    Ok(series.into())
}

/// The numbers, without copying.
fn numbers<A, P>(name: PlSmallStr, array: &ArrayRef) -> ChunkedArray<P>
where
    A: ArrowPrimitiveType<Native: NativeType>,
    P: PolarsNumericType<Native = A::Native>,
{
    let values = Buffer::from_owner(array.as_primitive::<A>().values().clone());
    ChunkedArray::with_chunk(name, PrimitiveArray::new(A::Native::PRIMITIVE.into(), values, validity(array)))
}

/// The texts, without copying: they stay in the pages that were read.
fn texts(name: PlSmallStr, array: &ArrayRef) -> PolarsResult<StringChunked> {
    let array = array.as_string_view();
    let views: Buffer<u128> = Buffer::from_owner(array.views().clone());
    let views: Buffer<View> = views.try_transmute().expect("both are 16 bytes, and a view asks for less alignment");
    let pages = array.data_buffers().iter().map(|page| Buffer::from_owner(PageBytes(page.clone()))).collect();
    let texts = Utf8ViewArray::try_new(ArrowDataType::Utf8View, views, pages, validity(array));
    Ok(StringChunked::with_chunk(name, texts?))
}

fn validity(array: &dyn Array) -> Option<Bitmap> {
    array.nulls().filter(|nulls| nulls.null_count() > 0).map(|nulls| nulls.iter().collect())
}

/// The shared bytes of a Parquet page.
struct PageBytes<B>(B);

impl<B: Deref<Target = [u8]>> AsRef<[u8]> for PageBytes<B> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;
    use tempfile::TempDir;

    use super::*;
    use crate::schema::column::Row;
    use crate::schema::tables::Hashtag;

    /// A file with two rows per row group.
    fn file(folder: &TempDir, name: &str, positions: std::ops::Range<i32>) -> PathBuf {
        let tag = |position: i32| Hashtag { hashtag: format!("tag{position}").into(), position, ..Hashtag::default() };
        let tags: Vec<Hashtag> = positions.map(tag).collect();
        let path = folder.path().join(name);
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
        let out = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(out, Hashtag::TABLE.schema(), Some(properties)).unwrap();
        writer.write(&Hashtag::batch(&tags.iter().collect::<Vec<_>>())).unwrap();
        writer.close().unwrap();
        path
    }

    #[test]
    fn rows_keep_the_order_of_the_files_and_their_row_groups() {
        let folder = TempDir::new().unwrap();
        let files = [file(&folder, "a", 0..5), file(&folder, "none", 0..0), file(&folder, "b", 5..8)];
        assert_eq!(TableFile::open(Table::Hashtags, &files[0], |_| true).unwrap().row_groups(), 3);
        let frame = frame(Table::Hashtags, &files, |column| ["hashtag", "position"].contains(&column.name)).unwrap();
        assert_eq!((frame.height(), frame.width()), (8, 2));
        let positions: Vec<i32> = frame.column("position").unwrap().i32().unwrap().iter().flatten().collect();
        assert_eq!(positions, (0..8).collect::<Vec<_>>());
        let hashtags: Vec<&str> = frame.column("hashtag").unwrap().str().unwrap().iter().flatten().collect();
        assert_eq!(hashtags, ["tag0", "tag1", "tag2", "tag3", "tag4", "tag5", "tag6", "tag7"]);
    }

    #[test]
    fn without_files_there_are_columns_and_no_row() {
        let frame = frame(Table::Hashtags, &[], |column| column.name == "hashtag").unwrap();
        assert_eq!((frame.height(), frame.width()), (0, 1));
    }
}
