//! The end of a run: its outcome, why it failed, and what to do about that.

use std::collections::{BTreeMap, HashSet};

use chrono::Duration;

use crate::cli::words::{command, count, counted, program, quoted};
use crate::cli::{args::fetching::FetchingArgs, ending::Ending, exit_code::Exit};
use crate::config::{FetchConfig, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::{shutdown::Reason, summary::Reused};
use crate::pipeline::{run, summary::Summary};
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::{fs, time};

/// The runs that a store has published; `None` where they cannot be read, which is reported.
pub(crate) fn published(store: &Store) -> Option<HashSet<String>> {
    let runs = store.runs().inspect_err(|error| tracing::warn!("{error}")).ok()?;
    Some(runs.into_iter().map(|run| run.run_id).collect())
}

/// If the disk is full: adds what became of the pages, as far as that is certain.
pub(crate) fn on_a_full_disk(
    error: Error,
    args: &FetchingArgs,
    store: &Store,
    runs_before: &Option<HashSet<String>>,
) -> Error {
    if error.kind != ErrorKind::Disk || !fs::was_full() {
        return error;
    }
    // Pages of a published run are an observation of their own: the next run fetches new ones.
    let known = runs_before.as_ref().zip(published(store));
    let is_unpublished = known.is_some_and(|(before, runs)| runs.is_subset(before));
    let resumes = args.input.replay.replay.is_none() && is_unpublished;
    error.hint(full_disk(resumes, args.resume_within))
}

fn full_disk(resumes: bool, resume_within: Duration) -> String {
    let kept = "the disk is full: free some space and run again; pages that were stored are kept";
    if !resumes {
        return kept.to_owned();
    }
    format!("{kept}, and a run within {} (--resume-within) does not fetch them again", hours(resume_within))
}

/// How to complete a run that was cut short.
fn resume(summary: &Summary, again: &Again) -> Option<String> {
    let first = match summary.stopped? {
        Reason::KeyRefused => "check the key in AISA_API_KEY or --api-key-file (no quotes around it), then ",
        Reason::OutOfCredits => "top up, then ",
        Reason::Breaker => "when the API responds again, ",
        Reason::MaxCalls | Reason::MaxCost | Reason::Interrupted | Reason::Terminated => "",
        Reason::Disk => return None,
    };
    Some(format!(
        "{first}run again within {} (--resume-within): {}; no page is fetched twice",
        again.within, again.command
    ))
}

/// The command that completes this one, and how soon.
pub(crate) struct Again {
    command: String,
    within: String,
}

impl Again {
    pub(crate) fn of(args: &FetchingArgs) -> Self {
        /// A longer one is a list of accounts that nobody reads.
        const MAX_CHARS: usize = 300;
        let typed: Vec<String> = without_secrets(std::env::args().skip(1)).map(|arg| quoted(&arg)).collect();
        let command = format!("{} {}", program(), typed.join(" "));
        let is_short = command.chars().count() <= MAX_CHARS;
        let command = if is_short { command } else { "the same command".to_owned() };
        Self { command, within: hours(args.resume_within) }
    }
}

/// The address of a ping is a secret.
fn without_secrets(args: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let mut is_secret = false;
    args.map(move |arg| {
        let shown = match arg.split_once('=') {
            Some(("--ping-url", _)) => "--ping-url=…".to_owned(),
            _ if is_secret => "…".to_owned(),
            _ => arg.clone(),
        };
        is_secret = arg == "--ping-url";
        shown
    })
}

fn hours(within: Duration) -> String {
    format!("{} h", within.num_minutes() as f64 / 60.0)
}

/// What to do about a run that failed.
fn advice(summary: &Summary, store: &Store) -> Option<String> {
    let is_missing = || summary.accounts.iter().any(|entry| entry.status == AccountStatus::NotFound);
    let advice = match summary.failure()? {
        ErrorKind::Auth => "check the key in AISA_API_KEY or --api-key-file (no quotes around it), then run again",
        ErrorKind::QuotaExhausted => "top up, then run again: it resumes where it stopped",
        ErrorKind::Transient => "run again later: fetched pages are kept, and crawls resume where they stopped",
        ErrorKind::InvalidData => {
            let query = command("query \"SELECT * FROM findings ORDER BY account, finding, detail\"", store);
            return Some(format!("look at the findings table: {query}"));
        }
        ErrorKind::Interrupted | ErrorKind::Terminated => "run again: crawls resume where they stopped",
        ErrorKind::Partial if !summary.unusable.is_empty() => {
            "restore the page logs named above from a backup, or remove them: reelframe forget ACCOUNT --log FILE"
        }
        ErrorKind::Partial if !summary.skipped.is_empty() => Summary::shapes(),
        ErrorKind::Partial if is_missing() => {
            "check the spelling of the accounts that were not found; run again for the others"
        }
        ErrorKind::Partial if summary.faults > 0 => "correct the sections of --queries named above",
        ErrorKind::Partial if summary.calls == 0 => "look at the reasons above",
        ErrorKind::Partial => "look at the reasons above and run again: interrupted crawls resume where they stopped",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// Adds what the calls cost.
pub(crate) fn with_cost(mut summary: Summary, source: &Source) -> (Summary, String) {
    let Source::Api(FetchConfig { price: Some(price), .. }) = source else { return (summary, String::new()) };
    let billed = summary.calls_billed;
    summary.price_per_call_usd = Some(price.usd().dollars());
    summary.cost_usd = Some(price.cost(billed.into()).dollars());
    let calls = match summary.calls {
        0 => return (summary, String::new()),
        made if made == billed => count(made, "call"),
        made => format!("{billed} billed of {}", count(made, "call")),
    };
    (summary, price.about(billed.into(), &calls) + "\n")
}

/// Requests and pages; nothing if there was no request.
pub(crate) fn fetched_line(summary: &Summary) -> String {
    if summary.calls == 0 && summary.calls_saved == 0 {
        return String::new();
    }
    let credits =
        summary.credits_remaining.map(|left| format!(" · {} left", count(left, "credit"))).unwrap_or_default();
    let profiles =
        if summary.profiles > 0 { format!(" · {}", count(summary.profiles, "profile")) } else { String::new() };
    format!(
        "\n{} · {} saved by resuming · {} saved by --refresh-window · {}{profiles} · {} · {:.0} s waited for the rate limit{credits}\n",
        count(summary.calls, "call"),
        summary.calls_saved,
        summary.calls_saved_by_window,
        count(summary.pages, "new page"),
        counted(summary.retries, "retry", "retries"),
        summary.waited_s
    )
}

/// The crawls of earlier runs that were reused, and their age.
pub(crate) fn reused_lines(summary: &Summary) -> String {
    let line = |reused: &Reused| {
        let accounts = count(reused.crawls, "account");
        let were = if reused.crawls == 1 { "was" } else { "were" };
        let when = format!(" {}", time::age(reused.hours));
        format!("{accounts} crawled{when} by run {} {were} not crawled again\n", reused.run_id)
    };
    summary.reused.iter().map(line).collect()
}

/// The ending of a shard without accounts. It has a store all the same, so that all of them can be merged.
pub(crate) fn idle(args: &FetchingArgs, store: &Store) -> Result<Ending> {
    if !args.cost.dry_run {
        run::create(store)?;
    }
    let shard = args.shard.map(|shard| format!("shard {shard} ")).unwrap_or_default();
    close(
        &Summary::default(),
        format!("{shard}has none of the accounts: nothing to do\n"),
        store,
        None,
        args.to.skip_code,
    )
}

/// Reports accounts and failure on stderr, and returns the ending.
pub(crate) fn close(
    summary: &Summary,
    text: String,
    store: &Store,
    again: Option<Again>,
    skip: bool,
) -> Result<Ending> {
    log_accounts(summary);
    let failure = summary.failure();
    let resume = again.and_then(|again| resume(summary, &again));
    let (cause, advice) = (summary.cause(), resume.or_else(|| advice(summary, store)));
    let is_stopped = matches!(failure, Some(ErrorKind::Interrupted | ErrorKind::Terminated));
    let is_partial = failure == Some(ErrorKind::Partial) && summary.publication.dir().is_some();
    if let Some(cause) = cause.as_ref().filter(|_| !is_stopped && !is_partial) {
        tracing::error!("failed: {cause} (exit code {})", Exit::from(failure).code());
    }
    if let Some(advice) = &advice {
        tracing::warn!("what to do: {advice}");
    }
    let exit = if skip && failure.is_none() { Exit::NothingNew } else { failure.into() };
    let ending = Ending::done(text).exit(exit).facts(summary)?;
    Ok(match cause {
        Some(cause) => ending.cause(cause, advice),
        None => ending,
    })
}

/// More accounts with one status and reason get one line together: where the API is down, they are all of them.
const MOST_LINES: usize = 5;

/// Logs the accounts that are not complete, each with its status and reason.
fn log_accounts(summary: &Summary) {
    let mut alike: BTreeMap<(AccountStatus, &str), Vec<&str>> = BTreeMap::new();
    for entry in summary.accounts.iter().filter(|entry| entry.status != AccountStatus::Complete) {
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        alike.entry((entry.status, reason)).or_default().push(&entry.account);
    }
    for ((status, reason), accounts) in alike {
        // What a profile has explained is no trouble.
        let is_trouble = !matches!(
            status,
            AccountStatus::Incremental | AccountStatus::Limited | AccountStatus::Private | AccountStatus::Empty
        );
        let more = if accounts.len() > MOST_LINES { accounts.len() - 1 } else { 0 };
        for account in if more > 0 { &accounts[..1] } else { &accounts } {
            let (status, others) = (status.text(), (more > 0).then(|| format!(" (and {more} other accounts)")));
            let others = others.unwrap_or_default();
            match is_trouble {
                true => tracing::warn!(account, status, "{reason}{others}"),
                false => tracing::info!(account, status, "{reason}{others}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_ping_is_not_repeated() {
        let shown = |args: &[&str]| without_secrets(args.iter().map(ToString::to_string)).collect::<Vec<_>>();
        assert_eq!(shown(&["run", "--ping-url", "http://x/s3cret", "jane"]), ["run", "--ping-url", "…", "jane"]);
        assert_eq!(shown(&["run", "--ping-url=http://x/s3cret"]), ["run", "--ping-url=…"]);
    }

    #[test]
    fn a_full_disk_promises_what_is_true() {
        let hint = |resumes| full_disk(resumes, Duration::minutes(90));
        assert!(hint(true).ends_with("are kept, and a run within 1.5 h (--resume-within) does not fetch them again"));
        assert!(hint(false).ends_with("pages that were stored are kept"));
    }
}
