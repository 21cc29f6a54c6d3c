//! The first steps of every command that publishes: checks without network, lock, repairs, and tables of this version.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::config::{Settings, Source};
use crate::error::{Error, Hint, Parameter, Result};
use crate::fetch::endpoint;
use crate::fs;
use crate::pipeline::publish::{Base, PublishOptions};
use crate::pipeline::{forgetting, lost_logs, newest_run, publish};
use crate::query::file;
use crate::schema::column::SCHEMA_VERSION;
use crate::store::{layout::Store, lock::Lock, manifest::Manifest};

/// Reads the user's queries. A broken one does not stop the run: the report shows the error in its place.
///
/// # Errors
/// `Usage` where their folder cannot be read or holds none.
pub(crate) fn check_queries(settings: &Settings) -> Result<()> {
    for query in file::queries(settings.queries.as_deref())? {
        if let Some(fault) = query.fault {
            tracing::warn!("the report will be without a section: {fault}");
        }
    }
    Ok(())
}

/// Checks where the pages are to come from.
///
/// # Errors
/// `Usage` where no account is named or the path of a replay is not there, `Auth` without a key. (A run that is published
/// already needs none.)
pub(crate) fn check_source(store: &Store, settings: &Settings, source: &Source, run_id: Option<&str>) -> Result<()> {
    match source {
        Source::Api(config) => {
            check_accounts(settings)?;
            endpoint::endpoint(&config.base_url, endpoint::REELS)?;
            let dir = run_id.map(|run_id| store.run_dir(run_id));
            let published = dir.map(|dir| Manifest::published(&dir)).transpose()?.flatten();
            if config.key.is_none() && published.is_none() { Err(Error::no_key()) } else { Ok(()) }
        }
        Source::Replay(config) => check_replay(&config.path),
    }
}

pub(crate) fn check_replay(path: &Path) -> Result<()> {
    if fs::exists(path)? {
        return Ok(());
    }
    Err(Error::parameter(Parameter::Replay, format!("{}: no such file or folder", path.display())))
}

pub(crate) fn check_accounts(settings: &Settings) -> Result<()> {
    if settings.requests().is_empty() {
        return Err(Error::usage("no account to fetch").hint(Hint::NameAccounts));
    }
    Ok(())
}

/// Locks the store for a command that publishes, and repairs what a killed run or a manual edit left behind.
///
/// # Errors
/// `StoreLocked` where another run is using the store; `Usage` where a newer program made it, and then nothing is
/// changed; `InvalidData` where page logs were lost since the last run, unless that is accepted.
pub(crate) fn lock_store(store: &Store, accept_loss: bool) -> Result<Lock> {
    let lock = lock_store_unchecked(store)?;
    lost_logs::check(store, accept_loss)?;
    forgetting::finish_all(store)?;
    Ok(lock)
}

/// The same without looking for lost page logs.
pub(crate) fn lock_store_unchecked(store: &Store) -> Result<Lock> {
    let lock = Lock::take(store)?;
    if let Some((dir, manifest)) = store.pointed_to_if_whole()?
        && newest_run::is_newer(&manifest)
    {
        return Err(newest_run::newer(&dir, &manifest));
    }
    store.check_places()?;
    store.repair()?;
    store.separate_twins()?;
    Ok(lock)
}

/// Rebuilds tables of an older version from raw/ and publishes them, without a request: a new version of the program
/// does not stop a nightly run.
pub(crate) fn upgrade_tables(
    store: &Store,
    newest: Option<(PathBuf, Manifest)>,
    settings: &Settings,
) -> Result<Option<(PathBuf, Manifest)>> {
    let Some((_, manifest)) = newest.as_ref().filter(|(_, manifest)| newest_run::is_older(manifest)) else {
        return Ok(newest);
    };
    if store.accounts()?.is_empty() {
        // Without pages there is nothing to rebuild from, and nothing to update.
        return Ok(None);
    }
    let version = manifest.schema_version;
    tracing::info!(
        "the tables have columns of version {version}, this program makes version {SCHEMA_VERSION}: they are rebuilt \
         from raw/ first, without a request"
    );
    let began = Instant::now();
    let options = PublishOptions {
        // Not the time: the run that follows may get that moment's id.
        run_id: Some(manifest.run_id.clone()),
        keep_runs: settings.keep_runs,
        queries: settings.queries.clone(),
        accept_loss: settings.accept_loss,
    };
    publish::republish(store, Some(manifest), Base::Raw, options, false)?;
    let rebuilt = newest_run::newest(store)?;
    if let Some((dir, manifest)) = &rebuilt {
        let bytes: u64 = manifest.files.iter().chain(&manifest.observations).map(|file| file.bytes).sum();
        tracing::info!(
            "rebuilt in {:.1} s: {} and its observations take {:.1} MB",
            began.elapsed().as_secs_f64(),
            dir.display(),
            bytes as f64 / 1e6
        );
    }
    Ok(rebuilt)
}
