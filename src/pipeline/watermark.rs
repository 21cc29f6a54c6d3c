//! Watermarks: how far an account's page logs are in the tables, and what else a run knows of its accounts for the next.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::error::Result;
use crate::fetch::account_history::AccountHistory;
use crate::replay::import::ImportedLogs;
use crate::schema::cell::{Day, UtcMicros};
use crate::schema::values::AccountStatus;
use crate::store::manifest::{Manifest, Watermark};
use crate::store::page_log::{name, reader, source};
use crate::store::{layout::Store, page_log::line::Start};
use crate::transform::account::checkpoint::AccountCheckpoint;

/// The watermark behind these logs, which are in name order, without a checkpoint; `None` where there are no logs.
pub(crate) fn behind(logs: &[PathBuf]) -> Result<Option<Watermark>> {
    let mut hasher = blake3::Hasher::new();
    let mut newest = None;
    for log in logs {
        // What is not a file has no size; whoever reads it reports it.
        let bytes = reader::if_usable(source::size(log))?.unwrap_or(0);
        let log_name = name::without_partial(log);
        hasher.update(format!("{log_name}/{bytes}\n").as_bytes());
        newest = Some((log_name, bytes));
    }
    Ok(newest.map(|(newest_log, newest_log_bytes)| Watermark {
        newest_log,
        newest_log_bytes,
        logs: logs.len(),
        logs_blake3: hasher.finalize().to_hex().to_string(),
        checkpoint: serde_json::Value::Null,
        ..Watermark::default()
    }))
}

/// Whether the first of these logs are still those that the watermark covers.
pub(crate) fn covers(watermark: &Watermark, logs: &[PathBuf]) -> Result<bool> {
    let now = logs.get(..watermark.logs).map(behind).transpose()?.flatten();
    Ok(now.is_some_and(|now| now.logs_blake3 == watermark.logs_blake3))
}

/// What the checkpoint says of an account's first logs, which saves reading them; `None` where these changed.
pub(crate) fn imported_logs(store: &Store, key: &str, watermark: &Watermark) -> Result<Option<ImportedLogs>> {
    if covers(watermark, &store.logs(key)?)? { Ok(imported_logs_of(watermark)) } else { Ok(None) }
}

/// `None` where another version wrote the checkpoint.
fn imported_logs_of(watermark: &Watermark) -> Option<ImportedLogs> {
    let checkpoint: AccountCheckpoint = serde_json::from_value(watermark.checkpoint.clone()).ok()?;
    let start = checkpoint.newest_start;
    let newest_start = Start {
        account_id: start.account_id.map(Into::into),
        label: start.label.map(Into::into),
        timezone: start.timezone.into(),
        followers: start.followers,
        followers_as_of: start.followers_as_of.and_then(Day::date).map(|day| day.to_string()),
        version: String::new(),
        configures_only: start.configures_only,
        ..Start::new(&start.account, &start.run_id, start.started_at.instant()?.into())
    };
    let newest_page_at = checkpoint.newest_page_at.and_then(UtcMicros::instant);
    Some(ImportedLogs { logs: watermark.logs, newest_page_at, newest_start })
}

/// What the newest run knows of each account, for the fetch stage, by the account's key.
pub(crate) fn histories(newest: Option<&Manifest>) -> HashMap<String, AccountHistory> {
    let Some(manifest) = newest else { return HashMap::new() };
    let crawled: HashSet<&String> = manifest.cut_short.iter().flat_map(|cut_short| &cut_short.crawled).collect();
    let mut histories = HashMap::new();
    for entry in &manifest.accounts {
        let key = entry.key().to_owned();
        let watermark = manifest.watermarks.get(&key);
        let history = AccountHistory {
            account_id: entry.account_id.clone(),
            last_complete_at: entry.last_complete_at.clone(),
            last_refreshed_at: entry.last_refreshed_at.clone(),
            pages: Some(entry.pages),
            complete_pages: entry.complete_pages,
            incremental_pages: (entry.status == AccountStatus::Incremental).then_some(entry.pages),
            sequence: watermark.and_then(|mark| mark.checkpoint.get("sequence")?.as_u64()).unwrap_or(0),
            published: watermark.map(|mark| (mark.newest_log.clone(), mark.newest_log_bytes)),
            was_crawled_for_this_run: crawled.contains(&key),
        };
        histories.insert(key, history);
    }
    histories
}
