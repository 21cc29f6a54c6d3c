//! Batches of any size to blocks of a fixed size, so that a file's bytes depend on its rows alone.
//!
//! Within each batch the Parquet writer checks only every few rows whether to end a page or give up a dictionary, so
//! the places where pages end would depend on where batches end.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, PrimitiveBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{FieldRef, SchemaRef};

use crate::error::{Error, Result};
use crate::schema::column::{ColumnType, Table};

/// Large enough to make the cost of a batch negligible, small enough to buffer little.
pub(crate) const BLOCK_ROWS: usize = 2_048;

pub(crate) struct Rebatch {
    table: Table,
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
}

impl Rebatch {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, schema: table.schema(), waiting: Vec::new(), waiting_rows: 0 }
    }

    /// Takes a batch and returns the blocks that are now full.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<Vec<RecordBatch>> {
        self.check_columns(batch)?;
        let mut full = Vec::new();
        let mut taken = 0;
        while taken < batch.num_rows() {
            let rows = (batch.num_rows() - taken).min(BLOCK_ROWS - self.waiting_rows);
            self.waiting.push(batch.slice(taken, rows));
            self.waiting_rows += rows;
            taken += rows;
            if self.waiting_rows == BLOCK_ROWS {
                full.extend(self.rest()?);
            }
        }
        Ok(full)
    }

    /// The buffered rows as one block; `None` if there are none.
    ///
    /// A block is copied even from a single slice: a slice may keep a null mask without nulls, and the Parquet writer
    /// treats a column with such a mask differently from one without.
    pub(crate) fn rest(&mut self) -> Result<Option<RecordBatch>> {
        let parts = std::mem::take(&mut self.waiting);
        if std::mem::take(&mut self.waiting_rows) == 0 {
            return Ok(None);
        }
        let columns = self.table.columns().iter().enumerate().map(|(index, column)| {
            let arrays: Vec<&ArrayRef> = parts.iter().map(|part| part.column(index)).collect();
            joined(column.column_type, &arrays)
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let block = RecordBatch::try_new(self.schema.clone(), columns);
        Ok(Some(block.map_err(|cause| Error::unexpected(format!("table {}: {cause}", self.table.name())))?))
    }

    /// Names, types and order must match; other field properties do not matter, since the block gets the table's schema.
    fn check_columns(&self, batch: &RecordBatch) -> Result<()> {
        let (wanted, given) = (self.schema.fields(), batch.schema_ref().fields());
        let same =
            |(want, have): (&FieldRef, &FieldRef)| want.name() == have.name() && want.data_type() == have.data_type();
        if wanted.len() == given.len() && wanted.iter().zip(given).all(same) {
            return Ok(());
        }
        Err(Error::unexpected(format!("table {}: a batch has other columns than the table", self.table.name())))
    }
}

fn joined(column_type: ColumnType, parts: &[&ArrayRef]) -> Result<ArrayRef> {
    Ok(match column_type {
        ColumnType::String => {
            let parts = parts.iter().map(|part| part.as_string::<i32>());
            let bytes =
                parts.clone().map(|part| (part.value_offsets()[part.len()] - part.value_offsets()[0]) as usize).sum();
            let mut builder = StringBuilder::with_capacity(BLOCK_ROWS, bytes);
            for part in parts {
                builder.append_array(part).map_err(Error::unexpected)?;
            }
            Arc::new(builder.finish())
        }
        ColumnType::Bool => {
            let mut builder = BooleanBuilder::new();
            parts.iter().for_each(|part| builder.append_array(part.as_boolean()));
            Arc::new(builder.finish())
        }
        ColumnType::Int32 => joined_numbers::<Int32Type>(column_type, parts),
        ColumnType::Int64 => joined_numbers::<Int64Type>(column_type, parts),
        ColumnType::Float64 => joined_numbers::<Float64Type>(column_type, parts),
        ColumnType::TimestampUtc | ColumnType::TimestampLocal => {
            joined_numbers::<TimestampMicrosecondType>(column_type, parts)
        }
        ColumnType::Date => joined_numbers::<Date32Type>(column_type, parts),
    })
}

fn joined_numbers<T: ArrowPrimitiveType>(column_type: ColumnType, parts: &[&ArrayRef]) -> ArrayRef {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(BLOCK_ROWS).with_data_type(column_type.arrow());
    parts.iter().for_each(|part| builder.append_array(part.as_primitive::<T>()));
    Arc::new(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::column::Row;
    use crate::schema::tables::Observation;

    #[test]
    fn blocks_are_full_but_for_the_last_and_hold_the_rows_in_order() {
        let observations: Vec<Observation> = (0..20_000)
            .map(|number| Observation {
                reel_id: number.to_string().into(),
                views: (number % 3 > 0).then_some(number),
                likes_hidden: (number % 5 > 0).then_some(number % 2 == 0),
                ..Observation::default()
            })
            .collect();
        let rows: Vec<&Observation> = observations.iter().collect();
        let mut blocks = Rebatch::new(Table::Observations);
        let mut got = Vec::new();
        for piece in rows.chunks(777) {
            got.extend(blocks.add(&Observation::batch(piece)).unwrap());
        }
        got.extend(blocks.rest().unwrap());
        assert!(blocks.rest().unwrap().is_none());

        assert_eq!(
            got.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
            [[2_048; 9].as_slice(), &[1_568]].concat()
        );
        let back = got.iter().flat_map(|block| (0..block.num_rows()).map(|row| Observation::read(block, row).unwrap()));
        assert!(back.eq(observations.iter().cloned()));
    }

    #[test]
    fn a_column_without_nulls_in_its_block_has_no_null_mask() {
        let (known, unknown) = (Observation { views: Some(1), ..Observation::default() }, Observation::default());
        let batch = Observation::batch(&[&unknown, &known]);
        let mut blocks = Rebatch::new(Table::Observations);
        blocks.add(&batch.slice(1, 1)).unwrap();
        let block = blocks.rest().unwrap().unwrap();
        assert!(block.column_by_name("views").unwrap().nulls().is_none());
    }
}
