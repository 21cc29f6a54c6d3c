//! Which run is the newest: the links `latest` and `observations`, each swapped in one rename, and `latest.json`, which
//! says the same for readers that follow no links and on file systems that have none.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fs;
use crate::fs::{list, remove_dir, remove_file, sync_dir, write_whole};
use crate::store::layout::{STAGED, Store, is_hidden, is_staged};
use crate::store::manifest::{FileEntry, Lookup, Manifest, PublishedRun};
use crate::store::trees::is_tree;

/// Beside the link.
pub const LATEST_FILE: &str = "latest.json";
const LATEST_LINK: &str = "latest";
const OBSERVATIONS_LINK: &str = "observations";

/// Of the file; raised when a reader of the old shape would go wrong.
const LATEST_VERSION: u32 = 1;

/// What `latest.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    pub latest_version: u32,
    pub run_id: String,
    /// The run's folder and that of its observations by month, relative to the store.
    pub path: String,
    pub observations: String,
    pub schema_version: u32,
    pub sequence: u64,
    /// The highest sequence that was ever published: behind a rollback it is higher than that of the run.
    pub newest_sequence: u64,
}

impl Latest {
    /// `None` where there is no such file, or one that is not understood; what is not is said.
    fn of(store: &Store) -> Result<Option<Self>> {
        let path = store.root.join(LATEST_FILE);
        let Some(bytes) = fs::read_if_present(&path)? else { return Ok(None) };
        let understood = serde_json::from_slice(&bytes);
        Ok(understood.inspect_err(|error| tracing::warn!("passed over: {}: {error}", path.display())).ok())
    }
}

impl Store {
    /// The newest published run and its folder; `None` in a store that has published nothing. Where neither `latest` nor
    /// `latest.json` leads to a run, that is said and the newest of runs/ is taken.
    ///
    /// # Errors
    /// A run whose manifest is unreadable or not the one that `_SUCCESS` vouches for.
    pub fn latest(&self) -> Result<Option<(PathBuf, Manifest)>> {
        if let Some(found) = self.led_to()? {
            return Ok(Some(found));
        }
        let Some(newest) = self.runs()?.pop() else { return Ok(None) };
        let link = self.root.join(LATEST_LINK);
        tracing::warn!("{} leads to no published run: {} is the newest", link.display(), newest.dir.display());
        let manifest = newest.manifest()?;
        Ok(Some((newest.dir, manifest)))
    }

    /// The published run that the link leads to, else the one that `latest.json` names.
    ///
    /// # Errors
    /// A run whose manifest cannot be read or was changed.
    pub fn led_to(&self) -> Result<Option<(PathBuf, Manifest)>> {
        match self.find_led_to()? {
            (dir, Lookup::Whole(manifest)) => Ok(Some((dir, manifest))),
            (_, Lookup::Changed(error)) => Err(error),
            (_, Lookup::Absent) => Ok(None),
        }
    }

    /// The same, and none where its manifest was changed, which is for [`Store::mend`] to say.
    pub fn whole_led_to(&self) -> Result<Option<(PathBuf, Manifest)>> {
        Ok(match self.find_led_to()? {
            (dir, Lookup::Whole(manifest)) => Some((dir, manifest)),
            (_, Lookup::Changed(_) | Lookup::Absent) => None,
        })
    }

    fn find_led_to(&self) -> Result<(PathBuf, Lookup<Manifest>)> {
        if let Some(target) = fs::read_link(&self.root.join(LATEST_LINK))? {
            let dir = self.root.join(target);
            match Manifest::find(&dir)? {
                Lookup::Absent => {}
                found => return Ok((dir, found)),
            }
        }
        let Some(latest) = Latest::of(self)? else { return Ok((PathBuf::new(), Lookup::Absent)) };
        let dir = self.root.join(latest.path);
        let found = Manifest::find(&dir)?;
        Ok((dir, found))
    }

