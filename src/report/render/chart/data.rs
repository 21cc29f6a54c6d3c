//! What a chart draws: the values of two columns of an answer, in series.

use crate::query::answer::Answer;
use crate::report::render::format::{Precision, cut, display_text, format_value, plural};
use crate::schema::value::Value;

/// The number of distinct colours, and so of series in one chart.
pub(crate) const SERIES: usize = 6;
const LABEL_LETTERS: usize = 26;

/// One value of the answer: its position and its series.
pub(crate) struct ChartPoint {
    pub series: String,
    pub at: Value,
    pub value: f64,
}

/// What is drawn: the column names and the points, in the order of the rows.
pub(crate) struct ChartData<'a> {
    pub at: &'a str,
    pub value: &'a str,
    pub points: Vec<ChartPoint>,
    pub series: Vec<String>,
    pub notes: Vec<String>,
}

/// `None` if the answer lacks a column or has fewer than two values.
pub(crate) fn chart_data<'a>(answer: &Answer, at: &'a str, value: &'a str, by: Option<&str>) -> Option<ChartData<'a>> {
    let (at_column, value_column) = (answer.position(at)?, answer.position(value)?);
    let by_column = match by {
        Some(by) => Some(answer.position(by)?),
        None => None,
    };
    let n_column = answer.position(&format!("{value}_n")).or_else(|| answer.position("n"));
    let (mut points, mut few) = (Vec::new(), 0_i64);
    for row in &answer.rows {
        let Some(number) = row[value_column].as_number() else { continue };
        if n_column.is_some_and(|n| matches!(row[n], Value::Int(n) if n < 3)) {
            few += 1;
            continue;
        }
        let series = by_column.zip(by).map_or(String::new(), |(column, by)| label(by, &row[column]));
        points.push(ChartPoint { series, at: row[at_column].clone(), value: number });
    }
    let mut notes = Vec::new();
    if few > 0 {
        notes.push(format!("The chart leaves out {} of fewer than 3 reels.", plural(few, "group", "groups")));
    }
    let mut sizes: Vec<(String, usize)> = Vec::new();
    for point in &points {
        match sizes.iter_mut().find(|(series, _)| *series == point.series) {
            Some((_, size)) => *size += 1,
            None => sizes.push((point.series.clone(), 1)),
        }
    }
    let all = sizes.len();
    let mut largest: Vec<usize> = (0..all).collect();
    largest.sort_by_key(|&at| (std::cmp::Reverse(sizes[at].1), at));
    largest.truncate(SERIES);
    largest.sort_unstable();
    let series: Vec<String> = largest.into_iter().map(|at| sizes[at].0.clone()).collect();
    if all > SERIES {
        points.retain(|point| series.contains(&point.series));
        let what = if by == Some("account") { "accounts" } else { "groups" };
        notes.push(format!("The chart shows {SERIES} of {all} {what}: those with the most values."));
    }
    (points.len() >= 2).then_some(ChartData { at, value, points, series, notes })
}

/// A value as a label.
pub(crate) fn label(column: &str, value: &Value) -> String {
    cut(&display_text(&format_value(column, value, Precision::Short)), LABEL_LETTERS)
}
