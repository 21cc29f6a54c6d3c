//! `forget`: an account, or one of its page logs, is removed for good. First the intent is recorded, then a run without
//! it is published, then its pages are removed; the next command that writes finishes what a killed one began.

use std::path::{Path, PathBuf};

use crate::error::{Error, Parameter, Result};
use crate::fs;
use crate::pipeline::{accounts, forgetting, newest_run::newest, outcome::Publication, prepare};
use crate::pipeline::{publish::PublishOptions, summary::Summary};
use crate::store::{forgetting::Forgetting, layout::Store};

/// Removes an account's pages, or one log of them, and publishes a run without. Runs published before still hold the
/// account.
///
/// # Errors
/// `Usage` where the store has no pages of the account, or no such log of it.
pub(crate) fn forget(store: &Store, account: &str, log: Option<&Path>, options: PublishOptions) -> Result<Summary> {
    let was_begun = is_pending(store, account, log)?;
    let _lock = prepare::lock_store(store, options.accept_loss)?;
    if was_begun {
        // The preparation has finished it.
        let Some((dir, manifest)) = newest(store)? else { return Ok(Summary::new("")) };
        let mut summary = Summary::new(&manifest.run_id);
        summary.rows =
            manifest.files.iter().find(|file| file.path == "reels.parquet").and_then(|f| f.rows).unwrap_or(0);
        summary.publication = Publication::New(dir);
        return Ok(summary);
    }
    let newest = newest(store)?.map(|(_, manifest)| manifest);
    // All pages of the person go, including those of a name that no run has published yet.
    accounts::merge_logs(store, newest.as_ref())?;
    let key = key_of(store, account)?;
    let log = log.map(|log| log_named(store, account, &key, log)).transpose()?;
    let entry = newest.iter().flat_map(|manifest| &manifest.accounts).find(|entry| entry.key() == key);
    let names = entry.map_or(&[][..], |entry| &entry.names).iter().chain([&key]);
    let (account, rejected) = (account.to_owned(), names.cloned().collect());
    let mut forgetting = Forgetting { account, key: key.clone(), log, rejected, file: PathBuf::new() };
    store.begin_forgetting(&mut forgetting)?;
    forgetting::finish(store, &forgetting, options)
}

/// How many page logs `forget` would remove.
///
/// # Errors
/// `Usage` where the store has no pages of the account, or no such log of it.
pub(crate) fn check_forget(store: &Store, account: &str, log: Option<&Path>) -> Result<usize> {
    if is_pending(store, account, log)? {
        return Ok(1);
    }
    let key = key_of(store, account)?;
    match log {
        Some(log) => log_named(store, account, &key, log).map(|_| 1),
        None => Ok(store.logs(&key)?.len()),
    }
}

/// Whether a killed command began to forget just this.
fn is_pending(store: &Store, account: &str, log: Option<&Path>) -> Result<bool> {
    let log = log.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let is_same = |begun: &Forgetting| begun.log == log && (begun.account == account || begun.key == account);
    Ok(store.forgettings()?.iter().any(is_same))
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

/// The key of an account, by any of its names.
fn key_of(store: &Store, account: &str) -> Result<String> {
    let names = accounts::names(store, None)?;
    let newest = store.latest()?;
    let by_run =
        newest.as_ref().and_then(|(_, manifest)| manifest.account(account)).map(|entry| entry.key().to_owned());
    let by_name = names.iter().find(|name| name.account == account).map(|name| name.key.clone());
    let key = by_name.or(by_run).unwrap_or_else(|| account.to_owned());
    let is_in_tables = newest.is_some_and(|(_, manifest)| manifest.watermarks.contains_key(&key));
    if is_in_tables || names.iter().any(|name| name.key == key) {
        return Ok(key);
    }
    Err(accounts::no_pages_of(account, store, &names))
}
