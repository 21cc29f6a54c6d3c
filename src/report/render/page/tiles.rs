//! The tiles of the first screen: a figure, how it changed, and its last weeks or months.

use std::collections::BTreeMap;

use crate::report::build::Report;
use crate::report::render::format::{Precision, format_value, grouped, plural, reel_url};
use crate::report::render::page::change::Change;
use crate::report::render::page::days::{Days, spark};
use crate::report::render::page::followers;
use crate::report::render::page::tile::Tile;
use crate::report::render::svg::Figure;
use crate::report::row::{Row, rows, rows_of};
use crate::schema::value::Value;

/// The tiles of one account.
pub(crate) fn of_account(report: &Report, account: &str, days: &Days) -> Vec<Tile> {
    let overview = rows_of(report, "overview", account);
    let Some(overview) = overview.first() else { return Vec::new() };
    let comparison = rows_of(report, "comparison", account);
    let months = rows_of(report, "monthly_trend", account);
    let top = rows_of(report, "top_reels", account);
    let best = best_reel(&top, &comparison, &months);
    let tiles = [
        gained(overview, days, overview.whole("views_gained_days").unwrap_or(0)),
        posted(overview, days),
        median(comparison.first(), overview, &months),
        engagement(comparison.first(), &months),
        followers::of_account(overview, &rows_of(report, "followers", account), report.period),
        best,
    ];
    tiles.into_iter().flatten().collect()
}

/// The tiles of several accounts together.
pub(crate) fn of_all(report: &Report, days: &Days) -> Vec<Tile> {
    let all = rows(report, "all_accounts");
    let Some(all) = all.first() else { return Vec::new() };
    let overview = rows(report, "overview");
    let comparison = rows(report, "comparison");
    let months = rows(report, "monthly_trend");
    let mut top = rows(report, "top_reels");
    top.sort_by_key(|row| std::cmp::Reverse(row.whole("views")));
    let tiles = [
        gained(all, days, report.data.days_with_gains),
        posted(all, days),
        grown(&overview).or_else(|| active(&overview)),
        engagement_of_all(&comparison, &months),
        followers::of_all(&overview, report.period.year()),
        best_reel(&top, &comparison, &months),
    ];
    tiles.into_iter().flatten().collect()
}

/// How many accounts gained more views per day than in the period before, of those whose gains are known in both.
fn grown(overview: &[Row]) -> Option<Tile> {
    let changes: Vec<Change> =
        overview.iter().filter_map(|row| row.number("views_gained_change_rate")).map(Change::of_a_sum).collect();
    let of = |class: &str| changes.iter().filter(|change| change.class == class).count() as i64;
    let mut tile =
        Tile::new("Accounts that grew", format!("{} of {}", grouped(of("more")), grouped(changes.len() as i64)));
    tile.notes.push(format!("{} fell", grouped(of("less"))));
    let unknown = overview.len() - changes.len();
    if unknown > 0 {
        tile.notes.push(format!("{} not compared", grouped(unknown as i64)));
    }
    (!changes.is_empty()).then_some(tile)
}

fn active(overview: &[Row]) -> Option<Tile> {
    let known: Vec<i64> = overview.iter().filter_map(|row| row.whole("reels_posted")).collect();
    let active = known.iter().filter(|posted| **posted > 0).count();
    let mut tile = Tile::new("Accounts that posted", grouped(active as i64));
    tile.notes.push(format!("of {}", grouped(overview.len() as i64)));
    (known.len() == overview.len()).then_some(tile)
}

