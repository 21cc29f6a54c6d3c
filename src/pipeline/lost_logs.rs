//! Lost page logs: a run records which logs were in raw/, and later commands compare. The record is `_state/logs.zst`
//! in the run's folder, one JSON list per log.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fs;
use crate::pipeline::run_tables;
use crate::store::layout::Store;
use crate::store::manifest::{FileEntry, Manifest};
use crate::store::page_log::{name, reader, source};

const FILE: &str = "_state/logs.zst";
/// Losses that a message names.
const MOST_NAMED: usize = 5;

/// A log, up to its last whole line.
#[derive(Debug, Clone)]
struct RecordedLog {
    name: String,
    bytes: u64,
    /// The first half of a hash of its bytes.
    blake3: u128,
}

/// The logs of each account, by its key.
#[derive(Debug, Default)]
pub(crate) struct LogRecord {
    run_id: String,
    accounts: BTreeMap<String, Vec<RecordedLog>>,
}

impl LogRecord {
    /// The record of the run that was published last, also where `latest` points to an earlier one. It is empty for a run
    /// of an earlier version and, with a warning, where it was changed.
    pub(crate) fn newest(store: &Store) -> Result<Self> {
        // Changed runs are reported elsewhere.
        let (runs, _) = store.runs_and_changed()?;
        runs.last().map_or(Ok(Self::default()), |run| Self::of(&run.dir, &run.manifest()?))
    }

    fn of(dir: &Path, manifest: &Manifest) -> Result<Self> {
        let Some(listed) = manifest.files.iter().find(|file| file.path == FILE) else { return Ok(Self::default()) };
        let path = dir.join(FILE);
        let bytes = fs::read_if_present(&path)?.unwrap_or_default();
        let holds = blake3::hash(&bytes).to_hex().as_str() == listed.blake3;
        let text = zstd::decode_all(bytes.as_slice()).ok().filter(|_| holds);
        let accounts = text.and_then(|text| parse(&text)).unwrap_or_else(|| {
            tracing::warn!("{} does not match its published checksum: lost page logs cannot be named", path.display());
            BTreeMap::default()
        });
        Ok(Self { run_id: manifest.run_id.clone(), accounts })
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.accounts.contains_key(key)
    }

    /// Records what raw/ holds in a run's folder. Logs that this record has with the same name and size are not read again.
    pub(crate) fn write_next(&self, store: &Store, dir: &Path) -> Result<FileEntry> {
        let path = dir.join(FILE);
        let failed = |error| Error::disk("compress", &path, error);
        let mut text = zstd::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failed)?;
        for key in store.accounts()? {
            let known = self.accounts.get(&key).map_or(&[][..], Vec::as_slice);
            for log in store.logs(&key)? {
                if let Some(RecordedLog { name, bytes, blake3 }) = RecordedLog::of(&log, known)? {
                    let line = serde_json::json!([key, name, bytes, format!("{blake3:032x}")]);
                    writeln!(text, "{line}").map_err(failed)?;
                }
            }
        }
        let compressed = text.finish().map_err(failed)?;
        path.parent().map_or(Ok(()), fs::create_dir)?;
        run_tables::write_file(dir, FILE, &compressed)
    }

    /// What of these logs is gone from raw/. Whether the bytes are still the same is looked at with
    /// `every_byte`, else their number alone.
    pub(crate) fn losses(&self, store: &Store, every_byte: bool) -> Result<Vec<LostLog>> {
        let mut losses = Vec::new();
        let mut moved = None;
        for (key, recorded) in &self.accounts {
            let dir = store.account_dir(key);
            // Also those that are about to be forgotten.
            let logs = fs::files(&dir)?;
            for log in recorded {
                let Some(what) = log.loss(&logs, every_byte)? else { continue };
                if moved.is_none() {
                    moved = Some(by_stem(store)?);
                }
                // Merged accounts: their logs are in one folder now, some under another name.
                let others = moved.as_ref().and_then(|moved| moved.get(stem(&log.name)));
                let mut is_elsewhere = false;
                for other in others.into_iter().flatten() {
                    is_elsewhere = is_elsewhere || log.is_in(other, true)?;
                }
                if !is_elsewhere {
                    losses.push(LostLog { log: dir.join(&log.name), what });
                }
            }
        }
        Ok(losses)
    }
}

