//! Findings on the newest update: what is new, what is gone, who is silent.

use crate::report::findings::rows::{AnswerRows, instant};
use crate::report::findings::{Basis, Finding, Topic};
use crate::report::render::format::{Precision, format_value, grouped, plural};
use crate::report::row::Row;
use crate::schema::value::Value;

pub(super) fn new_reels(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let new = row.whole("new_reels")?;
        let gained = row.whole("views_gained").filter(|_| row.whole("views_gained_n") > Some(0));
        if new == 0 && gained.is_none() {
            return None;
        }
        let n = row.whole("views_gained_n").unwrap_or(0);
        let gained = gained.map(|views| {
            // Instagram corrects counts, also downwards.
            let verb = if views < 0 { "lost" } else { "gained" };
            let views = format_value("views_gained", &Value::Int(views.saturating_abs()), Precision::Short);
            format!("; {} {verb} {views} views", plural(n, "earlier reel", "earlier reels"))
        });
        let new_reels = if new == 0 { "No new reel".to_owned() } else { plural(new, "new reel", "new reels") };
        let claim = format!("{new_reels} {}", since_previous(rows, &row));
        let finding = rows.finding(&row, "new_reels", Basis::NewestUpdate, Topic::Standing, claim);
        let details = format!("{}.", gained.unwrap_or_default());
        // Below all that is compared with something.
        let strength = 1e-3 * (new as f64 + n as f64 / 1e6) / (1.0 + new as f64);
        Some(Finding { value: Some(new as f64), n: Some(n), details, strength, ..finding })
    };
    rows.all().filter_map(finding).collect()
}

/// in the week to 19 October, in the 3 days to 19 October
fn since_previous(rows: &AnswerRows, row: &Row) -> String {
    let times = (instant(row.value("previous_observation")), instant(row.value("crawl_started_at")));
    let (Some(before), Some(now)) = times else { return "since the previous update".to_owned() };
    let hours = (now - before).num_minutes() as f64 / 60.0;
    let period = match (hours.round() as i64, (hours / 24.0).round() as i64) {
        (..2, _) => return "since the previous update".to_owned(),
        (hours @ ..48, _) => plural(hours, "hour", "hours"),
        (_, 7) => "week".to_owned(),
        (_, days) => plural(days, "day", "days"),
    };
    format!("in the {period} to {}", rows.day(now.date_naive()))
}

pub(super) fn no_longer_listed(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let gone = row.whole("no_longer_listed").filter(|gone| *gone > 0)?;
        let (reels, them) = (plural(gone, "reel is", "reels are"), if gone == 1 { "it" } else { "them" });
        let claim = format!("{reels} no longer listed");
        let finding = rows.finding(&row, "no_longer_listed", Basis::NewestUpdate, Topic::Standing, claim);
        let details = format!(": the last two full updates did not show {them}.");
        Some(Finding { value: Some(gone as f64), n: Some(gone), details, strength: 0.01, ..finding })
    };
    rows.all().filter_map(finding).collect()
}

/// An account that is silent for longer than its usual pace explains.
pub(super) fn silence(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let is_silent = *row.value("is_silent") == Value::Bool(true);
        let days = row.number("days_since_last_post").filter(|_| is_silent)?;
        let claim = format!("No reel for {} days", grouped(days.floor() as i64));
        let finding = rows.finding(&row, "silence", Basis::NewestUpdate, Topic::Change, claim);
        Some(Finding { value: Some(days), strength: days.max(1.0).ln(), ..finding })
    };
    rows.all().filter_map(finding).collect()
}
