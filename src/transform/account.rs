//! One account: its crawls and pages in, its rows of every table out.

pub(crate) mod add_page;
pub(crate) mod checkpoint;
pub(crate) mod crawl;
pub(crate) mod crawl_status;
pub(crate) mod followers;
pub(crate) mod identity;
pub(crate) mod profiles;
pub(crate) mod recent;
pub(crate) mod reel_checks;

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use compact_str::CompactString;

use crate::error::{Error, Result};
use crate::schema::cell::UtcMicros;
use crate::schema::tables::{Account, Finding, Hashtag, Observation, Person, Profile, Reel, ReelState};
use crate::schema::values::{AccountStatus, Role};
use crate::transform::account::checkpoint::{AccountCheckpoint, AccountTables};
use crate::transform::account::crawl::{Crawl, CrawlStart, Example, crawl_order};
use crate::transform::account::followers::FollowerHistory;
use crate::transform::account::{identity::Names, reel_checks::ReelChecks};
use crate::transform::{baseline, caption, days::Days, engagement, flatten::ObservedReel, posting_time};
use crate::transform::{history, history::progress::ReelHistory};

/// Takes an account's crawls, in any order, and makes its rows.
#[derive(Debug, Default)]
pub struct AccountBuilder {
    account: CompactString,
    crawls: Vec<Crawl>,
    /// The crawl of the next page.
    current: usize,
    observations: Vec<ObservedReel>,
    /// The index of each (crawl, reel): a reel on two pages of a crawl is one observation.
    seen: HashMap<(usize, CompactString), usize>,
    findings: BTreeMap<(CompactString, CompactString), (i64, Example)>,
    /// From an earlier update.
    checkpoint: Option<AccountCheckpoint>,
    histories: Vec<ReelHistory>,
    profiles: Vec<Profile>,
    /// The new ones, each with the number of its crawl.
    new_profiles: Vec<(usize, Profile)>,
    days: Days,
    items: u64,
}

impl AccountBuilder {
    pub fn new(account: &str) -> Self {
        Self { account: account.into(), ..Self::default() }
    }

    /// Updates an account from its checkpoint, reels, people, findings and reel states of an earlier update.
    pub fn on(account: &str, earlier: AccountTables) -> Self {
        let AccountTables { checkpoint, reels, people, profiles, days, findings, reel_states, .. } = earlier;
        let mut builder = Self::new(account);
        builder.items = checkpoint.items;
        builder.profiles = profiles;
        builder.days = Days::of(&days);
        builder.checkpoint = Some(checkpoint);
        let finding = |row: Finding| ((row.finding, row.detail), (row.count, Example::Text(row.example)));
        // Findings about the account and its reels are made again each time; findings of pages are kept.
        let is_of_state =
            |row: &Finding| identity::FINDINGS.iter().chain(&reel_checks::FINDINGS).any(|of| row.finding == *of);
        let of_pages = findings.into_iter().filter(|row| !is_of_state(row));
        builder.findings = of_pages.map(finding).collect();
        let mut states: HashMap<CompactString, ReelState> =
            reel_states.into_iter().map(|row| (row.reel_id.clone(), row)).collect();
        let mut by_reel: HashMap<CompactString, Vec<Person>> = HashMap::new();
        // Mentions are made from the caption each time.
        for person in people.into_iter().filter(|person| person.role != Role::Mention) {
            by_reel.entry(person.reel_id.clone()).or_default().push(person);
        }
        builder.histories = reels
            .into_iter()
            .map(|reel| {
                let people = by_reel.remove(&reel.reel_id).unwrap_or_default();
                let state = states.remove(&reel.reel_id).unwrap_or_default();
                let was_own = Some(reel.is_own == Some(true));
                let observation = ObservedReel { reel: reel.into(), people, ..ObservedReel::default() };
                ReelHistory { observation, state, was_own, ..ReelHistory::default() }
            })
            .collect();
        builder
    }

    /// Whether everything added is newer than the earlier state, so that the update equals a rebuild.
    pub fn is_in_order(&self) -> bool {
        let Some(checkpoint) = &self.checkpoint else { return true };
        let newest = self.histories.iter().map(|history| history.observation.reel.observed_at).max();
        let is_newer = |crawl: &Crawl| {
            let pages_follow = crawl.last_page_at.is_none_or(|at| Some(at) > newest);
            pages_follow && crawl_order(&crawl.start) > crawl_order(&checkpoint.newest_start)
        };
        self.crawls.iter().all(is_newer)
            && self.observations.iter().all(|observation| Some(observation.reel.observed_at) > newest)
    }

