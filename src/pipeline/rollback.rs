//! `rebuild --rollback`: an earlier run becomes the latest again.

use crate::error::{Error, Hint, Parameter, Result};
use crate::pipeline::publish::{Base, PublishOptions};
use crate::pipeline::{newest_run, prepare, publish, summary::Summary, watermark};
use crate::store::{layout::Store, manifest::Manifest};

/// Makes a published run the newest again, with its observations; nothing in raw/ changes. Where its observations are
/// gone or its columns are of an older version, a new run is made of the page logs that it was made from.
///
/// # Errors
/// `Usage` where there is no such run, or it cannot be made again.
pub(crate) fn rollback(store: &Store, run_id: &str, mut options: PublishOptions) -> Result<Summary> {
    let _lock = prepare::lock_store(store, options.accept_loss)?;
    let (_, newest) = newest_run::latest(store)?;
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else {
        let runs: Vec<String> = store.runs()?.into_iter().map(|run| run.run_id).collect();
        let what = format!("{run_id}: no such run in {}", store.root().display());
        return Err(Error::parameter(Parameter::Rollback, what).hint(format!("published runs: {}", runs.join(", "))));
    };
    if newest_run::is_newer(&manifest) {
        return Err(newest_run::newer(&dir, &manifest));
    }
    let mut summary = Summary::new(run_id);
    if newest_run::is_older(&manifest) || !store.restore_tree(&manifest)? {
        check_logs(store, &manifest)?;
        options.run_id.get_or_insert_with(|| run_id.to_owned());
        let base = Base::Watermarks(&manifest.watermarks);
        summary = publish::republish(store, Some(&manifest), base, options, false)?;
        tracing::info!("run {run_id} was made again as run {}", summary.run_id);
    } else {
        store.point_at(&manifest)?;
        warn_of_forgotten_accounts(store, &manifest)?;
        summary.record_already_published(&manifest, dir);
    }
    if newest.run_id != summary.run_id {
        summary.not_latest = Some(newest.run_id);
    }
    Ok(summary)
}

/// An account without pages in raw/ was forgotten since, and is in the tables again now.
fn warn_of_forgotten_accounts(store: &Store, manifest: &Manifest) -> Result<()> {
    for (key, mark) in manifest.watermarks.iter().filter(|(_, mark)| mark.logs > 0) {
        if store.logs(key)?.is_empty() {
            tracing::warn!(
                "{} was forgotten and has no pages in raw/, and is in the tables again; a rebuild makes tables without it",
                mark.account(key)
            );
        }
    }
    Ok(())
}

/// The page logs that a run was made from must not have changed.
fn check_logs(store: &Store, manifest: &Manifest) -> Result<()> {
    for (key, mark) in &manifest.watermarks {
        if !watermark::covers(mark, &store.logs(key)?)? {
            let account = mark.account(key);
            let what = format!("{}: the page logs of {account} are no longer those of that run", manifest.run_id);
            return Err(Error::parameter(Parameter::Rollback, what).hint(Hint::NewerRunOrRebuild));
        }
    }
    Ok(())
}
