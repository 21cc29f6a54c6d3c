//! What a run would do and cost, without a request.

use crate::config::accounts::AccountRequest;
use crate::error::{ErrorKind, Result};
use crate::fetch::{account_history::AccountHistory, cutoff::Cutoff, fetch_run::FetchRun, resume::ResumeDecision};
use crate::time::{self, age, hours_between};

/// One account's line of a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedFetch {
    pub account: String,
    pub action: String,
    pub last_pages: Option<i32>,
    /// `None` if unknown.
    pub calls: Option<i32>,
}

/// Plans a run, account by account.
pub(crate) fn plan(run: &FetchRun) -> Result<Vec<PlannedFetch>> {
    let line = |request: AccountRequest| {
        let history = run.history(&request.key);
        let (action, calls) = match run.decide(&request) {
            Err(error) if error.kind == ErrorKind::InvalidData => (format!("fails: {}", error.message), Some(0)),
            decision => plan_account(run, &history, decision?),
        };
        Ok(PlannedFetch { account: request.account, action, last_pages: history.pages, calls })
    };
    run.in_order().into_iter().map(line).collect()
}

/// What would be done about an account, and the calls it takes, as far as earlier crawls tell.
fn plan_account(run: &FetchRun, history: &AccountHistory, decision: ResumeDecision) -> (String, Option<i32>) {
    let wants_profile = run.config.profiles
        && match &decision {
            ResumeDecision::StartOver(_) => true,
            ResumeDecision::Resume(crawl) => !crawl.has_profile,
            ResumeDecision::Reuse(_) => false,
        };
    let (action, pages) = plan_pages(run, history, decision);
    match pages {
        _ if !wants_profile => (action, pages),
        Some(0) => ("fetch the profile".to_owned(), Some(1)),
        pages => (format!("{action}, and the profile"), pages.map(|pages| pages + 1)),
    }
}

fn plan_pages(run: &FetchRun, history: &AccountHistory, decision: ResumeDecision) -> (String, Option<i32>) {
    match decision {
        ResumeDecision::StartOver(_) => {
            let (until, pages) = expected_end(run, history, Cutoff::of(run.config, history, time::now()));
            (format!("crawl from page 1{until}"), pages)
        }
        ResumeDecision::Reuse(ended) if ended.is_published => {
            let when = age(hours_between(ended.end.ended_at.at(), time::now()));
            (format!("nothing to fetch: crawled {when} by run {}", ended.run_id), Some(0))
        }
        ResumeDecision::Reuse(ended) => {
            (format!("nothing to fetch: {}, not yet published", stored_pages(ended.pages)), Some(0))
        }
        ResumeDecision::Resume(crawl) if crawl.next.is_none() => {
            (format!("nothing to fetch: {}", stored_pages(crawl.pages)), Some(0))
        }
        ResumeDecision::Resume(crawl) => {
            let cutoff = Cutoff::of(run.config, history, crawl.start.started_at.at());
            if cutoff.is_some_and(|cutoff| cutoff.is_reached(crawl.reached)) {
                let reach = if crawl.pages == 1 { "reaches" } else { "reach" };
                let action = format!("nothing to fetch: {} already {reach} the cutoff", stored_pages(crawl.pages));
                return (action, Some(0));
            }
            let (until, pages) = expected_end(run, history, cutoff);
            let stored = i32::try_from(crawl.pages).unwrap_or(i32::MAX);
            let left = pages.map(|pages| pages.saturating_sub(stored).max(1));
            (format!("resume at page {}{until}", crawl.pages + 1), left)
        }
    }
}

fn stored_pages(pages: u32) -> String {
    if pages == 1 { "1 stored page".to_owned() } else { format!("{pages} stored pages") }
}

/// Where a crawl will end, in words, and how many pages it will have.
fn expected_end(run: &FetchRun, history: &AccountHistory, cutoff: Option<Cutoff>) -> (String, Option<i32>) {
    // A crawl without a page tells nothing of the next: an account that was not found costs a call, too.
    let full = history.complete_pages.or(history.pages.filter(|pages| *pages > 0));
    let (until, pages) = match cutoff {
        None => (String::new(), full),
        Some(cutoff) => {
            let is_bound = history.incremental_pages.is_none() && full.is_some();
            let bound = if is_bound { " (upper bound)" } else { "" };
            (format!(", until {}{bound}", cutoff.at.format("%Y-%m-%d")), history.incremental_pages.or(full))
        }
    };
    let limit = |pages: i32| run.config.max_pages.map_or(pages, |max| pages.min(i32::try_from(max).unwrap_or(pages)));
    (until, pages.map(limit))
}
