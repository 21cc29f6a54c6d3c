//! The manifest of a run: what it was made from and what it holds. `_SUCCESS` holds its hash.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::schema::values::AccountStatus;
use crate::time::Timestamp;

pub(crate) const MANIFEST: &str = "manifest.json";
/// Written last: a run folder without it is not published.
pub(crate) const SUCCESS: &str = "_SUCCESS";

/// The version of this file; raised when a reader of the old form would misread the new one.
pub(crate) const MANIFEST_VERSION: u32 = 1;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub manifest_version: u32,
    pub schema_version: u32,
    pub run_id: String,
    /// One more than that of the previous run in this store: ids and clocks do not tell the order of runs.
    #[serde(default)]
    pub sequence: u64,
    pub program_version: String,
    pub settings: RunSettings,
    /// The requested accounts; a run id can be reused for the same ones only.
    pub requested: Vec<String>,
    /// Requests sent by this run, and how many of them were retries.
    #[serde(default)]
    pub calls: u32,
    #[serde(default)]
    pub retries: u32,
    pub accounts: Vec<AccountEntry>,
    /// All files in the run's folder but this one and `_SUCCESS`.
    pub files: Vec<FileEntry>,
    /// The observation files of the run, relative to the store.
    pub observations: Vec<FileEntry>,
    /// The folder that holds these files by month and nothing else, relative to the store. `None` in runs of schema
    /// version 1.
    #[serde(default)]
    pub observation_tree: Option<String>,
    /// How far each account's page logs are in these tables, by the account's key.
    #[serde(default, alias = "marks")]
    pub watermarks: BTreeMap<String, Watermark>,
    /// Set if a run was cut short and no later one has finished it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<Box<CutShort>>,
}

/// The settings that shape a run's tables: other values make other tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSettings {
    pub compression: String,
    /// Only where they are not the dialect's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv_breaks: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv_decimal: Option<String>,
    pub csv_delimiter: String,
    pub csv_dialect: String,
    /// Names, separated by commas.
    pub format: String,
    pub timezone: String,
}

/// What the next run has to know of consecutive runs that were cut short.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CutShort {
    /// Why the newest of them was.
    pub reason: String,
    /// When the first of them started.
    pub since: Timestamp,
    /// The keys of the accounts whose crawls ended in them: within `--resume-within` they are not crawled again.
    pub crawled: Vec<String>,
    /// The keys of the accounts that have not been crawled since.
    #[serde(default)]
    pub waiting: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountEntry {
    pub account: String,
    /// Names the account's folder in raw/; empty if it is the account's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// All names that the account was requested by, if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    pub account_id: Option<String>,
    pub status: AccountStatus,
    pub reason: Option<String>,
    /// Of the newest crawl.
    pub pages: i32,
    pub calls: i32,
    pub reels: i64,
    /// When the last complete crawl started; null if there is none yet.
    pub last_complete_at: Option<Timestamp>,
    /// Its pages: the cost of a full crawl.
    #[serde(default)]
    pub complete_pages: Option<i32>,
    /// When the last complete or incremental crawl started: it saw everything that is older than that.
    #[serde(default)]
    pub last_refreshed_at: Option<Timestamp>,
    /// Crawls and observations of the account in the store.
    #[serde(default, alias = "walks")]
    pub crawls: u64,
    #[serde(default, alias = "readings")]
    pub observations: u64,
}

impl AccountEntry {
    /// The account's key, which names its folder in raw/.
    pub fn key(&self) -> &str {
        if self.key.is_empty() { &self.account } else { &self.key }
    }
}

/// How far an account's page logs are in the tables, and what its next update starts from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Watermark {
    /// The account's name in these tables; empty if it is its key.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// The newest log in the tables, and how many of its bytes.
    pub newest_log: String,
    pub newest_log_bytes: u64,
    /// The number of logs in the tables, and a hash over their names and sizes: if there is another log among them, or if
    /// one has grown, the account is rebuilt.
    pub logs: usize,
    pub logs_blake3: String,
    /// The account's checkpoint, whose form only the transform knows.
    #[serde(alias = "carried")]
    pub checkpoint: serde_json::Value,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    /// `None` for files without rows, such as a report.
    pub rows: Option<u64>,
    pub blake3: String,
}

/// What a search for a run's manifest finds.
pub(crate) enum Lookup<T> {
    /// The run was not published.
    Absent,
    Whole(T),
    /// It does not match its published checksum; the error says so.
    Changed(Error),
}

impl Watermark {
    /// The name in these tables of the account with this key.
    pub fn account<'m>(&'m self, key: &'m str) -> &'m str {
        if self.account.is_empty() { key } else { &self.account }
    }
}

