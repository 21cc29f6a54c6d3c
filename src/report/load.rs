//! Parquet files to Polars frames, column by column through Arrow arrays: this build of Polars reads no files itself.
//!
//! A UTC column becomes a datetime in microseconds, a wall clock one in nanoseconds. Neither has a zone, so the unit
//! is what tells the two apart in an answer, whatever the SQL has done to the column in between.

use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use polars::prelude::{
    BooleanChunked, Column as FrameColumn, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    NewChunkedArray, PlSmallStr, Schema, StringChunked, TimeUnit,
};

use rayon::prelude::*;

use crate::columns::{Column, ColumnType, Table};
use crate::error::{Error, Result};
use crate::sink::Batches;

/// The unit that marks a column as an instant.
pub(super) const UTC_UNIT: TimeUnit = TimeUnit::Microseconds;
/// The unit that marks a column as a wall-clock time.
pub(super) const LOCAL_UNIT: TimeUnit = TimeUnit::Nanoseconds;

/// All rows of a table's files in the order given, with the wanted columns, each read by itself on all cores; without
/// files a frame without rows.
pub(super) fn frame(table: Table, files: &[PathBuf], wanted: impl Fn(&Column) -> bool) -> Result<DataFrame> {
    let columns: Vec<&Column> = table.columns().iter().filter(|column| wanted(column)).collect();
    let read = columns.into_par_iter().with_max_len(1).map(|column| column_of(table, files, column));
    // The first that is wrong in table order is the error, whichever was found first.
    let frames: Vec<DataFrame> = read.collect::<Vec<Result<_>>>().into_iter().collect::<Result<_>>()?;
    let columns: Vec<FrameColumn> = frames.iter().flat_map(DataFrame::columns).cloned().collect();
    DataFrame::new(frames.first().map_or(0, DataFrame::height), columns).map_err(Error::unexpected)
}

/// One column, as a frame of its own.
fn column_of(table: Table, files: &[PathBuf], column: &Column) -> Result<DataFrame> {
    const BATCH_ROWS: usize = 65_536;
    let schema = Schema::from_iter([(PlSmallStr::from(column.name), dtype(column.column_type))]);
    let mut whole = DataFrame::empty_with_schema(&schema);
    for file in files {
        for batch in Batches::open(table, file, BATCH_ROWS, |other: &Column| other.name == column.name)? {
            whole.vstack_mut_owned(batch_frame(&[column], &batch?)?).map_err(Error::unexpected)?;
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

fn batch_frame(columns: &[&Column], batch: &RecordBatch) -> Result<DataFrame> {
    let columns =
        columns.iter().zip(batch.columns()).map(|(column, array)| frame_column(column.name, column.column_type, array));
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
