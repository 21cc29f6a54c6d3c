//! Repairs what a killed run or a manual edit left behind.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs::{self, list, remove_dir, remove_file};
use crate::store::latest::{LATEST_FILE, LATEST_LINK, Latest, OBSERVATIONS_LINK};
use crate::store::layout::{Store, is_staged};
use crate::store::manifest::PublishedRun;

impl Store {
    /// Repairs what a killed run or a manual edit left behind: removes what was being added or removed, and points the links
    /// and `latest.json` to the same run again. For the holder of the lock.
    ///
    /// # Errors
    /// `Usage` if something else is in the place of a link; `Disk` if something cannot be read, and then nothing is removed.
    pub fn repair(&self) -> Result<()> {
        self.check_links()?;
        let runs = self.runs()?;
        let pointed_to = self.pointed_to_among(&runs)?;
        self.remove_staged()?;
        let latest = match pointed_to {
            Some(at) => runs[at].manifest()?,
            None => {
                let Some(newest) = runs.last() else { return self.point_nowhere() };
                let link = self.root.join(LATEST_LINK);
                tracing::warn!(run = newest.run_id, "{} points to the newest published run again", link.display());
                newest.manifest()?
            }
        };
        let target = self.observations_target()?;
        self.restore_tree(&latest)?;
        self.point_at(&latest)?;
        let in_use = runs.into_iter().filter_map(|run| run.observation_tree).chain(target);
        self.remove_trees_but(&in_use.collect::<Vec<_>>())
    }

    /// Removes what a killed command was adding or removing.
    fn remove_staged(&self) -> Result<()> {
        let folders = [self.runs_dir(), self.raw_dir(), self.trees_dir(), self.root.join("rejected")];
        let mut staged = Vec::new();
        for folder in folders.iter().chain([&self.root]) {
            staged.extend(list(folder)?.into_iter().filter(|path| is_staged(path)));
        }
        let half_written = fs::partial_of(&self.root.join(LATEST_FILE));
        if fs::is_file(&half_written)? {
            staged.push(half_written);
        }
        for path in staged {
            tracing::info!("removing {}, left behind by a killed command", path.display());
            let is_folder = fs::kind(&path)?.is_some_and(|kind| kind.is_dir());
            if is_folder { remove_dir(&path)? } else { remove_file(&path)? }
        }
        Ok(())
    }

    /// Checks the places of the links. The folder of observations of the old layout is fine, too.
    ///
    /// # Errors
    /// `Usage` if something else is in the way.
    pub fn check_links(&self) -> Result<()> {
        for (name, may_be_folder) in [(LATEST_LINK, false), (OBSERVATIONS_LINK, true)] {
            let path = self.root.join(name);
            if let Some(found) = fs::kind(&path)?
                && !found.is_symlink()
                && !(may_be_folder && found.is_dir())
            {
                let what = if found.is_dir() { "a folder" } else { "a file" };
                return Err(Error::usage(format!("{} is {what}; it has to be a link", path.display())).hint(
                    "move it away: the next run makes the link again (a copied store may hold such copies of links)",
                ));
            }
        }
        Ok(())
    }

    /// Which of these runs the link points to, or else `latest.json`.
    fn pointed_to_among(&self, runs: &[PublishedRun]) -> Result<Option<usize>> {
        let at = |path: &Path| runs.iter().position(|run| run.dir == self.root.join(path));
        if let Some(found) = fs::read_link(&self.root.join(LATEST_LINK))?.and_then(|target| at(&target)) {
            return Ok(Some(found));
        }
        Ok(Latest::of(self)?.and_then(|latest| at(Path::new(&latest.path))))
    }

