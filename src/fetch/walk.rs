//! One account's walk: from cursor to cursor until the end, every page kept before the next is asked for.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use tokio::task::JoinHandle;

use crate::clock;
use crate::config::{AccountRequest, Ask, FetchConfig};
use crate::error::{Error, Exit, Result};
use crate::store::Store;

use super::budget::{Calls, Pace};
use super::client::{Answer, Client, Headers};
use super::envelope;
use super::guard::Guard;
use super::page_log::{self, End, Line, LogWriter, PageLine};
use super::rejected::{self, Rejected};
use super::resume::Unfinished;
use super::retry;
use super::stop::{Reason, Stop};
use super::window::{self, Cutoff};

/// What all walks of a run share.
#[derive(Debug)]
pub struct Context {
    pub client: Client,
    pub pace: Pace,
    pub calls: Calls,
    pub config: FetchConfig,
    pub stop: Arc<Stop>,
    pub store: Store,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub account: String,
    pub status: &'static str,
    pub reason: Option<String>,
    /// Pages of the walk, and those of them that this run bought.
    pub pages: u32,
    pub new_pages: u32,
    pub items: usize,
    pub retries: u32,
    pub credits_remaining: Option<i64>,
    /// What this outcome asks of the run's exit code.
    pub exit: Exit,
}

impl Outcome {
    pub fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            status: "complete",
            reason: None,
            pages: 0,
            new_pages: 0,
            items: 0,
            retries: 0,
            credits_remaining: None,
            exit: Exit::Done,
        }
    }

    pub fn ended(mut self, status: &'static str, reason: String, exit: Exit) -> Self {
        (self.status, self.reason, self.exit) = (status, Some(reason), exit);
        self
    }
}

/// A walk's end: how it went, and whether an earlier cursor turned out to lead nowhere.
pub struct Walked {
    pub outcome: Outcome,
    pub cursor_is_stale: bool,
}

/// Where a walk stands.
struct Walk<'a> {
    context: &'a Context,
    account: &'a str,
    rejected_dir: PathBuf,
    ask: Ask,
    outcome: Outcome,
    guard: Guard,
    next: Option<String>,
    /// How far back the walk has come, and where it may stop.
    reached: Option<DateTime<Utc>>,
    cutoff: Option<Cutoff>,
    /// The first page after a walk was taken up: the API may not know its cursor any more.
    taken_up: bool,
    cursor_is_stale: bool,
    /// The newest page on its way to the disk.
    syncing: Option<JoinHandle<Result<()>>>,
}

