//! The Delta log of the observations. It lies in their tree, and is complete before a link points there, so that a version
//! becomes visible together with its files. Versions never go down: the log of a tree continues that of the tree that the
//! link pointed to before, also after a rollback.

use std::path::{Path, PathBuf};

use crate::error::{ErrorKind, Result};
use crate::formats::statistics::FileStatistics;
use crate::fs;
use crate::schema::column::Table;
use crate::store::delta::{self, DeltaFile, DeltaLog, DeltaTable, Described};
use crate::store::latest::Latest;
use crate::store::layout::Store;
use crate::store::manifest::{FileEntry, Manifest};
use crate::store::trees::within_tree;

const PARTITION_COLUMN: &str = "observed_month";

impl Store {
    /// Completes the log in the tree of a run: it has the versions of the tree that is current, and one more where the files
    /// differ. What a killed command left of it is written again, and is the same.
    pub(crate) fn complete_delta_log(&self, manifest: &Manifest) -> Result<()> {
        let Some(tree) = self.tree_of(manifest)? else { return Ok(()) };
        let files = files(manifest);
        let current = self.current_tree()?.filter(|current| *current != tree);
        let (own, others) = (DeltaLog::read(&tree)?, current.as_deref().map(DeltaLog::read).transpose()?.flatten());
        let (base, other) = match (own, others) {
            (own, Some(others)) if others.len() >= own.as_ref().map_or(0, DeltaLog::len) => (others, current),
            (Some(own), _) => (own, None),
            (None, _) => (DeltaLog::default(), None),
        };
        if base.len() == 0 && files.is_empty() {
            return Ok(());
        }
        let (store_id, observations) = (self.id()?, Table::Observations);
        let table = DeltaTable {
            table: observations,
            partition_column: Some(PARTITION_COLUMN),
            without: &[],
            store_id: &store_id,
            run_id: &manifest.run_id,
        };
        let log = base.with(&table, &files, |file| {
            let path = tree.join(&file.path);
            // A file that is damaged or missing is listed all the same: readers of the folder meet it, too.
            let found =
                if fs::exists(&path)? { FileStatistics::of(observations, &path, &[]) } else { Ok(Default::default()) };
            match found {
                Ok(found) => Ok(Described {
                    newest_at: found.newest_at.unwrap_or_default(),
                    statistics: found.newest_at.map(|_| found.to_json()).transpose()?,
                }),
                Err(error) if error.kind == ErrorKind::InvalidData => Ok(Described { statistics: None, newest_at: 0 }),
                Err(error) => Err(error),
            }
        })?;
        log.write(&tree, other.as_deref())
    }

    /// How the log in the tree of a run differs from its manifest, if it does. A tree without a log gets one with the next
    /// command that changes the store.
    pub(crate) fn delta_log_difference(&self, manifest: &Manifest) -> Result<Option<String>> {
        let Some(tree) = self.tree_of(manifest)? else { return Ok(None) };
        let log = DeltaLog::read(&tree)?;
        let differs = match &log {
            Some(log) => !log.has(&files(manifest)) || log.is_broken(&tree)?,
            None => DeltaLog::default().is_broken(&tree)?,
        };
        Ok(differs.then(|| format!("{} does not list the files of the run", tree.join(delta::LOG_DIR).display())))
    }

    fn tree_of(&self, manifest: &Manifest) -> Result<Option<PathBuf>> {
        let tree = manifest.observation_tree.as_ref().map(|tree| self.root().join(tree));
        match tree {
            Some(tree) if fs::is_dir(&tree)? => Ok(Some(tree)),
            _ => Ok(None),
        }
    }

    /// The tree that readers see.
    fn current_tree(&self) -> Result<Option<PathBuf>> {
        let target = match self.observations_target()? {
            Some(target) => Some(target),
            None => Latest::of(self)?.map(|latest| latest.observations),
        };
        Ok(target.map(|target| self.root().join(target)))
    }
}

fn files(manifest: &Manifest) -> Vec<DeltaFile> {
    let partition = |path: &Path| {
        let folder = path.parent()?.file_name()?.to_str()?;
        let (name, value) = folder.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let file = |entry: &FileEntry| {
        let path = within_tree(&entry.path);
        DeltaFile { partition: partition(&path), path, bytes: entry.bytes, blake3: entry.blake3.clone() }
    };
    manifest.observations.iter().map(file).collect()
}
