//! The story: pages come in, rows are made of them, tables and a report are published. The only room that knows all
//! the stages.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;

use crate::config::accounts::AccountRequest;
use crate::config::{FetchConfig, ReplayConfig, Settings, Source};
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fetch::account_history::AccountHistory;
use crate::fetch::controls::Controls;
use crate::fetch::dry_run::PlannedFetch;
use crate::fetch::fetch_run::FetchRun;
use crate::fetch::run_id::RunId;
use crate::fetch::{dry_run, scheduler};
use crate::formats::options::{Format, Options};
use crate::pipeline::accounts::{AccountName, Identity};
use crate::pipeline::newest_run::newest;
use crate::pipeline::page_source::Pages;
use crate::pipeline::publish::Base;
use crate::pipeline::summary::Summary;
use crate::pipeline::tables::WrittenTables;
use crate::pipeline::{
    accounts, checks, forgetting, logs_record, newest_run, previous_run, publish, rollback, summary, tables, workbook,
};
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::{discover, import, run_id};
use crate::schema::column::Table;
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::store::lock::Lock;
use crate::store::manifest::{AccountEntry, Manifest};
use crate::time::Clock;
use crate::{fs, time};

/// Fetch or replay, transform, sink, report: one run of a store, published whole or not at all.
pub fn run(
    store: &Store,
    settings: &Settings,
    source: &Source,
    run_id: Option<&str>,
    controls: &Controls,
) -> Result<Summary> {
    checks::queries(settings)?;
    checks::source(store, settings, source, run_id)?;
    let mut lock = newest_run::begin(store, settings.accept_loss)?;
    let newest = newest(store)?;
    let known = accounts::known(store, newest.as_ref().map(|(_, manifest)| manifest))?;
    let settings = &accounts::resolve(&known, settings);
    let (id, found) = identify(&known, settings, source, run_id)?;
    let run_id = id.text(store, &Clock::default())?;
    lock.name(&run_id)?;
    let newest = newest_run::up_to_date(store, newest, settings)?;
    if id.given().is_some()
        && let Some(mut done) =
            published(store, &run_id, settings, found.as_ref(), newest.as_ref().map(|(_, run)| run))?
    {
        done.take_skipped(found);
        return Ok(done);
    }
    let mut summary = gather(store, settings, source, found.as_ref(), id, controls)?;
    summary.compare_with(newest.as_ref().map(|(_, manifest)| manifest));
    if !summary.brought_something {
        summary.take_nothing();
        summary.take_skipped(found);
        return Ok(summary);
    }
    let requested = requested(settings, found.as_ref());
    summary.take_skipped(found);
    let run_id = store.free_run_id(&summary.run_id)?;
    let base = newest.map_or(Base::Anew, |(dir, manifest)| publish::on(store, &dir, manifest));
    let to = publish::PublishRequest { store, settings, run_id: &run_id, requested, compact: false };
    publish::publish(to, base, &mut summary)?;
    Ok(summary)
}

/// Only the first stage: pages into raw/.
pub fn fetch_only(
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
    logs_record::check(store, settings.accept_loss)?;
    forgetting::end_begun(store)?;
    let known = known_identities(store)?;
    let settings = &accounts::resolve(&known, settings);
    let (id, found) = identify(&known, settings, source, run_id)?;
    lock.name(&id.text(store, &Clock::default())?)?;
    let mut summary = gather(store, settings, source, found.as_ref(), id, controls)?;
    summary.take_skipped(found);
    Ok(summary)
}