impl Manifest {
    /// An account by its name, its user id, or an earlier name.
    pub fn account(&self, name: &str) -> Option<&AccountEntry> {
        let is_now = |entry: &&AccountEntry| entry.account == name;
        let has_id = |entry: &&AccountEntry| entry.account_id.as_deref() == Some(name);
        let was = |entry: &&AccountEntry| entry.key() == name || entry.names.iter().any(|known| known == name);
        let all = || self.accounts.iter();
        all().find(is_now).or_else(|| all().find(has_id)).or_else(|| all().find(was))
    }

    /// The keys of the requested accounts.
    pub fn requested_keys(&self) -> Vec<String> {
        let keys: HashMap<&str, &str> =
            self.accounts.iter().map(|entry| (entry.account.as_str(), entry.key())).collect();
        self.requested.iter().map(|name| (*keys.get(name.as_str()).unwrap_or(&name.as_str())).to_owned()).collect()
    }

    /// The manifest of a run folder; `None` if the run was not published.
    ///
    /// # Errors
    /// A manifest that cannot be read or was changed.
    pub fn published(dir: &Path) -> Result<Option<Self>> {
        match Self::find(dir)? {
            Lookup::Whole(manifest) => Ok(Some(manifest)),
            Lookup::Changed(error) => Err(error),
            Lookup::Absent => Ok(None),
        }
    }

    /// The same for callers that can skip a changed run.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    pub(crate) fn find(dir: &Path) -> Result<Lookup<Self>> {
        find(dir)
    }

    /// Writes the manifest, then `_SUCCESS`, into the folder.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(self).map_err(Error::unexpected)?;
        json.push(b'\n');
        fs::write_whole(&dir.join(MANIFEST), &json)?;
        fs::write_whole(&dir.join(SUCCESS), format!("{}\n", blake3::hash(&json).to_hex()).as_bytes())
    }
}

/// A published run without what grows with the number of accounts: a store may keep thousands of runs, and lists them
/// often.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PublishedRun {
    #[serde(skip)]
    pub dir: PathBuf,
    pub run_id: String,
    #[serde(default)]
    pub sequence: u64,
    #[serde(default)]
    pub observation_tree: Option<String>,
}

impl PublishedRun {
    /// # Errors
    /// As [`Manifest::find`].
    pub(crate) fn find(dir: PathBuf) -> Result<Lookup<Self>> {
        Ok(match find::<Self>(&dir)? {
            Lookup::Whole(run) => Lookup::Whole(Self { dir, ..run }),
            other => other,
        })
    }

    /// The run's whole manifest.
    ///
    /// # Errors
    /// As [`Manifest::published`], and if the run was removed after it was listed.
    pub fn manifest(&self) -> Result<Manifest> {
        let gone = || Error::new(ErrorKind::Disk, format!("{} was removed in the meantime", self.dir.display()));
        Manifest::published(&self.dir)?.ok_or_else(gone)
    }
}

/// Reads the manifest in a run folder, or a part of it.
fn find<T: DeserializeOwned>(dir: &Path) -> Result<Lookup<T>> {
    let Some(hash) = fs::read_if_present(&dir.join(SUCCESS))? else { return Ok(Lookup::Absent) };
    let path = dir.join(MANIFEST);
    let changed = |what: String| {
        let error = Error::new(ErrorKind::Disk, format!("{} {what}", path.display()));
        Ok(Lookup::Changed(error.hint("delete the run directory and run again: tables are rebuilt from raw/")))
    };
    let Some(bytes) = fs::read_if_present(&path)? else {
        return changed("is missing from a published run".to_owned());
    };
    if blake3::hash(&bytes).to_hex().as_bytes() != hash.trim_ascii() {
        return changed(format!("was changed after the run was published, or its {SUCCESS} was"));
    }
    match serde_json::from_slice(&bytes) {
        Ok(manifest) => Ok(Lookup::Whole(manifest)),
        Err(error) => changed(format!("cannot be parsed: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_holds_the_hash_of_the_manifest() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::published(dir.path()).unwrap(), None);
        let manifest = Manifest { run_id: "20261123T060000123Z".into(), ..Manifest::default() };
        manifest.write(dir.path()).unwrap();
        assert_eq!(Manifest::published(dir.path()).unwrap(), Some(manifest.clone()));
        let Lookup::Whole(run) = PublishedRun::find(dir.path().to_owned()).unwrap() else { panic!("published") };
        assert_eq!((run.run_id.as_str(), run.manifest().unwrap()), ("20261123T060000123Z", manifest));
        std::fs::write(dir.path().join(MANIFEST), "{}").unwrap();
        assert_eq!(Manifest::published(dir.path()).unwrap_err().kind, ErrorKind::Disk);
    }
}
