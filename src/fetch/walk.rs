//! One account's walk: from cursor to cursor until the end, every page kept before the next is asked for.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{SecondsFormat, Utc};

use crate::config::{AccountRequest, FetchConfig};
use crate::error::{Exit, Result};

use super::budget::Pace;
use super::client::{Answer, Client};
use super::page_log::{self, End, Line, LogWriter, PageLine};
use super::retry;

/// What all walks of a run share.
#[derive(Debug)]
pub struct Context {
    pub client: Client,
    pub pace: Pace,
    pub config: FetchConfig,
    /// Set once the run must not buy any more: the key is refused, or the money spent.
    pub stopped: AtomicBool,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub account: String,
    pub status: &'static str,
    pub reason: Option<String>,
    pub pages: u32,
    pub items: usize,
    pub calls: u32,
    pub retries: u32,
    /// What this outcome asks of the run's exit code.
    pub exit: Exit,
}

/// Where a walk stands.
struct Walk<'a> {
    context: &'a Context,
    request: &'a AccountRequest,
    outcome: Outcome,
}

/// Why no page came.
struct NoPage {
    status: &'static str,
    reason: String,
    exit: Exit,
    attempts: u32,
}

/// The moment as the logs write it: UTC with milliseconds.
pub fn timestamp(at: chrono::DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Walks an account to its end. The log has its `start` line already; it gets every page and the `end`.
///
/// # Errors
/// Only the disk: whatever the API does is an outcome.
pub async fn walk(context: &Context, request: &AccountRequest, mut log: LogWriter) -> Result<Outcome> {
    let outcome = Outcome {
        account: request.account.clone(),
        status: "complete",
        reason: None,
        pages: 0,
        items: 0,
        calls: 0,
        retries: 0,
        exit: Exit::Done,
    };
    let mut walk = Walk { context, request, outcome };
    let last_attempts = walk.run(&mut log).await?;
    let end = End {
        status: walk.outcome.status.to_owned(),
        reason: walk.outcome.reason.clone(),
        attempts: last_attempts,
        ended_at: timestamp(Utc::now()),
    };
    log.append(&Line::End(end))?;
    log.finish()?;
    Ok(walk.outcome)
}

impl Walk<'_> {
    /// Fetches page after page; returns the attempts that brought no page at the end.
    async fn run(&mut self, log: &mut LogWriter) -> Result<u32> {
        let mut cursor: Option<String> = None;
        let mut seen = HashSet::new();
        loop {
            let number = self.outcome.pages + 1;
            let (answer, attempts) = match self.fetch(number, cursor.as_deref()).await {
                Ok(page) => page,
                Err(none) => {
                    self.stop(none.status, none.reason, none.exit);
                    return Ok(none.attempts);
                }
            };
            let Page { body, items, next, status, request_id } = answer;
            let body = page_log::one_line(&body);
            let line = Line::Page(PageLine {
                page: number,
                cursor: cursor.as_deref().map(Into::into),
                fetched_at: timestamp(Utc::now()).into(),
                status,
                request_id: request_id.map(Into::into),
                attempts,
                blake3: page_log::hash(&body).into(),
                body: &body,
            });
            log.append(&line)?;
            log.sync()?;
            self.outcome.pages += 1;
            self.outcome.items += items;
            tracing::info!(account = self.request.account, page = number, items, "page");
            let Some(next) = next else {
                if self.outcome.pages == 1 && items == 0 {
                    self.stop("empty_or_private", "no public reels: empty or private".to_owned(), Exit::Done);
                }
                return Ok(0);
            };
            if self.context.config.max_pages.is_some_and(|max| self.outcome.pages >= max) {
                let pages = self.outcome.pages;
                self.stop("limited", format!("stopped after {pages} pages, as --max-pages asks"), Exit::Done);
                return Ok(0);
            }
            // A cursor that comes again would be paid for without end.
            if !seen.insert(next.clone()) {
                let reason = format!("page {number}: the API gave a cursor that it gave before");
                self.stop("partial", reason, Exit::Partial);
                return Ok(0);
            }
            cursor = Some(next);
        }
    }

    fn stop(&mut self, status: &'static str, reason: String, exit: Exit) {
        self.outcome.status = status;
        self.outcome.reason = Some(reason);
        self.outcome.exit = exit;
    }

    /// Asks for a page until it comes or hope is gone.
    async fn fetch(&mut self, number: u32, cursor: Option<&str>) -> std::result::Result<(Page, u32), NoPage> {
        let ask = self.request.ask();
        let ended = if number == 1 { "failed" } else { "partial" };
        let no_page = |status, reason: String, exit, attempts| NoPage { status, reason, exit, attempts };
        let mut attempts = 0;
        loop {
            if self.context.stopped.load(Ordering::Relaxed) {
                return Err(no_page(ended, format!("page {number}: the run was stopped"), Exit::Done, attempts));
            }
            self.context.pace.turn().await;
            attempts += 1;
            self.outcome.calls += 1;
            let (reason, exit) = match self.context.client.page(&ask, cursor).await {
                Answer::Page { body, items, next, status, request_id } => {
                    return Ok((Page { body, items, next, status, request_id }, attempts));
                }
                Answer::Passing { reason, retry_after } if attempts < retry::TRIES => {
                    self.outcome.retries += 1;
                    self.wait(number, attempts, &reason, retry_after).await;
                    continue;
                }
                Answer::Passing { reason, .. } => (format!("{reason} ({attempts} tries)"), Exit::TryAgain),
                Answer::NotFound(reason) if number == 1 => {
                    return Err(no_page("not_found", reason, Exit::Partial, attempts));
                }
                Answer::NotFound(reason) => (format!("the account is gone: {reason}"), Exit::Partial),
                Answer::Refused(reason) => (reason, Exit::Partial),
                Answer::KeyRefused(reason) => (format!("the API refused the key: {reason}"), Exit::Key),
                Answer::OutOfMoney(reason) => (format!("the money is spent: {reason}"), Exit::Money),
            };
            if matches!(exit, Exit::Key | Exit::Money) {
                self.context.stopped.store(true, Ordering::Relaxed);
            }
            return Err(no_page(ended, format!("page {number}: {reason}"), exit, attempts));
        }
    }

    async fn wait(&self, number: u32, attempts: u32, reason: &str, retry_after: Option<Duration>) {
        let wait = retry::wait(attempts, self.context.config.retry_wait, retry_after, jitter());
        tracing::warn!(
            account = self.request.account,
            page = number,
            wait_s = wait.as_secs_f64(),
            "trying again: {reason}"
        );
        tokio::time::sleep(wait).await;
    }
}

struct Page {
    body: String,
    items: usize,
    next: Option<String>,
    status: u16,
    request_id: Option<String>,
}

/// Between 0 and 1. The standard library seeds its hasher at random; more chance than that is not needed here.
fn jitter() -> f64 {
    use std::hash::{BuildHasher, Hasher};
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    random as f64 / u64::MAX as f64
}
