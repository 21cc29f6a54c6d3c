//! What everything behind needs of a line: a log that is read without a fault can be made into rows.

use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;

use super::{Line, Start};

/// Why a text is no line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    /// Its bytes are no JSON object at all: what a kill, a power cut or a flipped bit leaves.
    pub is_garbage: bool,
}

impl Fault {
    pub fn unusable(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_garbage: false }
    }

    pub fn of_json(text: &str, error: &serde_json::Error) -> Self {
        Self { what: error.to_string(), is_garbage: !text.starts_with('{') || error.is_syntax() || error.is_eof() }
    }
}

/// Longer ones name no folder or file.
const MOST_NAME_BYTES: usize = 80;
const MOST_RUN_ID_BYTES: usize = 160;

/// # Errors
/// Which value cannot be used.
pub fn check(line: &Line) -> Result<(), Fault> {
    match line {
        Line::Start(start) => check_start(start),
        Line::Page(page) => check_time("fetched_at", &page.fetched_at),
        Line::End(_) | Line::BarePage(_) => Ok(()),
    }
}

fn check_start(start: &Start) -> Result<(), Fault> {
    let account = start.account.as_str();
    if account.trim().is_empty() || account.len() > MOST_NAME_BYTES || account.contains(char::is_control) {
        return Err(Fault::unusable(format!("account {account:?} is no name of an account")));
    }
    let run_id = start.run_id.as_str();
    if run_id.is_empty() || run_id.len() > MOST_RUN_ID_BYTES {
        return Err(Fault::unusable(format!(
            "run_id has {} bytes; 1 to {MOST_RUN_ID_BYTES} can be used",
            run_id.len()
        )));
    }
    if start.timezone.parse::<Tz>().is_err() {
        return Err(Fault::unusable(format!("timezone '{}' is no IANA time zone", start.timezone)));
    }
    check_time("started_at", &start.started_at)?;
    let day = start.followers_as_of.as_deref();
    match day.map(str::parse::<NaiveDate>) {
        Some(Ok(day)) if !(0..=9999).contains(&day.year()) => {
            Err(Fault::unusable(format!("followers_as_of '{day}' is no day of the years 0 to 9999")))
        }
        Some(Err(error)) => {
            Err(Fault::unusable(format!("followers_as_of '{}' is no day: {error}", day.unwrap_or_default())))
        }
        _ => Ok(()),
    }
}

fn check_time(name: &str, text: &str) -> Result<(), Fault> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::unusable(format!("{name} '{text}' is no time: {error}"))),
    }
}
