//! A report as HTML, Markdown, terminal text and JSON.

pub mod cards;
pub mod chart;
pub mod format;
pub mod heatmap;
pub mod html;
pub mod json;
pub mod markdown;
#[cfg(test)]
pub mod sizes_tests;
pub mod table;
pub mod terminal;
#[cfg(test)]
pub mod tests;
pub mod view;

use crate::report::build::Report;
use crate::report::render::view::View;

impl Report {
    /// A single self-contained file: no script, no external request.
    pub fn to_html(&self) -> String {
        html::render(&View::of(self, &view::PAGE))
    }

    /// The report for mail and chat.
    pub fn to_markdown(&self) -> String {
        markdown::render(&View::of(self, &view::MAIL))
    }

    /// The overview, key findings and limits of the data, within 80 columns.
    pub fn to_terminal(&self) -> String {
        terminal::summary(self)
    }

    /// The raw values, all rows.
    pub fn to_json(&self) -> String {
        json::render(self)
    }
}
