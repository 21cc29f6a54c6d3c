//! Answers as pictures: bars, lines and points as inline SVG, by the `-- chart:` line of their query. Colours are the
//! page's own (CSS variables), so that one picture serves light, dark and paper; the table stands beside it.

use std::cmp::Ordering;
use std::sync::Arc;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::plot::line::LineStyle;
use kuva::plot::{BarPlot, LinePlot, ScatterPlot};
use kuva::prelude::{Layout, Plot, TickFormat};
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;
use unicode_width::UnicodeWidthStr;

use super::answer::{Answer, Value};
use super::query::Chart;
use super::words::{Figures, cut, grouped, heading, shown, written};

/// Distinct colours there are; more lines than that nobody tells apart.
const SERIES: usize = 6;
/// Bars and points that fit into one picture.
const BARS: usize = 40;
const POINTS: usize = 600;
/// Labels that fit beside each other below a picture.
const LABELS: usize = 10;
const WIDTH: f64 = 680.0;
const LABEL_LETTERS: usize = 26;
/// Letters of an axis title, and of a label that stands aslant.
const TITLE_LETTERS: usize = 36;
const SLANTED_LETTERS: usize = 16;
/// How labels stand that would run into each other.
const SLANT: f64 = -40.0;
const STYLES: [LineStyle; 4] = [LineStyle::Solid, LineStyle::Dashed, LineStyle::Dotted, LineStyle::DashDot];

/// A picture, what it shows in words, and what of the rows is not in it.
pub(super) struct Drawing {
    pub svg: String,
    pub alt: String,
    pub notes: Vec<String>,
}

/// One value of the answer: where it stands and to which series it belongs.
pub(super) struct Point {
    series: String,
    at: Value,
    pub value: f64,
}

/// What is drawn: the columns by name and the points in the order of the rows.
pub(super) struct Picture<'a> {
    at: &'a str,
    value: &'a str,
    points: Vec<Point>,
    series: Vec<String>,
    notes: Vec<String>,
}

/// Draws an answer. Nothing where the chart's columns are not in it, or fewer than two values are: then the table says
/// it all.
pub(super) fn draw(chart: &Chart, answer: &Answer) -> Option<Drawing> {
    let (at, value, by) = match chart {
        Chart::Figures | Chart::Cards | Chart::Heatmap { .. } => return None,
        Chart::HorizontalBar { x, y } => (y, x, None),
        Chart::Bar { x, y, by } | Chart::Line { x, y, by } | Chart::Scatter { x, y, by } => (x, y, by.as_deref()),
    };
    let mut picture = picture(answer, at, value, by)?;
    let (plots, layout) = match chart {
        Chart::HorizontalBar { .. } => picture.horizontal_bars(),
        Chart::Bar { .. } => picture.bars(),
        Chart::Line { .. } => picture.lines(),
        _ => picture.scatter()?,
    };
    let layout = layout.with_theme(theme()).with_tick_size(13).with_label_size(13).with_body_size(13);
    // Beside the picture they would be the first to leave a telephone's screen.
    let layout = layout.with_legend_position(LegendPosition::OutsideBottomColumns);
    let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
    Some(Drawing { svg: fit_in(&svg), alt: picture.alt(chart), notes: picture.notes })
}

pub(super) fn picture<'a>(answer: &Answer, at: &'a str, value: &'a str, by: Option<&str>) -> Option<Picture<'a>> {
    let (at_column, value_column) = (answer.position(at)?, answer.position(value)?);
    let by_column = match by {
        Some(by) => Some(answer.position(by)?),
        None => None,
    };
    let n_column = answer.position(&format!("{value}_n")).or_else(|| answer.position("n"));
    let (mut points, mut few) = (Vec::new(), 0_i64);
    for row in &answer.rows {
        let Some(number) = number(&row[value_column]) else { continue };
        if n_column.is_some_and(|n| matches!(row[n], Value::Int(n) if n < 3)) {
            few += 1;
            continue;
        }
        let series = by_column.zip(by).map_or(String::new(), |(column, by)| label(by, &row[column]));
        points.push(Point { series, at: row[at_column].clone(), value: number });
    }
    let mut notes = Vec::new();
    if few > 0 {
        let values = if few == 1 { "value that rests" } else { "values that rest" };
        notes.push(format!("Not in the picture: {} {values} on fewer than 3.", grouped(few)));
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
        notes.push(format!("The picture has the {SERIES} of {all} with the most rows."));
    }
    (points.len() >= 2).then_some(Picture { at, value, points, series, notes })
}

