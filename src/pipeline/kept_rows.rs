//! The rows of an account whose page logs cannot be used: those of the newest run, with a status that says why.

use std::path::PathBuf;

use crate::error::Result;
use crate::formats::read::AccountRows;
use crate::pipeline::account_batches::{AccountBatches, batch};
use crate::pipeline::{accounts::AccountName, newest_run, observations, run_files};
use crate::schema::tables::{Account, Finding, Hashtag, Observation, Person, Reel, ReelState};
use crate::schema::{column::Row, values::AccountStatus};
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest};

/// The run that such rows come from.
pub(crate) struct KeptRows {
    newest: Option<(Store, PathBuf, Manifest)>,
}

impl KeptRows {
    /// The rows of a store's newest run, if its tables have the columns of this version.
    pub(crate) fn of(store: &Store) -> Result<Self> {
        let newest = store.pointed_to()?.filter(|(_, manifest)| !newest_run::is_older(manifest));
        Ok(Self { newest: newest.map(|(dir, manifest)| (store.clone(), dir, manifest)) })
    }

    pub(crate) fn none() -> Self {
        Self { newest: None }
    }

    /// What goes into the tables in place of the rows from its logs.
    pub(crate) fn batches(&self, name: &AccountName, reason: &str) -> Result<AccountBatches> {
        let Some((store, dir, manifest)) = &self.newest else { return Ok(without_rows(name, reason)) };
        let Some(entry) = manifest.accounts.iter().find(|entry| entry.key() == name.key) else {
            return Ok(without_rows(name, reason));
        };
        if entry.account != name.account {
            let old = format!("{reason}; its rows of the previous run, under the name {}, are left out", entry.account);
            return Ok(without_rows(name, &old));
        }
        let account = name.account.as_str();
        let mut observed: Vec<Observation> = Vec::new();
        for file in &manifest.observations {
            observed.extend(AccountRows::open(&store.root().join(&file.path))?.take(account)?);
        }
        observed.sort_by(Observation::order);
        let run = RunRows { dir, account };
        let mut accounts = run.take::<Account>()?;
        let reason = format!("{reason}; its rows are those of the previous run");
        for row in &mut accounts {
            (row.status, row.status_reason) = (AccountStatus::Failed.text().into(), Some(reason.as_str().into()));
        }
        let watermark = manifest.watermarks.get(&name.key).cloned();
        Ok(AccountBatches {
            entry: AccountEntry { status: AccountStatus::Failed, reason: Some(reason.clone()), ..entry.clone() },
            items: watermark.as_ref().and_then(|mark| mark.checkpoint.get("items")?.as_u64()).unwrap_or(0),
            watermark,
            is_rebuilt: true,
            warnings: Vec::new(),
            unusable: Some(reason),
            observations: observations::by_month(&observed),
            tables: vec![
                batch(&run.take::<Reel>()?),
                batch(&run.take::<Hashtag>()?),
                batch(&run.take::<Person>()?),
                batch(&accounts),
                batch(&run.take::<Finding>()?),
                batch(&run.take::<ReelState>()?),
            ],
        })
    }
}

/// An account's rows in the tables of a run.
struct RunRows<'a> {
    dir: &'a PathBuf,
    account: &'a str,
}

impl RunRows<'_> {
    fn take<R: Row>(&self) -> Result<Vec<R>> {
        AccountRows::open(&self.dir.join(run_files::name_of(R::TABLE)))?.take(self.account)
    }
}

fn without_rows(name: &AccountName, reason: &str) -> AccountBatches {
    let row = Account {
        account: name.account.as_str().into(),
        timezone: "UTC".into(),
        status: AccountStatus::Failed.text().into(),
        status_reason: Some(reason.into()),
        ..Account::default()
    };
    AccountBatches {
        entry: AccountEntry {
            account: name.account.clone(),
            status: AccountStatus::Failed,
            reason: Some(reason.to_owned()),
            ..AccountEntry::default()
        },
        watermark: None,
        is_rebuilt: true,
        warnings: Vec::new(),
        unusable: Some(reason.to_owned()),
        items: 0,
        observations: Vec::new(),
        tables: vec![batch(&[row])],
    }
}
