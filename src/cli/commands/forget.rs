//! `forget`: removes an account, or one of its page logs.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{LogFormat, RepublishArgs};
use crate::cli::{ending::Ending, output::Clean, republished, words::count};
use crate::config::accounts::parse_account;
use crate::error::{Error, Result};
use crate::pipeline::forget;

const EXAMPLES: &str = "\
Examples:
  reelframe forget jane                                       asks first
  reelframe forget jane --yes                                 in a script
  reelframe forget jane --log 20261019T060000Z.ndjson.zst     only one damaged page log";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ForgetArgs {
    /// Account, as listed in the `accounts` table (former handles work too)
    pub account: String,

    #[command(flatten)]
    pub run: RepublishArgs,

    /// Remove only this page log: its name in raw/ACCOUNT/, or its path
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Remove without asking
    #[arg(long)]
    pub yes: bool,
}

impl ForgetArgs {
    pub(crate) fn execute(&self, log_format: LogFormat) -> Result<Ending> {
        let store = self.run.existing()?;
        let account = parse_account(&self.account)?.account;
        let log = self.log.as_deref();
        let logs = forget::check_forget(&store, &account, log)?;
        let what = match log {
            Some(log) => format!("{account}: {}", log.display()),
            None => format!("{account}: {}", count(logs as u64, "page log")),
        };
        if !self.yes && !is_confirmed(&what, log_format)? {
            return Ok(Ending::done("nothing was removed\n"));
        }
        let summary = forget::forget(&store, &account, log, self.run.options())?;
        if let Some(log) = log {
            return republished::ending(&summary, &format!("{account} is without {}", log.display()));
        }
        let old: Vec<String> = store.runs()?.into_iter().map(|run| run.run_id).collect();
        let old: Vec<&str> = old.iter().map(String::as_str).filter(|run| *run != summary.run_id).collect();
        if !old.is_empty() {
            tracing::info!(
                "older runs still contain {account} until they are removed (--keep-runs): {}; the observations of the \
                 previous run (in {}) are removed when the next run is published",
                old.join(", "),
                store.root().join(".observations").display()
            );
        }
        republished::ending(&summary, &format!("{account} is forgotten"))?.fact("older_runs", old)
    }
}

/// Asks the person at the terminal.
fn is_confirmed(what: &str, log_format: LogFormat) -> Result<bool> {
    let what = format!("{what} (the same pages cannot be fetched again)");
    // A question is not JSON, and a program has no answer to it.
    if log_format == LogFormat::Json || !std::io::stdin().is_terminal() {
        return Err(Error::usage(format!("this will permanently delete {what}")).hint("use --yes to confirm"));
    }
    // A question that cannot be shown has no answer either.
    let asked = Clean(std::io::stderr()).write_all(format!("Permanently delete {what}? [y/N] ").as_bytes());
    let mut answer = String::new();
    let read = asked.and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    Ok(read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
