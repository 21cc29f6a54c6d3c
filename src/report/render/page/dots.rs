//! Multiples of the usual as dots around 1×, on a logarithmic axis from an eighth to eight times.

use serde::Serialize;

use crate::report::render::svg::{Anchor, Figure, Svg};
use crate::report::row::Row;

/// The ends of the axis; what lies beyond stands at its edge.
const MOST: f64 = 8.0;
const ROW_HEIGHT: f64 = 24.0;

/// Groups of reels side by side: a table whose rows hold the chart.
#[derive(Serialize)]
pub(crate) struct Panel {
    pub title: String,
    pub axis: Figure,
    pub rows: Vec<PanelRow>,
    /// Groups of fewer than 3 reels.
    pub left_out: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct PanelRow {
    pub name: String,
    /// `more`, `less` or `chance`.
    pub class: &'static str,
    pub dot: Figure,
    pub multiple: String,
    pub n: String,
}

/// Where a multiple stands, in per cent.
fn x(multiple: f64) -> f64 {
    let share = multiple.max(f64::MIN_POSITIVE).ln() / MOST.ln();
    50.0 + 44.0 * share.clamp(-1.0, 1.0)
}

/// A multiple as a dot, with its likely range.
pub(crate) fn dot(class: &str, multiple: f64, range: Option<(f64, f64)>) -> Figure {
    let mut svg = Svg::new(ROW_HEIGHT);
    let middle = ROW_HEIGHT / 2.0;
    svg.line("usual", (50.0, 0.0), (50.0, ROW_HEIGHT));
    if let Some((low, high)) = range {
        svg.line("interval", (x(low), middle), (x(high), middle));
    }
    svg.dot("dot", (x(multiple), middle), 4.0);
    // Beyond the axis.
    if multiple > MOST {
        svg.text("dot", (100.0, middle + 5.0), Anchor::End, "›");
    }
    let range = range.map_or(String::new(), |(low, high)| format!(", likely {low:.2} to {high:.2}"));
    svg.finish(&format!("dots {class}"), &format!("{multiple:.2} times the usual{range}"))
}

/// The scale above a column of dots.
pub(crate) fn axis() -> Figure {
    let mut svg = Svg::new(16.0);
    for (multiple, text, class) in [
        (0.125, "⅛", "wide"),
        (0.25, "¼", ""),
        (0.5, "½", "wide"),
        (1.0, "1×", "strong"),
        (2.0, "2", "wide"),
        (4.0, "4", ""),
        (8.0, "8", "wide"),
    ] {
        svg.text(class, (x(multiple), 12.0), Anchor::Middle, text);
    }
    svg.finish("axis", "Scale from an eighth to eight times the usual views")
}

/// The groups of a section that has a z for each; `None` if none has 3 reels.
pub(crate) fn panel(title: &str, rows: &[Row], most: usize, name: impl Fn(&Row) -> String) -> Option<Panel> {
    if rows.iter().all(|row| row.is_few("median_multiple_n")) {
        return None;
    }
    let row = |row: &&Row| {
        let multiple = row.number("median_multiple")?;
        let range = row.number("median_multiple_low").zip(row.number("median_multiple_high"));
        let class = match row.beyond_chance("z") {
            Some(true) => "more",
            Some(false) => "less",
            None => "chance",
        };
        Some(PanelRow {
            name: name(row),
            class,
            dot: dot(class, multiple, range),
            multiple: row.words("median_multiple"),
            n: row.words("median_multiple_n"),
        })
    };
    let (few, enough): (Vec<&Row>, Vec<&Row>) = rows.iter().take(most).partition(|row| row.is_few("median_multiple_n"));
    Some(Panel {
        title: title.to_owned(),
        axis: axis(),
        rows: enough.iter().filter_map(row).collect(),
        left_out: few.into_iter().map(name).filter(|name| !name.starts_with("unknown")).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiple_and_its_inverse_are_as_far_from_1() {
        assert_eq!(x(1.0), 50.0);
        assert_eq!([x(8.0), x(100.0)], [94.0, 94.0]);
        assert_eq!([x(0.125), x(0.0)], [6.0, 6.0]);
        assert!((x(2.0) - 50.0 - (50.0 - x(0.5))).abs() < 1e-9);
    }
}
