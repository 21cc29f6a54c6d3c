//! One account of a run: opens its log, crawls it, and starts over if the cursor to resume at is invalid.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::config::accounts::AccountRequest;
use crate::error::{ErrorKind, Result};
use crate::fetch::resume::{NewestLog, ResumableCrawl};
use crate::fetch::{account_history::AccountHistory, context::Context, crawl, crawl_log::CrawlLog};
use crate::fetch::{crawl_outcome::CrawlOutcome, fetch_run::FetchRun, shutdown::Reason};
use crate::store::{page_log::line::Start, page_log::name};

/// Open the circuit breaker after this many consecutive temporary failures.
const BREAKER: u32 = 5;

/// Where a crawl begins.
pub(crate) enum CrawlOrigin {
    FirstPage(NewestLog),
    Cursor(Box<ResumableCrawl>),
}

/// An account with its open log.
pub(crate) struct CrawlTask {
    pub request: AccountRequest,
    log: CrawlLog,
    resumed: Option<ResumableCrawl>,
    /// For a crawl from the first page: how its log begins, and the folder of the log.
    start: Start,
    dir: PathBuf,
    history: AccountHistory,
}

impl CrawlTask {
    pub(crate) fn begin(run: &FetchRun, context: &Context, request: AccountRequest, from: CrawlOrigin) -> Result<Self> {
        let dir = run.store.account_dir(&request.key);
        let start = start_line(run, context, &request)?;
        let history = run.history(&request.key);
        let (log, resumed) = match from {
            CrawlOrigin::Cursor(resumed) => (CrawlLog::resume(&resumed)?, Some(*resumed)),
            CrawlOrigin::FirstPage(newest) => (CrawlLog::begin(&dir, start.clone(), newest, &context.clock)?, None),
        };
        Ok(Self { request, log, resumed, start, dir, history })
    }

    pub(crate) async fn crawl(self, context: Arc<Context>, failed_in_a_row: Arc<AtomicU32>) -> Result<CrawlOutcome> {
        let Self { request, log, resumed, start, dir, history } = self;
        // A resumed crawl keeps the time and the number that it began with.
        let (began_at, sequence) = (log.start.started_at.clone(), log.start.sequence);
        let resumed_log = resumed.as_ref().map(|resumed| name::without_partial(&resumed.log));
        let result = crawl::crawl(&context, &request, &history, log, resumed, None).await?;
        let mut outcome = result.outcome;
        if result.cursor_is_stale && context.stop.reason().is_none() {
            // The stored pages stay; what they led to is gone, so the account is crawled from its first page.
            let reason = outcome.reason.unwrap_or_default();
            let why = format!("started over: the crawl of {began_at} could not be resumed ({reason})");
            tracing::warn!(account = request.account, "{why}");
            let newest = NewestLog { name: resumed_log.unwrap_or_default(), at: Some(context.clock.now()), sequence };
            let start = Start { run_id: context.run_id.text(&context.store, &context.clock)?, ..start };
            let log = CrawlLog::begin(&dir, start, newest, &context.clock)?;
            let (new_pages, retries, has_new_profile) = (outcome.new_pages, outcome.retries, outcome.has_new_profile);
            outcome = crawl::crawl(&context, &request, &history, log, None, Some(why)).await?.outcome;
            outcome.new_pages += new_pages;
            outcome.retries += retries;
            outcome.has_new_profile |= has_new_profile;
        }
        if outcome.failure != Some(ErrorKind::Transient) {
            failed_in_a_row.store(0, Ordering::Relaxed);
        } else if failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= BREAKER {
            context.stop.now(Reason::Breaker);
        }
        Ok(outcome)
    }
}

/// The log sets the final time and number as it begins.
fn start_line(run: &FetchRun, context: &Context, request: &AccountRequest) -> Result<Start> {
    let zone = run.settings.timezone_of(Some(request)).unwrap_or(chrono_tz::Tz::UTC);
    let run_id = context.run_id.text(run.store, &context.clock)?;
    Ok(Start {
        account_id: request.account_id.clone(),
        label: request.label.clone(),
        timezone: zone.name().to_owned(),
        followers: request.followers,
        followers_as_of: request.followers_as_of.map(|day| day.to_string()),
        ..Start::new(&request.account, &run_id, context.clock.now().into())
    })
}
