//! `run`: fetch or replay pages, build the tables and the report, publish.

use std::path::Path;

use clap::Args;

use crate::cli::args::{OutputArgs, PublishArgs};
use crate::cli::closing::{Again, close, fetched_line, idle, on_a_full_disk, published, reused_lines, with_cost};
use crate::cli::{args::fetching::FetchingArgs, controls::controls, dry_run::dry_run, ending::Ending};
use crate::cli::{paths::expect_query_folder, progress::Bar, words::command};
use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::formats::options::Format;
use crate::fs;
use crate::pipeline::{outcome::Publication, run};
use crate::store::layout::Store;

const EXAMPLES: &str = "\
Examples:
  reelframe run jane john                                     fetch two accounts
  reelframe run --accounts accounts.csv --dry-run             show what a run would cost
  reelframe run jane --refresh-window 30d --full-every 7d     recent reels; all of them once a week
  reelframe run --replay pages/ --format parquet,xlsx         saved pages; Parquet and a workbook";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub fetching: FetchingArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub publish: PublishArgs,
}

impl RunArgs {
    pub(crate) fn execute(&self, bar: &Bar) -> Result<Ending> {
        let args = &self.fetching;
        let store = args.checked_store()?;
        expect_query_folder(self.publish.queries.as_deref())?;
        store.check_place()?;
        let Some(settings) = args.of_shard(self.settings()?) else { return idle(args, &store) };
        let source = args.source()?;
        let run_id = args.to.run_id.as_deref();
        if args.cost.dry_run {
            return dry_run(&store, &settings, &source, run_id);
        }
        let runs_before = published(&store);
        let summary = run::run(&store, &settings, &source, run_id, &controls(&source, bar)?)
            .map_err(|error| on_a_full_disk(error, args, &store, &runs_before))?;
        let (summary, cost) = with_cost(summary, &source);
        if let Some(other) = &summary.not_latest {
            tracing::warn!("to go back to run {other}: {}", command(&format!("rebuild --rollback {other}"), &store));
        }
        let mut text = summary.terminal.clone();
        text.push_str(&fetched_line(&summary));
        text.push_str(&cost);
        text.push_str(&reused_lines(&summary));
        match &summary.publication {
            Publication::AlreadyThere(dir) => {
                text.push_str(&format!("run {} is published already: {}\n", summary.run_id, dir.display()));
            }
            Publication::New(dir) => text.push_str(&next_steps(&store, dir, &settings)?),
            Publication::Nothing => text.push_str(nothing_published(summary.failure())),
        }
        let nothing_new = !summary.publication.is_new();
        close(&summary, text, &store, Some(Again::of(args)), args.to.skip_code && nothing_new)
    }

    fn settings(&self) -> Result<Settings> {
        Ok(Settings {
            keep_runs: usize::from(self.publish.keep_runs),
            queries: self.publish.queries.clone(),
            accept_loss: self.fetching.to.accept_loss,
            ..self.fetching.input.settings(self.output.options()?)?
        })
    }
}

fn nothing_published(failure: Option<ErrorKind>) -> &'static str {
    match failure {
        None => "nothing new: no run was published\n",
        Some(ErrorKind::Interrupted | ErrorKind::Terminated) => "stopped: no run was published\n",
        _ => "failed: no run was published\n",
    }
}

fn next_steps(store: &Store, published: &Path, settings: &Settings) -> Result<String> {
    let latest = store.root().join("latest");
    let latest = if fs::is_link(&latest)? { &latest } else { published };
    let formats = Format::ALL.into_iter().filter(|format| settings.output.formats.contains(format));
    // There is always Parquet.
    let others = formats.filter(|format| *format != Format::Parquet);
    let others: String = others.map(|format| format!(", *.{}", format.name())).collect();
    Ok(format!(
        "\nTables  {0}/*.parquet{others}\nReport  {0}/report.html\nQuery   {1}\n",
        latest.display(),
        command("query overview", store)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
