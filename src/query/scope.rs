//! The scope of a report: some accounts, and the days of its period. Tables hold the rows of the accounts, whatever the
//! period: queries read that from the table `period`.

use std::collections::HashSet;

use polars::error::PolarsResult;
use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray, PlSmallStr};

use crate::schema::cell::Day;

/// By default the whole store, and the 28 days up to its newest observation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    pub accounts: Option<Vec<String>>,
    /// The first and the last day of the period, in each account's time zone.
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// How many days the period has where `from` is not given; at least 1.
    pub last_days: Option<i32>,
    /// Whether the period is compared with no other one.
    pub compares_nothing: bool,
}

impl Scope {
    /// The scope for tables with rows of these accounts only: if it includes them all, rows need not be filtered by account.
    pub fn among<'a>(self, mut accounts: impl Iterator<Item = &'a str>) -> Self {
        let Some(named) = &self.accounts else { return self };
        let named: HashSet<&str> = named.iter().map(String::as_str).collect();
        let all_are_named = accounts.all(|account| named.contains(account));
        Self { accounts: self.accounts.filter(|_| !all_are_named), ..self }
    }

    /// The rows of its accounts.
    pub(crate) fn cut(&self, frame: DataFrame) -> PolarsResult<DataFrame> {
        let Some(accounts) = &self.accounts else { return Ok(frame) };
        let accounts: HashSet<&str> = accounts.iter().map(String::as_str).collect();
        let within = frame.column("account")?.str()?.iter();
        let within = within.map(|account| Some(account.is_some_and(|account| accounts.contains(account))));
        frame.filter(&BooleanChunked::from_iter_options(PlSmallStr::EMPTY, within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_leave_none_out_are_all_accounts() {
        let from = Some(Day(20_000));
        let scope = || Scope { accounts: Some(vec!["ben".to_owned(), "ana".to_owned()]), from, ..Scope::default() };
        assert_eq!(scope().among(["ana", "ben"].into_iter()), Scope { from, ..Scope::default() });
        assert_eq!(scope().among(["ana"].into_iter()), Scope { from, ..Scope::default() });
        assert_eq!(scope().among(["ana", "ben", "cleo"].into_iter()), scope());
        assert_eq!(Scope::default().among(["ana"].into_iter()), Scope::default());
    }
}
