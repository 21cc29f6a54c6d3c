//! How a command finds its store: whose program made it, and tables of an older version made anew before they are built
//! upon.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::config::Settings;
use crate::error::{Error, Hint, Result};
use crate::pipeline::publish::{Base, PublishOptions};
use crate::pipeline::{forgetting, logs_record, publish};
use crate::schema::column::SCHEMA_VERSION;
use crate::store::layout::Store;
use crate::store::lock::Lock;
use crate::store::manifest::{FileEntry, MANIFEST_VERSION, Manifest};

/// Takes the store for a command that publishes, and mends what an earlier one or somebody's hand left.
///
/// # Errors
/// `StoreLocked` where another run holds the store, `Usage` where a newer program made it: then nothing is touched. `InvalidData` where page
/// logs were lost since the last run, unless that is accepted.
pub fn begin(store: &Store, accept_loss: bool) -> Result<Lock> {
    let lock = Lock::take(store)?;
    if let Some((dir, manifest)) = store.pointed_to_if_whole()?
        && is_newer(&manifest)
    {
        return Err(newer(&dir, &manifest));
    }
    store.check_places()?;
    store.repair()?;
    store.separate_twins()?;
    logs_record::check(store, accept_loss)?;
    forgetting::end_begun(store)?;
    Ok(lock)
}

/// The newest published run, whatever version its tables are of.
///
/// # Errors
/// `Usage` where a newer program published it.
pub fn newest(store: &Store) -> Result<Option<(PathBuf, Manifest)>> {
    let newest = store.latest()?;
    match &newest {
        Some((dir, manifest)) if is_newer(manifest) => Err(newer(dir, manifest)),
        _ => Ok(newest),
    }
}

/// The same of a store that must have one.
///
/// # Errors
/// `Usage` where nothing was published yet, or a newer program did.
pub fn latest(store: &Store) -> Result<(PathBuf, Manifest)> {
    newest(store)?
        .ok_or_else(|| Error::usage(format!("{} has no published run", store.root().display())).hint(Hint::RunFirst))
}

/// The newest published run where its tables have the columns of this program.
///
/// # Errors
/// `Usage` where they have others.
pub fn current(store: &Store) -> Result<(PathBuf, Manifest)> {
    let (dir, manifest) = latest(store)?;
    if is_older(&manifest) {
        let message = format!(
            "{} has columns of version {}, this program reads version {SCHEMA_VERSION}",
            dir.display(),
            manifest.schema_version
        );
        return Err(Error::usage(message)
            .hint("`reelframe rebuild` rebuilds the tables without a request; so does the next `reelframe run`"));
    }
    Ok((dir, manifest))
}

pub fn is_older(manifest: &Manifest) -> bool {
    manifest.schema_version < SCHEMA_VERSION
}

pub fn is_newer(manifest: &Manifest) -> bool {
    manifest.manifest_version > MANIFEST_VERSION || manifest.schema_version > SCHEMA_VERSION
}

pub fn newer(dir: &Path, manifest: &Manifest) -> Error {
    let by = &manifest.program_version;
    Error::usage(format!("{} was published by a newer program, reelframe {by}", dir.display()))
        .hint(format!("this is {}: use {by} or newer; everything was left as it is", env!("CARGO_PKG_VERSION")))
}

/// Publishes the tables of an older version anew from raw/, so that an update of the program stops no nightly run. It
/// makes no request.
pub fn up_to_date(
    store: &Store,
    newest: Option<(PathBuf, Manifest)>,
    settings: &Settings,
) -> Result<Option<(PathBuf, Manifest)>> {
    let Some((_, manifest)) = newest.as_ref().filter(|(_, manifest)| is_older(manifest)) else { return Ok(newest) };
    if store.accounts()?.is_empty() {
        // Without pages nothing can be made of them, nor built upon.
        return Ok(None);
    }
    let version = manifest.schema_version;
    tracing::info!(
        "the tables have columns of version {version}, this program makes version {SCHEMA_VERSION}: they are rebuilt \
         from raw/ first, without a request"
    );
    let began = Instant::now();
    // Not by the clock: the run that comes after it may have that moment's id.
    let how = PublishOptions {
        run_id: Some(manifest.run_id.clone()),
        keep_runs: settings.keep_runs,
        queries: settings.queries.clone(),
        accept_loss: settings.accept_loss,
    };
    publish::remake(store, Some(manifest), Base::Anew, how, false)?;
    let rebuilt = crate::pipeline::newest_run::newest(store)?;
    if let Some((dir, manifest)) = &rebuilt {
        let bytes: u64 = manifest.files.iter().chain(&manifest.observations).map(|file: &FileEntry| file.bytes).sum();
        tracing::info!(
            "rebuilt in {:.1} s: {} and its observations take {:.1} MB",
            began.elapsed().as_secs_f64(),
            dir.display(),
            bytes as f64 / 1e6
        );
    }
    Ok(rebuilt)
}
