//! `run` and `fetch`: pages into raw/ from the API or from disk and, for `run`, tables and a report of them.

use crate::config::{FetchConfig, Settings, Source};
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fetch::{controls::Controls, dry_run, dry_run::PlannedFetch, fetch_run::FetchRun, run_id::RunId, scheduler};
use crate::pipeline::publish::{Base, PublishRequest};
use crate::pipeline::watermark;
use crate::pipeline::{checks, fetch_history, finish_forgetting, identities, identities::KnownAccount, lost_logs};
use crate::pipeline::{newest_run::newest, outcome, output_settings, prepare, publish, reactivate, summary::Summary};
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::{discover, import, run_id};
use crate::store::{layout::Store, lock::Lock, manifest::Manifest};
use crate::time::{self, Clock};

/// Fetches or imports pages, and publishes a run of them, whole or not at all.
pub fn run(
    store: &Store,
    settings: &Settings,
    source: &Source,
    run_id: Option<&str>,
    controls: &Controls,
) -> Result<Summary> {
    checks::queries(settings)?;
    checks::source(store, settings, source, run_id)?;
    let mut lock = prepare::lock_store(store, settings.accept_loss)?;
    let newest = newest(store)?;
    let known = identities::known(store, newest.as_ref().map(|(_, manifest)| manifest))?;
    let settings = &identities::resolve(&known, settings);
    let (id, found) = identify(&known, settings, source, run_id)?;
    let run_id = id.text(store, &Clock::default())?;
    lock.name(&run_id)?;
    let newest = prepare::upgrade_tables(store, newest, settings)?;
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    if id.given().is_some()
        && let Some(mut done) = already_published(store, &run_id, settings, found.as_ref(), manifest)?
    {
        done.record_skipped(found);
        return Ok(done);
    }
    let input = Input { source, found: found.as_ref(), id, newest: manifest };
    let mut summary = fetch_or_import(store, settings, input, controls)?;
    summary.compare_with(manifest);
    if !summary.has_new_pages {
        summary.record_nothing_new();
        summary.record_skipped(found);
        return Ok(summary);
    }
    let requested = requested(settings, found.as_ref());
    summary.record_skipped(found);
    let run_id = store.free_run_id(&summary.run_id)?;
    let base = newest.map_or(Base::Raw, |(dir, manifest)| publish::base_on(store, &dir, manifest));
    let request = PublishRequest { store, settings, run_id: &run_id, requested, compact: false };
    publish::publish(request, base, &mut summary)?;
    Ok(summary)
}

/// Only the first stage: pages into raw/.
pub(crate) fn fetch_only(
    store: &Store,
    settings: &Settings,
    source: &Source,
    run_id: Option<&str>,
    controls: &Controls,
) -> Result<Summary> {
    checks::source(store, settings, source, run_id)?;
    let mut lock = Lock::take(store)?;
    store.check_places()?;
    store.separate_twins()?;
    lost_logs::check(store, settings.accept_loss)?;
    finish_forgetting::finish_all(store)?;
    let latest = store.latest()?;
    let known = identities::known(store, latest.as_ref().map(|(_, manifest)| manifest))?;
    let settings = &identities::resolve(&known, settings);
    let (id, found) = identify(&known, settings, source, run_id)?;
    lock.name(&id.text(store, &Clock::default())?)?;
    let newest = newest(store)?;
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    let input = Input { source, found: found.as_ref(), id, newest: manifest };
    let mut summary = fetch_or_import(store, settings, input, controls)?;
    summary.record_skipped(found);
    Ok(summary)
}

/// What a run would fetch and what it would cost, account by account.
pub(crate) fn dry_run(
    store: &Store,
    settings: &Settings,
    config: &FetchConfig,
    run_id: Option<&str>,
) -> Result<Vec<PlannedFetch>> {
    checks::queries(settings)?;
    checks::accounts(settings)?;
    let newest = newest(store)?;
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    let settings = &identities::resolve(&identities::known(store, manifest)?, settings);
    let known = fetch_history::histories(manifest);
    let run_id = run_id.map_or_else(|| RunId::began(time::now()), |id| RunId::Given(id.to_owned()));
    dry_run::plan(&FetchRun { store, settings, config, controls: &Controls::default(), run_id, histories: &known })
}

