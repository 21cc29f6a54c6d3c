//! All accounts of a run: which first, how many at a time, and when to stop.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tokio::task::{Id, JoinError, JoinSet};

use crate::config::accounts::AccountRequest;
use crate::config::{FetchConfig, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::client::Client;
use crate::fetch::crawl::{Context, CrawlOutcome};
use crate::fetch::crawl_task::{CrawlTask, From};
use crate::fetch::rate_limit::{CallBudget, RateLimiter};
use crate::fetch::resume::{AccountHistory, Ended, ResumeDecision};
use crate::fetch::run_id::RunId;
use crate::fetch::shutdown::{Reason, Shutdown};
use crate::fetch::{resume, signals};
use crate::store::layout::Store;
use crate::store::page_log::future;
use crate::time;
use crate::time::timestamp;
use crate::time::{Clock, hours_between};

/// How long requests in flight may take to end once the run is told to stop: all of them together.
const GRACE: Duration = Duration::from_secs(30);

/// What one run of the fetch stage is about.
#[derive(Debug)]
pub struct Run<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub config: &'a FetchConfig,
    /// Where the user named the run, crawls of that name are its own.
    pub run_id: RunId,
    /// By the account's key.
    pub known: &'a HashMap<String, AccountHistory>,
}

/// Crawls of one earlier run that this one did not have to make again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reused {
    pub run_id: String,
    pub crawls: u32,
    /// Since the first of them ended; `None` where their logs do not say when.
    pub hours: Option<f64>,
}

/// What the fetch stage came to.
#[derive(Debug, Default)]
pub struct FetchSummary {
    /// In the order of the accounts' names as they were given.
    pub outcomes: Vec<CrawlOutcome>,
    pub calls: u32,
    /// Pages that an earlier run bought and this one did not have to, and the crawls that had ended.
    pub calls_saved: u32,
    pub reused: Vec<Reused>,
    /// Pages of the last complete walks that lie behind where these walks stopped.
    pub calls_saved_by_window: u32,
    pub waited: Duration,
    /// What the run is called, and when it began.
    pub run_id: String,
    pub began: String,
    /// The keys of the accounts whose crawls ended, reused ones among them.
    pub ended: Vec<String>,
    /// How old a crawl may be that is gone on with.
    pub resume_within: TimeDelta,
    /// Why the run stopped early, if it did or still does: a signal counts until the run is published.
    pub stop: Arc<Shutdown>,
}

impl Run<'_> {
    pub fn known(&self, key: &str) -> AccountHistory {
        self.known.get(key).cloned().unwrap_or_default()
    }
}

/// Accounts whose last complete or windowed walk is the oldest come first, so that a budget that runs out does not
/// starve the same ones; each with the id that is known of it.
pub fn in_order(run: &Run) -> Vec<AccountRequest> {
    let mut requests: Vec<AccountRequest> = run.settings.requests().to_vec();
    let refreshed = |known: AccountHistory| known.last_refreshed_at.or(known.last_complete_at);
    requests.sort_by_cached_key(|request| refreshed(run.known(&request.key)));
    for request in &mut requests {
        request.account_id = request.account_id.take().or(run.known(&request.key).account_id);
    }
    requests
}

pub fn plan(run: &Run, request: &AccountRequest) -> Result<ResumeDecision> {
    resume::plan(run.store, &request.key, &run.known(&request.key), run.run_id.given(), run.config, time::now())
}

