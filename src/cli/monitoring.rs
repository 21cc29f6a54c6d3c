//! What a run tells monitoring: metrics for Prometheus, OpenLineage events, pings, and messages for Dagster. None of it
//! ever fails a run: what cannot be written or sent is a warning.

pub(crate) mod dagster;
pub(crate) mod lineage;
pub(crate) mod metrics;
pub(crate) mod ping;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value};

use crate::cli::command_line::{Cli, Command};
use crate::cli::monitoring::{dagster::Pipes, lineage::Lineage};
use crate::cli::{args::fetching::FetchingArgs, ending::Ending, exit_code::Exit};
use crate::error::{ErrorKind, Result};
use crate::fs;
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;

#[derive(Debug, Args)]
#[command(next_help_heading = "Monitoring")]
pub(crate) struct MonitoringArgs {
    /// Write metrics of the run for Prometheus' textfile collector (FILE.prom), also if it fails
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,

    /// Append OpenLineage events of the run, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub lineage_file: Option<PathBuf>,

    /// Send a ping to URL/start, and to URL after success or URL/fail after failure; without key and accounts
    #[arg(long, value_name = "URL")]
    pub ping_url: Option<String>,
}

impl MonitoringArgs {
    /// Checks what needs no network.
    ///
    /// # Errors
    /// `Usage` for a ping address that is none.
    pub(crate) fn check(&self) -> Result<()> {
        self.ping_url.as_deref().map_or(Ok(()), |url| ping::address(url, "").map(drop))
    }
}

/// How a run ended, as monitoring sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0 or 99, or 3 where at least one account was crawled to its end.
    Succeeded,
    Failed,
    /// By a signal.
    Aborted,
}

/// A command that is monitored, and its end.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    pub store: &'a Store,
    /// The absolute path of the store.
    pub place: String,
    pub exit_code: u8,
    pub outcome: Outcome,
    pub duration: Duration,
    /// Why it failed.
    pub cause: Option<&'a str>,
    /// The members of the command's JSON object.
    pub facts: &'a Map<String, Value>,
}

/// Monitors one command, from its start to its end.
#[derive(Debug)]
pub(crate) struct Monitor<'a> {
    args: &'a MonitoringArgs,
    store: Store,
    lineage: Lineage,
    pipes: Option<Pipes>,
}

impl<'a> Monitor<'a> {
    /// `None` for commands that make no run. Tells who has to know that the run starts.
    pub(crate) fn begin(cli: &'a Cli) -> Option<Self> {
        let (args, store, inputs) = match &cli.command {
            Command::Run(command) => of_fetching(&command.fetching)?,
            Command::Fetch(command) => of_fetching(&command.fetching)?,
            Command::Merge(command) => {
                let stores = command.stores.iter().map(|store| ("file".to_owned(), absolute(store)));
                (&command.monitoring, command.run.store.open(), stores.collect())
            }
            _ => return None,
        };
        let lineage = Lineage::new(cli.command.name(), &absolute(store.root()), inputs);
        let monitor = Self { args, store, lineage, pipes: Pipes::from_environment() };
        if let Some(path) = &monitor.args.lineage_file {
            warn("--lineage-file", lineage::append(path, &monitor.lineage.started()));
        }
        if let Some(url) = &monitor.args.ping_url {
            ping::send(url, "/start", "");
        }
        Some(monitor)
    }

    /// Tells how the run ended.
    pub(crate) fn end(self, ending: &Ending, duration: Duration) {
        let finished = Finished {
            store: &self.store,
            place: absolute(self.store.root()),
            exit_code: ending.exit.code(),
            outcome: outcome(ending),
            duration,
            cause: ending.why(),
            facts: ending.members(),
        };
        if let Some(path) = &self.args.metrics_file {
            warn("--metrics-file", metrics::write(path, &finished));
        }
        if let Some(path) = &self.args.lineage_file {
            warn("--lineage-file", lineage::append(path, &self.lineage.ended(&finished)));
        }
        if let Some(pipes) = self.pipes {
            warn("Dagster's messages", pipes.report(&finished));
        }
        if let Some(url) = &self.args.ping_url {
            let path = if finished.outcome == Outcome::Succeeded { "" } else { "/fail" };
            ping::send(url, path, &format!("exit code {}", finished.exit_code));
        }
    }
}

/// A dry run is none.
fn of_fetching(args: &FetchingArgs) -> Option<(&MonitoringArgs, Store, Vec<(String, String)>)> {
    let input = match &args.input.replay.replay {
        Some(path) => ("file".to_owned(), absolute(path)),
        None => (args.api.base_url.clone(), "instagram/user/reels".to_owned()),
    };
    (!args.cost.dry_run).then(|| (&args.monitoring, args.to.open(), vec![input]))
}

fn outcome(ending: &Ending) -> Outcome {
    match ending.exit {
        Exit::Done | Exit::NothingNew => Outcome::Succeeded,
        Exit::Failed(ErrorKind::Interrupted | ErrorKind::Terminated) => Outcome::Aborted,
        Exit::Failed(ErrorKind::Partial) if statuses(ending.members()).any(AccountStatus::is_success) => {
            Outcome::Succeeded
        }
        Exit::Failed(_) => Outcome::Failed,
    }
}

/// The statuses of the run's accounts.
fn statuses(facts: &Map<String, Value>) -> impl Iterator<Item = AccountStatus> {
    let accounts = facts.get("accounts").and_then(Value::as_array).into_iter().flatten();
    accounts.filter_map(|account| AccountStatus::named(account.get("status")?.as_str()?))
}

fn absolute(path: &std::path::Path) -> String {
    let real = fs::real_path(path).ok().flatten().or_else(|| std::path::absolute(path).ok());
    real.as_deref().unwrap_or(path).display().to_string()
}

fn warn(what: &str, done: Result<()>) {
    if let Err(error) = done {
        tracing::warn!("{what}: {}", error.on_one_line());
    }
}
