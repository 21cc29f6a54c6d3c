//! `compact`: one observation file per month.

use clap::Args;

use crate::cli::{args::RepublishArgs, ending::Ending, republished};
use crate::error::Result;
use crate::pipeline::rebuild;

const EXAMPLES: &str = "\
Examples:
  reelframe compact                                           once a week, with many runs a day";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompactArgs {
    #[command(flatten)]
    pub run: RepublishArgs,
}

impl CompactArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.run.existing()?;
        match rebuild::compact(&store, self.run.options())? {
            Some(summary) => {
                republished::ending(&summary, "compacted (the previous files stay until the next run is published)")
            }
            None => Ok(Ending::done("nothing to do: each month's observations are one file\n")),
        }
    }
}
