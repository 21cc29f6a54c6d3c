//! From replayed files to page logs: the lines of an account's files, and their import into a store.

use std::collections::HashSet;
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, Result};
use crate::instagram::{response, response::Outline};
use crate::replay::{discover, discover::AccountSource};
use crate::schema::values::AccountStatus;
use crate::store::page_log::line::{End, Line, PageLine, Start};
use crate::store::page_log::{future, line, name, reader, writer};
use crate::store::{layout::Store, page_log::body::Body, page_log::writer::LogWriter};
use crate::time::{self, Timestamp, compact_time};

/// What a replay has to report about an account's files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// Some pages got the modification time of their file.
    pub uses_file_times: bool,
    /// Files that are not pages, each with what is wrong with it.
    pub skipped: Vec<String>,
}

/// Calls `each` for the lines of one account's files, as page logs.
///
/// Start lines get the user's current configuration. Bare pages become one crawl of this run: `start`, the pages, `end`.
/// What is not a page is left out and reported.
pub(crate) fn for_each_replayed_line(
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    run_id: &str,
    mut each: impl FnMut(Line) -> Result<()>,
) -> Result<Replayed> {
    for path in &source.logs {
        let tail = reader::for_each_line(path, |line| match future::checked(path, line)? {
            // The number is that of another store.
            Line::Start(start) => each(Line::Start(configured(Start { sequence: 0, ..start }, key, settings, false))),
            Line::Page(page) => upgrade_page(page, &mut each),
            line => each(line),
        })?;
        tail.warn(path);
    }
    bare_lines(key, source, config, settings, run_id, &mut each)
}

/// Calls `each` with a page in today's stored form: logs of earlier versions have the body as it was received.
fn upgrade_page(page: PageLine, each: &mut impl FnMut(Line) -> Result<()>) -> Result<()> {
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
    let mut newest: Option<Timestamp> = None;
    for path in &source.bare {
        discover::for_each_bare_page(path, config.observed_at, &mut replayed.skipped, |page| {
            number += 1;
            future::check(&path.display().to_string(), &page.fetched_at)?;
            if number == 1 {
                let start = Start::new(&source.account, run_id, page.fetched_at.clone());
                each(Line::Start(configured(start, key, settings, true)))?;
            }
            replayed.uses_file_times |= page.is_file_time;
            let Body { text, received_blake3 } = page.body;
            text.as_ref().clone_into(&mut last);
            newest = newest.take().max(Some(page.fetched_at.clone()));
            each(Line::Page(PageLine {
                page: number,
                cursor: None,
                fetched_at: page.fetched_at,
                status: 200,
                request_id: None,
                attempts: 1,
                billed: 1,
                blake3: line::hash(&text).into(),
                received_blake3: received_blake3.map(Into::into),
                body: &text,
            }))
        })?;
    }
    let Some(ended_at) = newest else { return Ok(replayed) };
    let not_a_page =
        |reason| Error::invalid_data(format!("account {}: its last page is not a page: {reason}", source.account));
    let last = response::outline(&last).map_err(not_a_page)?;
    let (status, reason) = bare_status(&last, number);
    each(Line::End(End { status, reason: reason.map(str::to_owned), attempts: 0, billed: 0, ended_at }))?;
    Ok(replayed)
}

/// Somebody chose which pages to save: that there is a next page is not a failure.
fn bare_status(last: &Outline, pages: u32) -> (AccountStatus, Option<&'static str>) {
    if last.lacks_cursor {
        return (AccountStatus::Partial, Some("the last page says that there is more and gives no cursor for it"));
    }
    if last.has_next {
        return (AccountStatus::Limited, Some("saved pages: the last one names a next page that was not saved"));
    }
    if !last.has_items && pages == 1 {
        return (AccountStatus::EmptyOrPrivate, Some("no public reels: empty or private"));
    }
    (AccountStatus::Complete, None)
}

/// The start line with the user's current configuration; followers belong to their crawl, so that a crawl's own stay.
fn configured(mut start: Start, key: &str, settings: &Settings, zone_is_open: bool) -> Start {
    configure(&mut start, key, settings, zone_is_open);
    start
}