/// The run's id and, for a replay, its input.
fn identify(
    known: &[KnownAccount],
    settings: &Settings,
    source: &Source,
    run_id: Option<&str>,
) -> Result<(RunId, Option<ReplayInput>)> {
    match source {
        Source::Api(_) => {
            let given = run_id.map(|id| RunId::Given(id.to_owned()));
            Ok((given.unwrap_or_else(|| RunId::began(time::now())), None))
        }
        Source::Replay(config) => {
            let mut found = identities::resolve_found(known, settings, discover::find(config, settings)?);
            let id = run_id::of_replay(&mut found, config, settings, &output_settings::by_name(settings)?)?;
            Ok((RunId::Given(run_id.map_or(id, str::to_owned)), Some(found)))
        }
    }
}

/// A run id that is published and complete does nothing and costs nothing.
fn already_published(
    store: &Store,
    run_id: &str,
    settings: &Settings,
    found: Option<&ReplayInput>,
    newest: Option<&Manifest>,
) -> Result<Option<Summary>> {
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else { return Ok(None) };
    let has_same_settings = manifest.settings == output_settings::of(settings);
    if !has_same_settings || manifest.requested_keys() != requested(settings, found) {
        return Err(
            Error::usage(format!("run {run_id} is published with other accounts or settings")).hint(Hint::OtherRunId)
        );
    }
    if manifest.accounts.iter().any(|account| outcome::failure_of(account.status).is_some()) {
        return Ok(None);
    }
    reactivate::reactivate(store, &manifest, newest)?;
    let mut summary = Summary::new(run_id);
    summary.record_already_published(&manifest, dir);
    Ok(Some(summary))
}

/// The keys of the accounts that a run is asked for.
fn requested(settings: &Settings, found: Option<&ReplayInput>) -> Vec<String> {
    match found {
        Some(found) => found.accounts.keys().cloned().collect(),
        None => settings.requests().iter().map(|request| request.key.clone()).collect(),
    }
}

/// Where a run's pages come from, its id, and the run before it.
struct Input<'a> {
    source: &'a Source,
    found: Option<&'a ReplayInput>,
    id: RunId,
    newest: Option<&'a Manifest>,
}

/// Pages into raw/, from the API or from disk.
fn fetch_or_import(store: &Store, settings: &Settings, input: Input, controls: &Controls) -> Result<Summary> {
    let Input { source, found, id, newest } = input;
    let run_id = &id.text(store, &Clock::default())?;
    let mut summary = Summary::new(run_id);
    match (source, found) {
        (Source::Api(config), _) => {
            let known = &fetch_history::histories(newest);
            let fetched =
                scheduler::fetch(&FetchRun { store, settings, config, controls, run_id: id, histories: known })?;
            summary.record_fetched(fetched);
        }
        (Source::Replay(config), Some(found)) => {
            for (key, source) in &found.accounts {
                let watermark = newest.and_then(|manifest| manifest.watermarks.get(key));
                let read = watermark.map(|mark| watermark::imported_logs(store, key, mark)).transpose()?.flatten();
                match import::import(store, key, source, config, settings, run_id, read) {
                    Ok(imported) => summary.record_import(&source.account, &imported),
                    Err(error) if error.kind == ErrorKind::InvalidData => {
                        let (key, account) = (key.clone(), source.account.clone());
                        summary.record_failed(&Failed { key, account, reason: error.message });
                    }
                    Err(error) => return Err(error),
                }
            }
            // Pages of an earlier import may be in no table yet, or not in the output settings asked for.
            let has_same_settings = newest.is_some_and(|run| run.settings == output_settings::of(settings));
            summary.has_new_pages |= !has_same_settings || !publish::is_up_to_date(store, newest)?;
        }
        (Source::Replay(_), None) => return Err(Error::unexpected("internal: replay input was not scanned")),
    }
    Ok(summary)
}
