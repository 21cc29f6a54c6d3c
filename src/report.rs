//! Query results to a report: key findings, caveats, and the report in all its forms.

pub mod build;
pub mod caveats;
pub mod data_summary;
pub mod findings;
#[cfg(test)]
pub mod findings_tests;
pub mod render;
