//! Axes: their labels, in which order and with which text.

use std::cmp::Ordering;
use std::sync::Arc;

use kuva::prelude::TickFormat;
use unicode_width::UnicodeWidthStr;

use crate::report::render::chart::data::{ChartData, ChartPoint, label};
use crate::report::render::format::{Precision, cut, format_value, heading};
use crate::schema::value::Value;

/// Letters of an axis title.
const TITLE_LETTERS: usize = 36;

impl ChartData<'_> {
    fn of<'a>(&'a self, series: &'a str) -> impl Iterator<Item = &'a ChartPoint> {
        self.points.iter().filter(move |point| point.series == series)
    }

    /// The labels along the axis. If every series has its labels in ascending order, so has the axis; otherwise a label that
    /// only some series have goes after the one that it follows there.
    pub(crate) fn places(&self) -> Vec<String> {
        let rising = |series: &String| {
            let next = self.of(series).skip(1);
            self.of(series).zip(next).all(|(a, b)| compared(&a.at, &b.at) == Some(Ordering::Less))
        };
        if self.series.iter().all(rising) {
            let mut values: Vec<&Value> = self.points.iter().map(|point| &point.at).collect();
            values.sort_by(|a, b| compared(a, b).unwrap_or(Ordering::Equal));
            let mut places: Vec<String> = values.into_iter().map(|value| label(self.at, value)).collect();
            places.dedup();
            return places;
        }
        let mut places: Vec<String> = Vec::new();
        for series in &self.series {
            let mut next = 0;
            for point in self.of(series) {
                let place = label(self.at, &point.at);
                match places.iter().position(|other| *other == place) {
                    Some(at) => next = at + 1,
                    None => {
                        places.insert(next, place);
                        next += 1;
                    }
                }
            }
        }
        places
    }

    /// Whether no value is negative and the largest is more than a hundred times the smallest above 0.
    pub(crate) fn spans_decades(&self, value: impl Fn(&ChartPoint) -> Option<f64>) -> bool {
        let values = || self.points.iter().filter_map(&value).filter(|value| *value > 0.0);
        let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        most > 100.0 * least && self.points.iter().filter_map(&value).all(|value| value >= 0.0)
    }
}

/// Which of two values of one column comes first.
fn compared(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Day(a), Value::Day(b)) => Some(a.cmp(b)),
        (a, b) => a.as_number()?.partial_cmp(&b.as_number()?),
    }
}

/// The title of an axis. (A column name of a user's own SQL may be long.)
pub(crate) fn title(column: &str) -> String {
    cut(&heading(column), TITLE_LETTERS).replace('$', "\u{ff04}")
}

/// Whether labels side by side below a chart would overlap.
pub(crate) fn is_crowded(labels: &[String]) -> bool {
    const LETTERS: usize = 78;
    let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    (widest + 1) * labels.len() > LETTERS
}

pub(crate) fn format(column: &str) -> TickFormat {
    let column = column.to_owned();
    TickFormat::Custom(Arc::new(move |number| {
        format_value(&column, &Value::Float(number), Precision::Tiny).replace('\u{a0}', " ")
    }))
}
