//! What an update starts from, and what it produces.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::schema::cell::UtcMicros;
use crate::schema::tables::{Account, AccountDay, Finding, Hashtag, Observation, Person, Profile, Reel, ReelState};
use crate::transform::account::crawl::{Crawl, CrawlStart};
use crate::transform::account::followers::FollowerHistory;

/// What the next update needs of an account besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountCheckpoint {
    /// The user's configuration, by the newest start line.
    pub newest_start: CrawlStart,
    /// `None` where there were only start lines that set the configuration.
    #[serde(alias = "newest_walk")]
    pub newest_crawl: Option<Crawl>,
    /// The account's user id: the first one requested, or found on a reel whose owner has the requested name. It stays,
    /// whoever has the name later.
    pub account_id: Option<CompactString>,
    /// The names that the account was asked for by, oldest first, each with the run that began with it.
    pub names: Vec<(CompactString, CompactString)>,
    /// The follower counts that apply to what is observed next.
    #[serde(default)]
    pub followers: FollowerHistory,
    /// When the last complete crawl began, and its pages.
    pub last_complete_at: Option<UtcMicros>,
    pub complete_pages: Option<i32>,
    /// When the last full or incremental crawl began.
    pub last_refreshed_at: Option<UtcMicros>,
    /// When the full crawls began to show under half of the listed reels, where the newest of them did.
    #[serde(default)]
    pub shrunk_since: Option<UtcMicros>,
    /// The highest number of the crawls.
    #[serde(default)]
    pub sequence: u64,
    /// The newest page of all crawls.
    pub newest_page_at: Option<UtcMicros>,
    /// Crawls, observations, and items in all pages, rejects included.
    #[serde(alias = "walks")]
    pub crawls: u64,
    #[serde(alias = "readings")]
    pub observations: u64,
    pub items: u64,
}

/// The rows of one account, each table in its sort order.
#[derive(Debug, Default)]
pub struct AccountTables {
    pub reels: Vec<Reel>,
    /// Only the observations of this update.
    pub observations: Vec<Observation>,
    pub hashtags: Vec<Hashtag>,
    pub people: Vec<Person>,
    pub account: Account,
    pub profiles: Vec<Profile>,
    pub days: Vec<AccountDay>,
    pub findings: Vec<Finding>,
    pub reel_states: Vec<ReelState>,
    pub checkpoint: AccountCheckpoint,
    /// Warnings about the newest crawl, for whoever started the run; each is a finding too.
    pub warnings: Vec<String>,
    /// The days of an earlier update are wrong now, since an owner or the time zone has changed: only a rebuild is right.
    pub needs_rebuild: bool,
}
