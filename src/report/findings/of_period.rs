//! Findings on the period and the one before, on the reels posted in it, and on the last two finished months.

use crate::report::findings::rows::AnswerRows;
use crate::report::findings::{Basis, Finding, Topic, is_notable};
use crate::report::render::format::{cut, display_text};
use crate::schema::value::Value;

/// Sums are facts, whatever chance does; below this change they are not worth a sentence.
const MIN_CHANGE: f64 = 0.1;

/// Views gained per day, over days on which they are known.
pub(super) fn views_gained(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: usize| {
        let change = rows.number(row, "views_gained_change_rate").filter(|change| change.abs() >= MIN_CHANGE)?;
        // Instagram corrects counts, also downwards: a ratio to views lost says nothing.
        let gained = rows.number(row, "views_gained").filter(|gained| *gained >= 0.0 && change > -1.0)?;
        let (verb, ratio) = (if change > 0.0 { "rose" } else { "fell" }, 1.0 + change);
        let claim = format!("Views gained per day {verb} by {}", percent(change));
        let finding = rows.finding(row, "views_gained", Basis::Period, Topic::Change, claim);
        let details = " against the period before.".to_owned();
        Some(Finding { value: Some(gained), change: Some(change), details, strength: ratio.ln().abs(), ..finding })
    };
    rows.all().filter_map(finding).collect()
}

/// 23 %
fn percent(change: f64) -> String {
    format!("{:.0}\u{a0}%", (100.0 * change).abs())
}

/// Median views at 7 days of the reels posted in the period and in the one before.
pub(super) fn median_views(rows: &AnswerRows) -> Vec<Finding> {
    medians(rows, "median_views_7d", "views_7d_z", "Median views at 7 days")
}

pub(super) fn engagement(rows: &AnswerRows) -> Vec<Finding> {
    medians(rows, "median_engagement_rate", "engagement_rate_z", "The median engagement rate")
}

fn medians(rows: &AnswerRows, column: &'static str, z: &str, what: &str) -> Vec<Finding> {
    let (n, before, before_n) = (format!("{column}_n"), format!("{column}_before"), format!("{column}_before_n"));
    let finding = |row: usize| {
        let value = rows.number(row, column)?;
        let ratio = value / rows.number(row, &before).filter(|before| *before > 0.0)?;
        if !rows.is_beyond_chance(row, z) || !is_notable(ratio) {
            return None;
        }
        let verb = if ratio > 1.0 { "rose" } else { "fell" };
        let claim = format!("{what} {verb} to {}", rows.words(row, column));
        let finding = rows.finding(row, column, Basis::Period, Topic::Change, claim);
        let details = format!(
            " ({} reels) from {} in the period before ({} reels).",
            rows.words(row, &n),
            rows.words(row, &before),
            rows.words(row, &before_n)
        );
        Some(Finding {
            value: Some(value),
            change: Some(ratio - 1.0),
            n: rows.whole(row, &n),
            z: rows.number(row, z),
            details,
            strength: ratio.ln().abs(),
            ..finding
        })
    };
    rows.all().filter_map(finding).collect()
}

pub(super) fn breakouts(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: usize| {
        let is_breakout = rows.is(row, "performance", "breakout");
        let multiple = rows.number(row, "rated_multiple").filter(|_| is_breakout)?;
        let mut remarks = Vec::new();
        if let Value::Text(hook) = rows.value(row, "hook") {
            remarks.push(format!("“{}”", cut(&display_text(hook), 60)));
        }
        if let Value::Text(listing) = rows.value(row, "listing") {
            remarks.push(display_text(listing));
        }
        let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
        let posted = match rows.value(row, "posted_date") {
            Value::Day(day) => day.date().map(|day| rows.day(day)),
            _ => None,
        };
        let posted = posted.unwrap_or_else(|| rows.words(row, "posted_date"));
        let claim = format!("The reel of {posted} got {} the usual views", rows.times(row, "rated_multiple"));
        let age = if rows.is(row, "compared", "7 days") { " in 7 days" } else { "" };
        let details = format!(
            "{remarks}: {}{age}, where {} was usual (median of the {} before it).",
            rows.words(row, "compared_views"),
            rows.words(row, "baseline_views"),
            rows.words(row, "baseline_n"),
        );
        let finding = rows.finding(row, "breakout", Basis::Period, Topic::Worked, claim);
        Some(Finding {
            value: Some(multiple),
            change: Some(multiple - 1.0),
            n: rows.whole(row, "baseline_n"),
            details,
            strength: multiple.ln().abs(),
            ..finding
        })
    };
    rows.all().filter_map(finding).collect()
}

/// The last two finished months, at equal age.
pub(super) fn trend(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |months: Vec<usize>| {
        let then = *months.iter().find(|row| rows.number(**row, "z").is_some())?;
        let before = *months.iter().find(|row| **row != then && rows.number(**row, "compared_views").is_some())?;
        let views = |row: usize| rows.number(row, "compared_views").filter(|views| *views > 0.0);
        let ratio = views(then)? / views(before)?;
        if !rows.is_beyond_chance(then, "z") || !is_notable(ratio) {
            return None;
        }
        let claim = format!(
            "Median views {} from {} in {} to {} in {}",
            if ratio > 1.0 { "rose" } else { "fell" },
            rows.words(before, "compared_views"),
            rows.month(before),
            rows.words(then, "compared_views"),
            rows.month(then),
        );
        let age = if rows.is(then, "compared_at", "7 days") { "at 7 days" } else { "of reels at least 30 days old" };
        let details = format!(
            " ({age}; {} and {} reels).",
            rows.words(before, "compared_views_n"),
            rows.words(then, "compared_views_n")
        );
        let finding = rows.finding(then, "monthly_trend", Basis::AllHistory, Topic::Standing, claim);
        Some(Finding {
            value: views(then),
            change: Some(ratio - 1.0),
            n: rows.whole(then, "compared_views_n"),
            z: rows.number(then, "z"),
            details,
            strength: ratio.ln().abs(),
            ..finding
        })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}
