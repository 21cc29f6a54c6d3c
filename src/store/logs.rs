//! Page logs are never written over: what moves among them takes a name that is free.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::fs::{create_dir, remove_dir, sync_dir};
use crate::store::layout::Store;

/// What the name of a log ends with that is not whole yet.
const PARTIAL: &str = ".partial";

/// The first name for a log that neither a whole log has nor one on its way: `<stem>.ndjson<end>`, else
/// `<stem>~2.ndjson<end>` and so on.
pub fn free_log(dir: &Path, stem: &str, end: &str) -> Result<PathBuf> {
    let end = end.strip_suffix(PARTIAL).unwrap_or(end);
    for number in 1_u32.. {
        let name = match number {
            1 => format!("{stem}.ndjson{end}"),
            _ => format!("{stem}~{number}.ndjson{end}"),
        };
        let (whole, partial) = (dir.join(&name), dir.join(name + PARTIAL));
        if fs::kind(&whole)?.is_none() && fs::kind(&partial)?.is_none() {
            return Ok(whole);
        }
    }
    Err(Error::unexpected(format!("{} has no free name for a log", dir.display())))
}

/// A log's name without its folder: what stands before `.ndjson` and what stands behind it.
fn parts(log: &Path) -> (String, String) {
    let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (stem, end) = name.split_once(".ndjson").unwrap_or((&name, ""));
    (stem.to_owned(), end.to_owned())
}

/// Renames a log into a folder under a name that is free there; returns its new path.
fn move_log(log: &Path, dir: &Path) -> Result<PathBuf> {
    let (stem, end) = parts(log);
    loop {
        let mut to = free_log(dir, &stem, &end)?;
        if end.ends_with(PARTIAL) {
            to.as_mut_os_string().push(PARTIAL);
        }
        // Where somebody was quicker, the next name.
        if fs::rename_new(log, &to)? {
            return Ok(to);
        }
    }
}

impl Store {
    /// Moves the page logs of one account into the folder of another, each under a name that is free there.
    pub fn move_logs(&self, from: &str, to: &str) -> Result<()> {
        let (from_dir, dir) = (self.account_dir(from), self.account_dir(to));
        create_dir(&dir)?;
        for log in self.logs(from)? {
            move_log(&log, &dir)?;
        }
        sync_dir(&dir)?;
        // What else lies there is somebody's own.
        if fs::list(&from_dir)?.is_empty() { remove_dir(&from_dir) } else { sync_dir(&from_dir) }
    }

    /// Gives a `.partial` that lies beside its whole log, as a restored backup may leave it, a name of its own, and says
    /// so. Its pages count; those that the whole log has as well count once.
    pub fn part_twins(&self) -> Result<()> {
        for account in self.accounts()? {
            for log in self.logs(&account)? {
                let is_partial = log.extension().is_some_and(|end| end == "partial");
                if is_partial && fs::kind(&log.with_extension(""))?.is_some() {
                    let dir = self.account_dir(&account);
                    let to = move_log(&log, &dir)?;
                    sync_dir(&dir)?;
                    tracing::warn!(
                        "{} lay beside the whole log of that crawl: it is now {}, and no page was lost",
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
    fn a_partial_beside_its_whole_log_gets_a_name_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        fs::create_dir_all(store.account_dir("maple")).unwrap();
        let names = ["a.ndjson.zst", "a.ndjson.zst.partial", "a~2.ndjson.zst", "b.ndjson.zst.partial"];
        for name in names {
            fs::write(store.account_dir("maple").join(name), name).unwrap();
        }
        store.part_twins().unwrap();
        let expected = [
            ("a.ndjson.zst", "a.ndjson.zst"),
            ("a~2.ndjson.zst", "a~2.ndjson.zst"),
            ("a~3.ndjson.zst.partial", "a.ndjson.zst.partial"),
            ("b.ndjson.zst.partial", "b.ndjson.zst.partial"),
        ];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(files(&store.account_dir("maple")), expected);
        store.part_twins().unwrap();
        assert_eq!(files(&store.account_dir("maple")), expected);
    }
}
