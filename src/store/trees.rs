//! The observation trees: `.observations/<name>/observed_month=YYYY-MM/*.parquet`. The link `observations` points to
//! one of them. A published tree is never changed: a run with other observations builds a new one beside it, with hard
//! links to the files that stay the same.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::fs::{self, create_dir, is_hidden, list, sync_dir};
use crate::store::delta;
use crate::store::layout::{Store, staged_in};
use crate::store::manifest::{FileEntry, Manifest};

const TREES: &str = ".observations";

impl Store {
    pub(crate) fn trees_dir(&self) -> PathBuf {
        self.root.join(TREES)
    }

    /// A tree's folder, relative to the store.
    pub fn tree_path(name: &str) -> String {
        format!("{TREES}/{name}")
    }

    /// Where a tree is built before one rename puts it in its place.
    pub fn staged_tree(&self, name: &str) -> PathBuf {
        staged_in(&self.trees_dir(), name)
    }

    /// The name of a new tree. A run id may be used again while the tree of its earlier run is still in use.
    pub fn free_tree(&self, run_id: &str) -> Result<String> {
        let name = |number: u32| match number {
            1 => run_id.to_owned(),
            _ => format!("{run_id}~{number}"),
        };
        fs::first_free((1..).map(name), |name| Ok(fs::kind(&self.trees_dir().join(name))?.is_none()))
    }

    /// Puts a staged tree, all of whose files are durable, in its place.
    pub fn place_tree(&self, name: &str) -> Result<()> {
        let staged = self.staged_tree(name);
        for month in list(&staged)? {
            sync_dir(&month)?;
        }
        sync_dir(&staged)?;
        fs::rename(&staged, &self.trees_dir().join(name))?;
        sync_dir(&self.trees_dir())
    }

    /// Removes every tree but these, which are relative to the store. A folder that holds anything but observation files by
    /// month is the user's own.
    pub fn remove_trees_but(&self, kept: &[String]) -> Result<()> {
        for dir in list(&self.trees_dir())?.into_iter().filter(|dir| !is_hidden(dir)) {
            let name = dir.file_name().unwrap_or_default().to_string_lossy();
            if !kept.contains(&Self::tree_path(&name)) && is_tree(&dir)? {
                self.remove_whole(&dir)?;
            }
        }
        Ok(())
    }

