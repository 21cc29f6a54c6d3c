//! Tables and schemas as Arrow capsules.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use reelframe::internals::{batch_to_json, in_full};
use reelframe::{Column, ErrorKind, Table, TableScan};

use crate::{errors, work};

/// Rows of a batch at most.
const BATCH_ROWS: usize = 65_536;

/// A table that can be streamed any number of times.
#[pyclass(frozen)]
pub(crate) struct Source(Kind);

enum Kind {
    Scan(TableScan),
    Batch(RecordBatch),
}

impl Source {
    pub(crate) fn of_scan(scan: TableScan) -> Self {
        Self(Kind::Scan(scan))
    }

    pub(crate) fn of_batch(batch: RecordBatch) -> Self {
        Self(Kind::Batch(batch))
    }

    fn arrow_schema(&self) -> SchemaRef {
        match &self.0 {
            Kind::Scan(scan) => scan.schema(),
            Kind::Batch(batch) => batch.schema(),
        }
    }

    fn reader(&self) -> reelframe::Result<Box<dyn RecordBatchReader + Send>> {
        let schema = self.arrow_schema();
        Ok(match &self.0 {
            Kind::Scan(scan) => {
                let batches = scan.batches()?;
                let batches =
                    batches.map(|batch| batch.map_err(|error| ArrowError::ExternalError(in_full(&error).into())));
                Box::new(RecordBatchIterator::new(batches, schema))
            }
            Kind::Batch(batch) => {
                let (batch, rows) = (batch.clone(), batch.num_rows());
                let slice = move |at: usize| Ok(batch.slice(at, BATCH_ROWS.min(rows - at)));
                Box::new(RecordBatchIterator::new((0..rows).step_by(BATCH_ROWS).map(slice), schema))
            }
        })
    }
}

#[pymethods]
impl Source {
    /// A fresh stream.
    fn stream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        work::refuse_in_a_forked_child()?;
        let reader = py.detach(|| self.reader()).map_err(|error| errors::exception(py, &error))?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
    }

    fn schema(&self) -> TableSchema {
        let documented = match &self.0 {
            Kind::Scan(scan) => scan.columns().to_vec(),
            Kind::Batch(_) => Vec::new(),
        };
        TableSchema { schema: self.arrow_schema(), documented }
    }

    /// The first columns of the first rows, as a JSON list of objects.
    fn preview(&self, py: Python<'_>, columns: usize, rows: usize) -> PyResult<String> {
        work::refuse_in_a_forked_child()?;
        let looked = py.detach(|| -> reelframe::Result<Vec<u8>> {
            let first = match &self.0 {
                Kind::Scan(scan) => {
                    let scan = scan.preview(columns, rows);
                    scan.batches()?.next().unwrap_or_else(|| Ok(RecordBatch::new_empty(scan.schema())))?
                }
                Kind::Batch(batch) => {
                    let all: Vec<usize> = (0..batch.num_columns().min(columns)).collect();
                    batch
                        .project(&all)
                        .map_err(|error| reelframe::Error::new(ErrorKind::Unexpected, error.to_string()))?
                }
            };
            Ok(batch_to_json(&first.slice(0, rows.min(first.num_rows()))))
        });
        let json = looked.map_err(|error| errors::exception(py, &error))?;
        Ok(String::from_utf8_lossy(&json).into_owned())
    }
}

/// The columns of a table or of an answer.
#[pyclass(frozen)]
pub(crate) struct TableSchema {
    schema: SchemaRef,
    /// In the data dictionary; empty for an answer.
    documented: Vec<&'static Column>,
}

impl TableSchema {
    pub(crate) fn of(table: Table) -> Self {
        Self { schema: table.schema(), documented: table.columns().iter().collect() }
    }
}

#[pymethods]
impl TableSchema {
    fn capsule<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref())
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Name, type, unit, nullable and meaning of each column.
    fn columns(&self) -> Vec<(String, String, &'static str, bool, &'static str)> {
        let documented = |name: &str| self.documented.iter().find(|column| column.name == name);
        let column = |field: &Arc<arrow_schema::Field>| {
            let (unit, meaning) = documented(field.name()).map_or(("", ""), |column| (column.unit, column.meaning));
            (field.name().clone(), field.data_type().to_string(), unit, field.is_nullable(), meaning)
        };
        self.schema.fields().iter().map(column).collect()
    }
}
