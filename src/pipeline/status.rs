//! `status`: the state of each account of a store, and what its next crawl would cost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Duration, Utc};

use crate::error::{ErrorKind, Result};
use crate::fetch::{cutoff, resume};
use crate::formats::read::AccountRows;
use crate::pipeline::freshness::{hours_since, newest_observations};
use crate::pipeline::{accounts, accounts::AccountName, forgetting, newest_run, newest_run::latest};
use crate::pipeline::{run_tables, watermark};
use crate::query::answer::{Answer, AnswerColumn};
use crate::schema::column::{ColumnType, Row};
use crate::schema::{cell::UtcMicros, tables::Reel, value::Value};
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest};
use crate::time::Timestamp;

/// The state of a store.
#[derive(Debug)]
pub(crate) struct Status {
    pub run_id: String,
    /// From the newest observation of the latest run to now.
    pub hours_since_observed: Option<f64>,
    /// A row for each account.
    pub accounts: Answer,
}

const COLUMNS: [(&str, ColumnType); 11] = [
    ("account", ColumnType::String),
    // Of the newest published crawl; null where none was published yet.
    ("status", ColumnType::String),
    ("last_complete_at", ColumnType::TimestampUtc),
    // From its last complete or incremental crawl to the newest one of the store.
    ("hours_behind", ColumnType::Float64),
    // From its newest observation to now.
    ("hours_since_observed", ColumnType::Float64),
    // In raw/ and in no published run; the next run publishes them.
    ("unpublished_pages", ColumnType::Int64),
    ("reels", ColumnType::Int64),
    ("crawls", ColumnType::Int64),
    ("observations", ColumnType::Int64),
    // Requests of a full crawl, by the last one, and of an incremental one.
    ("full_calls", ColumnType::Int64),
    ("incremental_calls", ColumnType::Int64),
];

/// Every account of a store, in name order.
///
/// # Errors
/// `Usage` where nothing was published yet.
pub(crate) fn status(
    store: &Store,
    window: Duration,
    resume_within: Duration,
    with_profiles: bool,
    now: DateTime<Utc>,
) -> Result<Status> {
    let calls = |pages: i32| Value::Int(i64::from(pages) + i64::from(with_profiles));
    let (dir, mut manifest) = latest(store)?;
    let known = watermark::histories(Some(&manifest));
    forgetting::leave_out(store, &mut manifest)?;
    let entries: BTreeMap<&str, &AccountEntry> = manifest.accounts.iter().map(|entry| (entry.key(), entry)).collect();
    let mut names = accounts::names(store, Some(&manifest.watermarks))?;
    let held: HashSet<String> = names.iter().map(|name| name.key.clone()).collect();
    let missing = manifest.accounts.iter().filter(|entry| !held.contains(entry.key()));
    let missing: Vec<AccountName> =
        missing.map(|entry| AccountName { account: entry.account.clone(), key: entry.key().to_owned() }).collect();
    names.extend(missing);
    names.sort();
    let newest = manifest.accounts.iter().filter_map(refreshed_at).max();
    let mut incremental = incremental_calls(&dir, &manifest, now - window)?;
    let observed = newest_observations(&dir)?;
    let mut rows = Vec::new();
    for AccountName { account, key } in names {
        let waiting = match resume::waiting_pages(store, &key, known.get(&key), resume_within) {
            Err(error) if error.kind == ErrorKind::InvalidData => {
                tracing::warn!(account, "the account cannot be crawled: {}", error.message);
                Value::Null
            }
            waiting => Value::Int(waiting?.into()),
        };
        let Some(entry) = entries.get(key.as_str()) else {
            let mut row = vec![Value::Null; COLUMNS.len()];
            (row[0], row[5]) = (Value::Text(account), waiting);
            rows.push(row);
            continue;
        };
        let refreshed = refreshed_at(entry);
        let since = observed.get(&account).map(|&at| hours_since(at, now));
        let count = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        rows.push(vec![
            Value::Text(account),
            Value::Text(entry.status.to_string()),
            entry.last_complete_at.as_ref().map_or(Value::Null, |at| Value::Utc(at.at().into())),
            newest.zip(refreshed).map_or(Value::Null, |(newest, refreshed)| Value::Float(hours(newest - refreshed))),
            since.map_or(Value::Null, Value::Float),
            waiting,
            Value::Int(entry.reels),
            count(entry.crawls),
            count(entry.observations),
            entry.complete_pages.map_or(Value::Null, calls),
            incremental.remove(&key).map_or(Value::Null, calls),
        ]);
    }
    let column = |&(name, column_type): &(&str, ColumnType)| AnswerColumn { name: name.to_owned(), column_type };
    Ok(Status {
        run_id: manifest.run_id,
        hours_since_observed: observed.into_values().max().map(|at| hours_since(at, now)),
        accounts: Answer { columns: COLUMNS.iter().map(column).collect(), rows },
    })
}

