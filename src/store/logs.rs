//! The page logs of a store, by account. None is ever overwritten: a log that is moved gets a name that is free.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::fs::{self, create_dir, list, remove_dir, sync_dir};
use crate::store::layout::{Store, from_path_form};
use crate::store::page_log::name;

/// Renames a log into a folder under a name that is free there; returns its new path.
fn move_log(log: &Path, dir: &Path) -> Result<PathBuf> {
    let file_name = log.file_name().unwrap_or_default().to_string_lossy();
    let (stem, end) = name::split(&file_name);
    loop {
        let mut to = name::first_free(dir, stem, end)?;
        if fs::is_partial(log) {
            to = fs::partial_of(&to);
        }
        // If the name was taken in between, the next one.
        if fs::rename_new(log, &to)? {
            return Ok(to);
        }
    }
}

impl Store {
    /// The keys of the accounts that have page logs, in order, without those that are being forgotten.
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
            name::is_log(&name) && !goes(&name)
        };
        Ok(list(&self.account_dir(account))?.into_iter().filter(is_log).collect())
    }

    /// Moves the page logs of one account into the folder of another, each under a name that is free there.
    pub fn move_logs(&self, from: &str, to: &str) -> Result<()> {
        let (from_dir, dir) = (self.account_dir(from), self.account_dir(to));
        create_dir(&dir)?;
        for log in self.logs(from)? {
            move_log(&log, &dir)?;
        }
        sync_dir(&dir)?;
        // Other files there are the user's own.
        if list(&from_dir)?.is_empty() { remove_dir(&from_dir) } else { sync_dir(&from_dir) }
    }

    /// Renames a `.partial` beside its whole log, as a restored backup may leave it, with a warning. Its pages count; those
    /// that the whole log holds as well count once.
    pub fn separate_twins(&self) -> Result<()> {
        for account in self.accounts()? {
            for log in self.logs(&account)? {
                if fs::is_partial(&log) && fs::kind(&log.with_extension(""))?.is_some() {
                    let dir = self.account_dir(&account);
                    let to = move_log(&log, &dir)?;
                    sync_dir(&dir)?;
                    tracing::warn!(
                        "{} was beside the whole log of its crawl: it is now {}, and no page was lost",
                        log.display(),
                        to.display()
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn files(dir: &Path) -> Vec<(String, String)> {
        let entry = |path: PathBuf| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        };
        let mut files: Vec<_> = crate::fs::list(dir).unwrap().into_iter().map(entry).collect();
        files.sort();
        files
    }

    #[test]
    fn logs_that_move_replace_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        for (account, name, text) in [
            ("old", "a.ndjson.zst", "old a"),
            ("old", "b.ndjson.zst.partial", "old b"),
            ("new", "a.ndjson.zst", "new a"),
            ("new", "a~2.ndjson.zst.partial", "new a2"),
            ("new", "b.ndjson.zst", "new b"),
        ] {
            fs::create_dir_all(store.account_dir(account)).unwrap();
            fs::write(store.account_dir(account).join(name), text).unwrap();
        }
        store.move_logs("old", "new").unwrap();
        assert!(!store.account_dir("old").exists());
        let expected = [
            ("a.ndjson.zst", "new a"),
            ("a~2.ndjson.zst.partial", "new a2"),
            ("a~3.ndjson.zst", "old a"),
            ("b.ndjson.zst", "new b"),
            ("b~2.ndjson.zst.partial", "old b"),
        ];
        assert_eq!(files(&store.account_dir("new")), expected.map(|(name, text)| (name.into(), text.into())));
    }

    #[test]
    fn a_partial_beside_its_whole_log_is_renamed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        fs::create_dir_all(store.account_dir("maple")).unwrap();
        let names = ["a.ndjson.zst", "a.ndjson.zst.partial", "a~2.ndjson.zst", "b.ndjson.zst.partial"];
        for name in names {
            fs::write(store.account_dir("maple").join(name), name).unwrap();
        }
        store.separate_twins().unwrap();
        let expected = [
            ("a.ndjson.zst", "a.ndjson.zst"),
            ("a~2.ndjson.zst", "a~2.ndjson.zst"),
            ("a~3.ndjson.zst.partial", "a.ndjson.zst.partial"),
            ("b.ndjson.zst.partial", "b.ndjson.zst.partial"),
        ];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(files(&store.account_dir("maple")), expected);
        store.separate_twins().unwrap();
        assert_eq!(files(&store.account_dir("maple")), expected);
    }
}
