//! The outcome of a command: the facts for its last lines, and its failure if it failed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Serialize, Serializer};

use crate::error::ErrorKind;
use crate::fetch::shutdown::{Reason, Shutdown};
use crate::fetch::summary::{FetchSummary, Reused};
use crate::pipeline::outcome::{AccountOutcome, Publication, failure_of};
use crate::pipeline::tables::WrittenTables;
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::import::Imported;
use crate::schema::values::AccountStatus;
use crate::store::manifest::{AccountEntry, CutShort, Manifest};
use crate::time::Timestamp;

/// What a command did, for the last lines of its output.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Empty where the command made no run, as `export` does; then `null` in JSON.
    #[serde(serialize_with = "empty_as_null")]
    pub run_id: String,
    #[serde(flatten)]
    pub publication: Publication,
    /// The accounts that this run was about.
    pub accounts: Vec<AccountOutcome>,
    /// Requests sent, and those of them that were tried again.
    pub calls: u32,
    pub retries: u32,
    /// The requests that the vendor bills: all that were answered with a 2xx status.
    pub calls_billed: u32,
    /// The price of a call and the cost of these, estimated; `None` where costs are not shown.
    pub price_per_call_usd: Option<f64>,
    pub cost_usd: Option<f64>,
    /// Pages that an earlier run had fetched already.
    pub calls_saved: u32,
    /// The crawls of earlier runs that were not repeated.
    pub reused: Vec<Reused>,
    /// Why the run was cut short; `None` where it was not.
    pub cut_short: Option<&'static str>,
    /// Further pages that full crawls would have fetched, by the last ones.
    pub calls_saved_by_window: u32,
    /// Wall time during which some request waited for the rate limit.
    pub waited_s: f64,
    /// Credits left, where the vendor reports them.
    pub credits_remaining: Option<i64>,
    /// Pages that were not in the store before.
    pub pages: u64,
    /// Profiles that this run fetched.
    pub profiles: u64,
    pub items: u64,
    pub rows: u64,
    /// The reels of these rows, each once; counted by `export` only.
    #[serde(skip)]
    pub(crate) reels: u64,
    /// Reels that the previous tables did not have; `None` where no tables were written.
    pub new_reels: Option<i64>,
    /// Sections of the report that failed.
    pub faults: u64,
    /// Files of a replay that are not pages, and what is wrong with each.
    pub skipped: Vec<String>,
    /// Accounts that were not imported, since one of their logs cannot be used.
    #[serde(skip)]
    failed: Vec<AccountOutcome>,
    /// Accounts whose logs cannot be used, each with the reason.
    #[serde(skip)]
    pub unusable: Vec<String>,
    /// A published run that is not the latest one, and could be made so.
    #[serde(skip)]
    pub(crate) not_latest: Option<String>,
    #[serde(skip)]
    pub has_new_pages: bool,
    #[serde(skip)]
    pub terminal: String,
    #[serde(skip)]
    pub stopped: Option<Reason>,
    #[serde(skip)]
    crawls: Option<Crawls>,
    #[serde(skip)]
    failures: Vec<ErrorKind>,
    /// Why a crawl failed, by the kind of its failure.
    #[serde(skip)]
    causes: Vec<(ErrorKind, String)>,
    /// The accounts of the previous run; `None` where nothing is compared.
    #[serde(skip)]
    previous: Option<Vec<AccountEntry>>,
}

/// The part of a run's crawls that goes into its manifest.
#[derive(Debug)]
struct Crawls {
    began: Timestamp,
    /// The keys of the accounts whose crawls ended.
    ended: Vec<String>,
    stop: Arc<Shutdown>,
    resume_within: TimeDelta,
}

impl Crawls {
    /// Whether this run resumes nothing that was begun then.
    fn is_too_old_to_resume(&self, since: &Timestamp) -> bool {
        self.began.at() - since.at() > self.resume_within
    }
}

fn empty_as_null<S: Serializer>(run_id: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(run_id).filter(|run_id| !run_id.is_empty()).serialize(serializer)
}