    /// Where the link `observations` leads, relative to the store.
    pub fn observations_lead_to(&self) -> Result<Option<String>> {
        let target = fs::read_link(&self.root.join(OBSERVATIONS_LINK))?;
        Ok(target.map(|target| target.to_string_lossy().into_owned()))
    }

    /// Puts right what a killed run or somebody's hand left: what was on its way in or out is gone, and links and
    /// `latest.json` lead to one and the same run again. For the holder of the lock.
    ///
    /// # Errors
    /// `Usage` where something else than a link stands in the place of one; `Disk` where something cannot be read, and then
    /// nothing is removed.
    pub fn mend(&self) -> Result<()> {
        self.check_links()?;
        let runs = self.runs()?;
        let led_to = self.newest_led_to(&runs)?;
        self.remove_staged()?;
        let latest = match led_to {
            Some(at) => runs[at].manifest()?,
            None => {
                let Some(newest) = runs.last() else { return self.lead_nowhere() };
                let link = self.root.join(LATEST_LINK);
                tracing::warn!(run = newest.run_id, "{} leads to the newest published run again", link.display());
                newest.manifest()?
            }
        };
        let leads_to = self.observations_lead_to()?;
        self.restore_tree(&latest)?;
        self.point_at(&latest)?;
        let in_use = runs.into_iter().filter_map(|run| run.observation_tree).chain(leads_to);
        self.remove_trees_but(&in_use.collect::<Vec<_>>())
    }

    /// Removes what a killed command left on its way in or out.
    fn remove_staged(&self) -> Result<()> {
        let folders = [self.root.join("runs"), self.raw_dir(), self.trees_dir(), self.root.join("rejected")];
        let mut staged = Vec::new();
        for folder in folders.iter().chain([&self.root]) {
            staged.extend(list(folder)?.into_iter().filter(|path| is_staged(path)));
        }
        let half_written = self.root.join(format!("{LATEST_FILE}.partial"));
        if fs::is_file(&half_written)? {
            staged.push(half_written);
        }
        for path in staged {
            tracing::info!("removing {}, which a command left that was killed", path.display());
            let is_folder = fs::kind(&path)?.is_some_and(|kind| kind.is_dir());
            if is_folder { remove_dir(&path)? } else { remove_file(&path)? }
        }
        Ok(())
    }

    /// Where a link belongs there is a link, or nothing, or the folder that observations lay in before they had one.
    ///
    /// # Errors
    /// `Usage` where something else is in the way.
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

    /// Which of these runs the link leads to, or else `latest.json`.
    fn newest_led_to(&self, runs: &[PublishedRun]) -> Result<Option<usize>> {
        let at = |path: &Path| runs.iter().position(|run| run.dir == self.root.join(path));
        if let Some(found) = fs::read_link(&self.root.join(LATEST_LINK))?.and_then(|target| at(&target)) {
            return Ok(Some(found));
        }
        Ok(Latest::of(self)?.and_then(|latest| at(Path::new(&latest.path))))
    }

    /// Whether `latest` has ever led to a run. One that was killed at its very last step is whole, but no reader has met it.
    pub fn was_led_to(&self, manifest: &Manifest) -> Result<bool> {
        Ok(Latest::of(self)?.is_none_or(|known| manifest.sequence <= known.newest_sequence))
    }

    /// Where nothing is published there is nothing to lead to.
    fn lead_nowhere(&self) -> Result<()> {
        for name in [LATEST_LINK, OBSERVATIONS_LINK, LATEST_FILE] {
            let path = self.root.join(name);
            if fs::is_link(&path)? || name == LATEST_FILE && fs::exists(&path)? {
                remove_file(&path)?;
            }
        }
        self.remove_trees_but(&[])
    }

