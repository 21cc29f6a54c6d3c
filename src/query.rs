//! The SQL engine: the files of `queries/` and the user's own, run by Polars SQL on the tables of a run.

pub mod answer;
#[cfg(test)]
pub mod built_in_tests;
pub mod engine;
pub mod file;
#[cfg(test)]
pub mod fixture;
pub mod load;
pub mod renamed;
pub mod scope;
pub mod sql;
