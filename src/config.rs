//! The configuration of a run: plain, checked values. No clap, no environment; `cli` makes these from what was typed.

pub(crate) mod accounts;
pub(crate) mod accounts_file;
pub(crate) mod price;
pub(crate) mod shard;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use secrecy::SecretString;

use crate::config::accounts::AccountRequest;
use crate::config::price::CallPrice;
use crate::formats::options::{Format, Options};

/// The accounts, and how their tables are made, whatever the command.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The accounts that were named, in order, without duplicates: in a replay a selection, else what to fetch.
    pub accounts: Vec<AccountRequest>,
    /// The rows of the accounts file: the configuration of accounts and, if none is named, what to fetch.
    pub known_accounts: Vec<AccountRequest>,
    /// `None` if the user gave none: UTC.
    pub timezone: Option<Tz>,
    pub output: Options,
    /// The number of published runs that a store keeps.
    pub keep_runs: usize,
    /// Continue without page logs that were lost since the last run.
    pub accept_loss: bool,
    /// The directory of the user's own queries for the report.
    pub queries: Option<PathBuf>,
    /// The positions of the configured accounts.
    pub(crate) index: Index,
}

/// Positions by the id and by every name of an account, computed once. A clone starts without: its accounts may change.
#[derive(Debug, Default)]
pub(crate) struct Index(OnceLock<[HashMap<String, usize>; 2]>);

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Default for Settings {
    /// No account, Parquet files, everything else by default.
    fn default() -> Self {
        Self::new(Options::new(&[Format::Parquet]))
    }
}

impl Settings {
    pub const KEEP_RUNS: usize = 14;

    /// No account, and defaults.
    pub fn new(output: Options) -> Self {
        let keep_runs = Self::KEEP_RUNS;
        Self {
            accounts: Vec::new(),
            known_accounts: Vec::new(),
            timezone: None,
            output,
            accept_loss: false,
            keep_runs,
            queries: None,
            index: Index::default(),
        }
    }

    /// The configuration of an account, found by its user id, else by one of its names.
    pub fn configured(&self, names: &[&str], account_id: Option<&str>) -> Option<&AccountRequest> {
        let [by_id, by_name] = self.index.0.get_or_init(|| self.places());
        let named = || names.iter().filter_map(|name| by_name.get(*name)).min();
        let place = account_id.and_then(|id| by_id.get(id)).or_else(named)?;
        self.known_accounts.get(*place).or_else(|| self.accounts.get(place - self.known_accounts.len()))
    }

    /// For each id and each name, the position of the first account that has it.
    fn places(&self) -> [HashMap<String, usize>; 2] {
        let (mut by_id, mut by_name) = (HashMap::new(), HashMap::new());
        for (place, request) in self.known_accounts.iter().chain(&self.accounts).enumerate() {
            for name in [Some(&request.account), Some(&request.key), request.account_id.as_ref()].into_iter().flatten()
            {
                by_name.entry(name.clone()).or_insert(place);
            }
            if let Some(id) = &request.account_id {
                by_id.entry(id.clone()).or_insert(place);
            }
        }
        [by_id, by_name]
    }

    /// The accounts to fetch.
    pub fn requests(&self) -> &[AccountRequest] {
        if self.accounts.is_empty() { &self.known_accounts } else { &self.accounts }
    }

    /// The time zone that the user gave for the account, if any.
    pub fn timezone_of(&self, request: Option<&AccountRequest>) -> Option<Tz> {
        request.and_then(|request| request.timezone).or(self.timezone)
    }
}

/// How pages are fetched.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// Without a trailing slash; https, or http to this machine.
    pub base_url: String,
    /// `None` is an error only once a request is due.
    pub key: Option<SecretString>,
    pub trim: bool,
    /// Per account.
    pub max_pages: Option<u32>,
    /// A crawl stops where all that follows is older than this, measured from its start; without it every crawl is full.
    pub refresh_window: Option<chrono::Duration>,
    /// With a window: an account whose last full crawl started longer ago gets a full crawl.
    pub full_every: Option<chrono::Duration>,
    /// A crawl stops where all that follows is older than this.
    pub since: Option<DateTime<Utc>>,
    /// Per run.
    pub max_calls: Option<u32>,
    /// Whether that is what `--max-cost` pays for.
    pub max_calls_by_cost: bool,
    /// `None` where costs are not shown.
    pub price: Option<CallPrice>,
    /// Interrupted crawls are resumed if they started within this time.
    pub resume_within: chrono::Duration,
    /// Crawls that ended within that time are reused, whatever run they are of.
    pub retry_failed: bool,
    /// Whether each crawl fetches the account's profile.
    pub profiles: bool,
    pub concurrency: usize,
    pub requests_per_minute: u32,
    /// The wait before the first retry; it doubles from there.
    pub retry_wait: Duration,
    /// The longest wait that the API may ask for: if it asks for more, the account fails for now.
    pub max_wait: Duration,
}

impl FetchConfig {
    /// To look at a store without sending a request.
    pub fn offline(resume_within: chrono::Duration) -> Self {
        Self {
            base_url: String::new(),
            key: None,
            trim: false,
            max_pages: None,
            max_calls: None,
            max_calls_by_cost: false,
            price: None,
            since: None,
            refresh_window: None,
            full_every: None,
            resume_within,
            retry_failed: false,
            profiles: false,
            concurrency: 1,
            requests_per_minute: 1,
            retry_wait: Duration::ZERO,
            max_wait: Duration::ZERO,
        }
    }
}

/// The days from one to another, both included; all days where neither is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayRange {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl DayRange {
    pub fn is_limited(self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    pub fn contains(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// The days in words; `None` for all days.
    pub fn text(self) -> Option<String> {
        Some(match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("on {from}"),
            (Some(from), Some(to)) => format!("from {from} to {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("up to {to}"),
            (None, None) => return None,
        })
    }
}

/// Pages from disk.
#[derive(Debug, Clone)]
pub struct ReplayConfig {
    pub path: PathBuf,
    /// The timestamp of saved pages that carry none.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ReplayConfig {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), observed_at: None }
    }
}

/// Where pages come from.
#[derive(Debug, Clone)]
pub enum Source {
    Api(FetchConfig),
    Replay(ReplayConfig),
}
