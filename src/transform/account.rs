//! One account: its walks and pages in, its rows of every table out.

pub mod ends;
pub mod identity;
pub mod pages;
pub mod quality;
pub mod rows;

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::schema::cell::{Day, UtcMicros};
use crate::schema::tables::{Account, Finding, Hashtag, Observation, Person, Reel, ReelState};
use crate::schema::values::{AccountStatus, Role};
use crate::transform::account::identity::Names;
use crate::transform::account::pages::Example;
use crate::transform::account::quality::Doubts;
use crate::transform::account::rows::{add_hashtags, add_people, observation};
use crate::transform::flatten::Reading;
use crate::transform::history::Folded;
use crate::transform::{baseline, caption, engagement, history, posting_time};

/// The `start` line of a walk.
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
    /// Says how the account is configured from here on, and fetched nothing.
    pub configures_only: bool,
}

/// One page of a walk. `body` is the page's JSON.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    pub body: &'a str,
    pub number: i32,
    pub fetched_at: UtcMicros,
    pub blake3: &'a str,
    /// Whether the body was changed before it was stored, as where half a surrogate pair became U+FFFD.
    pub was_changed: bool,
    /// Requests that this page took.
    pub attempts: i32,
}

/// A walk as its lines so far tell it. No end is a walk that was killed.
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

/// What a fold keeps of an account besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountCheckpoint {
    /// The user's configuration, by the newest start line.
    pub newest_start: CrawlStart,
    /// `None` where there were only start lines that configure.
    pub newest_walk: Option<Crawl>,
    /// The account's user id: the first that was asked for or learned from a reel whose owner has the name asked for.
    /// It stays, whoever has the name later.
    pub account_id: Option<CompactString>,
    /// The names that the account was asked for by, oldest first, each with the run that began with it.
    pub names: Vec<(CompactString, CompactString)>,
    /// When the last complete walk began, and its pages.
    pub last_complete_at: Option<UtcMicros>,
    pub complete_pages: Option<i32>,
    /// When the last complete or incremental crawl started.
    pub last_refreshed_at: Option<UtcMicros>,
    /// When the full crawls began to show under half of the listed reels, where the newest of them did.
    #[serde(default)]
    pub shrunk_since: Option<UtcMicros>,
    /// The highest number of the crawls.
    #[serde(default)]
    pub sequence: u64,
    /// The newest page of all walks.
    pub newest_page_at: Option<UtcMicros>,
    /// Walks and readings folded, and items met in all pages, rejects included.
    pub walks: u64,
    pub readings: u64,
    pub items: u64,
}

/// An account as an earlier fold left it: what it kept, and its rows.
#[derive(Debug, Clone, Default)]
pub struct AccountState {
    pub carried: AccountCheckpoint,
    pub reels: Vec<Reel>,
    pub people: Vec<Person>,
    pub findings: Vec<Finding>,
    pub fold: Vec<ReelState>,
}

/// The rows of one account, each table in its sort order.
#[derive(Debug, Default)]
pub struct AccountTables {
    pub reels: Vec<Reel>,
    /// Of the readings that this fold took in.
    pub observations: Vec<Observation>,
    pub hashtags: Vec<Hashtag>,
    pub people: Vec<Person>,
    pub account: Account,
    pub findings: Vec<Finding>,
    pub fold: Vec<ReelState>,
    pub carried: AccountCheckpoint,
    /// Warnings about the newest crawl, for whoever started the run; each is a finding too.
    pub warnings: Vec<String>,
}

/// Takes an account's walks, oldest first or not, and makes its rows.
#[derive(Debug, Default)]
pub struct Builder {
    account: CompactString,
    walks: Vec<Crawl>,
    /// The walk that the next page belongs to.
    current: usize,
    readings: Vec<Reading>,
    /// Where the reading of a (walk, reel) stands: a reel seen on two pages of a walk is one reading.
    seen: HashMap<(usize, CompactString), usize>,
    findings: BTreeMap<(CompactString, CompactString), (i64, Example)>,
    /// What is folded already.
    carried: Option<AccountCheckpoint>,
    folded: Vec<Folded>,
    items: u64,
}

impl Builder {
    pub fn new(account: &str) -> Self {
        Self { account: account.into(), ..Self::default() }
    }

