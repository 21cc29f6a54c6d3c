//! What will be done: plain, checked values. No clap, no environment; `cli` makes these from what was typed.

pub mod accounts;
pub mod accounts_file;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use secrecy::SecretString;

use crate::cli::progress::Progress;
use crate::config::accounts::AccountRequest;

/// Where tables come from and how they are made, whatever the command.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In the order given, without duplicates. With logs to replay these select; else they are what to fetch.
    pub accounts: Vec<AccountRequest>,
    /// Rows of the accounts file: they configure, and where no account is named they are what to fetch.
    pub known_accounts: Vec<AccountRequest>,
    /// Only where the user said so; the default is UTC.
    pub timezone: Option<Tz>,
    pub output: crate::formats::options::Options,
    /// How many published runs a store keeps.
    pub keep_runs: usize,
    /// Page logs that were lost since the last run stop nothing.
    pub accept_loss: bool,
    /// A folder of the user's own questions for the report.
    pub queries: Option<PathBuf>,
    /// Where each account stands that the user said something of.
    pub(crate) index: Index,
}

/// Places by the id and by all names of an account, looked up once for each account of a store. A copy has none yet: its
/// accounts may become others.
#[derive(Debug, Default)]
pub(crate) struct Index(OnceLock<[HashMap<String, usize>; 2]>);

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Settings {
    pub const KEEP_RUNS: usize = 14;

    /// No account, everything else by default.
    pub fn new(output: crate::formats::options::Options) -> Self {
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

    /// What the accounts file (or the argument) says of an account: by its user id, else by one of its names.
    pub fn configured(&self, names: &[&str], account_id: Option<&str>) -> Option<&AccountRequest> {
        let [by_id, by_name] = self.index.0.get_or_init(|| self.places());
        let named = || names.iter().filter_map(|name| by_name.get(*name)).min();
        let place = account_id.and_then(|id| by_id.get(id)).or_else(named)?;
        self.known_accounts.get(*place).or_else(|| self.accounts.get(place - self.known_accounts.len()))
    }

    /// Of each id and of each name the place of the first account that has it.
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
    /// Without a slash at its end; https, or http to this machine.
    pub base_url: String,
    /// `None` where no key was given: that is said once it is needed.
    pub key: Option<SecretString>,
    pub trim: bool,
    /// Of each account.
    pub max_pages: Option<u32>,
    /// A walk stops where all that follows is older than this, seen from its start; without it every walk is full.
    pub refresh_window: Option<chrono::Duration>,
    /// With a window: an account whose last complete walk began longer ago gets a full walk.
    pub full_every: Option<chrono::Duration>,
    /// A walk stops where all that follows is older than this moment.
    pub since: Option<DateTime<Utc>>,
    /// Of the whole run.
    pub max_calls: Option<u32>,
    /// Crawls that an earlier run left are resumed where they are younger than this.
    pub resume_within: chrono::Duration,
    /// Crawls that ended within that time are not made again, whatever run they are of.
    pub retry_failed: bool,
    pub concurrency: usize,
    pub requests_per_minute: u32,
    /// The wait before the first retry; it doubles from there.
    pub retry_wait: Duration,
    /// The longest wait that the API may ask for: an account that would have to wait longer ends.
    pub max_wait: Duration,
    /// Told of every page and account.
    pub progress: Progress,
}

impl FetchConfig {
    /// For looking at what a store holds, without a request.
    pub fn offline(resume_within: chrono::Duration) -> Self {
        Self {
            base_url: String::new(),
            key: None,
            trim: false,
            max_pages: None,
            max_calls: None,
            since: None,
            refresh_window: None,
            full_every: None,
            resume_within,
            retry_failed: false,
            concurrency: 1,
            requests_per_minute: 1,
            retry_wait: Duration::ZERO,
            max_wait: Duration::ZERO,
            progress: Progress::new(false),
        }
    }
}

/// Pages from disk.
#[derive(Debug, Clone)]
pub struct ReplayConfig {
    pub path: PathBuf,
    /// Reading time of bare pages that say none.
    pub observed_at: Option<DateTime<Utc>>,
}

/// Where pages come from.
#[derive(Debug, Clone)]
pub enum Source {
    Api(FetchConfig),
    Replay(ReplayConfig),
}
