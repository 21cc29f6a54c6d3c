//! From pages in the store to a published run: tables, report, manifest and `_SUCCESS` are written into a staging
//! folder, which one rename publishes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::config::{DayRange, Settings};
use crate::error::Result;
use crate::pipeline::tables::{Target, WrittenTables};
use crate::pipeline::workbook;
use crate::pipeline::{accounts, lost_logs::LogRecord, newest_run, outcome::Publication, output_settings};
use crate::pipeline::{page_source::Pages, previous_run::PreviousRun, run_tables, summary::Summary, tables, watermark};
use crate::query::scope::Scope;
use crate::schema::column::SCHEMA_VERSION;
use crate::store::layout::Store;
use crate::store::manifest::{CutShort, MANIFEST_VERSION, Manifest, Watermark};
use crate::{fs, time};

/// What is to be published, and where.
pub(crate) struct PublishRequest<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub run_id: &'a str,
    /// The keys of the accounts that the run was asked for.
    pub requested: Vec<String>,
    pub compact: bool,
}

/// What a run is made of.
pub(crate) enum Base<'a> {
    /// All of raw/.
    Raw,
    /// The tables of an earlier run and what came into raw/ since.
    PreviousRun(Box<PreviousRun>),
    /// What these watermarks cover of raw/, as in an earlier run.
    Watermarks(&'a BTreeMap<String, Watermark>),
}

/// Makes a run, publishes it and removes the oldest. The observations of the run before stay until the next one is
/// published, for readers that are using them.
pub(crate) fn publish(mut request: PublishRequest, base: Base, summary: &mut Summary) -> Result<()> {
    let newest = newest_run::newest(request.store)?;
    // A run that is made again keeps the folders of raw/ that it was made from.
    if !matches!(base, Base::Watermarks(_)) {
        merge_accounts(&mut request, newest.as_ref().map(|(_, manifest)| manifest), summary)?;
    }
    let mut written = stage(&request, base, newest.as_ref())?;
    let previous = newest.map(|(_, manifest)| manifest).unwrap_or_default();
    warn_of_new_names(&previous, &written);
    summary.record_tables(&written, &request.requested);
    summary.terminal = write_report(&request, &mut written, summary)?;
    let trees: Vec<String> = previous.observation_tree.into_iter().chain(written.observations.tree.clone()).collect();
    let cut_short = summary.cut_short_after(previous.cut_short.map(|cut_short| *cut_short), &request.requested);
    summary.publication = Publication::New(commit(&request, written, summary, cut_short)?);
    summary.run_id = request.run_id.to_owned();
    request.store.remove_old_runs(request.settings.keep_runs)?;
    request.store.remove_trees_but(&trees)
}

fn merge_accounts(request: &mut PublishRequest, newest: Option<&Manifest>, summary: &mut Summary) -> Result<()> {
    let merged = accounts::merge_logs(request.store, newest)?;
    for key in &mut request.requested {
        if let Some(other) = merged.get(key) {
            key.clone_from(other);
        }
    }
    let mut seen = HashSet::new();
    request.requested.retain(|key| seen.insert(key.clone()));
    summary.merge_accounts(&merged);
    Ok(())
}

fn warn_of_new_names(previous: &Manifest, written: &WrittenTables) {
    let names: HashMap<&str, &str> =
        previous.accounts.iter().map(|entry| (entry.key(), entry.account.as_str())).collect();
    for entry in &written.accounts {
        let account = &entry.account;
        if let Some(old) = names.get(entry.key()).filter(|old| **old != account) {
            tracing::warn!("account {old} is now {account}; its history continues");
        }
    }
}

/// The tables and the workbook, where no reader looks yet.
pub(crate) fn stage(
    request: &PublishRequest,
    base: Base,
    newest: Option<&(PathBuf, Manifest)>,
) -> Result<WrittenTables> {
    let store = request.store;
    let staging = store.staging_dir(request.run_id);
    if fs::exists(&staging)? {
        fs::remove_dir(&staging)?;
    }
    fs::create_dir(&staging)?;
    let output = output_settings::with_parquet(request.settings.output.clone());
    let mut pages = match base {
        Base::Raw => Pages::Store { store, previous: None },
        Base::PreviousRun(previous) => Pages::Store { store, previous: Some(previous) },
        Base::Watermarks(watermarks) => Pages::Covered { store, watermarks },
    };
    let target = Target { store, newest, run_id: request.run_id, compact: request.compact };
    let mut written = tables::write(&mut pages, &staging, Some(target), &output)?.expect_rows()?;
    workbook::add(&staging, &workbook::OF_A_RUN, DayRange::default(), &output, &mut written)?;
    written.files.push(LogRecord::newest(store)?.write_next(store, &staging)?);
    Ok(written)
}