/// Walks every account and keeps its pages.
///
/// # Errors
/// The disk, or a configuration that cannot work; what the API does to one account is its outcome.
pub fn fetch(run: &Run) -> Result<FetchSummary> {
    let context = Arc::new(Context {
        client: Client::new(run.config)?,
        pace: RateLimiter::new(run.config.requests_per_minute, run.config.max_wait),
        calls: CallBudget::new(run.config.max_calls),
        config: run.config.clone(),
        stop: Arc::new(Shutdown::new()),
        store: run.store.clone(),
        clock: Clock::default(),
        run_id: run.run_id.clone(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::unexpected(format!("no runtime: {error}")))?;
    let fetched = runtime.block_on(walk_all(run, &context));
    run.config.progress.finish();
    // A walk that did not end within the grace is left where it is: its log can be taken up.
    runtime.shutdown_background();
    fetched
}

async fn walk_all(run: &Run<'_>, context: &Arc<Context>) -> Result<FetchSummary> {
    signals::listen(&context.stop)?;
    let began = time::now();
    let (stop, resume_within) = (Arc::clone(&context.stop), run.config.resume_within);
    let mut fetched = FetchSummary { stop, resume_within, ..FetchSummary::default() };
    let (mut waiting, mut reused) = (VecDeque::new(), Vec::new());
    for request in in_order(run) {
        let plan = match plan(run, &request) {
            Err(error) if error.kind == ErrorKind::InvalidData => {
                fetched.outcomes.push(failed(&request.account, error));
                continue;
            }
            plan => plan?,
        };
        match plan {
            ResumeDecision::Reuse(ended) => {
                tracing::info!(account = request.account, log = %ended.log.display(), "crawled already, not bought again");
                fetched.calls_saved += ended.pages;
                fetched.outcomes.push(crawled_before(&request, &ended));
                reused.push(*ended);
            }
            ResumeDecision::Resume(unfinished) => {
                tracing::info!(account = request.account, pages = unfinished.pages, "going on where the walk was left");
                fetched.calls_saved += unfinished.pages;
                waiting.push_back((request, From::Cursor(unfinished)));
            }
            ResumeDecision::StartOver(newest) => {
                if let Some(at) = newest.at.filter(|at| future::is_to_come(*at, time::now())) {
                    let at = timestamp(at);
                    tracing::warn!(
                        account = request.account,
                        log = newest.name,
                        "this page log says {at}: its clock was ahead, or this machine's is behind"
                    );
                }
                waiting.push_back((request, From::FirstPage(newest)));
            }
        }
    }
    let progress = &run.config.progress;
    progress.begin(run.settings.requests().len() as u64, fetched.outcomes.len() as u64);
    let failed_in_a_row = Arc::new(AtomicU32::new(0));
    let (mut walks, mut accounts) = (JoinSet::new(), HashMap::new());
    let mut fault = None;
    let mut patience_ends = pin!(patience(&context.stop, GRACE));
    loop {
        while walks.len() < run.config.concurrency && context.stop.reason().is_none() {
            let Some((request, from)) = waiting.pop_front() else { break };
            let work = CrawlTask::begin(run, context, request, from)?;
            let account = work.request.account.clone();
            let task = walks.spawn(work.crawl(Arc::clone(context), Arc::clone(&failed_in_a_row)));
            accounts.insert(task.id(), account);
        }
        match next_outcome(&mut walks, &accounts, patience_ends.as_mut()).await {
            Some(Ok(outcome)) => {
                progress.account_done();
                fetched.outcomes.push(outcome);
            }
            Some(Err(error)) => {
                context.stop.now(Reason::Disk);
                fault = fault.or(Some(error));
            }
            None => break,
        }
    }
    if let Some(error) = fault {
        return Err(error);
    }
    let why = context.stop.reason();
    let ended: HashSet<String> = fetched.outcomes.iter().map(|outcome| outcome.account.clone()).collect();
    for request in run.settings.requests() {
        if !ended.contains(&request.account) {
            let words = why.map_or("the walk did not end", Reason::words);
            fetched.outcomes.push(CrawlOutcome::new(&request.account).ended("failed", words.to_owned(), None));
        }
    }
    fetched.reused = by_run(&reused, time::now());
    fetched.ended = ended_keys(run, &fetched.outcomes);
    fetched.calls_saved_by_window = saved_by_window(run, &fetched.outcomes);
    fetched.calls = context.calls.made();
    fetched.waited = context.pace.waited().await;
    fetched.began = timestamp(context.clock.corrected(began));
    fetched.run_id = run.run_id.settle(run.store, &context.clock)?;
    Ok(fetched)
}

/// What full walks would have cost besides, by the last ones.
fn saved_by_window(run: &Run, outcomes: &[CrawlOutcome]) -> u32 {
    let windowed = outcomes.iter().filter(|outcome| outcome.status == "windowed");
    let requests = run.settings.requests().iter();
    let keys: HashMap<&str, &str> = requests.map(|request| (request.account.as_str(), request.key.as_str())).collect();
    let saved = |outcome: &CrawlOutcome| {
        let full = u32::try_from(run.known(keys.get(outcome.account.as_str())?).complete_pages?).ok()?;
        Some(full.saturating_sub(outcome.pages))
    };
    windowed.filter_map(saved).sum()
}

/// Over once the run was told to stop and the grace has passed since then.
async fn patience(stop: &Shutdown, grace: Duration) {
    stop.stopped().await;
    tokio::time::sleep(grace).await;
}

/// The next walk that ends; `None` when there is none, or those that are left did not end while there was patience.
async fn next_outcome(
    walks: &mut JoinSet<Result<CrawlOutcome>>,
    accounts: &HashMap<Id, String>,
    patience_ends: Pin<&mut impl Future<Output = ()>>,
) -> Option<Result<CrawlOutcome>> {
    tokio::select! {
        biased;
        ended = walks.join_next() => Some(match ended? {
            Ok(ended) => ended,
            Err(error) => Ok(panicked(accounts.get(&error.id()).map_or("", String::as_str), error)),
        }),
        () = patience_ends => {
            walks.abort_all();
            None
        }
    }
}

/// A fault of the program at one account's pages is that account's alone; its log stays as it is.
fn panicked(account: &str, error: JoinError) -> CrawlOutcome {
    let words = match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
        }
        Err(error) => error.to_string(),
    };
    tracing::error!(account, "a bug of reelframe ended this crawl (please report it): {words}");
    CrawlOutcome::new(account).ended("failed", format!("a bug of reelframe: {words}"), Some(ErrorKind::Partial))
}

