//! One account's walk: from cursor to cursor until the end, every page kept before the next is asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::config::FetchConfig;
use crate::config::accounts::{AccountLookup, AccountRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::client::{ApiResponse, Client, Headers};
use crate::fetch::crawl_log::CrawlLog;
use crate::fetch::cutoff::Cutoff;
use crate::fetch::loop_guard::LoopGuard;
use crate::fetch::rate_limit::{CallBudget, RateLimiter};
use crate::fetch::rejected::Rejected;
use crate::fetch::resume::{AccountHistory, ResumableCrawl, began};
use crate::fetch::run_id::RunId;
use crate::fetch::shutdown::{Reason, Shutdown};
use crate::fetch::{cutoff, rejected, retry};
use crate::instagram::response;
use crate::store::layout::Store;
use crate::store::page_log::line;
use crate::store::page_log::line::{End, Line, PageLine, Start};
use crate::time::Clock;
use crate::time::timestamp;

/// What all walks of a run share.
#[derive(Debug)]
pub struct Context {
    pub client: Client,
    pub pace: RateLimiter,
    pub calls: CallBudget,
    pub config: FetchConfig,
    pub stop: Arc<Shutdown>,
    pub store: Store,
    pub clock: Clock,
    pub run_id: RunId,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrawlOutcome {
    pub account: String,
    pub status: &'static str,
    pub reason: Option<String>,
    /// Pages of the walk, and those of them that this run bought.
    pub pages: u32,
    pub new_pages: u32,
    pub items: usize,
    pub retries: u32,
    pub credits_remaining: Option<i64>,
    /// The API wants to be left alone for longer than the run waits.
    pub is_asked_to_wait: bool,
    /// Why the crawl failed; `None` where it ended as it should.
    pub failure: Option<ErrorKind>,
}

impl CrawlOutcome {
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
            is_asked_to_wait: false,
            failure: None,
        }
    }

    pub fn ended(mut self, status: &'static str, reason: String, failure: Option<ErrorKind>) -> Self {
        (self.status, self.reason, self.failure) = (status, Some(reason), failure);
        self
    }
}

/// A walk's end: how it went, and whether an earlier cursor turned out to lead nowhere.
pub struct CrawlResult {
    pub outcome: CrawlOutcome,
    pub cursor_is_stale: bool,
}

/// Where a walk stands.
struct ActiveCrawl<'a> {
    context: &'a Context,
    account: &'a str,
    rejected_dir: PathBuf,
    ask: AccountLookup,
    outcome: CrawlOutcome,
    guard: LoopGuard,
    next: Option<String>,
    /// How far back the walk has come, and where it may stop.
    reached: Option<DateTime<Utc>>,
    cutoff: Option<Cutoff>,
    known: &'a AccountHistory,
    /// The newest moment in the log.
    newest_at: Option<DateTime<Utc>>,
    /// The first page after a walk was taken up: the API may not know its cursor any more.
    taken_up: bool,
    cursor_is_stale: bool,
    /// The newest page on its way to the disk.
    syncing: Option<JoinHandle<Result<()>>>,
}

