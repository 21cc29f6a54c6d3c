//! One account's rows of every table as record batches, ready for the writers. If its page logs cannot be used, these
//! are its rows from the previous run, with a status that says why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;

use crate::error::{Error, Result};
use crate::formats::read::AccountRows;
use crate::pipeline::page_source::TransformedAccount;
use crate::pipeline::{accounts::AccountName, cut::Cut, newest_run, observations, run_tables};
use crate::schema::column::{Row, Table};
use crate::schema::tables::{Account, AccountDay, Finding, Hashtag, Observation, Person, Profile, Reel, ReelState};
use crate::schema::{cell::UtcMicros, values::AccountStatus};
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest, Watermark};
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
    /// The tables with the rows that a cut left out, where they are asked for.
    pub whole: Vec<(Table, RecordBatch)>,
    pub reels_left_out: u64,
}

impl AccountBatches {
    pub(crate) fn new(account: TransformedAccount, cut: Cut) -> Result<Self> {
        let TransformedAccount { mut tables, watermark, is_rebuilt } = account;
        let whole = if cut.keeps_whole { batches(&tables) } else { Vec::new() };
        let reels_left_out = cut.apply(&mut tables);
        let checkpoint = serde_json::to_value(&tables.checkpoint).map_err(Error::unexpected)?;
        Ok(Self {
            entry: account_entry(&tables),
            watermark: watermark.map(|watermark| Watermark { checkpoint, ..watermark }),
            is_rebuilt,
            items: tables.checkpoint.items,
            observations: observations::by_month(&tables.observations),
            tables: batches(&tables),
            whole,
            reels_left_out,
            warnings: tables.warnings,
            unusable: None,
        })
    }

    /// The rows of an account in a store's newest run, if that has them under the same name and with the columns of this
    /// version.
    pub(crate) fn of_newest_run(
        newest: Option<(&Store, &(PathBuf, Manifest))>,
        name: &AccountName,
        reason: &str,
    ) -> Result<Self> {
        let Some((store, (dir, manifest))) = newest else { return Ok(Self::without_rows(name, reason)) };
        let Some(entry) = manifest.accounts.iter().find(|entry| entry.key() == name.key) else {
            return Ok(Self::without_rows(name, reason));
        };
        if newest_run::is_older(manifest) {
            let old =
                format!("{reason}; its rows of the previous run have columns of an older version and are left out");
            return Ok(Self::without_rows(name, &old));
        }
        if entry.account != name.account {
            let old = format!("{reason}; its rows of the previous run, under the name {}, are left out", entry.account);
            return Ok(Self::without_rows(name, &old));
        }
        let account = name.account.as_str();
        let mut observed: Vec<Observation> = Vec::new();
        for file in &manifest.observations {
            observed.extend(AccountRows::open(&store.root().join(&file.path))?.take(account)?);
        }
        observed.sort_by(Observation::order);
        let mut accounts = rows_of::<Account>(dir, account)?;
        let reason = format!("{reason}; its rows are those of the previous run");
        for row in &mut accounts {
            (row.status, row.status_reason) = (AccountStatus::Failed.text().into(), Some(reason.as_str().into()));
        }
        let watermark = manifest.watermarks.get(&name.key).cloned();
        Ok(Self {
            entry: AccountEntry { status: AccountStatus::Failed, reason: Some(reason.clone()), ..entry.clone() },
            items: watermark.as_ref().and_then(|mark| mark.checkpoint.get("items")?.as_u64()).unwrap_or(0),
            watermark,
            is_rebuilt: true,
            warnings: Vec::new(),
            unusable: Some(reason),
            observations: observations::by_month(&observed),
            tables: vec![
                batch(&rows_of::<Reel>(dir, account)?),
                batch(&rows_of::<Hashtag>(dir, account)?),
                batch(&rows_of::<Person>(dir, account)?),
                batch(&accounts),
                batch(&rows_of::<Profile>(dir, account)?),
                batch(&rows_of::<AccountDay>(dir, account)?),
                batch(&rows_of::<Finding>(dir, account)?),
                batch(&rows_of::<ReelState>(dir, account)?),
            ],
            whole: Vec::new(),
            reels_left_out: 0,
        })
    }

    fn without_rows(name: &AccountName, reason: &str) -> Self {
        let status = AccountStatus::Failed;
        let row = Account {
            account: name.account.as_str().into(),
            timezone: "UTC".into(),
            status: status.text().into(),
            status_reason: Some(reason.into()),
            ..Account::default()
        };
        let (account, reason) = (name.account.clone(), Some(reason.to_owned()));
        Self {
            entry: AccountEntry { account, status, reason: reason.clone(), ..AccountEntry::default() },
            watermark: None,
            is_rebuilt: true,
            warnings: Vec::new(),
            unusable: reason,
            items: 0,
            observations: Vec::new(),
            tables: vec![batch(&[row])],
            whole: Vec::new(),
            reels_left_out: 0,
        }
    }
}

/// An account's rows in a table of a run.
fn rows_of<R: Row>(dir: &Path, account: &str) -> Result<Vec<R>> {
    AccountRows::open(&dir.join(run_tables::name_of(R::TABLE)))?.take(account)
}

fn batches(tables: &AccountTables) -> Vec<(Table, RecordBatch)> {
    vec![
        batch(&tables.reels),
        batch(&tables.hashtags),
        batch(&tables.people),
        batch(std::slice::from_ref(&tables.account)),
        batch(&tables.profiles),
        batch(&tables.days),
        batch(&tables.findings),
        batch(&tables.reel_states),
    ]
}

fn batch<R: Row>(rows: &[R]) -> (Table, RecordBatch) {
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
        reels: tables.reels.len() as i64,
        last_complete_at: checkpoint.last_complete_at.and_then(at),
        complete_pages: checkpoint.complete_pages,
        last_refreshed_at: checkpoint.last_refreshed_at.and_then(at),
        crawls: checkpoint.crawls,
        observations: checkpoint.observations,
    }
}
