//! The rules for files that hold one of our tables: its columns, its sort order and its Bloom filters.

use std::cmp::Ordering;
use std::path::Path;
use std::rc::Rc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::file::metadata::ParquetMetaData;

use crate::formats::parquet::profile::BLOOM_FILTER_COLUMNS;
use crate::fs;
use crate::lint::violations::Violations;
use crate::schema::column::{Column, ColumnType, Table};

pub(crate) fn check(path: &Path, file: &ParquetMetaData, table: Table, violations: &mut Violations) {
    check_columns(file, table, violations);
    check_row_groups(file, table, violations);

    let sort_columns: Vec<(&Column, bool)> = table
        .sort_order()
        .iter()
        .filter_map(|&(name, descends)| Some((table.columns().iter().find(|column| column.name == name)?, descends)))
        .collect();
    // Columns that are missing, of another type or unreadable are named already; their order cannot be checked.
    let unordered = ["missing_column", "column_type", "unreadable", "compression", "duplicate_column"];
    let is_unordered =
        |(column, _): &(&Column, bool)| unordered.iter().any(|rule| violations.has(rule, Some(column.name)));
    if violations.has("column_type", None) || sort_columns.iter().any(is_unordered) {
        return;
    }
    match first_row_out_of_order(path, &sort_columns) {
        Ok(None) => {}
        Ok(Some(row)) => {
            let message = format!("row {row} (counted from 1) belongs before the row above it");
            violations.add("row_order", None, message);
        }
        Err(cause) => violations.add("unreadable", None, format!("the rows cannot be read: {cause}")),
    }
}

/// Names, types, nulls and order, by the Parquet schema itself: other readers ignore the Arrow schema that a writer may
/// have added.
fn check_columns(file: &ParquetMetaData, table: Table, violations: &mut Violations) {
    let schema = match parquet_to_arrow_schema(file.file_metadata().schema_descr(), None) {
        Ok(schema) => schema,
        Err(cause) => return violations.add("column_type", None, format!("cannot interpret the schema: {cause}")),
    };
    for column in table.columns() {
        let name = Some(column.name);
        let Ok(field) = schema.field_with_name(column.name) else {
            violations.add("missing_column", name, "missing; a column without values is there with nulls");
            continue;
        };
        if *field.data_type() != column.column_type.arrow() {
            let (got, wanted) = (field.data_type(), column.column_type);
            violations.add("column_type", name, format!("is {got}, and should be {}", wanted.word()));
        }
        if field.is_nullable() && !column.nullable {
            violations.add("nullable", name, "may be null here; in the table it never is");
        }
    }
    let is_ours = |name: &&str| table.columns().iter().any(|column| column.name == *name);
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    for name in names.iter().filter(|name| !is_ours(name)) {
        violations.add("extra_column", Some(name), format!("not a column of {}", table.name()));
    }
    // The columns that are in both follow the table's order; one violation, since one move shifts many.
    let wanted = table.columns().iter().map(|column| column.name).filter(|name| names.contains(name));
    let got = names.iter().copied().filter(is_ours);
    if let Some((wanted, got)) = wanted.zip(got).find(|(wanted, got)| wanted != got) {
        violations.add("column_order", Some(got), format!("stands where {wanted} should"));
    }
}

/// Bloom filters, and the declared sort order of each row group.
fn check_row_groups(file: &ParquetMetaData, table: Table, violations: &mut Violations) {
    for group in file.row_groups() {
        for chunk in group.columns() {
            let name = chunk.column_path().string();
            let wants_filter = BLOOM_FILTER_COLUMNS.contains(&name.as_str());
            if wants_filter && chunk.bloom_filter_offset().is_none() {
                violations.add("bloom_filter", Some(&name), "no bloom filter");
            }
        }
        // By name: another order of columns is a violation of its own. An index may be out of range.
        let said = group.sorting_columns().map(Vec::as_slice).unwrap_or_default().iter().map(|sorting| {
            let chunk = usize::try_from(sorting.column_idx).ok().and_then(|index| group.columns().get(index));
            (chunk.map(|chunk| chunk.column_path().string()).unwrap_or_default(), sorting.descending)
        });
        let wanted = table.sort_order().iter().map(|&(name, descends)| (name.to_owned(), descends));
        if !said.eq(wanted) {
            violations.add("sort_order", None, format!("does not say that it is sorted by {}", in_words(table)));
        }
    }
}

fn in_words(table: Table) -> String {
    let columns = table.sort_order().iter();
    let words = columns.map(|(name, descends)| if *descends { format!("{name} descending") } else { (*name).into() });
    words.collect::<Vec<_>>().join(", ")
}

/// The first row that belongs before the row above it, counted from 1. Query engines trust the order that a file
/// declares: a wrong one gives wrong answers.
fn first_row_out_of_order(
    path: &Path,
    sort_columns: &[(&Column, bool)],
) -> Result<Option<usize>, Box<dyn std::error::Error>> {
    // Without the Arrow schema, text columns are read as plain text, whatever their writer had in memory.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(fs::open(path)?, options)?;
    let names = sort_columns.iter().map(|(column, _)| column.name);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);

    let mut above: Option<(Rc<[ArrayRef]>, usize)> = None;
    let mut row_number = 0;
    for batch in builder.with_projection(mask).build()? {
        let batch = batch?;
        let arrays = sort_columns.iter().map(|(column, _)| batch.column_by_name(column.name).cloned());
        let arrays: Rc<[ArrayRef]> = arrays.collect::<Option<_>>().ok_or("a column is gone")?;
        for row in 0..batch.num_rows() {
            row_number += 1;
            if let Some((arrays_above, row_above)) = &above {
                let order = sort_columns.iter().zip(arrays_above.iter().zip(arrays.iter())).map(
                    |((column, descends), (left, right))| {
                        let order = compare(column.column_type, (left, *row_above), (right, row));
                        if *descends { order.reverse() } else { order }
                    },
                );
                if order.fold(Ordering::Equal, Ordering::then) == Ordering::Greater {
                    return Ok(Some(row_number));
                }
            }
            above = Some((arrays.clone(), row));
        }
    }
    Ok(None)
}

/// Compares two values of one column, neither of them null; texts by their bytes, as in Parquet.
fn compare(column_type: ColumnType, left: (&dyn Array, usize), right: (&dyn Array, usize)) -> Ordering {
    fn number<T: ArrowPrimitiveType>((array, row): (&dyn Array, usize)) -> T::Native {
        array.as_primitive::<T>().value(row)
    }
    fn text((array, row): (&dyn Array, usize)) -> &str {
        array.as_string::<i32>().value(row)
    }
    match column_type {
        ColumnType::String => text(left).cmp(text(right)),
        ColumnType::Bool => left.0.as_boolean().value(left.1).cmp(&right.0.as_boolean().value(right.1)),
        ColumnType::Int32 => number::<Int32Type>(left).cmp(&number::<Int32Type>(right)),
        ColumnType::Int64 => number::<Int64Type>(left).cmp(&number::<Int64Type>(right)),
        ColumnType::Float64 => number::<Float64Type>(left).total_cmp(&number::<Float64Type>(right)),
        ColumnType::TimestampUtc | ColumnType::TimestampLocal => {
            number::<TimestampMicrosecondType>(left).cmp(&number::<TimestampMicrosecondType>(right))
        }
        ColumnType::Date => number::<Date32Type>(left).cmp(&number::<Date32Type>(right)),
    }
}
