//! `run` and `fetch`: pages into raw/ from the API or from disk and, for `run`, tables and a report of them.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::config::{FetchConfig, Settings, Source};
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fetch::{
    account_history::AccountHistory, controls::Controls, dry_run, dry_run::PlannedFetch, fetch_run::FetchRun,
    run_id::RunId, scheduler,
};
use crate::pipeline::publish::{Base, PublishRequest};
use crate::pipeline::{forgetting, identities, lost_logs, newest_run::newest, outcome, output_settings, prepare};
use crate::pipeline::{publish, reactivate, summary::Summary, watermark};
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::{discover, identity, import};
use crate::store::{layout::Store, lock::Lock, manifest::Manifest};
use crate::time::Clock;

/// Fetches or imports pages, and publishes a run of them, whole or not at all.
pub fn run(
    store: &Store,
    settings: &Settings,
    source: &Source,
    run_id: Option<&str>,
    controls: &Controls,
) -> Result<Summary> {
    prepare::check_queries(settings)?;
    prepare::check_source(store, settings, source, run_id)?;
    let mut lock = prepare::lock_store(store, settings.accept_loss)?;
    let mut input = Input::find(store, settings, source, run_id, &mut lock)?;
    input.newest = prepare::upgrade_tables(store, input.newest, &input.settings)?;
    if let Some(mut done) = already_published(store, &input)? {
        done.record_skipped(input.found);
        return Ok(done);
    }
    let mut summary = fetch_or_import(store, source, &input, controls)?;
    summary.compare_with(input.newest_manifest());
    let requested = input.requested();
    summary.record_skipped(input.found);
    if !summary.has_new_pages {
        summary.new_reels = Some(0);
        return Ok(summary);
    }
    let run_id = store.free_run_id(&summary.run_id)?;
    let base = input.newest.map_or(Base::Raw, |(dir, manifest)| publish::base_on(store, &dir, manifest));
    let request = PublishRequest { store, settings: &input.settings, run_id: &run_id, requested, compact: false };
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
    prepare::check_source(store, settings, source, run_id)?;
    let mut lock = Lock::take(store)?;
    store.check_places()?;
    store.separate_twins()?;
    lost_logs::check(store, settings.accept_loss)?;
    forgetting::finish_all(store)?;
    let input = Input::find(store, settings, source, run_id, &mut lock)?;
    let mut summary = fetch_or_import(store, source, &input, controls)?;
    summary.record_skipped(input.found);
    Ok(summary)
}

/// An empty store, where there is none.
pub(crate) fn create(store: &Store) -> Result<()> {
    Lock::take(store).map(drop)
}

/// What a run would fetch and what it would cost, account by account.
pub(crate) fn dry_run(
    store: &Store,
    settings: &Settings,
    config: &FetchConfig,
    run_id: Option<&str>,
) -> Result<Vec<PlannedFetch>> {
    prepare::check_queries(settings)?;
    prepare::check_accounts(settings)?;
    let newest = newest(store)?;
    let manifest = newest.as_ref().map(|(_, manifest)| manifest);
    let settings = &identities::resolve(&identities::known(store, manifest)?, settings);
    let histories = &watermark::histories(manifest);
    let run_id = RunId::given_or_now(run_id);
    dry_run::plan(&FetchRun { store, settings, config, controls: &Controls::default(), run_id, histories })
}

/// What a run is about, and the newest published run.
struct Input {
    /// With the accounts as the store knows them.
    settings: Settings,
    id: RunId,
    /// For a replay.
    found: Option<ReplayInput>,
    newest: Option<(PathBuf, Manifest)>,
    /// By the account's key. From before the tables are rebuilt for a new version, which publishes the crawls of a killed
    /// run: they are still to be reused.
    histories: HashMap<String, AccountHistory>,
}

impl Input {
    fn find(
        store: &Store,
        settings: &Settings,
        source: &Source,
        run_id: Option<&str>,
        lock: &mut Lock,
    ) -> Result<Self> {
        let newest = newest(store)?;
        let known = identities::known(store, newest.as_ref().map(|(_, manifest)| manifest))?;
        let settings = identities::resolve(&known, settings);
        let (id, found) = match source {
            Source::Api(_) => (RunId::given_or_now(run_id), None),
            Source::Replay(config) => {
                let mut found = identities::resolve_found(&known, &settings, discover::find(config, &settings)?);
                let id = identity::of_replay(&mut found, config, &settings, &output_settings::by_name(&settings)?)?;
                (RunId::Given(run_id.map_or(id, str::to_owned)), Some(found))
            }
        };
        lock.name(&id.text(store, &Clock::default())?)?;
        let histories = watermark::histories(newest.as_ref().map(|(_, manifest)| manifest));
        Ok(Self { settings, id, found, newest, histories })
    }

    fn newest_manifest(&self) -> Option<&Manifest> {
        self.newest.as_ref().map(|(_, manifest)| manifest)
    }

    /// The keys of the accounts that the run is asked for.
    fn requested(&self) -> Vec<String> {
        match &self.found {
            Some(found) => found.accounts.keys().cloned().collect(),
            None => self.settings.requests().iter().map(|request| request.key.clone()).collect(),
        }
    }
}

/// A given run id that is published and complete does nothing and costs nothing.
fn already_published(store: &Store, input: &Input) -> Result<Option<Summary>> {
    let Some(run_id) = input.id.given() else { return Ok(None) };
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else { return Ok(None) };
    let has_same_settings = manifest.settings == output_settings::of(&input.settings);
    if !has_same_settings || manifest.requested_keys() != input.requested() {
        return Err(
            Error::usage(format!("run {run_id} is published with other accounts or settings")).hint(Hint::OtherRunId)
        );
    }
    if manifest.accounts.iter().any(|account| outcome::failure_of(account.status).is_some()) {
        return Ok(None);
    }
    let is_like_latest = reactivate::reactivate(store, &manifest, input.newest_manifest())?;
    let mut summary = Summary::new(run_id);
    summary.not_latest = if is_like_latest { None } else { Some(run_id.to_owned()) };
    summary.record_already_published(&manifest, dir);
    Ok(Some(summary))
}

/// Pages into raw/, from the API or from disk.
fn fetch_or_import(store: &Store, source: &Source, input: &Input, controls: &Controls) -> Result<Summary> {
    let (Input { settings, id, found, histories, .. }, newest) = (input, input.newest_manifest());
    let run_id = &id.text(store, &Clock::default())?;
    let mut summary = Summary::new(run_id);
    match (source, found) {
        (Source::Api(config), _) => {
            let run = FetchRun { store, settings, config, controls, run_id: id.clone(), histories };
            summary.record_fetched(scheduler::fetch(&run)?);
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