/// A page with its line, or why none came.
type FetchedPage = std::result::Result<(String, envelope::Page, PageLine<'static>), NoPage>;

/// Why no page came.
struct NoPage {
    status: &'static str,
    reason: String,
    exit: Exit,
    attempts: u32,
}

/// The moment as the logs write it: UTC with milliseconds.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Walks an account to its end, from its first page or from where it was left. The log has its `start` line already;
/// it gets every page and the `end`. `note` is what the account's reason has to say besides.
///
/// # Errors
/// Only the disk: whatever the API does is an outcome.
pub async fn walk(
    context: &Context,
    request: &AccountRequest,
    mut log: LogWriter,
    cutoff: Option<Cutoff>,
    unfinished: Option<Unfinished>,
    note: Option<String>,
) -> Result<Walked> {
    let mut walk = Walk {
        context,
        account: &request.account,
        rejected_dir: context.store.rejected_dir(&request.key),
        ask: request.ask(),
        outcome: Outcome::new(&request.account),
        guard: Guard::default(),
        next: None,
        reached: None,
        cutoff,
        taken_up: false,
        cursor_is_stale: false,
        syncing: None,
    };
    if let Some(unfinished) = unfinished {
        walk.taken_up = true;
        (walk.guard, walk.next, walk.reached) = (unfinished.guard, unfinished.next, unfinished.reached);
        (walk.outcome.pages, walk.outcome.items) = (unfinished.pages, unfinished.items);
    }
    let (mut outcome, attempts) = walk.run(&mut log).await?;
    durable(walk.syncing.take()).await?;
    outcome.reason = match (outcome.reason, note) {
        (Some(reason), Some(note)) => Some(format!("{reason}; {note}")),
        (reason, note) => reason.or(note),
    };
    let end = End {
        status: outcome.status.to_owned(),
        reason: outcome.reason.clone(),
        attempts,
        ended_at: timestamp(clock::now()),
    };
    log.append(&Line::End(end))?;
    log.finish()?;
    Ok(Walked { outcome, cursor_is_stale: walk.cursor_is_stale })
}

impl Walk<'_> {
    /// Fetches page after page; returns the outcome and the attempts that brought no page at the end.
    async fn run(&mut self, log: &mut LogWriter) -> Result<(Outcome, u32)> {
        while self.outcome.pages == 0 || self.next.is_some() {
            if let Some(ended) = self.came_far_enough() {
                return Ok((ended, 0));
            }
            let number = self.outcome.pages + 1;
            let cursor = self.next.take();
            let (body, page, line) = match self.fetch(number, cursor.as_deref()).await? {
                Ok(page) => page,
                Err(none) => return Ok((self.ended(none.status, none.reason, none.exit), none.attempts)),
            };
            let hash = page_log::hash(&body);
            let request_id = line.request_id.as_ref().map(ToString::to_string);
            log.append(&Line::Page(PageLine { blake3: (&hash).into(), body: &body, ..line }))?;
            // Durable while the next page is asked for, and before the one after that.
            durable(self.syncing.replace(tokio::task::spawn_blocking(log.syncing()?))).await?;
            self.outcome.pages += 1;
            self.outcome.new_pages += 1;
            self.outcome.items += page.reels.len();
            self.outcome.credits_remaining = page.credits_remaining.or(self.outcome.credits_remaining);
            let (account, items) = (self.account, page.reels.len());
            self.context.config.progress.page(items as u64);
            tracing::info!(account, page = number, items, request_id, "page");
            if let Some(circle) = self.guard.page(&hash, &page.reels, page.next.as_deref()) {
                self.cursor_is_stale = self.taken_up;
                return Ok((self.ended("partial", format!("page {number}: {circle}"), Exit::Partial), 0));
            }
            self.taken_up = false;
            self.reached = window::reached(self.reached, number, &page);
            self.next = page.next;
            if page.lacks_cursor {
                let reason = format!("page {number}: the API says that there is more and gives no cursor for it");
                let ended = || self.ended("partial", reason, Exit::Partial);
                return Ok((self.came_far_enough().unwrap_or_else(ended), 0));
            }
        }
        if self.outcome.pages == 1 && self.outcome.items == 0 {
            return Ok((self.ended("empty_or_private", "no public reels: empty or private".to_owned(), Exit::Done), 0));
        }
        Ok((self.outcome.clone(), 0))
    }

    /// The walk's end where it has all that was asked for and more would follow.
    fn came_far_enough(&self) -> Option<Outcome> {
        if let Some(cutoff) = self.cutoff.filter(|cutoff| cutoff.is_reached(self.reached)) {
            return Some(self.ended(cutoff.status(), cutoff.reason(), Exit::Done));
        }
        let max = self.context.config.max_pages.filter(|&max| self.outcome.pages >= max)?;
        Some(self.ended("limited", format!("--max-pages {max}"), Exit::Done))
    }

    fn ended(&self, status: &'static str, reason: String, exit: Exit) -> Outcome {
        self.outcome.clone().ended(status, reason, exit)
    }

    /// Requests a page, retrying until it comes or the error is permanent.
    ///
    /// # Errors
    /// Only the disk.
    async fn fetch(&mut self, number: u32, cursor: Option<&str>) -> Result<FetchedPage> {
        let status = if self.outcome.pages == 0 { "failed" } else { "partial" };
        let (mut attempts, mut rejections) = (0, 0);
        loop {
            if let Some(reason) = self.wait_for_turn().await {
                let reason = format!("page {number}: {}", reason.words());
                return Ok(Err(NoPage { status, reason, exit: Exit::Done, attempts }));
            }
            attempts += 1;
            let (answer, headers) = self.context.client.page(&self.ask, cursor).await;
            if let Some(rate) = headers.rate {
                self.context.pace.heed(rate).await;
            }
            let reason = match answer {
                Answer::Page { body, received_blake3, page, status } => {
                    let line = PageLine {
                        page: number,
                        cursor: cursor.map(|cursor| cursor.to_owned().into()),
                        fetched_at: timestamp(clock::now()).into(),
                        status,
                        request_id: headers.request_id.map(Into::into),
                        attempts,
                        blake3: "".into(),
                        received_blake3: received_blake3.map(Into::into),
                        body: "",
                        hash_holds: true,
                    };
                    return Ok(Ok((body, page, line)));
                }
                Answer::Passing(reason) => reason,
                Answer::NotAPage(rejected) => {
                    rejections += 1;
                    self.keep(number, &rejected)?;
                    rejected.reason
                }
                hopeless => {
                    tracing::info!(account = self.account, page = number, request_id = headers.request_id, "no page");
                    return Ok(Err(self.no_hope(hopeless, status, number, attempts)));
                }
            };
            let last_try = attempts >= retry::TRIES || rejections >= retry::REJECTED_TRIES;
            if last_try || !self.context.calls.retry() {
                let why = if last_try { "" } else { ", and the run has spent its retries" };
                let reason = format!("page {number}: {reason} ({attempts} tries{why})");
                return Ok(Err(NoPage { status, reason, exit: Exit::TryAgain, attempts }));
            }
            self.wait_to_retry(number, attempts, headers, &reason).await;
        }
    }

    /// Keeps what came in the place of a page: it was paid for, and nobody else knows what it was.
    fn keep(&self, number: u32, rejected: &Rejected) -> Result<()> {
        let file = rejected::keep(&self.rejected_dir, clock::now(), number, rejected)?;
        tracing::warn!(
            account = self.account,
            page = number,
            file = %file.display(),
            "not a page: {}; the response is kept in this file",
            rejected.reason
        );
        Ok(())
    }

    async fn wait_to_retry(&mut self, number: u32, attempts: u32, headers: Headers, reason: &str) {
        self.outcome.retries += 1;
        let wait = retry::wait(attempts, self.context.config.retry_wait, headers.retry_after, jitter());
        let wait_s = wait.as_millis() as f64 / 1000.0;
        let (account, request_id) = (self.account, headers.request_id);
        tracing::warn!(account, page = number, request_id, wait_s, "trying again: {reason}");
        self.context.stop.sleep(wait).await;
    }

    /// Waits until a request may be sent; the reason where none may any more.
    async fn wait_for_turn(&self) -> Option<Reason> {
        let stop = &self.context.stop;
        self.context.config.progress.waiting();
        stop.unless_stopped(self.context.pace.turn()).await;
        self.context.config.progress.going_on();
        if stop.reason().is_none() && !self.context.calls.take() {
            stop.now(Reason::MaxCalls);
        }
        stop.reason()
    }

    /// An answer that trying again does not change.
    fn no_hope(&mut self, answer: Answer, status: &'static str, number: u32, attempts: u32) -> NoPage {
        let page = |reason: &str| format!("page {number}: {reason}");
        let stop = &self.context.stop;
        let (status, reason, exit) = match answer {
            Answer::NotFound(reason) if self.outcome.pages == 0 => ("not_found", reason, Exit::Partial),
            Answer::NotFound(reason) => {
                self.cursor_is_stale = self.taken_up;
                (status, page(&format!("the account is gone, or its cursor: {reason}")), Exit::Partial)
            }
            Answer::Refused(reason) => {
                self.cursor_is_stale = self.taken_up;
                (status, page(&reason), Exit::Partial)
            }
            Answer::KeyRefused(reason) => {
                stop.now(Reason::KeyRefused);
                (status, page(&format!("the API refused the key: {reason}")), Exit::Key)
            }
            Answer::OutOfMoney(reason) => {
                stop.now(Reason::OutOfMoney);
                (status, page(&format!("out of credits: {reason}")), Exit::Money)
            }
            Answer::Page { .. } | Answer::Passing(_) | Answer::NotAPage(_) => (status, page("no page"), Exit::Partial),
        };
        NoPage { status, reason, exit, attempts }
    }
}

/// Waits until a page is on the disk.
async fn durable(syncing: Option<JoinHandle<Result<()>>>) -> Result<()> {
    match syncing {
        Some(syncing) => syncing.await.map_err(|error| Error::unexpected(format!("a page was not synced: {error}")))?,
        None => Ok(()),
    }
}

/// Between 0 and 1. The standard library seeds its hasher at random; more chance than that is not needed here.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    random as f64 / u64::MAX as f64
}
