//! What the fetch stage of a run did.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use crate::fetch::{crawl_outcome::CrawlOutcome, fetch_run::FetchRun, resume::Ended, shutdown::Shutdown};
use crate::schema::values::AccountStatus;
use crate::time::{self, Timestamp, hours_between};

/// Crawls of one earlier run that this one reuses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reused {
    pub run_id: String,
    pub crawls: u32,
    /// Since the first of them ended.
    pub hours: f64,
}

#[derive(Debug, Default)]
pub struct FetchSummary {
    pub outcomes: Vec<CrawlOutcome>,
    pub calls: u32,
    /// Those of the calls that the vendor bills.
    pub calls_billed: u32,
    /// Pages of earlier runs that this one did not have to fetch.
    pub calls_saved: u32,
    pub reused: Vec<Reused>,
    /// Pages that full crawls would have fetched as well, going by the last complete ones.
    pub calls_saved_by_window: u32,
    pub waited: Duration,
    pub run_id: String,
    pub began: Timestamp,
    /// The keys of the accounts whose crawls ended, reused ones included.
    pub ended: Vec<String>,
    /// How old a crawl may be to be resumed.
    pub resume_within: TimeDelta,
    /// Why the run stopped early, if it did or still does: a signal counts until the run is published.
    pub stop: Arc<Shutdown>,
}

impl FetchSummary {
    /// Groups the reused crawls by their runs.
    pub(crate) fn note_reused(&mut self, reused: &[Ended]) {
        let mut runs: BTreeMap<&str, Reused> = BTreeMap::new();
        for ended in reused {
            let hours = hours_between(ended.end.ended_at.at(), time::now());
            let new = || Reused { run_id: ended.run_id.clone(), crawls: 0, hours };
            let run = runs.entry(&ended.run_id).or_insert_with(new);
            run.crawls += 1;
            run.hours = run.hours.max(hours);
        }
        self.reused = runs.into_values().collect();
    }

    pub(crate) fn note_ended(&mut self, run: &FetchRun) {
        let ended = self.outcomes.iter().filter(|outcome| !outcome.status.is_cut_short());
        let ended: HashSet<&str> = ended.map(|outcome| outcome.account.as_str()).collect();
        let requests = run.settings.requests().iter().filter(|request| ended.contains(request.account.as_str()));
        self.ended = requests.map(|request| request.key.clone()).collect();
    }

    pub(crate) fn note_saved_by_window(&mut self, run: &FetchRun) {
        let requests = run.settings.requests().iter();
        let keys: HashMap<&str, &str> =
            requests.map(|request| (request.account.as_str(), request.key.as_str())).collect();
        let saved = |outcome: &CrawlOutcome| {
            let history = run.history(keys.get(outcome.account.as_str())?);
            let full = u32::try_from(history.complete_pages?).ok()?;
            Some(full.saturating_sub(outcome.pages))
        };
        let incremental = self.outcomes.iter().filter(|outcome| outcome.status == AccountStatus::Incremental);
        self.calls_saved_by_window = incremental.filter_map(saved).sum();
    }
}
