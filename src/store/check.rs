//! Checks that a run can be written to a store, before anything is paid for.

use crate::error::{Error, Result};
use crate::fs::{self, create_dir, remove_dir};
use crate::store::layout::{Store, staged_in};

impl Store {
    /// Checks the places that a run writes to. For the holder of the lock, which proves that the store's own folder is
    /// writable.
    ///
    /// # Errors
    /// `Usage` if something else is there, `Disk` if nothing can be written.
    pub fn check_places(&self) -> Result<()> {
        self.check_links()?;
        let file = self.root.join("latest.json");
        if fs::is_dir(&file)? {
            return Err(Error::usage(format!("{} is a folder; it has to be a file", file.display()))
                .hint("move it away: the next run writes it again"));
        }
        let written = [self.raw_dir(), self.runs_dir()];
        let others = [self.trees_dir(), self.root.join("rejected")];
        for folder in written.iter().chain(&others) {
            // A dangling link counts, too.
            if fs::kind(folder)?.is_some() && !fs::is_dir(folder)? {
                return Err(Error::usage(format!("{} is a file; it has to be a folder", folder.display()))
                    .hint("move it away: the next run makes the folder"));
            }
        }
        for folder in &written {
            if fs::exists(folder)? {
                // If the run is killed here, `repair` removes the folder.
                let probe = staged_in(folder, "probe");
                create_dir(&probe)?;
                remove_dir(&probe)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_is_in_the_way_of_a_run_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        store.check_places().unwrap();
        for folder in ["raw", "runs", "observations", ".observations", "rejected"] {
            let path = dir.path().join(folder);
            fs::write(&path, "").unwrap();
            let error = store.check_places().unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.message.starts_with(&format!("{} is a file", path.display())), "{error}");
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            store.check_places().unwrap();
        }
        fs::create_dir(dir.path().join("latest.json")).unwrap();
        let error = store.check_places().unwrap_err();
        assert!(error.message.ends_with("latest.json is a folder; it has to be a file"), "{error}");
        fs::remove_dir(dir.path().join("latest.json")).unwrap();
        // The check leaves nothing behind.
        assert_eq!(fs::read_dir(store.raw_dir()).unwrap().count(), 0);
        fs::create_dir(dir.path().join("latest")).unwrap();
        assert!(store.check_places().unwrap_err().message.contains("latest is a folder"));
    }
}
