//! The scope of a report: some accounts, and reels posted within some days. The values of a row (a baseline, a gain) are
//! computed from all data, whatever the scope.

use std::collections::HashSet;

use polars::error::PolarsResult;
use polars::prelude::{BooleanChunked, DataFrame, DataType, NewChunkedArray, PlSmallStr};

use crate::schema::{cell::Day, column::Column};

/// By default the whole store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    pub accounts: Option<Vec<String>>,
    /// The first and the last day of posting, in each account's time zone.
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl Scope {
    /// The scope for tables with rows of these accounts only: if it includes them all, rows need not be filtered by account.
    pub fn among<'a>(self, mut accounts: impl Iterator<Item = &'a str>) -> Self {
        let Some(named) = &self.accounts else { return self };
        let named: HashSet<&str> = named.iter().map(String::as_str).collect();
        let all_are_named = accounts.all(|account| named.contains(account));
        Self { accounts: self.accounts.filter(|_| !all_are_named), ..self }
    }

    pub(crate) fn has_days(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether rows are filtered by this column.
    pub(crate) fn needs(&self, column: &Column) -> bool {
        column.name == "account" || self.has_days() && ["posted_date", "reel_key"].contains(&column.name)
    }

    /// The days as text.
    pub(crate) fn days(&self) -> Option<String> {
        let word = |day: Day| day.date().map(|date| date.to_string());
        match (self.from.and_then(word), self.to.and_then(word)) {
            (Some(from), Some(to)) => Some(format!("posted from {from} to {to}")),
            (Some(from), None) => Some(format!("posted since {from}")),
            (None, Some(to)) => Some(format!("posted up to {to}")),
            (None, None) => None,
        }
    }

    /// The rows within the scope; tables that depend on reels are filtered by the keys of the reels.
    pub(crate) fn cut(&self, frame: DataFrame, reel_keys: Option<&HashSet<String>>) -> PolarsResult<DataFrame> {
        let mut frame = frame;
        if let Some(accounts) = &self.accounts {
            let accounts: HashSet<&str> = accounts.iter().map(String::as_str).collect();
            frame = of_texts(frame, "account", |account| accounts.contains(account))?;
        }
        if self.has_days() && frame.get_column_index("posted_date").is_some() {
            let days = frame.column("posted_date")?.cast(&DataType::Int32)?;
            let is_within = |day: Option<i32>| {
                day.is_some_and(|day| {
                    self.from.is_none_or(|from| day >= from.0) && self.to.is_none_or(|to| day <= to.0)
                })
            };
            let within = days.i32()?.iter().map(|day| Some(is_within(day)));
            frame = frame.filter(&BooleanChunked::from_iter_options(PlSmallStr::EMPTY, within))?;
        } else if let Some(keys) = reel_keys.filter(|_| frame.get_column_index("reel_key").is_some()) {
            frame = of_texts(frame, "reel_key", |key| keys.contains(key))?;
        }
        Ok(frame)
    }
}

fn of_texts(frame: DataFrame, column: &str, is_within: impl Fn(&str) -> bool) -> PolarsResult<DataFrame> {
    let within = frame.column(column)?.str()?.iter().map(|text| Some(text.is_some_and(&is_within)));
    let within = BooleanChunked::from_iter_options(PlSmallStr::EMPTY, within);
    frame.filter(&within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_leave_none_out_are_all_accounts() {
        let from = Some(Day(20_000));
        let scope = || Scope { accounts: Some(vec!["ben".to_owned(), "ana".to_owned()]), from, to: None };
        assert_eq!(scope().among(["ana", "ben"].into_iter()), Scope { from, ..Scope::default() });
        assert_eq!(scope().among(["ana"].into_iter()), Scope { from, ..Scope::default() });
        assert_eq!(scope().among(["ana", "ben", "cleo"].into_iter()), scope());
        assert_eq!(Scope::default().among(["ana"].into_iter()), Scope::default());
    }
}
