//! One account's rows of every table as record batches, ready for the writers.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;

use crate::error::{Error, Result};
use crate::pipeline::{observations, page_source::TransformedAccount};
use crate::schema::column::{Row, Table};
use crate::schema::{cell::UtcMicros, values::AccountStatus};
use crate::store::manifest::{AccountEntry, Watermark};
use crate::time::Timestamp;
use crate::transform::account::checkpoint::AccountTables;

/// An account's rows as the writers take them, made on the thread that transformed them.
pub(crate) struct AccountBatches {
    pub entry: AccountEntry,
    pub watermark: Option<Watermark>,
    pub is_rebuilt: bool,
    pub warnings: Vec<String>,
    /// Why its logs cannot be used, where they cannot.
    pub unusable: Option<String>,
    pub items: u64,
    /// By month.
    pub observations: Vec<(String, RecordBatch)>,
    pub tables: Vec<(Table, RecordBatch)>,
}

impl AccountBatches {
    pub(crate) fn new(account: TransformedAccount) -> Result<Self> {
        let TransformedAccount { tables, watermark, is_rebuilt } = account;
        let checkpoint = serde_json::to_value(&tables.checkpoint).map_err(Error::unexpected)?;
        Ok(Self {
            entry: account_entry(&tables),
            watermark: watermark.map(|watermark| Watermark { checkpoint, ..watermark }),
            is_rebuilt,
            items: tables.checkpoint.items,
            observations: observations::by_month(&tables.observations),
            tables: vec![
                batch(&tables.reels),
                batch(&tables.hashtags),
                batch(&tables.people),
                batch(std::slice::from_ref(&tables.account)),
                batch(&tables.findings),
                batch(&tables.reel_states),
            ],
            warnings: tables.warnings,
            unusable: None,
        })
    }
}

pub(crate) fn batch<R: Row>(rows: &[R]) -> (Table, RecordBatch) {
    (R::TABLE, R::batch(&rows.iter().collect::<Vec<_>>()))
}

fn account_entry(tables: &AccountTables) -> AccountEntry {
    let at = |at: UtcMicros| at.instant().map(Timestamp::from);
    let (account, checkpoint) = (&tables.account, &tables.checkpoint);
    let names: BTreeSet<&str> = checkpoint.names.iter().map(|(name, _)| name.as_str()).collect();
    let names = if names.len() > 1 { names.into_iter().map(str::to_owned).collect() } else { Vec::new() };
    AccountEntry {
        account: account.account.to_string(),
        key: String::new(),
        names,
        account_id: account.account_id.clone().map(Into::into),
        status: AccountStatus::named(&account.status).unwrap_or_default(),
        reason: account.status_reason.clone().map(Into::into),
        pages: account.pages,
        calls: account.calls,
        reels: account.reels,
        last_complete_at: checkpoint.last_complete_at.and_then(at),
        complete_pages: checkpoint.complete_pages,
        last_refreshed_at: checkpoint.last_refreshed_at.and_then(at),
        crawls: checkpoint.crawls,
        observations: checkpoint.observations,
    }
}
