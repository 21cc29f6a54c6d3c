//! Readers do not see accounts that are being forgotten.

use crate::error::Result;
use crate::store::{layout::Store, manifest::Manifest};

/// Leaves accounts that are being forgotten out of a run; whether there were any.
pub(crate) fn remove(store: &Store, manifest: &mut Manifest) -> Result<bool> {
    let forgettings = store.forgettings()?;
    let goes = |key: &str| forgettings.iter().any(|forgetting| forgetting.log.is_none() && forgetting.key == key);
    let count = manifest.accounts.len();
    let keys = manifest.requested_keys();
    let mut stays = keys.iter().map(|key| !goes(key));
    manifest.requested.retain(|_| stays.next().unwrap_or(true));
    manifest.accounts.retain(|entry| !goes(entry.key()));
    Ok(manifest.accounts.len() < count)
}
