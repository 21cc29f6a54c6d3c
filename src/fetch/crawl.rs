//! The crawl of one account: page after page until the end, each stored before the next is requested.

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::config::accounts::AccountRequest;
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::endpoint::ProfileLookup;
use crate::fetch::page_request::{Attempts, Fetched, PageRequester, RequestError};
use crate::fetch::{account_history::AccountHistory, context::Context, crawl_log::CrawlLog};
use crate::fetch::{
    crawl_outcome::CrawlOutcome, cutoff, cutoff::Cutoff, loop_guard::LoopGuard, resume::ResumableCrawl,
};
use crate::instagram::{profile::ProfileContents, response::PageContents};
use crate::schema::values::AccountStatus;
use crate::store::page_log::line;
use crate::store::page_log::line::{End, Line, PageLine, ProfileAnswer, ProfileLine, Start};
use crate::time::Timestamp;

/// How a crawl ended, and whether the cursor that it resumed at turned out to be invalid.
pub(crate) struct CrawlResult {
    pub outcome: CrawlOutcome,
    pub cursor_is_stale: bool,
}

/// The state of a running crawl.
struct ActiveCrawl<'a> {
    context: &'a Context,
    account: &'a str,
    /// As far as it is known.
    user_id: Option<String>,
    /// Whether the profile is still to be requested.
    wants_profile: bool,
    /// What the profile says, once there is one.
    is_private: Option<bool>,
    requester: PageRequester<'a>,
    outcome: CrawlOutcome,
    guard: LoopGuard,
    next: Option<String>,
    /// How far back the crawl has come, and where it may stop.
    reached: Option<DateTime<Utc>>,
    cutoff: Option<Cutoff>,
    history: &'a AccountHistory,
    /// The newest time in the log.
    newest_at: Option<DateTime<Utc>>,
    /// No page has come since the crawl was resumed: the API may no longer know the cursor.
    is_resuming: bool,
    cursor_is_stale: bool,
    /// The newest page on its way to the disk.
    syncing: Option<JoinHandle<Result<()>>>,
}

/// Crawls an account to its end, from its first page or from where an earlier run stopped. The log has its `start` line
/// already; it gets every page and the `end`. `note` is added to the account's reason.
///
/// # Errors
/// Only the disk: whatever the API does is an outcome.
pub(crate) async fn crawl(
    context: &Context,
    request: &AccountRequest,
    history: &AccountHistory,
    mut log: CrawlLog,
    resumed: Option<ResumableCrawl>,
    note: Option<String>,
) -> Result<CrawlResult> {
    let mut crawl = ActiveCrawl {
        context,
        account: &request.account,
        user_id: request.account_id.clone().or_else(|| history.account_id.clone()),
        wants_profile: context.config.profiles,
        is_private: None,
        requester: PageRequester::new(context, request),
        outcome: CrawlOutcome::new(&request.account),
        guard: LoopGuard::default(),
        next: None,
        reached: None,
        cutoff: cutoff(context, history, &log.start),
        history,
        newest_at: Some(log.start.started_at.at()),
        is_resuming: false,
        cursor_is_stale: false,
        syncing: None,
    };
    if let Some(resumed) = resumed {
        crawl.is_resuming = true;
        crawl.newest_at = resumed.newest_at;
        (crawl.guard, crawl.next, crawl.reached) = (resumed.guard, resumed.next, resumed.reached);
        (crawl.outcome.pages, crawl.outcome.items) = (resumed.pages, resumed.items);
        crawl.wants_profile &= !resumed.has_profile;
        crawl.is_private = resumed.is_private;
        crawl.user_id = crawl.user_id.or(resumed.user_id);
    }
    let (mut outcome, attempts) = crawl.run(&mut log).await?;
    outcome.retries = crawl.requester.retries;
    outcome.has_new_profile = crawl.outcome.has_new_profile;
    outcome.is_asked_to_wait = crawl.requester.is_asked_to_wait;
    wait_until_durable(crawl.syncing.take()).await?;
    crawl.correct_clock(&mut log)?;
    outcome.reason = match (outcome.reason, note) {
        (Some(reason), Some(note)) => Some(format!("{reason}; {note}")),
        (reason, note) => reason.or(note),
    };
    let (status, reason) = (outcome.status, outcome.reason.clone());
    log.writer.append(&Line::End(End {
        status,
        reason,
        attempts: attempts.made,
        billed: attempts.billed,
        ended_at: crawl.now(),
    }))?;
    log.writer.finish()?;
    Ok(CrawlResult { outcome, cursor_is_stale: crawl.cursor_is_stale })
}

