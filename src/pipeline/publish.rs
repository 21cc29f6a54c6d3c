//! From pages in the store to a published run: tables, report, manifest and `_SUCCESS` in a staging folder, which one
//! rename makes the newest run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::Utc;

use crate::columns::SCHEMA_VERSION;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::fetch;
use crate::report::Scope;
use crate::sink::{Breaks, Compression, CsvStyle, Decimal, Dialect, Format, Options};
use crate::store::{self, FileEntry, Lock, MANIFEST_VERSION, Manifest, Store};

use super::fold::{self, Before};
use super::lines::Pages;
use super::outcome::Summary;
use super::tables::{self, Made, Target};
use super::{accounts, asked_for, build_report, load_tables, newest, observations, workbook};

/// What is to be published, and where.
pub struct Plan<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub run_id: &'a str,
    /// The keys of the accounts that the run was asked for.
    pub requested: Vec<String>,
    pub compact: bool,
}

/// Makes a run of all that raw/ holds, on top of what an earlier run made of it, publishes it and removes the oldest.
pub fn publish(plan: Plan, before: Option<Before>, summary: &mut Summary) -> Result<()> {
    let mut made = stage(&plan, before)?;
    summary.take_tables(&made, &plan.requested);
    summary.terminal = write_report(&plan, &mut made, summary)?;
    summary.published = Some(seal(&plan, made, summary)?);
    summary.run_id = plan.run_id.to_owned();
    plan.store.remove_old_runs(plan.settings.keep_runs)
}

/// The tables and the workbook of them, where no reader looks yet.
pub fn stage(plan: &Plan, before: Option<Before>) -> Result<Made> {
    let staging = plan.store.staging_dir(plan.run_id);
    if staging.exists() {
        store::remove_dir(&staging)?;
    }
    store::create_dir(&staging)?;
    let output = with_parquet(plan.settings.output.clone());
    let mut pages = Pages::Store { store: plan.store, before: before.map(Box::new) };
    let target = Target { store: plan.store, run_id: plan.run_id, compact: plan.compact };
    let mut made = tables::make(&mut pages, &staging, Some(target), &output)?;
    workbook::add(&staging, &workbook::OF_A_RUN, &output, &mut made)?;
    Ok(made)
}

/// The manifest and `_SUCCESS`, and the run takes its place.
pub fn seal(plan: &Plan, made: Made, summary: &Summary) -> Result<PathBuf> {
    let Plan { store, run_id, .. } = *plan;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        schema_version: SCHEMA_VERSION,
        run_id: run_id.to_owned(),
        sequence: store.runs()?.last().map_or(0, |(_, manifest)| manifest.sequence) + 1,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: shape(plan.settings),
        requested: made.names_of(&plan.requested),
        calls: summary.calls,
        retries: summary.retries,
        accounts: made.accounts,
        files: made.files,
        observations: made.observations,
        marks: made.marks,
    };
    manifest.write(&store.staging_dir(run_id))?;
    store.publish(run_id)
}

/// Writes report.html, report.md and report.json; returns the summary for the terminal.
fn write_report(plan: &Plan, made: &mut Made, summary: &mut Summary) -> Result<String> {
    let Plan { store, run_id, .. } = *plan;
    let dir = store.staging_dir(run_id);
    let observations = made.observations.iter().map(|file| store.root().join(&file.path)).collect();
    let scope = Scope { accounts: asked_for(&made.names_of(&plan.requested)), ..Scope::default() };
    let scope = scope.among(made.accounts.iter().map(|entry| entry.account.as_str()));
    let report =
        build_report(&load_tables(&dir, observations).within(scope), run_id, plan.settings.queries.as_deref())?;
    summary.take_faults(report.faults());
    for (name, text) in
        [("report.html", report.to_html()), ("report.md", report.to_markdown()), ("report.json", report.to_json())]
    {
        store::write_whole(&dir.join(name), text.as_bytes())?;
        made.files.push(FileEntry {
            path: name.to_owned(),
            bytes: text.len() as u64,
            rows: None,
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        });
    }
    Ok(report.to_terminal())
}

