//! The tables of the previous run, so that an update reads only the page logs that came since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::formats::read::AccountRows;
use crate::fs;
use crate::pipeline::{accounts::AccountName, observations::Listing, run_tables, watermark};
use crate::schema::column::Row;
use crate::schema::tables::{AccountDay, Finding, Person, Profile, Reel, ReelState};
use crate::store::layout::Store;
use crate::store::manifest::{Manifest, Watermark};
use crate::transform::account::checkpoint::{AccountCheckpoint, AccountTables};

/// The tables of an earlier run, to be read once from front to back.
pub(crate) struct PreviousRun {
    /// How far each account's page logs are in these tables, by its key.
    pub watermarks: BTreeMap<String, Watermark>,
    pub observations: Listing,
    reels: AccountRows<Reel>,
    people: AccountRows<Person>,
    profiles: AccountRows<Profile>,
    days: AccountRows<AccountDay>,
    findings: AccountRows<Finding>,
    reel_states: AccountRows<ReelState>,
}

impl PreviousRun {
    /// Opens a run's tables once every file is found to match its manifest.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub(crate) fn open(store: &Store, dir: &Path, manifest: Manifest) -> Result<Self> {
        for file in &manifest.observations {
            let path = store.root().join(&file.path);
            if fs::size(&path)? != file.bytes {
                return Err(wrong_checksum(&path));
            }
        }
        Ok(Self {
            reels: table(dir, &manifest)?,
            people: table(dir, &manifest)?,
            profiles: table(dir, &manifest)?,
            days: table(dir, &manifest)?,
            findings: table(dir, &manifest)?,
            reel_states: table(dir, &manifest)?,
            observations: Listing::of(&manifest),
            watermarks: manifest.watermarks,
        })
    }

    /// The account's state under its current name, and how many of these logs are in it; `None` where the first logs
    /// are not those that it was made from. Accounts must be asked for in name order.
    pub(crate) fn account_state(
        &mut self,
        name: &AccountName,
        logs: &[PathBuf],
    ) -> Result<Option<(AccountTables, usize)>> {
        let AccountName { account, key } = name;
        let Some(known) = self.watermarks.get(key) else { return Ok(None) };
        if known.account(key) != account {
            // The earlier rows have another name.
            return Ok(None);
        }
        if !watermark::covers(known, logs)? {
            tracing::info!(account, "page logs changed since the last run; rebuilding this account");
            return Ok(None);
        }
        let Ok(checkpoint) = serde_json::from_value::<AccountCheckpoint>(known.checkpoint.clone()) else {
            return Ok(None);
        };
        let state = AccountTables {
            checkpoint,
            reels: self.reels.take(account)?,
            people: self.people.take(account)?,
            profiles: self.profiles.take(account)?,
            days: self.days.take(account)?,
            findings: self.findings.take(account)?,
            reel_states: self.reel_states.take(account)?,
            ..AccountTables::default()
        };
        Ok(Some((state, known.logs)))
    }
}

fn table<R: Row>(dir: &Path, manifest: &Manifest) -> Result<AccountRows<R>> {
    let name = run_tables::name_of(R::TABLE);
    let path = dir.join(&name);
    let hash = fs::blake3_of(&path)?;
    if manifest.files.iter().any(|file| file.path == name && file.blake3 == hash) {
        return AccountRows::open(&path);
    }
    Err(wrong_checksum(&path))
}

fn wrong_checksum(path: &Path) -> Error {
    Error::invalid_data(format!("{} does not match its published checksum", path.display()))
}