    /// Leads `latest`, then `observations`, then `latest.json` to a published run. Where no links can be made the file
    /// alone says it, and `false` is returned.
    pub fn point_at(&self, manifest: &Manifest) -> Result<bool> {
        let run = format!("runs/{}", manifest.run_id);
        let tree = manifest.observation_tree.as_deref();
        // Where a hand removed its observations too, the next run makes them anew.
        let linked = self.lead(LATEST_LINK, &run)?
            && match tree {
                Some(tree) if fs::is_dir(&self.root.join(tree))? => self.lead(OBSERVATIONS_LINK, tree)?,
                _ => true,
            };
        self.write_latest(manifest, run, tree.unwrap_or(OBSERVATIONS_LINK))?;
        if !linked {
            self.clear(LATEST_LINK)?;
            if tree.is_some() {
                self.clear(OBSERVATIONS_LINK)?;
            }
        }
        Ok(linked)
    }

    /// Makes the link `name` lead there, in one rename; `false` where no link can be made.
    fn lead(&self, name: &str, target: &str) -> Result<bool> {
        let (link, new) = (self.root.join(name), self.root.join(format!("{STAGED}{name}.partial")));
        if fs::read_link(&link)?.is_some_and(|now| now == Path::new(target)) {
            return Ok(true);
        }
        if fs::kind(&new)?.is_some() {
            remove_file(&new)?;
        }
        if !fs::symlink(Path::new(target), &new)? {
            return Ok(false);
        }
        // No plain rename puts a link in the place of a folder: for a moment there is neither.
        let going = self.take_away(name)?;
        fs::rename(&new, &link)?;
        sync_dir(&self.root)?;
        going.map_or(Ok(()), |folder| remove_dir(&folder))?;
        Ok(true)
    }

    /// Removes a link, or the folder of observations of the layout before, so that `latest.json` alone counts.
    fn clear(&self, name: &str) -> Result<()> {
        let link = self.root.join(name);
        if fs::is_link(&link)? {
            remove_file(&link)?;
        }
        let going = self.take_away(name)?;
        going.map_or(Ok(()), |folder| remove_dir(&folder))?;
        sync_dir(&self.root)
    }

    /// Takes the folder of observations of the layout before out of the way, in one rename; returns it where it may go.
    fn take_away(&self, name: &str) -> Result<Option<PathBuf>> {
        let path = self.root.join(name);
        if name != OBSERVATIONS_LINK || fs::is_link(&path)? || !fs::is_dir(&path)? {
            return Ok(None);
        }
        if list(&path)?.is_empty() || is_tree(&path)? {
            let going = self.trees_dir().join(format!("{STAGED}observations.going"));
            fs::rename(&path, &going)?;
            return Ok(Some(going));
        }
        let names = (1..).map(|number: u32| self.root.join(format!("observations-before~{number}")));
        let aside = fs::first_free(names, |name| Ok(fs::kind(name)?.is_none()))?;
        tracing::warn!("{} had other files in it: it is now {}", path.display(), aside.display());
        fs::rename(&path, &aside)?;
        Ok(None)
    }

    fn write_latest(&self, manifest: &Manifest, path: String, observations: &str) -> Result<()> {
        let known = Latest::of(self)?;
        let latest = Latest {
            latest_version: LATEST_VERSION,
            run_id: manifest.run_id.clone(),
            path,
            observations: observations.to_owned(),
            schema_version: manifest.schema_version,
            sequence: manifest.sequence,
            newest_sequence: known.as_ref().map_or(0, |known| known.newest_sequence).max(manifest.sequence),
        };
        if known.as_ref() == Some(&latest) {
            return Ok(());
        }
        let mut json = serde_json::to_vec_pretty(&latest).map_err(Error::unexpected)?;
        json.push(b'\n');
        write_whole(&self.root.join(LATEST_FILE), &json)
    }

