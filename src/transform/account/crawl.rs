//! A crawl of an account as its page logs record it, and positions in it.

use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};

use crate::schema::cell::{Day, UtcMicros};
use crate::schema::values::AccountStatus;

/// The `start` line of a crawl.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CrawlStart {
    pub run_id: CompactString,
    /// The name that was asked for.
    #[serde(default)]
    pub account: CompactString,
    pub account_id: Option<CompactString>,
    pub label: Option<CompactString>,
    pub timezone: CompactString,
    pub followers: Option<i64>,
    pub followers_as_of: Option<Day>,
    pub started_at: UtcMicros,
    /// Counts the crawls that this store made; 0 where it is not known.
    #[serde(default)]
    pub sequence: u64,
    /// Whether it only sets the account's configuration from here on, and fetched nothing.
    pub configures_only: bool,
}

/// One page of a crawl. `body` is the page's JSON.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    pub body: &'a str,
    pub number: i32,
    pub fetched_at: UtcMicros,
    pub blake3: &'a str,
    /// Whether the body was changed before it was stored, for example where a lone surrogate became U+FFFD.
    pub was_changed: bool,
    /// Requests that this page took.
    pub attempts: i32,
}

/// A crawl from its lines so far. A crawl without an end was killed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Crawl {
    pub start: CrawlStart,
    pub pages: i32,
    pub calls: i32,
    pub last_page_at: Option<UtcMicros>,
    /// Whether its last page says that there is more and gives no cursor for it.
    #[serde(default)]
    pub lacks_cursor: bool,
    /// Status and reason as its log has them.
    pub end: Option<(AccountStatus, Option<CompactString>)>,
}

/// Crawls are ordered by their start; the run id breaks ties.
pub(crate) fn crawl_order(start: &CrawlStart) -> (UtcMicros, &str) {
    (start.started_at, &start.run_id)
}

/// Where something was found first.
#[derive(Debug)]
pub(crate) enum Example {
    /// As text, from an earlier update.
    Text(CompactString),
    /// The number of the crawl, and of the page and the item in it; the profile has neither.
    Place { crawl: usize, page: Option<i32>, item: Option<i32> },
}

impl Example {
    pub(crate) fn text(&self, crawls: &[Crawl]) -> CompactString {
        match self {
            Self::Text(text) => text.clone(),
            Self::Place { crawl, page, item } => {
                let page = page.map(|page| format!(", page {page}")).unwrap_or_default();
                let item = item.map(|item| format!(", item {item}")).unwrap_or_default();
                format_compact!("run {}{page}{item}", crawls[*crawl].start.run_id)
            }
        }
    }
}
