//! A report as HTML, Markdown, terminal text and JSON.

pub(crate) mod brief;
pub(crate) mod cards;
pub(crate) mod chart;
pub(crate) mod dates;
pub(crate) mod format;
pub(crate) mod heatmap;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod page;
pub(crate) mod summary;
pub(crate) mod svg;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod view;

use crate::report::build::Report;
use crate::report::render::page::{PageView, links::Links};

impl Report {
    /// A single self-contained file: no script, no external request.
    pub fn to_html(&self) -> String {
        html::render(self, &|_| None)
    }

    /// The page of several accounts, which links to a page of each. `page_of` gives its address, by the account's name.
    pub(crate) fn to_index(&self, page_of: Links) -> String {
        html::render(self, page_of)
    }

    /// Figures, findings and top reels for mail and issue trackers.
    pub fn to_markdown(&self) -> String {
        brief::render(&PageView::of(self, &|_| None))
    }

    /// All sections, as tables.
    pub fn to_full_markdown(&self) -> String {
        markdown::render(self)
    }

    /// Eight lines for mail and chat.
    pub fn to_summary(&self) -> String {
        summary::render(&PageView::of(self, &|_| None))
    }

    /// The overview, findings and limits of the data, within 80 columns.
    pub fn to_terminal(&self) -> String {
        terminal::summary(self)
    }

    /// The raw values, all rows.
    pub fn to_json(&self) -> String {
        json::render(self)
    }
}
