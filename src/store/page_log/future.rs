//! Times at which no page can have been fetched: in the future, where they would be the newest for years, and before
//! Instagram existed. (A crawl under a wrong clock keeps its pages: this is about replayed pages.)

use std::path::Path;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::error::{Error, Hint, Result};
use crate::store::page_log::line::Line;
use crate::time::{self, Timestamp, timestamp};

/// Whether a time is more than a day ahead of this machine's clock.
pub(crate) fn is_in_the_future(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at.signed_duration_since(now) > TimeDelta::days(1)
}

pub(crate) fn is_before_instagram(at: DateTime<Utc>) -> bool {
    const FIRST_YEAR: i32 = 2010;
    at.year() < FIRST_YEAR
}

/// A line of a replayed log, if its time is possible.
///
/// # Errors
/// `InvalidData` if it is not.
pub(crate) fn checked<'a>(log: &Path, line: Line<'a>) -> Result<Line<'a>> {
    match &line {
        Line::Page(page) => check(&format!("{}, page {}", log.display(), page.page), &page.fetched_at)?,
        Line::Start(start) => check(&log.display().to_string(), &start.started_at)?,
        Line::Profile(profile) => check(&format!("{}, profile", log.display()), &profile.fetched_at)?,
        Line::End(_) | Line::BarePage(_) => {}
    }
    Ok(line)
}

pub(crate) fn check(what: &str, at: &Timestamp) -> Result<()> {
    let now = time::now();
    if is_before_instagram(at.at()) {
        return Err(
            Error::invalid_data(format!("{what}: its time is {at}, before Instagram existed")).hint(Hint::ObservedAt)
        );
    }
    if is_in_the_future(at.at(), now) {
        let message =
            format!("{what}: its time is {at}, more than a day after this machine's clock ({})", timestamp(now));
        return Err(Error::invalid_data(message).hint(Hint::ClockOrObservedAt));
    }
    Ok(())
}
