//! A `forget` that has begun: a run without the account is published and its pages are removed, even after a kill.
//! Until then readers do not see the account.

use crate::error::Result;
use crate::pipeline::{lost_logs::LogRecord, newest_run, publish, publish::PublishOptions, summary::Summary};
use crate::store::{forgetting::Forgetting, layout::Store, manifest::Manifest};

/// Finishes what killed `forget` commands began.
pub(crate) fn finish_all(store: &Store) -> Result<()> {
    for forgetting in store.forgettings()? {
        tracing::warn!("`forget` was killed while removing {}: finishing it now", forgetting.what());
        // The user's options are not known here: no run is removed, and the report has the built-in sections.
        let options = PublishOptions { run_id: None, keep_runs: usize::MAX, queries: None, accept_loss: false };
        finish(store, &forgetting, options)?;
    }
    store.clear_forgetting_dir()
}

pub(crate) fn finish(store: &Store, forgetting: &Forgetting, options: PublishOptions) -> Result<Summary> {
    let mut summary = Summary::new("");
    if let Some((dir, mut manifest)) = newest_run::newest(store)?
        && (is_in_tables(forgetting, &manifest) || LogRecord::newest(store)?.has(&forgetting.key))
    {
        if forgetting.log.is_none()
            && let Some(gone) = manifest.accounts.iter().find(|entry| entry.key() == forgetting.key)
        {
            manifest.requested.retain(|requested| *requested != gone.account);
        }
        let base = publish::base_on(store, &dir, manifest.clone());
        summary = publish::republish(store, Some(&manifest), base, options, false)?;
    }
    // Also after a kill in between, when the newest run is without the account already.
    if let Some((_, manifest)) = newest_run::newest(store)? {
        store.forget_in_delta(&manifest)?;
    }
    store.end_forgetting(forgetting)?;
    Ok(summary)
}

/// Whether the newest run may have been published before this was to be forgotten. For a single log that is unknown,
/// and one more run does no harm.
fn is_in_tables(forgetting: &Forgetting, manifest: &Manifest) -> bool {
    let key = &forgetting.key;
    forgetting.log.is_some()
        || manifest.watermarks.contains_key(key)
        || manifest.accounts.iter().any(|entry| entry.key() == key)
}

/// Leaves accounts that are being forgotten out of a run, for its readers; whether there were any.
pub(crate) fn leave_out(store: &Store, manifest: &mut Manifest) -> Result<bool> {
    let forgettings = store.forgettings()?;
    let goes = |key: &str| forgettings.iter().any(|forgetting| forgetting.log.is_none() && forgetting.key == key);
    let count = manifest.accounts.len();
    let keys = manifest.requested_keys();
    let mut stays = keys.iter().map(|key| !goes(key));
    manifest.requested.retain(|_| stays.next().unwrap_or(true));
    manifest.accounts.retain(|entry| !goes(entry.key()));
    Ok(manifest.accounts.len() < count)
}
