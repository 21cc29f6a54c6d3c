//! From a replay path to page logs: the lines of an account's files, and their import into a store.

use std::collections::HashSet;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, Result};
use crate::instagram::response;
use crate::instagram::response::Outline;
use crate::replay::discover;
use crate::replay::discover::AccountSource;
use crate::store::layout::Store;
use crate::store::page_log::body::Body;
use crate::store::page_log::line::{End, Line, PageLine, Start};
use crate::store::page_log::writer::LogWriter;
use crate::store::page_log::{future, line, reader, writer};
use crate::time;
use crate::time::compact_time;
use crate::time::timestamp;

/// What is to be said of files that were replayed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// A page's reading time had to be taken from its file.
    pub from_file: bool,
    /// What is no page: the file and what is wrong with it.
    pub skipped: Vec<String>,
}

/// Hands on the lines of one account's files as the logs that they are or stand for.
///
/// Start lines carry what the user configured now. Bare pages become one walk of this run: `start`, the pages, `end`.
/// What is no page is left out, and named in what is returned.
pub fn for_each_line(
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    run_id: &str,
    mut each: impl FnMut(Line) -> Result<()>,
) -> Result<Replayed> {
    for path in &source.logs {
        let tail = reader::for_each_line(path, |line| match future::checked(path, line)? {
            // What it counts is another store's.
            Line::Start(start) => each(Line::Start(configured(Start { sequence: 0, ..start }, key, settings, false))),
            Line::Page(page) => stored_today(page, &mut each),
            line => each(line),
        })?;
        tail.warn(path);
    }
    bare_lines(key, source, config, settings, run_id, &mut each)
}

/// Hands on a page as it is stored today: a log of an earlier version has the body as it came.
fn stored_today(page: PageLine, each: &mut impl FnMut(Line) -> Result<()>) -> Result<()> {
    let Body { text, received_blake3 } = Body::of(page.body);
    let Some(received) = received_blake3 else { return each(Line::Page(page)) };
    let received_blake3 = page.received_blake3.clone().or(Some(received.into()));
    each(Line::Page(PageLine { blake3: line::hash(&text).into(), received_blake3, body: &text, ..page }))
}

fn bare_lines(
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    run_id: &str,
    each: &mut impl FnMut(Line) -> Result<()>,
) -> Result<Replayed> {
    let mut replayed = Replayed::default();
    let mut number = 0;
    let mut last = String::new();
    let mut newest = String::new();
    for path in &source.bare {
        discover::for_each_bare_page(path, config.observed_at, &mut replayed.skipped, |page| {
            number += 1;
            future::check(&path.display().to_string(), &page.fetched_at)?;
            if number == 1 {
                let start = bare_start(&source.account, run_id, &page.fetched_at);
                each(Line::Start(configured(start, key, settings, true)))?;
            }
            replayed.from_file |= page.time_is_the_files;
            let Body { text, received_blake3 } = page.body;
            text.as_ref().clone_into(&mut last);
            if page.fetched_at > newest {
                newest.clone_from(&page.fetched_at);
            }
            each(Line::Page(PageLine {
                page: number,
                cursor: None,
                fetched_at: page.fetched_at.into(),
                status: 200,
                request_id: None,
                attempts: 1,
                blake3: line::hash(&text).into(),
                received_blake3: received_blake3.map(Into::into),
                body: &text,
            }))
        })?;
    }
    if number == 0 {
        return Ok(replayed);
    }
    let is_none =
        |reason| Error::invalid_data(format!("account {}: its last page is no page: {reason}", source.account));
    let last = response::outline(&last).map_err(is_none)?;
    let (status, reason) = bare_status(&last, number);
    each(Line::End(End { status: status.into(), reason: reason.map(str::to_owned), attempts: 0, ended_at: newest }))?;
    Ok(replayed)
}

fn bare_start(account: &str, run_id: &str, started_at: &str) -> Start {
    Start {
        account: account.to_owned(),
        account_id: None,
        label: None,
        timezone: "UTC".to_owned(),
        followers: None,
        followers_as_of: None,
        run_id: run_id.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: started_at.to_owned(),
        sequence: 0,
        configures_only: false,
    }
}

/// Saved pages are what somebody chose to save: that a next page exists is no failure.
fn bare_status(last: &Outline, pages: u32) -> (&'static str, Option<&'static str>) {
    if last.lacks_cursor {
        return ("partial", Some("the last page says that there is more and gives no cursor for it"));
    }
    if last.has_next {
        return ("limited", Some("saved pages: the last one names a next page that was not saved"));
    }
    if !last.has_items && pages == 1 {
        return ("empty_or_private", Some("no public reels: empty or private"));
    }
    ("complete", None)
}

