//! From pages in the store to a published run: tables, report, manifest and `_SUCCESS` in a staging folder, which one
//! rename makes the newest run.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::config::Settings;
use crate::error::{Error, Hint, Parameter, Result};
use crate::formats::csv::style::{Breaks, CsvStyle, Decimal, Dialect};
use crate::formats::options::{Compression, Format, Options};
use crate::pipeline::logs_record::Record;
use crate::pipeline::newest_run::newest;
use crate::pipeline::page_source::Pages;
use crate::pipeline::previous_run::PreviousRun;
use crate::pipeline::reports::{asked_for, build_report, load_tables};
use crate::pipeline::summary::Summary;
use crate::pipeline::tables::{Target, WrittenTables};
use crate::pipeline::{accounts, newest_run, observations, previous_run, tables, workbook};
use crate::query::scope::Scope;
use crate::schema::column::SCHEMA_VERSION;
use crate::store::layout::Store;
use crate::store::manifest::{CutShort, FileEntry, MANIFEST_VERSION, Manifest, Watermark};
use crate::{fs, time};

/// What is to be published, and where.
pub struct PublishRequest<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub run_id: &'a str,
    /// The keys of the accounts that the run was asked for.
    pub requested: Vec<String>,
    pub compact: bool,
}

/// What a run is made of.
pub enum Base<'a> {
    /// All of raw/.
    Anew,
    /// The tables of an earlier run and what came into raw/ since.
    On(Box<PreviousRun>),
    /// What of raw/ these marks cover, as an earlier run was.
    Marks(&'a BTreeMap<String, Watermark>),
}

/// Makes a run, publishes it and removes the oldest. The observations of the newest run before stay until the next one
/// is published, for readers that are at them.
pub fn publish(mut plan: PublishRequest, base: Base, summary: &mut Summary) -> Result<()> {
    // A run made again is made of the folders that it was made of.
    if !matches!(base, Base::Marks(_)) {
        let newest = newest(plan.store)?;
        let united = accounts::unite(plan.store, newest.as_ref().map(|(_, manifest)| manifest))?;
        let mut seen = HashSet::new();
        plan.requested = plan.requested.into_iter().map(|key| united.get(&key).cloned().unwrap_or(key)).collect();
        plan.requested.retain(|key| seen.insert(key.clone()));
        summary.unite(&united);
    }
    let before = plan.store.pointed_to()?.map(|(_, manifest)| manifest).unwrap_or_default();
    let mut made = stage(&plan, base)?;
    warn_of_new_names(&before, &made);
    summary.take_tables(&made, &plan.requested);
    summary.terminal = write_report(&plan, &mut made, summary)?;
    let trees: Vec<String> = before.observation_tree.into_iter().chain(made.observations.tree.clone()).collect();
    let cut_short = summary.cut_short_after(before.cut_short.map(|before| *before), &plan.requested);
    summary.published = Some(seal(&plan, made, summary, cut_short)?);
    summary.run_id = plan.run_id.to_owned();
    plan.store.remove_old_runs(plan.settings.keep_runs)?;
    plan.store.remove_trees_but(&trees)
}

/// Says which accounts had another name in the run before.
fn warn_of_new_names(before: &Manifest, made: &WrittenTables) {
    let names: HashMap<&str, &str> =
        before.accounts.iter().map(|entry| (entry.key(), entry.account.as_str())).collect();
    for entry in &made.accounts {
        let account = &entry.account;
        if let Some(old) = names.get(entry.key()).filter(|old| **old != account) {
            tracing::warn!("account {old} is now {account}; its history continues");
        }
    }
}

/// The tables and the workbook of them, where no reader looks yet.
pub fn stage(plan: &PublishRequest, base: Base) -> Result<WrittenTables> {
    let store = plan.store;
    let staging = store.staging_dir(plan.run_id);
    if fs::exists(&staging)? {
        fs::remove_dir(&staging)?;
    }
    fs::create_dir(&staging)?;
    let output = with_parquet(plan.settings.output.clone());
    let mut pages = match base {
        Base::Anew => Pages::Store { store, before: None },
        Base::On(before) => Pages::Store { store, before: Some(before) },
        Base::Marks(marks) => Pages::Folded { store, marks },
    };
    let target = Target { store, run_id: plan.run_id, compact: plan.compact };
    let mut made = tables::make(&mut pages, &staging, Some(target), &output)?.expect_rows()?;
    workbook::add(&staging, &workbook::OF_A_RUN, &output, &mut made)?;
    made.files.push(Record::newest(store)?.write_next(store, &staging)?);
    Ok(made)
}

/// The manifest and `_SUCCESS`, and the run takes its place.
pub fn seal(
    plan: &PublishRequest,
    made: WrittenTables,
    summary: &Summary,
    cut_short: Option<CutShort>,
) -> Result<PathBuf> {
    let PublishRequest { store, run_id, .. } = *plan;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        schema_version: SCHEMA_VERSION,
        run_id: run_id.to_owned(),
        sequence: store.runs()?.last().map_or(0, |run| run.sequence) + 1,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: shape(plan.settings),
        requested: made.names_of(&plan.requested),
        calls: summary.calls,
        retries: summary.retries,
        accounts: made.accounts,
        files: made.files,
        observations: made.observations.files,
        observation_tree: made.observations.tree,
        marks: made.marks,
        cut_short: cut_short.map(Box::new),
    };
    manifest.write(&store.staging_dir(run_id))?;
    store.publish(&manifest)
}

