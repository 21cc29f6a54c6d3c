//! What later stages need from a line: a log that is read without a fault can be transformed to rows.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::store::page_log::line::{Line, Start};

/// Why a text is not a line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    /// Its bytes are not a JSON object: what a kill, a power cut or a flipped bit leaves.
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

/// Longer names cannot be file or folder names.
const MOST_NAME_BYTES: usize = 80;
const MOST_RUN_ID_BYTES: usize = 160;
/// No account has more crawls, and not every JSON reader handles larger integers.
const MOST_CRAWLS: u64 = 1 << 53;

/// # Errors
/// Which value cannot be used. Times and statuses were checked as they were read.
pub(crate) fn check(line: &Line) -> Result<(), Fault> {
    match line {
        Line::Start(start) => check_start(start),
        Line::Page(page) => check_billed(page.billed, page.attempts),
        Line::Profile(profile) => check_billed(profile.billed, profile.attempts),
        Line::End(end) => check_billed(end.billed, end.attempts),
        Line::BarePage(_) => Ok(()),
    }
}

/// A page of the first versions counts as one billed request, also where its log says that it took none.
fn check_billed(billed: u32, attempts: u32) -> Result<(), Fault> {
    if billed > attempts.max(1) {
        return Err(Fault::unusable(format!("billed {billed} is more than the {attempts} attempts")));
    }
    Ok(())
}

fn check_start(start: &Start) -> Result<(), Fault> {
    let account = start.account.as_str();
    if account.trim().is_empty() || account.len() > MOST_NAME_BYTES || account.contains(char::is_control) {
        return Err(Fault::unusable(format!("account {account:?} is not a name of an account")));
    }
    if let Some(id) = start.account_id.as_ref()
        && (id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Fault::unusable(format!("account_id {id:?} is not a user id")));
    }
    if let Some(followers) = start.followers.filter(|followers| *followers < 0) {
        return Err(Fault::unusable(format!("followers {followers} is not a count")));
    }
    if start.sequence > MOST_CRAWLS {
        return Err(Fault::unusable(format!("sequence {} is above {MOST_CRAWLS}", start.sequence)));
    }
    let run_id = start.run_id.as_str();
    if run_id.is_empty() || run_id.len() > MOST_RUN_ID_BYTES {
        return Err(Fault::unusable(format!(
            "run_id has {} bytes; 1 to {MOST_RUN_ID_BYTES} can be used",
            run_id.len()
        )));
    }
    if start.timezone.parse::<Tz>().is_err() {
        return Err(Fault::unusable(format!("timezone '{}' is not an IANA time zone", start.timezone)));
    }
    let day = start.followers_as_of.as_deref();
    match day.map(str::parse::<NaiveDate>) {
        Some(Ok(day)) if !(0..=9999).contains(&day.year()) => {
            Err(Fault::unusable(format!("followers_as_of '{day}' is not a day of the years 0 to 9999")))
        }
        Some(Err(error)) => {
            Err(Fault::unusable(format!("followers_as_of '{}' is not a day: {error}", day.unwrap_or_default())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_no_table_can_use_is_named() {
        let start = r#"{"line":"start","account":"maple","account_id":"5005","label":null,"timezone":"UTC","followers":5,"followers_as_of":null,"run_id":"one","version":"0.1.0","started_at":"2026-03-01T06:00:00.000Z","sequence":9007199254740992}"#;
        let end =
            r#"{"line":"end","status":"complete","reason":null,"attempts":0,"ended_at":"2026-03-01T06:00:00.000Z"}"#;
        assert!(Line::parse(start).is_ok() && Line::parse(end).is_ok());
        for (line, from, to, what) in [
            (start, "\"followers\":5", "\"followers\":-5", "followers -5"),
            (start, "\"5005\"", "\"\"", "account_id \"\""),
            (start, "\"5005\"", "\"abc\"", "account_id \"abc\""),
            (start, "9007199254740992", "9007199254740993", "sequence 9007199254740993"),
            (start, "9007199254740992", "18446744073709551615", "sequence 18446744073709551615"),
            (end, "complete", "wonderful", "status \"wonderful\""),
            (end, "\"attempts\":0", "\"attempts\":1,\"billed\":2", "billed 2 is more than the 1 attempts"),
        ] {
            let line = line.replace(from, to);
            let fault = Line::parse(&line).unwrap_err();
            assert!(fault.what.starts_with(what) && !fault.is_garbage, "{fault:?}");
        }
    }
}
