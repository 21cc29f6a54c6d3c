//! The style of CSV: dialect, delimiter, decimal sign and line breaks.

use crate::error::{Error, Hint, Result};
use crate::schema::named::named_enum;

named_enum! {
    /// For programs, or for people who open the file in Excel.
    Dialect {
        Plain = "plain",
        Excel = "excel",
        /// For Excel and LibreOffice in countries with a decimal comma.
        ExcelEu = "excel-eu",
    }
}

named_enum! {
    /// The decimal sign of numbers.
    Decimal { Point = "point", Comma = "comma", }
}

named_enum! {
    /// Line breaks within texts.
    Breaks {
        Keep = "keep",
        /// A blank each, for readers that split at line breaks, quoted or not.
        Space = "space",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvStyle {
    dialect: Dialect,
    delimiter: u8,
    decimal: Decimal,
    breaks: Breaks,
}

impl CsvStyle {
    /// RFC 4180.
    pub const PLAIN: CsvStyle =
        CsvStyle { dialect: Dialect::Plain, delimiter: b',', decimal: Decimal::Point, breaks: Breaks::Keep };

    /// Defaults depend on the dialect; with a decimal comma, cells are separated by `;`.
    ///
    /// # Errors
    /// `Usage` for a delimiter that would break the file, or stands in its numbers.
    pub fn new(dialect: Dialect, delimiter: Option<u8>, decimal: Option<Decimal>, breaks: Breaks) -> Result<Self> {
        let decimal = decimal.unwrap_or(default_decimal(dialect));
        let in_europe = dialect == Dialect::ExcelEu || decimal == Decimal::Comma;
        let delimiter = delimiter.unwrap_or(if in_europe { b';' } else { b',' });
        if !delimiter.is_ascii() || [b'"', b'\r', b'\n'].contains(&delimiter) {
            return Err(Error::usage(format!("the CSV delimiter cannot be byte {delimiter}"))
                .hint("give one ASCII character that is neither a quote nor a line end, such as , or ;"));
        }
        if decimal == Decimal::Comma && delimiter == b',' {
            return Err(Error::usage("the comma cannot be both the CSV delimiter and the decimal sign")
                .hint(Hint::DelimiterOrDecimal));
        }
        Ok(Self { dialect, delimiter, decimal, breaks })
    }

    pub fn dialect(self) -> Dialect {
        self.dialect
    }

    pub fn delimiter(self) -> u8 {
        self.delimiter
    }

    pub fn breaks(self) -> Breaks {
        self.breaks
    }

    pub fn decimal(self) -> Decimal {
        self.decimal
    }

    /// The decimal sign if it is not the default of the dialect.
    pub fn own_decimal(self) -> Option<Decimal> {
        (self.decimal != default_decimal(self.dialect)).then_some(self.decimal)
    }

    pub(crate) fn is_excel(self) -> bool {
        self.dialect != Dialect::Plain
    }
}

fn default_decimal(dialect: Dialect) -> Decimal {
    if dialect == Dialect::ExcelEu { Decimal::Comma } else { Decimal::Point }
}
