//! One account's turn: its log is opened, its crawl made, and begun anew where an earlier cursor leads nowhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::config::accounts::AccountRequest;
use crate::error::{ErrorKind, Result};
use crate::fetch::crawl;
use crate::fetch::crawl::{Context, CrawlOutcome};
use crate::fetch::crawl_log::{CrawlLog, NewestLog};
use crate::fetch::resume::{AccountHistory, ResumableCrawl, log_name};
use crate::fetch::scheduler::Run;
use crate::fetch::shutdown::Reason;
use crate::store::page_log::line::Start;

/// So many accounts in a row that fail for now are no accident.
const BREAKER: u32 = 5;

/// Where a crawl begins.
pub enum From {
    FirstPage(NewestLog),
    Cursor(Box<ResumableCrawl>),
}

/// An account with its open log.
pub struct CrawlTask {
    pub request: AccountRequest,
    log: CrawlLog,
    unfinished: Option<ResumableCrawl>,
    /// What a crawl from the first page begins with, and where its log goes.
    start: Start,
    dir: std::path::PathBuf,
    known: AccountHistory,
}

impl CrawlTask {
    pub fn begin(run: &Run, context: &Context, request: AccountRequest, from: From) -> Result<Self> {
        let dir = run.store.account_dir(&request.key);
        let start = start_line(run, &request, context.run_id.text(run.store, &context.clock)?);
        let known = run.known(&request.key);
        let (log, unfinished) = match from {
            From::Cursor(unfinished) => (CrawlLog::resume(&unfinished)?, Some(*unfinished)),
            From::FirstPage(newest) => (CrawlLog::begin(&dir, start.clone(), newest, &context.clock)?, None),
        };
        Ok(Self { request, log, unfinished, start, dir, known })
    }

    pub async fn crawl(self, context: Arc<Context>, failed_in_a_row: Arc<AtomicU32>) -> Result<CrawlOutcome> {
        let Self { request, log, unfinished, start, dir, known } = self;
        // A crawl that is resumed is still the one that it was when it began.
        let (began_at, sequence) = (log.start.started_at.clone(), log.start.sequence);
        let resumed = unfinished.as_ref().map(|unfinished| log_name(&unfinished.log));
        let walked = crawl::walk(&context, &request, &known, log, unfinished, None).await?;
        let mut outcome = walked.outcome;
        if walked.cursor_is_stale && context.stop.reason().is_none() {
            // The old pages stay; what they led to is gone, so the account is crawled anew.
            let reason = outcome.reason.unwrap_or_default();
            let why = format!("walked anew: the walk begun at {began_at} could not go on ({reason})");
            tracing::warn!(account = request.account, "{why}");
            let newest = NewestLog { name: resumed.unwrap_or_default(), at: Some(context.clock.now()), sequence };
            let start = Start { run_id: context.run_id.text(&context.store, &context.clock)?, ..start };
            let log = CrawlLog::begin(&dir, start, newest, &context.clock)?;
            let (bought, retries) = (outcome.new_pages, outcome.retries);
            outcome = crawl::walk(&context, &request, &known, log, None, Some(why)).await?.outcome;
            outcome.new_pages += bought;
            outcome.retries += retries;
        }
        if outcome.failure == Some(ErrorKind::Transient) {
            if failed_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= BREAKER {
                context.stop.now(Reason::Breaker);
            }
        } else {
            failed_in_a_row.store(0, Ordering::Relaxed);
        }
        Ok(outcome)
    }
}

/// Without its time and number, which it gets as the log begins.
fn start_line(run: &Run, request: &AccountRequest, run_id: String) -> Start {
    let zone = run.settings.timezone_of(Some(request)).unwrap_or(chrono_tz::Tz::UTC);
    Start {
        account: request.account.clone(),
        account_id: request.account_id.clone(),
        label: request.label.clone(),
        timezone: zone.name().to_owned(),
        followers: request.followers,
        followers_as_of: request.followers_as_of.map(|day| day.to_string()),
        run_id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: String::new(),
        sequence: 0,
        configures_only: false,
    }
}