    /// Goes on where an earlier fold ended.
    pub fn on(account: &str, earlier: AccountState) -> Self {
        let AccountState { carried, reels, people, findings, fold } = earlier;
        let mut builder = Self::new(account);
        builder.items = carried.items;
        builder.carried = Some(carried);
        let finding = |row: Finding| ((row.finding, row.detail), (row.count, Example::ImportedLogs(row.example)));
        // What follows from the account's state is found again each time; what was met on a page is kept.
        let of_state = |row: &Finding| identity::FINDINGS.iter().chain(&quality::FINDINGS).any(|of| row.finding == *of);
        let of_pages = findings.into_iter().filter(|row| !of_state(row));
        builder.findings = of_pages.map(finding).collect();
        let mut fold: HashMap<CompactString, ReelState> =
            fold.into_iter().map(|row| (row.reel_id.clone(), row)).collect();
        let mut by_reel: HashMap<CompactString, Vec<Person>> = HashMap::new();
        // Mentions are made of the caption each time.
        for person in people.into_iter().filter(|person| person.role != Role::Mention) {
            by_reel.entry(person.reel_id.clone()).or_default().push(person);
        }
        builder.folded = reels
            .into_iter()
            .map(|reel| {
                let people = by_reel.remove(&reel.reel_id).unwrap_or_default();
                let fold = fold.remove(&reel.reel_id).unwrap_or_default();
                Folded { reading: Reading { reel: reel.into(), people, roles: Vec::new(), walk: 0 }, fold }
            })
            .collect();
        builder
    }

    /// Whether all that came is newer than what is folded, so that folding on gives what folding anew would.
    pub fn follows(&self) -> bool {
        let Some(carried) = &self.carried else { return true };
        let newest = self.folded.iter().map(|folded| folded.reading.reel.observed_at).max();
        let follows = |walk: &Crawl| {
            let pages_follow = walk.last_page_at.is_none_or(|at| Some(at) > newest);
            pages_follow && walk_order(&walk.start) > walk_order(&carried.newest_start)
        };
        self.walks.iter().all(follows) && self.readings.iter().all(|reading| Some(reading.reel.observed_at) > newest)
    }

    /// Begins a walk, or goes on with it where its pages lie in several logs; what follows is its own.
    pub fn start(&mut self, mut start: CrawlStart) {
        if start.account.is_empty() {
            start.account.clone_from(&self.account);
        }
        let same = |walk: &Crawl| walk_order(&walk.start) == walk_order(&start);
        self.current = self.walks.iter().position(same).unwrap_or(self.walks.len());
        if self.current == self.walks.len() {
            self.walks.push(Crawl { start, ..Crawl::default() });
        }
    }

    /// The newest `end` of the current walk rules.
    pub fn end(&mut self, status: AccountStatus, reason: Option<&str>, attempts: i32) {
        if let Some(walk) = self.walks.get_mut(self.current) {
            walk.calls = walk.calls.saturating_add(attempts);
            walk.end = Some((status, reason.map(CompactString::from)));
        }
    }

    /// Names the run of walks that began without a name, because it goes by their pages.
    pub fn name_run(&mut self, run_id: &str) {
        for walk in self.walks.iter_mut().filter(|walk| walk.start.run_id.is_empty()) {
            walk.start.run_id = run_id.into();
        }
    }

