//! Resuming what an earlier run left: finished crawls are reused, interrupted ones continue at their cursor. All of this is
//! known from the page logs alone.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};

use crate::config::FetchConfig;
use crate::error::{ErrorKind, Result};
use crate::fetch::{account_history::AccountHistory, cutoff, cutoff::Cutoff, loop_guard::LoopGuard};
use crate::instagram::{profile, response};
use crate::schema::values::AccountStatus;
use crate::store::page_log::line::{End, Line, ProfileAnswer, Start};
use crate::store::page_log::{name, reader, source};
use crate::store::{layout::Store, page_log::reader::Tail};
use crate::{fs, time};

/// What to do about an account.
#[derive(Debug)]
pub(crate) enum ResumeDecision {
    /// Crawl it from its first page, into a log that sorts after this one.
    StartOver(NewestLog),
    /// Continue this crawl.
    Resume(Box<ResumableCrawl>),
    /// Its last crawl is finished and is all that is asked for: fetch nothing.
    Reuse(Box<Ended>),
}

/// The newest log of an account, the newest time in it, and the highest sequence number of the account's crawls.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewestLog {
    pub name: String,
    pub at: Option<DateTime<Utc>>,
    pub sequence: u64,
}

/// A finished crawl.
#[derive(Debug)]
pub(crate) struct Ended {
    pub log: PathBuf,
    pub run_id: String,
    pub end: End,
    pub pages: u32,
    pub is_published: bool,
}

/// An interrupted crawl.
#[derive(Debug)]
pub(crate) struct ResumableCrawl {
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
    /// Whether the profile was requested, and what it says.
    pub has_profile: bool,
    pub is_private: Option<bool>,
    /// The account's user id, where one of its own reels has it.
    pub user_id: Option<String>,
    /// The newest time in its log.
    pub newest_at: Option<DateTime<Utc>>,
}

/// What a log says of its crawl.
#[derive(Debug, Default)]
struct LogSummary {
    start: Option<Start>,
    pages: u32,
    items: usize,
    next: Option<String>,
    reached: Option<DateTime<Utc>>,
    guard: LoopGuard,
    newest_at: Option<DateTime<Utc>>,
    /// Whether the account's profile was requested, whatever came of it.
    has_profile: bool,
    is_private: Option<bool>,
    user_id: Option<String>,
    /// The crawl cannot continue after its last page: the guard stopped it there, or a cursor is missing.
    is_stuck: bool,
    lacks_cursor: bool,
    /// Its last page is the account's last one.
    has_all_pages: bool,
    /// `None` also if pages follow the last end.
    end: Option<End>,
}

