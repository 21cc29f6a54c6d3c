//! A report as HTML, Markdown, terminal text and JSON.

pub mod cards;
pub mod chart;
pub mod format;
pub mod heatmap;
pub mod html;
pub mod markdown;
#[cfg(test)]
pub mod sizes_tests;
pub mod table;
pub mod terminal;
#[cfg(test)]
pub mod tests;
pub mod view;
