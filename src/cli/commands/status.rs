//! `status`: each account of a store.

use clap::Args;

use crate::cli::args::{AnswerFormat, StoreArgs, fetching::PriceArgs};
use crate::cli::{answer::print_answer, ending::Ending, values::parse_age, words::count};
use crate::error::{Error, Result};
use crate::formats::csv::style::CsvStyle;
use crate::pipeline::{costs, costs::StoreCosts, status};
use crate::query::answer::Answer;
use crate::schema::value::Value;
use crate::store::layout::Store;
use crate::time::{self, age};

const EXAMPLES: &str = "\
Examples:
  reelframe status                                            a table
  reelframe status --costs                                    calls and costs by month
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

    /// Show what was fetched so far instead: calls and their cost by account and month
    #[arg(long, help_heading = "Cost")]
    pub costs: bool,

    /// Count a profile for each account in the cost of the next crawls
    #[arg(long, help_heading = "Cost")]
    pub profiles: bool,

    #[command(flatten)]
    pub price: PriceArgs,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table, help_heading = "Output")]
    pub format: AnswerFormat,
}

impl StatusArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let store = self.store.existing()?;
        if self.costs {
            return self.show_costs(&store);
        }
        let status = status::status(&store, self.refresh_window, self.resume_within, self.profiles, time::now())?;
        let newest = match status.hours_since_observed {
            Some(hours) => format!("newest observation {}", age(hours)),
            None => "no observation yet".to_owned(),
        };
        let talk = match self.format {
            AnswerFormat::Table => {
                let next = self.next_costs(&status.accounts);
                format!("{}\nrun {}: {newest}\n{next}", status.accounts.to_table(), status.run_id)
            }
            format => {
                print_answer(&status.accounts, format, CsvStyle::PLAIN, None)?;
                String::new()
            }
        };
        let accounts: serde_json::Value =
            serde_json::from_str(&status.accounts.to_json()?).map_err(Error::unexpected)?;
        let ending = Ending::done(talk).fact("run_id", &status.run_id)?;
        ending.fact("hours_since_observed", status.hours_since_observed)?.fact("accounts", accounts)
    }

    /// What the next crawl of all accounts would cost, as far as earlier ones tell.
    fn next_costs(&self, accounts: &Answer) -> String {
        let Some(price) = self.price.price() else { return String::new() };
        let line = |what: &str, column: &str| {
            let calls = (0..accounts.rows.len()).map(|row| accounts.value(row, column));
            let calls = calls.map(|calls| if let Value::Int(calls) = calls { calls.unsigned_abs() } else { 0 }).sum();
            let about = || format!("{what}: {}\n", price.about(calls, &count(calls, "call")));
            if calls > 0 { about() } else { String::new() }
        };
        line("next full crawl", "full_calls") + &line("next incremental crawl", "incremental_calls")
    }

    fn show_costs(&self, store: &Store) -> Result<Ending> {
        let price = self.price.price();
        let StoreCosts { rows, billed_by_month } = costs::costs(store, price)?;
        let billed: u64 = billed_by_month.values().sum();
        let about = |billed: u64| price.map(|price| price.about(billed, &count(billed, "billed call")));
        let line = |(what, billed): (&str, u64)| about(billed).map(|about| format!("{what}: {about}\n"));
        let months = billed_by_month.iter().map(|(month, billed)| (month.as_str(), *billed));
        let totals: String = months.chain([("in all", billed)]).filter_map(line).collect();
        let talk = match self.format {
            AnswerFormat::Table => format!("{}\n{totals}", rows.to_table()),
            format => {
                print_answer(&rows, format, CsvStyle::PLAIN, None)?;
                String::new()
            }
        };
        let rows: serde_json::Value = serde_json::from_str(&rows.to_json()?).map_err(Error::unexpected)?;
        let ending = Ending::done(talk).fact("costs", rows)?.fact("calls_billed", billed)?;
        ending
            .fact("cost_usd", price.map(|price| price.cost(billed).dollars()))?
            .fact("price_per_call_usd", price.map(|price| price.usd().dollars()))
    }
}