/// Looks at the newest crawl of an account. `run_id` is that of a run that is tried again: its crawls are its own even if
/// they were published.
///
/// # Errors
/// `InvalidData` if something that is not a file is among the logs: the pages could not be used. The disk.
pub(crate) fn decide(
    store: &Store,
    key: &str,
    history: &AccountHistory,
    run_id: Option<&str>,
    config: &FetchConfig,
    now: DateTime<Utc>,
) -> Result<ResumeDecision> {
    // A cursor older than this is not trusted.
    let not_before = now.checked_sub_signed(config.resume_within).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let logs = store.logs(key)?;
    logs.iter().try_for_each(|log| source::expect_file(log))?;
    let newest_name = logs.last().map(|log| name::without_partial(log)).unwrap_or_default();
    let mut newest = NewestLog { name: newest_name, at: None, sequence: highest_sequence(&logs, history)? };
    for log in logs.iter().rev().cloned() {
        let (mut summary, tail) = match read(&log) {
            Ok(read) => read,
            // Nothing is appended to a damaged log: it stays as it is, and the transform reports it.
            Err(error) if error.kind == ErrorKind::InvalidData => {
                tracing::warn!("{}: the account is crawled from its first page", error.message);
                return Ok(ResumeDecision::StartOver(newest));
            }
            Err(error) => return Err(error),
        };
        newest.at = newest.at.max(summary.newest_at);
        let Some(start) = summary.start.take() else { continue };
        if start.configures_only || has_whole_twin(&log, &start, &logs)? {
            continue;
        }
        if start.started_at.at() < not_before {
            break;
        }
        let cutoff = Cutoff::of(config, history, start.started_at.at());
        let is_finished = summary.is_finished(config.max_pages, cutoff);
        let is_published = is_published(&log, history)?;
        let is_of_this_run = run_id == Some(&start.run_id) || history.was_crawled_for_this_run || config.retry_failed;
        let wants_profile = config.profiles && !summary.has_profile;
        return Ok(match summary.end.take() {
            // A crawl that an earlier run published is that run's observation; this run makes its own. One that was cut
            // short is resumed all the same: its pages were paid for.
            Some(end) if is_published && !is_of_this_run && !end.status.is_cut_short() => {
                ResumeDecision::StartOver(newest)
            }
            Some(end) if is_finished => {
                let (run_id, pages) = (start.run_id.clone(), summary.pages);
                let lacks_profile = wants_profile && end.status.is_success();
                let with_profile = if lacks_profile { resumable(&log, tail, start, summary, true) } else { None };
                match with_profile {
                    Some(crawl) => ResumeDecision::Resume(Box::new(crawl)),
                    None => ResumeDecision::Reuse(Box::new(Ended { log, run_id, end, pages, is_published })),
                }
            }
            end => {
                let has_all_pages = end.is_none() || summary.has_all_pages;
                match resumable(&log, tail, start, summary, has_all_pages) {
                    Some(crawl) => ResumeDecision::Resume(Box::new(crawl)),
                    None => ResumeDecision::StartOver(newest),
                }
            }
        });
    }
    Ok(ResumeDecision::StartOver(newest))
}

/// The crawl of a log that was interrupted; `None` if it cannot continue. Without a cursor it can only if it lacks no more
/// than its profile or its end line.
fn resumable(
    log: &Path,
    tail: Tail,
    start: Start,
    summary: LogSummary,
    lacks_only_the_rest: bool,
) -> Option<ResumableCrawl> {
    let LogSummary { pages, items, next, reached, guard, newest_at, is_stuck, .. } = summary;
    let LogSummary { has_profile, is_private, user_id, .. } = summary;
    // Frames cannot be appended to a plain log that somebody put here.
    let is_plain = log.extension().is_some_and(|extension| extension == "ndjson");
    if is_stuck || pages == 0 || is_plain || (next.is_none() && !lacks_only_the_rest) {
        return None;
    }
    let (log, whole_bytes) = (log.to_owned(), tail.whole_bytes?);
    Some(ResumableCrawl {
        log,
        whole_bytes,
        start,
        pages,
        items,
        next,
        reached,
        guard,
        has_profile,
        is_private,
        user_id,
        newest_at,
    })
}

/// The highest sequence number of the account's crawls: from the history if they are published, else from their logs.
fn highest_sequence(logs: &[PathBuf], history: &AccountHistory) -> Result<u64> {
    let is_new =
        |log: &&PathBuf| history.published.as_ref().is_none_or(|(newest, _)| name::without_partial(log) > *newest);
    let mut highest = history.sequence;
    for log in logs.iter().filter(is_new) {
        // The transform reports a log that cannot be used.
        let start = reader::if_usable(reader::start_of(log))?.flatten();
        highest = highest.max(start.map_or(0, |start| start.sequence));
    }
    Ok(highest)
}

