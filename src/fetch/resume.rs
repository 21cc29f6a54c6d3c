//! Resuming what an earlier run left: crawls that ended are not bought again, crawls that did not go on at their cursor.
//! The page log is all there is to know it from.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};

use crate::config::FetchConfig;
use crate::error::{ErrorKind, Result};
use crate::fetch::crawl_log::NewestLog;
use crate::fetch::cutoff;
use crate::fetch::cutoff::Cutoff;
use crate::fetch::loop_guard::LoopGuard;
use crate::instagram::response;
use crate::instagram::response::Envelope;
use crate::store::layout::Store;
use crate::store::page_log::line::{End, Line, Start};
use crate::store::page_log::reader::Tail;
use crate::store::page_log::{reader, source};
use crate::{fs, time};

/// What is known of an account before it is walked.
#[derive(Debug, Clone, Default)]
pub struct AccountHistory {
    /// From its first complete walk on.
    pub account_id: Option<String>,
    /// When its last complete walk began.
    pub last_complete_at: Option<String>,
    /// When its last walk began that was complete or windowed.
    pub last_refreshed_at: Option<String>,
    /// Pages of its newest published walk, of its last complete one, and of the newest where that was windowed.
    pub pages: Option<i32>,
    pub complete_pages: Option<i32>,
    pub windowed_pages: Option<i32>,
    /// The newest log that a published run holds, and how many bytes of it.
    pub published: Option<(String, u64)>,
    /// The highest number of its crawls that a published run holds.
    pub sequence: u64,
    /// Its crawl ended in a run that was cut short, and this run goes on where that one stopped.
    pub was_crawled_for_this_run: bool,
}

/// What to do about an account.
#[derive(Debug)]
pub enum ResumeDecision {
    /// Crawl it from its first page, into a log behind this one.
    StartOver(NewestLog),
    /// Go on with this walk.
    Resume(Box<ResumableCrawl>),
    /// Its last crawl has ended and is all that is asked for: nothing is to be bought.
    Reuse(Box<Ended>),
}

/// A crawl that came to its end.
#[derive(Debug)]
pub struct Ended {
    pub log: PathBuf,
    pub run_id: String,
    pub end: End,
    pub pages: u32,
    pub is_published: bool,
}

/// A walk that did not come to its end.
#[derive(Debug)]
pub struct ResumableCrawl {
    pub log: PathBuf,
    /// Bytes of the log that are whole lines.
    pub whole_bytes: u64,
    pub start: Start,
    pub pages: u32,
    pub items: usize,
    pub next: Option<String>,
    /// How far back it has come.
    pub reached: Option<DateTime<Utc>>,
    pub guard: LoopGuard,
    /// The newest moment in its log.
    pub newest_at: Option<DateTime<Utc>>,
}

/// What a log says of its walk.
#[derive(Debug, Default)]
struct LogSummary {
    start: Option<Start>,
    pages: u32,
    items: usize,
    next: Option<String>,
    reached: Option<DateTime<Utc>>,
    guard: LoopGuard,
    newest_at: Option<DateTime<Utc>>,
    /// From the last page there is no way on: the guard stopped the walk there, or a cursor is missing.
    is_stuck: bool,
    lacks_cursor: bool,
    /// `None` also where pages follow the last end.
    end: Option<End>,
}

/// Looks at the newest crawl of an account. `run_id` is that of a run tried again, whose crawls are its own even if they
/// were published.
///
/// # Errors
/// `InvalidData` where something that is no file is among the logs: no rows could be made of what would be bought. The disk.
pub fn plan(
    store: &Store,
    key: &str,
    known: &AccountHistory,
    run_id: Option<&str>,
    config: &FetchConfig,
    now: DateTime<Utc>,
) -> Result<ResumeDecision> {
    // The age beyond which a cursor is not trusted.
    let not_before = now.checked_sub_signed(config.resume_within).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let logs = store.logs(key)?;
    logs.iter().try_for_each(|log| source::expect_file(log))?;
    let name = logs.last().map(|log| log_name(log)).unwrap_or_default();
    let mut newest = NewestLog { name, at: None, sequence: highest_sequence(&logs, known)? };
    for log in logs.iter().rev().cloned() {
        let (mut told, tail) = match read(&log) {
            Ok(read) => read,
            // Nothing is written behind damage: the log stays as it is, for whoever makes tables to name.
            Err(error) if error.kind == ErrorKind::InvalidData => {
                tracing::warn!("{}: the account is crawled from its first page", error.message);
                return Ok(ResumeDecision::StartOver(newest));
            }
            Err(error) => return Err(error),
        };
        newest.at = newest.at.max(told.newest_at);
        let Some(start) = told.start.take() else { continue };
        if start.configures_only || has_whole_twin(&log, &start, &logs)? {
            continue;
        }
        let Some(began) = began(&start).filter(|began| *began >= not_before) else {
            return Ok(ResumeDecision::StartOver(newest));
        };
        let cutoff = Cutoff::of(config, known, began);
        let ended = told.end.as_ref().is_some_and(|end| is_ended(end, &told, config.max_pages, cutoff));
        let is_published = is_published(&log, known)?;
        let is_of_this_run = run_id == Some(&start.run_id) || known.was_crawled_for_this_run || config.retry_failed;
        return Ok(match told.end {
            // Published by a run that has ended, it was an observation; now is the time for another. A crawl cut short
            // goes on all the same: what it has got was paid for.
            Some(end) if is_published && !is_of_this_run && !is_cut_short(&end) => ResumeDecision::StartOver(newest),
            Some(end) if ended => ResumeDecision::Reuse(Box::new(Ended {
                log,
                run_id: start.run_id,
                end,
                pages: told.pages,
                is_published,
            })),
            _ if told.is_stuck => ResumeDecision::StartOver(newest),
            // With no page there is nothing to go on from, and in a plain log that somebody put here no frame fits.
            _ if told.pages == 0 || log.extension().is_some_and(|extension| extension == "ndjson") => {
                ResumeDecision::StartOver(newest)
            }
            _ if tail.whole_bytes.is_none() => ResumeDecision::StartOver(newest),
            // Cut short without a cursor: the walk cannot go on. (Without an end it only lacks that line.)
            Some(_) if told.next.is_none() => ResumeDecision::StartOver(newest),
            end => {
                let whole_bytes = tail.whole_bytes.unwrap_or_default();
                ResumeDecision::Resume(Box::new(unfinished(log, whole_bytes, start, LogSummary { end, ..told })))
            }
        });
    }
    Ok(ResumeDecision::StartOver(newest))
}

