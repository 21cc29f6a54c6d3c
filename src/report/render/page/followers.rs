//! Followers: the figure at the end of the period, how it changed, and the line of the counts.

use chrono::NaiveDate;

use crate::query::period::Period;
use crate::report::render::dates;
use crate::report::render::format::{Precision, format_value, grouped};
use crate::report::render::page::change::Change;
use crate::report::render::page::tile::Tile;
use crate::report::render::svg::{Axis, Figure, Svg};
use crate::report::row::Row;
use crate::schema::value::Value;

const PROFILE: &str = "profile";

/// `counts` are the account's rows of the section on followers.
pub(crate) fn of_account(overview: &Row, counts: &[Row], period: Period) -> Option<Tile> {
    overview.number("followers")?;
    let mut tile = Tile::new("Followers", overview.words("followers"));
    let day = overview.day("followers_as_of");
    let is_of_profile = overview.text("followers_source") == Some(PROFILE);
    let on = day.map(|day| dates::span(day, day));
    tile.change = change(overview);
    if let (Some(since), Some(gained)) = (overview.day("followers_since"), overview.whole("followers_gained")) {
        tile.notes.push(format!("{} since {}", more(gained), dates::short(since, period.year())));
    }
    tile.notes.extend(match (is_of_profile, on) {
        (true, on) => on.map(|day| format!("counted {day}")),
        (false, Some(day)) => Some(format!("as supplied, of {day}")),
        (false, None) => Some("as supplied".to_owned()),
    });
    tile.spark = line(counts, period).filter(|_| is_of_profile);
    Some(tile)
}

/// Of several accounts: their sum, if a profile gives the count of each; its change, if the change of each is known.
pub(crate) fn of_all(overview: &[Row], year: i32) -> Option<Tile> {
    let profiles = overview.iter().filter(|row| row.text("followers_source") == Some(PROFILE));
    let counts: Vec<i64> = profiles.filter_map(|row| row.whole("followers")).collect();
    if counts.is_empty() || counts.len() < overview.len() {
        return None;
    }
    let sum: i64 = counts.iter().sum();
    let mut tile = Tile::new("Followers", format_value("followers", &Value::Int(sum), Precision::Short));
    let gained: Option<Vec<i64>> = overview.iter().map(|row| row.whole("followers_gained")).collect();
    if let Some(gained) = gained.map(|gained| gained.iter().sum::<i64>()) {
        let before = sum - gained;
        tile.change = (before > 0).then(|| Change::of_a_count(gained as f64 / before as f64));
        let since = match ends(overview, "followers_since") {
            Some((first, last)) if first == last => format!("since {}", dates::short(first, year)),
            _ => "in all".to_owned(),
        };
        tile.notes.push(format!("{} {since}", more(gained)));
    }
    let days = ends(overview, "followers_as_of");
    tile.notes.extend(days.map(|(first, last)| format!("sum, counted {}", dates::span(first, last))));
    Some(tile)
}

/// The first and the last of the days of all rows.
fn ends(rows: &[Row], column: &str) -> Option<(NaiveDate, NaiveDate)> {
    let days: Vec<NaiveDate> = rows.iter().map(|row| row.day(column)).collect::<Option<_>>()?;
    Some((*days.iter().min()?, *days.iter().max()?))
}

/// The change against the count that the row names, where one is known.
pub(crate) fn change(overview: &Row) -> Option<Change> {
    overview.number("followers_gained_rate").map(Change::of_a_count)
}

/// +420, −12
fn more(gained: i64) -> String {
    let sign = match gained {
        0 => "",
        1.. => "+",
        _ => "\u{2212}",
    };
    format!("{sign}{}", grouped(gained.saturating_abs()))
}

/// The counts by day, those of the period in its colour. The line does not begin at 0, where no growth could be seen: its
/// height is at least a tenth of the highest count.
fn line(counts: &[Row], period: Period) -> Option<Figure> {
    const HEIGHT: f64 = 30.0;
    let point = |row: &Row| match row.value("day") {
        Value::Day(day) => Some((day.0, row.number("followers")?)),
        _ => None,
    };
    let points: Vec<(i32, f64)> = counts.iter().filter_map(point).collect();
    let [(start, of_start), .., (end, of_end)] = points.as_slice() else { return None };
    if points.len() < 3 {
        return None;
    }
    let (least, most) = points
        .iter()
        .fold((f64::MAX, 0.0), |(least, most), (_, followers)| (followers.min(least), followers.max(most)));
    let axis = Axis { bottom: HEIGHT - 3.0, top: 3.0, least: least.min(0.9 * most), most: most.max(f64::MIN_POSITIVE) };
    let at = |(day, followers): &(i32, f64)| {
        (2.0 + 96.0 * f64::from(day - start) / f64::from((end - start).max(1)), axis.y(*followers))
    };
    // The two lines meet at the last count before the period.
    let first = period.first.map_or(i32::MIN, |day| day.0);
    let before = points.partition_point(|(day, _)| *day < first);
    let mut svg = Svg::new(HEIGHT);
    svg.path("line-before", points[..before].iter().map(|point| Some(at(point))));
    svg.path("line-now", points[before.saturating_sub(1)..].iter().map(|point| Some(at(point))));
    svg.dot("dot-now", at(&(*end, *of_end)), 2.5);
    let shown = |followers: f64| grouped(followers as i64);
    Some(svg.finish("spark", &format!("Followers by day, from {} to {}", shown(*of_start), shown(*of_end))))
}
