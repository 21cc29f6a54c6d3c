//! All crawls of a run: how many at a time, and when to stop.

use std::collections::{HashMap, HashSet, VecDeque};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

use crate::config::accounts::AccountRequest;
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::crawl_task::{CrawlOrigin, CrawlTask};
use crate::fetch::resume::{Ended, ResumeDecision};
use crate::fetch::shutdown::{Reason, Shutdown};
use crate::fetch::{call_budget::CallBudget, client::Client, context::Context, crawl_outcome::CrawlOutcome};
use crate::fetch::{fetch_run::FetchRun, rate_limit::RateLimiter, summary::FetchSummary};
use crate::store::page_log::future;
use crate::time::{self, Clock, timestamp};

/// How long requests in flight may take to finish once the run stops: all of them together.
const GRACE: Duration = Duration::from_secs(30);

/// Crawls every account and stores its pages.
///
/// # Errors
/// The disk, or a configuration that cannot work; what the API does to one account is its outcome.
pub(crate) fn fetch(run: &FetchRun) -> Result<FetchSummary> {
    let context = Arc::new(Context {
        client: Client::new(run.config)?,
        rate_limiter: RateLimiter::new(run.config.requests_per_minute, run.config.max_wait),
        calls: CallBudget::new(run.config.max_calls),
        config: run.config.clone(),
        stop: Arc::clone(&run.controls.stop),
        observer: Arc::clone(&run.controls.observer),
        store: run.store.clone(),
        clock: Clock::default(),
        run_id: run.run_id.clone(),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::unexpected(format!("no runtime: {error}")))?;
    let fetched = runtime.block_on(crawl_all(run, &context));
    run.controls.observer.finish();
    // A crawl that does not finish within the grace period is abandoned: its log can be resumed.
    runtime.shutdown_background();
    fetched
}

async fn crawl_all(run: &FetchRun<'_>, context: &Arc<Context>) -> Result<FetchSummary> {
    let began = time::now();
    let (stop, resume_within) = (Arc::clone(&context.stop), run.config.resume_within);
    let mut summary = FetchSummary { stop, resume_within, ..FetchSummary::default() };
    let mut reused = Vec::new();
    let waiting = plan(run, &mut summary, &mut reused)?;
    let accounts = run.settings.requests().len() as u64;
    run.controls.observer.begin(accounts, summary.outcomes.len() as u64);
    run_crawls(run, context, waiting, &mut summary.outcomes).await?;
    let stopped = context.stop.reason();
    let ended: HashSet<String> = summary.outcomes.iter().map(|outcome| outcome.account.clone()).collect();
    for request in run.settings.requests().iter().filter(|request| !ended.contains(&request.account)) {
        let reason = stopped.map_or("the crawl did not finish", Reason::words).to_owned();
        summary.outcomes.push(CrawlOutcome::failed(&request.account, reason, None));
    }
    summary.note_reused(&reused);
    summary.note_ended(run);
    summary.note_saved_by_window(run);
    (summary.calls, summary.calls_billed) = (context.calls.made(), context.calls.billed());
    summary.waited = context.rate_limiter.waited().await;
    summary.began = context.clock.corrected(began).into();
    summary.run_id = run.run_id.settle(run.store, &context.clock)?;
    Ok(summary)
}

/// Decides about every account: those that need no request have their outcome at once, the others wait for their crawl.
fn plan(
    run: &FetchRun,
    summary: &mut FetchSummary,
    reused: &mut Vec<Ended>,
) -> Result<VecDeque<(AccountRequest, CrawlOrigin)>> {
    let mut waiting = VecDeque::new();
    for request in run.in_order() {
        let account = &request.account;
        let decision = match run.decide(&request) {
            // A log that cannot be used is its account's problem alone.
            Err(error) if error.kind == ErrorKind::InvalidData => {
                tracing::warn!(account, "the account is not crawled: {}", error.message);
                summary.outcomes.push(CrawlOutcome::failed(account, error.message, Some(ErrorKind::Partial)));
                continue;
            }
            decision => decision?,
        };
        match decision {
            ResumeDecision::Reuse(ended) => {
                tracing::info!(account, log = %ended.log.display(), "already fetched, reusing stored pages");
                summary.calls_saved += ended.pages;
                summary.outcomes.push(reused_outcome(account, &ended));
                reused.push(*ended);
            }
            ResumeDecision::Resume(crawl) => {
                tracing::info!(account, pages = crawl.pages, "resuming interrupted crawl");
                summary.calls_saved += crawl.pages;
                waiting.push_back((request, CrawlOrigin::Cursor(crawl)));
            }
            ResumeDecision::StartOver(newest) => {
                if let Some(at) = newest.at.filter(|at| future::is_in_the_future(*at, time::now())) {
                    tracing::warn!(
                        account,
                        log = newest.name,
                        "this page log says {}: its clock was ahead, or this machine's is behind",
                        timestamp(at)
                    );
                }
                waiting.push_back((request, CrawlOrigin::FirstPage(newest)));
            }
        }
    }
    Ok(waiting)
}

/// Runs the crawls, several at a time, until all have ended or the run stops.
async fn run_crawls(
    run: &FetchRun<'_>,
    context: &Arc<Context>,
    mut waiting: VecDeque<(AccountRequest, CrawlOrigin)>,
    outcomes: &mut Vec<CrawlOutcome>,
) -> Result<()> {
    let failed_in_a_row = Arc::new(AtomicU32::new(0));
    let (mut crawls, mut accounts) = (JoinSet::new(), HashMap::new());
    let mut fault = None;
    let mut grace_ends = pin!(grace_period(&context.stop, GRACE));
    loop {
        while crawls.len() < run.config.concurrency && context.stop.reason().is_none() {
            let Some((request, from)) = waiting.pop_front() else { break };
            let task = CrawlTask::begin(run, context, request, from)?;
            let account = task.request.account.clone();
            let handle = crawls.spawn(task.crawl(Arc::clone(context), Arc::clone(&failed_in_a_row)));
            accounts.insert(handle.id(), account);
        }
        match next_outcome(&mut crawls, &accounts, grace_ends.as_mut()).await {
            Some(Ok(outcome)) => {
                run.controls.observer.account_done();
                outcomes.push(outcome);
            }
            Some(Err(error)) => {
                context.stop.now(Reason::Disk);
                fault = fault.or(Some(error));
            }
            None => break,
        }
    }
    fault.map_or(Ok(()), Err)
}

/// Ends when the grace period has passed since the run was stopped.
async fn grace_period(stop: &Shutdown, grace: Duration) {
    stop.stopped().await;
    tokio::time::sleep(grace).await;
}

/// The next crawl that ends; `None` if there is none, or the others did not end within the grace period.
async fn next_outcome(
    crawls: &mut JoinSet<Result<CrawlOutcome>>,
    accounts: &HashMap<Id, String>,
    grace_ends: Pin<&mut impl Future<Output = ()>>,
) -> Option<Result<CrawlOutcome>> {
    tokio::select! {
        biased;
        ended = crawls.join_next() => Some(match ended? {
            Ok(ended) => ended,
            Err(error) => Ok(panicked(accounts.get(&error.id()).map_or("", String::as_str), error)),
        }),
        () = grace_ends => {
            crawls.abort_all();
            None
        }
    }
}

/// A bug that one account's pages hit fails that account alone; its log stays as it is.
fn panicked(account: &str, error: JoinError) -> CrawlOutcome {
    let words = match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
        }
        Err(error) => error.to_string(),
    };
    tracing::error!(account, "a bug of reelframe ended this crawl (please report it): {words}");
    CrawlOutcome::failed(account, format!("a bug of reelframe: {words}"), Some(ErrorKind::Partial))
}

