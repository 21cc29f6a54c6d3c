//! Grids of weekday × hour, one per account.

use serde::Serialize;

use crate::query::{answer::Answer, file::Chart};
use crate::report::render::format::{Precision, display_text, format_value};
use crate::schema::value::Value;

/// Shades range from 0 (none) to this.
pub(crate) const SHADES: i64 = 6;

/// How many accounts get a grid; report.json has the rows of all.
pub(crate) const DRAWN: usize = 12;

/// The grid of one account.
#[derive(Serialize)]
pub(crate) struct Grid {
    pub account: String,
    pub columns: Vec<String>,
    /// Whether each column is empty.
    pub idle: Vec<bool>,
    pub rows: Vec<GridRow>,
}

#[derive(Serialize)]
pub(crate) struct GridRow {
    pub heading: String,
    pub squares: Vec<Square>,
}

/// One weekday and hour.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Square {
    pub value: String,
    pub label: String,
    pub shade: i64,
    /// The label is based on fewer than 3 reels.
    pub few: bool,
}

/// The grids of an answer; `None` if it lacks the chart's columns: then the plain table is shown.
pub(crate) fn grids(chart: &Chart, answer: &Answer) -> Option<Vec<Grid>> {
    let Chart::Heatmap { x, y, value, label } = chart else { return None };
    let (x_at, y_at) = (answer.position(x)?, answer.position(y)?);
    let (value_at, label_at) = (answer.position(value)?, answer.position(label)?);
    let account_at = answer.position("account");
    let n_at = answer.position("n");
    let mut accounts: Vec<(String, Vec<&Vec<Value>>)> = Vec::new();
    for row in &answer.rows {
        let account = account_at.and_then(|at| row[at].as_text()).map_or(String::new(), display_text);
        match accounts.last_mut() {
            Some((last, rows)) if *last == account => rows.push(row),
            _ => accounts.push((account, vec![row])),
        }
    }
    let (xs, ys) = (axis(x, answer, x_at), axis(y, answer, y_at));
    let grid = |(account, found): (String, Vec<&Vec<Value>>)| {
        let most = found.iter().filter_map(|row| row[value_at].as_int()).max().unwrap_or(0).max(SHADES);
        let empty = |at: &i64| GridRow {
            heading: format_value(y, &Value::Int(*at), Precision::Short),
            squares: vec![Square::default(); xs.len()],
        };
        let mut rows: Vec<GridRow> = ys.iter().map(empty).collect();
        for row in found {
            let place = |axis: &[i64], value: &Value| axis.iter().position(|at| Some(*at) == value.as_int());
            let (Some(across), Some(down)) = (place(&xs, &row[x_at]), place(&ys, &row[y_at])) else { continue };
            let size = row[value_at].as_int().unwrap_or(0);
            rows[down].squares[across] = Square {
                value: format_value(value, &row[value_at], Precision::Short),
                label: format_value(label, &row[label_at], Precision::Tiny),
                // The top shade is the account's busiest slot, unless that has few reels; one reel is never white.
                shade: if size > 0 { (size * SHADES + most - 1) / most } else { 0 },
                few: n_at.and_then(|at| row[at].as_int()).is_some_and(|n| n < 3),
            };
        }
        let columns = xs.iter().map(|at| format_value(x, &Value::Int(*at), Precision::Short)).collect();
        let idle = (0..xs.len()).map(|at| rows.iter().all(|row| row.squares[at].value.is_empty())).collect();
        Grid { account, columns, idle, rows }
    };
    Some(accounts.into_iter().map(grid).collect())
}

/// The whole week or day; for other columns the values that occur.
fn axis(column: &str, answer: &Answer, at: usize) -> Vec<i64> {
    match column {
        "posted_weekday" | "weekday" => (1..=7).collect(),
        "posted_hour" => (0..24).collect(),
        _ => {
            let mut values: Vec<i64> = answer.rows.iter().filter_map(|row| row[at].as_int()).collect();
            values.sort_unstable();
            values.dedup();
            values
        }
    }
}
