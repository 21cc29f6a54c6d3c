//! One page, or the profile: requested at the pace of the rate limit, and retried until it comes or the error is permanent.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::config::accounts::{AccountLookup, AccountRequest};
use crate::error::{ErrorKind, Result};
use crate::fetch::client::{ApiResponse, Headers, ReadBody};
use crate::fetch::endpoint::ProfileLookup;
use crate::fetch::{context::Context, rejected, rejected::Rejected, retry, shutdown::Reason};
use crate::instagram::{profile, profile::ProfileContents, response, response::PageContents};
use crate::schema::values::AccountStatus;
use crate::time::timestamp;

/// What is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// By its number in the crawl.
    Page(u32),
    Profile,
}

impl Wanted {
    fn page(self) -> Option<u32> {
        match self {
            Self::Page(number) => Some(number),
            Self::Profile => None,
        }
    }

    /// The reason why it did not come; a crawl has many pages and one profile.
    fn reason(self, why: String) -> String {
        match self {
            Self::Page(_) => format!("{}: {why}", self.name()),
            Self::Profile => why,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Page(number) => format!("page {number}"),
            Self::Profile => "profile".to_owned(),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Profile => "profile",
        }
    }
}

/// A page or a profile, with what the page log says of it.
pub(crate) struct Fetched<T> {
    /// As it is to be stored.
    pub body: String,
    pub received_blake3: Option<String>,
    pub contents: T,
    pub status: u16,
    pub request_id: Option<String>,
    pub attempts: Attempts,
}

/// The requests that one answer took, and those of them that the vendor bills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub made: u32,
    pub billed: u32,
}

/// Why nothing came.
pub(crate) struct RequestError {
    pub status: AccountStatus,
    pub reason: String,
    /// `None` if the run was stopped.
    pub failure: Option<ErrorKind>,
    pub attempts: Attempts,
    /// The API may no longer know the cursor.
    pub is_refusal: bool,
}