/// Tables into `out`, from a store or, with a replay, straight from its pages.
pub fn export(store: &Store, settings: &Settings, replay: Option<&ReplayConfig>, out: &Path) -> Result<Summary> {
    let known = if replay.is_some() { Vec::new() } else { known_identities(store)? };
    let settings = &accounts::resolve(&known, settings);
    let found = replay.map(|config| discover::find(config, settings)).transpose()?;
    let mut found = found.map(|found| accounts::resolve_found(&known, settings, found));
    let skipped = Mutex::default();
    let accounts: Vec<AccountName>;
    let mut pages = match (replay, &found) {
        (Some(config), Some(found)) => Pages::Replay { found, config, settings, skipped: &skipped },
        _ => {
            accounts = select(store, settings)?;
            Pages::Selected { store, accounts: &accounts, settings }
        }
    };
    if pages.accounts()?.is_empty() {
        return Err(Error::usage(format!("{} holds no pages", store.root().display())).hint(Hint::RunOrReplay));
    }
    if replay.is_none() && !publish::is_folded(store)? {
        tracing::info!("raw/ holds pages that no run of this version has published yet: they are in these tables, too");
    }
    // Whole files or none: what fails half way leaves nothing in the folder.
    let staging = out.join(".reelframe.partial");
    // What an export that was killed has left there is none of this one's.
    if fs::exists(&staging)? {
        fs::remove_dir(&staging)?;
    }
    fs::create_dir(&staging)?;
    let asked: Vec<String> = pages.accounts()?.into_iter().map(|name| name.key).collect();
    let made = export_into(&staging, &mut pages, &settings.output);
    if let Some(found) = &mut found {
        found.skipped.extend(skipped.into_inner().unwrap_or_default());
        found.skipped.sort();
    }
    let made = made.and_then(|made| match &found {
        Some(found) if made.accounts.is_empty() && !found.skipped.is_empty() => {
            Err(ReplayInput::nothing_readable(&found.skipped))
        }
        _ => made.expect_rows(),
    });
    let moved = made.and_then(|made| fs::move_files(&staging, out).map(|()| made));
    fs::remove_dir(&staging)?;
    let made = moved?;
    let mut summary = Summary::new("");
    summary.take_tables(&made, &asked);
    summary.take_skipped(found);
    summary.published = Some(out.to_owned());
    Ok(summary)
}

/// A workbook is made of Parquet files, which stay only where they were asked for.
fn export_into(dir: &Path, pages: &mut Pages, output: &Options) -> Result<WrittenTables> {
    if !output.formats.contains(&Format::Xlsx) {
        return tables::make(pages, dir, None, output);
    }
    let mut made = tables::make(pages, dir, None, &publish::with_parquet(output.clone()))?;
    workbook::add(dir, &Table::ALL, output, &mut made)?;
    workbook::remove_unasked(dir, output, &mut made)?;
    Ok(made)
}

/// The accounts of a store that were named, all where none was.
fn select(store: &Store, settings: &Settings) -> Result<Vec<AccountName>> {
    let mut all = accounts::names(store, None)?;
    let held: HashSet<&str> = all.iter().map(|name| name.key.as_str()).collect();
    let is_unknown = |request: &&AccountRequest| !held.contains(request.key.as_str());
    let unknown: Vec<&str> =
        settings.accounts.iter().filter(is_unknown).map(|request| request.account.as_str()).collect();
    if !unknown.is_empty() {
        let held: Vec<&str> = all.iter().map(|name| name.account.as_str()).collect();
        return Err(Error::usage(format!("{} holds no pages of {}", store.root().display(), unknown.join(", ")))
            .hint(format!("it holds pages of: {}", held.join(", "))));
    }
    if !settings.accounts.is_empty() {
        let asked: HashSet<&str> = settings.accounts.iter().map(|request| request.key.as_str()).collect();
        all.retain(|name| asked.contains(name.key.as_str()));
    }
    Ok(all)
}

/// Who the accounts of a store are, by its newest run and its pages.
fn known_identities(store: &Store) -> Result<Vec<Identity>> {
    let newest = store.latest()?;
    accounts::known(store, newest.as_ref().map(|(_, manifest)| manifest))
}

/// The run's id and, of a replay, what it holds.
fn identify(
    known: &[Identity],
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
            let mut found = accounts::resolve_found(known, settings, discover::find(config, settings)?);
            let id = run_id::of_replay(&mut found, config, settings, &publish::shape(settings))?;
            Ok((RunId::Given(run_id.map_or(id, str::to_owned)), Some(found)))
        }
    }
}

/// A run id that is published and complete does nothing and costs nothing.
fn published(
    store: &Store,
    run_id: &str,
    settings: &Settings,
    found: Option<&ReplayInput>,
    newest: Option<&Manifest>,
) -> Result<Option<Summary>> {
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else { return Ok(None) };
    if manifest.settings != publish::shape(settings) || manifest.requested_keys() != requested(settings, found) {
        return Err(
            Error::usage(format!("run {run_id} is published with other accounts or settings")).hint(Hint::OtherRunId)
        );
    }
    if manifest.accounts.iter().any(|account| summary::failure_of(account.status).is_some()) {
        return Ok(None);
    }
    rollback::lead_again(store, &manifest, newest)?;
    let mut summary = Summary::new(run_id);
    summary.take_manifest(&manifest);
    summary.published = Some(dir);
    Ok(Some(summary))
}

