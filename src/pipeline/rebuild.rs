//! `rebuild` and `compact`: a run without new pages.

use crate::error::{Error, Hint, Parameter, Result};
use crate::pipeline::publish::{Base, PublishOptions};
use crate::pipeline::{newest_run, observations, prepare, previous_run::PreviousRun, publish, summary::Summary};
use crate::schema::column::SCHEMA_VERSION;
use crate::store::layout::Store;
use crate::store::manifest::{MANIFEST_VERSION, Manifest};

/// Rebuilds everything but raw/: from raw/ alone or, with `from`, on top of that run's tables.
///
/// # Errors
/// `Usage` where `from` names no published run of this store, or one whose tables cannot be updated.
pub(crate) fn rebuild(store: &Store, from: Option<&str>, options: PublishOptions) -> Result<Summary> {
    let _lock = prepare::lock_store(store, options.accept_loss)?;
    let newest = newest_run::newest(store)?.map(|(_, manifest)| manifest);
    if store.accounts()?.is_empty() {
        return Err(Error::usage(format!("{} contains no pages", store.root().display())).hint(Hint::RunFirst));
    }
    let base = match from {
        Some(from) => Base::PreviousRun(Box::new(open_run(store, from)?)),
        None => Base::Raw,
    };
    publish::republish(store, newest.as_ref(), base, options, false)
}

fn open_run(store: &Store, run_id: &str) -> Result<PreviousRun> {
    let refused =
        |what: String| Error::parameter(Parameter::FromRun, format!("{run_id}: {what}")).hint(Hint::RebuildFromRaw);
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else {
        return Err(refused(format!("no published run of {}", store.root().display())));
    };
    if manifest.schema_version != SCHEMA_VERSION || manifest.manifest_version != MANIFEST_VERSION {
        return Err(refused(format!("its columns are of version {}", manifest.schema_version)));
    }
    store.restore_tree(&manifest)?;
    PreviousRun::open(store, &dir, manifest).map_err(|error| refused(error.to_string()))
}

/// Merges the observation files of each month into one; `None` where there is nothing to merge.
///
/// # Errors
/// `Usage` where nothing was published yet.
pub(crate) fn compact(store: &Store, options: PublishOptions) -> Result<Option<Summary>> {
    let _lock = prepare::lock_store(store, options.accept_loss)?;
    let (dir, manifest) = newest_run::latest(store)?;
    if !newest_run::is_older(&manifest) && !observations::is_split(&manifest.observations) {
        return Ok(None);
    }
    let base = publish::base_on(store, &dir, manifest.clone());
    publish::republish(store, Some(&manifest), base, options, true).map(Some)
}
