//! What the published runs know of an account before it is crawled.

use crate::time::Timestamp;

#[derive(Debug, Clone, Default)]
pub(crate) struct AccountHistory {
    /// Known from the account's first complete crawl on.
    pub account_id: Option<String>,
    /// When the last complete crawl started.
    pub last_complete_at: Option<Timestamp>,
    /// When the last complete or incremental crawl started.
    pub last_refreshed_at: Option<Timestamp>,
    /// Pages of the newest published crawl, of the last complete one, and of the newest one if it was incremental.
    pub pages: Option<i32>,
    pub complete_pages: Option<i32>,
    pub incremental_pages: Option<i32>,
    /// The newest page log in a published run, and how many of its bytes.
    pub published: Option<(String, u64)>,
    /// The highest sequence number of the published crawls.
    pub sequence: u64,
    /// Its crawl ended in a run that was cut short and that this run continues.
    pub was_crawled_for_this_run: bool,
}
