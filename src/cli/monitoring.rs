//! What a run tells monitoring: metrics for Prometheus, OpenLineage events, pings, and messages for Dagster. None of it
//! ever fails a run: what cannot be written or sent is a warning.

pub(crate) mod dagster;
pub(crate) mod finished;
pub(crate) mod lineage;
pub(crate) mod metrics;
pub(crate) mod ping;

use std::path::Path;
use std::time::Duration;

use crate::cli::command_line::{Cli, Command};
use crate::cli::monitoring::finished::{Finished, Outcome, statuses};
use crate::cli::monitoring::{dagster::Pipes, lineage::Dataset, lineage::Lineage};
use crate::cli::{args::fetching::FetchingArgs, args::monitoring::MonitoringArgs, ending::Ending, exit_code::Exit};
use crate::error::{ErrorKind, Result};
use crate::fs;
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;

/// Monitors one command, from its start to its end.
#[derive(Debug)]
pub(crate) struct Monitor<'a> {
    args: &'a MonitoringArgs,
    store: Store,
    lineage: Lineage,
    pipes: Option<Pipes>,
}

impl<'a> Monitor<'a> {
    /// `None` for commands that make no run, and where nobody asks. Tells who has to know that the run starts.
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
        let pipes = Pipes::from_environment();
        let is_wanted = args.metrics_file.is_some() || args.lineage_file.is_some() || args.ping_url.is_some();
        if !is_wanted && pipes.is_none() {
            return None;
        }
        let lineage = Lineage::new(cli.command.name(), &absolute(store.root()), inputs);
        let monitor = Self { args, store, lineage, pipes };
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
        // A run that found the store in use never began: the other one reports.
        let has_begun = ending.exit != Exit::Failed(ErrorKind::StoreLocked);
        if let Some(path) = self.args.metrics_file.as_ref().filter(|_| has_begun) {
            warn("--metrics-file", metrics::write(path, &finished));
        }
        if let Some(path) = &self.args.lineage_file {
            warn("--lineage-file", lineage::append(path, &self.lineage.ended(&finished)));
        }
        if let Some(pipes) = self.pipes {
            warn("Dagster's messages", pipes.report(&finished));
        }
        if let Some(url) = self.args.ping_url.as_ref().filter(|_| has_begun) {
            let path = if finished.outcome == Outcome::Succeeded { "" } else { "/fail" };
            ping::send(url, path, &format!("exit code {}", finished.exit_code));
        }
    }
}

/// A dry run is none.
fn of_fetching(args: &FetchingArgs) -> Option<(&MonitoringArgs, Store, Vec<Dataset>)> {
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

fn absolute(path: &Path) -> String {
    let real = fs::real_path(path).ok().flatten().or_else(|| std::path::absolute(path).ok());
    real.as_deref().unwrap_or(path).display().to_string()
}

fn warn(what: &str, done: Result<()>) {
    if let Err(error) = done {
        tracing::warn!("{what}: {}", error.on_one_line());
    }
}
