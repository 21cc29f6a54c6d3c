//! Which page logs a run was made of, so that a later one sees where some of them were lost: `_state/logs.zst` in the
//! run's folder, a line a log.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::{Error, Exit, Result};
use crate::fetch::{self, page_log};
use crate::store::{self, FileEntry, Manifest, Mark, Store};

const FILE: &str = "_state/logs.zst";
/// Of a hash in hexadecimal digits: two logs with the same 128 bits are one.
const DIGITS: usize = 32;
/// Losses that a message names.
const MOST_NAMED: usize = 5;

/// A log, or as much of one that is not whole yet as is whole lines.
#[derive(Debug, Clone, PartialEq)]
struct Log {
    name: String,
    bytes: u64,
    blake3: String,
}

/// The logs of each account, by its key.
#[derive(Debug, Default, PartialEq)]
pub struct Record {
    accounts: BTreeMap<String, Vec<Log>>,
}

impl Record {
    /// That of a published run. One of an earlier version has none; one that was changed is as good as none, and that
    /// is said.
    pub fn of(dir: &Path, manifest: &Manifest) -> Result<Self> {
        let Some(listed) = manifest.files.iter().find(|file| file.path == FILE) else { return Ok(Self::default()) };
        let path = dir.join(FILE);
        let bytes = disk::read_if_present(&path)?.unwrap_or_default();
        let holds = blake3::hash(&bytes).to_hex().as_str() == listed.blake3;
        let record = zstd::decode_all(bytes.as_slice()).ok().filter(|_| holds).and_then(|text| Self::parse(&text));
        Ok(record.unwrap_or_else(|| {
            tracing::warn!("{} is not what was published: page logs that were lost cannot be named", path.display());
            Self::default()
        }))
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut record = Self::default();
        for line in std::str::from_utf8(text).ok()?.lines() {
            let mut cells = line.split('\t');
            let (key, name) = (cells.next()?, cells.next()?.to_owned());
            let log = Log { name, bytes: cells.next()?.parse().ok()?, blake3: cells.next()?.to_owned() };
            record.accounts.entry(key.to_owned()).or_default().push(log);
        }
        Some(record)
    }

    /// The logs that these marks cover. What the record of the run before has under the same name and size is not read
    /// again.
    pub fn of_marks(store: &Store, marks: &BTreeMap<String, Mark>, before: &Self) -> Result<Self> {
        let mut record = Self::default();
        for (key, mark) in marks {
            let known = before.accounts.get(key).map_or(&[][..], Vec::as_slice);
            let logs = store.logs(key)?;
            let covered = logs.iter().take(mark.logs).map(|log| Log::of(log, known)).collect::<Result<_>>()?;
            record.accounts.insert(key.clone(), covered);
        }
        Ok(record)
    }

    /// Writes the record into a run's folder.
    pub fn write(&self, dir: &Path) -> Result<FileEntry> {
        let mut text = String::new();
        for (key, logs) in &self.accounts {
            for Log { name, bytes, blake3 } in logs {
                text.push_str(&format!("{key}\t{name}\t{bytes}\t{blake3}\n"));
            }
        }
        let path = dir.join(FILE);
        let compressed = zstd::encode_all(text.as_bytes(), zstd::DEFAULT_COMPRESSION_LEVEL)
            .map_err(|error| Error::disk("compress", &path, error))?;
        path.parent().map_or(Ok(()), store::create_dir)?;
        store::write_whole(&path, &compressed)?;
        let (bytes, blake3) = (compressed.len() as u64, blake3::hash(&compressed).to_hex().to_string());
        Ok(FileEntry { path: FILE.to_owned(), bytes, rows: None, blake3 })
    }

    /// What of these logs is gone from raw/. Whether the bytes are still the same is looked at with
    /// `every_byte`, else their number alone.
    pub fn losses(&self, store: &Store, every_byte: bool) -> Result<Vec<Loss>> {
        let mut losses = Vec::new();
        for (key, recorded) in &self.accounts {
            let dir = store.account_dir(key);
            // Also those that are about to be forgotten.
            let logs = disk::files(&dir)?;
            for log in recorded {
                let now = logs.iter().find(|now| fetch::log_name(now) == log.name);
                if let Some(what) = log.loss(now, every_byte)?
                    && !log.is_elsewhere(store)?
                {
                    losses.push(Loss { log: dir.join(&log.name), what });
                }
            }
        }
        Ok(losses)
    }
}

/// A log that is gone, or a part of it.
pub struct Loss {
    pub log: PathBuf,
    what: String,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.log.display(), self.what)
    }
}

impl Log {
    fn of(path: &Path, known: &[Self]) -> Result<Self> {
        let name = fetch::log_name(path);
        // A line that was cut off is none of it: who goes on with the crawl removes it.
        let is_growing = path.extension().is_some_and(|end| end == "partial");
        let tail = if is_growing { page_log::if_usable(page_log::for_each_line(path, |_| Ok(())))? } else { None };
        let bytes = disk::size(path)? - tail.unwrap_or_default().torn_bytes;
        if let Some(known) = known.iter().find(|known| known.name == name && known.bytes == bytes) {
            return Ok(known.clone());
        }
        Ok(Self { name, bytes, blake3: hash(path, bytes)? })
    }

    /// What is wrong with the file that the log is now; a longer one has grown.
    fn loss(&self, now: Option<&PathBuf>, every_byte: bool) -> Result<Option<String>> {
        let Some(path) = now else { return Ok(Some(format!("it is missing ({} bytes)", self.bytes))) };
        let bytes = disk::size(path)?;
        if bytes < self.bytes {
            return Ok(Some(format!("{bytes} of {} bytes are left", self.bytes)));
        }
        let is_changed = every_byte && hash(path, self.bytes)? != self.blake3;
        Ok(is_changed.then(|| "its bytes are not those that the latest run was made of".to_owned()))
    }

    /// Whether a log of any account has these bytes: accounts that turned out to be one are put together.
    fn is_elsewhere(&self, store: &Store) -> Result<bool> {
        for account in store.accounts()? {
            for log in store.logs(&account)? {
                if disk::size(&log)? >= self.bytes && hash(&log, self.bytes)? == self.blake3 {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn hash(path: &Path, bytes: u64) -> Result<String> {
    let mut hash = disk::blake3_of_first(path, bytes)?;
    hash.truncate(DIGITS);
    Ok(hash)
}

/// Stops a command that would publish tables without what was lost since the run before.
///
/// # Errors
/// Exit 4 with what is gone, unless that is accepted; then it is a warning.
pub fn check(store: &Store, newest: Option<&(PathBuf, Manifest)>, accept: bool) -> Result<()> {
    let Some((dir, manifest)) = newest else { return Ok(()) };
    let losses = Record::of(dir, manifest)?.losses(store, false)?;
    if accept {
        losses.iter().for_each(|loss| tracing::warn!("{loss}; its pages leave the tables"));
        return Ok(());
    }
    if losses.is_empty() {
        return Ok(());
    }
    let more = losses.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let named = losses.iter().take(MOST_NAMED).map(Loss::to_string).collect::<Vec<_>>().join("; ");
    let message = format!("page logs that run {} was made of are gone: {named}{more}", manifest.run_id);
    Err(Error::new(Exit::NotUnderstood, message).hint(
        "restore them from a backup; --accept-loss goes on without them, and what only they held leaves the tables",
    ))
}
