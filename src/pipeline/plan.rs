//! `plan`: how the accounts of a list are split over shards, and what each of them is expected to fetch.

use crate::config::{FetchConfig, Settings, shard::Shard};
use crate::error::{Error, Result};
use crate::pipeline::{prepare, run};
use crate::query::answer::{Answer, AnswerColumn};
use crate::schema::{column::ColumnType, value::Value};
use crate::store::layout::Store;

const COLUMNS: [(&str, ColumnType); 7] = [
    ("shard", ColumnType::String),
    ("accounts", ColumnType::Int64),
    // Of those accounts that were crawled before; the others are counted after it.
    ("calls_known", ColumnType::Int64),
    ("accounts_unknown", ColumnType::Int64),
    ("requests_per_minute", ColumnType::Int64),
    ("minutes_known", ColumnType::Int64),
    ("cost_usd_known", ColumnType::Float64),
];

/// A row for each shard. What accounts cost is known from the store.
///
/// # Errors
/// `Usage` where no account is named.
pub(crate) fn plan(store: &Store, settings: &Settings, config: &FetchConfig, shards: u32) -> Result<Answer> {
    let requests = settings.requests();
    let mut rows = Vec::new();
    prepare::check_accounts(settings)?;
    let rate = config.requests_per_minute;
    if rate < shards {
        return Err(Error::usage(format!("--requests-per-minute {rate} is too few for {shards} shards"))
            .hint("give as many as there are shards, or use fewer shards"));
    }
    for shard in Shard::all(shards) {
        let accounts: Vec<_> = requests.iter().filter(|request| shard.has(request)).cloned().collect();
        let planned = match accounts.len() {
            0 => Vec::new(),
            _ => run::dry_run(store, &Settings { accounts: accounts.clone(), ..settings.clone() }, config, None)?,
        };
        let calls: i64 = planned.iter().filter_map(|line| line.calls).map(i64::from).sum();
        let rate = i64::from(shard.share(config.requests_per_minute));
        let cost = config.price.map(|price| price.cost(u64::try_from(calls).unwrap_or(0)).dollars());
        rows.push(vec![
            Value::Text(shard.to_string()),
            Value::Int(accounts.len() as i64),
            Value::Int(calls),
            Value::Int(planned.iter().filter(|line| line.calls.is_none()).count() as i64),
            Value::Int(rate),
            Value::Int((calls + rate - 1).checked_div(rate).unwrap_or(0)),
            cost.map_or(Value::Null, Value::Float),
        ]);
    }
    let columns =
        COLUMNS.iter().map(|(name, column_type)| AnswerColumn { name: (*name).into(), column_type: *column_type });
    Ok(Answer { columns: columns.collect(), rows })
}
