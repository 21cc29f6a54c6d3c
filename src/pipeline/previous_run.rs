//! What an earlier run left of each account, so that only what came since has to be read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::formats::read::AccountRows;
use crate::fs;
use crate::pipeline::accounts::AccountName;
use crate::pipeline::observations::Listing;
use crate::pipeline::tables;
use crate::replay::import::ImportedLogs;
use crate::schema::cell::{Day, UtcMicros};
use crate::schema::column::Row;
use crate::schema::tables::{Finding, Person, Reel, ReelState};
use crate::store::layout::Store;
use crate::store::manifest::{Manifest, Watermark};
use crate::store::page_log::line::Start;
use crate::store::page_log::{name, reader, source};
use crate::transform::account::{AccountCheckpoint, AccountState, AccountTables};

/// The tables of an earlier run, to be read once from front to back.
pub struct PreviousRun {
    /// How far each account is folded into them, by its key.
    pub marks: BTreeMap<String, Watermark>,
    pub observations: Listing,
    reels: AccountRows<Reel>,
    people: AccountRows<Person>,
    findings: AccountRows<Finding>,
    fold: AccountRows<ReelState>,
}

impl PreviousRun {
    /// Opens a run's tables once every file is found to be what its manifest says.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn open(store: &Store, dir: &Path, manifest: Manifest) -> Result<Self> {
        for file in &manifest.observations {
            let path = store.root().join(&file.path);
            if fs::size(&path)? != file.bytes {
                return Err(other_than_published(&path));
            }
        }
        Ok(Self {
            reels: table(dir, &manifest)?,
            people: table(dir, &manifest)?,
            findings: table(dir, &manifest)?,
            fold: table(dir, &manifest)?,
            observations: Listing::of(&manifest),
            marks: manifest.marks,
        })
    }

    /// What is folded of an account under its name of now, where the first of these logs are those that it was folded from; and how many they
    /// are. Accounts are to be asked for in name order.
    pub fn earlier(&mut self, name: &AccountName, logs: &[PathBuf]) -> Result<Option<(AccountState, usize)>> {
        let AccountName { account, key } = name;
        let Some(known) = self.marks.get(key) else { return Ok(None) };
        if known.account(key) != account {
            // Every row of before has another name.
            return Ok(None);
        }
        let folded = &logs[..known.logs.min(logs.len())];
        if mark(folded)?.is_none_or(|mark| mark.logs_blake3 != known.logs_blake3) {
            tracing::info!(account, "its logs are others than those folded: folded anew");
            return Ok(None);
        }
        let Ok(carried) = serde_json::from_value::<AccountCheckpoint>(known.carried.clone()) else { return Ok(None) };
        let earlier = AccountState {
            carried,
            reels: self.reels.take(account)?,
            people: self.people.take(account)?,
            findings: self.findings.take(account)?,
            fold: self.fold.take(account)?,
        };
        Ok(Some((earlier, known.logs)))
    }
}

fn table<R: Row>(dir: &Path, manifest: &Manifest) -> Result<AccountRows<R>> {
    let name = tables::file_of(R::TABLE);
    let path = dir.join(&name);
    let hash = fs::blake3_of(&path)?;
    let listed = manifest.files.iter().find(|file| file.path == name);
    if listed.is_none_or(|file| file.blake3 != hash) {
        return Err(other_than_published(&path));
    }
    AccountRows::open(&path)
}

fn other_than_published(path: &Path) -> Error {
    Error::invalid_data(format!("{} is not what was published", path.display()))
}

/// The mark behind these logs, which are in name order; `None` where there are none. What the transform carries is not
/// in it yet.
pub fn mark(logs: &[PathBuf]) -> Result<Option<Watermark>> {
    let mut hasher = blake3::Hasher::new();
    let mut newest = None;
    for log in logs {
        // What is no file has no size; whoever reads it says so.
        let bytes = reader::if_usable(source::size(log))?.unwrap_or(0);
        let name = name::without_partial(log);
        hasher.update(format!("{name}/{bytes}\n").as_bytes());
        newest = Some((name, bytes));
    }
    Ok(newest.map(|(newest_log, newest_log_bytes)| Watermark {
        newest_log,
        newest_log_bytes,
        logs: logs.len(),
        logs_blake3: hasher.finalize().to_hex().to_string(),
        carried: serde_json::Value::Null,
        ..Watermark::default()
    }))
}

/// The highest number of the crawls that are folded.
pub fn highest_sequence(known: &Watermark) -> u64 {
    known.carried.get("sequence").and_then(serde_json::Value::as_u64).unwrap_or(0)
}

/// What a mark tells of an account's first logs; `None` where they are others now.
pub fn told(store: &Store, key: &str, known: &Watermark) -> Result<Option<ImportedLogs>> {
    let logs = store.logs(key)?;
    let now = logs.get(..known.logs).map(mark).transpose()?.flatten();
    Ok(now.filter(|now| now.logs_blake3 == known.logs_blake3).and_then(|_| told_by(known)))
}

/// What a mark says of the logs that it covers; `None` where another version wrote it.
fn told_by(known: &Watermark) -> Option<ImportedLogs> {
    let carried: AccountCheckpoint = serde_json::from_value(known.carried.clone()).ok()?;
    let start = carried.newest_start;
    let newest_start = Start {
        account_id: start.account_id.map(Into::into),
        label: start.label.map(Into::into),
        timezone: start.timezone.into(),
        followers: start.followers,
        followers_as_of: start.followers_as_of.and_then(Day::date).map(|day| day.to_string()),
        configures_only: start.configures_only,
        version: String::new(),
        ..Start::new(&start.account, &start.run_id, start.started_at.instant()?.into())
    };
    let newest_page_at = carried.newest_page_at.and_then(UtcMicros::instant);
    Some(ImportedLogs { logs: known.logs, newest_page_at, newest_start })
}

/// What comes of an account's logs.
pub enum Folded {
    Rows(Box<TransformedAccount>),
    /// One of them cannot be used, and why. The other accounts go on.
    Unusable(String),
}

/// An account's rows, and how they came about.
pub struct TransformedAccount {
    pub tables: AccountTables,
    /// `None` outside of a store.
    pub mark: Option<Watermark>,
    /// All its readings were read, so that its observations of earlier runs are there once more.
    pub is_anew: bool,
}
