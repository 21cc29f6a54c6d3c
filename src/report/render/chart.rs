//! Charts: bars, lines and points as inline SVG, as the `-- chart:` line of a query asks. Colours are CSS variables of the
//! page, so that one chart works in light, dark and print; the table is always shown too.

pub mod axes;
pub mod marks;
#[cfg(test)]
pub mod tests;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use crate::query::answer::Answer;
use crate::query::file::Chart;
use crate::report::render::chart::axes::label;
use crate::report::render::format::{Precision, heading, plural, written};
use crate::schema::value::Value;

/// Number of distinct colours, and so of series that can be told apart.
const SERIES: usize = 6;

/// A chart, its description, and notes on what it leaves out.
pub(crate) struct ChartSvg {
    pub svg: String,
    pub alt: String,
    pub notes: Vec<String>,
}

/// One value of the answer: its position and its series.
pub(crate) struct Point {
    series: String,
    at: Value,
    pub value: f64,
}

/// What is drawn: the column names and the points, in the order of the rows.
pub(crate) struct ChartData<'a> {
    at: &'a str,
    value: &'a str,
    points: Vec<Point>,
    series: Vec<String>,
    notes: Vec<String>,
}

/// Draws an answer. `None` if it lacks the chart's columns or has fewer than two values: then the table is enough.
pub(crate) fn draw(chart: &Chart, answer: &Answer) -> Option<ChartSvg> {
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
    // Beside the chart, the legend would be the first to leave a phone's screen.
    let layout = layout.with_legend_position(LegendPosition::OutsideBottomColumns);
    let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
    Some(ChartSvg { svg: fit_in(&svg), alt: picture.alt(chart), notes: picture.notes })
}

pub(crate) fn picture<'a>(answer: &Answer, at: &'a str, value: &'a str, by: Option<&str>) -> Option<ChartData<'a>> {
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

impl ChartData<'_> {
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
            let value = written(self.value, &Value::Float(point.value), Precision::Short);
            format!("{value} ({series}{})", label(self.at, &point.at))
        };
        let least = self.points.iter().min_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let most = self.points.iter().max_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let (value, at) = (heading(self.value), heading(self.at).to_lowercase());
        format!("{kind}: {value} by {at}{many}, {} values from {least} to {most}.", self.points.len())
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
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

/// Makes the SVG embeddable: it scales with the page and refers to nothing. (It clips its points, which lie within the
/// axes anyway, by an id that a second chart on the page would share.)
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

/// The text without everything from one mark to the next, marks included.
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