    /// Whether the tree of a run exists. A removed one is restored if other trees still have its files.
    pub fn restore_tree(&self, manifest: &Manifest) -> Result<bool> {
        let Some(tree) = &manifest.observation_tree else { return Ok(false) };
        let dir = self.root.join(tree);
        if fs::exists(&dir)? {
            for file in &manifest.observations {
                if !has_bytes(&self.root.join(&file.path), file.bytes)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let mut found = Vec::new();
        for file in &manifest.observations {
            let within = within_tree(&file.path);
            match self.find_file(&within, file)? {
                Some(path) => found.push((path, within)),
                None => return Ok(false),
            }
        }
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let staged = self.staged_tree(&name);
        create_dir(&staged)?;
        for (path, within) in found {
            link_or_copy(&path, &staged.join(within))?;
        }
        self.place_tree(&name)?;
        Ok(true)
    }

    /// Files in the tree of a run that its manifest does not list: a reader of the folder would count them.
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

    /// A file of any tree with the listed content.
    fn find_file(&self, within: &Path, listed: &FileEntry) -> Result<Option<PathBuf>> {
        for tree in list(&self.trees_dir())? {
            let path = tree.join(within);
            if has_bytes(&path, listed.bytes)? && fs::blake3_of(&path)? == listed.blake3 {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// Whether a folder holds observations by month, their log, and nothing else.
pub(crate) fn is_tree(dir: &Path) -> Result<bool> {
    if !fs::kind(dir)?.is_some_and(|kind| kind.is_dir()) {
        return Ok(false);
    }
    let months = list(dir)?;
    for month in &months {
        if delta::is_log(month)? {
            continue;
        }
        let is_month = month.file_name().is_some_and(|name| name.to_string_lossy().starts_with("observed_month="));
        if !is_month || !fs::kind(month)?.is_some_and(|kind| kind.is_dir()) {
            return Ok(false);
        }
        for file in list(month)? {
            let is_observations = file.extension().is_some_and(|extension| extension == "parquet");
            if !is_observations || is_hidden(&file) || !fs::kind(&file)?.is_some_and(|kind| kind.is_file()) {
                return Ok(false);
            }
        }
    }
    Ok(!months.is_empty())
}

/// Links a file into a new tree, or copies it if the file system has no links.
pub(crate) fn link_or_copy(file: &Path, name: &Path) -> Result<()> {
    name.parent().map_or(Ok(()), create_dir)?;
    if fs::hard_link(file, name)? { Ok(()) } else { fs::copy(file, name) }
}

/// `.observations/x/observed_month=2026-11/a.parquet`: `observed_month=2026-11/a.parquet`
pub(crate) fn within_tree(path: &str) -> PathBuf {
    let mut parts: Vec<_> = Path::new(path).components().rev().take(2).collect();
    parts.reverse();
    parts.into_iter().collect()
}

fn has_bytes(path: &Path, bytes: u64) -> Result<bool> {
    Ok(fs::size_if_present(path)? == Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn listing(tree: &str, files: &[(&str, &str)]) -> Manifest {
        let entry = |&(path, text): &(&str, &str)| FileEntry {
            path: format!("{tree}/observed_month=2026-11/{path}"),
            bytes: text.len() as u64,
            rows: Some(1),
            blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        };
        let observations = files.iter().map(entry).collect();
        Manifest { observation_tree: Some(tree.to_owned()), observations, ..Manifest::default() }
    }

    #[test]
    fn a_removed_tree_is_restored_from_the_files_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        put(&dir.path().join(".observations/c/observed_month=2026-11/a.parquet"), "of a");
        put(&dir.path().join(".observations/c/observed_month=2026-11/b.parquet"), "of b");
        let gone = listing(".observations/b", &[("a.parquet", "of a"), ("b.parquet", "of b")]);
        assert!(store.restore_tree(&gone).unwrap());
        let again = dir.path().join(".observations/b/observed_month=2026-11");
        assert_eq!(std::fs::read_to_string(again.join("b.parquet")).unwrap(), "of b");
        // A file with the same name and other rows is another file.
        let other = listing(".observations/a", &[("a.parquet", "OF A")]);
        assert!(!store.restore_tree(&other).unwrap());
        assert!(!dir.path().join(".observations/a").exists());
        // A tree that has lost a file is not completed in its place.
        std::fs::remove_file(again.join("a.parquet")).unwrap();
        assert!(!store.restore_tree(&gone).unwrap());
        // A run of the old layout has none.
        assert!(!store.restore_tree(&Manifest::default()).unwrap());
    }

    #[test]
    fn names_are_given_once_and_trees_are_removed_whole() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        assert_eq!(store.free_tree("run").unwrap(), "run");
        std::fs::create_dir_all(store.staged_tree("run").join("observed_month=2026-11")).unwrap();
        store.place_tree("run").unwrap();
        assert_eq!(store.free_tree("run").unwrap(), "run~2");
        // The user's own folders, even if they look like trees at first.
        let trees = store.trees_dir();
        put(&trees.join("notes/observed_month=2026-11/a.parquet"), "");
        put(&trees.join("notes/observed_month=2026-11/a.txt"), "");
        put(&trees.join("other/a.parquet"), "");
        let own = [trees.join("notes"), trees.join("other")];
        store.remove_trees_but(&[".observations/run".to_owned()]).unwrap();
        assert_eq!(list(&trees).unwrap(), [own[0].clone(), own[1].clone(), trees.join("run")]);
        store.remove_trees_but(&[]).unwrap();
        assert_eq!(list(&trees).unwrap(), own);
    }
}
