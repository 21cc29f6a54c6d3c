//! Best times as a grid of weekday and part of the day.

use serde::Serialize;

use crate::report::render::dates::{DAYPARTS, slot, weekday};
use crate::report::row::Row;

#[derive(Serialize)]
pub(crate) struct TimeGrid {
    pub rows: Vec<TimeRow>,
    /// What stands out, or that nothing does.
    pub answer: String,
    pub timezone: String,
}

#[derive(Serialize)]
pub(crate) struct TimeRow {
    pub hours: &'static str,
    pub daypart: &'static str,
    pub slots: Vec<Slot>,
}

#[derive(Serialize, Clone)]
pub(crate) struct Slot {
    /// `more`, `less`, `chance`, `few` or `none`.
    pub class: &'static str,
    pub multiple: String,
    pub n: i64,
}

/// `None` if no slot has 3 reels.
pub(crate) fn grid(rows: &[Row], timezone: &str) -> Option<TimeGrid> {
    if rows.iter().all(|row| row.is_few("n")) {
        return None;
    }
    let slot = |weekday: i64, daypart: &str| {
        let here =
            |row: &&Row| row.whole("posted_weekday") == Some(weekday) && row.text("posted_daypart") == Some(daypart);
        let Some(row) = rows.iter().find(here) else { return Slot { class: "none", multiple: String::new(), n: 0 } };
        let class = match row.beyond_chance("z") {
            _ if row.is_few("n") => "few",
            Some(true) => "more",
            Some(false) => "less",
            None => "chance",
        };
        let multiple = if class == "few" { String::new() } else { tenths(row) };
        Slot { class, multiple, n: row.whole("n").unwrap_or(0) }
    };
    let row =
        |(daypart, hours)| TimeRow { hours, daypart, slots: (1..=7).map(|weekday| slot(weekday, daypart)).collect() };
    Some(TimeGrid { rows: DAYPARTS.map(row).into(), answer: answer(rows), timezone: timezone.to_owned() })
}

/// One decimal is all that the data supports.
fn tenths(row: &Row) -> String {
    row.number("cautious_multiple").map_or(String::new(), |multiple| format!("{multiple:.1}×"))
}

fn answer(rows: &[Row]) -> String {
    let outside = |row: &&Row| row.beyond_chance("z").is_some() && !row.is_few("n");
    let said: Vec<String> = rows
        .iter()
        .filter(outside)
        .filter(|row| row.number("cautious_multiple").is_some())
        .map(|row| {
            let day = weekday(row.whole("posted_weekday")).unwrap_or_default();
            format!("{} about {} the average", slot(day, &row.words("posted_daypart")), tenths(row))
        })
        .collect();
    match said.len() {
        0 => "No time stands out beyond chance.".to_owned(),
        _ => format!("{}.", said.join(", ")),
    }
}