impl Picture<'_> {
    fn horizontal_bars(&mut self) -> (Vec<Plot>, Layout) {
        self.shorten(BARS);
        // From the bottom up is how they are drawn.
        let bars = self.points.iter().rev().map(|point| (label(self.at, &point.at), point.value));
        let plot = BarPlot::new().with_bars(bars.collect::<Vec<_>>()).with_color(colour(0)).with_horizontal(true);
        let height = 70.0 + 24.0 * self.points.len() as f64;
        let (plots, layout) = layout(plot.into(), height);
        (plots, layout.with_x_label(title(self.value)).with_x_tick_format(format(self.value)))
    }

    fn bars(&mut self) -> (Vec<Plot>, Layout) {
        let mut places = self.places();
        if places.len() > BARS {
            self.notes.push(format!("The picture has the first {BARS} of {}.", places.len()));
            places.truncate(BARS);
        }
        let slanted = is_crowded(&places);
        let mut plot = BarPlot::new();
        for place in &places {
            let bar = |series: &String| {
                let here = |point: &&Point| point.series == *series && label(self.at, &point.at) == *place;
                // A bar that is not there has no height.
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

    fn lines(&mut self) -> (Vec<Plot>, Layout) {
        let places = self.places();
        let mut plots: Vec<Plot> = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let value = |place: &String| {
                let here = |point: &&Point| point.series == *series && label(self.at, &point.at) == *place;
                self.points.iter().find(here).map(|point| point.value)
            };
            let values: Vec<(f64, Option<f64>)> =
                places.iter().enumerate().map(|(at, place)| (at as f64 + 1.0, value(place))).collect();
            // A place without a value breaks the line: what is not known is not drawn.
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
            // From nothing on, so that a small change does not look like a large one.
            layout = layout.with_y_axis_min(0.0);
        }
        (plots, self.titled(layout))
    }

    fn scatter(&mut self) -> Option<(Vec<Plot>, Layout)> {
        let (log_x, log_y) =
            (self.spans_decades(|point| number(&point.at)), self.spans_decades(|point| Some(point.value)));
        let drawn = self.points.len();
        self.points
            .retain(|point| number(&point.at).is_some_and(|at| !log_x || at > 0.0) && (!log_y || point.value > 0.0));
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
                "The picture has {} of {} points, evenly picked.",
                self.points.len(),
                grouped(drawn as i64)
            ));
        }
        if self.points.len() < 2 {
            return None;
        }
        let plot = |(at, series): (usize, &String)| {
            let own = self.points.iter().filter(|point| point.series == *series);
            let points: Vec<(f64, f64)> = own.filter_map(|point| Some((number(&point.at)?, point.value))).collect();
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
            self.notes.push(format!("The picture has the first {most} of {}.", self.points.len()));
            self.points.truncate(most);
        }
    }

    fn of<'a>(&'a self, series: &'a str) -> impl Iterator<Item = &'a Point> {
        self.points.iter().filter(move |point| point.series == series)
    }

    /// The labels along the axis. Where every series has its own in rising order, so has the axis; else one that only
    /// some have goes behind the one that it follows there.
    fn places(&self) -> Vec<String> {
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

    /// Whether the values are all above 0 and the largest is more than a hundred times the smallest.
    pub(super) fn spans_decades(&self, value: impl Fn(&Point) -> Option<f64>) -> bool {
        let values = || self.points.iter().filter_map(&value).filter(|value| *value > 0.0);
        let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        most > 100.0 * least && self.points.iter().filter_map(&value).all(|value| value >= 0.0)
    }

    fn alt(&self, chart: &Chart) -> String {
        let kind = match chart {
            Chart::Line { .. } => "Line chart",
            Chart::Scatter { .. } => "Scatter plot",
            _ => "Bar chart",
        };
        let many = match self.series.len() {
            0 | 1 => String::new(),
            many => format!(" for {many} accounts or groups"),
        };
        let of = |point: &Point| {
            let series = if point.series.is_empty() { String::new() } else { format!("{}, ", point.series) };
            let value = written(self.value, &Value::Float(point.value), Figures::Short);
            format!("{value} ({series}{})", label(self.at, &point.at))
        };
        let least = self.points.iter().min_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let most = self.points.iter().max_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let (value, at) = (heading(self.value), heading(self.at).to_lowercase());
        format!("{kind}: {value} by {at}{many}, {} values from {least} to {most}.", self.points.len())
    }
}

