//! Atomic file replacement: a reader sees the old content or the new, never half of it, even after a power cut.

use std::path::Path;

use crate::error::Result;
use crate::fs::write::{DiskFile, create_dir, rename, sync_dir};
use crate::fs::{names::partial_of, read::list};

/// Writes a file beside its place, makes it durable and moves it there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = partial_of(path);
    let mut file = DiskFile::create(&partial)?;
    file.write_bytes(bytes)?;
    file.sync()?;
    rename(&partial, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Moves every file of one folder into another; files with the same name there are replaced.
pub(crate) fn move_files(from: &Path, to: &Path) -> Result<()> {
    for path in list(from)? {
        rename(&path, &to.join(path.file_name().unwrap_or_default()))?;
    }
    sync_dir(to)
}

/// Moves every file into a folder of its own name, which is made: `reels.parquet` becomes `reels/reels.parquet`.
pub(crate) fn move_files_into_folders(from: &Path, to: &Path) -> Result<()> {
    for path in list(from)? {
        let folder = to.join(path.file_stem().unwrap_or_default());
        create_dir(&folder)?;
        rename(&path, &folder.join(path.file_name().unwrap_or_default()))?;
        sync_dir(&folder)?;
    }
    sync_dir(to)
}