/// The engagement rate of the account in the middle. Whether its change is more than chance is not known: it has none.
fn engagement_of_all(comparison: &[Row], months: &[Row]) -> Option<Tile> {
    const COLUMN: &str = "median_engagement_rate";
    let of_accounts = |column: &str, n: &str| {
        middle(comparison.iter().filter(|row| !row.is_few(n)).filter_map(|row| row.number(column)).collect())
    };
    let shown = |rate: f64| format_value(COLUMN, &Value::Float(rate), Precision::Short);
    let now = of_accounts(COLUMN, "median_engagement_rate_n")?;
    let mut tile = Tile::new("Engagement rate", shown(now));
    if let Some(before) = of_accounts("median_engagement_rate_before", "median_engagement_rate_before_n") {
        tile.notes.push(format!("{} before", shown(before)));
    }
    tile.notes.push("of the median account; likes and comments per view".to_owned());
    tile.spark = of_months(months, COLUMN, middle);
    Some(tile)
}

/// The median.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let at = values.len() / 2;
    match values.len() {
        0 => None,
        even if even % 2 == 0 => Some((values[at - 1] + values[at]) / 2.0),
        _ => Some(values[at]),
    }
}

/// The last twelve months, each with one value of all accounts.
fn of_months(rows: &[Row], column: &str, one: impl Fn(Vec<f64>) -> Option<f64>) -> Option<Figure> {
    let mut months: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in rows {
        months.entry(row.text("posted_month").unwrap_or_default()).or_default().extend(row.number(column));
    }
    let values: Vec<Option<f64>> = months.into_values().map(one).collect();
    spark(&values[values.len().saturating_sub(12)..], 1, "By month of posting")
}

/// Views gained; where these are not known yet, the views of the reels posted.
/// `known` is the number of days whose gains are known.
fn gained(row: &Row, days: &Days, known: i64) -> Option<Tile> {
    let days_in_all = days.of_period();
    if row.number("views_gained").is_none() {
        row.number("total_views")?;
        let mut tile = Tile::new("Views of these reels", row.words("total_views"));
        tile.notes.push("so far".to_owned());
        return Some(tile);
    }
    let mut tile = Tile::new("Views gained", row.words("views_gained"));
    tile.change = row.number("views_gained_change_rate").filter(|rate| *rate > -1.0).map(Change::of_a_sum);
    if tile.change.is_some() {
        tile.notes.push("daily average, against the period before".to_owned());
    } else {
        tile.notes.push(format!("known on {} of {days_in_all} days", grouped(known)));
    }
    let weeks: Vec<Option<f64>> = days.weeks().into_iter().map(|(_, views)| views).collect();
    tile.spark = spark(&weeks, days.weeks_of_period(), "Views gained by week");
    Some(tile)
}

fn posted(row: &Row, days: &Days) -> Option<Tile> {
    let posted = row.whole("reels_posted")?;
    let mut tile = Tile::new("Reels posted", grouped(posted));
    // Of days to come nothing is known.
    if let Some(before) = row.whole("reels_posted_before").filter(|_| days.is_over()) {
        let more = posted - before;
        let text = match more {
            0 => "as many as before".to_owned(),
            1.. => format!("▲ {}", grouped(more)),
            _ => format!("▼ {}", grouped(-more)),
        };
        let class = match more {
            0 => "chance",
            1.. => "more",
            _ => "less",
        };
        tile.change = Some(Change { text, class });
        if more != 0 {
            tile.notes.push(format!("{} before", grouped(before)));
        }
    }
    let weeks: Vec<Option<f64>> = days.weeks().into_iter().map(|(reels, _)| reels.map(|reels| reels as f64)).collect();
    tile.spark = spark(&weeks, days.weeks_of_period(), "Reels posted by week");
    Some(tile)
}

/// Median views at 7 days, which compare fairly; where too few reels have them, the median of latest views, without a
/// change.
fn median(comparison: Option<&Row>, overview: &Row, months: &[Row]) -> Option<Tile> {
    if let Some(row) = comparison.filter(|row| !row.is_few("median_views_7d_n")) {
        let mut tile = Tile::new("Median views at 7 days", row.words("median_views_7d"));
        compare(&mut tile, row, "median_views_7d", "views_7d_z");
        tile.spark = by_month(months, "median_views_7d", "median_views_7d_n");
        return Some(tile);
    }
    overview.number("median_views")?;
    let mut tile = Tile::new("Median views so far", overview.words("median_views"));
    tile.notes.push(based_on(overview, "median_views"));
    tile.spark = by_month(months, "median_views", "n");
    Some(tile)
}

