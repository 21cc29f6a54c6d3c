//! Which run is the latest: the links `latest` and `observations`, each swapped in one rename, and `latest.json`, which
//! says the same for readers that do not follow links and for file systems without them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fs::{self, list, remove_dir, remove_file, sync_dir, write_whole};
use crate::store::layout::{Store, going_from, staged_in};
use crate::store::manifest::{Lookup, Manifest};
use crate::store::trees::is_tree;

pub(crate) const LATEST_FILE: &str = "latest.json";
pub(crate) const LATEST_LINK: &str = "latest";
pub(crate) const OBSERVATIONS_LINK: &str = "observations";

/// The version of the file; raised when a reader of the old form would misread the new one.
const LATEST_VERSION: u32 = 1;

/// The content of `latest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Latest {
    pub latest_version: u32,
    pub run_id: String,
    /// The folders of the run and of its observations by month, relative to the store.
    pub path: String,
    pub observations: String,
    pub schema_version: u32,
    pub sequence: u64,
    /// The highest sequence that was ever published: after a rollback it is higher than the run's.
    pub newest_sequence: u64,
}

impl Latest {
    /// `None` if there is no such file, or if it cannot be parsed, which is a warning.
    pub(crate) fn of(store: &Store) -> Result<Option<Self>> {
        let path = store.root.join(LATEST_FILE);
        let Some(bytes) = fs::read_if_present(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        Ok(parsed.inspect_err(|error| tracing::warn!("ignoring {}: {error}", path.display())).ok())
    }
}

impl Store {
    /// The latest published run and its folder; `None` if nothing was published. If neither `latest` nor `latest.json`
    /// points to a run, the newest of runs/ is used, with a warning.
    ///
    /// # Errors
    /// A run whose manifest is unreadable or not the one that `_SUCCESS` vouches for.
    pub fn latest(&self) -> Result<Option<(PathBuf, Manifest)>> {
        if let Some(found) = self.pointed_to()? {
            return Ok(Some(found));
        }
        let Some(newest) = self.runs()?.pop() else { return Ok(None) };
        let link = self.root.join(LATEST_LINK);
        tracing::warn!("{} does not point to a published run; using {}", link.display(), newest.dir.display());
        let manifest = newest.manifest()?;
        Ok(Some((newest.dir, manifest)))
    }

    /// The published run that the link points to, else the one that `latest.json` names.
    ///
    /// # Errors
    /// A run whose manifest cannot be read or was changed.
    pub fn pointed_to(&self) -> Result<Option<(PathBuf, Manifest)>> {
        match self.find_pointed_to()? {
            (dir, Lookup::Whole(manifest)) => Ok(Some((dir, manifest))),
            (_, Lookup::Changed(error)) => Err(error),
            (_, Lookup::Absent) => Ok(None),
        }
    }

    /// The same, but `None` if its manifest was changed, which [`Store::repair`] reports.
    pub fn pointed_to_if_whole(&self) -> Result<Option<(PathBuf, Manifest)>> {
        Ok(match self.find_pointed_to()? {
            (dir, Lookup::Whole(manifest)) => Some((dir, manifest)),
            (_, Lookup::Changed(_) | Lookup::Absent) => None,
        })
    }

    fn find_pointed_to(&self) -> Result<(PathBuf, Lookup<Manifest>)> {
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

    /// The target of the link `observations`, relative to the store.
    pub fn observations_target(&self) -> Result<Option<String>> {
        let target = fs::read_link(&self.root.join(OBSERVATIONS_LINK))?;
        Ok(target.map(|target| target.to_string_lossy().into_owned()))
    }

    /// Whether `latest` has ever pointed to a run. A run that was killed at its very last step is whole, but no reader has
    /// seen it.
    pub fn was_latest(&self, manifest: &Manifest) -> Result<bool> {
        Ok(Latest::of(self)?.is_none_or(|known| manifest.sequence <= known.newest_sequence))
    }

    /// Points `latest`, then `observations`, then `latest.json` to a published run. If links cannot be made, only the file
    /// points to it, and `false` is returned.
    pub fn point_at(&self, manifest: &Manifest) -> Result<bool> {
        let run = format!("runs/{}", manifest.run_id);
        let tree = manifest.observation_tree.as_deref();
        self.complete_delta_log(manifest)?;
        // If somebody removed its observations too, the next run rebuilds them.
        let linked = self.point(LATEST_LINK, &run)?
            && match tree {
                Some(tree) if fs::is_dir(&self.root.join(tree))? => self.point(OBSERVATIONS_LINK, tree)?,
                _ => true,
            };
        self.write_latest(manifest, run, tree.unwrap_or(OBSERVATIONS_LINK))?;
        if !linked {
            self.remove_link(LATEST_LINK)?;
            if tree.is_some() {
                self.remove_link(OBSERVATIONS_LINK)?;
            }
        }
        self.complete_delta_tables(manifest)?;
        Ok(linked)
    }

    /// Points the link `name` to `target`, in one rename; `false` if links cannot be made.
    pub(crate) fn point(&self, name: &str, target: &str) -> Result<bool> {
        let (link, new) = (self.root.join(name), staged_in(&self.root, name));
        if fs::read_link(&link)?.is_some_and(|now| now == Path::new(target)) {
            return Ok(true);
        }
        if fs::kind(&new)?.is_some() {
            remove_file(&new)?;
        }
        if !fs::symlink(Path::new(target), &new)? {
            return Ok(false);
        }
        // A rename cannot replace a folder by a link: for a moment there is neither.
        let going = self.move_old_folder_away(name)?;
        fs::rename(&new, &link)?;
        sync_dir(&self.root)?;
        going.map_or(Ok(()), |folder| remove_dir(&folder))?;
        Ok(true)
    }

    /// Removes a link, or the folder of observations of the old layout, so that only `latest.json` counts.
    fn remove_link(&self, name: &str) -> Result<()> {
        let link = self.root.join(name);
        if fs::is_link(&link)? {
            remove_file(&link)?;
        }
        let going = self.move_old_folder_away(name)?;
        going.map_or(Ok(()), |folder| remove_dir(&folder))?;
        sync_dir(&self.root)
    }

    /// Moves the folder of observations of the old layout out of the way, in one rename; returns it if it can be removed.
    fn move_old_folder_away(&self, name: &str) -> Result<Option<PathBuf>> {
        let path = self.root.join(name);
        if name != OBSERVATIONS_LINK || fs::is_link(&path)? || !fs::is_dir(&path)? {
            return Ok(None);
        }
        if list(&path)?.is_empty() || is_tree(&path)? {
            let going = going_from(&self.trees_dir().join(OBSERVATIONS_LINK));
            fs::rename(&path, &going)?;
            return Ok(Some(going));
        }
        let names = (1..).map(|number: u32| self.root.join(format!("observations-before~{number}")));
        let aside = fs::first_free(names, |name| Ok(fs::kind(name)?.is_none()))?;
        tracing::warn!("{} held other files: it is now {}", path.display(), aside.display());
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
}
