//! `run`, `fetch` and `export`: pages in, tables out, and what came of it.

use std::collections::HashSet;
use std::path::Path;

use chrono::Duration;

use crate::cli::args::{ExportArgs, RunArgs};
use crate::cli::commands::dry_run::dry_run;
use crate::cli::commands::ending::Ending;
use crate::cli::commands::words::{command, count, counted, program, quoted};
use crate::cli::exit_code::Exit;
use crate::cli::progress::Progress;
use crate::config::{Settings, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::shutdown::Reason;
use crate::fetch::summary::Reused;
use crate::formats::options::Format;
use crate::pipeline::run;
use crate::pipeline::summary::Summary;
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::{fs, time};

pub fn run(args: &RunArgs, progress: &Progress) -> Result<Ending> {
    let (store, mut settings) = (Store::new(&args.store.store).with_init(args.init), args.tables.settings()?);
    settings.keep_runs = usize::from(args.keep_runs);
    settings.accept_loss = args.accept_loss;
    settings.queries.clone_from(&args.queries);
    let source = source(args, progress)?;
    if args.dry_run {
        return dry_run(&store, &settings, &source, args.run_id.as_deref());
    }
    let runs_before = published(&store);
    let summary = run::run(&store, &settings, &source, args.run_id.as_deref())
        .map_err(|error| on_a_full_disk(error, args, &store, &runs_before))?;
    let mut text = summary.terminal.clone();
    text.push_str(&fetched_line(&summary));
    text.push_str(&reused_lines(&summary));
    match &summary.published {
        Some(dir) if summary.was_published => {
            text.push_str(&format!("run {} is published already: {}\n", summary.run_id, dir.display()));
        }
        Some(dir) => text.push_str(&next_steps(&store, dir, &settings)?),
        None => text.push_str(nothing_published(summary.failure())),
    }
    let nothing_new = summary.published.is_none() || summary.was_published;
    close(&summary, text, &store, Some(Again::of(args)), args.skip_code && nothing_new)
}

fn nothing_published(failure: Option<ErrorKind>) -> &'static str {
    match failure {
        None => "nothing new: no run was published\n",
        Some(ErrorKind::Interrupted | ErrorKind::Terminated) => "stopped: no run was published\n",
        _ => "failed: no run was published\n",
    }
}

fn source(args: &RunArgs, progress: &Progress) -> Result<Source> {
    let mut source = args.source()?;
    args.doubts(time::now()).iter().for_each(|doubt| tracing::warn!("{doubt}"));
    if let Source::Api(config) = &mut source {
        config.progress = progress.clone();
    }
    Ok(source)
}

/// The runs that a store has published; `None` where they cannot be read, which the command itself says.
fn published(store: &Store) -> Option<HashSet<String>> {
    Some(store.runs().ok()?.into_iter().map(|run| run.run_id).collect())
}

/// Says of a full disk what became of the pages, as far as that is sure.
fn on_a_full_disk(error: Error, args: &RunArgs, store: &Store, runs_before: &Option<HashSet<String>>) -> Error {
    if error.kind != ErrorKind::Disk || !fs::was_full() {
        return error;
    }
    // Pages of a published run are an observation of their own: the next run pays for new ones.
    let known = runs_before.as_ref().zip(published(store));
    let is_unpublished = known.is_some_and(|(before, runs)| runs.is_subset(before));
    let resumes = args.tables.replay.is_none() && is_unpublished;
    error.hint(full_disk(resumes, args.resume_within))
}

fn full_disk(resumes: bool, resume_within: Duration) -> String {
    let kept = "the disk is full: free some space and run again; pages that were stored are kept";
    if !resumes {
        return kept.to_owned();
    }
    format!("{kept}, and a rerun within {} (--resume-within) does not pay for them again", hours(resume_within))
}

/// How to go on with a run that was cut short: what it has crawled is not crawled again.
fn go_on(summary: &Summary, again: &Again) -> Option<String> {
    let first = match summary.stopped? {
        Reason::KeyRefused => "check the key in AISA_API_KEY or --api-key-file (no quotes around it), then ",
        Reason::OutOfCredits => "top up, then ",
        Reason::Breaker => "when the API answers again, ",
        Reason::MaxCalls | Reason::Interrupted | Reason::Terminated => "",
        Reason::Disk => return None,
    };
    Some(format!(
        "{first}run again within {} (--resume-within): {}; no page is bought twice",
        again.within, again.command
    ))
}

