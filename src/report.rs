//! Query results to a report: findings, caveats, and the report in all its forms.

pub(crate) mod build;
pub(crate) mod caveats;
pub(crate) mod data_summary;
pub(crate) mod findings;
pub(crate) mod from_json;
pub(crate) mod render;
pub(crate) mod row;
#[cfg(test)]
pub(crate) mod test_rows;
