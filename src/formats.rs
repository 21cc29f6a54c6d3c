//! Rows to files in every format, and back. A new format is one file here with a `FormatWriter`, and a line each in
//! `options::Format` and `writer::open`.

pub mod arrow;
pub mod csv;
pub mod hashing_file;
pub mod jsonl;
pub mod options;
pub mod parquet;
pub mod read;
pub mod rebatch;
pub mod text;
pub mod writer;
pub mod xlsx;
