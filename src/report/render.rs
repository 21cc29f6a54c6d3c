//! A report as HTML, Markdown, terminal text and JSON.

pub(crate) mod cards;
pub(crate) mod chart;
pub(crate) mod format;
pub(crate) mod heatmap;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod view;

use crate::report::{build::Report, render::view::View};

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
