//! Parquet and Arrow files, column by column.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;
use testkit::tables::cell;

use crate::changes::Changes;

pub fn parquet(old: &Path, new: &Path, table: &str, changes: &Changes) -> Result<(), String> {
    let open = |path: &Path| {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
        let layout = layout(builder.metadata(), table, changes);
        let batches = builder.build().map_err(|error| error.to_string())?;
        let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        Ok::<_, String>((layout, batches))
    };
    let ((old_layout, old), (new_layout, new)) = (open(old)?, open(new)?);
    if old_layout != new_layout {
        return Err("row groups, compression, encodings or bloom filters differ".to_owned());
    }
    all_batches(&old, &new, table, changes)
}

/// How the rows are laid out: for each row group and column that both files have.
fn layout(metadata: &ParquetMetaData, table: &str, changes: &Changes) -> Vec<String> {
    let groups = metadata.row_groups().iter();
    groups
        .flat_map(|group| {
            let columns =
                group.columns().iter().filter(|column| !changes.is_added(table, &column.column_path().string()));
            columns.map(move |column| {
                let encodings: Vec<String> = column.encodings().map(|encoding| encoding.to_string()).collect();
                format!(
                    "{} {} {} {:?} {}",
                    group.num_rows(),
                    changes.name(&column.column_path().string()),
                    column.compression(),
                    encodings,
                    column.bloom_filter_offset().is_some()
                )
            })
        })
        .collect()
}

pub fn arrow(old: &Path, new: &Path, table: &str, changes: &Changes) -> Result<(), String> {
    let open = |path: &Path| {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let reader = FileReader::try_new(file, None).map_err(|error| error.to_string())?;
        reader.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
    };
    all_batches(&open(old)?, &open(new)?, table, changes)
}

fn all_batches(old: &[RecordBatch], new: &[RecordBatch], table: &str, changes: &Changes) -> Result<(), String> {
    if old.len() != new.len() {
        return Err(format!("{} batches, and {} in the new file", old.len(), new.len()));
    }
    let mut first_row = 1;
    for (old, new) in old.iter().zip(new) {
        batches(old, new, first_row, table, changes)?;
        first_row += old.num_rows();
    }
    Ok(())
}

fn batches(
    old: &RecordBatch,
    new: &RecordBatch,
    first_row: usize,
    table: &str,
    changes: &Changes,
) -> Result<(), String> {
    let (old_schema, new_schema) = (old.schema(), new.schema());
    let new_columns =
        new_schema.fields().iter().zip(new.columns()).filter(|(field, _)| !changes.is_added(table, field.name()));
    let old_columns =
        old_schema.fields().iter().zip(old.columns()).filter(|(field, _)| !changes.is_added(table, field.name()));
    let (old_count, new_count) = (old_columns.clone().count(), new_columns.clone().count());
    if old_count != new_count {
        let names = |schema: &arrow_schema::Schema| {
            schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
        };
        return Err(format!("columns {:?}, and {:?} in the new file", names(&old_schema), names(&new_schema)));
    }
    if old.num_rows() != new.num_rows() {
        return Err(format!("{} rows, and {} in the new file", old.num_rows(), new.num_rows()));
    }
    for ((old_field, old_column), (new_field, new_column)) in old_columns.zip(new_columns) {
        let name = new_field.name();
        if changes.name(old_field.name()) != name {
            return Err(format!("column {} is {name} in the new file", old_field.name()));
        }
        if (old_field.data_type(), old_field.is_nullable()) != (new_field.data_type(), new_field.is_nullable()) {
            return Err(format!("column {name} is {old_field}, and {new_field} in the new file"));
        }
        let differs = |row: &usize| !is_same(name, old_column, new_column, *row, changes);
        if let Some(row) = (0..old.num_rows()).find(differs) {
            let [old, new] = [old_column, new_column].map(|column| cell(name, column, row));
            return Err(format!("row {}, column {name}: {old}, and {new} in the new file", first_row + row));
        }
    }
    Ok(())
}

fn is_same(name: &str, old: &dyn Array, new: &dyn Array, row: usize, changes: &Changes) -> bool {
    if old.is_null(row) || new.is_null(row) {
        return old.is_null(row) && new.is_null(row);
    }
    if *old.data_type() == DataType::Float64 {
        let bits = |array: &dyn Array| array.as_primitive::<Float64Type>().value(row).to_bits();
        return bits(old) == bits(new);
    }
    match (cell(name, old, row), cell(name, new, row)) {
        (Value::String(old), Value::String(new)) => changes.value(name, &old) == new,
        (old, new) => old == new,
    }
}