/// Writes the manifest and `_SUCCESS`, and moves the run into its place.
pub(crate) fn commit(
    request: &PublishRequest,
    written: WrittenTables,
    summary: &Summary,
    cut_short: Option<CutShort>,
) -> Result<PathBuf> {
    let PublishRequest { store, run_id, .. } = *request;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        schema_version: SCHEMA_VERSION,
        run_id: run_id.to_owned(),
        sequence: store.runs()?.last().map_or(0, |run| run.sequence) + 1,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: output_settings::of(request.settings),
        requested: written.names_of(&request.requested),
        calls: summary.calls,
        retries: summary.retries,
        accounts: written.accounts,
        files: written.files,
        observations: written.observations.files,
        observation_tree: written.observations.tree,
        watermarks: written.watermarks,
        cut_short: cut_short.map(Box::new),
    };
    manifest.write(&store.staging_dir(run_id))?;
    store.publish(&manifest)
}

/// Writes report.html, report.md and report.json; returns the summary for the terminal.
fn write_report(request: &PublishRequest, written: &mut WrittenTables, summary: &mut Summary) -> Result<String> {
    let PublishRequest { store, run_id, .. } = *request;
    let dir = store.staging_dir(run_id);
    let observations = written.observations.files.iter().map(|file| store.root().join(&file.path)).collect();
    let accounts = run_tables::scope_accounts(&written.names_of(&request.requested));
    let scope = Scope { accounts, ..Scope::default() };
    let scope = scope.among(written.accounts.iter().map(|entry| entry.account.as_str()));
    let tables = run_tables::open(&dir, observations).within(scope);
    let report = run_tables::build_report(&tables, run_id, request.settings.queries.as_deref())?;
    summary.record_faults(report.faults());
    for (name, text) in
        [("report.html", report.to_html()), ("report.md", report.to_markdown()), ("report.json", report.to_json())]
    {
        written.files.push(run_tables::write_file(&dir, name, text.as_bytes())?);
    }
    Ok(report.to_terminal())
}

/// The tables of an earlier run as a base. Where they are damaged, a warning says so and everything is rebuilt from
/// raw/, as where they are of an older version.
pub(crate) fn base_on(store: &Store, dir: &Path, manifest: Manifest) -> Base<'static> {
    if newest_run::is_older(&manifest) {
        return Base::Raw;
    }
    match PreviousRun::open(store, dir, manifest) {
        Ok(previous) => Base::PreviousRun(Box::new(previous)),
        Err(error) => {
            tracing::warn!("cannot reuse the previous run, rebuilding from raw/: {}", error.on_one_line());
            Base::Raw
        }
    }
}

/// Whether the newest run holds all that raw/ does, in the columns of this version.
pub(crate) fn is_up_to_date(store: &Store, newest: Option<&Manifest>) -> Result<bool> {
    let Some(manifest) = newest.filter(|manifest| !newest_run::is_older(manifest)) else { return Ok(false) };
    let accounts = store.accounts()?;
    if manifest.watermarks.keys().any(|key| accounts.binary_search(key).is_err()) {
        return Ok(false);
    }
    for account in accounts {
        let now = watermark::behind(&store.logs(&account)?)?;
        let published = manifest.watermarks.get(&account);
        if now.map(|now| now.logs_blake3) != published.map(|mark| mark.logs_blake3.clone()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The user's options for a run without new pages.
#[derive(Debug, Clone)]
pub(crate) struct PublishOptions {
    /// Its id; the time where none is given.
    pub run_id: Option<String>,
    pub keep_runs: usize,
    pub queries: Option<PathBuf>,
    /// Continue although page logs were lost since the last run.
    pub accept_loss: bool,
}

/// Publishes a run without new pages, with the output settings of an earlier one.
pub(crate) fn republish(
    store: &Store,
    like: Option<&Manifest>,
    base: Base,
    options: PublishOptions,
    compact: bool,
) -> Result<Summary> {
    let output = like.map_or_else(output_settings::default_output, |run| output_settings::output_of(&run.settings));
    let settings = Settings {
        timezone: like.and_then(|manifest| manifest.settings.timezone.parse().ok()),
        keep_runs: options.keep_runs,
        queries: options.queries,
        ..Settings::new(output)
    };
    let requested = like.map(Manifest::requested_keys).unwrap_or_default();
    let run_id = options.run_id.unwrap_or_else(|| time::compact_time(time::now()));
    let run_id = store.free_run_id(&run_id)?;
    let mut summary = Summary::new(&run_id);
    summary.compare_with(like);
    publish(PublishRequest { store, settings: &settings, run_id: &run_id, requested, compact }, base, &mut summary)?;
    Ok(summary)
}
