//! A published run that is requested again: when it becomes `latest` again, and when it does not.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::pipeline::newest_run;
use crate::store::{layout::Store, manifest::Manifest};

/// Makes the run `latest` again only where it covers the same page logs as the newest run, or was killed just before
/// it became `latest`; otherwise a message says that `latest` stays. `false` where the two have other rows.
pub(crate) fn reactivate(store: &Store, manifest: &Manifest, newest: Option<&Manifest>) -> Result<bool> {
    let Some(newest) = newest.filter(|newest| newest.run_id != manifest.run_id) else { return Ok(true) };
    let (run, latest) = (&manifest.run_id, &newest.run_id);
    let can_be_latest = || Ok(!newest_run::is_older(manifest) && store.restore_tree(manifest)?);
    if !store.was_latest(manifest)? && can_be_latest()? {
        tracing::info!("run {run} was killed just before it was published: latest is run {run} now");
        return store.point_at(manifest).map(|_| true);
    }
    if page_logs(manifest) != page_logs(newest) {
        tracing::warn!("latest stays at run {latest}: run {run} is published already and is made of other page logs");
        return Ok(false);
    }
    if can_be_latest()? {
        store.point_at(manifest)?;
        tracing::info!("latest is run {run} again: it is made of the same page logs as run {latest}");
    } else {
        // Its observations are gone, or it was rebuilt for a new version: the newest run has the same rows.
        tracing::info!("latest stays at run {latest}, which is made of the same page logs as run {run}");
    }
    Ok(true)
}

fn page_logs(manifest: &Manifest) -> BTreeMap<&str, &str> {
    manifest.watermarks.iter().map(|(key, mark)| (key.as_str(), mark.logs_blake3.as_str())).collect()
}
