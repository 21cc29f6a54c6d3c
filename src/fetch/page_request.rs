//! One page: requested at the pace of the rate limit, and retried until it comes or the error is permanent.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::accounts::{AccountLookup, AccountRequest};
use crate::error::{ErrorKind, Result};
use crate::fetch::client::{ApiResponse, Headers};
use crate::fetch::{context::Context, rejected, rejected::Rejected, retry, shutdown::Reason};
use crate::instagram::response;
use crate::schema::values::AccountStatus;
use crate::time::timestamp;

/// A page with what its page log says of it.
pub(crate) struct FetchedPage {
    /// As it is to be stored.
    pub body: String,
    pub received_blake3: Option<String>,
    pub page: response::PageContents,
    pub status: u16,
    pub request_id: Option<String>,
    pub attempts: u32,
}

/// Why no page came.
pub(crate) struct PageError {
    pub status: AccountStatus,
    pub reason: String,
    /// `None` if the run was stopped.
    pub failure: Option<ErrorKind>,
    pub attempts: u32,
    /// The API may no longer know the cursor.
    pub is_refusal: bool,
}

/// Requests the pages of one account, one after the other.
pub(crate) struct PageRequester<'a> {
    context: &'a Context,
    account: &'a str,
    lookup: AccountLookup,
    rejected_dir: PathBuf,
    pub retries: u32,
    /// The API asked for a longer wait than the run allows.
    pub is_asked_to_wait: bool,
}

impl<'a> PageRequester<'a> {
    pub(crate) fn new(context: &'a Context, request: &'a AccountRequest) -> Self {
        Self {
            context,
            account: &request.account,
            lookup: request.ask(),
            rejected_dir: context.store.rejected_dir(&request.key),
            retries: 0,
            is_asked_to_wait: false,
        }
    }

    /// Requests a page, retrying until it succeeds or the error is permanent. `number` is the page's in its crawl.
    ///
    /// # Errors
    /// Only the disk.
    pub(crate) async fn fetch(
        &mut self,
        number: u32,
        cursor: Option<&str>,
    ) -> Result<std::result::Result<FetchedPage, PageError>> {
        let status = if number == 1 { AccountStatus::Failed } else { AccountStatus::Partial };
        let error = |reason: String, failure, attempts| {
            Ok(Err(PageError {
                status,
                reason: format!("page {number}: {reason}"),
                failure,
                attempts,
                is_refusal: false,
            }))
        };
        let (mut attempts, mut rejections) = (0, 0);
        loop {
            if let Some((reason, failure)) = self.wait_for_slot().await {
                return error(reason, failure, attempts);
            }
            attempts += 1;
            let (response, headers) = self.context.client.page(&self.lookup, cursor).await;
            self.apply(&headers).await;
            let reason = match response {
                ApiResponse::Page { body, received_blake3, page, status } => {
                    let request_id = headers.request_id;
                    return Ok(Ok(FetchedPage { body, received_blake3, page, status, request_id, attempts }));
                }
                ApiResponse::Transient(reason) => reason,
                ApiResponse::NotAPage(rejected) => {
                    rejections += 1;
                    self.keep(number, &rejected)?;
                    rejected.reason
                }
                permanent => {
                    tracing::info!(account = self.account, page = number, request_id = headers.request_id, "no page");
                    return Ok(Err(self.permanent_failure(permanent, status, number, attempts)));
                }
            };
            if let Some(why) = self.gives_up(attempts, rejections, headers.retry_after) {
                return error(format!("{reason} ({why})"), Some(ErrorKind::Transient), attempts);
            }
            self.wait_to_retry(number, attempts, headers, &reason).await;
        }
    }

    /// Follows the API's clock and rate limit.
    async fn apply(&self, headers: &Headers) {
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
            self.context.rate_limiter.apply_headers(rate).await;
        }
    }

    /// Why a page is not requested again; `None` if it is.
    fn gives_up(&mut self, attempts: u32, rejections: u32, retry_after: Option<Duration>) -> Option<String> {
        if let Some(asked) = retry_after.filter(|asked| *asked > self.context.config.max_wait) {
            self.is_asked_to_wait = true;
            return Some(self.too_long("the API asks to wait", asked));
        }
        let tries = if attempts == 1 { "1 try".to_owned() } else { format!("{attempts} tries") };
        if attempts >= retry::TRIES || rejections >= retry::REJECTED_TRIES {
            return Some(tries);
        }
        if self.context.calls.retry() {
            return None;
        }
        Some(format!("{tries}, and the run has used up its retries"))
    }

    fn too_long(&self, what: &str, wait: Duration) -> String {
        let [wait, max] = retry::both_in_words(wait, self.context.config.max_wait);
        format!("{what} {wait}, longer than --max-wait {max}")
    }

    /// Keeps a response that is not a page: it was paid for, and it is the only evidence of what the API sent.
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
        self.retries += 1;
        let config = &self.context.config;
        let wait = retry::wait(attempts, config.retry_wait, headers.retry_after, config.max_wait, fastrand::f64());
        let wait_s = wait.as_millis() as f64 / 1000.0;
        let (account, request_id) = (self.account, headers.request_id);
        tracing::warn!(account, page = number, request_id, wait_s, "retrying: {reason}");
        self.context.stop.sleep(wait).await;
    }

    /// Waits until a request may be sent; if none may, returns why, and the kind of failure.
    async fn wait_for_slot(&mut self) -> Option<(String, Option<ErrorKind>)> {
        let stop = &self.context.stop;
        self.context.observer.waiting();
        let slot = stop.unless_stopped(self.context.rate_limiter.acquire()).await;
        self.context.observer.resumed();
        if let Some(Err(wait)) = slot {
            self.is_asked_to_wait = true;
            return Some((self.too_long("the API's rate limit is used up for", wait), Some(ErrorKind::Transient)));
        }
        if stop.reason().is_none() && !self.context.calls.take() {
            stop.now(Reason::MaxCalls);
        }
        stop.reason().map(|reason| (reason.words().to_owned(), None))
    }

    /// A response that no retry would change.
    fn permanent_failure(&self, response: ApiResponse, status: AccountStatus, number: u32, attempts: u32) -> PageError {
        let stop = &self.context.stop;
        let is_refusal = matches!(response, ApiResponse::NotFound(_) | ApiResponse::Refused(_));
        let (reason, kind) = match response {
            ApiResponse::NotFound(reason) if number == 1 => {
                let status = AccountStatus::NotFound;
                return PageError { status, reason, failure: Some(ErrorKind::Partial), attempts, is_refusal };
            }
            ApiResponse::NotFound(reason) => {
                (format!("account or cursor no longer exists: {reason}"), ErrorKind::Partial)
            }
            ApiResponse::KeyRefused(reason) => {
                stop.now(Reason::KeyRefused);
                (format!("the API refused the key: {reason}"), ErrorKind::Auth)
            }
            ApiResponse::OutOfCredits(reason) => {
                stop.now(Reason::OutOfCredits);
                (format!("out of credits: {reason}"), ErrorKind::QuotaExhausted)
            }
            ApiResponse::Refused(reason) => (reason, ErrorKind::Partial),
            ApiResponse::Page { .. } | ApiResponse::Transient(_) | ApiResponse::NotAPage(_) => {
                unreachable!("pages and temporary failures are handled by the caller")
            }
        };
        PageError { status, reason: format!("page {number}: {reason}"), failure: Some(kind), attempts, is_refusal }
    }
}
