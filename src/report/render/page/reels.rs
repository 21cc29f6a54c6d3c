//! The reels of the period, most viewed first.

use serde::Serialize;

use crate::report::render::dates;
use crate::report::render::format::{NOTHING, plural, reel_url};
use crate::report::render::page::dots::{axis, dot};
use crate::report::render::svg::Figure;
use crate::report::row::Row;
use crate::schema::value::Value;

/// Letters of a hook: two lines on a phone.
const HOOK: usize = 90;

#[derive(Serialize)]
pub(crate) struct ReelTable {
    pub axis: Figure,
    pub reels: Vec<ReelRow>,
    /// Some rows have an engagement rate, a comparison with the usual.
    pub has_engagement: bool,
    pub has_multiples: bool,
}

#[derive(Serialize)]
pub(crate) struct ReelRow {
    pub hook: String,
    pub href: Option<String>,
    /// Where the table is of several accounts.
    pub account: Option<String>,
    pub posted: String,
    pub badges: Vec<Badge>,
    pub views: String,
    pub dot: Option<Figure>,
    pub multiple: String,
    pub class: &'static str,
    pub engagement: String,
}

#[derive(Serialize)]
pub(crate) struct Badge {
    pub class: &'static str,
    pub text: String,
}

/// `None` without a row.
pub(crate) fn table(rows: &[Row], this_year: i32, names_accounts: bool) -> Option<ReelTable> {
    let reels: Vec<ReelRow> = rows.iter().map(|row| reel(row, this_year, names_accounts)).collect();
    (!reels.is_empty()).then(|| ReelTable {
        axis: axis(),
        has_engagement: reels.iter().any(|reel| reel.engagement != NOTHING),
        has_multiples: reels.iter().any(|reel| reel.dot.is_some()),
        reels,
    })
}

fn reel(row: &Row, this_year: i32, names_accounts: bool) -> ReelRow {
    let multiple = row.number("outlier_multiple");
    let class = match row.text("performance") {
        Some("breakout" | "above") => "more",
        Some("below") => "less",
        _ => "chance",
    };
    let posted = row
        .day("posted_date")
        .map_or(NOTHING.to_owned(), |day| format!("{} {}", day.format("%a"), dates::short(day, this_year)));
    let has_hook = *row.value("hook") != Value::Null;
    ReelRow {
        hook: if has_hook { row.label("hook", HOOK) } else { "(no caption)".to_owned() },
        href: row.text("url").and_then(reel_url).map(str::to_owned),
        account: names_accounts.then(|| row.words("account")),
        posted,
        badges: badges(row),
        views: row.words("views"),
        dot: multiple.map(|multiple| dot(class, multiple, None)),
        multiple: multiple.map_or(String::new(), |_| row.words("outlier_multiple")),
        class,
        engagement: row.words("engagement_rate"),
    }
}

fn badges(row: &Row) -> Vec<Badge> {
    let mut badges = Vec::new();
    if let Some(listing) = row.text("listing") {
        badges.push(Badge { class: "gone", text: listing.to_owned() });
    }
    if row.is("is_paid_partnership") {
        badges.push(Badge { class: "paid", text: "paid partnership".to_owned() });
    }
    if row.whole("coauthor_count").unwrap_or(0) > 0 {
        badges.push(Badge { class: "", text: "with coauthors".to_owned() });
    }
    // Of a reel that is gone it would be the age when last seen.
    let age_days = row.number("age_days").filter(|days| *days < 7.0 && row.text("listing").is_none());
    if let Some(days) = age_days {
        badges.push(Badge { class: "", text: age(days) });
    }
    badges
}

fn age(days: f64) -> String {
    match days.floor() as i64 {
        ..1 => "under a day old".to_owned(),
        days => format!("{} old", plural(days, "day", "days")),
    }
}