/// The start line with what the user says now; followers belong to their walk, so that a walk's own stay.
fn configured(mut start: Start, key: &str, settings: &Settings, zone_is_open: bool) -> Start {
    configure(&mut start, key, settings, zone_is_open);
    start
}

/// Puts what the user says now into a start line. A log knows its account's zone, and only an accounts file is about
/// that account; `--timezone` is for where the zone is open, as it is with bare pages.
pub fn configure(start: &mut Start, key: &str, settings: &Settings, zone_is_open: bool) {
    let request = settings.configured(&[&start.account, key], start.account_id.as_deref());
    let zone = request.and_then(|request| request.timezone);
    if let Some(zone) = zone.or(settings.timezone.filter(|_| zone_is_open)) {
        start.timezone = zone.name().to_owned();
    }
    if let Some(request) = request {
        start.label = request.label.clone().or(start.label.take());
        start.account_id = request.account_id.clone().or(start.account_id.take());
        if start.followers.is_none() {
            start.followers = request.followers;
            start.followers_as_of = request.followers_as_of.map(|day| day.to_string());
        }
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).ok()
}

/// `2026-11-23T06:00:00.123Z` as it stands in run ids and file names: `20261123T060000123Z`.
pub fn compact(at: &str) -> Result<String> {
    let parsed =
        DateTime::parse_from_rfc3339(at).map_err(|error| Error::invalid_data(format!("'{at}' is no time: {error}")))?;
    Ok(compact_time(parsed.to_utc()))
}

/// A log's name begins with its walk's start, whatever the run is called.
pub fn log_name(start: &Start) -> Result<String> {
    let began = compact(&start.started_at)?;
    let run_id: String = start.run_id.chars().map(|c| if c == '/' || c.is_control() { '_' } else { c }).collect();
    let is_time = run_id.len() >= 9 && run_id.as_bytes()[8] == b'T' && run_id[..8].bytes().all(|b| b.is_ascii_digit());
    Ok(if is_time { run_id } else { format!("{began}_{run_id}") })
}

/// What an import brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub pages: u64,
    pub pages_known: u64,
    /// Logs written, those without pages included.
    pub logs: u64,
}

/// The first logs of an account, as far as a published run tells what is in them: what is newer is in none of them, so
/// that they need not be read.
#[derive(Debug, Clone)]
pub struct ImportedLogs {
    pub logs: usize,
    pub newest_page_at: Option<DateTime<Utc>>,
    pub newest_start: Start,
}

/// Imports an account's files into the store. A page with the same fetched_at and hash is not imported again.
pub fn import(
    store: &Store,
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    run_id: &str,
    told: Option<ImportedLogs>,
) -> Result<Imported> {
    let mut import = Import::new(store, key, told)?;
    let replayed = for_each_line(key, source, config, settings, run_id, |line| import.line(line))?;
    if replayed.from_file {
        tracing::warn!(
            account = source.account,
            "some pages do not say when they were read: the time of their file is taken; --observed-at sets it"
        );
    }
    import.close()?;
    import.configure(settings, !source.bare.is_empty())?;
    Ok(import.imported)
}

struct Import<'a> {
    store: &'a Store,
    /// The account's key.
    key: &'a str,
    pages: HashSet<(String, String)>,
    walks: HashSet<(String, String)>,
    newest: Option<Start>,
    /// What was not read yet, and need not be where all that comes is newer.
    told: Option<ImportedLogs>,
    /// The walk whose lines are coming, and its log once there is something to write.
    start: Option<Start>,
    log: Option<LogWriter>,
    /// Whether that walk had a page, known or not.
    has_pages: bool,
    ended: bool,
    imported: Imported,
}

impl<'a> Import<'a> {
    fn new(store: &'a Store, key: &'a str, told: Option<ImportedLogs>) -> Result<Self> {
        let (pages, walks) = Default::default();
        let imported = Imported::default();
        let newest = told.as_ref().map(|told| told.newest_start.clone());
        let (start, log, has_pages, ended) = (None, None, false, false);
        writer::remove_imports(&store.account_dir(key))?;
        let mut import = Self { store, key, pages, walks, newest, told, start, log, has_pages, ended, imported };
        let unread = import.told.as_ref().map_or(0, |told| told.logs);
        for path in store.logs(key)?.get(unread..).unwrap_or_default() {
            import.read(path)?;
        }
        Ok(import)
    }

