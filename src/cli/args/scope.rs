//! Which accounts and which days: the flags that `report`, `query` and `export` share.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use crate::cli::values::{parse_day, parse_days, parse_text};
use crate::config::{DayRange, accounts::parse_account};
use crate::error::{Error, Result};
use crate::query::scope::Scope;
use crate::schema::cell::Day;

#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts and days")]
pub(crate) struct ScopeArgs {
    /// Only this account, by its handle, a former handle or its user id; repeat for more
    #[arg(long, value_name = "ACCOUNT", value_parser = parse_text)]
    pub account: Vec<String>,

    /// First day of the period, in each account's time zone [default: 27 days before the last one]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub from: Option<NaiveDate>,

    /// Last day of the period [default: the day of the newest observation]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub to: Option<NaiveDate>,
}

impl ScopeArgs {
    /// # Errors
    /// `Usage` where the first day is after the last one.
    pub(crate) fn days(&self) -> Result<DayRange> {
        if let Some((from, to)) = self.from.zip(self.to).filter(|(from, to)| from > to) {
            return Err(Error::usage(format!("--from {from} is a later day than --to {to}"))
                .hint("--from is the first day, --to the last one"));
        }
        Ok(DayRange { from: self.from, to: self.to })
    }
}

/// The accounts and the period of questions about a run's tables.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts and days")]
pub(crate) struct PeriodArgs {
    #[command(flatten)]
    pub within: ScopeArgs,

    /// Length of the period in days, ending on --to, e.g. 7d; not with --from
    #[arg(long, value_name = "DAYS", value_parser = parse_days, conflicts_with = "from")]
    pub last: Option<i32>,

    /// What the period is compared with: as many days before it, or nothing
    #[arg(long, value_enum, default_value_t = Compare::Previous)]
    pub compare: Compare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compare {
    Previous,
    None,
}

impl PeriodArgs {
    /// # Errors
    /// `Usage` for what is no account, and where the first day is after the last one.
    pub(crate) fn scope(&self) -> Result<Scope> {
        let named = self.within.account.iter().map(|account| Ok(parse_account(account)?.account));
        let accounts: Vec<String> = named.collect::<Result<_>>()?;
        let days = self.within.days()?;
        Ok(Scope {
            accounts: (!accounts.is_empty()).then_some(accounts),
            from: days.from.map(Day::of),
            to: days.to.map(Day::of),
            last_days: self.last,
            compares_nothing: self.compare == Compare::None,
        })
    }

    /// Whether days were asked for.
    pub(crate) fn has_days(&self) -> bool {
        self.within.from.is_some() || self.within.to.is_some() || self.last.is_some()
    }

    /// The days, as a part of a file name, so that no month's report replaces another's.
    pub(crate) fn in_file_name(&self) -> String {
        let last = self.last.map(|days| format!("_last_{days}d")).unwrap_or_default();
        match (self.within.from, self.within.to) {
            (Some(from), Some(to)) => format!("_{from}_{to}"),
            (Some(from), None) => format!("_from_{from}"),
            (None, Some(to)) => format!("{last}_to_{to}"),
            (None, None) => last,
        }
    }
}
