//! `forget` records what it removes before it removes anything: if it is killed, the next command finishes it, and
//! until then nobody reads what is being removed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Hint, Result};
use crate::fs::{self, create_dir, remove_dir, remove_file, sync_dir, write_whole};
use crate::store::layout::{Store, from_path_form, going_from, path_form};
use crate::store::page_log::name;

/// An account, or one of its page logs, that is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgetting {
    pub account: String,
    /// The account's key.
    pub key: String,
    /// The file name of one log; `None` for everything of the account.
    pub log: Option<String>,
    /// The keys of the account's rejected responses.
    pub rejected: Vec<String>,
    /// The file that records this.
    #[serde(skip)]
    pub file: PathBuf,
}

impl Forgetting {
    fn file_name(&self) -> String {
        let log = self.log.iter().map(|log| format!("@{}", &blake3::hash(log.as_bytes()).to_hex()[..16]));
        format!("{}{}.json", path_form(&self.key), log.collect::<String>())
    }

    /// # Errors
    /// The value that could point to anything but pages of an account in the store.
    fn check(&self) -> std::result::Result<(), String> {
        if from_path_form(&path_form(&self.key)).as_ref() != Some(&self.key) {
            return Err(format!("key {:?} is not a key of an account", self.key));
        }
        if self.rejected.iter().any(String::is_empty) {
            return Err("an empty name is not an account".to_owned());
        }
        match &self.log {
            Some(log) if log.contains('/') || !name::is_log(log) => {
                Err(format!("log {log:?} is not a name of a page log"))
            }
            _ => Ok(()),
        }
    }

    /// The account or the log, in words.
    pub fn what(&self) -> String {
        match &self.log {
            Some(log) => format!("page log {log} of {}", self.account),
            None => self.account.clone(),
        }
    }
}

impl Store {
    fn forgetting_dir(&self) -> PathBuf {
        self.root.join(".forgetting")
    }

    /// What is being forgotten.
    ///
    /// # Errors
    /// `Disk` if that cannot be read: then nobody knows what may be shown.
    pub fn forgettings(&self) -> Result<Vec<Forgetting>> {
        let files = fs::list(&self.forgetting_dir())?;
        let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let read = |file: PathBuf| {
            let forgetting = serde_json::from_slice::<Forgetting>(&fs::read(&file)?).map_err(|error| error.to_string());
            let checked = forgetting.and_then(|forgetting| forgetting.check().map(|()| forgetting));
            match checked {
                Ok(forgetting) => Ok(Forgetting { file, ..forgetting }),
                Err(error) => Err(Error::new(ErrorKind::Disk, format!("cannot parse {}: {error}", file.display()))
                    .hint(Hint::ForgetAgain)),
            }
        };
        files.map(read).collect()
    }

    /// Records what is to be removed, durably.
    pub fn begin_forgetting(&self, forgetting: &mut Forgetting) -> Result<()> {
        let dir = self.forgetting_dir();
        create_dir(&dir)?;
        sync_dir(&self.root)?;
        let json = serde_json::to_vec(forgetting).map_err(Error::unexpected)?;
        forgetting.file = dir.join(forgetting.file_name());
        write_whole(&forgetting.file, &json)
    }

    /// Removes what a command left that was killed before its record was written.
    pub fn clear_forgetting_dir(&self) -> Result<()> {
        let dir = self.forgetting_dir();
        let files = fs::files(&dir)?;
        let partial = |path: &&PathBuf| path.to_string_lossy().ends_with(".json.partial");
        files.iter().filter(partial).try_for_each(|path| remove_file(path))?;
        if fs::is_dir(&dir)? && fs::list(&dir)?.is_empty() { remove_dir(&dir) } else { Ok(()) }
    }

    /// Removes the pages, then the record.
    pub fn end_forgetting(&self, forgetting: &Forgetting) -> Result<()> {
        let folder = self.account_dir(&forgetting.key);
        if let Some(log) = &forgetting.log {
            let log = folder.join(log);
            if fs::kind(&log)?.is_some() {
                remove_file(&log)?;
                sync_dir(&folder)?;
            }
        } else {
            for key in &forgetting.rejected {
                self.remove_folder(&self.rejected_dir(key))?;
            }
            self.remove_folder(&folder)?;
        }
        remove_file(&forgetting.file)?;
        sync_dir(&self.forgetting_dir())?;
        self.clear_forgetting_dir()
    }

    /// Finishes the removal if a kill left the folder half removed.
    fn remove_folder(&self, dir: &Path) -> Result<()> {
        let going = going_from(dir);
        if fs::exists(&going)? {
            remove_dir(&going)?;
        }
        if !fs::exists(dir)? {
            return Ok(());
        }
        // Page logs, damaged ones that were set aside, and rejected responses; other files are the user's own.
        let is_own = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_response = name
                .as_bytes()
                .get(..9)
                .is_some_and(|time| time[..8].iter().all(u8::is_ascii_digit) && time[8] == b'T')
                && [".body", ".txt"].iter().any(|end| name.ends_with(end));
            !name.starts_with('.') && (is_response || name.contains(".ndjson") || name.ends_with(".importing"))
        };
        let files = fs::files(dir)?;
        let own: Vec<&PathBuf> = files.iter().filter(|path| is_own(path)).collect();
        if own.len() == fs::list(dir)?.len() {
            return self.remove_whole(dir);
        }
        tracing::info!("{} stays: it holds files that are not reelframe's", dir.display());
        own.into_iter().try_for_each(|path| remove_file(path))?;
        sync_dir(dir)
    }
}
