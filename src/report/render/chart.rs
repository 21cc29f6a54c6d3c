//! Charts: bars, lines and points as inline SVG, as the `-- chart:` line of a query says. The table is always shown, too.

pub(crate) mod axes;
pub(crate) mod data;
pub(crate) mod marks;
#[cfg(test)]
pub(crate) mod tests;

use crate::query::{answer::Answer, file::Chart};
use crate::report::render::chart::data::{ChartData, ChartPoint, chart_data, label};
use crate::report::render::format::{Precision, format_value, heading};
use crate::schema::value::Value;

/// A chart, and notes on what it leaves out.
pub(crate) struct ChartSvg {
    pub svg: String,
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
    let svg = match chart {
        Chart::Line { .. } => data.lines(),
        Chart::Scatter { .. } => data.scatter()?,
        _ => data.bars(),
    };
    let alt = data.alt(chart);
    Some(ChartSvg { svg: svg.finish("chart", &alt).svg, notes: data.notes })
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
