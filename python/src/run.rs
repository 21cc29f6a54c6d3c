//! The latest run of a store, tables in a folder, and the data dictionary.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use reelframe::internals::{built_in_queries, query_text};
use reelframe::{LatestRun, Store, Table, TableScan};
use std::sync::Arc;

use crate::source::{Source, TableSchema};
use crate::{errors, work};

/// A published run.
#[pyclass(frozen)]
pub(crate) struct Run(Arc<LatestRun>);

#[pymethods]
impl Run {
    #[getter]
    fn id(&self) -> &str {
        self.0.id()
    }

    #[getter]
    fn accounts(&self) -> Vec<String> {
        self.0.accounts()
    }

    #[pyo3(signature = (table, columns=None, accounts=None))]
    fn read(
        &self,
        py: Python<'_>,
        table: &str,
        columns: Option<Vec<String>>,
        accounts: Option<Vec<String>>,
    ) -> PyResult<Source> {
        work::refuse_in_a_forked_child()?;
        let scan = self.0.read(named(table)?, columns.as_deref(), accounts.as_deref());
        scan.map(Source::of_scan).map_err(|error| errors::exception(py, &error))
    }

    /// The answer to SQL, a built-in query or a .sql file.
    fn query(&self, py: Python<'_>, text: String) -> PyResult<Source> {
        let run = self.0.clone();
        let answer = work::run(py, move || run.query(&query_text(&text)?)?.to_batch())?;
        Ok(Source::of_batch(answer))
    }
}

/// The latest run of a store.
#[pyfunction]
pub(crate) fn open(py: Python<'_>, store: PathBuf) -> PyResult<Run> {
    work::run(py, move || LatestRun::of(&Store::new(&store))).map(|run| Run(Arc::new(run)))
}

/// A table in a folder of exported Parquet files.
#[pyfunction]
pub(crate) fn scan(py: Python<'_>, table: &str, dir: PathBuf) -> PyResult<Source> {
    work::refuse_in_a_forked_child()?;
    let scan = TableScan::new(named(table)?, vec![dir.join(format!("{table}.parquet"))], None, None);
    scan.map(Source::of_scan).map_err(|error| errors::exception(py, &error))
}

#[pyfunction]
pub(crate) fn schema(table: &str) -> PyResult<TableSchema> {
    Ok(TableSchema::of(named(table)?))
}

/// The names of the tables.
#[pyfunction]
pub(crate) fn tables() -> Vec<&'static str> {
    Table::ALL.into_iter().map(Table::name).collect()
}

/// Name and title of each built-in query.
#[pyfunction]
pub(crate) fn queries() -> Vec<(String, String)> {
    built_in_queries().into_iter().map(|query| (query.name, query.title)).collect()
}

/// # Errors
/// `RuntimeError` in a child that was forked after the first call.
#[pyfunction]
pub(crate) fn check_process() -> PyResult<()> {
    work::refuse_in_a_forked_child()
}

fn named(name: &str) -> PyResult<Table> {
    Table::ALL.into_iter().find(|table| table.name() == name).ok_or_else(|| {
        PyValueError::new_err(format!("there is no table {name:?}: the tables are {}", tables().join(", ")))
    })
}
