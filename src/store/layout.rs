//! The disk: where everything lies, whole-or-nothing files, the lock, the manifest of a run, which run is the newest,
//! and the trees of observations.

use std::path::{Path, PathBuf};
use std::sync::Once;

use crate::error::{Error, Result};
use crate::fs;
use crate::fs::{list, remove_dir, remove_file, sync_dir};
use crate::store::latest::LATEST_FILE;
use crate::store::manifest::{Lookup, MANIFEST, Manifest, PublishedRun, SUCCESS};

/// A folder that holds raw pages, observations and the published runs.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) root: PathBuf,
    /// Whether a folder with other files in it may become a store.
    pub(crate) init: bool,
}

/// What the names begin with of everything that is on its way in or out; nobody else gives such names.
pub(crate) const STAGED: &str = ".reelframe-";

impl Store {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), init: false }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn raw_dir(&self) -> PathBuf {
        self.root.join("raw")
    }

    /// The folder of an account's pages, by its key.
    pub fn account_dir(&self, key: &str) -> PathBuf {
        self.raw_dir().join(path_form(key))
    }

    /// Where an account's answers lie that are no pages, by its key.
    pub fn rejected_dir(&self, key: &str) -> PathBuf {
        self.root.join("rejected").join(path_form(key))
    }

    pub fn run_dir(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(run_id)
    }

    /// Where a run is put together before it is published by one rename.
    pub fn staging_dir(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(format!("{STAGED}{run_id}.partial"))
    }

    /// The keys of the accounts that have page logs, in order, but for those that are on their way out.
    pub fn accounts(&self) -> Result<Vec<String>> {
        let mut accounts = Vec::new();
        for path in list(&self.raw_dir())? {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(from_path_form);
            if let Some(account) = name
                && fs::is_dir(&path)?
                && !self.logs(&account)?.is_empty()
            {
                accounts.push(account);
            }
        }
        accounts.sort();
        let forgettings = self.forgettings()?;
        accounts.retain(|key| !forgettings.iter().any(|one| one.log.is_none() && one.key == *key));
        Ok(accounts)
    }

    /// The page logs of an account, oldest first: their names begin with the crawl's start.
    pub fn logs(&self, account: &str) -> Result<Vec<PathBuf>> {
        let forgettings = self.forgettings()?;
        let goes = |name: &str| forgettings.iter().any(|one| one.key == account && one.log.as_deref() == Some(name));
        let is_log = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            is_log_name(&name) && !goes(&name)
        };
        Ok(fs::list(&self.account_dir(account))?.into_iter().filter(is_log).collect())
    }

    /// The published runs, oldest first. One whose manifest was changed is passed over, and that is said.
    ///
    /// # Errors
    /// A manifest that cannot be read: its run may be the newest.
    pub fn runs(&self) -> Result<Vec<PublishedRun>> {
        let (runs, changed) = self.runs_and_changed()?;
        changed.iter().for_each(|error| tracing::warn!("passed over: {error}"));
        Ok(runs)
    }

    /// The same, with an error for each run whose manifest was changed.
    pub fn runs_and_changed(&self) -> Result<(Vec<PublishedRun>, Vec<Error>)> {
        let (mut runs, mut changed) = (Vec::new(), Vec::new());
        for dir in list(&self.root.join("runs"))?.into_iter().filter(|dir| !is_hidden(dir)) {
            match PublishedRun::find(dir)? {
                // A copy of a run's folder under another name is somebody's own.
                Lookup::Whole(run) if !run.dir.ends_with(&run.run_id) => {}
                Lookup::Whole(run) => runs.push(run),
                Lookup::Changed(error) => changed.push(error),
                Lookup::Absent => {}
            }
        }
        runs.sort_by(|a, b| (a.sequence, &a.run_id).cmp(&(b.sequence, &b.run_id)));
        Ok((runs, changed))
    }

    /// Removes the oldest published runs until `keep` are left; never the one that was just published, and nothing of
    /// raw/.
    pub fn remove_old_runs(&self, keep: usize) -> Result<()> {
        let runs = self.runs()?;
        for run in &runs[..runs.len().saturating_sub(keep.max(1))] {
            self.remove_run(&run.dir, &run.manifest()?)?;
        }
        Ok(())
    }

    /// Removes a run; what else somebody put into its folder stays there.
    fn remove_run(&self, dir: &Path, manifest: &Manifest) -> Result<()> {
        let listed = manifest.files.iter().map(|file| file.path.as_str());
        // First what makes it a run.
        let own: Vec<PathBuf> = [SUCCESS, MANIFEST].into_iter().chain(listed).map(|path| dir.join(path)).collect();
        let folders: Vec<PathBuf> = own.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        let mut others = 0;
        for folder in folders.iter().filter(|folder| *folder != dir).chain([&dir.to_owned()]) {
            others += list(folder)?.iter().filter(|path| !own.contains(path) && !folders.contains(path)).count();
        }
        if others == 0 {
            return self.remove_whole(dir);
        }
        tracing::info!("{} is no longer a run: files that are not reelframe's stay in it", dir.display());
        for path in &own {
            if fs::kind(path)?.is_some() {
                remove_file(path)?;
            }
        }
        sync_dir(dir)
    }

    /// Removes a folder so that no reader meets half of it: first its name goes, in one rename.
    pub fn remove_whole(&self, dir: &Path) -> Result<()> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let going = dir.with_file_name(format!("{STAGED}{name}.going"));
        fs::rename(dir, &going)?;
        dir.parent().map_or(Ok(()), sync_dir)?;
        remove_dir(&going)
    }

    /// Makes a staged run visible: its folder takes its name, then `latest` and `observations` lead to it. Each is one
    /// rename.
    pub fn publish(&self, manifest: &Manifest) -> Result<PathBuf> {
        let (staged, dir) = (self.staging_dir(&manifest.run_id), self.run_dir(&manifest.run_id));
        for folder in list(&staged)? {
            if fs::is_dir(&folder)? {
                sync_dir(&folder)?;
            }
        }
        sync_dir(&staged)?;
        if !fs::rename_new(&staged, &dir)? {
            return Err(Error::unexpected(format!("{} is there already", dir.display())));
        }
        sync_dir(&self.root.join("runs"))?;
        static SAID: Once = Once::new();
        if !self.point_at(manifest)? {
            // A command may publish two runs, and says it once.
            SAID.call_once(|| {
                tracing::warn!(
                    "{} is on a file system without links: {LATEST_FILE} alone says which run is the newest and where \
                     its observations are",
                    self.root.display()
                );
            });
        }
        Ok(dir)
    }
}

