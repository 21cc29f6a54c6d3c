//! Numbers and days in an accounts file, as spreadsheets of different countries write them.

use chrono::NaiveDate;

use crate::error::{Error, Result};

/// A spreadsheet shows long numbers as `3.14216E+10` and saves that: the digits are lost.
pub(crate) fn check_exponent(text: &str) -> Result<()> {
    let is_exponent = |text: &str| {
        let (mantissa, exponent) = text.split_once(['E', 'e'])?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let exponent = exponent.trim_start_matches('+');
        Some(digits(exponent) && digits(&mantissa.replacen(['.', ','], "", 1)))
    };
    if is_exponent(text) != Some(true) {
        return Ok(());
    }
    Err(Error::usage(format!("user_id '{text}' was shortened by a spreadsheet: its digits are lost"))
        .hint("format the column as text, put the whole number in again, and save"))
}

/// A whole number, perhaps with thousands separators. `1.200` is refused: it is 1200 in one country and 1.2 in another.
pub(crate) fn count(text: &str) -> Result<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let separators: Vec<char> = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    let (first, rest) = text.split_once(|c: char| !c.is_ascii_digit()).unwrap_or((text, ""));
    let is_grouped = matches!(first.len(), 1..=3)
        && rest.split(|c: char| !c.is_ascii_digit()).all(|group| group.len() == 3)
        && separators.iter().all(|c| *c == separators[0]);
    let number = match separators[..] {
        [] if digits(text) => Some(text.to_owned()),
        // 1200.0 and 1200,00, as in a column with fractions or gaps.
        ['.' | ','] if digits(first) && matches!(rest, "0" | "00") => Some(first.to_owned()),
        ['.' | ','] if is_grouped => {
            return Err(Error::usage(format!(
                "ambiguous followers `{text}`: could be {first}{rest} or a decimal; write it without the `{}`",
                separators[0]
            )));
        }
        ['.' | ',', ..] if is_grouped => Some(text.replace(separators[0], "")),
        [' ' | '\u{A0}' | '\u{202F}' | '\'' | '’', ..] if is_grouped => Some(text.replace(separators[0], "")),
        _ => None,
    };
    let parsed = number.and_then(|number| number.parse().ok()).filter(|number| *number <= 1_000_000_000_000);
    parsed.ok_or_else(|| Error::usage(format!("followers `{text}` is not a whole number")))
}

/// `2026-10-18` or `18.10.2026`; other formats differ between countries.
pub(crate) fn day(text: &str) -> Result<NaiveDate> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let dashes: Vec<&str> = text.split('-').collect();
    let dots: Vec<&str> = text.split('.').collect();
    let parsed = match (&dashes[..], &dots[..]) {
        ([year, month, day], _) | (_, [day, month, year]) if year.len() == 4 => number(year)
            .and_then(|year| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(month)?, number(day)?)),
        _ => None,
    };
    parsed.ok_or_else(|| {
        Error::usage(format!("followers_as_of `{text}` is not a date")).hint("write it like 2026-10-18 or 18.10.2026")
    })
}
