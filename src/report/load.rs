//! Parquet files to Polars frames, column by column through Arrow arrays: this build of Polars reads no files itself.
//!
//! A UTC column becomes a datetime in microseconds, a wall clock one in nanoseconds. Neither has a zone, so the unit
//! is what tells the two apart in an answer, whatever the SQL has done to the column in between.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use polars::prelude::{
    BooleanChunked, Column as FrameColumn, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NewChunkedArray, PlSmallStr, Schema, StringChunked, TimeUnit,
};

use crate::columns::{ColumnType, Table};
use crate::error::{Error, Result};

/// The unit that marks a column as an instant.
pub(super) const UTC_UNIT: TimeUnit = TimeUnit::Microseconds;
/// The unit that marks a column as a wall-clock time.
pub(super) const LOCAL_UNIT: TimeUnit = TimeUnit::Nanoseconds;

/// All rows of a table's files in the order given; without files a frame of the right columns and no row.
pub(super) fn frame(table: Table, files: &[PathBuf]) -> Result<DataFrame> {
    let schema = Schema::from_iter(
        table.columns().iter().map(|column| (PlSmallStr::from(column.name), dtype(column.column_type))),
    );
    let mut whole = DataFrame::empty_with_schema(&schema);
    for file in files {
        for batch in batches(table, file)? {
            whole.vstack_mut_owned(batch_frame(table, &batch)?).map_err(Error::unexpected)?;
        }
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

/// The batches of one file with the table's columns in table order, once their names and types are found right.
fn batches(table: Table, path: &Path) -> Result<Vec<RecordBatch>> {
    let file = File::open(path).map_err(|cause| Error::disk("open", path, cause))?;
    let unreadable = |cause: &dyn std::fmt::Display| {
        Error::not_understood(format!("{} is no readable Parquet file: {cause}", path.display()))
    };
    let metadata = ArrowReaderMetadata::load(&file, Default::default()).map_err(|cause| unreadable(&cause))?;
    let mut roots = Vec::new();
    for column in table.columns() {
        let wrong = |what: String| {
            Error::not_understood(format!("{}: the {} column {} {what}", path.display(), table.name(), column.name))
                .hint("the file was written by another version: `reelframe rebuild` makes the tables anew")
        };
        let (root, field) =
            metadata.schema().fields().find(column.name).ok_or_else(|| wrong("is missing".to_owned()))?;
        if *field.data_type() != column.column_type.arrow() {
            return Err(wrong(format!("is {}, not {}", field.data_type(), column.column_type.word())));
        }
        roots.push(root);
    }
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_projection(mask)
        .with_batch_size(65_536)
        .build()
        .map_err(|cause| unreadable(&cause))?;
    reader.map(|batch| batch.map_err(|cause| unreadable(&cause))).collect()
}

fn batch_frame(table: Table, batch: &RecordBatch) -> Result<DataFrame> {
    let columns = table.columns().iter().map(|column| {
        // By name: a reader keeps the file's order of columns, which need not be the table's.
        let array = batch.column_by_name(column.name).expect("the reader was asked for it");
        frame_column(column.name, column.column_type, array)
    });
    DataFrame::new(batch.num_rows(), columns.collect()).map_err(Error::unexpected)
}

fn frame_column(name: &str, column_type: ColumnType, array: &ArrayRef) -> FrameColumn {
    let name = PlSmallStr::from(name);
    let series = match column_type {
        ColumnType::String => StringChunked::from_iter_options(name, array.as_string::<i32>().iter()).into_series(),
        ColumnType::Bool => BooleanChunked::from_iter_options(name, array.as_boolean().iter()).into_series(),
        ColumnType::Int32 => {
            Int32Chunked::from_iter_options(name, array.as_primitive::<Int32Type>().iter()).into_series()
        }
        ColumnType::Int64 => {
            Int64Chunked::from_iter_options(name, array.as_primitive::<Int64Type>().iter()).into_series()
        }
        ColumnType::Float64 => {
            Float64Chunked::from_iter_options(name, array.as_primitive::<Float64Type>().iter()).into_series()
        }
        ColumnType::TimestampUtc => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().iter();
            Int64Chunked::from_iter_options(name, micros).into_datetime(UTC_UNIT, None).into_series()
        }
        ColumnType::TimestampLocal => {
            // Nanoseconds reach from 1677 to 2262; a clock outside of that is no posting time and becomes null.
            let micros = array.as_primitive::<TimestampMicrosecondType>().iter();
            let nanos = micros.map(|micros| micros.and_then(|micros| micros.checked_mul(1000)));
            Int64Chunked::from_iter_options(name, nanos).into_datetime(LOCAL_UNIT, None).into_series()
        }
        ColumnType::Date => {
            Int32Chunked::from_iter_options(name, array.as_primitive::<Date32Type>().iter()).into_date().into_series()
        }
    };
    debug_assert_eq!(series.len(), array.len());
    series.into()
}
