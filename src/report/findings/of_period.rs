//! Findings on the period and the one before, on the reels posted in it, and on the last two finished months.

use crate::report::findings::rows::AnswerRows;
use crate::report::findings::{Basis, Finding, Topic, is_notable};
use crate::report::render::format::{Precision, cut, display_text, format_value, grouped};
use crate::report::row::Row;
use crate::schema::value::Value;

/// Sums are facts, whatever chance does; below this change they are not worth a sentence.
const MIN_CHANGE: f64 = 0.1;

/// Views gained per day, over days on which they are known.
pub(super) fn views_gained(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let change = row.number("views_gained_change_rate").filter(|change| change.abs() >= MIN_CHANGE)?;
        // Instagram corrects counts, also downwards: a ratio to views lost says nothing.
        let gained = row.number("views_gained").filter(|gained| *gained >= 0.0 && change > -1.0)?;
        let (verb, ratio) = (if change > 0.0 { "rose" } else { "fell" }, 1.0 + change);
        let claim = format!("Views gained per day {verb} by {}", percent(change));
        let finding = rows.finding(&row, "views_gained", Basis::Period, Topic::Change, claim);
        let details = " against the period before.".to_owned();
        Some(Finding { value: Some(gained), change: Some(change), details, strength: ratio.ln().abs(), ..finding })
    };
    rows.all().filter_map(finding).collect()
}

/// 23 %
fn percent(change: f64) -> String {
    format!("{:.0}\u{a0}%", (100.0 * change).abs())
}

/// Followers at the end of the period against those at its start. Both are counts, so that chance plays no part; smaller
/// changes, and those of fewer days, are the usual coming and going.
pub(super) fn followers(rows: &AnswerRows) -> Vec<Finding> {
    const MIN_RATE: f64 = 0.01;
    const MIN_GAINED: i64 = 10;
    const MIN_DAYS: i64 = 7;
    let finding = |row: Row| {
        let change = row.number("followers_gained_rate").filter(|change| change.abs() >= MIN_RATE)?;
        let gained = row.whole("followers_gained").filter(|gained| gained.abs() >= MIN_GAINED)?;
        let (since, day) = (row.day("followers_since")?, row.day("followers_as_of")?);
        if (day - since).num_days() < MIN_DAYS {
            return None;
        }
        let (verb, more) = if gained > 0 { ("rose", "more") } else { ("fell", "fewer") };
        let size = format_value("change_rate", &Value::Float(change.abs()), Precision::Short);
        let claim = format!("Followers {verb} by {size} to {} on {}", row.words("followers"), rows.day(day));
        let details = format!(" ({} {more} than on {}).", grouped(gained.saturating_abs()), rows.day(since));
        let finding = rows.finding(&row, "followers", Basis::Period, Topic::Change, claim);
        let (value, strength) = (row.number("followers"), (1.0 + change).max(f64::MIN_POSITIVE).ln().abs());
        Some(Finding { value, change: Some(change), details, strength, ..finding })
    };
    rows.all().filter_map(finding).collect()
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
    let finding = |row: Row| {
        let value = row.number(column)?;
        let ratio = value / row.number(&before).filter(|before| *before > 0.0)?;
        if row.beyond_chance(z).is_none() || !is_notable(ratio) {
            return None;
        }
        let verb = if ratio > 1.0 { "rose" } else { "fell" };
        let claim = format!("{what} {verb} to {}", row.words(column));
        let finding = rows.finding(&row, column, Basis::Period, Topic::Change, claim);
        let details = format!(
            " ({} reels) from {} in the period before ({} reels).",
            row.words(&n),
            row.words(&before),
            row.words(&before_n)
        );
        Some(Finding {
            value: Some(value),
            change: Some(ratio - 1.0),
            n: row.whole(&n),
            z: row.number(z),
            details,
            strength: ratio.ln().abs(),
            ..finding
        })
    };
    rows.all().filter_map(finding).collect()
}

pub(super) fn breakouts(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let is_breakout = row.text("performance") == Some("breakout");
        let multiple = row.number("rated_multiple").filter(|_| is_breakout)?;
        let mut remarks = Vec::new();
        if let Value::Text(hook) = row.value("hook") {
            remarks.push(format!("“{}”", cut(&display_text(hook), 60)));
        }
        if let Value::Text(listing) = row.value("listing") {
            remarks.push(display_text(listing));
        }
        let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
        let posted = match row.value("posted_date") {
            Value::Day(day) => day.date().map(|day| rows.day(day)),
            _ => None,
        };
        let posted = posted.unwrap_or_else(|| row.words("posted_date"));
        let claim = format!("The reel of {posted} got {} the usual views", row.times("rated_multiple"));
        let age = if row.text("compared") == Some("7 days") { " in 7 days" } else { "" };
        let details = format!(
            "{remarks}: {}{age}, where {} was usual (median of the {} before it).",
            row.words("compared_views"),
            row.words("baseline_views"),
            row.words("baseline_n"),
        );
        let finding = rows.finding(&row, "breakout", Basis::Period, Topic::Worked, claim);
        Some(Finding {
            value: Some(multiple),
            change: Some(multiple - 1.0),
            n: row.whole("baseline_n"),
            details,
            strength: multiple.ln().abs(),
            ..finding
        })
    };
    rows.all().filter_map(finding).collect()
}

/// The last two finished months, at equal age.
pub(super) fn trend(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |months: Vec<Row>| {
        let then = *months.iter().find(|row| row.number("z").is_some())?;
        let before = *months.iter().find(|row| {
            row.text("posted_month") != then.text("posted_month") && row.number("compared_views").is_some()
        })?;
        let views = |row: Row| row.number("compared_views").filter(|views| *views > 0.0);
        let ratio = views(then)? / views(before)?;
        if then.beyond_chance("z").is_none() || !is_notable(ratio) {
            return None;
        }
        let claim = format!(
            "Median views {} from {} in {} to {} in {}",
            if ratio > 1.0 { "rose" } else { "fell" },
            before.words("compared_views"),
            rows.month(&before),
            then.words("compared_views"),
            rows.month(&then),
        );
        let age =
            if then.text("compared_at") == Some("7 days") { "at 7 days" } else { "of reels at least 30 days old" };
        let details =
            format!(" ({age}; {} and {} reels).", before.words("compared_views_n"), then.words("compared_views_n"));
        let finding = rows.finding(&then, "monthly_trend", Basis::AllHistory, Topic::Standing, claim);
        Some(Finding {
            value: views(then),
            change: Some(ratio - 1.0),
            n: then.whole("compared_views_n"),
            z: then.number("z"),
            details,
            strength: ratio.ln().abs(),
            ..finding
        })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}
