//! What needs no network and can fail is looked at before anything is bought.

use crate::config::Settings;
use crate::error::Result;
use crate::report;

/// Reads the user's questions before anything is paid for. What is wrong with one of them stops no run: the report says it
/// in its place.
///
/// # Errors
/// Exit 2 where their folder cannot be read or holds none.
pub fn queries(settings: &Settings) -> Result<()> {
    for query in report::queries(settings.queries.as_deref())? {
        if let Some(fault) = query.fault {
            tracing::warn!("the report will be without a section: {fault}");
        }
    }
    Ok(())
}