/// A page with its line, or why none came.
type FetchedPage = std::result::Result<(String, response::Page, PageLine<'static>), PageError>;

/// Why no page came.
struct PageError {
    status: &'static str,
    reason: String,
    failure: Option<ErrorKind>,
    attempts: u32,
}

/// Walks an account to its end, from its first page or from where it was left. The log has its `start` line already;
/// it gets every page and the `end`. `note` is what the account's reason has to say besides.
///
/// # Errors
/// Only the disk: whatever the API does is an outcome.
pub async fn walk(
    context: &Context,
    request: &AccountRequest,
    known: &AccountHistory,
    mut log: CrawlLog,
    unfinished: Option<ResumableCrawl>,
    note: Option<String>,
) -> Result<CrawlResult> {
    let mut walk = ActiveCrawl {
        context,
        account: &request.account,
        rejected_dir: context.store.rejected_dir(&request.key),
        ask: request.ask(),
        outcome: CrawlOutcome::new(&request.account),
        guard: LoopGuard::default(),
        next: None,
        reached: None,
        cutoff: cutoff(context, known, &log.start),
        known,
        newest_at: began(&log.start),
        taken_up: false,
        cursor_is_stale: false,
        syncing: None,
    };
    if let Some(unfinished) = unfinished {
        walk.taken_up = true;
        walk.newest_at = unfinished.newest_at;
        (walk.guard, walk.next, walk.reached) = (unfinished.guard, unfinished.next, unfinished.reached);
        (walk.outcome.pages, walk.outcome.items) = (unfinished.pages, unfinished.items);
    }
    let (mut outcome, attempts) = walk.run(&mut log).await?;
    durable(walk.syncing.take()).await?;
    walk.correct(&mut log)?;
    outcome.reason = match (outcome.reason, note) {
        (Some(reason), Some(note)) => Some(format!("{reason}; {note}")),
        (reason, note) => reason.or(note),
    };
    let end =
        End { status: outcome.status.to_owned(), reason: outcome.reason.clone(), attempts, ended_at: walk.timestamp() };
    log.writer.append(&Line::End(end))?;
    log.writer.finish()?;
    Ok(CrawlResult { outcome, cursor_is_stale: walk.cursor_is_stale })
}

impl ActiveCrawl<'_> {
    /// Fetches page after page; returns the outcome and the attempts that brought no page at the end.
    async fn run(&mut self, log: &mut CrawlLog) -> Result<(CrawlOutcome, u32)> {
        while self.outcome.pages == 0 || self.next.is_some() {
            if let Some(ended) = self.came_far_enough() {
                return Ok((ended, 0));
            }
            let number = self.outcome.pages + 1;
            let cursor = self.next.take();
            let (body, page, line) = match self.fetch(number, cursor.as_deref()).await? {
                Ok(page) => page,
                Err(none) => return Ok((self.ended(none.status, none.reason, none.failure), none.attempts)),
            };
            self.correct(log)?;
            let line = PageLine { fetched_at: self.timestamp().into(), ..line };
            let hash = line::hash(&body);
            let request_id = line.request_id.as_ref().map(ToString::to_string);
            log.writer.append(&Line::Page(PageLine { blake3: (&hash).into(), body: &body, ..line }))?;
            // Durable while the next page is asked for, and before the one after that.
            durable(self.syncing.replace(tokio::task::spawn_blocking(log.writer.syncing()?))).await?;
            self.outcome.pages += 1;
            self.outcome.new_pages += 1;
            self.outcome.items += page.reels.len();
            self.outcome.credits_remaining = page.credits_remaining.or(self.outcome.credits_remaining);
            let (account, items) = (self.account, page.reels.len());
            self.context.config.progress.page(items as u64);
            tracing::info!(account, page = number, items, request_id, "page");
            if are_many(number, page.next.as_deref()) {
                tracing::warn!(
                    account,
                    calls = self.context.calls.made(),
                    "{number} pages so far, and there are more (--max-pages and --max-calls limit them)"
                );
            }
            if let Some(circle) = self.guard.page(&hash, &page.reels, page.next.as_deref()) {
                self.cursor_is_stale = self.taken_up;
                return Ok((self.ended("partial", format!("page {number}: {circle}"), Some(ErrorKind::Partial)), 0));
            }
            self.taken_up = false;
            self.reached = cutoff::reached(self.reached, number, &page);
            self.next = page.next;
            if page.lacks_cursor {
                let reason = format!("page {number}: the API says that there is more and gives no cursor for it");
                let ended = || self.ended("partial", reason, Some(ErrorKind::Partial));
                return Ok((self.came_far_enough().unwrap_or_else(ended), 0));
            }
        }
        if self.outcome.pages == 1 && self.outcome.items == 0 {
            return Ok((self.ended("empty_or_private", "no public reels: empty or private".to_owned(), None), 0));
        }
        Ok((self.outcome.clone(), 0))
    }

    /// Settles the run's id, and begins the log again where the clock was put right before it held a page: until then a crawl has bought nothing.
    fn correct(&mut self, log: &mut CrawlLog) -> Result<()> {
        let Context { clock, run_id, store, .. } = self.context;
        if log.correct(clock, run_id.settle(store, clock)?)? {
            self.cutoff = cutoff(self.context, self.known, &log.start);
            self.newest_at = began(&log.start);
        }
        Ok(())
    }

    /// Now, behind all that the log says already.
    fn timestamp(&mut self) -> String {
        let now = self.context.clock.after(self.newest_at);
        self.newest_at = Some(now);
        timestamp(now)
    }

    /// The walk's end where it has all that was asked for and more would follow.
    fn came_far_enough(&self) -> Option<CrawlOutcome> {
        if let Some(cutoff) = self.cutoff.filter(|cutoff| cutoff.is_reached(self.reached)) {
            return Some(self.ended(cutoff.status(), cutoff.reason(), None));
        }
        let max = self.context.config.max_pages.filter(|&max| self.outcome.pages >= max)?;
        Some(self.ended("limited", format!("--max-pages {max}"), None))
    }

    fn ended(&self, status: &'static str, reason: String, failure: Option<ErrorKind>) -> CrawlOutcome {
        self.outcome.clone().ended(status, reason, failure)
    }

    /// Requests a page, retrying until it comes or the error is permanent.
    ///
    /// # Errors
    /// Only the disk.
    async fn fetch(&mut self, number: u32, cursor: Option<&str>) -> Result<FetchedPage> {
        let status = if self.outcome.pages == 0 { "failed" } else { "partial" };
        let (mut attempts, mut rejections) = (0, 0);
        loop {
            if let Some((reason, failure)) = self.wait_for_turn().await {
                let reason = format!("page {number}: {reason}");
                return Ok(Err(PageError { status, reason, failure, attempts }));
            }
            attempts += 1;
            let (answer, headers) = self.context.client.page(&self.ask, cursor).await;
            if let Some(api) = headers.date
                && let Some(machine) = self.context.clock.compare(api)
            {
                tracing::warn!(
                    "this machine's clock says {}, the API's {}: times and names of this run follow the API",
                    timestamp(machine),
                    timestamp(api)
                );
            }
            if let Some(rate) = headers.rate {
                self.context.pace.follow(rate).await;
            }
            let reason = match answer {
                ApiResponse::Page { body, received_blake3, page, status } => {
                    let line = PageLine {
                        page: number,
                        cursor: cursor.map(|cursor| cursor.to_owned().into()),
                        fetched_at: "".into(),
                        status,
                        request_id: headers.request_id.map(Into::into),
                        attempts,
                        blake3: "".into(),
                        received_blake3: received_blake3.map(Into::into),
                        body: "",
                    };
                    return Ok(Ok((body, page, line)));
                }
                ApiResponse::Passing(reason) => reason,
                ApiResponse::NotAPage(rejected) => {
                    rejections += 1;
                    self.keep(number, &rejected)?;
                    rejected.reason
                }
                hopeless => {
                    tracing::info!(account = self.account, page = number, request_id = headers.request_id, "no page");
                    return Ok(Err(self.no_hope(hopeless, status, number, attempts)));
                }
            };
            if let Some(why) = self.gives_up(attempts, rejections, headers.retry_after) {
                let reason = format!("page {number}: {reason} ({why})");
                return Ok(Err(PageError { status, reason, failure: Some(ErrorKind::Transient), attempts }));
            }
            self.wait_to_retry(number, attempts, headers, &reason).await;
        }
    }

    /// Why a page is not asked for once more; `None` where it is.
    fn gives_up(&mut self, attempts: u32, rejections: u32, retry_after: Option<Duration>) -> Option<String> {
        let tries = || if attempts == 1 { "1 try".to_owned() } else { format!("{attempts} tries") };
        if let Some(asked) = retry_after.filter(|asked| *asked > self.context.config.max_wait) {
            self.outcome.is_asked_to_wait = true;
            return Some(self.too_long("the API asks to wait", asked));
        }
        if attempts >= retry::TRIES || rejections >= retry::REJECTED_TRIES {
            return Some(tries());
        }
        (!self.context.calls.retry()).then(|| format!("{}, and the run has spent its retries", tries()))
    }

    fn too_long(&self, what: &str, wait: Duration) -> String {
        let [wait, max] = retry::both_in_words(wait, self.context.config.max_wait);
        format!("{what} {wait}, longer than --max-wait {max}")
    }

    /// Keeps what came in the place of a page: it was paid for, and nobody else knows what it was.
    fn keep(&self, number: u32, rejected: &Rejected) -> Result<()> {
        let file = rejected::keep(&self.rejected_dir, self.context.clock.now(), number, rejected)?;
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
        let config = &self.context.config;
        let wait = retry::wait(attempts, config.retry_wait, headers.retry_after, config.max_wait, jitter());
        let wait_s = wait.as_millis() as f64 / 1000.0;
        let (account, request_id) = (self.account, headers.request_id);
        tracing::warn!(account, page = number, request_id, wait_s, "trying again: {reason}");
        self.context.stop.sleep(wait).await;
    }

    /// Waits until a request may be sent; the reason, and the kind of failure, where none may.
    async fn wait_for_turn(&mut self) -> Option<(String, Option<ErrorKind>)> {
        let stop = &self.context.stop;
        self.context.config.progress.waiting();
        let turn = stop.unless_stopped(self.context.pace.turn()).await;
        self.context.config.progress.going_on();
        if let Some(Err(wait)) = turn {
            self.outcome.is_asked_to_wait = true;
            return Some((self.too_long("the API's rate limit is used up for", wait), Some(ErrorKind::Transient)));
        }
        if stop.reason().is_none() && !self.context.calls.take() {
            stop.now(Reason::MaxCalls);
        }
        stop.reason().map(|reason| (reason.words().to_owned(), None))
    }

    /// An answer that trying again does not change.
    fn no_hope(&mut self, answer: ApiResponse, status: &'static str, number: u32, attempts: u32) -> PageError {
        let page = |reason: &str| format!("page {number}: {reason}");
        let stop = &self.context.stop;
        let (status, reason, kind) = match answer {
            ApiResponse::NotFound(reason) if self.outcome.pages == 0 => ("not_found", reason, ErrorKind::Partial),
            ApiResponse::NotFound(reason) => {
                self.cursor_is_stale = self.taken_up;
                (status, page(&format!("the account is gone, or its cursor: {reason}")), ErrorKind::Partial)
            }
            ApiResponse::Refused(reason) => {
                self.cursor_is_stale = self.taken_up;
                (status, page(&reason), ErrorKind::Partial)
            }
            ApiResponse::KeyRefused(reason) => {
                stop.now(Reason::KeyRefused);
                (status, page(&format!("the API refused the key: {reason}")), ErrorKind::Auth)
            }
            ApiResponse::OutOfMoney(reason) => {
                stop.now(Reason::OutOfMoney);
                (status, page(&format!("out of credits: {reason}")), ErrorKind::QuotaExhausted)
            }
            ApiResponse::Page { .. } | ApiResponse::Passing(_) | ApiResponse::NotAPage(_) => {
                (status, page("no page"), ErrorKind::Partial)
            }
        };
        PageError { status, reason, failure: Some(kind), attempts }
    }
}

/// Whether a crawl that goes on has come to so many pages that somebody should hear of it: 2,000, and each further 1,000.
fn are_many(pages: u32, next: Option<&str>) -> bool {
    next.is_some() && pages >= 2000 && pages.is_multiple_of(1000)
}

/// How far back a crawl goes that began so.
fn cutoff(context: &Context, known: &AccountHistory, start: &Start) -> Option<Cutoff> {
    Cutoff::of(&context.config, known, began(start)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thousand_pages_are_many_and_so_is_each_further_thousand() {
        let many: Vec<u32> = (0..=4500).filter(|pages| are_many(*pages, Some("cursor"))).collect();
        assert_eq!(many, [2000, 3000, 4000]);
        assert!(!are_many(2000, None), "there are no more");
    }
}