/// The tables of an earlier run, to go on from. Where they are not what was published, that is said and everything is
/// made anew from raw/.
pub fn before(store: &Store, dir: &Path, manifest: Manifest) -> Option<Before> {
    Before::open(store, dir, manifest)
        .inspect_err(|error| tracing::warn!("all tables are made anew from raw/: {error}"))
        .ok()
}

/// Whether the newest run holds all that raw/ does.
pub fn is_folded(store: &Store) -> Result<bool> {
    let Some((_, manifest)) = newest(store)? else { return Ok(false) };
    for account in store.accounts()? {
        let hash = |mark: &store::Mark| mark.logs_blake3.clone();
        if fold::mark(&store.logs(&account)?)?.as_ref().map(hash) != manifest.marks.get(&account).map(hash) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes everything but raw/ again: from raw/ alone or, with `from`, on top of that run's tables.
///
/// # Errors
/// Exit 2 where `from` names no published run of this store, or one whose tables cannot be gone on from.
pub fn rebuild(store: &Store, from: Option<&str>, how: Remake) -> Result<Summary> {
    let _lock = Lock::take(store)?;
    store.mend()?;
    let newest = store.latest()?.map(|(_, manifest)| manifest);
    if let Some(manifest) = newest.as_ref().filter(|manifest| super::is_newer(manifest)) {
        return Err(super::newer(&store.run_dir(&manifest.run_id), manifest));
    }
    if store.accounts()?.is_empty() {
        return Err(Error::usage(format!("{} holds no pages", store.root().display()))
            .hint("`reelframe run` fetches them; --store names another store"));
    }
    let before = from.map(|from| before_named(store, from)).transpose()?;
    let mut counting = newest.as_ref().map(|manifest| manifest.observations.clone()).unwrap_or_default();
    counting.extend(before.iter().flat_map(|before| before.observations.clone()));
    observations::remove_all_but(store, &counting)?;
    remake(store, newest.as_ref(), before, how, false)
}

fn before_named(store: &Store, run_id: &str) -> Result<Before> {
    let refused = |what: String| Error::usage(what).hint("without --from, `reelframe rebuild` goes by raw/ alone");
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else {
        return Err(refused(format!("--from {run_id}: no published run of {}", store.root().display())));
    };
    if manifest.schema_version != SCHEMA_VERSION || manifest.manifest_version != MANIFEST_VERSION {
        return Err(refused(format!("--from {run_id}: its columns are of version {}", manifest.schema_version)));
    }
    Before::open(store, &dir, manifest).map_err(|error| refused(format!("--from {run_id}: {error}")))
}

/// Merges the observation files of each month into one.
///
/// # Errors
/// Exit 2 where nothing was published yet.
pub fn compact(store: &Store, how: Remake) -> Result<Option<Summary>> {
    let _lock = Lock::take(store)?;
    store.mend()?;
    let (dir, manifest) = super::latest(store)?;
    observations::remove_unlisted(store, Some(&manifest))?;
    if !observations::is_split(&manifest.observations) {
        return Ok(None);
    }
    let before = before(store, &dir, manifest.clone());
    remake(store, Some(&manifest), before, how, true).map(Some)
}

/// Removes an account's pages for good, and publishes a run without it. Runs published before still hold it.
///
/// # Errors
/// Exit 2 where the store has no pages of the account.
pub fn forget(store: &Store, account: &str, how: Remake) -> Result<Summary> {
    let _lock = Lock::take(store)?;
    store.mend()?;
    let key = check_known(store, account)?;
    let newest = newest(store)?;
    observations::remove_unlisted(store, newest.as_ref().map(|(_, manifest)| manifest))?;
    store.remove_whole(&store.account_dir(&key))?;
    let Some((dir, mut manifest)) = newest else { return Ok(Summary::new("")) };
    let gone = manifest.accounts.iter().find(|entry| entry.key() == key).map(|entry| entry.account.clone());
    manifest.requested.retain(|requested| gone.as_ref() != Some(requested));
    let before = before(store, &dir, manifest.clone());
    remake(store, Some(&manifest), before, how, false)
}

/// The key of an account, by any of its names.
///
/// # Errors
/// Exit 2 where the store has no pages of the account.
pub fn check_known(store: &Store, account: &str) -> Result<String> {
    let names = accounts::names(store, None)?;
    let newest = store.latest()?;
    let by_run =
        newest.as_ref().and_then(|(_, manifest)| manifest.account(account)).map(|entry| entry.key().to_owned());
    let by_name = names.iter().find(|name| name.account == account).map(|name| name.key.clone());
    let key = by_name.or(by_run).unwrap_or_else(|| account.to_owned());
    if names.iter().any(|name| name.key == key) {
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

/// What the user says of a run that no new page led to.
#[derive(Debug, Clone)]
pub struct Remake {
    /// Its id; the time where none is given.
    pub run_id: Option<String>,
    pub keep_runs: usize,
    pub queries: Option<PathBuf>,
}

/// Publishes a run that no new page led to, in the form of the newest one.
fn remake(
    store: &Store,
    newest: Option<&Manifest>,
    before: Option<Before>,
    how: Remake,
    compact: bool,
) -> Result<Summary> {
    let output = newest.map_or_else(default_output, |manifest| output_of(&manifest.settings));
    let mut settings = Settings::new(output);
    settings.timezone = newest.and_then(|manifest| manifest.settings.get("timezone")?.parse().ok());
    (settings.keep_runs, settings.queries) = (how.keep_runs, how.queries);
    let requested = newest.map(Manifest::requested_keys).unwrap_or_default();
    let run_id = how.run_id.unwrap_or_else(|| fetch::compact_time(Utc::now()));
    let run_id = super::free_run_id(store, &run_id)?;
    let mut summary = Summary::new(&run_id);
    publish(Plan { store, settings: &settings, run_id: &run_id, requested, compact }, before, &mut summary)?;
    Ok(summary)
}

/// What shaped a run's tables.
pub fn shape(settings: &Settings) -> BTreeMap<String, String> {
    let zone = settings.timezone.map_or("UTC", |zone| zone.name());
    let formats: Vec<&str> = settings.output.formats.iter().map(|format| format.name()).collect();
    let csv = settings.output.csv;
    let mut shape = BTreeMap::from([
        ("timezone".to_owned(), zone.to_owned()),
        ("format".to_owned(), formats.join(",")),
        ("compression".to_owned(), settings.output.compression.name().to_owned()),
        ("csv_delimiter".to_owned(), char::from(csv.delimiter()).to_string()),
        ("csv_dialect".to_owned(), csv.dialect().name().to_owned()),
    ]);
    // Only where they are not the dialect's, so that runs of before there were these settings have the same shape.
    if let Some(decimal) = csv.own_decimal() {
        shape.insert("csv_decimal".to_owned(), decimal.name().to_owned());
    }
    if csv.breaks() != Breaks::Keep {
        shape.insert("csv_breaks".to_owned(), csv.breaks().name().to_owned());
    }
    shape
}

/// Report, queries and the next run read Parquet, whatever else is asked for.
pub fn with_parquet(mut output: Options) -> Options {
    if !output.formats.contains(&Format::Parquet) {
        output.formats.push(Format::Parquet);
    }
    output
}

/// The way back from [`shape`]; what is not understood is as by default.
pub fn output_of(shape: &BTreeMap<String, String>) -> Options {
    let text = |name: &str| shape.get(name).map(String::as_str);
    let default = default_output();
    let byte = |text: &str| text.bytes().next();
    let formats = text("format").map(|list| list.split(',').filter_map(Format::named).collect());
    Options {
        formats: formats.unwrap_or(default.formats),
        compression: text("compression").and_then(Compression::named).unwrap_or(default.compression),
        csv: CsvStyle::new(
            text("csv_dialect").and_then(Dialect::named).unwrap_or(default.csv.dialect()),
            text("csv_delimiter").and_then(byte),
            text("csv_decimal").and_then(Decimal::named),
            text("csv_breaks").and_then(Breaks::named).unwrap_or(Breaks::Keep),
        )
        .unwrap_or(default.csv),
    }
}

/// Parquet and CSV with their defaults, for what is not asked for on the command line.
fn default_output() -> Options {
    Options::new(&[Format::Parquet, Format::Csv])
}
