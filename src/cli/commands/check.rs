//! `check`: whether the latest run is recent and complete, for schedulers.

use clap::Args;

use crate::cli::args::StoreArgs;
use crate::cli::values::{parse_age, parse_percent};
use crate::cli::{ending::Ending, words::count};
use crate::error::{ErrorKind, Result};
use crate::pipeline::{check, check::Limits};
use crate::time::{self, age};

const EXAMPLES: &str = "\
Examples:
  reelframe check                                   exit 4 if the latest run is old or incomplete
  reelframe check --max-age 8d --min-complete 80%   for a weekly run";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Fail if the newest observation is older than AGE
    #[arg(long, value_name = "AGE", default_value = "36h", value_parser = parse_age, help_heading = "Limits")]
    pub max_age: chrono::Duration,

    /// Fail if fewer of the run's accounts were crawled to their end
    #[arg(long, value_name = "PERCENT", default_value = "95%", value_parser = parse_percent, help_heading = "Limits")]
    pub min_complete: f64,

    /// Fail if a full crawl shows fewer reels than the one before it by more than this, or the run has fewer accounts
    #[arg(long, value_name = "PERCENT", default_value = "50%", value_parser = parse_percent, help_heading = "Limits")]
    pub max_drop: f64,
}

impl CheckArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.store.existing()?;
        let limits = Limits { max_age: self.max_age, min_complete: self.min_complete, max_drop: self.max_drop };
        let checked = check::check(&store, &limits, time::now())?;
        checked.failures.iter().for_each(|failure| tracing::error!("{failure}"));
        let newest = checked
            .hours_since_observed
            .map_or("no observation".to_owned(), |hours| format!("newest observation {}", age(hours)));
        let (complete, accounts) = (checked.complete, count(checked.accounts as u64, "account"));
        let failures = count(checked.failures.len() as u64, "failure");
        let run_id = Some(&checked.run_id).filter(|run_id| !run_id.is_empty());
        let run = run_id.map_or("no run".to_owned(), |run_id| format!("run {run_id}"));
        let talk = format!("{run} · {newest} · {complete} of {accounts} complete · {failures}\n");
        let ending = Ending::done(talk)
            .fact("run_id", run_id)?
            .fact("hours_since_observed", checked.hours_since_observed)?
            .fact("accounts", checked.accounts)?
            .fact("complete", checked.complete)?
            .fact("failures", &checked.failures)?;
        Ok(match checked.failures.first() {
            None => ending,
            Some(first) => {
                let advice = "look at the log of the last run and at `reelframe status`, then run again";
                ending.exit(ErrorKind::InvalidData).cause(first.clone(), Some(advice.to_owned()))
            }
        })
    }
}