/// Writes report.html, report.md and report.json; returns the summary for the terminal.
fn write_report(plan: &PublishRequest, made: &mut WrittenTables, summary: &mut Summary) -> Result<String> {
    let PublishRequest { store, run_id, .. } = *plan;
    let dir = store.staging_dir(run_id);
    let observations = made.observations.files.iter().map(|file| store.root().join(&file.path)).collect();
    let scope = Scope { accounts: asked_for(&made.names_of(&plan.requested)), ..Scope::default() };
    let scope = scope.among(made.accounts.iter().map(|entry| entry.account.as_str()));
    let report =
        build_report(&load_tables(&dir, observations).within(scope), run_id, plan.settings.queries.as_deref())?;
    summary.take_faults(report.faults());
    for (name, text) in
        [("report.html", report.to_html()), ("report.md", report.to_markdown()), ("report.json", report.to_json())]
    {
        fs::write_whole(&dir.join(name), text.as_bytes())?;
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
/// made anew from raw/; so it is where they are of an older version.
pub fn on(store: &Store, dir: &Path, manifest: Manifest) -> Base<'static> {
    if newest_run::is_older(&manifest) {
        return Base::Anew;
    }
    PreviousRun::open(store, dir, manifest)
        .inspect_err(|error| tracing::warn!("all tables are made anew from raw/: {error}"))
        .map_or(Base::Anew, |before| Base::On(Box::new(before)))
}

/// Whether the newest run holds all that raw/ does, in the columns of this version.
pub fn is_folded(store: &Store) -> Result<bool> {
    let Some((_, manifest)) = newest(store)? else { return Ok(false) };
    if newest_run::is_older(&manifest) {
        return Ok(false);
    }
    let accounts = store.accounts()?;
    if manifest.marks.keys().any(|key| accounts.binary_search(key).is_err()) {
        return Ok(false);
    }
    for account in accounts {
        let hash = |mark: &Watermark| mark.logs_blake3.clone();
        if previous_run::mark(&store.logs(&account)?)?.as_ref().map(hash) != manifest.marks.get(&account).map(hash) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes everything but raw/ again: from raw/ alone or, with `from`, on top of that run's tables.
///
/// # Errors
/// `Usage` where `from` names no published run of this store, or one whose tables cannot be gone on from.
pub fn rebuild(store: &Store, from: Option<&str>, how: PublishOptions) -> Result<Summary> {
    let _lock = newest_run::begin(store, how.accept_loss)?;
    let newest = newest(store)?.map(|(_, manifest)| manifest);
    if store.accounts()?.is_empty() {
        return Err(Error::usage(format!("{} holds no pages", store.root().display())).hint(Hint::RunFirst));
    }
    let base = match from {
        Some(from) => Base::On(Box::new(before_named(store, from)?)),
        None => Base::Anew,
    };
    remake(store, newest.as_ref(), base, how, false)
}

fn before_named(store: &Store, run_id: &str) -> Result<PreviousRun> {
    let refused =
        |what: String| Error::parameter(Parameter::FromRun, format!("{run_id}: {what}")).hint(Hint::RebuildFromRaw);
    let dir = store.run_dir(run_id);
    let Some(manifest) = Manifest::published(&dir)? else {
        return Err(refused(format!("no published run of {}", store.root().display())));
    };
    if manifest.schema_version != SCHEMA_VERSION || manifest.manifest_version != MANIFEST_VERSION {
        return Err(refused(format!("its columns are of version {}", manifest.schema_version)));
    }
    store.restore_tree(&manifest)?;
    PreviousRun::open(store, &dir, manifest).map_err(|error| refused(error.to_string()))
}

/// Merges the observation files of each month into one.
///
/// # Errors
/// `Usage` where nothing was published yet.
pub fn compact(store: &Store, how: PublishOptions) -> Result<Option<Summary>> {
    let _lock = newest_run::begin(store, how.accept_loss)?;
    let (dir, manifest) = newest_run::latest(store)?;
    if !newest_run::is_older(&manifest) && !observations::is_split(&manifest.observations) {
        return Ok(None);
    }
    let base = on(store, &dir, manifest.clone());
    remake(store, Some(&manifest), base, how, true).map(Some)
}

/// What the user says of a run that no new page led to.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// Its id; the time where none is given.
    pub run_id: Option<String>,
    pub keep_runs: usize,
    pub queries: Option<PathBuf>,
    /// Page logs that were lost since the last run stop nothing.
    pub accept_loss: bool,
}

impl PublishOptions {
    /// With this id where none is given.
    pub fn named(self, run_id: &str) -> Self {
        Self { run_id: self.run_id.or_else(|| Some(run_id.to_owned())), ..self }
    }
}

/// Publishes a run that no new page led to, in the form of an earlier one.
pub fn remake(
    store: &Store,
    like: Option<&Manifest>,
    base: Base,
    how: PublishOptions,
    compact: bool,
) -> Result<Summary> {
    let output = like.map_or_else(default_output, |manifest| output_of(&manifest.settings));
    let mut settings = Settings::new(output);
    settings.timezone = like.and_then(|manifest| manifest.settings.get("timezone")?.parse().ok());
    (settings.keep_runs, settings.queries) = (how.keep_runs, how.queries);
    let requested = like.map(Manifest::requested_keys).unwrap_or_default();
    let run_id = how.run_id.unwrap_or_else(|| crate::time::compact_time(time::now()));
    let run_id = store.free_run_id(&run_id)?;
    let mut summary = Summary::new(&run_id);
    summary.compare_with(like);
    publish(PublishRequest { store, settings: &settings, run_id: &run_id, requested, compact }, base, &mut summary)?;
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
