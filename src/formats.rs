//! Rows to files in every format, and back. A new format is one file here with a `FormatWriter`, and a line each in
//! `options::Format` and `writer::open`.

pub(crate) mod arrow;
pub(crate) mod csv;
pub(crate) mod hashing_file;
pub(crate) mod jsonl;
pub(crate) mod options;
pub(crate) mod parquet;
pub(crate) mod read;
pub(crate) mod rebatch;
pub(crate) mod scan;
pub(crate) mod statistics;
pub(crate) mod text;
pub(crate) mod writer;
pub(crate) mod xlsx;