    /// What lies in the tree of a run and is not listed in its manifest: a reader of the folder would count it.
    pub fn unlisted_observations(&self, manifest: &Manifest) -> Result<Vec<PathBuf>> {
        let Some(tree) = &manifest.observation_tree else { return Ok(Vec::new()) };
        let is_listed = |path: &Path| {
            let listed = |file: &FileEntry| self.root.join(&file.path) == path;
            manifest.observations.iter().any(listed)
        };
        let mut unlisted = Vec::new();
        for month in list(&self.root.join(tree))? {
            if fs::is_dir(&month)? {
                let is_read = |path: &PathBuf| path.extension().is_some_and(|end| end == "parquet") && !is_hidden(path);
                unlisted.extend(list(&month)?.into_iter().filter(|path| is_read(path) && !is_listed(path)));
            }
        }
        Ok(unlisted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// A store with published runs of these sequences, the last of them the newest.
    fn store_of(dir: &Path, sequences: &[u64]) -> Store {
        let store = Store::new(dir);
        for sequence in sequences {
            let manifest = run_of(&store, *sequence);
            assert!(store.point_at(&manifest).unwrap());
        }
        store
    }

    /// A whole run in its place that nothing leads to.
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
    fn no_newer_run_is_ever_removed_and_one_that_no_reader_has_met_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1, 2, 3]);
        store.point_at(&run_of(&store, 1)).unwrap();
        let unmet = run_of(&store, 4);
        store.mend().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2, 3, 4], 1, (1, 3)));
        assert!(dir.path().join(".observations/run4").exists() && !store.was_led_to(&unmet).unwrap());
        store.point_at(&unmet).unwrap();
        assert!(store.was_led_to(&unmet).unwrap());
        store.point_at(&run_of(&store, 1)).unwrap();
        std::fs::remove_file(dir.path().join(LATEST_FILE)).unwrap();
        store.mend().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2, 3, 4], 1, (1, 1)));
    }

    #[test]
    fn links_and_file_agree_again_after_a_kill_between_them() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1]);
        run_of(&store, 2);
        assert!(store.lead(LATEST_LINK, "runs/run2").unwrap());
        // Readers prefer the link; the observations are still those of the run before.
        assert_eq!((newest(&store), file(&store)), (2, (1, 1)));
        assert_eq!(store.observations_lead_to().unwrap().as_deref(), Some(".observations/run1"));
        store.mend().unwrap();
        assert_eq!((runs(&store), newest(&store), file(&store)), (vec![1, 2], 2, (2, 2)));
        assert_eq!(store.observations_lead_to().unwrap().as_deref(), Some(".observations/run2"));
    }

    #[test]
    fn the_file_leads_where_the_link_is_gone_or_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1, 2]);
        store.point_at(&run_of(&store, 1)).unwrap();
        let link = dir.path().join(LATEST_LINK);
        std::fs::remove_file(&link).unwrap();
        assert_eq!(newest(&store), 1);
        std::os::unix::fs::symlink("runs/none", &link).unwrap();
        assert_eq!(newest(&store), 1);
        store.mend().unwrap();
        assert_eq!((std::fs::read_link(&link).unwrap(), runs(&store)), ("runs/run1".into(), vec![1, 2]));
        // Neither is there, or the file is not understood: the newest of runs/.
        std::fs::write(dir.path().join(LATEST_FILE), "{").unwrap();
        std::fs::remove_file(&link).unwrap();
        assert_eq!(newest(&store), 2);
        store.mend().unwrap();
        assert_eq!((std::fs::read_link(&link).unwrap(), file(&store)), ("runs/run2".into(), (2, 2)));
    }

    #[test]
    fn what_is_no_link_is_not_touched() {
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
            match store.mend() {
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
    fn a_store_without_runs_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let store = store_of(dir.path(), &[1]);
        std::fs::remove_dir_all(dir.path().join("runs")).unwrap();
        store.mend().unwrap();
        assert!(store.latest().unwrap().is_none());
        assert!(list(dir.path()).unwrap().iter().all(|path| path.ends_with(".observations")));
    }
}