impl ActiveCrawl<'_> {
    /// Fetches the pages and, if it is wanted, the profile; returns the outcome, and the requests at the end that brought
    /// nothing.
    async fn run(&mut self, log: &mut CrawlLog) -> Result<(CrawlOutcome, Attempts)> {
        let (ended, attempts) = self.fetch_pages(log).await?;
        if !ended.status.is_success() {
            return Ok((ended, attempts));
        }
        if let Some(cut_short) = self.fetch_profile(log).await? {
            return Ok(cut_short);
        }
        Ok(match (ended.status, self.is_private) {
            (AccountStatus::EmptyOrPrivate, Some(true)) => {
                (self.ended(AccountStatus::Private, "the account is private".to_owned(), None), attempts)
            }
            (AccountStatus::EmptyOrPrivate, Some(false)) => {
                (self.ended(AccountStatus::Empty, "the account is public and has no reels".to_owned(), None), attempts)
            }
            _ => (ended, attempts),
        })
    }

    /// Fetches page after page, and the profile as soon as the user id is known.
    async fn fetch_pages(&mut self, log: &mut CrawlLog) -> Result<(CrawlOutcome, Attempts)> {
        while self.outcome.pages == 0 || self.next.is_some() {
            if let Some(ended) = self.reached_limit() {
                return Ok((ended, Attempts::default()));
            }
            if self.outcome.pages > 0
                && self.user_id.is_some()
                && let Some(cut_short) = self.fetch_profile(log).await?
            {
                return Ok(cut_short);
            }
            let number = self.outcome.pages + 1;
            let cursor = self.next.take();
            match self.requester.page(number, cursor.as_deref()).await? {
                Ok(fetched) => {
                    self.user_id = self.user_id.take().or_else(|| fetched.contents.id_of(self.account));
                    if let Some(ended) = self.store(log, number, cursor, fetched).await? {
                        return Ok((ended, Attempts::default()));
                    }
                }
                Err(error) => {
                    self.cursor_is_stale = self.is_resuming && error.is_refusal;
                    return Ok((self.ended(error.status, error.reason, error.failure), error.attempts));
                }
            }
        }
        if self.outcome.pages == 1 && self.outcome.items == 0 {
            let reason = "no public reels: empty or private".to_owned();
            return Ok((self.ended(AccountStatus::EmptyOrPrivate, reason, None), Attempts::default()));
        }
        Ok((self.outcome.clone(), Attempts::default()))
    }

    /// Fetches the profile if it is wanted: by user id, or by handle where no id is known. A profile that does not come
    /// is noted in the log and fails nothing; only if the run stops before it does the crawl end here, to be resumed.
    async fn fetch_profile(&mut self, log: &mut CrawlLog) -> Result<Option<(CrawlOutcome, Attempts)>> {
        if !self.wants_profile {
            return Ok(None);
        }
        let user_id = self.user_id.clone();
        let lookup = match &user_id {
            Some(id) => ProfileLookup::UserId(id),
            None => ProfileLookup::Handle(self.account.trim_start_matches('@')),
        };
        let fetched = match self.requester.profile(lookup).await? {
            Err(error)
                if matches!(error.failure, None | Some(ErrorKind::QuotaExhausted))
                    || error.attempts.made == 0
                    || self.requester.is_asked_to_wait =>
            {
                let reason = format!("profile: {}", error.reason);
                return Ok(Some((self.ended(error.status, reason, error.failure), error.attempts)));
            }
            fetched => fetched,
        };
        match &fetched {
            Ok(profile) => self.is_private = profile.contents.is_private,
            Err(error) => tracing::warn!(account = self.account, "no profile: {}", error.reason),
        }
        log.writer.append(&Line::Profile(profile_line(lookup.endpoint(), self.now(), &fetched)))?;
        wait_until_durable(self.syncing.replace(tokio::task::spawn_blocking(log.writer.syncing()?))).await?;
        (self.wants_profile, self.outcome.has_new_profile) = (false, fetched.is_ok());
        Ok(None)
    }

    /// Stores a page; returns the crawl's outcome if the crawl has to end with it.
    async fn store(
        &mut self,
        log: &mut CrawlLog,
        number: u32,
        cursor: Option<String>,
        fetched: Fetched<PageContents>,
    ) -> Result<Option<CrawlOutcome>> {
        let Fetched { body, received_blake3, contents: page, status, request_id, attempts } = fetched;
        self.correct_clock(log)?;
        let hash = line::hash(&body);
        log.writer.append(&Line::Page(PageLine {
            page: number,
            cursor: cursor.map(Into::into),
            fetched_at: self.now(),
            status,
            request_id: request_id.as_deref().map(Into::into),
            attempts: attempts.made,
            billed: attempts.billed,
            blake3: (&hash).into(),
            received_blake3: received_blake3.map(Into::into),
            body: &body,
        }))?;
        // It becomes durable while the next page is requested, and before the one after that.
        wait_until_durable(self.syncing.replace(tokio::task::spawn_blocking(log.writer.syncing()?))).await?;
        let (account, items) = (self.account, page.reels.len());
        self.outcome.pages += 1;
        self.outcome.new_pages += 1;
        self.outcome.items += items;
        self.outcome.credits_remaining = page.credits_remaining.or(self.outcome.credits_remaining);
        self.context.observer.page(items as u64);
        tracing::info!(account, page = number, items, request_id, "page");
        if are_many(number, page.next.as_deref()) {
            tracing::warn!(
                account,
                calls = self.context.calls.made(),
                "{number} pages so far, and there are more (--max-pages and --max-calls limit them)"
            );
        }
        if let Some(sign) = self.guard.check(&hash, &page.reels, page.next.as_deref()) {
            self.cursor_is_stale = self.is_resuming;
            return Ok(Some(self.partial(format!("page {number}: {sign}"))));
        }
        self.is_resuming = false;
        self.reached = cutoff::reached(self.reached, number, &page);
        self.next = page.next;
        if page.lacks_cursor {
            let reason = format!("page {number}: the API says that there is more and gives no cursor for it");
            return Ok(Some(self.reached_limit().unwrap_or_else(|| self.partial(reason))));
        }
        Ok(None)
    }

    /// Settles the run's id. If the clock was corrected before the log holds a page, begins the log again: until then
    /// the crawl has fetched nothing.
    fn correct_clock(&mut self, log: &mut CrawlLog) -> Result<()> {
        let Context { clock, run_id, store, .. } = self.context;
        if log.correct_clock(clock, run_id.settle(store, clock)?)? {
            self.cutoff = cutoff(self.context, self.history, &log.start);
            self.newest_at = Some(log.start.started_at.at());
        }
        Ok(())
    }

    /// Now, and later than all times in the log.
    fn now(&mut self) -> Timestamp {
        let now = self.context.clock.after(self.newest_at);
        self.newest_at = Some(now);
        now.into()
    }

    /// The crawl's end if it has all that was asked for and more would follow.
    fn reached_limit(&self) -> Option<CrawlOutcome> {
        if let Some(cutoff) = self.cutoff.filter(|cutoff| cutoff.is_reached(self.reached)) {
            return Some(self.ended(cutoff.status(), cutoff.reason(), None));
        }
        let max = self.context.config.max_pages.filter(|&max| self.outcome.pages >= max)?;
        Some(self.ended(AccountStatus::Limited, format!("--max-pages {max}"), None))
    }

    fn partial(&self, reason: String) -> CrawlOutcome {
        self.ended(AccountStatus::Partial, reason, Some(ErrorKind::Partial))
    }

    fn ended(&self, status: AccountStatus, reason: String, failure: Option<ErrorKind>) -> CrawlOutcome {
        self.outcome.clone().ended(status, reason, failure)
    }
}