    /// Removes the links of a store that has no published run.
    fn point_nowhere(&self) -> Result<()> {
        for name in [LATEST_LINK, OBSERVATIONS_LINK, LATEST_FILE] {
            let path = self.root.join(name);
            if fs::is_link(&path)? || name == LATEST_FILE && fs::exists(&path)? {
                remove_file(&path)?;
            }
        }
        self.remove_trees_but(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::store::manifest::Manifest;

    /// A store with published runs of these sequences, the last of them the newest.
    fn store_of(dir: &Path, sequences: &[u64]) -> Store {
        let store = Store::new(dir);
        for sequence in sequences {
            let manifest = run_of(&store, *sequence);
            assert!(store.point_at(&manifest).unwrap());
        }
        store
    }

    /// A whole run in its place that nothing points to.
    fn run_of(store: &Store, sequence: u64) -> Manifest {
        let run_id = format!("run{sequence}");
        let tree = Store::tree_path(&run_id);
        for dir in [store.run_dir(&run_id), store.root.join(&tree)] {
            std::fs::create_dir_all(dir).unwrap();
        }
        let manifest = Manifest { run_id, sequence, observation_tree: Some(tree), ..Manifest::default() };
        manifest.write(&store.run_dir(&manifest.run_id)).unwrap();
        manifest
    }

    fn runs(store: &Store) -> Vec<u64> {
        store.runs().unwrap().into_iter().map(|run| run.sequence).collect()
    }

    fn newest(store: &Store) -> u64 {
        store.latest().unwrap().expect("a published run").1.sequence
    }

    fn file(store: &Store) -> (u64, u64) {
        let latest = Latest::of(store).unwrap().expect("latest.json");
        (latest.sequence, latest.newest_sequence)
    }

    #[test]
    fn no_newer_run_is_ever_removed_and_one_that_was_never_latest_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1, 2, 3]);
        store.point_at(&run_of(&store, 1)).unwrap();
        let unseen = run_of(&store, 4);
        store.repair().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2, 3, 4], 1, (1, 3)));
        assert!(dir.path().join(".observations/run4").exists() && !store.was_latest(&unseen).unwrap());
        store.point_at(&unseen).unwrap();
        assert!(store.was_latest(&unseen).unwrap());
        store.point_at(&run_of(&store, 1)).unwrap();
        std::fs::remove_file(dir.path().join(LATEST_FILE)).unwrap();
        store.repair().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2, 3, 4], 1, (1, 1)));
    }

    #[test]
    fn links_and_file_agree_again_after_a_kill_between_them() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1]);
        run_of(&store, 2);
        assert!(store.point(LATEST_LINK, "runs/run2").unwrap());
        // Readers prefer the link; the observations are still those of the previous run.
        assert_eq!((newest(&store), file(&store)), (2, (1, 1)));
        assert_eq!(store.observations_target().unwrap().as_deref(), Some(".observations/run1"));
        store.repair().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2], 2, (2, 2)));
        assert_eq!(store.observations_target().unwrap().as_deref(), Some(".observations/run2"));
    }

    #[test]
    fn the_file_counts_if_the_link_is_gone_or_dangles() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1, 2]);
        store.point_at(&run_of(&store, 1)).unwrap();
        let link = dir.path().join(LATEST_LINK);
        std::fs::remove_file(&link).unwrap();
        assert_eq!(newest(&store), 1);
        std::os::unix::fs::symlink("runs/none", &link).unwrap();
        assert_eq!(newest(&store), 1);
        store.repair().unwrap();
        assert_eq!((std::fs::read_link(&link).unwrap(), runs(&store)), ("runs/run1".into(), vec![1, 2]));
        // The link is gone and the file cannot be parsed: the newest of runs/.
        std::fs::write(dir.path().join(LATEST_FILE), "{").unwrap();
        std::fs::remove_file(&link).unwrap();
        assert_eq!(newest(&store), 2);
        store.repair().unwrap();
        assert_eq!((std::fs::read_link(&link).unwrap(), file(&store)), ("runs/run2".into(), (2, 2)));
    }

    #[test]
    fn what_is_not_a_link_is_not_touched() {
        for (name, is_folder, fine) in [
            (LATEST_LINK, true, false),
            (LATEST_LINK, false, false),
            (OBSERVATIONS_LINK, false, false),
            (OBSERVATIONS_LINK, true, true),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::new(dir.path());
            let path = dir.path().join(name);
            if is_folder {
                std::fs::create_dir(&path).unwrap()
            } else {
                std::fs::write(&path, "").unwrap()
            }
            match store.repair() {
                Ok(()) => assert!(fine, "{name}"),
                Err(error) => {
                    assert!(!fine && error.message.contains("has to be a link"), "{error}");
                    assert_eq!(error.kind, ErrorKind::Usage);
                }
            }
            assert!(path.exists());
        }
    }

    #[test]
    fn a_store_without_runs_has_no_links() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1]);
        std::fs::remove_dir_all(dir.path().join("runs")).unwrap();
        store.repair().unwrap();
        assert!(store.latest().unwrap().is_none());
        assert!(list(dir.path()).unwrap().iter().all(|path| path.ends_with(".observations")));
    }
}
