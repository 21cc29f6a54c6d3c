//! Marks: the bars, lines and points of a chart, and its layout.

use kuva::plot::line::LineStyle;
use kuva::plot::{BarPlot, LinePlot, ScatterPlot};
use kuva::prelude::{Layout, Plot};

use crate::report::render::chart::axes::{format, is_crowded, title};
use crate::report::render::chart::data::{ChartData, ChartPoint, SERIES, label};
use crate::report::render::format::{cut, grouped};

/// Bars and points that fit into one chart.
const BARS: usize = 40;
const POINTS: usize = 600;
/// Labels that fit side by side below a chart.
const LABELS: usize = 10;
const WIDTH: f64 = 680.0;
/// Letters of a slanted label.
const SLANTED_LETTERS: usize = 16;
/// Angle of labels that would otherwise overlap.
const SLANT: f64 = -40.0;
const STYLES: [LineStyle; 4] = [LineStyle::Solid, LineStyle::Dashed, LineStyle::Dotted, LineStyle::DashDot];

impl ChartData<'_> {
    pub(crate) fn horizontal_bars(&mut self) -> (Vec<Plot>, Layout) {
        self.shorten(BARS);
        // They are drawn from the bottom up.
        let bars = self.points.iter().rev().map(|point| (label(self.at, &point.at), point.value));
        let plot = BarPlot::new().with_bars(bars.collect::<Vec<_>>()).with_color(colour(0)).with_horizontal(true);
        let height = 70.0 + 24.0 * self.points.len() as f64;
        let (plots, layout) = layout(plot.into(), height);
        (plots, layout.with_x_label(title(self.value)).with_x_tick_format(format(self.value)))
    }

    pub(crate) fn bars(&mut self) -> (Vec<Plot>, Layout) {
        let mut places = self.places();
        if places.len() > BARS {
            self.notes.push(format!("The chart shows the first {BARS} of {}.", places.len()));
            places.truncate(BARS);
        }
        let slanted = is_crowded(&places);
        let mut plot = BarPlot::new();
        for place in &places {
            let bar = |series: &String| {
                let here = |point: &&ChartPoint| point.series == *series && label(self.at, &point.at) == *place;
                // A missing bar has no height.
                self.points.iter().find(here).map_or(0.0, |point| point.value)
            };
            let bars = self.series.iter().enumerate().map(|(number, series)| (bar(series), colour(number)));
            let name = if slanted { cut(place, SLANTED_LETTERS) } else { place.clone() };
            plot = plot.with_group(name, bars.collect::<Vec<_>>());
        }
        if self.series.len() > 1 {
            plot = plot.with_legend(self.series.iter().map(String::as_str).collect());
        }
        let (plots, layout) = layout(plot.into(), if slanted { 400.0 } else { 320.0 });
        let layout = if slanted { layout.with_x_tick_rotate(SLANT) } else { layout };
        (plots, self.titled(layout))
    }

    pub(crate) fn lines(&mut self) -> (Vec<Plot>, Layout) {
        let places = self.places();
        let mut plots: Vec<Plot> = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let value = |place: &String| {
                let here = |point: &&ChartPoint| point.series == *series && label(self.at, &point.at) == *place;
                self.points.iter().find(here).map(|point| point.value)
            };
            let values: Vec<(f64, Option<f64>)> =
                places.iter().enumerate().map(|(at, place)| (at as f64 + 1.0, value(place))).collect();
            // A missing value breaks the line.
            let stretches = values.split(|(_, value)| value.is_none()).filter(|stretch| !stretch.is_empty());
            for (stretch_number, stretch) in stretches.enumerate() {
                let points: Vec<(f64, f64)> = stretch.iter().filter_map(|(at, value)| Some((*at, (*value)?))).collect();
                let dots = ScatterPlot::new().with_data(points.clone()).with_color(colour(number)).with_size(2.5);
                let line = LinePlot::new().with_data(points).with_color(colour(number)).with_stroke_width(2.0);
                let line = line.with_line_style(STYLES[number % STYLES.len()].clone());
                let is_named = stretch_number == 0 && self.series.len() > 1;
                plots.push(if is_named { line.with_legend(series.clone()) } else { line }.into());
                plots.push(dots.into());
            }
        }
        let step = places.len().div_ceil(LABELS);
        let shown: Vec<String> = places.iter().step_by(step).cloned().collect();
        let slanted = is_crowded(&shown);
        let labels = places.iter().enumerate().map(|(at, place)| match at % step {
            0 if slanted => cut(place, SLANTED_LETTERS),
            0 => place.clone(),
            _ => String::new(),
        });
        let mut layout =
            Layout::auto_from_plots(&plots).with_width(WIDTH).with_height(if slanted { 400.0 } else { 320.0 });
        layout = layout.with_x_categories(labels.collect());
        layout = if slanted { layout.with_x_tick_rotate(SLANT) } else { layout };
        layout = layout.with_x_axis_min(0.5).with_x_axis_max(places.len() as f64 + 0.5);
        if self.spans_decades(|point| Some(point.value)) {
            layout = layout.with_log_y();
        } else if self.points.iter().all(|point| point.value >= 0.0) {
            // Starts at 0, so that a small change does not look large.
            layout = layout.with_y_axis_min(0.0);
        }
        (plots, self.titled(layout))
    }

    pub(crate) fn scatter(&mut self) -> Option<(Vec<Plot>, Layout)> {
        let (log_x, log_y) =
            (self.spans_decades(|point| point.at.as_number()), self.spans_decades(|point| Some(point.value)));
        let drawn = self.points.len();
        self.points
            .retain(|point| point.at.as_number().is_some_and(|at| !log_x || at > 0.0) && (!log_y || point.value > 0.0));
        if self.points.len() > POINTS {
            let step = self.points.len().div_ceil(POINTS);
            let mut at = 0;
            self.points.retain(|_| {
                at += 1;
                (at - 1) % step == 0
            });
        }
        if self.points.len() < drawn {
            self.notes.push(format!(
                "Showing an even sample of {} of {} points.",
                self.points.len(),
                grouped(drawn as i64)
            ));
        }
        if self.points.len() < 2 {
            return None;
        }
        let plot = |(at, series): (usize, &String)| {
            let own = self.points.iter().filter(|point| point.series == *series);
            let points: Vec<(f64, f64)> = own.filter_map(|point| Some((point.at.as_number()?, point.value))).collect();
            let plot = ScatterPlot::new().with_data(points).with_color(colour(at)).with_size(3.5);
            if self.series.len() > 1 { plot.with_legend(series.clone()) } else { plot }.into()
        };
        let plots: Vec<Plot> = self.series.iter().enumerate().map(plot).collect();
        let mut layout = Layout::auto_from_plots(&plots).with_width(WIDTH).with_height(380.0);
        layout = if log_x { layout.with_log_x() } else { layout };
        layout = if log_y { layout.with_log_y() } else { layout };
        let layout = self.titled(layout).with_x_tick_format(format(self.at));
        Some((plots, layout))
    }

    fn titled(&self, layout: Layout) -> Layout {
        layout.with_x_label(title(self.at)).with_y_label(title(self.value)).with_y_tick_format(format(self.value))
    }

    fn shorten(&mut self, most: usize) {
        if self.points.len() > most {
            self.notes.push(format!("The chart shows the first {most} of {}.", self.points.len()));
            self.points.truncate(most);
        }
    }
}

fn layout(plot: Plot, height: f64) -> (Vec<Plot>, Layout) {
    let plots = vec![plot];
    let layout = Layout::auto_from_plots(&plots).with_width(WIDTH).with_height(height);
    (plots, layout)
}

fn colour(number: usize) -> String {
    format!("var(--c{})", number % SERIES + 1)
}
