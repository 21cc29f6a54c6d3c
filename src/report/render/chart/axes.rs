//! Axes: their labels, in which order, and where a value stands.

use std::cmp::Ordering;

use crate::report::render::chart::data::{ChartData, ChartPoint, label};
use crate::report::render::format::{Precision, cut, format_value, heading};
use crate::report::render::svg::ticks;
use crate::schema::value::Value;

/// Letters of an axis title.
const TITLE_LETTERS: usize = 36;

/// Places values between 0 and 1: by size, or by their logarithm where they span decades.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    least: f64,
    most: f64,
    is_log: bool,
}

impl Scale {
    /// From 0, or from the smallest value above it where the values span decades; from the least where some are negative.
    pub(crate) fn of(values: &[f64], is_log: bool) -> Self {
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        if is_log {
            let least = values.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
            return Self { least: least.log10().floor(), most: most.log10(), is_log };
        }
        Self { least: least.min(0.0), most: most.max(0.0), is_log }
    }

    pub(crate) fn share(self, value: f64) -> f64 {
        let value = if self.is_log { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let range = self.most - self.least;
        if range > 0.0 { ((value - self.least) / range).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// Round values along it.
    pub(crate) fn ticks(self) -> Vec<f64> {
        if self.is_log {
            return (self.least as i32..=self.most.floor() as i32).map(|power| 10_f64.powi(power)).collect();
        }
        // Rates and multiples are below 1: they are scaled up for round values.
        let reach = self.most.max(-self.least);
        let factor = if reach < 4.0 { 10_000.0 } else { 1.0 };
        let above: Vec<f64> = ticks(reach * factor).into_iter().map(|tick| tick / factor).collect();
        // Where some values are negative, so is a part of the axis.
        let below = above.iter().rev().map(|tick| -tick).chain([0.0]).filter(|_| self.least < 0.0);
        let all: Vec<f64> = below.chain(above.iter().copied()).collect();
        all.into_iter().filter(|tick| (self.least..=self.most).contains(tick)).collect()
    }
}

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

    /// Where the places stand, from 0 to 1, and whether they are days: those stand as far apart as their dates, others evenly.
    pub(crate) fn shares(&self, places: &[String]) -> (Vec<f64>, bool) {
        let day_of = |place: &String| {
            let is_here = |point: &&ChartPoint| label(self.at, &point.at) == *place;
            match self.points.iter().find(is_here)?.at {
                Value::Day(day) => Some(f64::from(day.0)),
                _ => None,
            }
        };
        let days: Option<Vec<f64>> = places.iter().map(day_of).collect();
        let are_days = days.as_ref().is_some_and(|days| days.is_sorted());
        let values = days.filter(|_| are_days).unwrap_or_else(|| (0..places.len()).map(|at| at as f64).collect());
        let (first, last) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        (values.iter().map(|value| (value - first) / (last - first).max(1.0)).collect(), are_days)
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
    cut(&heading(column), TITLE_LETTERS)
}

/// A value of an axis.
pub(crate) fn tick(column: &str, number: f64) -> String {
    format_value(column, &Value::Float(number), Precision::Tiny)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_places_values_by_size_or_by_their_logarithm() {
        let scale = Scale::of(&[20.0, 40.0], false);
        assert_eq!([0.0, 20.0, 40.0].map(|value| scale.share(value)), [0.0, 0.5, 1.0]);
        assert_eq!(scale.ticks(), [10.0, 20.0, 30.0, 40.0]);
        let below_zero = Scale::of(&[-10.0, 10.0], false);
        assert_eq!([-10.0, 0.0, 10.0].map(|value| below_zero.share(value)), [0.0, 0.5, 1.0]);
        assert_eq!(below_zero.ticks(), [-10.0, -5.0, 0.0, 5.0, 10.0]);
        assert_eq!(Scale::of(&[-0.025, 0.0], false).ticks(), [-0.02, -0.01, 0.0]);
        let log = Scale::of(&[10.0, 1000.0, 100_000.0], true);
        assert_eq!([10.0, 1000.0, 100_000.0].map(|value| log.share(value)), [0.0, 0.5, 1.0]);
        assert_eq!(log.ticks(), [10.0, 100.0, 1000.0, 10_000.0, 100_000.0]);
        assert_eq!(Scale::of(&[0.02, 0.05], false).ticks(), [0.02, 0.04]);
        assert_eq!(Scale::of(&[0.0, 0.0], false).share(0.0), 0.5);
    }
}