fn parse(text: &[u8]) -> Option<BTreeMap<String, Vec<RecordedLog>>> {
    let mut accounts: BTreeMap<String, Vec<RecordedLog>> = BTreeMap::new();
    for line in std::str::from_utf8(text).ok()?.lines() {
        let (key, name, bytes, hash): (String, String, u64, &str) = serde_json::from_str(line).ok()?;
        accounts.entry(key).or_default().push(RecordedLog {
            name,
            bytes,
            blake3: u128::from_str_radix(hash, 16).ok()?,
        });
    }
    Some(accounts)
}

/// A log that is gone, in whole or in part.
pub(crate) struct LostLog {
    pub log: PathBuf,
    what: String,
}

impl fmt::Display for LostLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.log.display(), self.what)
    }
}

impl RecordedLog {
    /// `None` where its lines cannot be used: no run is made from them.
    fn of(path: &Path, known: &[Self]) -> Result<Option<Self>> {
        let name = name::without_partial(path);
        let Some(size) = reader::if_usable(source::size(path))? else { return Ok(None) };
        if let Some(known) = known.iter().find(|known| known.name == name && known.bytes == size) {
            return Ok(Some(known.clone()));
        }
        let Some(tail) = reader::if_usable(reader::for_each_line(path, |_| Ok(())))? else { return Ok(None) };
        // Without a torn last line, which is cut off when the crawl is resumed.
        let bytes = size.saturating_sub(tail.torn_bytes);
        Ok(Some(Self { name, bytes, blake3: hash(path, bytes)? }))
    }

    /// What the log has lost; a longer file has only grown.
    fn loss(&self, logs: &[PathBuf], every_byte: bool) -> Result<Option<String>> {
        let mut what = format!("it is missing ({} bytes)", self.bytes);
        for path in logs.iter().filter(|path| name::without_partial(path) == self.name) {
            if self.is_in(path, every_byte)? {
                return Ok(None);
            }
            what = match reader::if_usable(source::size(path))? {
                None => "it is not a file any more".to_owned(),
                Some(bytes) if bytes < self.bytes => format!("{bytes} of {} bytes are left", self.bytes),
                _ => "its bytes are not those that the last run was made from".to_owned(),
            };
        }
        Ok(Some(what))
    }

    /// Whether a file begins with these bytes, or has at least as many.
    fn is_in(&self, path: &Path, every_byte: bool) -> Result<bool> {
        let is_as_long = reader::if_usable(source::size(path))?.is_some_and(|bytes| bytes >= self.bytes);
        Ok(is_as_long && (!every_byte || hash(path, self.bytes)? == self.blake3))
    }
}

/// All logs by the part of their names that stays when they move: see `name::first_free`.
fn by_stem(store: &Store) -> Result<HashMap<String, Vec<PathBuf>>> {
    let mut logs: HashMap<String, Vec<PathBuf>> = HashMap::new();
    for log in store.accounts()?.iter().map(|key| store.logs(key)).collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        logs.entry(stem(&name::without_partial(&log)).to_owned()).or_default().push(log);
    }
    Ok(logs)
}

fn stem(name: &str) -> &str {
    let stem = name::split(name).0;
    stem.split_once('~').map_or(stem, |(stem, _)| stem)
}

fn hash(path: &Path, bytes: u64) -> Result<u128> {
    let hash = fs::blake3_of_first(path, bytes)?;
    u128::from_str_radix(&hash[..32], 16).map_err(Error::unexpected)
}

/// Stops a command that would continue without page logs that were lost since the last run.
///
/// # Errors
/// `InvalidData` with what is gone, unless that is accepted; then it is a warning.
pub(crate) fn check(store: &Store, accept: bool) -> Result<()> {
    let record = LogRecord::newest(store)?;
    let losses = record.losses(store, false)?;
    if accept {
        losses.iter().for_each(|loss| tracing::warn!("{loss}; its pages are removed from the tables"));
        return Ok(());
    }
    if losses.is_empty() {
        return Ok(());
    }
    let more = losses.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let named = losses.iter().take(MOST_NAMED).map(LostLog::to_string).collect::<Vec<_>>().join("; ");
    let message = format!("page logs that run {} was made from are gone: {named}{more}", record.run_id);
    Err(Error::new(ErrorKind::InvalidData, message).hint(Hint::AcceptLoss))
}