/// Whether a file of an account's folder is a page log by its name.
pub(crate) fn is_log_name(name: &str) -> bool {
    let plain = name.strip_suffix(".partial").unwrap_or(name);
    !name.starts_with('.') && (plain.ends_with(".ndjson.zst") || plain.ends_with(".ndjson"))
}

pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Whether a name is one that only this program gives to what is on its way in or out.
pub(crate) fn is_staged(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(STAGED) && (name.ends_with(".partial") || name.ends_with(".going"))
}

/// An account as a folder name: lower case; letters, digits, `_`, `-` and inner dots stand, all else is %XX.
pub fn path_form(account: &str) -> String {
    let account = account.to_lowercase();
    let last = account.len().saturating_sub(1);
    let mut form = String::new();
    for (index, byte) in account.bytes().enumerate() {
        let inner_dot = byte == b'.' && index > 0 && index < last;
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-' || inner_dot {
            form.push(char::from(byte));
        } else {
            form.push_str(&format!("%{byte:02X}"));
        }
    }
    form
}

/// The key that a folder of raw/ stands for; `None` where the name is no path form.
pub fn from_path_form(name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok().filter(|account| !account.is_empty() && path_form(account) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_leaves_its_folder() {
        assert_eq!(path_form("Harbor.Bakery_1"), "harbor.bakery_1");
        assert_eq!(path_form(".."), "%2E%2E");
        assert_eq!(path_form("../a"), "%2E.%2Fa");
        assert_eq!(path_form("a b"), "a%20b");
        for account in ["harbor.bakery_1", "..", "../a", "a b", "ü", "12345"] {
            assert_eq!(from_path_form(&path_form(account)).as_deref(), Some(account));
        }
        assert_eq!(from_path_form("Not-A-Form"), None);
        assert_eq!(from_path_form("%2"), None);
    }
}