    /// Makes the rows.
    ///
    /// # Errors
    /// A time zone in the log that is no IANA zone.
    pub fn finish(mut self) -> Result<AccountTables> {
        for reading in &mut self.readings {
            reading.reel.run_id.clone_from(&self.walks[reading.walk].start.run_id);
        }
        self.readings.sort_by(|a, b| reading_order(&a.reel).cmp(&reading_order(&b.reel)));
        let mut carried = self.carry()?;
        let observations = self.readings.iter().map(|reading| observation(&reading.reel)).collect();
        let (earlier, readings) = (std::mem::take(&mut self.folded), std::mem::take(&mut self.readings));
        let (mut folded, shrunk) = history::fold(earlier, readings, &self.complete_walks(), &mut carried.shrunk_since);
        let warnings = self.note_ends(&mut carried, &shrunk);
        let start = &carried.newest_start;
        let zone: Tz = start.timezone.parse().map_err(|_| {
            Error::invalid_data(format!("account {}: '{}' is no IANA time zone", self.account, start.timezone))
        })?;
        let account_id = carried.account_id.clone();
        let names = Names::of(&self.account, &carried);
        folded.sort_by(|a, b| a.fold.reel_id.cmp(&b.fold.reel_id));
        let mut tables = AccountTables { observations, warnings, ..AccountTables::default() };
        let mut reels = Vec::new();
        // Of the newest crawl that showed anything.
        let newest = folded.iter().map(|folded| &folded.reading.reel).max_by_key(|reel| reading_order(reel));
        let newest_run = newest.map(|reel| reel.run_id.clone());
        let is_of_now = self.walks.iter().any(|walk| Some(&walk.start.run_id) == newest_run.as_ref());
        let mut doubts = Doubts::new(newest_run);
        for Folded { mut reading, fold } in folded {
            let reel = reading.reel.as_mut();
            reel.account_id.clone_from(&account_id);
            reel.account_label.clone_from(&start.label);
            reel.is_own = names.is_own(reel, account_id.as_deref());
            posting_time::fill(reel, zone);
            engagement::fill_rates(reel);
            doubts.look_at(reel, &fold);
            let parts = caption::fill(reel);
            add_hashtags(&mut tables.hashtags, reel, &parts);
            add_people(&mut tables.people, &mut reading, &parts);
            reels.push(reading.reel);
            tables.fold.push(fold);
        }
        reels.sort_by(|a, b| b.posted_at.cmp(&a.posted_at).then_with(|| a.reel_id.cmp(&b.reel_id)));
        tables.reels = reels.into_iter().map(|reel| *reel).collect();
        baseline::fill(&mut tables.reels);
        tables.account = self.account_row(&carried, account_id, &tables.reels);
        tables.findings = self.finding_rows();
        let (identity, warnings) = names.remarks(&carried, &tables.reels);
        tables.findings.extend(identity.into_iter().map(|remark| remark.finding(&self.account)));
        tables.warnings.extend(warnings);
        let (doubts, warnings) = doubts.finish(&self.account);
        tables.findings.extend(doubts);
        tables.warnings.extend(warnings.into_iter().filter(|_| is_of_now));
        tables.findings.sort_by(|a, b| (&a.finding, &a.detail).cmp(&(&b.finding, &b.detail)));
        tables.carried = carried;
        tables.observations.sort_by(Observation::order);
        Ok(tables)
    }

    /// What is kept of the walks so far: those that came now, else what an earlier fold kept. The ends are noted later.
    fn carry(&self) -> Result<AccountCheckpoint> {
        let before = self.carried.clone().unwrap_or_default();
        let by_age = |walks: Vec<&Crawl>| walks.into_iter().max_by_key(|walk| walk_order(&walk.start)).cloned();
        let newest = by_age(self.walks.iter().collect()).map(|walk| walk.start);
        let newest_start = newest.or_else(|| self.carried.as_ref().map(|carried| carried.newest_start.clone()));
        let newest_walk = by_age(self.walks.iter().filter(|walk| !walk.start.configures_only).collect());
        Ok(AccountCheckpoint {
            newest_start: newest_start
                .ok_or_else(|| Error::unexpected(format!("account {}: no walk to make rows of", self.account)))?,
            newest_walk: newest_walk.or(before.newest_walk),
            account_id: before.account_id.or_else(|| self.first_id()),
            names: self.names(before.names),
            last_complete_at: before.last_complete_at,
            complete_pages: before.complete_pages,
            last_refreshed_at: before.last_refreshed_at,
            shrunk_since: before.shrunk_since,
            sequence: self.walks.iter().map(|walk| walk.start.sequence).max().unwrap_or(0).max(before.sequence),
            newest_page_at: self.walks.iter().filter_map(|walk| walk.last_page_at).max().max(before.newest_page_at),
            walks: before.walks + self.walks.iter().filter(|walk| !walk.start.configures_only).count() as u64,
            readings: before.readings + self.readings.len() as u64,
            items: self.items,
        })
    }

