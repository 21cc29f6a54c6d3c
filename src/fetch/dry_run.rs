//! What a run would do and cost, without a request.

use crate::config::accounts::AccountRequest;
use crate::error::{ErrorKind, Result};
use crate::fetch::cutoff::Cutoff;
use crate::fetch::resume::{AccountHistory, ResumeDecision, began};
use crate::fetch::scheduler::{Run, in_order, plan};
use crate::time;
use crate::time::{age, hours_between};

/// One account's line of a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFetch {
    pub account: String,
    pub action: String,
    pub last_pages: Option<i32>,
    /// `None` where nothing tells.
    pub calls: Option<i32>,
}

/// Says what a run would do and cost, without a request.
pub fn expect(run: &Run) -> Result<Vec<PlannedFetch>> {
    let line = |request: AccountRequest| {
        let known = run.known(&request.key);
        let (action, calls) = match plan(run, &request) {
            Err(error) if error.kind == ErrorKind::InvalidData => (format!("fails: {}", error.message), Some(0)),
            plan => expect_of(run, &known, plan?),
        };
        Ok(PlannedFetch { account: request.account, action, last_pages: known.pages, calls })
    };
    in_order(run).into_iter().map(line).collect()
}

/// What would be done about an account, and the calls it takes, as far as earlier walks tell.
fn expect_of(run: &Run, known: &AccountHistory, plan: ResumeDecision) -> (String, Option<i32>) {
    match plan {
        ResumeDecision::StartOver(_) => {
            let (until, pages) = expected_end(run, known, Cutoff::of(run.config, known, time::now()));
            (format!("walk from page 1{until}"), pages)
        }
        ResumeDecision::Reuse(ended) if ended.is_published => {
            let ended_at = ended.end.ended_at.parse().map(|at| age(hours_between(at, time::now())));
            let when = ended_at.map(|age| format!(" {age}")).unwrap_or_default();
            (format!("nothing: crawled{when} by run {}", ended.run_id), Some(0))
        }
        ResumeDecision::Reuse(ended) => (format!("nothing: {}, unpublished", held(ended.pages)), Some(0)),
        ResumeDecision::Resume(walk) => {
            let cutoff = began(&walk.start).and_then(|began| Cutoff::of(run.config, known, began));
            if cutoff.is_some_and(|cutoff| cutoff.is_reached(walk.reached)) {
                return (format!("nothing: {}, and that is far enough back", held(walk.pages)), Some(0));
            }
            let (until, pages) = expected_end(run, known, cutoff);
            let had = i32::try_from(walk.pages).unwrap_or(i32::MAX);
            let left = pages.map(|pages| pages.saturating_sub(had).max(1));
            (format!("go on at page {}{until}", walk.pages + 1), left)
        }
    }
}

fn held(pages: u32) -> String {
    if pages == 1 { "1 page is there".to_owned() } else { format!("{pages} pages are there") }
}

/// Where a walk will end, in words, and how many pages it will have.
fn expected_end(run: &Run, known: &AccountHistory, cutoff: Option<Cutoff>) -> (String, Option<i32>) {
    // A walk that brought no page tells nothing of the next: an account that was not found costs a call, too.
    let full = known.complete_pages.or(known.pages.filter(|pages| *pages > 0));
    let (until, pages) = match cutoff {
        None => (String::new(), full),
        Some(cutoff) => {
            let at_most =
                if known.windowed_pages.is_none() && full.is_some() { " (at most so many calls)" } else { "" };
            (format!(", until {}{at_most}", cutoff.at.format("%Y-%m-%d")), known.windowed_pages.or(full))
        }
    };
    let limit = |pages: i32| run.config.max_pages.map_or(pages, |max| pages.min(i32::try_from(max).unwrap_or(pages)));
    (until, pages.map(limit))
}