/// The highest number of the account's crawls: of those that are published by what is known, of the others by their logs.
fn highest_sequence(logs: &[PathBuf], known: &AccountHistory) -> Result<u64> {
    let is_new = |log: &&PathBuf| known.published.as_ref().is_none_or(|(newest, _)| log_name(log) > *newest);
    let mut highest = known.sequence;
    for log in logs.iter().filter(is_new) {
        // A log that cannot be used is named by whoever makes tables.
        let start = reader::if_usable(reader::start_of(log))?.flatten();
        highest = highest.max(start.map_or(0, |start| start.sequence));
    }
    Ok(highest)
}

/// Whether the crawl of an unfinished log lies in another log as a whole: what a restored backup left is no crawl to go on
/// with.
fn has_whole_twin(log: &Path, start: &Start, logs: &[PathBuf]) -> Result<bool> {
    let is_partial = |log: &Path| log.extension().is_some_and(|extension| extension == "partial");
    if !is_partial(log) {
        return Ok(false);
    }
    for other in logs.iter().filter(|other| !is_partial(other)) {
        let of_other = reader::if_usable(reader::start_of(other))?.flatten();
        if of_other.is_some_and(|other| (&other.run_id, &other.started_at) == (&start.run_id, &start.started_at)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Pages of an account that lie in raw/ for the next run to take up.
pub fn waiting_pages(store: &Store, key: &str, known: Option<&AccountHistory>, resume_within: Duration) -> Result<u32> {
    let known = AccountHistory { was_crawled_for_this_run: false, ..known.cloned().unwrap_or_default() };
    Ok(match plan(store, key, &known, None, &FetchConfig::offline(resume_within), time::now())? {
        ResumeDecision::StartOver(_) => 0,
        ResumeDecision::Resume(walk) => walk.pages,
        ResumeDecision::Reuse(ended) => ended.pages,
    })
}

fn unfinished(log: PathBuf, whole_bytes: u64, start: Start, told: LogSummary) -> ResumableCrawl {
    let LogSummary { pages, items, next, reached, guard, newest_at, .. } = told;
    ResumableCrawl { log, whole_bytes, start, pages, items, next, reached, guard, newest_at }
}

/// Whether there is nothing more to buy: not where the walk was cut short, or stopped before what is now asked for (all
/// pages, more of them, or a window that reaches further back). Such a walk goes on at its cursor, as young as it is,
/// rather than that its pages are bought again.
fn is_ended(end: &End, told: &LogSummary, max_pages: Option<u32>, cutoff: Option<Cutoff>) -> bool {
    match end.status.as_str() {
        _ if is_cut_short(end) => false,
        "limited" | "windowed" => {
            max_pages.is_some_and(|max| told.pages >= max)
                || cutoff.is_some_and(|cutoff| cutoff.is_reached(told.reached))
        }
        // A log of an earlier version may call the end what is none.
        _ => !told.lacks_cursor,
    }
}

/// When a walk began; a log that does not say it is too old for everything.
pub fn began(start: &Start) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&start.started_at).ok().map(|at| at.to_utc())
}

fn is_cut_short(end: &End) -> bool {
    matches!(end.status.as_str(), "partial" | "failed")
}

/// A log's name without what an unfinished walk adds to it.
pub fn log_name(log: &Path) -> String {
    let name = log.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".partial").unwrap_or(&name).to_owned()
}

fn is_published(log: &Path, known: &AccountHistory) -> Result<bool> {
    let Some((newest, bytes)) = &known.published else { return Ok(false) };
    let name = log_name(log);
    Ok(name < *newest || name == *newest && fs::size(log)? <= *bytes)
}

fn read(log: &Path) -> Result<(LogSummary, Tail)> {
    let mut told = LogSummary::default();
    let tail = reader::for_each_line(log, |line| {
        match line {
            Line::Start(start) => {
                told.newest_at = told.newest_at.max(began(&start));
                told.start = Some(start);
            }
            Line::Page(page) => {
                told.newest_at = told.newest_at.max(page.fetched_at.parse().ok());
                told.pages += 1;
                told.end = None;
                told.next = None;
                if let Envelope::Page(envelope) = response::judge(page.body) {
                    told.items += envelope.reels.len();
                    told.reached = cutoff::reached(told.reached, told.pages, &envelope);
                    let verdict = told.guard.page(&page.blake3, &envelope.reels, envelope.next.as_deref());
                    told.lacks_cursor = envelope.lacks_cursor;
                    told.is_stuck = verdict.is_some() || envelope.lacks_cursor;
                    told.next = envelope.next;
                }
            }
            Line::End(end) => {
                told.newest_at = told.newest_at.max(end.ended_at.parse().ok());
                told.end = Some(end);
            }
            Line::BarePage(_) => {}
        }
        Ok(())
    })?;
    Ok((told, tail))
}
