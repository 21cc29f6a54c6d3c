//! What a cell of a workbook can hold: days as Excel counts them, and texts of limited length.

use rust_xlsxwriter::XlsxError;

use crate::error::Error;
use crate::schema::cell::{Day, LocalMicros, MICROS_PER_DAY, UtcMicros};
use crate::schema::value::Value;

pub(crate) const WORKBOOK: &str = "reelframe.xlsx";
/// UTF-16 units that a cell can hold, and the end of a text that was cut.
pub(crate) const TEXT_UNITS: usize = 32_767;
pub(crate) const CUT_MARK: &str = " … [cut off here: an Excel cell holds no more]";
/// Excel's numbers have 15 digits.
const LARGEST_WHOLE_NUMBER: u64 = 999_999_999_999_999;
/// 1900-03-01 and 9999-12-31 in days since 1970. (Excel has a 29 February 1900, so its earlier days are off by one.)
pub(crate) const FIRST_DAY: i64 = -25_508;
pub(crate) const LAST_DAY: i64 = 2_932_896;
/// The number that Excel gives 1970-01-01.
const DAY_OF_1970: i64 = 25_569;

pub(crate) fn fault(cause: XlsxError) -> Error {
    Error::unexpected(format!("could not make {WORKBOOK}: {cause}"))
}

/// A value as the number that Excel stores for it; `None` for texts and flags, and where a text has to stand for it.
pub(crate) fn number<T>(value: &Value<T>) -> Option<f64> {
    match value {
        Value::Int(number) => (number.unsigned_abs() <= LARGEST_WHOLE_NUMBER).then_some(*number as f64),
        Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        Value::Utc(UtcMicros(micros)) | Value::Local(LocalMicros(micros)) => day_number(*micros),
        Value::Day(Day(days)) => day_number(i64::from(*days) * MICROS_PER_DAY),
        Value::Null | Value::Text(_) | Value::Bool(_) => None,
    }
}

/// A time in Excel's days; `None` outside its calendar.
fn day_number(micros: i64) -> Option<f64> {
    let (day, rest) = (micros.div_euclid(MICROS_PER_DAY), micros.rem_euclid(MICROS_PER_DAY));
    let fraction = rest as f64 / MICROS_PER_DAY as f64;
    (FIRST_DAY..=LAST_DAY).contains(&day).then(|| (day + DAY_OF_1970) as f64 + fraction)
}

/// A text cut to what a cell holds, with a mark; `None` if it fits.
pub(crate) fn cut(text: &str) -> Option<String> {
    // Characters that XML does not allow are written as `_x0001_`.
    let units = |c: char| if c < ' ' || ['\u{FFFE}', '\u{FFFF}'].contains(&c) { 7 } else { c.len_utf16() };
    if text.len() * 7 <= TEXT_UNITS {
        return None;
    }
    let units_kept = TEXT_UNITS - CUT_MARK.encode_utf16().count();
    let (mut length, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        length += units(c);
        if length <= units_kept {
            end = at + c.len_utf8();
        }
    }
    (length > TEXT_UNITS).then(|| format!("{}{CUT_MARK}", &text[..end]))
}
