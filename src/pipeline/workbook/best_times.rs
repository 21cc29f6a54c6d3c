//! The grid of best times: a row per account and weekday, two columns per part of the day.

use crate::formats::xlsx::report::{Look, NumberStyle, ReportCell, ReportColumn, ReportTable};
use crate::pipeline::workbook::answer_table::stands_out;
use crate::query::answer::Answer;
use crate::report::render::dates::DAYPARTS;
use crate::report::render::format::{Precision, display_text, format_value, heading};
use crate::report::render::table::is_few;
use crate::schema::value::Value;

/// How many accounts have a grid.
pub(crate) const MOST_ACCOUNTS: usize = 12;

/// The grids of these accounts, as far as they have any slot.
pub(crate) fn grid(answer: &Answer, accounts: &[&str]) -> ReportTable {
    let text = |heading: String| ReportColumn { heading, style: NumberStyle::Text };
    let mut columns = vec![text(heading("account")), text(heading("posted_weekday"))];
    for (daypart, hours) in DAYPARTS {
        let words = format!("{}, {hours}", heading(daypart));
        columns.push(ReportColumn { heading: words, style: NumberStyle::Multiple });
        columns.push(ReportColumn { heading: heading("n"), style: NumberStyle::Whole });
    }
    let mut rows = Vec::new();
    for account in accounts {
        let of_account = |row: &usize| answer.value(*row, "account").as_text() == Some(*account);
        let slots: Vec<usize> = (0..answer.rows.len()).filter(of_account).collect();
        if slots.is_empty() {
            continue;
        }
        for weekday in 1..=7 {
            let mut row = vec![
                ReportCell::plain(Value::Text(display_text(account))),
                ReportCell::plain(Value::Text(format_value("posted_weekday", &Value::Int(weekday), Precision::Short))),
            ];
            for (daypart, _) in DAYPARTS {
                let is_slot = |slot: &&usize| {
                    *answer.value(**slot, "posted_weekday") == Value::Int(weekday)
                        && answer.value(**slot, "posted_daypart").as_text() == Some(daypart)
                };
                row.extend(slots.iter().find(is_slot).map_or_else(none, |slot| slot_cells(answer, *slot)));
            }
            rows.push(row);
        }
    }
    ReportTable { columns, rows }
}

fn none() -> [ReportCell; 2] {
    [Value::Null, Value::Null].map(ReportCell::plain)
}

/// The adjusted multiple of a slot, and its n.
fn slot_cells(answer: &Answer, row: usize) -> [ReportCell; 2] {
    let look = match stands_out(answer, row) {
        Look::Plain if is_few(&answer.columns, &answer.rows[row], "n") => Look::Faint,
        look => look,
    };
    let cell = |name| ReportCell { value: answer.value(row, name).clone(), address: None, look };
    [cell("cautious_multiple"), cell("n")]
}
