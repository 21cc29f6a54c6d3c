//! Whole-or-nothing files: a reader meets the old content or the new, never half of it, also after a power cut.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file beside its place, makes it durable and moves it there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = File::create(&partial).map_err(|error| Error::disk("create", &partial, error))?;
    file.write_all(bytes).map_err(|error| Error::disk("write", &partial, error))?;
    file.sync_all().map_err(|error| Error::disk("write", &partial, error))?;
    rename(&partial, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::disk("read", path, error))
}

/// Creates a folder and those above it; one that is there is fine.
pub fn create_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|error| Error::disk("create the folder", dir, error))
}

pub fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| Error::disk("rename to", to, error))
}

pub fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|error| Error::disk("remove", path, error))
}

/// Removes a folder with all that is in it.
pub fn remove_dir(dir: &Path) -> Result<()> {
    fs::remove_dir_all(dir).map_err(|error| Error::disk("remove", dir, error))
}

/// Makes the names in a folder durable.
pub fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| Error::disk("write the folder", dir, error))
}
