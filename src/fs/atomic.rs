//! Whole-or-nothing files: a reader meets the old content or the new, never half of it, also after a power cut.

use std::path::Path;

use crate::error::Result;
use crate::fs;
use crate::fs::DiskFile;

/// Writes a file beside its place, makes it durable and moves it there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = DiskFile::create(&partial)?;
    file.put(bytes)?;
    file.sync()?;
    fs::rename(&partial, path)?;
    path.parent().map_or(Ok(()), fs::sync_dir)
}

/// Moves every file of one folder into another; those of the same name there are replaced.
pub fn move_files(from: &Path, to: &Path) -> Result<()> {
    for path in fs::list(from)? {
        fs::rename(&path, &to.join(path.file_name().unwrap_or_default()))?;
    }
    fs::sync_dir(to)
}