fn profile_line<'a>(
    endpoint: &'a str,
    fetched_at: Timestamp,
    fetched: &'a std::result::Result<Fetched<ProfileContents>, RequestError>,
) -> ProfileLine<'a> {
    let (request_id, attempts, answer) = match fetched {
        Ok(Fetched { body, received_blake3, status, request_id, attempts, .. }) => {
            let (blake3, received_blake3) = (line::hash(body).into(), received_blake3.as_deref().map(Into::into));
            let answer = ProfileAnswer::Profile { status: *status, blake3, received_blake3, body };
            (request_id.as_deref().map(Into::into), *attempts, answer)
        }
        Err(error) => (None, error.attempts, ProfileAnswer::None(error.reason.as_str().into())),
    };
    let Attempts { made, billed } = attempts;
    ProfileLine { endpoint: endpoint.into(), fetched_at, request_id, attempts: made, billed, answer }
}

/// Whether a crawl that continues is long enough for a warning: at 2,000 pages, and each further 1,000.
fn are_many(pages: u32, next: Option<&str>) -> bool {
    next.is_some() && pages >= 2000 && pages.is_multiple_of(1000)
}

/// How far back a crawl goes that began with this line.
fn cutoff(context: &Context, history: &AccountHistory, start: &Start) -> Option<Cutoff> {
    Cutoff::of(&context.config, history, start.started_at.at())
}

async fn wait_until_durable(syncing: Option<JoinHandle<Result<()>>>) -> Result<()> {
    match syncing {
        Some(syncing) => syncing.await.map_err(|error| Error::unexpected(format!("a page was not synced: {error}")))?,
        None => Ok(()),
    }
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
