//! The formats of a table's files, and their options.

use crate::formats::csv::style::CsvStyle;
use crate::schema::named::named_enum;

named_enum! {
    /// A file format; its name is the file extension.
    Format {
        Parquet = "parquet",
        Csv = "csv",
        Jsonl = "jsonl",
        Arrow = "arrow",
        /// One file for all tables, made of their Parquet files.
        Xlsx = "xlsx",
        /// Delta tables beside the runs of a store, made of the Parquet files of the latest one.
        Delta = "delta",
    }
}

named_enum! {
    /// How the pages of a Parquet file are compressed: zstd is smaller, snappy is read by the oldest tools.
    Compression { Zstd = "zstd", Snappy = "snappy", }
}

named_enum! {
    /// Where the files of an export lie: beside each other, or in a folder for each table.
    Layout { Flat = "flat", Folders = "folders", }
}

#[derive(Debug, Clone)]
pub struct Options {
    pub formats: Vec<Format>,
    pub compression: Compression,
    pub csv: CsvStyle,
    /// Of an export; a run's files have their places.
    pub layout: Layout,
}

impl Options {
    /// These formats with default options.
    pub fn new(formats: &[Format]) -> Self {
        Self { formats: formats.to_vec(), compression: Compression::Zstd, csv: CsvStyle::PLAIN, layout: Layout::Flat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv::style::{Breaks, Decimal, Dialect};

    #[test]
    fn names_lead_back_to_what_they_name() {
        for format in Format::ALL {
            assert_eq!(Format::named(format.name()), Some(format));
        }
        for compression in Compression::ALL {
            assert_eq!(Compression::named(compression.name()), Some(compression));
        }
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::named(dialect.name()), Some(dialect));
        }
        for decimal in Decimal::ALL {
            assert_eq!(Decimal::named(decimal.name()), Some(decimal));
        }
        for breaks in Breaks::ALL {
            assert_eq!(Breaks::named(breaks.name()), Some(breaks));
        }
        assert_eq!(Format::named("PARQUET"), None);
    }
}