    /// The walks by their age.
    fn walks_by_age(&self) -> Vec<(usize, &Crawl)> {
        let mut walks: Vec<(usize, &Crawl)> = self.walks.iter().enumerate().collect();
        walks.sort_by(|(_, a), (_, b)| walk_order(&a.start).cmp(&walk_order(&b.start)));
        walks
    }

    /// The user id that the oldest of these walks tells: it was asked for, or owns a reel under the name asked for.
    fn first_id(&self) -> Option<CompactString> {
        let mut named: HashMap<usize, &CompactString> = HashMap::new();
        for reading in &self.readings {
            let asked = &self.walks[reading.walk].start.account;
            if let Some(owner) = reading.reel.owner_id.as_ref().filter(|_| identity::has_name(&reading.reel, asked)) {
                named.entry(reading.walk).or_insert(owner);
            }
        }
        let is_id = |start: &CrawlStart| identity::is_bare_id(&start.account).then(|| start.account.clone());
        self.walks_by_age().into_iter().find_map(|(number, Crawl { start, .. })| {
            start.account_id.clone().or_else(|| is_id(start)).or_else(|| named.get(&number).map(|id| (*id).clone()))
        })
    }

    /// The names that were asked for so far.
    fn names(&self, mut names: Vec<(CompactString, CompactString)>) -> Vec<(CompactString, CompactString)> {
        for (_, Crawl { start, .. }) in self.walks_by_age() {
            if names.last().is_none_or(|(name, _)| *name != start.account) {
                names.push((start.account.clone(), start.run_id.clone()));
            }
        }
        names
    }

    fn account_row(&self, carried: &AccountCheckpoint, account_id: Option<CompactString>, reels: &[Reel]) -> Account {
        let none = Crawl::default();
        let (newest_start, walk) = (&carried.newest_start, carried.newest_walk.as_ref().unwrap_or(&none));
        let (status, reason) = match walk.outcome() {
            Some((status, reason)) => (status.text().into(), reason.map(CompactString::from)),
            None => (AccountStatus::Partial.text().into(), Some("the crawl was killed before it ended".into())),
        };
        // Followers given later without a walk are the newest that the user said.
        let followers_from = if newest_start.followers.is_some() { newest_start } else { &walk.start };
        let posted = || reels.iter().filter(|reel| !reel.has_impossible_time).map(|reel| reel.posted_at);
        Account {
            account: self.account.clone(),
            account_id,
            account_label: newest_start.label.clone(),
            followers: followers_from.followers,
            followers_as_of: followers_from.followers_as_of,
            timezone: newest_start.timezone.clone(),
            status,
            status_reason: reason,
            crawl_started_at: walk.start.started_at,
            previous_observed_at: previous_observed_at(reels, walk.start.started_at),
            pages: walk.pages,
            calls: walk.calls,
            reels: reels.len() as i64,
            first_posted_at: posted().min(),
            last_posted_at: posted().max(),
            observed_at: walk.last_page_at,
            run_id: walk.start.run_id.clone(),
        }
    }

    fn finding_rows(&self) -> Vec<Finding> {
        let row = |((finding, detail), (count, example)): (&(CompactString, CompactString), &(i64, Example))| Finding {
            account: self.account.clone(),
            finding: finding.clone(),
            detail: detail.clone(),
            count: *count,
            example: example.in_words(&self.walks),
        };
        self.findings.iter().map(row).collect()
    }
}

/// When the account's own reels were last observed before this crawl.
fn previous_observed_at(reels: &[Reel], crawl_started_at: UtcMicros) -> Option<UtcMicros> {
    let own = reels.iter().filter(|reel| reel.is_own == Some(true));
    let before = |reel: &Reel| {
        if reel.observed_at < crawl_started_at { Some(reel.observed_at) } else { reel.previous_observed_at }
    };
    own.filter_map(before).max()
}

/// Walks are as old as they began; a run id breaks ties so that the order is one.
fn walk_order(start: &CrawlStart) -> (UtcMicros, &str) {
    (start.started_at, &start.run_id)
}

/// By age; pages that were read at one moment are told apart by their hash.
fn reading_order(reel: &Reel) -> (UtcMicros, &str) {
    (reel.observed_at, &reel.page_blake3)
}