    /// Begins a crawl, or continues it where its pages are in several logs; the next lines are its own.
    pub fn start(&mut self, mut start: CrawlStart) {
        if start.account.is_empty() {
            start.account.clone_from(&self.account);
        }
        let same = |crawl: &Crawl| crawl_order(&crawl.start) == crawl_order(&start);
        self.current = self.crawls.iter().position(same).unwrap_or(self.crawls.len());
        if self.current == self.crawls.len() {
            self.crawls.push(Crawl { start, ..Crawl::default() });
        }
    }

    /// Ends the current crawl; the last `end` counts.
    pub fn end(&mut self, status: AccountStatus, reason: Option<&str>, attempts: i32) {
        if let Some(crawl) = self.crawls.get_mut(self.current) {
            crawl.calls = crawl.calls.saturating_add(attempts);
            crawl.end = Some((status, reason.map(CompactString::from)));
        }
    }

    /// Sets the run id of crawls that began without one, because it depends on their pages.
    pub fn name_run(&mut self, run_id: &str) {
        for crawl in self.crawls.iter_mut().filter(|crawl| crawl.start.run_id.is_empty()) {
            crawl.start.run_id = run_id.into();
        }
    }

    /// Makes the rows.
    ///
    /// # Errors
    /// A time zone in the log that is no IANA zone.
    pub fn finish(mut self) -> Result<AccountTables> {
        let mut checkpoint = self.next_checkpoint()?;
        let zone = self.zone(&checkpoint.newest_start)?;
        let (followers, has_other_past) = self.follower_history(zone);
        self.fill_observations(&followers);
        let rows = self.observations.iter().map(|observation| observation_row(&observation.reel)).collect();
        let (earlier, observations) = (std::mem::take(&mut self.histories), std::mem::take(&mut self.observations));
        let (mut histories, shrunk) =
            history::update(earlier, observations, &self.complete_crawls(), &mut checkpoint.shrunk_since);
        let warnings = self.record_ends(&mut checkpoint, &shrunk);
        let start = &checkpoint.newest_start;
        let account_id = checkpoint.account_id.clone();
        let profiles = self.profile_rows(zone);
        let names = Names::of(&self.account, &checkpoint);
        histories.sort_by(|a, b| a.state.reel_id.cmp(&b.state.reel_id));
        let mut tables = AccountTables { observations: rows, profiles, warnings, ..AccountTables::default() };
        tables.needs_rebuild = has_other_past
            || self.checkpoint.as_ref().is_some_and(|before| before.newest_start.timezone != start.timezone);
        let mut reels = Vec::new();
        // The newest crawl with a reel.
        let newest =
            histories.iter().map(|history| &history.observation.reel).max_by_key(|reel| observation_order(reel));
        let newest_run = newest.map(|reel| reel.run_id.clone());
        let is_new_crawl = self.crawls.iter().any(|crawl| Some(&crawl.start.run_id) == newest_run.as_ref());
        let mut checks = ReelChecks::new(newest_run);
        for ReelHistory { mut observation, state, gains, was_own, .. } in histories {
            let reel = observation.reel.as_mut();
            reel.account_id.clone_from(&account_id);
            reel.account_label.clone_from(&start.label);
            reel.is_own = names.is_own(reel);
            let is_own = reel.is_own == Some(true);
            tables.needs_rebuild |= was_own.is_some_and(|was_own| was_own != is_own);
            gains.iter().filter(|_| is_own).for_each(|gain| self.days.add(gain, zone));
            posting_time::fill(reel, zone);
            engagement::fill_rates(reel);
            checks.add(reel, &state);
            let parts = caption::fill(reel);
            add_hashtags(&mut tables.hashtags, reel, &parts);
            add_people(&mut tables.people, &mut observation, &parts);
            reels.push(observation.reel);
            tables.reel_states.push(state);
        }
        reels.sort_by(|a, b| b.posted_at.cmp(&a.posted_at).then_with(|| a.reel_id.cmp(&b.reel_id)));
        tables.reels = reels.into_iter().map(|reel| *reel).collect();
        baseline::fill(&mut tables.reels);
        tables.account = self.account_row(&checkpoint, account_id, &tables.reels, &followers);
        recent::fill(&mut tables.account, &checkpoint, &tables.reels, zone);
        tables.days = self.days.rows(&self.account, &tables.reels, tables.account.observed_date);
        tables.findings = self.finding_rows();
        let (identity, warnings) = names.findings(&tables.reels);
        tables.findings.extend(identity);
        tables.warnings.extend(warnings);
        let (checks, warnings) = checks.finish(&self.account);
        tables.findings.extend(checks);
        tables.warnings.extend(warnings.into_iter().filter(|_| is_new_crawl));
        tables.findings.sort_by(|a, b| (&a.finding, &a.detail).cmp(&(&b.finding, &b.detail)));
        checkpoint.followers = followers;
        checkpoint.newest_page_at.into_iter().for_each(|at| checkpoint.followers.forget_before(at));
        tables.checkpoint = checkpoint;
        tables.observations.sort_by(Observation::order);
        Ok(tables)
    }

