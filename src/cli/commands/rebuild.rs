//! `rebuild`: everything but raw/ is made again from raw/; or the store goes back to an earlier run.

use clap::Args;

use crate::cli::{args::RepublishArgs, ending::Ending, republished, values::parse_run_id, words::command};
use crate::error::Result;
use crate::pipeline::{rebuild, rollback};

const EXAMPLES: &str = "\
Examples:
  reelframe rebuild                                           all tables from all pages
  reelframe rebuild --rollback 20261019T060000Z               make an earlier run the latest";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    pub run: RepublishArgs,

    /// Start from this run's tables and apply only newer pages
    #[arg(long, value_name = "RUN", value_parser = parse_run_id)]
    pub from_run: Option<String>,

    /// Go back (or forward again): make this published run the latest, unchanged
    #[arg(long, value_name = "RUN", conflicts_with = "from_run", value_parser = parse_run_id)]
    pub rollback: Option<String>,
}

impl RebuildArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.run.existing()?;
        if let Some(run_id) = &self.rollback {
            let summary = rollback::rollback(&store, run_id, self.run.options())?;
            if let Some(newer) = &summary.not_latest {
                let forward = command(&format!("rebuild --rollback {newer}"), &store);
                tracing::info!(
                    "to go forward again: {forward}; the next `reelframe run` covers all pages of raw/ again"
                );
            }
            return republished::ending(&summary, &format!("latest is run {}", summary.run_id));
        }
        let summary = rebuild::rebuild(&store, self.from_run.as_deref(), self.run.options())?;
        republished::ending(&summary, "rebuilt")
    }
}
