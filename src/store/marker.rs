//! `.reelframe` marks a folder as a store, so that nothing is written into, or removed from, a folder that was named by
//! mistake.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Hint, Parameter, Result};
use crate::fs::{self, DiskFile, list, sync_dir};
use crate::store::{layout::Store, manifest::MANIFEST};

pub(crate) const MARKER: &str = ".reelframe";
/// The version of the layout; raised when an earlier program would damage it.
const STORE_VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    store_version: u32,
    /// Tells this store from every other.
    id: String,
}

/// What the folder named by `--store` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Empty or absent, but for what a killed first command leaves.
    Free,
    Marked,
    /// A store of a version without a marker.
    Unmarked,
    /// It holds other files.
    Other,
}

impl Store {
    /// A folder that holds other files may become a store.
    pub fn with_init(self, init: bool) -> Self {
        Self { init, ..self }
    }

    /// # Errors
    /// `Usage` if this folder cannot become a store, or if its store is of a newer version.
    pub fn check_place(&self) -> Result<()> {
        self.usable_place().map(drop)
    }

    /// For commands that need an existing store.
    ///
    /// # Errors
    /// `Usage` if there is none, or if it is of a newer version.
    pub fn check_is_store(&self) -> Result<()> {
        let why = match self.place()? {
            Place::Marked | Place::Unmarked => return Ok(()),
            Place::Other => "the folder is not a store of reelframe",
            Place::Free if fs::exists(&self.root)? => "the folder is empty",
            Place::Free => "the folder does not exist",
        };
        Err(Error::usage(format!("there is no store at {}: {why}", self.root.display())).hint(Hint::RunFirst))
    }

    /// Marks the folder. For the holder of the lock.
    pub(crate) fn mark(&self) -> Result<()> {
        match self.usable_place()? {
            Place::Marked => return Ok(()),
            Place::Unmarked => {
                tracing::info!("{} is a store of an earlier version: {MARKER} marks it now", self.root.display())
            }
            Place::Free | Place::Other => {}
        }
        let marker = Marker { store_version: STORE_VERSION, id: random_id() };
        let mut json = serde_json::to_vec(&marker).map_err(Error::unexpected)?;
        json.push(b'\n');
        let partial = fs::partial_of(&self.root.join(MARKER));
        let mut file = DiskFile::create(&partial)?;
        file.write_bytes(&json)?;
        file.sync()?;
        if !fs::rename_new(&partial, &self.root.join(MARKER))? {
            // A file appeared there in between: it is a store's marker, or it is refused.
            fs::remove_file(&partial)?;
            return self.usable_place().map(drop);
        }
        sync_dir(&self.root)
    }

    /// The store's id; empty where it is not marked yet.
    ///
    /// # Errors
    /// `Usage` if the marker is not understood.
    pub(crate) fn id(&self) -> Result<String> {
        Ok(self.marker()?.map(|marker| marker.id).unwrap_or_default())
    }

