//! `merge`: the page logs of other stores, such as those of shards, come into one store, which publishes a run of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use crate::config::{ReplayConfig, Settings, accounts::AccountRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::pipeline::accounts::{find_id, newest_start};
use crate::pipeline::publish::PublishRequest;
use crate::pipeline::{forgetting, identities, lost_logs, newest_run, output_settings, prepare};
use crate::pipeline::{publish, publish::Base, summary::Summary};
use crate::replay::discover::{AccountSource, Failed};
use crate::replay::import;
use crate::store::page_log::{name, reader};
use crate::store::{layout::Store, lock::SharedLock, take_log::Taken};
use crate::time;

/// An account's page logs in one of the stores.
struct Found {
    request: AccountRequest,
    logs: Vec<PathBuf>,
    /// Whether the store's latest run was asked for it.
    is_requested: bool,
}

/// Takes the page logs of `stores` and publishes a run, without a request; returns also how many logs were new. A log that
/// was taken before is not taken again.
///
/// # Errors
/// `Usage` where one of them is no store, or is this one; `StoreLocked` where a command is writing one of them.
pub(crate) fn merge(
    store: &Store,
    settings: &Settings,
    stores: &[Store],
    run_id: Option<&str>,
) -> Result<(Summary, u64)> {
    prepare::check_queries(settings)?;
    check_stores(store, stores)?;
    let _locks = stores.iter().map(SharedLock::take).collect::<Result<Vec<_>>>()?;
    let mut lock = prepare::lock_store_unchecked(store)?;
    let run_id = run_id.map_or_else(|| time::compact_time(time::now()), str::to_owned);
    lock.name(&run_id)?;
    forgetting::finish_all(store)?;
    let newest = newest_run::newest(store)?;
    let known = identities::known(store, newest.as_ref().map(|(_, manifest)| manifest))?;
    let mut found = Vec::new();
    for other in stores {
        found.extend(find(other)?);
    }
    let requests: Vec<AccountRequest> = found.iter().map(|found| found.request.clone()).collect();
    let accounts = identities::resolve_sources(&known, &requests);
    let mut summary = Summary::new(&run_id);
    summary.compare_with(newest.as_ref().map(|(_, manifest)| manifest));
    let (mut taken, mut requested) = (0, BTreeSet::new());
    for (found, account) in found.iter().zip(accounts) {
        taken += take_account(store, &account.key, found, settings, &run_id, &mut summary)?;
        requested.extend(found.is_requested.then_some(account.key));
    }
    // What the other stores hold is here again by now.
    lost_logs::check(store, settings.accept_loss)?;
    let newest = prepare::upgrade_tables(store, newest, settings)?;
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    let has_same_settings = manifest.is_some_and(|run| run.settings == output_settings::of(settings));
    if store.accounts()?.is_empty() || has_same_settings && publish::is_up_to_date(store, manifest)? {
        summary.new_reels = Some(0);
        return Ok((summary, taken));
    }
    let run_id = store.free_run_id(&run_id)?;
    let requested = requested.into_iter().collect();
    let base = newest.map_or(Base::Raw, |(dir, manifest)| publish::base_on(store, &dir, manifest));
    let request = PublishRequest { store, settings, run_id: &run_id, requested, compact: false };
    publish::publish(request, base, &mut summary)?;
    Ok((summary, taken))
}

fn check_stores(store: &Store, stores: &[Store]) -> Result<()> {
    let own = place_of(store)?;
    let mut places = HashSet::new();
    for other in stores {
        other.check_is_store()?;
        let place = place_of(other)?;
        let what = if own.starts_with(&place) || place.starts_with(&own) {
            format!("{} is merged into itself: one of the two is inside the other", other.root().display())
        } else if !places.insert(place) {
            format!("{} is named twice", other.root().display())
        } else {
            continue;
        };
        return Err(Error::usage(what).hint("name each store once, and the one to merge into with --store"));
    }
    Ok(())
}

/// The path of a store without links, also where it is not there yet.
fn place_of(store: &Store) -> Result<PathBuf> {
    let root = std::path::absolute(store.root()).map_err(Error::unexpected)?;
    for known in root.ancestors() {
        if let (Some(real), Ok(rest)) = (fs::real_path(known)?, root.strip_prefix(known)) {
            return Ok(real.join(rest));
        }
    }
    Ok(root)
}

/// The accounts of a store, each by its user id where its tables or its pages show it.
fn find(store: &Store) -> Result<Vec<Found>> {
    let newest = newest_run::newest(store)?.map(|(_, manifest)| manifest);
    let requested: Option<HashSet<String>> = newest.as_ref().map(|run| run.requested_keys().into_iter().collect());
    let ids: BTreeMap<&str, &String> = newest
        .iter()
        .flat_map(|run| &run.accounts)
        .filter_map(|entry| Some((entry.key(), entry.account_id.as_ref()?)))
        .collect();
    let mut found = Vec::new();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let start = newest_start(&logs)?;
        let account = start.as_ref().map_or_else(|| key.clone(), |start| start.account.clone());
        let of_start = start.and_then(|start| start.account_id);
        let id = match ids.get(key.as_str()).map(|id| (*id).clone()).or(of_start) {
            Some(id) => Some(id),
            None => find_id(&logs)?,
        };
        let request = AccountRequest::found(&key, &account, id.as_deref());
        let is_requested = requested.as_ref().is_none_or(|requested| requested.contains(&key));
        found.push(Found { request, logs, is_requested });
    }
    Ok(found)
}

/// Takes an account's logs, and returns how many were new. One that cannot be used fails its account alone.
fn take_account(
    store: &Store,
    key: &str,
    found: &Found,
    settings: &Settings,
    run_id: &str,
    summary: &mut Summary,
) -> Result<u64> {
    let account = &found.request.account;
    let mut failed = |error: Error| {
        let reason = error.message;
        summary.record_failed(&Failed { key: key.to_owned(), account: account.clone(), reason });
    };
    let mut taken = 0;
    if has_crawls_of_others(store, key, found)? {
        let source = AccountSource {
            account: account.clone(),
            account_id: found.request.account_id.clone(),
            logs: found.logs.clone(),
            bare: Vec::new(),
        };
        let config = ReplayConfig::new(store.raw_dir());
        match import::import(store, key, &source, &config, settings, run_id, None) {
            Ok(imported) => taken = imported.logs,
            Err(error) if error.kind == ErrorKind::InvalidData => failed(error),
            Err(error) => return Err(error),
        }
    } else {
        for log in &found.logs {
            match store.take_log(key, log) {
                Ok(Taken::Known) => {}
                Ok(Taken::New | Taken::Grown) => taken += 1,
                Err(error) if error.kind == ErrorKind::InvalidData => failed(error),
                Err(error) => return Err(error),
            }
        }
    }
    if taken > 0 {
        tracing::info!(account, logs = taken, "merged");
    }
    Ok(taken)
}

/// Whether this store has numbered crawls of the account that the other one lacks. The numbers of two stores do not tell
/// the order of crawls: then those of the other one are imported, without their numbers.
fn has_crawls_of_others(store: &Store, key: &str, found: &Found) -> Result<bool> {
    let names: HashSet<String> = found.logs.iter().map(|log| name::without_partial(log)).collect();
    for log in store.logs(key)? {
        if !names.contains(&name::without_partial(&log)) {
            let start = reader::if_usable(reader::start_of(&log))?.flatten();
            if start.is_some_and(|start| start.sequence > 0) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