/// A log that cannot be used is its account's trouble alone.
fn failed(account: &str, error: Error) -> CrawlOutcome {
    tracing::warn!(account, "the account is not crawled: {}", error.message);
    CrawlOutcome::new(account).ended("failed", error.message, Some(ErrorKind::Partial))
}

/// The crawls that were reused, run by run.
fn by_run(reused: &[Ended], now: DateTime<Utc>) -> Vec<Reused> {
    let mut runs: BTreeMap<&str, Reused> = BTreeMap::new();
    for ended in reused {
        let hours = ended.end.ended_at.parse().ok().map(|at| hours_between(at, now));
        let new = || Reused { run_id: ended.run_id.clone(), crawls: 0, hours };
        let run = runs.entry(&ended.run_id).or_insert_with(new);
        run.crawls += 1;
        run.hours = run.hours.into_iter().chain(hours).reduce(f64::max);
    }
    runs.into_values().collect()
}

/// The keys of the accounts whose crawls came to an end that is none by accident.
fn ended_keys(run: &Run, outcomes: &[CrawlOutcome]) -> Vec<String> {
    let has_ended = |outcome: &&CrawlOutcome| !matches!(outcome.status, "failed" | "partial");
    let ended: HashSet<&str> = outcomes.iter().filter(has_ended).map(|outcome| outcome.account.as_str()).collect();
    let requests = run.settings.requests().iter().filter(|request| ended.contains(request.account.as_str()));
    requests.map(|request| request.key.clone()).collect()
}

fn crawled_before(request: &AccountRequest, ended: &Ended) -> CrawlOutcome {
    const STATUSES: [&str; 6] = ["complete", "windowed", "limited", "empty_or_private", "not_found", "partial"];
    let status = STATUSES.into_iter().find(|status| *status == ended.end.status).unwrap_or("partial");
    let failure = if matches!(status, "not_found" | "partial") { Some(ErrorKind::Partial) } else { None };
    let (reason, pages) = (ended.end.reason.clone(), ended.pages);
    CrawlOutcome { status, reason, pages, failure, ..CrawlOutcome::new(&request.account) }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn walks_that_end_within_the_grace_are_taken_and_the_others_left() {
        block_on(async {
            let stop = Shutdown::new();
            let mut walks = JoinSet::new();
            walks.spawn(async { Ok(CrawlOutcome::new("in time")) });
            walks.spawn(pending());
            let mut patience_ends = pin!(patience(&stop, Duration::ZERO));
            let none = HashMap::new();
            // Nobody has told the run to stop: a walk may take as long as it does.
            let in_time = next_outcome(&mut walks, &none, patience_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!(in_time.account, "in time");
            stop.now(Reason::Interrupted);
            assert!(next_outcome(&mut walks, &none, patience_ends).await.is_none());
            assert!(walks.join_next().await.unwrap().unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_panic_in_one_crawl_fails_that_account_alone() {
        block_on(async {
            let stop = Shutdown::new();
            let (mut walks, mut accounts) = (JoinSet::new(), HashMap::new());
            let task = walks.spawn(async { panic!("attempt to {} with overflow", "add") });
            accounts.insert(task.id(), "maple".to_owned());
            let mut patience_ends = pin!(patience(&stop, Duration::ZERO));
            let outcome = next_outcome(&mut walks, &accounts, patience_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!(
                (outcome.account.as_str(), outcome.status, outcome.failure),
                ("maple", "failed", Some(ErrorKind::Partial))
            );
            assert_eq!(outcome.reason.as_deref(), Some("a bug of reelframe: attempt to add with overflow"));
            walks.spawn(async { Ok(CrawlOutcome::new("willow")) });
            let other = next_outcome(&mut walks, &accounts, patience_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!((other.account.as_str(), stop.reason()), ("willow", None));
        });
    }

    #[test]
    fn the_grace_begins_with_the_stop_and_is_one_for_all_walks() {
        block_on(async {
            let stop = Shutdown::new();
            let is_over = async |patience: Pin<&mut _>| {
                tokio::select! { biased; () = patience => true, () = ready(()) => false }
            };
            let mut none = pin!(patience(&stop, Duration::ZERO));
            assert!(!is_over(none.as_mut()).await, "nobody has told the run to stop");
            let mut long = pin!(patience(&stop, GRACE));
            stop.now(Reason::Terminated);
            assert!(!is_over(long.as_mut()).await);
            none.await;
            // A walk that ends in between does not start the grace anew: what has passed of it has passed.
            let mut walks = JoinSet::new();
            walks.spawn(async { Ok(CrawlOutcome::new("late")) });
            assert!(next_outcome(&mut walks, &HashMap::new(), long.as_mut()).await.is_some());
            assert!(!is_over(long.as_mut()).await);
        });
    }
}