    fn zone(&self, CrawlStart { timezone, .. }: &CrawlStart) -> Result<Tz> {
        let no_zone = || format!("account {}: '{timezone}' is no IANA time zone", self.account);
        timezone.parse().map_err(|_| Error::invalid_data(no_zone()))
    }

    /// Oldest first, each with its run and the followers of its time.
    fn fill_observations(&mut self, followers: &FollowerHistory) {
        for observation in &mut self.observations {
            observation.reel.run_id.clone_from(&self.crawls[observation.crawl].start.run_id);
            followers::fill(&mut observation.reel, followers);
        }
        self.observations.sort_by(|a, b| observation_order(&a.reel).cmp(&observation_order(&b.reel)));
    }

    /// The checkpoint of the crawls so far: from the new ones, else from the earlier checkpoint. Ends are recorded later.
    fn next_checkpoint(&self) -> Result<AccountCheckpoint> {
        let previous = self.checkpoint.clone().unwrap_or_default();
        let by_age = |crawls: Vec<&Crawl>| crawls.into_iter().max_by_key(|crawl| crawl_order(&crawl.start)).cloned();
        let newest = by_age(self.crawls.iter().collect()).map(|crawl| crawl.start);
        let newest_start =
            newest.or_else(|| self.checkpoint.as_ref().map(|checkpoint| checkpoint.newest_start.clone()));
        let newest_crawl = by_age(self.crawls.iter().filter(|crawl| !crawl.start.configures_only).collect());
        Ok(AccountCheckpoint {
            newest_start: newest_start
                .ok_or_else(|| Error::unexpected(format!("account {}: no crawl to make rows of", self.account)))?,
            newest_crawl: newest_crawl.or(previous.newest_crawl),
            account_id: previous.account_id.or_else(|| self.first_id()),
            names: self.names(previous.names),
            sequence: self.crawls.iter().map(|crawl| crawl.start.sequence).max().unwrap_or(0).max(previous.sequence),
            newest_page_at: self
                .crawls
                .iter()
                .filter_map(|crawl| crawl.last_page_at)
                .max()
                .max(previous.newest_page_at),
            crawls: previous.crawls + self.crawls.iter().filter(|crawl| !crawl.start.configures_only).count() as u64,
            observations: previous.observations + self.observations.len() as u64,
            items: self.items,
            ..previous
        })
    }

    /// The crawls, oldest first.
    fn crawls_by_age(&self) -> Vec<(usize, &Crawl)> {
        let mut crawls: Vec<(usize, &Crawl)> = self.crawls.iter().enumerate().collect();
        crawls.sort_by(|(_, a), (_, b)| crawl_order(&a.start).cmp(&crawl_order(&b.start)));
        crawls
    }

    /// The user id from the oldest of these crawls: as requested, or of the owner with the requested name.
    fn first_id(&self) -> Option<CompactString> {
        let mut named: HashMap<usize, &CompactString> = HashMap::new();
        for observation in &self.observations {
            let requested = &self.crawls[observation.crawl].start.account;
            if let Some(owner) =
                observation.reel.owner_id.as_ref().filter(|_| identity::has_name(&observation.reel, requested))
            {
                named.entry(observation.crawl).or_insert(owner);
            }
        }
        let is_id = |start: &CrawlStart| identity::is_bare_id(&start.account).then(|| start.account.clone());
        self.crawls_by_age().into_iter().find_map(|(number, Crawl { start, .. })| {
            start.account_id.clone().or_else(|| is_id(start)).or_else(|| named.get(&number).map(|id| (*id).clone()))
        })
    }

    /// The names requested so far.
    fn names(&self, mut names: Vec<(CompactString, CompactString)>) -> Vec<(CompactString, CompactString)> {
        for (_, Crawl { start, .. }) in self.crawls_by_age() {
            if names.last().is_none_or(|(name, _)| *name != start.account) {
                names.push((start.account.clone(), start.run_id.clone()));
            }
        }
        names
    }

