//! `status`: each account of a store.

use clap::Args;
use serde_json::Value;

use crate::cli::args::{AnswerFormat, StoreArgs};
use crate::cli::{answer::print_answer, ending::Ending, values::parse_age};
use crate::error::{Error, Result};
use crate::formats::csv::style::CsvStyle;
use crate::pipeline::status;
use crate::time::{self, age};

const EXAMPLES: &str = "\
Examples:
  reelframe status                                            a table
  reelframe status --refresh-window 7d --format json          for programs; the cost of 7 days";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Window to estimate the cost for
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = parse_age, help_heading = "Cost")]
    pub refresh_window: chrono::Duration,

    /// Assume that crawls started within AGE (90s, 30m, 6h, 7d) are resumed
    #[arg(long, value_name = "AGE", default_value = "6h", value_parser = parse_age, help_heading = "Cost")]
    pub resume_within: chrono::Duration,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table, help_heading = "Output")]
    pub format: AnswerFormat,
}

impl StatusArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.store.existing()?;
        let status = status::status(&store, self.refresh_window, self.resume_within, time::now())?;
        let newest = match status.hours_since_observed {
            Some(hours) => format!("newest observation {}", age(hours)),
            None => "no observation yet".to_owned(),
        };
        let talk = match self.format {
            AnswerFormat::Table => format!("{}\nrun {}: {newest}\n", status.accounts.to_table(), status.run_id),
            format => {
                print_answer(&status.accounts, format, CsvStyle::PLAIN, None)?;
                String::new()
            }
        };
        let accounts: Value = serde_json::from_str(&status.accounts.to_json()?).map_err(Error::unexpected)?;
        let ending = Ending::done(talk).fact("run_id", &status.run_id)?;
        ending.fact("hours_since_observed", status.hours_since_observed)?.fact("accounts", accounts)
    }
}
