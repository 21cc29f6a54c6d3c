//! Times at which no page was fetched: those that are still to come, of which one would be the newest for years, and those
//! before there was Instagram. (A crawl under a clock that is wrong keeps its pages: this is about what is replayed.)

use std::path::Path;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::error::{Error, Hint, Result};
use crate::store::page_log::line::Line;
use crate::time;
use crate::time::timestamp;

/// Whether a moment lies more than a day behind this machine's clock.
pub fn is_to_come(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at.signed_duration_since(now) > TimeDelta::days(1)
}

pub fn is_before_instagram(at: DateTime<Utc>) -> bool {
    const FIRST_YEAR: i32 = 2010;
    at.year() < FIRST_YEAR
}

/// A line of a replayed log whose time can be.
///
/// # Errors
/// `InvalidData` where it cannot.
pub fn checked<'a>(log: &Path, line: Line<'a>) -> Result<Line<'a>> {
    match &line {
        Line::Page(page) => check(&format!("{}, page {}", log.display(), page.page), &page.fetched_at)?,
        Line::Start(start) => check(&log.display().to_string(), &start.started_at)?,
        Line::End(_) | Line::BarePage(_) => {}
    }
    Ok(line)
}

/// What is no time at all is for others to say.
pub fn check(what: &str, at: &str) -> Result<()> {
    let (now, parsed) = (time::now(), DateTime::parse_from_rfc3339(at));
    let Ok(parsed) = parsed.map(|at| at.to_utc()) else { return Ok(()) };
    if is_before_instagram(parsed) {
        return Err(
            Error::invalid_data(format!("{what}: its time is {at}, before there was Instagram")).hint(Hint::ObservedAt)
        );
    }
    if is_to_come(parsed, now) {
        let message =
            format!("{what}: its time is {at}, more than a day after this machine's clock ({})", timestamp(now));
        return Err(Error::invalid_data(message).hint(Hint::ClockOrObservedAt));
    }
    Ok(())
}
