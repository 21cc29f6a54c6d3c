//! Forgetting an account or one of its page logs: first the intent is written down, then a run without it is published,
//! then its pages go. A command that was killed in between is ended by the next one that writes.

use std::path::{Path, PathBuf};

use crate::error::{Error, Parameter, Result};
use crate::fs;
use crate::pipeline::logs_record::Record;
use crate::pipeline::newest_run::newest;
use crate::pipeline::publish::PublishOptions;
use crate::pipeline::summary::Summary;
use crate::pipeline::{accounts, newest_run, publish};
use crate::store::forgetting::Forgetting;
use crate::store::layout::Store;
use crate::store::manifest::Manifest;

/// Removes an account's pages for good, or one log of them, and publishes a run without. Runs published before still hold
/// the account.
///
/// # Errors
/// `Usage` where the store has no pages of the account, or no such log of it.
pub fn forget(store: &Store, account: &str, log: Option<&Path>, how: PublishOptions) -> Result<Summary> {
    let was_begun = pending(store, account, log)?;
    let _lock = newest_run::begin(store, how.accept_loss)?;
    if was_begun {
        // It was ended just now.
        let mut summary = Summary::new("");
        if let Some((dir, manifest)) = newest(store)? {
            summary = Summary::new(&manifest.run_id);
            let reels = manifest.files.iter().find(|file| file.path == "reels.parquet");
            summary.rows = reels.and_then(|file| file.rows).unwrap_or(0);
            summary.published = Some(dir);
        }
        return Ok(summary);
    }
    let newest = newest(store)?.map(|(_, manifest)| manifest);
    // All pages of the person go, also those of a name that no run has published yet.
    accounts::unite(store, newest.as_ref())?;
    let key = check_known(store, account)?;
    let log = log.map(|log| log_named(store, account, &key, log)).transpose()?;
    let entry = newest.iter().flat_map(|manifest| &manifest.accounts).find(|entry| entry.key() == key);
    let names = entry.map_or(&[][..], |entry| &entry.names).iter().chain([&key]);
    let (account, rejected) = (account.to_owned(), names.cloned().collect());
    let mut forgetting = Forgetting { account, key: key.clone(), log, rejected, file: PathBuf::new() };
    store.begin_forgetting(&mut forgetting)?;
    end(store, &forgetting, how)
}

/// Whether a command that was killed began to forget just this.
fn pending(store: &Store, account: &str, log: Option<&Path>) -> Result<bool> {
    let log = log.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let is_it = |begun: &Forgetting| begun.log == log && [&begun.account, &begun.key].contains(&&account.to_owned());
    Ok(store.forgettings()?.iter().any(is_it))
}

/// Ends what a command began that was killed.
pub fn end_begun(store: &Store) -> Result<()> {
    for forgetting in store.forgettings()? {
        tracing::warn!("{} was on its way out when that was killed: it is removed now", forgetting.what());
        // Nothing of the user's is at hand here: no run goes, and the report has its own sections.
        let how = PublishOptions { run_id: None, keep_runs: usize::MAX, queries: None, accept_loss: false };
        end(store, &forgetting, how)?;
    }
    store.clear_forgetting_dir()
}

fn end(store: &Store, forgetting: &Forgetting, how: PublishOptions) -> Result<Summary> {
    let mut summary = Summary::new("");
    if let Some((dir, mut manifest)) = newest(store)?
        && (is_in_tables(forgetting, &manifest) || Record::newest(store)?.has(&forgetting.key))
    {
        let gone = manifest.accounts.iter().find(|entry| entry.key() == forgetting.key);
        if let Some(gone) = gone.filter(|_| forgetting.log.is_none()).map(|entry| entry.account.clone()) {
            manifest.requested.retain(|requested| *requested != gone);
        }
        let base = publish::on(store, &dir, manifest.clone());
        summary = publish::remake(store, Some(&manifest), base, how, false)?;
    }
    store.end_forgetting(forgetting)?;
    Ok(summary)
}

/// Whether the newest run may have been published before this was to be forgotten. Of a log that is not known for sure, and
/// a run more hurts nobody.
fn is_in_tables(forgetting: &Forgetting, manifest: &Manifest) -> bool {
    let key = &forgetting.key;
    let is_in = || manifest.marks.contains_key(key) || manifest.accounts.iter().any(|entry| entry.key() == key);
    forgetting.log.is_some() || is_in()
}

/// The name of a log of this account, by its name or its path.
fn log_named(store: &Store, account: &str, key: &str, log: &Path) -> Result<String> {
    let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> =
        store.logs(key)?.iter().map(|log| log.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    let dir = store.account_dir(key);
    let is_elsewhere = match log.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => fs::real_path(parent)? != fs::real_path(&dir)?,
        None => false,
    };
    if is_elsewhere || !names.contains(&name) {
        return Err(Error::parameter(
            Parameter::Log,
            format!("{}: no page log of {account} in {}", log.display(), dir.display()),
        )
        .hint(format!("its page logs are {}", names.join(", "))));
    }
    Ok(name)
}

/// The key of an account, by any of its names, and how many page logs `forget` would remove.
///
/// # Errors
/// `Usage` where the store has no pages of the account, or no such log of it.
pub fn check_forget(store: &Store, account: &str, log: Option<&Path>) -> Result<usize> {
    if pending(store, account, log)? {
        return Ok(1);
    }
    let key = check_known(store, account)?;
    match log {
        Some(log) => log_named(store, account, &key, log).map(|_| 1),
        None => Ok(store.logs(&key)?.len()),
    }
}

fn check_known(store: &Store, account: &str) -> Result<String> {
    let names = accounts::names(store, None)?;
    let newest = store.latest()?;
    let by_run =
        newest.as_ref().and_then(|(_, manifest)| manifest.account(account)).map(|entry| entry.key().to_owned());
    let by_name = names.iter().find(|name| name.account == account).map(|name| name.key.clone());
    let key = by_name.or(by_run).unwrap_or_else(|| account.to_owned());
    let is_in_tables = newest.is_some_and(|(_, manifest)| manifest.marks.contains_key(&key));
    if is_in_tables || names.iter().any(|name| name.key == key) {
        return Ok(key);
    }
    let hint = if names.is_empty() {
        "it holds no pages at all".to_owned()
    } else {
        let held: Vec<&str> = names.iter().map(|name| name.account.as_str()).collect();
        format!("it holds pages of: {}", held.join(", "))
    };
    Err(Error::usage(format!("{} holds no pages of {account}", store.root().display())).hint(hint))
}
