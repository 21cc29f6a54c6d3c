//! What is to be forgotten is written down before anything goes: a command that was killed on its way is ended by the next
//! one, and until then nobody reads what is on its way out.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::fs;
use crate::fs::{create_dir, remove_dir, remove_file, sync_dir, write_whole};
use crate::store::layout::{STAGED, Store, from_path_form, is_log_name, path_form};

/// An account, or one of its page logs, that is to be removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgetting {
    pub account: String,
    /// The account's key.
    pub key: String,
    /// The file's name where one log goes; else all of the account.
    pub log: Option<String>,
    /// The keys that the account's rejected answers lie under.
    pub rejected: Vec<String>,
    /// Where this is written down.
    #[serde(skip)]
    pub file: PathBuf,
}

impl Forgetting {
    fn file_name(&self) -> String {
        let log = self.log.iter().map(|log| format!("@{}", &blake3::hash(log.as_bytes()).to_hex()[..16]));
        format!("{}{}.json", path_form(&self.key), log.collect::<String>())
    }

    /// # Errors
    /// The value that could lead to anything but pages of an account in the store.
    fn check(&self) -> std::result::Result<(), String> {
        if from_path_form(&path_form(&self.key)).as_ref() != Some(&self.key) {
            return Err(format!("key {:?} is no key of an account", self.key));
        }
        if self.rejected.iter().any(String::is_empty) {
            return Err("an empty name is no account".to_owned());
        }
        match &self.log {
            Some(log) if log.contains('/') || !is_log_name(log) => Err(format!("log {log:?} is no name of a page log")),
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

    /// What is on its way out.
    ///
    /// # Errors
    /// `Disk` where that cannot be read: nobody knows then what may be shown.
    pub fn forgettings(&self) -> Result<Vec<Forgetting>> {
        let files = fs::list(&self.forgetting_dir())?;
        let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let read = |file: PathBuf| {
            let forgetting = serde_json::from_slice::<Forgetting>(&fs::read(&file)?).map_err(|error| error.to_string());
            let checked = forgetting.and_then(|forgetting| forgetting.check().map(|()| forgetting));
            match checked {
                Ok(forgetting) => Ok(Forgetting { file, ..forgetting }),
                Err(error) => {
                    Err(Error::new(ErrorKind::Disk, format!("could not understand {}: {error}", file.display()))
                        .hint("nothing was removed: move this file away, and `reelframe forget` again what was to go"))
                }
            }
        };
        files.map(read).collect()
    }

    /// Writes down what goes, durable.
    pub fn begin_forgetting(&self, forgetting: &mut Forgetting) -> Result<()> {
        let dir = self.forgetting_dir();
        create_dir(&dir)?;
        sync_dir(&self.root)?;
        let json = serde_json::to_vec(forgetting).map_err(Error::unexpected)?;
        forgetting.file = dir.join(forgetting.file_name());
        write_whole(&forgetting.file, &json)
    }

    /// Removes what a command left that was killed before it had written down what goes.
    pub fn clear_forgetting_dir(&self) -> Result<()> {
        let dir = self.forgetting_dir();
        let files = fs::files(&dir)?;
        let partial = |path: &&PathBuf| path.to_string_lossy().ends_with(".json.partial");
        files.iter().filter(partial).try_for_each(|path| remove_file(path))?;
        if fs::is_dir(&dir)? && fs::list(&dir)?.is_empty() { remove_dir(&dir) } else { Ok(()) }
    }

    /// Removes the pages, then what was written down about them.
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

    /// Also where a kill has left it half removed.
    fn remove_folder(&self, dir: &Path) -> Result<()> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let going = dir.with_file_name(format!("{STAGED}{name}.going"));
        if fs::exists(&going)? {
            remove_dir(&going)?;
        }
        if !fs::exists(dir)? {
            return Ok(());
        }
        // Page logs, also damaged ones that were set aside, and rejected answers; what else lies there is somebody's own.
        let is_own = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_answer = name
                .as_bytes()
                .get(..9)
                .is_some_and(|time| time[..8].iter().all(u8::is_ascii_digit) && time[8] == b'T')
                && [".body", ".txt"].iter().any(|end| name.ends_with(end));
            !name.starts_with('.') && (is_answer || name.contains(".ndjson") || name.ends_with(".importing"))
        };
        let files = fs::files(dir)?;
        let own: Vec<&PathBuf> = files.iter().filter(|path| is_own(path)).collect();
        if own.len() == fs::list(dir)?.len() {
            return self.remove_whole(dir);
        }
        tracing::info!("{} stays: files that are not reelframe's are in it", dir.display());
        own.into_iter().try_for_each(|path| remove_file(path))?;
        sync_dir(dir)
    }
}
