//! Times that are still to come: no page was fetched then, and one such time would be the newest for years.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock;
use crate::error::{Error, Result};

use super::page_log::Line;
use super::walk::timestamp;

/// Whether a moment lies more than a day behind this machine's clock.
pub fn is_to_come(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at.signed_duration_since(now) > TimeDelta::days(1)
}

/// A line of a replayed log whose time has been.
///
/// # Errors
/// Exit 4 where it is still to come.
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
    let (now, parsed) = (clock::now(), DateTime::parse_from_rfc3339(at));
    if parsed.is_ok_and(|at| is_to_come(at.to_utc(), now)) {
        let message =
            format!("{what}: its time is {at}, more than a day after this machine's clock ({})", timestamp(now));
        return Err(Error::not_understood(message)
            .hint("set this machine's clock, or give the time of saved answers by --observed-at"));
    }
    Ok(())
}
