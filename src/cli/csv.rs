//! The flags of CSV: of the files of tables, and of answers.

use clap::Args;

use crate::cli::values::{parse_breaks, parse_decimal, parse_delimiter, parse_dialect};
use crate::error::Result;
use crate::formats::csv::style::{Breaks, CsvStyle, Decimal, Dialect};

/// How CSV is written: the files of tables, and answers.
#[derive(Debug, Args)]
pub struct CsvArgs {
    /// CSV delimiter: one character, or `tab` [default: , or, with decimal commas, ;]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub csv_delimiter: Option<u8>,

    /// plain: RFC 4180; excel: ids keep all digits, formulas are escaped; excel-eu: the same with decimal commas, `;` and
    /// times to the second, for Excel and LibreOffice in most of Europe
    #[arg(long, value_name = "DIALECT", default_value = "plain", value_parser = parse_dialect)]
    pub csv_dialect: Dialect,

    /// CSV decimal sign: point or comma [default: point; comma in the dialect excel-eu]
    #[arg(long, value_name = "SIGN", value_parser = parse_decimal)]
    pub csv_decimal: Option<Decimal>,

    /// Line breaks within CSV texts: keep, or space (a blank each, for readers that split at line breaks)
    #[arg(long, value_name = "HOW", default_value = "keep", value_parser = parse_breaks)]
    pub csv_breaks: Breaks,
}

impl CsvArgs {
    pub fn style(&self) -> Result<CsvStyle> {
        CsvStyle::new(self.csv_dialect, self.csv_delimiter, self.csv_decimal, self.csv_breaks)
    }
}
