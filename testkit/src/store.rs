//! A store, read as any other program would: by `latest`, `manifest.json` and `_SUCCESS`. What is wrong in it panics.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

pub const MANIFEST: &str = "manifest.json";
/// Holds the hash of the manifest.
pub const SUCCESS: &str = "_SUCCESS";

/// A folder with raw/, runs/ and observations.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What tests read of a manifest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Manifest {
    pub run_id: String,
    pub sequence: u64,
    pub schema_version: u64,
    /// The accounts that the run was asked for.
    pub requested: Vec<String>,
    pub accounts: Vec<AccountEntry>,
    /// Relative to the run.
    pub files: Vec<StoredFile>,
    /// Relative to the store.
    pub observations: Vec<StoredFile>,
    #[serde(default)]
    pub observation_tree: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AccountEntry {
    pub account: String,
    pub status: String,
    #[serde(alias = "walks")]
    pub crawls: u64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredFile {
    pub path: String,
    pub rows: Option<u64>,
    pub blake3: String,
}

impl Manifest {
    /// The manifest of a published run; `_SUCCESS` must hold its hash.
    pub fn of(run: &Path) -> Self {
        let (manifest, success) = (text(&run.join(MANIFEST)), text(&run.join(SUCCESS)));
        assert_eq!(success.trim_end(), blake3::hash(manifest.as_bytes()).to_hex().as_str(), "{}", run.display());
        serde_json::from_str(&manifest).unwrap_or_else(|error| panic!("{}: {error}", run.display()))
    }

    pub fn observation_rows(&self) -> u64 {
        self.observations.iter().filter_map(|file| file.rows).sum()
    }
}

impl Store {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The run that `latest` links to, with its manifest. Every file must be there, with the hash in the manifest.
    pub fn latest(&self) -> (PathBuf, Manifest) {
        let run = self.root.join(fs::read_link(self.root.join("latest")).expect("latest is a link"));
        let manifest = Manifest::of(&run);
        let files = manifest.files.iter().map(|file| (run.join(&file.path), file));
        let observations = manifest.observations.iter().map(|file| (self.root.join(&file.path), file));
        for (path, file) in files.chain(observations) {
            let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file.blake3, "{}", path.display());
        }
        (run, manifest)
    }

    /// The published runs, in the order in which they were published; a copy under another name is none.
    pub fn runs(&self) -> Vec<(PathBuf, Manifest)> {
        let published = entries(&self.root.join("runs")).into_iter().filter(|run| run.join(SUCCESS).is_file());
        let mut runs: Vec<_> = published.map(|run| (run.clone(), Manifest::of(&run))).collect();
        runs.retain(|(run, manifest)| run.ends_with(&manifest.run_id));
        runs.sort_by_key(|(_, manifest)| manifest.sequence);
        runs
    }

    /// The accounts that have page logs, by the names of their folders.
    pub fn accounts(&self) -> Vec<String> {
        let mut accounts: Vec<String> = entries(&self.root.join("raw")).iter().map(|path| name(path)).collect();
        accounts.retain(|account| !self.logs(account).is_empty());
        accounts
    }

    /// The page logs of an account, oldest first.
    pub fn logs(&self, account: &str) -> Vec<PathBuf> {
        let mut logs = entries(&self.root.join("raw").join(account));
        logs.retain(|log| name(log).contains(".ndjson") && !name(log).ends_with(".importing"));
        logs
    }
}

/// Changes the manifest of a run and writes the `_SUCCESS` that goes with it.
pub fn edit_manifest(run: &Path, edit: impl FnOnce(&mut Value)) {
    let mut manifest: Value = serde_json::from_str(&text(&run.join(MANIFEST))).expect("a manifest is JSON");
    edit(&mut manifest);
    publish(run, &serde_json::to_string_pretty(&manifest).expect("plain data"));
}

/// Writes a manifest and the `_SUCCESS` that goes with it.
pub fn publish(run: &Path, manifest: &str) {
    fs::write(run.join(MANIFEST), manifest).expect("a manifest can be written");
    fs::write(run.join(SUCCESS), blake3::hash(manifest.as_bytes()).to_hex().as_str()).expect("it can be written");
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}

/// The entries of a folder, sorted; none if it is missing.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
