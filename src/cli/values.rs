//! Values of flags: what may be typed, and what is said where something else was.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::formats::csv::style::{Breaks, Decimal, Dialect};
use crate::formats::options::{Compression, Format};

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
    match parse_day(text) {
        Ok(day) => Ok(day.and_time(chrono::NaiveTime::MIN).and_utc()),
        Err(_) => parse_time(text).map_err(|_| "write it like 2026-11-23 or 2026-11-23T06:00:00Z".to_owned()),
    }
}

pub fn parse_day(text: &str) -> std::result::Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1..=9999).contains(&day.year()));
    day.ok_or_else(|| "write it like 2026-11-23".to_owned())
}

/// So far back from today there is a day in every calendar, and no reel.
const MAX_AGE: chrono::Duration = chrono::Duration::days(36_500);

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
    let age = chrono::Duration::seconds(i64::from(number) * seconds);
    if age > MAX_AGE { Err("it is at most 36500d, a hundred years".to_owned()) } else { Ok(age) }
}

/// An id is a folder's name: no slashes, no hidden folders.
pub fn parse_run_id(text: &str) -> std::result::Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+:~".contains(&byte);
    if text.is_empty() || text.len() > 128 || text.starts_with('.') || !text.bytes().all(allowed) {
        return Err("letters, digits and _ - . + : ~ only, not beginning with a dot, at most 128".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives(text: &str) {
        let day: DateTime<Utc> = "1970-01-01T00:00:00Z".parse().unwrap();
        if let Ok(age) = parse_age(text) {
            let _ = (day - age, day + age, age * 2, age.num_microseconds().unwrap());
        }
        for at in parse_since(text).into_iter().chain(parse_time(text)) {
            let _ = (at - MAX_AGE, at + MAX_AGE, at.timestamp_micros(), at.to_rfc3339());
        }
        if let Ok(day) = parse_day(text) {
            let _ = i32::try_from((day - NaiveDate::default()).num_days()).unwrap();
        }
        let _ = (parse_text(text), parse_zone(text), parse_format(text), parse_compression(text), parse_dialect(text));
        let _ = (parse_decimal(text), parse_breaks(text), parse_delimiter(text), parse_run_id(text));
    }

    #[test]
    fn ages_are_as_long_as_a_calendar_bears() {
        assert_eq!(parse_age("36500d").unwrap(), MAX_AGE);
        for text in ["36501d", "99999999d", "4294967295s", "4294967295d", "4294967296s", "-1d", "d", "1é", ""] {
            assert!(parse_age(text).is_err(), "{text}");
        }
        for text in ["+262142-12-31", "-0001-01-01", "0000-01-01", "10000-01-01"] {
            assert!(parse_day(text).is_err() && parse_since(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_value_or_an_error(text in "\\PC{0,12}", number: u64, unit in "[smhdw ]?", year in -300_000..300_000_i32) {
            survives(&text);
            survives(&format!("{number}{unit}"));
            survives(&format!("{year:04}-12-31"));
            survives(&format!("{year:04}-12-31T23:59:60+23:59"));
        }
    }
}
