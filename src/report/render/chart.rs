//! Charts: bars, lines and points as inline SVG, as the `-- chart:` line of a query says. Colours are CSS variables of
//! the HTML, so that one chart works in light, dark and print; the table is always shown, too.

pub(crate) mod axes;
pub(crate) mod data;
pub(crate) mod marks;
#[cfg(test)]
pub(crate) mod tests;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use crate::query::{answer::Answer, file::Chart};
use crate::report::render::chart::data::{ChartData, ChartPoint, chart_data, label};
use crate::report::render::format::{Precision, format_value, heading};
use crate::schema::value::Value;

/// A chart, its description, and notes on what it leaves out.
pub(crate) struct ChartSvg {
    pub svg: String,
    pub alt: String,
    pub notes: Vec<String>,
}

/// Draws an answer. `None` if it lacks the chart's columns or has fewer than two values: then the table is enough.
pub(crate) fn draw(chart: &Chart, answer: &Answer) -> Option<ChartSvg> {
    let (at, value, by) = match chart {
        Chart::Figures | Chart::Cards | Chart::Heatmap { .. } => return None,
        Chart::HorizontalBar { x, y } => (y, x, None),
        Chart::Bar { x, y, by } | Chart::Line { x, y, by } | Chart::Scatter { x, y, by } => (x, y, by.as_deref()),
    };
    let mut data = chart_data(answer, at, value, by)?;
    let (plots, layout) = match chart {
        Chart::HorizontalBar { .. } => data.horizontal_bars(),
        Chart::Bar { .. } => data.bars(),
        Chart::Line { .. } => data.lines(),
        _ => data.scatter()?,
    };
    let layout = layout.with_theme(theme()).with_tick_size(13).with_label_size(13).with_body_size(13);
    // Beside the chart, the legend would be the first to leave a phone's screen.
    let layout = layout.with_legend_position(LegendPosition::OutsideBottomColumns);
    let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
    Some(ChartSvg { svg: fit_in(&svg), alt: data.alt(chart), notes: data.notes })
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
        let of = |point: &ChartPoint| {
            let series = if point.series.is_empty() { String::new() } else { format!("{}, ", point.series) };
            let value = format_value(self.value, &Value::Float(point.value), Precision::Short);
            format!("{value} ({series}{})", label(self.at, &point.at))
        };
        let least = self.points.iter().min_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let most = self.points.iter().max_by(|a, b| a.value.total_cmp(&b.value)).map(of).unwrap_or_default();
        let (value, at) = (heading(self.value), heading(self.at).to_lowercase());
        format!("{kind}: {value} by {at}{many}, {} values from {least} to {most}.", self.points.len())
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