impl Summary {
    pub fn new(run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), ..Self::default() }
    }

    /// New reels are those that this run does not have; all reels where there is none.
    pub fn compare_with(&mut self, previous: Option<&Manifest>) {
        self.previous = Some(previous.map(|manifest| manifest.accounts.clone()).unwrap_or_default());
    }

    /// What files can be replayed.
    pub fn shapes() -> &'static str {
        ReplayInput::shapes()
    }

    pub fn record_already_published(&mut self, manifest: &Manifest, dir: PathBuf) {
        let requested = |entry: &&AccountEntry| manifest.requested.contains(&entry.account);
        let without_new = |entry| AccountOutcome { new_reels: Some(0), ..AccountOutcome::of(entry) };
        self.accounts = manifest.accounts.iter().filter(requested).map(without_new).collect();
        self.new_reels = Some(0);
        self.rows =
            manifest.files.iter().filter(|file| file.path == "reels.parquet").filter_map(|file| file.rows).sum();
        self.publication = Publication::AlreadyThere(dir);
    }

    pub fn record_import(&mut self, account: &str, imported: &Imported) {
        self.pages += imported.pages;
        self.has_new_pages |= imported.logs > 0;
        tracing::info!(account, pages = imported.pages, known = imported.pages_known, "replayed");
    }

    pub fn record_fetched(&mut self, fetched: FetchSummary) {
        let mut is_asked_to_wait = false;
        for outcome in fetched.outcomes {
            is_asked_to_wait |= outcome.is_asked_to_wait;
            self.retries += outcome.retries;
            self.pages += u64::from(outcome.new_pages);
            self.profiles += u64::from(outcome.has_new_profile);
            self.credits_remaining = outcome.credits_remaining.or(self.credits_remaining);
            let failure = outcome.failure.max(failure_of(outcome.status));
            self.failures.extend([outcome.failure, failure_of(outcome.status)].into_iter().flatten());
            if let Some((kind, reason)) = failure.zip(outcome.reason.as_ref()) {
                self.causes.push((kind, format!("{}: {reason}", outcome.account)));
            }
            self.accounts.push(AccountOutcome {
                account: outcome.account,
                status: outcome.status,
                reason: outcome.reason,
                pages: i32::try_from(outcome.pages).unwrap_or(i32::MAX),
                ..AccountOutcome::default()
            });
        }
        (self.calls, self.calls_billed) = (fetched.calls, fetched.calls_billed);
        self.calls_saved = fetched.calls_saved;
        self.reused = fetched.reused;
        self.calls_saved_by_window = fetched.calls_saved_by_window;
        self.waited_s = fetched.waited.as_secs_f64();
        // Pages of a run that was killed before it published are published by this run.
        self.has_new_pages = self.pages > 0 || self.calls_saved > 0;
        // `Transient` is for a run without pages, one that was given up or one that was asked to come back later; with pages
        // it is `Partial`.
        if self.has_new_pages && !is_asked_to_wait {
            self.failures.retain(|kind| *kind != ErrorKind::Transient);
        }
        let FetchSummary { run_id, began, ended, stop, resume_within, .. } = fetched;
        self.run_id = run_id;
        self.crawls = Some(Crawls { began, ended, stop, resume_within });
        self.check_for_stop();
    }

    /// Checks whether the run was stopped by now: a signal counts until the run is published.
    fn check_for_stop(&mut self) {
        self.stopped = self.crawls.as_ref().and_then(|crawls| crawls.stop.reason());
        self.cut_short = self.stopped.map(Reason::words);
    }

    /// The new keys of accounts that were merged into others.
    pub fn merge_accounts(&mut self, merged: &HashMap<String, String>) {
        for key in self.crawls.iter_mut().flat_map(|crawls| &mut crawls.ended) {
            if let Some(other) = merged.get(key) {
                key.clone_from(other);
            }
        }
    }

    /// What a run that is published now leaves for the next one to resume. `previous` is what the previous run left.
    pub fn cut_short_after(&mut self, previous: Option<CutShort>, requested: &[String]) -> Option<CutShort> {
        self.check_for_stop();
        // Without a crawl nothing changes.
        let Some(crawls) = &self.crawls else { return previous };
        let requested: BTreeSet<&String> = requested.iter().collect();
        let ended: BTreeSet<&String> = crawls.ended.iter().collect();
        let since = previous.as_ref().map_or_else(|| crawls.began.clone(), |previous| previous.since.clone());
        let previous = previous.unwrap_or_default();
        let (crawled, waiting) = (previous.crawled.iter().collect::<BTreeSet<_>>(), previous.waiting.iter().collect());
        let keys = |keys: BTreeSet<&String>| keys.into_iter().cloned().collect::<Vec<_>>();
        let Some(reason) = self.cut_short else {
            // Waiting accounts of this run have had their turn, whatever the outcome.
            let left = &waiting - &requested;
            let is_over = left.is_empty() || crawls.is_too_old_to_resume(&since);
            let crawled = keys(&crawled | &(&waiting & &ended));
            return (!is_over).then(|| CutShort { crawled, waiting: keys(left), ..previous.clone() });
        };
        let (crawled, waiting) = (&(&crawled - &requested) | &ended, &(&waiting | &requested) - &ended);
        Some(CutShort { reason: reason.to_owned(), since, crawled: keys(crawled), waiting: keys(waiting) })
    }

    /// Records the tables' figures for the requested accounts, by their keys.
    pub fn record_tables(&mut self, written: &WrittenTables, requested: &[String]) {
        self.items = written.items;
        (self.rows, self.reels) = (written.rows, written.reels);
        let keys: HashSet<&str> = requested.iter().map(String::as_str).collect();
        let is_reported =
            |entry: &&AccountEntry| keys.contains(entry.key()) || written.unusable.contains_key(entry.key());
        let outcome = |entry| AccountOutcome { new_reels: self.new_reels_of(entry), ..AccountOutcome::of(entry) };
        self.accounts = written.accounts.iter().filter(is_reported).map(outcome).collect();
        self.new_reels = self.accounts.iter().map(|outcome| outcome.new_reels).sum();
        self.failures.extend(self.accounts.iter().filter_map(|entry| failure_of(entry.status)));
        if written.items > 0 && written.rows + written.rows_left_out == 0 {
            self.failures.push(ErrorKind::InvalidData);
        }
        let names = written.names_of(&written.unusable.keys().cloned().collect::<Vec<_>>());
        self.unusable =
            names.iter().zip(written.unusable.values()).map(|(name, why)| format!("{name}: {why}")).collect();
        self.accounts.retain(|entry| self.failed.iter().all(|failed| failed.account != entry.account));
        self.accounts.extend(self.failed.iter().cloned());
    }

    /// Records one table that was streamed. That an account's last crawl was cut short is no failure here: the stream has
    /// all rows that there are. Missing rows are one.
    pub fn record_streamed(&mut self, written: &WrittenTables, requested: &[String]) {
        self.record_tables(written, requested);
        self.failures.retain(|kind| *kind == ErrorKind::InvalidData);
        self.failures.extend(self.unusable.iter().map(|_| ErrorKind::Partial));
    }

    /// An account of a replay that fails alone.
    pub fn record_failed(&mut self, failed: &Failed) {
        let outcome = AccountOutcome {
            account: failed.account.clone(),
            status: AccountStatus::Failed,
            reason: Some(failed.reason.clone()),
            ..AccountOutcome::default()
        };
        self.failures.push(ErrorKind::Partial);
        self.causes.push((ErrorKind::Partial, format!("{}: {}", failed.account, failed.reason)));
        self.failed.push(outcome.clone());
        self.accounts.push(outcome);
    }

    /// Names the files of a replay that were not pages.
    pub fn record_skipped(&mut self, found: Option<ReplayInput>) {
        let ReplayInput { skipped, failed, .. } = found.unwrap_or_default();
        failed.iter().for_each(|failed| self.record_failed(failed));
        self.skipped = skipped;
        for what in &self.skipped {
            tracing::warn!("skipped: {what}");
            self.failures.push(ErrorKind::Partial);
        }
    }

    /// Records sections of the user's own that failed.
    pub fn record_faults(&mut self, faults: Vec<(String, String)>) {
        for (name, fault) in faults {
            tracing::warn!(query = name, "a section of the report failed: {fault}");
            self.failures.push(ErrorKind::Partial);
            self.faults += 1;
        }
    }

    /// A renamed account is recognised by its id.
    fn new_reels_of(&self, entry: &AccountEntry) -> Option<i64> {
        let same = |known: &&AccountEntry| {
            known.key() == entry.key() || known.account_id.is_some() && known.account_id == entry.account_id
        };
        let known = self.previous.as_ref()?.iter().find(same).map_or(0, |known| known.reels);
        Some((entry.reels - known).max(0))
    }

    /// Why the run failed; `None` where all is well.
    pub fn cause(&self) -> Option<String> {
        let kind = self.failure()?;
        let words = match kind {
            ErrorKind::InvalidData => Some("no item of the pages could be parsed".to_owned()),
            ErrorKind::Partial if !self.skipped.is_empty() => Some(format!("skipped: {}", self.skipped[0])),
            _ => self.cause_of(kind),
        };
        Some(words.unwrap_or_else(|| match self.faults {
            0 => "the run failed".to_owned(),
            _ => "a section of the report failed".to_owned(),
        }))
    }

    /// An account's own words, if it failed in this way; else why the run was stopped, or what else an account has to say.
    fn cause_of(&self, kind: ErrorKind) -> Option<String> {
        let of_kind = self.causes.iter().find(|(cause, _)| *cause == kind);
        if let Some(stopped) = self.stopped.filter(|stopped| of_kind.is_none() && stopped.kind() == kind) {
            return Some(stopped.words().to_owned());
        }
        let cause = of_kind.or(self.causes.first()).map(|(_, cause)| cause.clone());
        let failed = || self.accounts.iter().find(|entry| failure_of(entry.status).is_some());
        cause.or_else(|| {
            failed()
                .map(|entry| format!("{}: {}", entry.account, entry.reason.as_deref().unwrap_or(entry.status.text())))
        })
    }

    /// What went wrong, the most telling of it; `None` where nothing did.
    pub fn failure(&self) -> Option<ErrorKind> {
        self.failures.iter().copied().chain(self.stopped.map(Reason::kind)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::crawl_outcome::CrawlOutcome;

    fn entry(account: &str, id: Option<&str>, reels: i64) -> AccountEntry {
        AccountEntry {
            account: account.to_owned(),
            account_id: id.map(str::to_owned),
            status: AccountStatus::Complete,
            reels,
            ..AccountEntry::default()
        }
    }

    #[test]
    fn new_reels_are_those_that_the_previous_run_did_not_have_under_any_name() {
        let mut summary = Summary::new("run");
        let previous = vec![entry("maple", None, 5), entry("old.name", Some("777"), 3)];
        summary.compare_with(Some(&Manifest { accounts: previous, ..Manifest::default() }));
        let new = |entry| summary.new_reels_of(&entry);
        assert_eq!(new(entry("maple", None, 7)), Some(2));
        assert_eq!(new(entry("new.name", Some("777"), 4)), Some(1));
        assert_eq!(new(entry("willow", Some("8"), 4)), Some(4));
        assert_eq!(new(entry("maple", None, 5)), Some(0));
        assert_eq!(Summary::new("export").new_reels_of(&entry("maple", None, 5)), None);
    }

    #[test]
    fn the_cause_is_that_of_the_failure_that_is_reported() {
        let failed = |account: &str, reason: &str, kind| CrawlOutcome::failed(account, reason.to_owned(), Some(kind));
        let mut summary = Summary::new("run");
        let outcomes = vec![
            failed("maple", "page 1: the API does not answer", ErrorKind::Transient),
            failed("willow", "page 1: the API refused the key", ErrorKind::Auth),
        ];
        summary.record_fetched(FetchSummary { outcomes, ..FetchSummary::default() });
        assert_eq!(summary.failure(), Some(ErrorKind::Auth));
        assert_eq!(summary.cause().as_deref(), Some("willow: page 1: the API refused the key"));
        assert_eq!(Summary::new("run").cause(), None);
    }
}