fn reused_outcome(account: &str, ended: &Ended) -> CrawlOutcome {
    let status = ended.end.status;
    let failure = if status.is_success() { None } else { Some(ErrorKind::Partial) };
    let (reason, pages) = (ended.end.reason.clone(), ended.pages);
    CrawlOutcome { status, reason, pages, failure, ..CrawlOutcome::new(account) }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::schema::values::AccountStatus;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn crawls_that_end_within_the_grace_period_count_and_the_others_are_abandoned() {
        block_on(async {
            let stop = Shutdown::new();
            let mut crawls = JoinSet::new();
            crawls.spawn(async { Ok(CrawlOutcome::new("in time")) });
            crawls.spawn(pending());
            let mut grace_ends = pin!(grace_period(&stop, Duration::ZERO));
            let none = HashMap::new();
            // The run was not stopped: a crawl may take as long as it needs.
            let in_time = next_outcome(&mut crawls, &none, grace_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!(in_time.account, "in time");
            stop.now(Reason::Interrupted);
            assert!(next_outcome(&mut crawls, &none, grace_ends).await.is_none());
            assert!(crawls.join_next().await.unwrap().unwrap_err().is_cancelled());
        });
    }

    #[test]
    fn a_panic_in_one_crawl_fails_that_account_alone() {
        block_on(async {
            let stop = Shutdown::new();
            let (mut crawls, mut accounts) = (JoinSet::new(), HashMap::new());
            let task = crawls.spawn(async { panic!("attempt to {} with overflow", "add") });
            accounts.insert(task.id(), "maple".to_owned());
            let mut grace_ends = pin!(grace_period(&stop, Duration::ZERO));
            let outcome = next_outcome(&mut crawls, &accounts, grace_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!(
                (outcome.account.as_str(), outcome.status, outcome.failure),
                ("maple", AccountStatus::Failed, Some(ErrorKind::Partial))
            );
            assert_eq!(outcome.reason.as_deref(), Some("a bug of reelframe: attempt to add with overflow"));
            crawls.spawn(async { Ok(CrawlOutcome::new("willow")) });
            let other = next_outcome(&mut crawls, &accounts, grace_ends.as_mut()).await.unwrap().unwrap();
            assert_eq!((other.account.as_str(), stop.reason()), ("willow", None));
        });
    }

    #[test]
    fn the_grace_period_begins_with_the_stop_and_is_shared_by_all_crawls() {
        block_on(async {
            let stop = Shutdown::new();
            let is_over = async |grace: Pin<&mut _>| {
                tokio::select! { biased; () = grace => true, () = ready(()) => false }
            };
            let mut none = pin!(grace_period(&stop, Duration::ZERO));
            assert!(!is_over(none.as_mut()).await, "the run was not stopped");
            let mut long = pin!(grace_period(&stop, GRACE));
            stop.now(Reason::Terminated);
            assert!(!is_over(long.as_mut()).await);
            none.await;
            // A crawl that ends in between does not restart the grace period.
            let mut crawls = JoinSet::new();
            crawls.spawn(async { Ok(CrawlOutcome::new("late")) });
            assert!(next_outcome(&mut crawls, &HashMap::new(), long.as_mut()).await.is_some());
            assert!(!is_over(long.as_mut()).await);
        });
    }
}
