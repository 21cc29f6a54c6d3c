//! Values of flags: what may be typed, and what is said where something else was.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::sink::{Breaks, Compression, Decimal, Dialect, Format};

pub fn parse_text(text: &str) -> std::result::Result<String, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

pub fn parse_zone(text: &str) -> std::result::Result<Tz, String> {
    text.parse().map_err(|_| "no IANA time zone; write it like America/New_York or UTC".to_owned())
}

pub fn parse_format(text: &str) -> std::result::Result<Format, String> {
    let names: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
    Format::named(text.trim()).ok_or_else(|| format!("the formats are {}", names.join(", ")))
}

pub fn parse_compression(text: &str) -> std::result::Result<Compression, String> {
    Compression::named(text).ok_or_else(|| "the codecs are zstd and snappy".to_owned())
}

pub fn parse_dialect(text: &str) -> std::result::Result<Dialect, String> {
    Dialect::named(text).ok_or_else(|| "the dialects are plain, excel and excel-eu".to_owned())
}

pub fn parse_decimal(text: &str) -> std::result::Result<Decimal, String> {
    Decimal::named(text).ok_or_else(|| "the decimal sign is point or comma".to_owned())
}

pub fn parse_breaks(text: &str) -> std::result::Result<Breaks, String> {
    Breaks::named(text).ok_or_else(|| "line breaks are kept (keep) or become blanks (space)".to_owned())
}

pub fn parse_delimiter(text: &str) -> std::result::Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n .-+".contains(byte) => Ok(*byte),
        _ => Err("one character that no number holds, such as , or ; or | or the word tab".to_owned()),
    }
}

pub fn parse_time(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| "write it like 2026-11-23T06:00:00Z".to_owned())
}

/// A day, which begins in UTC, or a time.
pub fn parse_since(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => Ok(day.and_time(chrono::NaiveTime::MIN).and_utc()),
        Err(_) => parse_time(text).map_err(|_| "write it like 2026-11-23 or 2026-11-23T06:00:00Z".to_owned()),
    }
}

pub fn parse_day(text: &str) -> std::result::Result<NaiveDate, String> {
    text.parse().map_err(|_| "write it like 2026-11-23".to_owned())
}

/// A whole number with its unit: 90s, 30m, 6h, 7d.
pub fn parse_age(text: &str) -> std::result::Result<chrono::Duration, String> {
    let form = || "write it like 90s, 30m, 6h or 7d".to_owned();
    let unit = text.chars().next_back().ok_or_else(form)?;
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| form())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(form()),
    };
    Ok(chrono::Duration::seconds(i64::from(number) * seconds))
}

/// An id is a folder's name: no slashes, no hidden folders.
pub fn parse_run_id(text: &str) -> std::result::Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+:~".contains(&byte);
    if text.is_empty() || text.len() > 128 || text.starts_with('.') || !text.bytes().all(allowed) {
        return Err("letters, digits and _ - . + : ~ only, not beginning with a dot, at most 128".to_owned());
    }
    Ok(text.to_owned())
}
