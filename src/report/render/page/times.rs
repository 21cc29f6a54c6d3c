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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_rows::{Fields, answer, text};
    use crate::schema::value::Value;

    fn slot_of(weekday: i64, daypart: &str, n: i64, multiple: f64, z: Option<f64>) -> Fields {
        vec![
            ("posted_weekday", Value::Int(weekday)),
            ("posted_daypart", text(daypart)),
            ("n", Value::Int(n)),
            ("cautious_multiple", Value::Float(multiple)),
            ("z", z.map_or(Value::Null, Value::Float)),
            ("z_needed", z.map_or(Value::Null, |_| Value::Float(2.5))),
        ]
    }

    #[test]
    fn only_slots_beyond_chance_are_coloured() {
        let slots = answer(vec![
            slot_of(6, "morning", 18, 1.44, Some(2.5)),
            slot_of(7, "night", 9, 0.61, Some(-2.6)),
            slot_of(1, "evening", 7, 3.0, Some(2.49)),
            slot_of(2, "evening", 3, 2.0, None),
            slot_of(3, "evening", 2, 5.0, None),
        ]);
        let grid = grid(&Row::all(&slots).collect::<Vec<_>>(), "UTC").unwrap();
        let said = "Saturday mornings about 1.4× the average, Sundays between midnight and 6\u{a0}a.m. about 0.6× the average.";
        assert_eq!(grid.answer, said);
        // Night, morning, afternoon and evening; Monday to Sunday.
        let class = |row: usize, day: usize| grid.rows[row].slots[day].class;
        assert_eq!(
            [class(1, 5), class(0, 6), class(3, 0), class(3, 1), class(3, 2)],
            ["more", "less", "chance", "chance", "few"]
        );
        assert_eq!(class(2, 2), "none");
        assert_eq!((grid.rows[1].slots[5].multiple.as_str(), grid.rows[1].slots[5].n), ("1.4×", 18));
        assert_eq!(grid.rows[3].slots[2].multiple, "", "2 reels have no multiple");
    }

    #[test]
    fn without_a_slot_beyond_chance_none_stands_out_and_without_three_reels_there_is_no_grid() {
        let one = answer(vec![slot_of(6, "morning", 18, 1.4, Some(2.4))]);
        let none = "No time stands out beyond chance.";
        assert_eq!(grid(&Row::all(&one).collect::<Vec<_>>(), "UTC").unwrap().answer, none);
        let few = answer(vec![slot_of(6, "morning", 2, 1.4, None)]);
        assert!(grid(&Row::all(&few).collect::<Vec<_>>(), "UTC").is_none());
    }
}