    fn marker(&self) -> Result<Option<Marker>> {
        let path = self.root.join(MARKER);
        let Some(bytes) = fs::read_if_present(&path)? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|error| {
            Error::usage(format!("{} is not understood: {error}", path.display())).hint(Hint::RemoveMarker)
        })
    }

    fn usable_place(&self) -> Result<Place> {
        match self.place()? {
            Place::Other if !self.init => {
                let root = self.root.display();
                let what = format!("{root}: the folder has other files in it and is not a store");
                Err(Error::parameter(Parameter::Store, what).hint(Hint::EmptyFolderOrInit))
            }
            place => Ok(place),
        }
    }

    fn place(&self) -> Result<Place> {
        if let Some(marker) = self.marker()? {
            if marker.store_version > STORE_VERSION {
                let message = format!("{} is a store of version {}", self.root.display(), marker.store_version);
                return Err(Error::usage(message).hint(format!(
                    "this is reelframe {}, which knows version {STORE_VERSION}: use a newer one; nothing was changed",
                    env!("CARGO_PKG_VERSION")
                )));
            }
            return Ok(Place::Marked);
        }
        if self.has_pages_or_runs()? {
            return Ok(Place::Unmarked);
        }
        for path in list(&self.root)? {
            if !is_blank(&path)? {
                return Ok(Place::Other);
            }
        }
        Ok(Place::Free)
    }

    fn has_pages_or_runs(&self) -> Result<bool> {
        if !self.accounts()?.is_empty() {
            return Ok(true);
        }
        #[derive(Deserialize)]
        struct Ours {
            #[serde(rename = "manifest_version")]
            _manifest_version: u32,
            #[serde(rename = "run_id")]
            _run_id: String,
        }
        for run in list(&self.root.join("runs"))? {
            let manifest = fs::read_if_present(&run.join(MANIFEST))?;
            if manifest.is_some_and(|bytes| serde_json::from_slice::<Ours>(&bytes).is_ok()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a command leaves that was killed before it marked the store, and the empty folders of earlier versions.
fn is_blank(path: &Path) -> Result<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(match name.as_ref() {
        ".lock" | ".reelframe.partial" => fs::is_file(path)?,
        "raw" | "runs" => fs::is_dir(path)? && list(path)?.is_empty(),
        _ => false,
    })
}

/// 32 random hexadecimal digits.
pub(crate) fn random_id() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::ErrorKind;
    use crate::store::lock::Lock;

    fn place(dir: &Path, files: &[(&str, &str)]) -> Store {
        for (path, text) in files {
            let path = dir.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Store::new(dir)
    }

    #[test]
    fn an_empty_folder_becomes_a_store_and_an_unmarked_store_is_marked() {
        let manifest = r#"{"manifest_version": 1, "run_id": "one", "more": 2}"#;
        for (files, is_store) in [
            (&[][..], false),
            (&[(".lock", "process 7"), (".reelframe.partial", "{")], false),
            (&[("raw/maple/20260301T060000000Z.ndjson", "")], true),
            (&[("raw/maple/a.ndjson.zst.partial", ""), ("notes.txt", "")], true),
            (&[("runs/one/manifest.json", manifest), ("notes.txt", "")], true),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let store = place(dir.path(), files);
            assert_eq!(store.check_is_store().is_ok(), is_store, "{files:?}");
            let lock = Lock::take(&store).unwrap();
            let first = fs::read_to_string(dir.path().join(MARKER)).unwrap();
            assert!(first.starts_with(r#"{"store_version":1,"id":""#), "{first}");
            drop(lock);
            store.check_is_store().unwrap();
            Lock::take(&store).unwrap();
            assert_eq!(fs::read_to_string(dir.path().join(MARKER)).unwrap(), first);
        }
        assert_ne!(random_id(), random_id());
    }

    #[test]
    fn other_folders_are_refused_and_left_as_they_are() {
        for files in [
            &[("notes.txt", "")][..],
            &[(".git/HEAD", "")],
            &[("raw/photo.raw", "")],
            &[("raw/2026/photo.raw", ""), (".lock", "")],
            &[("runs/manifest.json", "{}"), ("runs/a/manifest.json", r#"{"name": "app"}"#)],
        ] {
            let dir = tempfile::tempdir().unwrap();
            let store = place(dir.path(), files);
            let before = list(dir.path()).unwrap();
            for error in [store.check_place(), store.check_is_store(), Lock::take(&store).map(drop)] {
                let error = error.unwrap_err();
                assert!(
                    error.kind == ErrorKind::Usage && error.message.contains(&dir.path().display().to_string()),
                    "{error}"
                );
            }
            assert_eq!(list(dir.path()).unwrap(), before, "{files:?}");
            Lock::take(&store.with_init(true)).unwrap();
            Store::new(dir.path()).check_is_store().unwrap();
        }
    }

    #[test]
    fn a_store_of_a_newer_version_and_a_broken_marker_are_refused() {
        for (text, said) in [("{\"store_version\":2,\"id\":\"x\"}", "version 2"), ("half", "not understood")] {
            let dir = tempfile::tempdir().unwrap();
            let store = place(dir.path(), &[(MARKER, text)]).with_init(true);
            for error in [store.check_place(), store.check_is_store(), Lock::take(&store).map(drop)] {
                let error = error.unwrap_err();
                assert!(
                    error.kind == ErrorKind::Usage && error.message.contains(said) && error.hint.is_some(),
                    "{error}"
                );
            }
            assert_eq!(list(dir.path()).unwrap(), [dir.path().join(MARKER)]);
        }
        // Reading creates nothing.
        let dir = tempfile::tempdir().unwrap();
        let absent = dir.path().join("reels");
        assert_eq!(Store::new(&absent).check_is_store().unwrap_err().kind, ErrorKind::Usage);
        assert!(!absent.exists());
    }
}
