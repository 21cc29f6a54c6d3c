//! The step of `forget` that publishes a run without the account and removes its pages, also after a kill.

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
