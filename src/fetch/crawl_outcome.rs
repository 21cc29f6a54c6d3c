//! How the crawl of one account ended.

use crate::error::ErrorKind;
use crate::schema::values::AccountStatus;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrawlOutcome {
    pub account: String,
    pub status: AccountStatus,
    pub reason: Option<String>,
    /// Pages of the crawl, and those of them that this run fetched.
    pub pages: u32,
    pub new_pages: u32,
    pub items: usize,
    /// Whether this run fetched the account's profile.
    pub has_new_profile: bool,
    pub retries: u32,
    pub credits_remaining: Option<i64>,
    /// The API asked for a longer wait than the run allows.
    pub is_asked_to_wait: bool,
    /// Why the crawl failed; `None` if it ended as it should.
    pub failure: Option<ErrorKind>,
}

impl CrawlOutcome {
    pub fn new(account: &str) -> Self {
        Self { account: account.to_owned(), status: AccountStatus::Complete, ..Self::default() }
    }

    pub fn ended(mut self, status: AccountStatus, reason: String, failure: Option<ErrorKind>) -> Self {
        (self.status, self.reason, self.failure) = (status, Some(reason), failure);
        self
    }

    /// A crawl that fetched nothing.
    pub fn failed(account: &str, reason: String, failure: Option<ErrorKind>) -> Self {
        Self::new(account).ended(AccountStatus::Failed, reason, failure)
    }
}
