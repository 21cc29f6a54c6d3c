//! The SQL engine: the files of `queries/` and the user's own, run by Polars SQL on the tables of a run.

pub(crate) mod answer;
pub(crate) mod engine;
pub(crate) mod file;
pub(crate) mod load;
pub(crate) mod period;
pub(crate) mod renamed;
pub(crate) mod scope;
pub(crate) mod sql;
pub(crate) mod steps;
