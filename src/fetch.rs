//! Pages in: from the API, or from disk by replay. Knows nothing of columns.

mod budget;
mod client;
mod envelope;
mod import;
pub mod page_log;
mod replay;
mod retry;
mod walk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::config::{AccountRequest, FetchConfig, Settings};
use crate::error::{Error, Exit, Result};
use crate::store::Store;

use budget::Pace;
use client::Client;
use page_log::{Line, LogWriter, Start};
use walk::{Context, timestamp};

pub use import::{Imported, compact_time, default_run_id, for_each_line, import};
pub use replay::{AccountSource, Found, find};
pub use walk::Outcome;

/// Walks every account and keeps its pages; the outcomes are in the order of the accounts.
///
/// # Errors
/// The disk, or a configuration that cannot work; what the API does to one account is its outcome.
pub fn fetch(store: &Store, settings: &Settings, config: &FetchConfig, run_id: &str) -> Result<Vec<Outcome>> {
    let context = Arc::new(Context {
        client: Client::new(config)?,
        pace: Pace::new(config.requests_per_minute),
        config: config.clone(),
        stopped: AtomicBool::new(false),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::unexpected(format!("no runtime: {error}")))?;
    runtime.block_on(walk_all(store, settings, &context, run_id))
}

async fn walk_all(store: &Store, settings: &Settings, context: &Arc<Context>, run_id: &str) -> Result<Vec<Outcome>> {
    let places = Arc::new(Semaphore::new(context.config.concurrency));
    let mut walks = JoinSet::new();
    for (index, request) in settings.requests().iter().cloned().enumerate() {
        let place = Arc::clone(&places).acquire_owned().await.expect("never closed");
        if context.stopped.load(Ordering::Relaxed) {
            break;
        }
        let log = begin(store, settings, &request, run_id)?;
        let context = Arc::clone(context);
        walks.spawn(async move {
            let outcome = walk::walk(&context, &request, log).await;
            if outcome.is_err() {
                // The disk has failed: what is bought from here on could not be kept.
                context.stopped.store(true, Ordering::Relaxed);
            }
            drop(place);
            (index, outcome)
        });
    }
    let mut outcomes = Vec::new();
    let mut fault = None;
    while let Some(walk) = walks.join_next().await {
        match walk.map_err(|error| Error::unexpected(format!("a walk ended wrongly: {error}")))? {
            (index, Ok(outcome)) => outcomes.push((index, outcome)),
            (_, Err(error)) => fault = fault.or(Some(error)),
        }
    }
    if let Some(error) = fault {
        return Err(error);
    }
    outcomes.sort_by_key(|(index, _)| *index);
    let mut outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let not_begun = settings.requests().iter().skip(outcomes.len());
    outcomes.extend(not_begun.map(|request| not_walked(&request.account)));
    Ok(outcomes)
}

/// Opens the log of a walk with its start line, which is durable before the first request.
fn begin(store: &Store, settings: &Settings, request: &AccountRequest, run_id: &str) -> Result<LogWriter> {
    let zone = settings.timezone_of(Some(request)).unwrap_or(chrono_tz::Tz::UTC);
    let start = Start {
        account: request.account.clone(),
        account_id: request.account_id.clone(),
        label: request.label.clone(),
        timezone: zone.name().to_owned(),
        followers: request.followers,
        followers_as_of: request.followers_as_of.map(|day| day.to_string()),
        run_id: run_id.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: timestamp(Utc::now()),
        configures_only: false,
    };
    let mut log = LogWriter::create(&store.account_dir(&request.account), &import::log_name(&start)?)?;
    log.append(&Line::Start(start))?;
    log.sync()?;
    Ok(log)
}

fn not_walked(account: &str) -> Outcome {
    Outcome {
        account: account.to_owned(),
        status: "failed",
        reason: Some("not asked for: the run was stopped before".to_owned()),
        pages: 0,
        items: 0,
        calls: 0,
        retries: 0,
        exit: Exit::Done,
    }
}