    /// Notes which pages and walks a log holds.
    fn read(&mut self, log: &Path) -> Result<()> {
        reader::for_each_line(log, |line| {
            match line {
                Line::Start(start) => self.know(&start),
                Line::Page(page) => {
                    // A log of an earlier version knows the page by another hash than it has today.
                    let today = Body::of(page.body);
                    let hash = today.received_blake3.map(|_| line::hash(&today.text));
                    self.pages.insert((page.fetched_at.into_owned(), hash.unwrap_or(page.blake3.into_owned())));
                }
                Line::End(_) | Line::BarePage(_) => {}
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Reads what was left unread, where something as old as that comes.
    fn read_if_old(&mut self, at: &str, newest: impl Fn(&ImportedLogs) -> Option<DateTime<Utc>>) -> Result<()> {
        // A time that cannot be read is older than any.
        let at = time(at);
        let Some(told) = self.told.take_if(|told| at <= newest(told)) else { return Ok(()) };
        for path in self.store.logs(self.key)?.iter().take(told.logs) {
            self.read(path)?;
        }
        Ok(())
    }

    fn know(&mut self, start: &Start) {
        self.walks.insert((start.run_id.clone(), start.started_at.clone()));
        let order = |start: &Start| (start.started_at.clone(), start.run_id.clone());
        if self.newest.as_ref().is_none_or(|newest| order(start) >= order(newest)) {
            self.newest = Some(start.clone());
        }
    }

    fn line(&mut self, line: Line) -> Result<()> {
        match line {
            Line::Start(start) => {
                self.close()?;
                self.start = Some(start);
                self.has_pages = false;
                Ok(())
            }
            Line::Page(ref page) => {
                self.has_pages = true;
                self.read_if_old(&page.fetched_at, |told| told.newest_page_at)?;
                if !self.pages.insert((page.fetched_at.to_string(), page.blake3.to_string())) {
                    self.imported.pages_known += 1;
                    return Ok(());
                }
                self.imported.pages += 1;
                self.ended = false;
                self.log()?.append(&line)
            }
            Line::End(_) => {
                if let Some(start) = self.start.clone() {
                    self.read_if_old(&start.started_at, |told| time(&told.newest_start.started_at))?;
                }
                let known = |start: &Start| self.walks.contains(&(start.run_id.clone(), start.started_at.clone()));
                // Pages that are all known are another walk's: without them this one is no walk that found nothing.
                if self.log.is_none() && (self.has_pages || self.start.as_ref().is_none_or(known)) {
                    return Ok(());
                }
                self.ended = true;
                self.log()?.append(&line)
            }
            // No log that was read without a fault has one.
            Line::BarePage(_) => Ok(()),
        }
    }

    /// The log of the current walk, begun with its start line where it is new.
    fn log(&mut self) -> Result<&mut LogWriter> {
        if self.log.is_none() {
            let start = self.start.clone().ok_or_else(|| {
                Error::invalid_data(format!("a log of {} does not begin with a line of kind 'start'", self.key))
            })?;
            let mut log = LogWriter::import(&self.store.account_dir(self.key), &log_name(&start)?)?;
            log.append(&Line::Start(start))?;
            self.imported.logs += 1;
            self.log = Some(log);
        }
        Ok(self.log.as_mut().expect("set above"))
    }

    fn close(&mut self) -> Result<()> {
        let start = self.start.take();
        if let Some(log) = self.log.take() {
            if self.ended {
                log.finish()?
            } else {
                log.finish_partial()?
            };
            // What was not written is not known either: what its start line says is `configure`'s to write.
            start.iter().for_each(|start| self.know(start));
        }
        self.ended = false;
        Ok(())
    }

    /// Where the user now says something else of the account than its newest start line, a log that holds no walk
    /// says so: tables are made from raw/ alone.
    fn configure(&mut self, settings: &Settings, zone_is_open: bool) -> Result<()> {
        let Some(newest) = &self.newest else { return Ok(()) };
        let mut wanted = configured(newest.clone(), self.key, settings, zone_is_open);
        if let Some(request) = settings.configured(&[self.key, &newest.account], newest.account_id.as_deref()) {
            // The handle that it is now asked for by.
            if !request.is_bare_id() && request.key == self.key {
                wanted.account.clone_from(&request.account);
            }
            if request.followers.is_some() {
                wanted.followers = request.followers;
                wanted.followers_as_of = request.followers_as_of.map(|day| day.to_string());
            }
        }
        if wanted == *newest {
            return Ok(());
        }
        let now = time::now();
        wanted.started_at = timestamp(now).max(newest.started_at.clone());
        wanted.run_id = compact_time(now);
        wanted.version = env!("CARGO_PKG_VERSION").to_owned();
        wanted.sequence = 0;
        wanted.configures_only = true;
        let mut log = LogWriter::import(&self.store.account_dir(self.key), &log_name(&wanted)?)?;
        log.append(&Line::Start(wanted))?;
        log.finish()?;
        self.imported.logs += 1;
        Ok(())
    }
}
