//! Values of flags: what may be typed, and the error for anything else.

use std::ffi::OsStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// One of the values of an enum, by its name; the help lists them.
#[derive(Clone)]
pub(crate) struct OneOf<T: 'static> {
    values: &'static [T],
    name: fn(T) -> &'static str,
}

impl<T: Copy> OneOf<T> {
    pub(crate) fn new(values: &'static [T], name: fn(T) -> &'static str) -> Self {
        Self { values, name }
    }

    fn names(&self) -> impl Iterator<Item = PossibleValue> {
        self.values.iter().map(|value| PossibleValue::new((self.name)(*value)))
    }
}

impl<T: Copy + Send + Sync> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> std::result::Result<T, clap::Error> {
        let value = value.to_str().map_or(value, |text| OsStr::new(text.trim()));
        let name = PossibleValuesParser::new(self.names()).parse_ref(command, arg, value)?;
        let found = self.values.iter().find(|value| (self.name)(**value) == name);
        found.copied().ok_or_else(|| clap::Error::new(clap::error::ErrorKind::InvalidValue))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names()))
    }
}

pub(crate) fn parse_text(text: &str) -> std::result::Result<String, String> {
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

pub(crate) fn parse_zone(text: &str) -> std::result::Result<Tz, String> {
    text.parse().map_err(|_| "not an IANA time zone; use e.g. America/New_York or UTC".to_owned())
}

pub(crate) fn parse_delimiter(text: &str) -> std::result::Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n .-+".contains(byte) => Ok(*byte),
        _ => Err("expected one character that cannot occur in a number (, ; |), or `tab`".to_owned()),
    }
}

pub(crate) fn parse_time(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| "use the form 2026-11-23T06:00:00Z".to_owned())
}

/// A day, which begins in UTC, or a time.
pub(crate) fn parse_since(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    match parse_day(text) {
        Ok(day) => Ok(day.and_time(chrono::NaiveTime::MIN).and_utc()),
        Err(_) => parse_time(text).map_err(|_| "use the form 2026-11-23 or 2026-11-23T06:00:00Z".to_owned()),
    }
}

pub(crate) fn parse_day(text: &str) -> std::result::Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| (1..=9999).contains(&day.year()));
    day.ok_or_else(|| "not a date: use the form YYYY-MM-DD, such as 2026-11-23".to_owned())
}

/// A number of whole days: 28d.
pub(crate) fn parse_days(text: &str) -> std::result::Result<i32, String> {
    let digits = text.strip_suffix('d').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let days = digits.and_then(|digits| digits.parse::<i32>().ok()).filter(|days| (1..=36_500).contains(days));
    days.ok_or_else(|| "use a number of days with its unit, such as 28d (1d to 36500d)".to_owned())
}

/// A hundred years: further back there is no reel, and every calendar has that day.
const MAX_AGE: chrono::Duration = chrono::Duration::days(36_500);

/// A number with its unit: 90s, 30m, 6h, 7d.
pub(crate) fn parse_age(text: &str) -> std::result::Result<chrono::Duration, String> {
    let form = || "use the form 90s, 30m, 6h or 7d".to_owned();
    // Other units are refused: `M` would be months.
    let number =
        text.strip_suffix(['s', 'm', 'h', 'd']).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let age = humantime::parse_duration(number.map(|_| text).ok_or_else(form)?).map_err(|_| form())?;
    let age = chrono::Duration::from_std(age).ok().filter(|age| *age <= MAX_AGE);
    age.ok_or_else(|| "at most 36500d, a hundred years".to_owned())
}

/// A part of a whole: 95% is 0.95.
pub(crate) fn parse_percent(text: &str) -> std::result::Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let percent = number.filter(|percent| (0.0..=100.0).contains(percent));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "use a percentage from 0% to 100%, such as 95%".to_owned())
}

/// A run id is the name of a folder: no slashes, not hidden.
pub(crate) fn parse_run_id(text: &str) -> std::result::Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+:~".contains(&byte);
    if text.is_empty() || text.len() > 128 || text.starts_with('.') || !text.bytes().all(allowed) {
        return Err("use at most 128 letters, digits or _ - . + : ~, not starting with a dot".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::Format;

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
        let formats = OneOf::new(&Format::ALL, Format::name);
        let _ = formats.parse_ref(&clap::Command::new("x"), None, OsStr::new(text));
        let _ = (parse_text(text), parse_zone(text), parse_delimiter(text), parse_run_id(text));
    }

    #[test]
    fn ages_end_at_a_hundred_years() {
        assert_eq!(parse_age("36500d").unwrap(), MAX_AGE);
        for text in ["36501d", "99999999d", "4294967295s", "4294967295d", "4294967296s", "-1d", "d", "1é", ""] {
            assert!(parse_age(text).is_err(), "{text}");
        }
        for text in ["0", "7", "s", "1y", "1w", "1.5h", "100ms", "1h 30m", "1h30m", "30M", "30 m", " 30m", "7days"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
        assert_eq!(
            ["90s", "30m", "6h", "7d"].map(|text| parse_age(text).unwrap().num_seconds()),
            [90, 1800, 21_600, 604_800]
        );
        for text in ["+262142-12-31", "-0001-01-01", "0000-01-01", "10000-01-01"] {
            assert!(parse_day(text).is_err() && parse_since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_percentage_has_its_sign_and_is_part_of_a_whole() {
        assert_eq!(["95%", "0%", "100%", "99.5%"].map(|text| parse_percent(text).unwrap()), [0.95, 0.0, 1.0, 0.995]);
        for text in ["95", "0.95", "-1%", "101%", "%", "NaN%", ""] {
            assert!(parse_percent(text).is_err(), "{text}");
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
