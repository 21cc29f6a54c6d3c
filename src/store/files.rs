//! Whole-or-nothing files: a reader meets the old content or the new, never half of it, also after a power cut.

use std::path::Path;

use crate::disk::{self, DiskFile};
use crate::error::{Error, Result};

/// Writes a file beside its place, makes it durable and moves it there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = DiskFile::create(&partial)?;
    file.put(bytes)?;
    file.sync()?;
    disk::rename(&partial, path)?;
    path.parent().map_or(Ok(()), disk::sync_dir)
}

pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::disk("read", path, error))
}

/// Moves every file of one folder into another; those of the same name there are replaced.
pub fn move_files(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from).map_err(|error| Error::disk("list", from, error))? {
        let entry = entry.map_err(|error| Error::disk("list", from, error))?;
        disk::rename(&entry.path(), &to.join(entry.file_name()))?;
    }
    disk::sync_dir(to)
}