    fn account_row(
        &self,
        checkpoint: &AccountCheckpoint,
        account_id: Option<CompactString>,
        reels: &[Reel],
        followers: &FollowerHistory,
    ) -> Account {
        let none = Crawl::default();
        let (newest_start, crawl) = (&checkpoint.newest_start, checkpoint.newest_crawl.as_ref().unwrap_or(&none));
        let (status, reason) = match crawl.outcome() {
            Some((status, reason)) => (status.text().into(), reason.map(CompactString::from)),
            None => (AccountStatus::Partial.text().into(), Some("the crawl was killed before it ended".into())),
        };
        let followers =
            followers.at_or_next(checkpoint.newest_page_at.unwrap_or_default().max(newest_start.started_at));
        let posted = || reels.iter().filter(|reel| !reel.has_impossible_time).map(|reel| reel.posted_at);
        Account {
            account: self.account.clone(),
            account_id,
            account_label: newest_start.label.clone(),
            followers: followers.map(|count| count.followers),
            followers_as_of: followers.and_then(|count| count.as_of),
            followers_source: followers.map(|count| count.source),
            timezone: newest_start.timezone.clone(),
            status,
            status_reason: reason,
            crawl_started_at: crawl.start.started_at,
            previous_observed_at: previous_observed_at(reels, crawl.start.started_at),
            pages: crawl.pages,
            calls: crawl.calls,
            reels: reels.len() as i64,
            first_posted_at: posted().min(),
            last_posted_at: posted().max(),
            observed_at: crawl.last_page_at,
            run_id: crawl.start.run_id.clone(),
            ..Account::default()
        }
    }

    fn finding_rows(&self) -> Vec<Finding> {
        let row = |((finding, detail), (count, example)): (&(CompactString, CompactString), &(i64, Example))| Finding {
            account: self.account.clone(),
            finding: finding.clone(),
            detail: detail.clone(),
            count: *count,
            example: example.text(&self.crawls),
        };
        self.findings.iter().map(row).collect()
    }
}

#[cfg(test)]
impl AccountBuilder {
    /// Adds a crawl of one page, fetched when the crawl began.
    pub(crate) fn crawl(&mut self, start: CrawlStart, body: &str, status: AccountStatus) {
        let (fetched_at, blake3) = (start.started_at, blake3::hash(body.as_bytes()).to_hex());
        self.start(CrawlStart { timezone: "UTC".into(), ..start });
        self.page(crawl::PageInput { body, number: 1, fetched_at, blake3: &blake3, was_changed: false, attempts: 1 });
        self.end(status, None, 0);
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

/// By time; the hash breaks ties between pages of one time.
fn observation_order(reel: &Reel) -> (UtcMicros, &str) {
    (reel.observed_at, &reel.page_blake3)
}

fn observation_row(reel: &Reel) -> Observation {
    Observation {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        observed_at: reel.observed_at,
        age_hours: reel.age_hours,
        views: reel.views,
        views_source: reel.views_source,
        play_count: reel.play_count,
        ig_play_count: reel.ig_play_count,
        fb_play_count: reel.fb_play_count,
        like_count: reel.like_count,
        likes_hidden: reel.likes_hidden,
        comment_count: reel.comment_count,
        reshare_count: reel.reshare_count,
        repost_count: reel.repost_count,
        followers: reel.followers,
        followers_as_of: reel.followers_as_of,
        followers_source: reel.followers_source,
        run_id: reel.run_id.clone(),
        page_blake3: reel.page_blake3.clone(),
    }
}

fn add_hashtags(rows: &mut Vec<Hashtag>, reel: &Reel, parts: &caption::Parts) {
    rows.extend((1..).zip(&parts.hashtags).map(|(position, tag)| Hashtag {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        hashtag: tag.tag.clone(),
        hashtag_as_written: tag.written.clone(),
        position,
    }));
}

/// Sorted by role and name.
fn add_people(rows: &mut Vec<Person>, observation: &mut ObservedReel, parts: &caption::Parts) {
    let first = rows.len();
    rows.append(&mut observation.people);
    rows.extend(parts.mentions.iter().map(|username| Person {
        reel_key: observation.reel.reel_key.clone(),
        account: observation.reel.account.clone(),
        reel_id: observation.reel.reel_id.clone(),
        role: Role::Mention,
        username: username.clone(),
        user_id: None,
    }));
    rows[first..].sort_by(|a, b| (a.role.name(), &a.username).cmp(&(b.role.name(), &b.username)));
}
