//! Watermarks: how far an account's page logs are in the tables.

use std::path::PathBuf;

use crate::error::Result;
use crate::replay::import::ImportedLogs;
use crate::schema::cell::{Day, UtcMicros};
use crate::store::page_log::{name, reader, source};
use crate::store::{layout::Store, manifest::Watermark, page_log::line::Start};
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

/// The highest number of the crawls that are in the tables.
pub(crate) fn highest_sequence(watermark: &Watermark) -> u64 {
    watermark.checkpoint.get("sequence").and_then(serde_json::Value::as_u64).unwrap_or(0)
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
