//! `plan`: how accounts are split over shards.

use clap::Args;

use crate::cli::args::{AccountArgs, AnswerFormat, StoreArgs, fetching::PriceArgs};
use crate::cli::{answer::print_answer, ending::Ending, values::parse_age};
use crate::config::{FetchConfig, shard::MOST_SHARDS};
use crate::error::{Error, Result};
use crate::formats::csv::style::CsvStyle;
use crate::formats::options::{Format, Options};
use crate::pipeline::plan;

const EXAMPLES: &str = "\
Examples:
  reelframe plan --shards 8 --accounts accounts.csv   accounts, calls and minutes of each shard
  reelframe run --shard 3/8 --accounts accounts.csv --store shards/3
  reelframe merge shards/*                            their pages in one store";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub accounts: AccountArgs,
    #[command(flatten)]
    pub store: StoreArgs,

    /// The number of shards
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_SHARDS)))]
    pub shards: u32,

    /// Requests per minute of all shards together
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    #[arg(help_heading = "Fetching")]
    pub requests_per_minute: u32,

    /// Expect crawls that stop at reels older than AGE (6h, 30d)
    #[arg(long, value_name = "AGE", value_parser = parse_age, help_heading = "Fetching")]
    pub refresh_window: Option<chrono::Duration>,

    /// Expect a profile of each account, too
    #[arg(long, help_heading = "Fetching")]
    pub profiles: bool,

    #[command(flatten)]
    pub price: PriceArgs,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table, help_heading = "Output")]
    pub format: AnswerFormat,
}

impl PlanArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        self.store.check()?;
        let settings = self.accounts.settings(&[], Options::new(&[Format::Parquet]))?;
        let config = FetchConfig {
            refresh_window: self.refresh_window,
            profiles: self.profiles,
            requests_per_minute: self.requests_per_minute,
            price: self.price.price(),
            ..FetchConfig::offline(chrono::Duration::zero())
        };
        let planned = plan::plan(&self.store.open(), &settings, &config, self.shards)?;
        let talk = match self.format {
            AnswerFormat::Table => planned.to_table(),
            format => {
                print_answer(&planned, format, CsvStyle::PLAIN, None)?;
                String::new()
            }
        };
        let shards: serde_json::Value = serde_json::from_str(&planned.to_json()?).map_err(Error::unexpected)?;
        Ending::done(talk).fact("shards", shards)
    }
}
