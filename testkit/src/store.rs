//! A store's runs and page logs, read as any other program would: by `latest`, `manifest.json` and `_SUCCESS`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub const MANIFEST: &str = "manifest.json";
/// Holds the hash of the manifest.
pub const SUCCESS: &str = "_SUCCESS";

/// What tests read of a manifest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Manifest {
    pub run_id: String,
    pub sequence: u64,
    pub schema_version: u64,
    /// Relative to the run.
    pub files: Vec<StoredFile>,
    /// Relative to the store.
    pub observations: Vec<StoredFile>,
    pub observation_tree: Option<String>,
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
        let text = fs::read_to_string(run.join(MANIFEST)).unwrap_or_else(|error| panic!("{}: {error}", run.display()));
        let hash = fs::read_to_string(run.join(SUCCESS)).unwrap_or_else(|error| panic!("{}: {error}", run.display()));
        assert_eq!(hash.trim_end(), blake3::hash(text.as_bytes()).to_hex().as_str(), "{}", run.display());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", run.display()))
    }

    /// The rows of all observations.
    pub fn observation_rows(&self) -> u64 {
        self.observations.iter().filter_map(|file| file.rows).sum()
    }
}

/// The run that `latest` leads to, with its manifest.
pub fn latest(store: &Path) -> (PathBuf, Manifest) {
    let run = store.join(fs::read_link(store.join("latest")).expect("latest is a link"));
    let manifest = Manifest::of(&run);
    (run, manifest)
}

/// Writes a manifest and the `_SUCCESS` that goes with it.
pub fn publish(run: &Path, manifest: &str) {
    fs::write(run.join(MANIFEST), manifest).expect("a manifest can be written");
    fs::write(run.join(SUCCESS), blake3::hash(manifest.as_bytes()).to_hex().as_str()).expect("it can be written");
}

/// The published runs, in the order in which they were published.
pub fn runs(store: &Path) -> Vec<(PathBuf, Manifest)> {
    let published = entries(&store.join("runs")).into_iter().filter(|run| run.join(SUCCESS).is_file());
    let mut runs: Vec<_> = published.map(|run| (run.clone(), Manifest::of(&run))).collect();
    runs.sort_by_key(|(_, manifest)| manifest.sequence);
    runs
}

/// Account folder and page log of every log in raw/, in the order of their paths.
pub fn logs(store: &Path) -> Vec<(String, PathBuf)> {
    let accounts = entries(&store.join("raw")).into_iter();
    let of = |account: PathBuf| {
        let name = account.file_name().expect("listed by name").to_string_lossy().into_owned();
        entries(&account).into_iter().map(move |log| (name.clone(), log))
    };
    accounts.flat_map(of).collect()
}

/// The sorted entries of a folder; none if it is missing.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
