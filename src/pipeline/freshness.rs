//! How old a run is, by its newest observation, and what was found in its data. The time of publishing is not recorded:
//! rebuilt tables are as old as their pages.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::formats::read::Batches;
use crate::pipeline::{newest_run, run_tables};
use crate::schema::tables::{Finding, Reel};
use crate::schema::{cell::MICROS_PER_HOUR, column::Row};
use crate::store::layout::Store;

const BATCH_ROWS: usize = 65_536;

/// Each account's newest observation in a run's tables, in microseconds since 1970.
pub(crate) fn newest_observations(dir: &Path) -> Result<BTreeMap<String, i64>> {
    let path = dir.join(format!("{}.parquet", Reel::TABLE.name()));
    let mut newest: BTreeMap<String, i64> = BTreeMap::new();
    let wanted = |name: &str| ["account", "observed_at"].contains(&name);
    for batch in Batches::open(Reel::TABLE, &path, BATCH_ROWS, |column| wanted(column.name))? {
        let batch = batch?;
        let column = |name: &str| batch.column_by_name(name).expect("it is one of the wanted columns");
        let accounts = column("account").as_string::<i32>();
        let times = column("observed_at").as_primitive::<TimestampMicrosecondType>();
        for (account, at) in accounts.iter().zip(times).filter_map(|(account, at)| account.zip(at)) {
            match newest.get_mut(account) {
                Some(known) => *known = at.max(*known),
                None => {
                    newest.insert(account.to_owned(), at);
                }
            }
        }
    }
    Ok(newest)
}

/// Hours from the newest observation of a run to now; `None` without an observation.
pub(crate) fn hours_since_observed(dir: &Path, now: DateTime<Utc>) -> Result<Option<f64>> {
    let newest = newest_observations(dir)?.into_values().max();
    Ok(newest.map(|at| hours_since(at, now)))
}

/// The newest observation of a store's latest run, in microseconds since 1970; `None` where there is none.
pub(crate) fn newest_observation(store: &Store) -> Result<Option<i64>> {
    let newest = newest_run::newest(store)?.map(|(dir, _)| newest_observations(&dir)).transpose()?;
    Ok(newest.and_then(|newest| newest.into_values().max()))
}

/// How often each kind of finding is in a run's data.
pub(crate) fn findings(dir: &Path) -> Result<BTreeMap<String, u64>> {
    let path = dir.join(run_tables::name_of(Finding::TABLE));
    let wanted = |name: &str| ["finding", "count"].contains(&name);
    let mut found = BTreeMap::new();
    for batch in Batches::open(Finding::TABLE, &path, BATCH_ROWS, |column| wanted(column.name))? {
        let batch = batch?;
        let column = |name: &str| batch.column_by_name(name).expect("it is one of the wanted columns");
        let counts = column("count").as_primitive::<Int64Type>();
        for (finding, count) in column("finding").as_string::<i32>().iter().zip(counts) {
            if let Some((finding, count)) = finding.zip(count) {
                *found.entry(finding.to_owned()).or_insert(0) += count.unsigned_abs();
            }
        }
    }
    Ok(found)
}

pub(crate) fn hours_since(micros: i64, now: DateTime<Utc>) -> f64 {
    (now.timestamp_micros() - micros) as f64 / MICROS_PER_HOUR as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::options::{Format, Options};
    use crate::formats::writer::TableWriter;
    use crate::schema::cell::UtcMicros;

    #[test]
    fn each_account_has_its_newest_observation() {
        let dir = tempfile::tempdir().unwrap();
        let reel = |account: &str, hours: i64| Reel {
            account: account.into(),
            observed_at: UtcMicros(hours * MICROS_PER_HOUR),
            ..Reel::default()
        };
        let rows = [reel("maple", 5), reel("maple", 7), reel("maple", 6), reel("willow", 2)];
        let options = Options::new(&[Format::Parquet]);
        let mut writer = TableWriter::create(dir.path(), "reels", Reel::TABLE, &options).unwrap();
        writer.write(&Reel::batch(&rows.iter().collect::<Vec<_>>())).unwrap();
        writer.finish().unwrap();
        let newest = newest_observations(dir.path()).unwrap();
        let now = DateTime::from_timestamp(10 * 3600 + 1800, 0).unwrap();
        let hours: Vec<(&str, f64)> =
            newest.iter().map(|(account, at)| (account.as_str(), hours_since(*at, now))).collect();
        assert_eq!(hours, [("maple", 3.5), ("willow", 8.5)]);
    }
}