/// Puts the user's current configuration into a start line. A log has its account's time zone, which only the accounts
/// file overrides; `--timezone` is the default for pages without one, such as bare pages.
pub(crate) fn configure(start: &mut Start, key: &str, settings: &Settings, zone_is_open: bool) {
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

/// What an import added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    pub pages: u64,
    pub pages_known: u64,
    /// Logs written, including those without pages.
    pub logs: u64,
}

/// The first logs of an account, and the newest times in them as a published run knows them: they hold nothing newer, and
/// need not be read for a page that is.
#[derive(Debug, Clone)]
pub(crate) struct ImportedLogs {
    pub logs: usize,
    pub newest_page_at: Option<DateTime<Utc>>,
    pub newest_start: Start,
}

/// Imports an account's files into the store. A page with the same time and hash is not imported again.
pub(crate) fn import(
    store: &Store,
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    run_id: &str,
    published: Option<ImportedLogs>,
) -> Result<Imported> {
    let mut import = Import::new(store, key, published)?;
    let replayed = for_each_replayed_line(key, source, config, settings, run_id, |line| import.line(line))?;
    if replayed.uses_file_times {
        tracing::warn!(
            account = source.account,
            "some pages carry no timestamp; using the file's modification time (override with --observed-at)"
        );
    }
    import.close()?;
    import.configure(settings, !source.bare.is_empty())?;
    Ok(import.imported)
}

/// The crawl whose lines are being imported.
struct CurrentCrawl {
    start: Start,
    /// Once there is something to write.
    log: Option<LogWriter>,
    /// Whether the crawl had a page, known or not.
    has_pages: bool,
    has_ended: bool,
}

struct Import<'a> {
    store: &'a Store,
    /// The account's key.
    key: &'a str,
    /// The pages and the crawls that the store has.
    pages: HashSet<(Timestamp, String)>,
    crawls: HashSet<(Timestamp, String)>,
    newest: Option<Start>,
    /// Logs that were not read, and need not be as long as everything is newer.
    unread: Option<ImportedLogs>,
    current: Option<CurrentCrawl>,
    imported: Imported,
}

impl<'a> Import<'a> {
    fn new(store: &'a Store, key: &'a str, unread: Option<ImportedLogs>) -> Result<Self> {
        writer::remove_imports(&store.account_dir(key))?;
        let first = unread.as_ref().map_or(0, |unread| unread.logs);
        let mut import = Self {
            store,
            key,
            pages: HashSet::new(),
            crawls: HashSet::new(),
            newest: unread.as_ref().map(|unread| unread.newest_start.clone()),
            unread,
            current: None,
            imported: Imported::default(),
        };
        for path in store.logs(key)?.get(first..).unwrap_or_default() {
            import.read(path)?;
        }
        Ok(import)
    }