/// Whether another log holds the whole crawl of a `.partial`, as a restored backup may leave it: there is nothing to resume.
fn has_whole_twin(log: &Path, start: &Start, logs: &[PathBuf]) -> Result<bool> {
    if !fs::is_partial(log) {
        return Ok(false);
    }
    for other in logs.iter().filter(|other| !fs::is_partial(other)) {
        let of_other = reader::if_usable(reader::start_of(other))?.flatten();
        if of_other.is_some_and(|other| other.is_same_crawl(start)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Pages of an account in raw/ that the next run will use.
pub(crate) fn waiting_pages(
    store: &Store,
    key: &str,
    history: Option<&AccountHistory>,
    resume_within: Duration,
) -> Result<u32> {
    let history = AccountHistory { was_crawled_for_this_run: false, ..history.cloned().unwrap_or_default() };
    Ok(match decide(store, key, &history, None, &FetchConfig::offline(resume_within), time::now())? {
        ResumeDecision::StartOver(_) => 0,
        ResumeDecision::Resume(crawl) => crawl.pages,
        ResumeDecision::Reuse(ended) => ended.pages,
    })
}

impl LogSummary {
    /// Whether there is nothing more to fetch: the crawl was not cut short, and did not stop before what is asked for now
    /// (all pages, more of them, or a window that reaches further back). A crawl that did is resumed, so that no page is
    /// fetched twice.
    fn is_finished(&self, max_pages: Option<u32>, cutoff: Option<Cutoff>) -> bool {
        match self.end.as_ref().map(|end| end.status) {
            None | Some(AccountStatus::Partial | AccountStatus::Failed) => false,
            Some(AccountStatus::Limited | AccountStatus::Incremental) => {
                max_pages.is_some_and(|max| self.pages >= max)
                    || cutoff.is_some_and(|cutoff| cutoff.is_reached(self.reached))
            }
            // Logs of earlier versions may call a page without a cursor the end.
            Some(
                AccountStatus::Complete
                | AccountStatus::Private
                | AccountStatus::Empty
                | AccountStatus::EmptyOrPrivate
                | AccountStatus::NotFound,
            ) => !self.lacks_cursor,
        }
    }
}

fn is_published(log: &Path, history: &AccountHistory) -> Result<bool> {
    let Some((newest, bytes)) = &history.published else { return Ok(false) };
    let name = name::without_partial(log);
    Ok(name < *newest || name == *newest && fs::size(log)? <= *bytes)
}

fn read(log: &Path) -> Result<(LogSummary, Tail)> {
    let mut summary = LogSummary::default();
    let tail = reader::for_each_line(log, |line| {
        match line {
            Line::Start(start) => {
                summary.newest_at = summary.newest_at.max(Some(start.started_at.at()));
                summary.start = Some(start);
            }
            Line::Page(page) => {
                summary.newest_at = summary.newest_at.max(Some(page.fetched_at.at()));
                summary.pages += 1;
                summary.end = None;
                summary.next = None;
                summary.has_all_pages = false;
                if let Ok(outline) = response::classify(page.body) {
                    let of_account = || outline.id_of(&summary.start.as_ref()?.account);
                    summary.user_id = summary.user_id.take().or_else(of_account);
                    summary.items += outline.reels.len();
                    summary.reached = cutoff::reached(summary.reached, summary.pages, &outline);
                    let sign = summary.guard.check(&page.blake3, &outline.reels, outline.next.as_deref());
                    summary.lacks_cursor = outline.lacks_cursor;
                    summary.is_stuck = sign.is_some() || outline.lacks_cursor;
                    summary.has_all_pages = outline.next.is_none() && !outline.lacks_cursor;
                    summary.next = outline.next;
                }
            }
            Line::End(end) => {
                summary.newest_at = summary.newest_at.max(Some(end.ended_at.at()));
                summary.end = Some(end);
            }
            Line::Profile(profile) => {
                summary.newest_at = summary.newest_at.max(Some(profile.fetched_at.at()));
                summary.has_profile = true;
                summary.end = None;
                if let ProfileAnswer::Profile { body, .. } = profile.answer {
                    summary.is_private = profile::classify(body).ok().and_then(|profile| profile.is_private);
                }
            }
            Line::BarePage(_) => {}
        }
        Ok(())
    })?;
    Ok((summary, tail))
}
