//! Rows to files in every format, and back. A new format is one file here with a `FormatWriter`, and its line in
//! `writer::Format`.

pub mod arrow;
pub mod csv;
pub mod jsonl;
pub mod parquet;
pub mod read;
pub mod rebatch;
pub mod text;
pub mod writer;
pub mod xlsx;
