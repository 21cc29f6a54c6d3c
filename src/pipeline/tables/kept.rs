//! An account whose page logs cannot be used: its rows of the newest run stay as they are, and its status says why.

use std::path::PathBuf;

use crate::error::Result;
use crate::formats::read::AccountRows;
use crate::pipeline::accounts::AccountName;
use crate::pipeline::tables::{AccountBatches, batch, file_of};
use crate::pipeline::{newest_run, observations};
use crate::schema::column::Row;
use crate::schema::tables::{Account, Finding, Hashtag, Observation, Person, Reel, ReelState};
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest};

/// Where such rows come from.
pub struct Kept {
    newest: Option<(Store, PathBuf, Manifest)>,
}

impl Kept {
    /// The rows of a store's newest run, as far as its tables have the columns of this version.
    pub fn of(store: &Store) -> Result<Self> {
        let newest = store.pointed_to()?.filter(|(_, manifest)| !newest_run::is_older(manifest));
        Ok(Self { newest: newest.map(|(dir, manifest)| (store.clone(), dir, manifest)) })
    }

    pub fn nothing() -> Self {
        Self { newest: None }
    }

    /// What goes into the tables in place of what its logs would give.
    pub fn ready(&self, name: &AccountName, reason: &str) -> Result<AccountBatches> {
        let Some((store, dir, manifest)) = &self.newest else { return Ok(without_rows(name, reason)) };
        let Some(entry) = manifest.accounts.iter().find(|entry| entry.key() == name.key) else {
            return Ok(without_rows(name, reason));
        };
        if entry.account != name.account {
            let old = format!("{reason}; its rows of the run before, under the name {}, are left out", entry.account);
            return Ok(without_rows(name, &old));
        }
        let account = name.account.as_str();
        let of_before = Rows { dir, account };
        let mut readings: Vec<Observation> = Vec::new();
        for file in &manifest.observations {
            readings.extend(AccountRows::open(&store.root().join(&file.path))?.take(account)?);
        }
        readings.sort_by(Observation::order);
        let mut row = of_before.take::<Account>()?;
        let reason = format!("{reason}; its rows are those of the run before");
        for row in &mut row {
            (row.status, row.status_reason) = (AccountStatus::Failed.text().into(), Some(reason.as_str().into()));
        }
        let mark = manifest.marks.get(&name.key).cloned();
        Ok(AccountBatches {
            entry: AccountEntry { status: AccountStatus::Failed, reason: Some(reason.clone()), ..entry.clone() },
            items: mark.as_ref().and_then(|mark| mark.carried.get("items")?.as_u64()).unwrap_or(0),
            mark,
            is_anew: true,
            warnings: Vec::new(),
            unusable: Some(reason),
            observations: observations::by_month(&readings),
            tables: vec![
                batch(&of_before.take::<Reel>()?),
                batch(&of_before.take::<Hashtag>()?),
                batch(&of_before.take::<Person>()?),
                batch(&row),
                batch(&of_before.take::<Finding>()?),
                batch(&of_before.take::<ReelState>()?),
            ],
        })
    }
}

/// An account's rows in the tables of a run.
struct Rows<'a> {
    dir: &'a PathBuf,
    account: &'a str,
}

impl Rows<'_> {
    fn take<R: Row>(&self) -> Result<Vec<R>> {
        AccountRows::open(&self.dir.join(file_of(R::TABLE)))?.take(self.account)
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
        mark: None,
        is_anew: true,
        warnings: Vec::new(),
        unusable: Some(reason.to_owned()),
        items: 0,
        observations: Vec::new(),
        tables: vec![batch(&[row])],
    }
}