/// Requests the pages and the profile of one account, one after the other.
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

    /// Requests a page; `number` is the page's in its crawl.
    ///
    /// # Errors
    /// Only the disk.
    pub(crate) async fn page(
        &mut self,
        number: u32,
        cursor: Option<&str>,
    ) -> Result<std::result::Result<Fetched<PageContents>, RequestError>> {
        let url = self.context.client.page_url(&self.lookup, cursor);
        self.fetch(Wanted::Page(number), url, response::classify).await
    }

    /// Requests the account's profile.
    ///
    /// # Errors
    /// Only the disk.
    pub(crate) async fn profile(
        &mut self,
        lookup: ProfileLookup<'_>,
    ) -> Result<std::result::Result<Fetched<ProfileContents>, RequestError>> {
        let url = self.context.client.profile_url(lookup);
        let fetched = match self.fetch(Wanted::Profile, url, profile::classify).await? {
            Ok(fetched) => fetched,
            error => return Ok(error),
        };
        let Some(other) = other_user(&fetched.contents, lookup) else { return Ok(Ok(fetched)) };
        let reason = format!("the API sent the profile of {other} instead of {}", lookup.parameter().1);
        let Fetched { body, status, attempts, .. } = fetched;
        let (content_type, content_encoding) = (None, None);
        let rejected =
            Rejected { status, reason: reason.clone(), content_type, content_encoding, body: body.into_bytes() };
        self.keep(Wanted::Profile, &rejected)?;
        let (status, failure) = (AccountStatus::Partial, Some(ErrorKind::Partial));
        Ok(Err(RequestError { status, reason, failure, attempts, is_refusal: false }))
    }

    /// Sends requests until one succeeds or the error is permanent.
    async fn fetch<T>(
        &mut self,
        wanted: Wanted,
        url: Url,
        read: ReadBody<T>,
    ) -> Result<std::result::Result<Fetched<T>, RequestError>> {
        let status = if wanted == Wanted::Page(1) { AccountStatus::Failed } else { AccountStatus::Partial };
        let error = |reason: String, failure, attempts| {
            Ok(Err(RequestError { status, reason: wanted.reason(reason), failure, attempts, is_refusal: false }))
        };
        let (mut attempts, mut rejections) = (Attempts::default(), 0);
        loop {
            if let Some((reason, failure)) = self.wait_for_slot().await {
                return error(reason, failure, attempts);
            }
            attempts.made += 1;
            let (response, headers) = self.context.client.get(url.clone(), read).await;
            if headers.is_billed {
                attempts.billed += 1;
                self.context.calls.bill();
            }
            self.apply(&headers).await;
            let reason = match response {
                ApiResponse::Whole { body, received_blake3, contents, status } => {
                    let request_id = headers.request_id;
                    return Ok(Ok(Fetched { body, received_blake3, contents, status, request_id, attempts }));
                }
                ApiResponse::Transient(reason) => reason,
                ApiResponse::NotAPage(rejected) => {
                    rejections += 1;
                    self.keep(wanted, &rejected)?;
                    rejected.reason
                }
                permanent => {
                    let (account, page, request_id) = (self.account, wanted.page(), headers.request_id);
                    tracing::info!(account, page, request_id, "no {}", wanted.noun());
                    return Ok(Err(self.permanent_failure(permanent, status, wanted, attempts)));
                }
            };
            if let Some(why) = self.gives_up(wanted, attempts.made, rejections, headers.retry_after) {
                return error(format!("{reason} ({why})"), Some(ErrorKind::Transient), attempts);
            }
            self.wait_to_retry(wanted, attempts.made, headers, &reason).await;
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
    fn gives_up(
        &mut self,
        wanted: Wanted,
        attempts: u32,
        rejections: u32,
        retry_after: Option<Duration>,
    ) -> Option<String> {
        if let Some(asked) = retry_after.filter(|asked| *asked > self.context.config.max_wait) {
            self.is_asked_to_wait = true;
            return Some(self.too_long("the API asks to wait", asked));
        }
        let tries = if attempts == 1 { "1 try".to_owned() } else { format!("{attempts} tries") };
        if attempts >= retry::TRIES || rejections >= retry::REJECTED_TRIES {
            return Some(tries);
        }
        if self.context.calls.retry(wanted == Wanted::Profile) {
            return None;
        }
        Some(format!("{tries}, and the run has used up its retries"))
    }

    fn too_long(&self, what: &str, wait: Duration) -> String {
        let [wait, max] = retry::both_in_words(wait, self.context.config.max_wait);
        format!("{what} {wait}, longer than --max-wait {max}")
    }

    /// Keeps a response that is not a page: it was paid for, and it is the only evidence of what the API sent.
    fn keep(&self, wanted: Wanted, rejected: &Rejected) -> Result<()> {
        let file = rejected::keep(&self.rejected_dir, self.context.clock.now(), &wanted.name(), rejected)?;
        tracing::warn!(
            account = self.account,
            page = wanted.page(),
            file = %file.display(),
            "not a {}: {}; the response is kept in this file",
            wanted.noun(),
            rejected.reason
        );
        Ok(())
    }

    async fn wait_to_retry(&mut self, wanted: Wanted, attempts: u32, headers: Headers, reason: &str) {
        self.retries += 1;
        let config = &self.context.config;
        let wait = retry::wait(attempts, config.retry_wait, headers.retry_after, config.max_wait, fastrand::f64());
        let wait_s = wait.as_millis() as f64 / 1000.0;
        let (account, request_id) = (self.account, headers.request_id);
        let what = if wanted == Wanted::Profile { " the profile" } else { "" };
        tracing::warn!(account, page = wanted.page(), request_id, wait_s, "retrying{what}: {reason}");
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
            stop.now(if self.context.config.max_calls_by_cost { Reason::MaxCost } else { Reason::MaxCalls });
        }
        stop.reason().map(|reason| (reason.words().to_owned(), None))
    }

    /// A response that no retry would change.
    fn permanent_failure<T>(
        &self,
        response: ApiResponse<T>,
        status: AccountStatus,
        wanted: Wanted,
        attempts: Attempts,
    ) -> RequestError {
        let stop = &self.context.stop;
        let is_refusal = matches!(response, ApiResponse::NotFound(_) | ApiResponse::Refused(_));
        let (reason, kind) = match response {
            ApiResponse::NotFound(reason) if wanted == Wanted::Page(1) => {
                let status = AccountStatus::NotFound;
                return RequestError { status, reason, failure: Some(ErrorKind::Partial), attempts, is_refusal };
            }
            ApiResponse::NotFound(reason) | ApiResponse::KeyRefused(reason) if wanted == Wanted::Profile => {
                (reason, ErrorKind::Partial)
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
            ApiResponse::Whole { .. } | ApiResponse::Transient(_) | ApiResponse::NotAPage(_) => {
                unreachable!("pages and temporary failures are handled by the caller")
            }
        };
        RequestError { status, reason: wanted.reason(reason), failure: Some(kind), attempts, is_refusal }
    }
}

/// The user of a profile, where it is another than the one that was asked for.
fn other_user<'p>(profile: &'p ProfileContents, lookup: ProfileLookup) -> Option<&'p str> {
    match lookup {
        ProfileLookup::UserId(id) => profile.user_id.as_deref().filter(|found| *found != id),
        ProfileLookup::Handle(handle) => {
            profile.username.as_deref().filter(|found| !found.eq_ignore_ascii_case(handle))
        }
    }
}