fn refreshed_at(entry: &AccountEntry) -> Option<DateTime<Utc>> {
    entry.last_refreshed_at.as_ref().map(Timestamp::at)
}

/// By account key, the requests of an incremental crawl; none where the tables have columns of an older version.
fn incremental_calls(dir: &Path, manifest: &Manifest, window: DateTime<Utc>) -> Result<HashMap<String, i32>> {
    let mut calls = HashMap::new();
    if newest_run::is_older(manifest) {
        return Ok(calls);
    }
    let mut reels = AccountRows::<Reel>::open(&dir.join(run_tables::name_of(Reel::TABLE)))?;
    // The tables' own order: an account may have a new name by now.
    let mut entries: Vec<&AccountEntry> = manifest.accounts.iter().collect();
    entries.sort_by(|a, b| a.account.cmp(&b.account));
    for entry in entries {
        if let Some((refreshed, full)) = refreshed_at(entry).zip(entry.complete_pages) {
            let first_old = first_old_page(&reels.take(&entry.account)?, refreshed.min(window));
            calls.insert(entry.key().to_owned(), first_old.min(full));
        }
    }
    Ok(calls)
}

/// The first page whose unpinned reels are all older than the cutoff, by where the reels stood when they were last
/// shown; beyond all pages where there is none.
fn first_old_page(reels: &[Reel], cutoff: DateTime<Utc>) -> i32 {
    let cutoff = UtcMicros::from(cutoff);
    let mut pages: BTreeMap<i32, Vec<&Reel>> = BTreeMap::new();
    for reel in reels {
        pages.entry(reel.page_number).or_default().push(reel);
    }
    let stops = |(&number, reels): (&i32, &Vec<&Reel>)| {
        let mut unpinned = reels.iter().filter(|reel| reel.is_pinned != Some(true)).peekable();
        let tells_age = unpinned.peek().is_some() && cutoff::tells_age(number.unsigned_abs(), reels.len());
        tells_age && unpinned.all(|reel| reel.posted_at < cutoff)
    };
    pages.iter().find(|page| stops((page.0, page.1))).map_or(i32::MAX, |(&number, _)| number)
}

fn hours(between: Duration) -> f64 {
    between.num_seconds() as f64 / 3600.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::cell::MICROS_PER_HOUR;

    fn page(number: i32, hours_old: &[i64], pinned: Option<bool>) -> Vec<Reel> {
        let reel = |hours: &i64| Reel {
            page_number: number,
            posted_at: UtcMicros(-hours * MICROS_PER_HOUR),
            is_pinned: pinned,
            ..Reel::default()
        };
        hours_old.iter().map(reel).collect()
    }

    #[test]
    fn an_incremental_crawl_ends_with_the_first_page_of_old_reels() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let calls = |pages: &[Vec<Reel>]| first_old_page(&pages.concat(), now - Duration::hours(50));
        assert_eq!(calls(&[page(1, &[1, 2, 3, 4], None), page(2, &[40, 60], None), page(3, &[70, 80], None)]), 3);
        // Pinned reels come first and may be old: a page with only such reels does not count.
        assert_eq!(calls(&[page(1, &[90, 91, 92, 93], Some(true)), page(2, &[51], None)]), 2);
        assert_eq!(calls(&[page(1, &[90, 91, 92], None), page(2, &[51], None)]), 2);
        assert_eq!(calls(&[page(1, &[90, 91, 92, 93], None), page(2, &[94], None)]), 1);
        assert_eq!(calls(&[page(1, &[1, 2], None)]), i32::MAX);
    }
}
