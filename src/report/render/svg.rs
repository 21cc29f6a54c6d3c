//! Inline SVG whose x is in per cent and whose y is in pixels: it narrows with the page, and its text keeps its size.

use std::fmt::Write as _;

use serde::Serialize;

/// A drawing with its description.
#[derive(Serialize)]
pub(crate) struct Figure {
    /// Markup: the template does not escape it.
    pub svg: String,
}

/// A drawing in the making.
pub(crate) struct Svg {
    height: f64,
    lines: String,
    shapes: String,
}

/// How a text stands at its x.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    /// So that a text near an edge stays inside.
    pub(crate) fn near(x: f64) -> Self {
        match x {
            ..8.0 => Self::Start,
            92.0.. => Self::End,
            _ => Self::Middle,
        }
    }
}

impl Svg {
    pub(crate) fn new(height: f64) -> Self {
        Self { height, lines: String::new(), shapes: String::new() }
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (round(from.0), round(from.1), round(to.0), round(to.1));
        let _ = write!(self.shapes, r#"<line class="{class}" x1="{x1}%" y1="{y1}" x2="{x2}%" y2="{y2}"/>"#);
    }

    pub(crate) fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y) = (round(x), round(y));
        let _ = write!(self.shapes, r#"<circle class="{class}" cx="{x}%" cy="{y}" r="{radius}"/>"#);
    }

    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (round(x), round(y), escaped(text));
        let _ = write!(self.shapes, r#"<text class="{class}" x="{x}%" y="{y}" text-anchor="{anchor}">{text}</text>"#);
    }

    /// A line through the points; where one is missing, it breaks, and a point alone is a short dash.
    pub(crate) fn path(&mut self, class: &str, points: impl IntoIterator<Item = Option<(f64, f64)>>) {
        let points: Vec<Option<(f64, f64)>> = points.into_iter().collect();
        let mut path = String::new();
        for stretch in points.split(Option::is_none) {
            for (at, (x, y)) in stretch.iter().flatten().enumerate() {
                let _ = write!(path, "{}{} {}", if at == 0 { "M" } else { "L" }, round(*x), round(*y));
            }
            if let [Some((x, y))] = stretch {
                let _ = write!(path, "L{} {}", round(x + 0.3), round(*y));
            }
        }
        if !path.is_empty() {
            let _ = write!(self.lines, r#"<path class="{class}" d="{path}"/>"#);
        }
    }

    /// The drawing, and in words what it shows.
    pub(crate) fn finish(self, class: &str, label: &str) -> Figure {
        let Self { height, lines, shapes } = self;
        let label = escaped(label);
        // Lines stretch with the page, at the same width; text and dots do not.
        let stretched = match lines.is_empty() {
            true => lines,
            false => format!(
                r#"<svg class="stretch" viewBox="0 0 100 {height}" preserveAspectRatio="none" width="100%" height="{height}" aria-hidden="true">{lines}</svg>"#
            ),
        };
        let svg = format!(
            r#"<svg class="{class}" role="img" aria-label="{label}" width="100%" height="{height}">{stretched}{shapes}</svg>"#
        );
        Figure { svg }
    }
}

/// Two decimals are finer than any screen.
fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Values of an axis from 0, two to four of them: multiples of 1, 2 or 5 times a power of ten, and never below 1.
pub(crate) fn ticks(most: f64) -> Vec<f64> {
    let power = 10_f64.powf((most.max(1.0) / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| most / step <= 4.0);
    let step = step.unwrap_or(10.0 * power).max(1.0);
    (1..=4).map(|number| f64::from(number) * step).filter(|tick| *tick <= most * 1.15).collect()
}

/// Where a value stands on an axis of pixels.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    pub bottom: f64,
    pub top: f64,
    /// The value at the bottom, 0 or below.
    pub least: f64,
    /// The value at the top.
    pub most: f64,
}

impl Axis {
    pub(crate) fn y(self, value: f64) -> f64 {
        let share = (value - self.least) / (self.most - self.least);
        self.bottom - (self.bottom - self.top) * share.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut svg = Svg::new(10.0);
        svg.text("a", (50.0, 5.0), Anchor::near(50.0), "</svg><script>\"'&");
        let svg = svg.finish("chart", "\"><b>").svg;
        assert!(svg.contains(">&lt;/svg&gt;&lt;script&gt;&quot;&#39;&amp;</text>"), "{svg}");
        assert!(svg.contains(r#"aria-label="&quot;&gt;&lt;b&gt;""#), "{svg}");
    }

    #[test]
    fn a_line_breaks_where_a_value_is_missing() {
        let mut svg = Svg::new(10.0);
        svg.path("now", [Some((0.0, 1.0)), Some((10.0, 2.0)), None, Some((30.0, 3.0))]);
        assert!(svg.finish("spark", "").svg.contains(r#"d="M0 1L10 2M30 3L30.3 3""#));
        let mut empty = Svg::new(10.0);
        empty.path("now", [None, None]);
        assert!(!empty.finish("spark", "").svg.contains("path"));
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(ticks(7.0), [2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(79_934.0), [20_000.0, 40_000.0, 60_000.0, 80_000.0]);
        assert_eq!(ticks(1_000.0), [500.0, 1_000.0]);
        assert_eq!(ticks(1.0), [1.0]);
        assert_eq!(ticks(0.0), [0.0; 0]);
    }

    #[test]
    fn an_axis_ends_at_its_edges() {
        let axis = Axis { bottom: 100.0, top: 20.0, least: 0.0, most: 40.0 };
        assert_eq!([0.0, 20.0, 40.0, 50.0].map(|value| axis.y(value)), [100.0, 60.0, 20.0, 20.0]);
        let below = Axis { least: -40.0, ..axis };
        assert_eq!([-40.0, 0.0, 40.0].map(|value| below.y(value)), [100.0, 60.0, 20.0]);
    }
}
