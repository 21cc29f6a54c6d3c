//! Runs that were published earlier and become the newest again.

use std::collections::BTreeMap;

use crate::error::{Error, Parameter, Result};
use crate::pipeline::publish::{Base, PublishOptions};
use crate::pipeline::summary::Summary;
use crate::pipeline::{newest_run, previous_run, publish};
use crate::store::layout::Store;
use crate::store::manifest::Manifest;

/// Makes a published run the newest again, with its observations; nothing of raw/ changes. Where its observations are
/// gone or its columns are of an older version, it is made again of the page logs that it was made of, beside it.
///
/// # Errors
/// `Usage` where there is no such run, or it cannot be made again.
pub fn rollback(store: &Store, run_id: &str, how: PublishOptions) -> Result<Summary> {
    let _lock = newest_run::begin(store, how.accept_loss)?;
    let (_, newest) = newest_run::latest(store)?;
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else {
        let runs: Vec<String> = store.runs()?.into_iter().map(|run| run.run_id).collect();
        return Err(Error::parameter(
            Parameter::Rollback,
            format!("{run_id}: {} has no such run", store.root().display()),
        )
        .hint(format!("its published runs are {}", runs.join(", "))));
    };
    if newest_run::is_newer(&manifest) {
        return Err(newest_run::newer(&dir, &manifest));
    }
    let mut summary = Summary::new(run_id);
    if newest_run::is_older(&manifest) || !store.restore_tree(&manifest)? {
        check_logs(store, &manifest)?;
        summary = publish::remake(store, Some(&manifest), Base::Marks(&manifest.marks), how.named(run_id), false)?;
        tracing::info!("run {run_id} was made again as run {}", summary.run_id);
    } else {
        store.point_at(&manifest)?;
        warn_of_the_forgotten(store, &manifest)?;
        summary.take_manifest(&manifest);
        summary.published = Some(dir);
    }
    if newest.run_id != summary.run_id {
        tracing::info!(
            "to go forward again: reelframe rebuild --rollback {}{}; the next `reelframe run` takes up all pages of raw/",
            newest.run_id,
            elsewhere(store)
        );
    }
    Ok(summary)
}

/// An account without pages in raw/ was forgotten since, and is to be read again now.
fn warn_of_the_forgotten(store: &Store, manifest: &Manifest) -> Result<()> {
    for (key, mark) in manifest.marks.iter().filter(|(_, mark)| mark.logs > 0) {
        if store.logs(key)?.is_empty() {
            tracing::warn!(
                "{} has no pages in raw/ any more (`forget`), and is in the tables again; `reelframe rebuild{}` makes \
                 tables without it",
                mark.account(key),
                elsewhere(store)
            );
        }
    }
    Ok(())
}

/// The page logs that a run was made of have to be as they were.
fn check_logs(store: &Store, manifest: &Manifest) -> Result<()> {
    for (key, mark) in &manifest.marks {
        let logs = store.logs(key)?;
        let now = logs.get(..mark.logs).map(previous_run::mark).transpose()?.flatten();
        if now.is_none_or(|now| now.logs_blake3 != mark.logs_blake3) {
            let what =
                format!("{}: the page logs of {} are no longer those of that run", manifest.run_id, mark.account(key));
            return Err(Error::parameter(Parameter::Rollback, what)
                .hint("name a newer run, or `reelframe rebuild` to make one of the pages that are there"));
        }
    }
    Ok(())
}

/// A run that is asked for again although it is published becomes the newest again only where it is made of the same
/// page logs as the newest; else that is said.
pub fn lead_again(store: &Store, manifest: &Manifest, newest: Option<&Manifest>) -> Result<()> {
    let Some(newest) = newest.filter(|newest| newest.run_id != manifest.run_id) else { return Ok(()) };
    let (run, latest) = (&manifest.run_id, &newest.run_id);
    if !store.was_latest(manifest)? && !newest_run::is_older(manifest) && store.restore_tree(manifest)? {
        tracing::info!("run {run} was killed just before it was published: latest is run {run} now");
        return store.point_at(manifest).map(drop);
    }
    let covers_same = logs(manifest) == logs(newest);
    if covers_same && !newest_run::is_older(manifest) && store.restore_tree(manifest)? {
        store.point_at(manifest)?;
        tracing::info!("latest is run {run} again: it is made of the same page logs as run {latest}");
        return Ok(());
    }
    if covers_same {
        // Its observations are gone, or an update has rebuilt it: the newest has the same rows.
        tracing::info!("latest stays at run {latest}, which is made of the same page logs as run {run}");
        return Ok(());
    }
    tracing::warn!(
        "latest stays at run {latest}: run {run} is published already and is made of other page logs; to go back to it: \
         reelframe rebuild --rollback {run}{}",
        elsewhere(store)
    );
    Ok(())
}

fn logs(manifest: &Manifest) -> BTreeMap<&str, &str> {
    manifest.marks.iter().map(|(account, mark)| (account.as_str(), mark.logs_blake3.as_str())).collect()
}

/// The flag that a command needs where the store is not the default one.
fn elsewhere(store: &Store) -> String {
    match store.root().to_string_lossy() {
        root if root == "reels" => String::new(),
        root => format!(" --store {root}"),
    }
}