/// The keys of the accounts that a run is asked for.
fn requested(settings: &Settings, found: Option<&ReplayInput>) -> Vec<String> {
    match found {
        Some(found) => found.accounts.keys().cloned().collect(),
        None => settings.requests().iter().map(|request| request.key.clone()).collect(),
    }
}

/// Pages into raw/, from the API or from disk.
fn gather(
    store: &Store,
    settings: &Settings,
    source: &Source,
    found: Option<&ReplayInput>,
    id: RunId,
    controls: &Controls,
) -> Result<Summary> {
    let run_id = &id.text(store, &Clock::default())?;
    let mut summary = Summary::new(run_id);
    match (source, found) {
        (Source::Api(config), _) => {
            let known = &known_accounts(store)?;
            let fetched =
                scheduler::fetch(&FetchRun { store, settings, config, controls, run_id: id, histories: known })?;
            summary.take_fetched(fetched);
        }
        (Source::Replay(config), Some(found)) => {
            let newest = newest(store)?.map(|(_, manifest)| manifest).unwrap_or_default();
            let mut marks = newest.marks;
            for (key, source) in &found.accounts {
                let told = marks.remove(key).map(|mark| previous_run::told(store, key, &mark)).transpose()?.flatten();
                match import::import(store, key, source, config, settings, run_id, told) {
                    Ok(imported) => summary.take_import(&source.account, &imported),
                    Err(error) if error.kind == ErrorKind::InvalidData => {
                        let (key, account) = (key.clone(), source.account.clone());
                        summary.take_failed(&Failed { key, account, reason: error.message });
                    }
                    Err(error) => return Err(error),
                }
            }
            // What is there already may not be in any table yet, or not in the form that is asked for.
            summary.brought_something |= !publish::is_folded(store)? || newest.settings != publish::shape(settings);
        }
        (Source::Replay(_), None) => return Err(Error::unexpected("a replay that was not looked at")),
    }
    Ok(summary)
}

/// What a run would fetch and what it would cost, account by account.
pub fn dry_run(
    store: &Store,
    settings: &Settings,
    config: &FetchConfig,
    run_id: Option<&str>,
) -> Result<Vec<PlannedFetch>> {
    checks::queries(settings)?;
    checks::accounts(settings)?;
    let settings = &accounts::resolve(&known_identities(store)?, settings);
    let known = known_accounts(store)?;
    let run_id = run_id.map_or_else(|| RunId::began(time::now()), |id| RunId::Given(id.to_owned()));
    dry_run::plan(&FetchRun { store, settings, config, controls: &Controls::default(), run_id, histories: &known })
}

/// What the newest published run knows of its accounts, by their keys.
pub(crate) fn known_accounts(store: &Store) -> Result<HashMap<String, AccountHistory>> {
    let Some((_, mut manifest)) = newest(store)? else { return Ok(HashMap::new()) };
    let mut marks = std::mem::take(&mut manifest.marks);
    let crawled: HashSet<String> =
        manifest.cut_short.take().into_iter().flat_map(|cut_short| cut_short.crawled).collect();
    let known = |entry: AccountEntry| {
        let key = entry.key().to_owned();
        let known = AccountHistory {
            account_id: entry.account_id,
            last_complete_at: entry.last_complete_at,
            last_refreshed_at: entry.last_refreshed_at,
            pages: Some(entry.pages),
            complete_pages: entry.complete_pages,
            incremental_pages: (entry.status == AccountStatus::Incremental).then_some(entry.pages),
            sequence: marks.get(&key).map_or(0, previous_run::highest_sequence),
            published: marks.remove(&key).map(|mark| (mark.newest_log, mark.newest_log_bytes)),
            was_crawled_for_this_run: crawled.contains(&key),
        };
        (key, known)
    };
    Ok(manifest.accounts.into_iter().map(known).collect())
}