/// The command that goes on with this one, and how soon.
struct Again {
    command: String,
    within: String,
}

impl Again {
    fn of(args: &RunArgs) -> Self {
        /// A longer one is a list of accounts that nobody reads.
        const MOST_CHARS: usize = 300;
        let typed: Vec<String> = std::env::args().skip(1).map(|arg| quoted(&arg)).collect();
        let command = format!("{} {}", program(), typed.join(" "));
        let is_short = command.chars().count() <= MOST_CHARS;
        let command = if is_short { command } else { "the same command".to_owned() };
        Self { command, within: hours(args.resume_within) }
    }
}

fn hours(within: Duration) -> String {
    format!("{} h", within.num_minutes() as f64 / 60.0)
}

/// What to do where a run did not come to its end.
fn advice(summary: &Summary, store: &Store) -> Option<String> {
    let is_missing = || summary.accounts.iter().any(|entry| entry.status == AccountStatus::NotFound);
    let advice = match summary.failure()? {
        ErrorKind::Auth => "check the key in AISA_API_KEY or --api-key-file (no quotes around it), then run again",
        ErrorKind::QuotaExhausted => "top up, then run again: it goes on where it stopped",
        ErrorKind::Transient => "run again later: pages that came are kept, and crawls go on where they stopped",
        ErrorKind::InvalidData => {
            let query = command("query \"SELECT * FROM findings ORDER BY account, finding, detail\"", store);
            return Some(format!("look at the findings table: {query}"));
        }
        ErrorKind::Interrupted | ErrorKind::Terminated => "run again: crawls go on where they stopped",
        ErrorKind::Partial if !summary.unusable.is_empty() => {
            "restore the page logs that are named above from a backup, or remove them: reelframe forget ACCOUNT --log FILE"
        }
        ErrorKind::Partial if !summary.skipped.is_empty() => Summary::shapes(),
        ErrorKind::Partial if is_missing() => {
            "check how the accounts that were not found are written; run again for the others"
        }
        ErrorKind::Partial if summary.faults > 0 => "correct the sections of --queries that are named above",
        ErrorKind::Partial if summary.calls == 0 => "look at the reasons above",
        ErrorKind::Partial => {
            "look at the reasons above and run again: crawls that were cut short go on where they stopped"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What the API was asked for; nothing where it was not asked.
fn fetched_line(summary: &Summary) -> String {
    if summary.calls == 0 && summary.calls_saved == 0 {
        return String::new();
    }
    let credits =
        summary.credits_remaining.map(|left| format!(" · {} left", count(left, "credit"))).unwrap_or_default();
    format!(
        "\n{} · {} saved by resuming · {} by the window · {} · {} · {:.0} s waited for the rate limit{credits}\n",
        count(summary.calls, "call"),
        summary.calls_saved,
        summary.calls_saved_by_window,
        count(summary.pages, "new page"),
        counted(summary.retries, "retry", "retries"),
        summary.waited_s
    )
}

/// The crawls of earlier runs that were not made again, and how old they are.
fn reused_lines(summary: &Summary) -> String {
    let line = |reused: &Reused| {
        let accounts = counted(reused.crawls, "account", "accounts");
        let were = if reused.crawls == 1 { "was" } else { "were" };
        let when = format!(" {}", time::age(reused.hours));
        format!("{accounts} crawled{when} by run {} {were} not crawled again\n", reused.run_id)
    };
    summary.reused.iter().map(line).collect()
}

/// The last words of a command: its accounts and its failure on stderr, and what it came to.
fn close(summary: &Summary, text: String, store: &Store, again: Option<Again>, skip: bool) -> Result<Ending> {
    say_accounts(summary);
    let failure = summary.failure();
    let go_on = again.and_then(|again| go_on(summary, &again));
    let (cause, advice) = (summary.cause(), go_on.or_else(|| advice(summary, store)));
    let is_stopped = matches!(failure, Some(ErrorKind::Interrupted | ErrorKind::Terminated));
    let is_partial = failure == Some(ErrorKind::Partial) && summary.published.is_some();
    if let Some(cause) = cause.as_ref().filter(|_| !is_stopped && !is_partial) {
        tracing::error!("failed: {cause}");
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

fn next_steps(store: &Store, published: &Path, settings: &Settings) -> Result<String> {
    let latest = store.root().join("latest");
    let latest = if fs::is_link(&latest)? { &latest } else { published };
    let formats = Format::ALL.into_iter().filter(|format| settings.output.formats.contains(format));
    // Parquet is there in any case.
    let others = formats.filter(|format| *format != Format::Parquet);
    let others: String = others.map(|format| format!(", *.{}", format.name())).collect();
    Ok(format!(
        "\nTables  {0}/*.parquet{others}\nReport  {0}/report.html\nAsk     {1}\n",
        latest.display(),
        command("query top_reels", store)
    ))
}

/// The accounts that are not complete, on stderr: each with its status and its reason.
fn say_accounts(summary: &Summary) {
    for entry in &summary.accounts {
        let (account, status) = (&entry.account, entry.status.text());
        let reason = entry.reason.as_deref().unwrap_or("no reason given");
        match entry.status {
            AccountStatus::Complete => {}
            AccountStatus::Incremental | AccountStatus::Limited => tracing::info!(account, status, "{reason}"),
            _ => tracing::warn!(account, status, "{reason}"),
        }
    }
}

pub fn fetch(args: &RunArgs, progress: &Progress) -> Result<Ending> {
    let (store, mut settings) = (Store::new(&args.store.store).with_init(args.init), args.tables.settings()?);
    settings.accept_loss = args.accept_loss;
    settings.queries.clone_from(&args.queries);
    let source = source(args, progress)?;
    if args.dry_run {
        return dry_run(&store, &settings, &source, args.run_id.as_deref());
    }
    let runs_before = published(&store);
    let summary = run::fetch_only(&store, &settings, &source, args.run_id.as_deref())
        .map_err(|error| on_a_full_disk(error, args, &store, &runs_before))?;
    let raw = store.raw_dir();
    let mut text = match summary.failure() {
        None | Some(ErrorKind::Partial) => String::new(),
        Some(ErrorKind::Interrupted | ErrorKind::Terminated) => "stopped: ".to_owned(),
        _ => "failed: ".to_owned(),
    };
    text.push_str(&format!("{} in {}\n{}", count(summary.pages, "new page"), raw.display(), fetched_line(&summary)));
    text.push_str(&reused_lines(&summary));
    if summary.pages > 0 {
        text.push_str(&format!("\nBuild   {}\n", command("rebuild", &store)));
    }
    close(&summary, text, &store, Some(Again::of(args)), args.skip_code && summary.pages == 0)
}

pub fn export(args: &ExportArgs) -> Result<Ending> {
    let (store, settings) = (Store::new(&args.store.store), args.tables.settings()?);
    let summary = run::export(&store, &settings, args.tables.replay().as_ref(), &args.out)?;
    let (reels, accounts) = (count(summary.rows, "reel"), count(summary.accounts.len() as u64, "account"));
    close(&summary, format!("{reels} of {accounts} in {}\n", args.out.display()), &store, None, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_promises_what_is_true() {
        let hint = |resumes| full_disk(resumes, Duration::minutes(90));
        assert!(
            hint(true).ends_with("are kept, and a rerun within 1.5 h (--resume-within) does not pay for them again")
        );
        assert!(hint(false).ends_with("pages that were stored are kept"));
    }

    #[test]
    fn only_a_run_without_trouble_has_nothing_new() {
        let words = [ErrorKind::Auth, ErrorKind::Transient, ErrorKind::QuotaExhausted, ErrorKind::Partial]
            .map(Some)
            .map(nothing_published);
        assert_eq!(words, ["failed: no run was published\n"; 4]);
        assert_eq!(nothing_published(Some(ErrorKind::Interrupted)), "stopped: no run was published\n");
        assert_eq!(nothing_published(None), "nothing new: no run was published\n");
    }
}