fn engagement(comparison: Option<&Row>, months: &[Row]) -> Option<Tile> {
    let row = comparison.filter(|row| row.number("median_engagement_rate").is_some())?;
    let mut tile = Tile::new("Engagement rate", row.words("median_engagement_rate"));
    compare(&mut tile, row, "median_engagement_rate", "engagement_rate_z");
    tile.notes.push("likes and comments per view".to_owned());
    tile.spark = by_month(months, "median_engagement_rate", "median_engagement_rate_n");
    Some(tile)
}

/// The change of a median is coloured only where chance does not explain it.
fn compare(tile: &mut Tile, row: &Row, column: &str, z: &str) {
    let (before, before_n) = (format!("{column}_before"), format!("{column}_before_n"));
    if let (Some(now), Some(then), false) =
        (row.number(column), row.number(&before).filter(|then| *then > 0.0), row.is_few(&before_n))
    {
        let rate = now / then - 1.0;
        tile.change = Some(match row.beyond_chance(z) {
            Some(_) => Change::of_a_sum(rate),
            None => Change::within_chance(),
        });
        tile.notes.push(format!("{} before", row.words(&before)));
    }
    tile.notes.push(based_on(row, column));
}

/// likely 3.7 to 6.2 %, 12 reels
fn based_on(row: &Row, column: &str) -> String {
    let n = plural(row.whole(&format!("{column}_n")).unwrap_or(0), "reel", "reels");
    let [low, high] = ["low", "high"].map(|end| format!("{column}_{end}"));
    match row.number(&low).zip(row.number(&high)) {
        Some(_) => format!("likely {} to {}, {n}", row.words(&low), row.words(&high)),
        None if row.is_few(&format!("{column}_n")) => format!("{n}, too few to compare"),
        None => n,
    }
}

fn by_month(months: &[Row], column: &str, n: &str) -> Option<Figure> {
    let last = months.len().saturating_sub(12);
    let value = |row: &Row| row.number(column).filter(|_| !row.is_few(n));
    let values: Vec<Option<f64>> = months[last..].iter().map(value).collect();
    spark(&values, 1, "By month of posting")
}

/// The most viewed reel of the period. It is compared at 7 days: the best reel of the period before has had more time.
fn best_reel(top: &[Row], comparison: &[Row], months: &[Row]) -> Option<Tile> {
    let row = top.first().filter(|row| row.number("views").is_some())?;
    let views = format_value("views", row.value("views"), Precision::Short);
    let mut tile = Tile::new("Best reel", views);
    tile.href = row.text("url").and_then(reel_url).map(str::to_owned);
    let hook = row.label("hook", 40);
    let hook = if *row.value("hook") == Value::Null { "no caption".to_owned() } else { format!("“{hook}”") };
    let posted = row.day("posted_date").map_or(String::new(), |day| format!("{}, ", day.format("%a %-d %b")));
    tile.notes.push(format!("{posted}{hook}"));
    if row.number("outlier_multiple").is_some() {
        tile.notes.push(format!("{} the usual", row.words("outlier_multiple")));
    }
    let most = |column: &str| comparison.iter().filter_map(|row| row.number(column)).reduce(f64::max);
    let before = most("most_views_7d_before").filter(|before| *before > 0.0);
    if let Some((now, before)) = most("most_views_7d").zip(before) {
        tile.change = Some(Change::of_a_sum(now / before - 1.0));
        let shown = |views: f64| grouped(views.round() as i64);
        tile.notes.push(format!("best at 7 days {}, {} before", shown(now), shown(before)));
    }
    tile.spark = of_months(months, "most_views", |views| views.into_iter().reduce(f64::max));
    Some(tile)
}