    /// Records which pages and crawls a log holds.
    fn read(&mut self, log: &Path) -> Result<()> {
        reader::for_each_line(log, |line| {
            match line {
                Line::Start(start) => self.record(&start),
                Line::Page(page) => {
                    // Logs of earlier versions have the page under another hash than today's.
                    let today = Body::of(page.body);
                    let hash = today.received_blake3.map(|_| line::hash(&today.text));
                    self.pages.insert((page.fetched_at, hash.unwrap_or(page.blake3.into_owned())));
                }
                Line::Profile(profile) => {
                    self.pages.insert(profile.identity());
                }
                Line::End(_) | Line::BarePage(_) => {}
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Reads the unread logs if something comes that may be in them.
    fn read_if_old(
        &mut self,
        at: DateTime<Utc>,
        newest: impl Fn(&ImportedLogs) -> Option<DateTime<Utc>>,
    ) -> Result<()> {
        let Some(unread) = self.unread.take_if(|unread| Some(at) <= newest(unread)) else { return Ok(()) };
        for path in self.store.logs(self.key)?.iter().take(unread.logs) {
            self.read(path)?;
        }
        Ok(())
    }

    fn record(&mut self, start: &Start) {
        self.crawls.insert((start.started_at.clone(), start.run_id.clone()));
        if self.newest.as_ref().is_none_or(|newest| start.order() >= newest.order()) {
            self.newest = Some(start.clone());
        }
    }

    fn line(&mut self, line: Line) -> Result<()> {
        match line {
            Line::Start(start) => {
                self.close()?;
                self.current = Some(CurrentCrawl { start, log: None, has_pages: false, has_ended: false });
                Ok(())
            }
            Line::Page(ref page) => {
                self.current()?.has_pages = true;
                self.read_if_old(page.fetched_at.at(), |unread| unread.newest_page_at)?;
                if !self.pages.insert((page.fetched_at.clone(), page.blake3.to_string())) {
                    self.imported.pages_known += 1;
                    return Ok(());
                }
                self.imported.pages += 1;
                self.current()?.has_ended = false;
                self.log()?.append(&line)
            }
            Line::Profile(ref profile) => {
                self.current()?.has_pages = true;
                self.read_if_old(profile.fetched_at.at(), |unread| unread.newest_page_at)?;
                if !self.pages.insert(profile.identity()) {
                    return Ok(());
                }
                self.current()?.has_ended = false;
                self.log()?.append(&line)
            }
            Line::End(_) => {
                let start = self.current()?.start.clone();
                self.read_if_old(start.started_at.at(), |unread| Some(unread.newest_start.started_at.at()))?;
                let is_known = self.crawls.contains(&(start.started_at, start.run_id));
                let current = self.current()?;
                // If all pages are known, they belong to another crawl, and this one is not a crawl that found nothing.
                if current.log.is_none() && (current.has_pages || is_known) {
                    return Ok(());
                }
                current.has_ended = true;
                self.log()?.append(&line)
            }
            // A log with a bare page is a read error.
            Line::BarePage(_) => Ok(()),
        }
    }

    fn current(&mut self) -> Result<&mut CurrentCrawl> {
        let key = self.key;
        let no_start = || Error::invalid_data(format!("a log of {key} does not begin with a line of kind 'start'"));
        self.current.as_mut().ok_or_else(no_start)
    }

    /// The log of the current crawl; a new one begins with the start line.
    fn log(&mut self) -> Result<&mut LogWriter> {
        let dir = self.store.account_dir(self.key);
        let current = self.current()?;
        if current.log.is_none() {
            let mut log = LogWriter::import(&dir, &name::of_crawl(&current.start))?;
            log.append(&Line::Start(current.start.clone()))?;
            current.log = Some(log);
            self.imported.logs += 1;
        }
        Ok(self.current()?.log.as_mut().expect("set above"))
    }

    fn close(&mut self) -> Result<()> {
        let Some(CurrentCrawl { start, log: Some(log), has_ended, .. }) = self.current.take() else { return Ok(()) };
        if has_ended {
            log.finish()?
        } else {
            log.finish_partial()?
        };
        // Only what was written is recorded: `configure` writes what is new in other start lines.
        self.record(&start);
        Ok(())
    }

    /// If the user's configuration differs from the newest start line, adds a log without a crawl that says so: tables are
    /// built from raw/ alone.
    fn configure(&mut self, settings: &Settings, zone_is_open: bool) -> Result<()> {
        let Some(newest) = &self.newest else { return Ok(()) };
        let mut wanted = configured(newest.clone(), self.key, settings, zone_is_open);
        if let Some(request) = settings.configured(&[self.key, &newest.account], newest.account_id.as_deref()) {
            // The handle that it is requested by now.
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
        wanted.started_at = Timestamp::from(now).max(newest.started_at.clone());
        wanted.run_id = compact_time(now);
        wanted.version = env!("CARGO_PKG_VERSION").to_owned();
        wanted.sequence = 0;
        wanted.configures_only = true;
        let mut log = LogWriter::import(&self.store.account_dir(self.key), &name::of_crawl(&wanted))?;
        log.append(&Line::Start(wanted))?;
        log.finish()?;
        self.imported.logs += 1;
        Ok(())
    }
}
