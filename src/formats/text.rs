//! How the text formats write a value: numbers with all the digits needed to read them back, times as
//! `2025-05-27T18:41:50Z` (local ones without the Z), with a fraction of 3 or 6 digits if there is one.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde::ser::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::schema::cell::{LocalMicros, UtcMicros};
use crate::schema::value::Value;

impl<T: AsRef<str>> Value<T> {
    /// Adds the value to a text; a null adds nothing.
    ///
    /// # Errors
    /// A time outside the calendar, some 260,000 years away; the error names the column.
    pub fn print(&self, column: &str, text: &mut String) -> Result<()> {
        self.put(text).ok_or_else(|| Error::unexpected(format!("column {column} holds a time outside the calendar")))
    }

    /// As [`Value::print`]; times as `2025-05-27 18:41:50`, without zone and without the fraction of a second.
    pub fn print_to_the_second(&self, column: &str, text: &mut String) -> Result<()> {
        let (Self::Utc(UtcMicros(micros)) | Self::Local(LocalMicros(micros))) = *self else {
            return self.print(column, text);
        };
        let begin = text.len();
        let whole_seconds = LocalMicros(micros.saturating_sub(micros.rem_euclid(1_000_000)));
        Value::<&str>::Local(whole_seconds).print(column, text)?;
        if let Some(at) = text[begin..].find('T') {
            text.replace_range(begin + at..=begin + at, " ");
        }
        Ok(())
    }

    fn put(&self, text: &mut String) -> Option<()> {
        match self {
            Self::Null => {}
            Self::Text(value) => text.push_str(value.as_ref()),
            Self::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => text.push_str(itoa::Buffer::new().format(*value)),
            Self::Float(value) => print_float(*value, text)?,
            Self::Utc(UtcMicros(micros)) => {
                print_time(DateTime::from_timestamp_micros(*micros)?.naive_utc(), text)?;
                text.push('Z');
            }
            Self::Local(LocalMicros(micros)) => {
                print_time(DateTime::from_timestamp_micros(*micros)?.naive_utc(), text)?;
            }
            Self::Day(day) => print_day(day.date()?, text)?,
        }
        Some(())
    }
}

/// As JSON. Values that JSON cannot represent are null: infinity, NaN, a time outside the calendar.
impl<T: AsRef<str>> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text.as_ref()),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Float(_) => serializer.serialize_none(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Utc(_) | Self::Local(_) | Self::Day(_) => {
                let mut text = String::new();
                match self.put(&mut text) {
                    Some(()) => serializer.serialize_str(&text),
                    None => serializer.serialize_none(),
                }
            }
        }
    }
}

/// The shortest digits that read back as the same number, and never an exponent.
fn print_float(value: f64, text: &mut String) -> Option<()> {
    // Well within the range that zmij writes without an exponent.
    if value == 0.0 || (1e-4..1e15).contains(&value.abs()) {
        let mut digits = zmij::Buffer::new();
        let digits = digits.format_finite(value);
        text.push_str(digits.strip_suffix(".0").unwrap_or(digits));
        return Some(());
    }
    write!(text, "{value}").ok()
}

fn print_day(day: NaiveDate, text: &mut String) -> Option<()> {
    match u32::try_from(day.year()) {
        Ok(year @ 0..=9_999) => {
            print_two(year / 100, text);
            print_two(year % 100, text);
        }
        _ => write!(text, "{:04}", day.year()).ok()?,
    }
    text.push('-');
    print_two(day.month(), text);
    text.push('-');
    print_two(day.day(), text);
    Some(())
}

fn print_time(time: NaiveDateTime, text: &mut String) -> Option<()> {
    print_day(time.date(), text)?;
    for (sign, number) in [('T', time.hour()), (':', time.minute()), (':', time.second())] {
        text.push(sign);
        print_two(number, text);
    }
    match time.nanosecond() / 1_000 {
        0 => Some(()),
        micros if micros % 1_000 == 0 => write!(text, ".{:03}", micros / 1_000).ok(),
        micros => write!(text, ".{micros:06}").ok(),
    }
}

/// A number below 100 with two digits. (`write!` takes ten times as long, and every reel has ten times of day.)
fn print_two(number: u32, text: &mut String) {
    let digit = |digit: u32| char::from_digit(digit % 10, 10).expect("below 10");
    text.extend([digit(number / 10), digit(number)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::cell::Day;

    fn printed(value: Value<&str>) -> String {
        let mut text = String::new();
        value.print("a_column", &mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn numbers_are_as_the_standard_library_writes_them(int: i64, float: f64, cents in -1_000_000_000i64..1_000_000_000) {
            prop_assert_eq!(printed(Value::Int(int)), int.to_string());
            for float in [float, cents as f64 / 100.0, 1.0 / cents as f64] {
                // Where two are as short and as near (2146687422567.03125), the last digits may differ.
                let (printed, expected) = (printed(Value::Float(float)), float.to_string());
                prop_assert_eq!(printed.len(), expected.len());
                prop_assert_eq!(printed.parse(), Ok(float));
                prop_assert!(printed == expected || printed[..printed.len() - 1] == expected[..expected.len() - 1]);
            }
        }

        #[test]
        fn times_are_as_chrono_writes_them(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
            let seconds = DateTime::from_timestamp_micros(micros / 1_000_000 * 1_000_000).unwrap();
            let expected = seconds.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(printed(Value::Utc(UtcMicros(seconds.timestamp_micros()))), expected);
        }
    }

    #[test]
    fn floats_at_the_ends_of_what_has_no_exponent() {
        for float in [0.0, -0.0, 1e-4, 9.999e-5, 1e15, 999_999_999_999_999.9, 1e16, 1e300, 5e-324, f64::MAX, 0.1 + 0.2]
        {
            assert_eq!(printed(Value::Float(float)), float.to_string());
        }
        assert_eq!(printed(Value::Float(-0.5)), "-0.5");
    }

    #[test]
    fn times_to_the_second_leave_the_fraction_out() {
        let printed = |value: Value<&str>| {
            let mut text = String::from("T");
            value.print_to_the_second("a_column", &mut text).unwrap();
            text
        };
        assert_eq!(printed(Value::Utc(UtcMicros(1_748_371_310_999_999))), "T2025-05-27 18:41:50");
        assert_eq!(printed(Value::Local(LocalMicros(-1))), "T1969-12-31 23:59:59");
        assert_eq!((printed(Value::Day(Day(0))), printed(Value::Bool(true))), ("T1970-01-01".into(), "Ttrue".into()));
        let never = Value::<&str>::Utc(UtcMicros(i64::MIN));
        assert!(never.print_to_the_second("posted_at", &mut String::new()).is_err());
    }

    #[test]
    fn years_outside_of_four_digits_are_written_whole() {
        assert_eq!(printed(Value::Day(Day(-719_529))), "-001-12-31");
        assert_eq!(printed(Value::Day(Day(2_932_897))), "10000-01-01");
    }
}