fn layout(plot: Plot, height: f64) -> (Vec<Plot>, Layout) {
    let plots = vec![plot];
    let layout = Layout::auto_from_plots(&plots).with_width(WIDTH).with_height(height);
    (plots, layout)
}

/// Which of two values of one column comes first.
fn compared(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Day(a), Value::Day(b)) => Some(a.cmp(b)),
        (a, b) => number(a)?.partial_cmp(&number(b)?),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}

/// A value as a label. (A dollar sign would begin a formula.)
fn label(column: &str, value: &Value) -> String {
    cut(&shown(&written(column, value, Figures::Short)), LABEL_LETTERS).replace('$', "\u{ff04}").replace('\u{a0}', " ")
}

/// A column's name along an axis. (What a user's own SQL calls it may be long.)
fn title(column: &str) -> String {
    cut(&heading(column), TITLE_LETTERS).replace('$', "\u{ff04}")
}

/// Whether labels side by side below a picture would run into each other.
fn is_crowded(labels: &[String]) -> bool {
    const ROOM: usize = 78;
    let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    (widest + 1) * labels.len() > ROOM
}

fn format(column: &str) -> TickFormat {
    let column = column.to_owned();
    TickFormat::Custom(Arc::new(move |number| {
        written(&column, &Value::Float(number), Figures::Tiny).replace('\u{a0}', " ")
    }))
}

fn colour(number: usize) -> String {
    format!("var(--c{})", number % SERIES + 1)
}

fn theme() -> Theme {
    Theme {
        background: "none".to_owned(),
        axis_color: "var(--soft)".to_owned(),
        grid_color: "var(--line)".to_owned(),
        tick_color: "var(--soft)".to_owned(),
        text_color: "var(--ink)".to_owned(),
        legend_bg: "none".to_owned(),
        legend_border: "none".to_owned(),
        font_family: Some("inherit".to_owned()),
        ..Theme::light()
    }
}

/// Makes the picture one that a page can hold: it grows and shrinks with it, and what it would refer to is gone. (It
/// clips its points, which lie within the axes, by a name that a second picture on the page has too.)
fn fit_in(svg: &str) -> String {
    let size = |name: &str| {
        let rest = &svg[svg.find(&format!(" {name}=\""))? + name.len() + 3..];
        Some(&rest[..rest.find('"')?])
    };
    let (width, height) = (size("width").unwrap_or_default(), size("height").unwrap_or_default());
    let sized = svg.replacen(
        &format!(" width=\"{width}\" height=\"{height}\""),
        &format!(" viewBox=\"0 0 {width} {height}\""),
        1,
    );
    let plain = sized.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
    let cuts = [("<!--", "-->"), ("<defs>", "</defs>"), (" clip-path=\"", "\"")];
    cuts.into_iter().fold(plain, |text, (from, to)| without(&text, from, to))
}

/// The text without what lies between these marks, and without the marks.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once(from) {
        let Some((_, behind)) = after.split_once(to) else { break };
        kept.push_str(before);
        rest = behind;
    }
    kept + rest
}
