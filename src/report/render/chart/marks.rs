//! Marks: the bars, lines and points of a chart.

use crate::report::render::chart::axes::{Scale, tick, title};
use crate::report::render::chart::data::{ChartData, ChartPoint, SERIES, label};
use crate::report::render::format::grouped;
use crate::report::render::svg::{Anchor, Svg};

/// Bars and points that fit into one chart.
const BARS: usize = 40;
const POINTS: usize = 600;
/// The least distance of two labels below a chart, in hundredths of its width: eight at most. A phone shows every other one.
const LABEL_DISTANCE: f64 = 12.0;
/// The plot of lines and points, in pixels.
const HEIGHT: f64 = 270.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 220.0;

impl ChartData<'_> {
    /// One bar below the other, each with its name above and its value at its end: names of any length fit, on a phone too.
    pub(crate) fn bars(&mut self) -> Svg {
        const ROW: f64 = 36.0;
        let places = self.places();
        self.points.sort_by_key(|point| {
            let place = label(self.at, &point.at);
            places.iter().position(|other| *other == place)
        });
        if self.points.len() > BARS {
            self.notes.push(format!("The chart shows the first {BARS} of {}.", self.points.len()));
            self.points.truncate(BARS);
        }
        let values: Vec<f64> = self.points.iter().map(|point| point.value).collect();
        // A bar's length is its value: never from anything but 0.
        let scale = Scale::of(&values, false);
        let x = |value: f64| 84.0 * scale.share(value);
        let mut svg = Svg::new(ROW * self.points.len() as f64 + 16.0);
        for (at, point) in self.points.iter().enumerate() {
            let y = ROW * at as f64 + 12.0;
            let name = label(self.at, &point.at);
            let name = if point.series.is_empty() { name } else { format!("{name}, {}", point.series) };
            svg.text("", (0.0, y), Anchor::Start, &name);
            let class = format!("bar bar-{}", self.number_of(point) + 1);
            svg.line(&class, (x(0.0), y + 12.0), (x(point.value), y + 12.0));
            svg.text(
                "strong",
                (x(point.value.max(0.0)) + 1.0, y + 16.0),
                Anchor::Start,
                &tick(self.value, point.value),
            );
        }
        svg
    }

    /// Lines along the places, each named at its end. Days stand as far apart as they are, and a line joins those that have
    /// a value; elsewhere a missing value breaks the line.
    pub(crate) fn lines(&mut self) -> Svg {
        let places = self.places();
        let (shares, are_days) = self.shares(&places);
        let values: Vec<f64> = self.points.iter().map(|point| point.value).collect();
        let scale = Scale::of(&values, self.spans_decades(|point| Some(point.value)));
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * scale.share(value);
        let x = |at: usize| 4.0 + 92.0 * shares[at];
        let mut svg = Svg::new(HEIGHT);
        self.draw_y_axis(&mut svg, scale, &y);
        draw_labels(&mut svg, &places, &x);
        svg.text("", (100.0, BOTTOM + 36.0), Anchor::End, &title(self.at));
        let mut ends: Vec<f64> = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let here = |place: &String| {
                let here = |point: &&ChartPoint| point.series == *series && label(self.at, &point.at) == *place;
                self.points.iter().find(here).map(|point| point.value)
            };
            let mut points: Vec<Option<(f64, f64)>> =
                places.iter().enumerate().map(|(at, place)| Some((x(at), y(here(place)?)))).collect();
            points.retain(|point| point.is_some() || !are_days);
            svg.path(&format!("series bar-{}", number + 1), points.clone());
            for point in points.iter().flatten() {
                svg.dot(&format!("mark-{}", number + 1), *point, 3.0);
            }
            if let (Some((x, y)), true) = (points.iter().flatten().next_back(), self.series.len() > 1) {
                // Names that would lie on one another are moved apart.
                let mut at = y - 8.0;
                while ends.iter().any(|other| (other - at).abs() < 12.0) {
                    at += 12.0;
                }
                ends.push(at);
                svg.text(&format!("mark-{}", number + 1), (*x, at), Anchor::near(*x), series);
            }
        }
        svg
    }

    /// `None` where fewer than two points can be drawn.
    pub(crate) fn scatter(&mut self) -> Option<Svg> {
        let all = self.points.len();
        let log_x = self.spans_decades(|point| point.at.as_number());
        let log_y = self.spans_decades(|point| Some(point.value));
        self.points.retain(|point| {
            let is_drawn = |value: f64, is_log: bool| value.is_finite() && (!is_log || value > 0.0);
            point.at.as_number().is_some_and(|at| is_drawn(at, log_x)) && is_drawn(point.value, log_y)
        });
        self.sample(all);
        if self.points.len() < 2 {
            return None;
        }
        let across: Vec<f64> = self.points.iter().filter_map(|point| point.at.as_number()).collect();
        let up: Vec<f64> = self.points.iter().map(|point| point.value).collect();
        let (scale_x, scale_y) = (Scale::of(&across, log_x), Scale::of(&up, log_y));
        let x = |value: f64| 4.0 + 92.0 * scale_x.share(value);
        let y = |value: f64| BOTTOM - (BOTTOM - TOP) * scale_y.share(value);
        let mut svg = Svg::new(HEIGHT);
        self.draw_y_axis(&mut svg, scale_y, &y);
        for (number, value) in scale_x.ticks().into_iter().enumerate() {
            let class = if number % 2 == 1 { "wide" } else { "" };
            svg.text(class, (x(value), BOTTOM + 18.0), Anchor::near(x(value)), &tick(self.at, value));
        }
        svg.text("", (100.0, BOTTOM + 36.0), Anchor::End, &title(self.at));
        for (point, at) in self.points.iter().zip(&across) {
            svg.dot(&format!("mark-{}", self.number_of(point) + 1), (x(*at), y(point.value)), 3.0);
        }
        if self.series.len() > 1 {
            for (number, series) in self.series.iter().enumerate() {
                let place = (100.0, TOP + 14.0 * number as f64);
                svg.text(&format!("mark-{}", number + 1), place, Anchor::End, &format!("● {series}"));
            }
        }
        Some(svg)
    }

    /// Of very many points, evenly some.
    fn sample(&mut self, all: usize) {
        if self.points.len() <= POINTS {
            return;
        }
        let step = self.points.len().div_ceil(POINTS);
        let mut at = 0;
        self.points.retain(|_| {
            at += 1;
            (at - 1) % step == 0
        });
        let shown = self.points.len();
        self.notes.push(format!("Showing an even sample of {shown} of {} points.", grouped(all as i64)));
    }

    fn draw_y_axis(&self, svg: &mut Svg, scale: Scale, y: &impl Fn(f64) -> f64) {
        svg.line("base", (0.0, BOTTOM), (100.0, BOTTOM));
        for value in scale.ticks() {
            svg.line("gridline", (0.0, y(value)), (100.0, y(value)));
            svg.text("", (0.0, y(value) - 4.0), Anchor::Start, &tick(self.value, value));
        }
        svg.text("", (0.0, BOTTOM + 36.0), Anchor::Start, &format!("Up: {}", title(self.value)));
    }

    fn number_of(&self, point: &ChartPoint) -> usize {
        self.series.iter().position(|series| *series == point.series).unwrap_or(0) % SERIES
    }
}

/// Names places below a chart, the last one first, as far as they fit.
fn draw_labels(svg: &mut Svg, places: &[String], x: &impl Fn(usize) -> f64) {
    let mut labelled: Vec<f64> = Vec::new();
    for (at, place) in places.iter().enumerate().rev() {
        if labelled.last().is_some_and(|last| last - x(at) < LABEL_DISTANCE) {
            continue;
        }
        let class = if labelled.len() % 2 == 1 && places.len() > 3 { "wide" } else { "" };
        svg.text(class, (x(at), BOTTOM + 18.0), Anchor::near(x(at)), place);
        labelled.push(x(at));
    }
}
