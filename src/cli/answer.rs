//! Answers of queries: to stdout, or into a file, whole or not at all.

use std::path::Path;

use crate::cli::args::AnswerFormat;
use crate::cli::ending::{print, print_shown};
use crate::error::{Error, Result};
use crate::formats::{csv::style::CsvStyle, parquet};
use crate::fs;
use crate::query::answer::Answer;

/// # Errors
/// `Usage` for Parquet without a file, `Disk` where nothing can be written.
pub(crate) fn print_answer(answer: &Answer, format: AnswerFormat, csv: CsvStyle, out: Option<&Path>) -> Result<()> {
    if out.is_none() && matches!(format, AnswerFormat::Table) {
        return print_shown(&answer.to_table());
    }
    let bytes = match format {
        AnswerFormat::Table => answer.to_table().into_bytes(),
        AnswerFormat::Csv => answer.to_csv(csv)?.into_bytes(),
        AnswerFormat::Json => answer.to_json()?.into_bytes(),
        AnswerFormat::Parquet => parquet::to_parquet(&answer.to_batch()?)?,
    };
    match out {
        Some(path) => fs::write_whole(path, &bytes),
        None if matches!(format, AnswerFormat::Parquet) => {
            Err(Error::usage("--format parquet needs an output file").hint("use --out answer.parquet"))
        }
        None => print(&String::from_utf8_lossy(&bytes)),
    }
}
