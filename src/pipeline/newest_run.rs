//! The latest run of a store, and whether this version of the program can read it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Hint, Result};
use crate::schema::column::SCHEMA_VERSION;
use crate::store::layout::Store;
use crate::store::manifest::{MANIFEST_VERSION, Manifest};

/// The newest published run, with tables of this or an older version.
///
/// # Errors
/// `Usage` where a newer program published it.
pub(crate) fn newest(store: &Store) -> Result<Option<(PathBuf, Manifest)>> {
    let newest = store.latest()?;
    match &newest {
        Some((dir, manifest)) if is_newer(manifest) => Err(newer(dir, manifest)),
        _ => Ok(newest),
    }
}

/// The newest run of a store that must have one.
///
/// # Errors
/// `Usage` where nothing was published yet, or a newer program did.
pub(crate) fn latest(store: &Store) -> Result<(PathBuf, Manifest)> {
    newest(store)?
        .ok_or_else(|| Error::usage(format!("{} has no published run", store.root().display())).hint(Hint::RunFirst))
}

/// The newest run, with tables of this version.
///
/// # Errors
/// As [`latest`], and `Usage` where its tables are of an older version.
pub(crate) fn current(store: &Store) -> Result<(PathBuf, Manifest)> {
    let (dir, manifest) = latest(store)?;
    if is_older(&manifest) {
        let message = format!(
            "{} has columns of version {}, this program reads version {SCHEMA_VERSION}",
            dir.display(),
            manifest.schema_version
        );
        return Err(Error::usage(message).hint(Hint::Rebuild(store.root().to_owned())));
    }
    Ok((dir, manifest))
}

pub(crate) fn is_older(manifest: &Manifest) -> bool {
    manifest.schema_version < SCHEMA_VERSION
}

pub(crate) fn is_newer(manifest: &Manifest) -> bool {
    manifest.manifest_version > MANIFEST_VERSION || manifest.schema_version > SCHEMA_VERSION
}

pub(crate) fn newer(dir: &Path, manifest: &Manifest) -> Error {
    let by = &manifest.program_version;
    Error::usage(format!("{} was published by a newer program, reelframe {by}", dir.display()))
        .hint(format!("this is {}: use {by} or newer; nothing was changed", env!("CARGO_PKG_VERSION")))
}
