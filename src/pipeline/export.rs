//! `export`: tables into a folder, from a store or straight from pages on disk.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use crate::config::{DayRange, ReplayConfig, Settings, accounts::AccountRequest};
use crate::error::{Error, Hint, Result};
use crate::formats::options::{Format, Layout, Options};
use crate::formats::writer::TableWriter;
use crate::fs;
use crate::pipeline::{accounts, accounts::AccountName, identities, newest_run, outcome::Publication, output_settings};
use crate::pipeline::{
    page_source::Pages, publish, run_tables, summary::Summary, tables, tables::WrittenTables, workbook,
};
use crate::replay::{discover, discover::ReplayInput};
use crate::schema::column::Table;
use crate::store::layout::Store;

/// Tables into `out`, from a store or, with a replay, straight from its pages. With `days` they have the reels that were
/// posted then, in each account's time zone, with the figures that these have among all reels.
///
/// ```
/// use reelframe::{DayRange, Format, Options, ReplayConfig, Settings, Store};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let out = dir.path().join("tables");
/// let settings = Settings::new(Options::new(&[Format::Jsonl]));
/// let replay = ReplayConfig::new("sample_data");
/// reelframe::export(&Store::new("reels".as_ref()), &settings, Some(&replay), DayRange::default(), &out)?;
/// assert!(out.join("reels.jsonl").exists());
/// # Ok::<(), reelframe::Error>(())
/// ```
///
/// # Errors
/// `Usage` where there are no pages of the accounts asked for, `InvalidData` where none of them can be parsed, `Disk`
/// where a file cannot be written: then `out` is as it was.
pub fn export(
    store: &Store,
    settings: &Settings,
    replay: Option<&ReplayConfig>,
    days: DayRange,
    out: &Path,
) -> Result<Summary> {
    // All files or none: a failed export leaves nothing in the folder, and what a killed one left is removed here.
    let staging = out.join(".reelframe.partial");
    let mut has_begun = false;
    let staged = with_pages(store, settings, replay, days, |pages, requested, output| {
        if fs::exists(&staging)? {
            fs::remove_dir(&staging)?;
        }
        fs::create_dir(&staging)?;
        has_begun = true;
        let written = write_tables(&staging, pages, output)?.expect_rows()?;
        let mut summary = Summary::new("");
        summary.record_tables(&written, requested);
        Ok(summary)
    });
    let moved = staged.and_then(|summary| {
        match settings.output.layout {
            Layout::Flat => fs::move_files(&staging, out)?,
            Layout::Folders => fs::move_files_into_folders(&staging, out)?,
        }
        Ok(summary)
    });
    if has_begun {
        fs::remove_dir(&staging)?;
    }
    let mut summary = moved?;
    summary.publication = Publication::New(out.to_owned());
    Ok(summary)
}

/// One table to a stream, while it is made; `format` is Arrow, JSON lines or CSV. If rows are missing, because a log cannot
/// be used or a file is no page, the summary has a failure, and an Arrow stream ends inside a message, so that readers
/// fail too.
///
/// # Errors
/// As [`export`]; `Disk` where the stream cannot be written.
pub fn export_stream(
    store: &Store,
    settings: &Settings,
    replay: Option<&ReplayConfig>,
    days: DayRange,
    (table, format): (Table, Format),
    stream: Box<dyn Write + Send>,
) -> Result<Summary> {
    let mut open = None;
    let summary = with_pages(store, settings, replay, days, |pages, requested, output| {
        let writer = open.insert(TableWriter::stream("the stream", stream, format, table, output)?);
        let written = tables::stream(pages, table, writer)?.expect_rows()?;
        let mut summary = Summary::new("");
        summary.record_streamed(&written, requested);
        Ok(summary)
    })?;
    if let Some(writer) = open.filter(|_| summary.failure().is_none()) {
        writer.finish()?;
    }
    Ok(summary)
}

/// Writes the pages of the accounts that are asked for; `write` gets their keys, too.
fn with_pages(
    store: &Store,
    settings: &Settings,
    replay: Option<&ReplayConfig>,
    days: DayRange,
    write: impl FnOnce(&mut Pages, &[String], &Options) -> Result<Summary>,
) -> Result<Summary> {
    let known = match replay {
        Some(_) => Vec::new(),
        None => identities::known(store, store.latest()?.as_ref().map(|(_, manifest)| manifest))?,
    };
    let settings = &identities::resolve(&known, settings);
    let found = replay.map(|config| discover::find(config, settings)).transpose()?;
    let mut found = found.map(|found| identities::resolve_found(&known, settings, found));
    let skipped = Mutex::default();
    let accounts: Vec<AccountName>;
    let mut pages = match (replay, &found) {
        (Some(config), Some(found)) => Pages::Replay { found, config, settings, days, skipped: &skipped },
        _ => {
            accounts = select(store, settings)?;
            Pages::Selected { store, accounts: &accounts, settings, days }
        }
    };
    let requested: Vec<String> = pages.accounts()?.into_iter().map(|name| name.key).collect();
    if requested.is_empty() {
        return Err(Error::usage(format!("{} contains no pages", store.root().display())).hint(Hint::RunOrReplay));
    }
    if replay.is_none() {
        note_unpublished(store)?;
    }
    let written = write(&mut pages, &requested, &settings.output);
    if let Some(found) = &mut found {
        found.skipped.extend(skipped.into_inner().unwrap_or_default());
        found.skipped.sort();
    }
    let mut summary = match (written, &found) {
        (Ok(summary), Some(found)) if summary.accounts.is_empty() && !found.skipped.is_empty() => {
            return Err(ReplayInput::nothing_readable(&found.skipped));
        }
        (written, _) => written?,
    };
    summary.record_skipped(found);
    Ok(summary)
}

fn note_unpublished(store: &Store) -> Result<()> {
    let newest = newest_run::newest(store)?;
    if !publish::is_up_to_date(store, newest.as_ref().map(|(_, manifest)| manifest))? {
        tracing::info!("raw/ contains pages that no run of this version has published yet; these tables include them");
    }
    Ok(())
}

/// A workbook is made from Parquet files, which stay only where they were asked for.
fn write_tables(dir: &Path, pages: &mut Pages, output: &Options) -> Result<WrittenTables> {
    if !output.formats.contains(&Format::Xlsx) {
        return tables::write(pages, dir, None, output);
    }
    let mut written = tables::write(pages, dir, None, &output_settings::with_parquet(output.clone()))?;
    let days = pages.days();
    workbook::add(dir, &Table::ALL, days, output, &mut written)?;
    if days.is_limited() {
        fs::remove_dir(&dir.join(run_tables::WHOLE_DIR))?;
    }
    workbook::remove_unrequested(dir, output, &mut written)?;
    Ok(written)
}

/// The accounts of a store that were named, all where none was.
fn select(store: &Store, settings: &Settings) -> Result<Vec<AccountName>> {
    let mut all = accounts::names(store, None)?;
    let held: HashSet<&str> = all.iter().map(|name| name.key.as_str()).collect();
    let is_unknown = |request: &&AccountRequest| !held.contains(request.key.as_str());
    let unknown: Vec<&str> =
        settings.accounts.iter().filter(is_unknown).map(|request| request.account.as_str()).collect();
    if !unknown.is_empty() {
        return Err(accounts::no_pages_of(&unknown.join(", "), store, &all));
    }
    if !settings.accounts.is_empty() {
        let requested: HashSet<&str> = settings.accounts.iter().map(|request| request.key.as_str()).collect();
        all.retain(|name| requested.contains(name.key.as_str()));
    }
    Ok(all)
}
