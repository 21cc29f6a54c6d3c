//! `merge`: the page logs of other stores, such as those of shards, come into one store, which publishes a run of them.

use std::collections::{BTreeMap, HashSet};

use crate::config::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::pipeline::accounts::newest_start;
use crate::pipeline::publish::PublishRequest;
use crate::pipeline::{identities, newest_run, output_settings, prepare, publish, publish::Base, summary::Summary};
use crate::replay::discover::{AccountSource, Failed, ReplayInput};
use crate::store::page_log::line::Start;
use crate::store::{layout::Store, lock::SharedLock, take_log::Taken};
use crate::time;

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
) -> Result<(Summary, u32)> {
    prepare::check_queries(settings)?;
    check_stores(store, stores)?;
    let mut lock = prepare::lock_store(store, settings.accept_loss)?;
    let run_id = run_id.map_or_else(|| time::compact_time(time::now()), str::to_owned);
    lock.name(&run_id)?;
    let _locks = stores.iter().map(SharedLock::take).collect::<Result<Vec<_>>>()?;
    let newest = newest_run::newest(store)?;
    let known = identities::known(store, newest.as_ref().map(|(_, manifest)| manifest))?;
    let newest = prepare::upgrade_tables(store, newest, settings)?;
    let found = identities::resolve_found(&known, settings, find(stores)?);
    let mut summary = Summary::new(&run_id);
    summary.compare_with(newest.as_ref().map(|(_, manifest)| manifest));
    let mut taken = 0;
    for (key, source) in &found.accounts {
        taken += take_account(store, key, source, &mut summary)?;
    }
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    let has_same_settings = manifest.is_some_and(|run| run.settings == output_settings::of(settings));
    if store.accounts()?.is_empty() || has_same_settings && publish::is_up_to_date(store, manifest)? {
        summary.new_reels = Some(0);
        return Ok((summary, taken));
    }
    let run_id = store.free_run_id(&run_id)?;
    let requested = found.accounts.into_keys().collect();
    let base = newest.map_or(Base::Raw, |(dir, manifest)| publish::base_on(store, &dir, manifest));
    let request = PublishRequest { store, settings, run_id: &run_id, requested, compact: false };
    publish::publish(request, base, &mut summary)?;
    Ok((summary, taken))
}

fn check_stores(store: &Store, stores: &[Store]) -> Result<()> {
    let mut places = HashSet::from([fs::real_path(store.root())?]);
    for other in stores {
        other.check_is_store()?;
        if !places.insert(fs::real_path(other.root())?) {
            let what = format!("{} is named twice", other.root().display());
            return Err(Error::usage(what).hint("name each store once, and the one to merge into with --store"));
        }
    }
    Ok(())
}

/// The page logs of all stores, by the accounts' keys there.
fn find(stores: &[Store]) -> Result<ReplayInput> {
    let mut found: BTreeMap<String, (AccountSource, Option<Start>)> = BTreeMap::new();
    for store in stores {
        for key in store.accounts()? {
            let logs = store.logs(&key)?;
            let start = newest_start(&logs)?;
            let (source, newest) = found.entry(key.clone()).or_default();
            source.logs.extend(logs);
            if start.as_ref().map(Start::order) >= newest.as_ref().map(Start::order) {
                source.account = start.as_ref().map_or(key, |start| start.account.clone());
                let id = start.as_ref().and_then(|start| start.account_id.clone());
                source.account_id = id.or(source.account_id.take());
                *newest = start;
            }
        }
    }
    let accounts = found.into_iter().map(|(key, (source, _))| (key, source)).collect();
    Ok(ReplayInput { accounts, ..ReplayInput::default() })
}

/// Takes an account's logs. One that cannot be used fails its account alone.
fn take_account(store: &Store, key: &str, source: &AccountSource, summary: &mut Summary) -> Result<u32> {
    let mut taken = 0_u32;
    for log in &source.logs {
        match store.take_log(key, log) {
            Ok(Taken::Known) => {}
            Ok(Taken::New | Taken::Grown) => taken += 1,
            Err(error) if error.kind == ErrorKind::InvalidData => {
                let (key, account) = (key.to_owned(), source.account.clone());
                summary.record_failed(&Failed { key, account, reason: error.message });
            }
            Err(error) => return Err(error),
        }
    }
    if taken > 0 {
        tracing::info!(account = source.account, logs = taken, "merged");
    }
    Ok(taken)
}
