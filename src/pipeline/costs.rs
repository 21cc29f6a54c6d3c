//! What a store's own crawls cost, by account and month, from the page logs alone. Pages that were imported were paid for
//! elsewhere: only the crawls that this store made have a number.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::config::price::CallPrice;
use crate::error::{ErrorKind, Result};
use crate::pipeline::accounts;
use crate::query::answer::{Answer, AnswerColumn};
use crate::schema::{column::ColumnType, value::Value};
use crate::store::layout::Store;
use crate::store::page_log::{line::Line, reader};
use crate::time::Timestamp;

const COLUMNS: [(&str, ColumnType); 7] = [
    ("account", ColumnType::String),
    // In UTC.
    ("month", ColumnType::String),
    ("pages", ColumnType::Int64),
    ("profiles", ColumnType::Int64),
    ("calls", ColumnType::Int64),
    // Those of the calls that the vendor bills.
    ("calls_billed", ColumnType::Int64),
    // Null where costs are not shown.
    ("cost_usd", ColumnType::Float64),
];

/// A row for each account and month with a call, by account and then month; and the billed calls of each month.
pub(crate) struct StoreCosts {
    pub rows: Answer,
    pub billed_by_month: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Costs {
    pages: i64,
    profiles: i64,
    calls: i64,
    billed: i64,
}

impl Costs {
    fn add(&mut self, calls: u32, billed: u32) {
        self.calls += i64::from(calls);
        self.billed += i64::from(billed);
    }

    fn row(self, account: &str, month: &str, price: Option<CallPrice>) -> Vec<Value> {
        let cost = price.map(|price| price.cost(self.billed.unsigned_abs()).dollars());
        let counts = [self.pages, self.profiles, self.calls, self.billed].map(Value::Int);
        let mut row = vec![Value::Text(account.to_owned()), Value::Text(month.to_owned())];
        row.extend(counts);
        row.push(cost.map_or(Value::Null, Value::Float));
        row
    }
}

/// # Errors
/// The disk. A log that cannot be used is a warning, and counts as far as it was read.
pub(crate) fn costs(store: &Store, price: Option<CallPrice>) -> Result<StoreCosts> {
    let (mut rows, mut billed_by_month) = (Vec::new(), BTreeMap::new());
    for name in accounts::names(store, None)? {
        let (mut months, mut known): (BTreeMap<String, Costs>, _) = (BTreeMap::new(), HashSet::new());
        for log in store.logs(&name.key)? {
            match add(&log, &mut months, &mut known) {
                Err(error) if error.kind == ErrorKind::InvalidData => {
                    tracing::warn!(account = name.account, "not all calls are counted: {}", error.message);
                }
                read => read?,
            }
        }
        for (month, costs) in &months {
            *billed_by_month.entry(month.clone()).or_default() += costs.billed.unsigned_abs();
        }
        rows.extend(months.iter().map(|(month, costs)| costs.row(&name.account, month, price)));
    }
    let column = |&(name, column_type): &(&str, ColumnType)| AnswerColumn { name: name.to_owned(), column_type };
    Ok(StoreCosts { rows: Answer { columns: COLUMNS.iter().map(column).collect(), rows }, billed_by_month })
}

/// Adds the calls of a log. `known` are the lines of earlier logs: a restored backup may have some of them again.
fn add(log: &Path, months: &mut BTreeMap<String, Costs>, known: &mut HashSet<(&'static str, Timestamp)>) -> Result<()> {
    let mut is_own = false;
    reader::for_each_line_until(log, |line| {
        match line {
            Line::Start(start) => is_own = start.sequence > 0,
            Line::Page(page) if known.insert(("page", page.fetched_at.clone())) => {
                let costs = in_month(months, &page.fetched_at);
                costs.pages += 1;
                costs.add(page.attempts, page.billed);
            }
            Line::Profile(profile) if known.insert(("profile", profile.fetched_at.clone())) => {
                let costs = in_month(months, &profile.fetched_at);
                costs.profiles += i64::from(profile.has_profile());
                costs.add(profile.attempts, profile.billed);
            }
            Line::End(end) if end.attempts > 0 && known.insert(("end", end.ended_at.clone())) => {
                in_month(months, &end.ended_at).add(end.attempts, end.billed);
            }
            Line::Page(_) | Line::Profile(_) | Line::End(_) | Line::BarePage(_) => {}
        }
        Ok(is_own)
    })?;
    Ok(())
}

fn in_month<'m>(months: &'m mut BTreeMap<String, Costs>, at: &Timestamp) -> &'m mut Costs {
    months.entry(at.at().format("%Y-%m").to_string()).or_default()
}
