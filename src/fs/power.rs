//! Debug builds only: simulates a power cut. With `REELFRAME_FAIL_DISK=<n>:POWER` what was written to a file since its last
//! sync is lost, or is zeros if `n` is odd; names that were created, changed or removed since the last sync of their folder
//! are as they were before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Changes of names in their order, and files with bytes that are not durable, by inode.
struct Unsynced {
    names: Vec<Name>,
    files: HashMap<u64, (File, u64)>,
    kept: usize,
}

/// What was removed or replaced is at `kept` until its folder is synced.
enum Name {
    Created(PathBuf),
    Renamed { from: PathBuf, to: PathBuf, kept: Option<PathBuf> },
    Removed { path: PathBuf, kept: PathBuf },
}

static UNSYNCED: Mutex<Option<Unsynced>> = Mutex::new(None);

/// From now on changes are recorded.
pub(super) fn record() {
    let fresh = Unsynced { names: Vec::new(), files: HashMap::new(), kept: 0 };
    UNSYNCED.lock().expect("not poisoned").get_or_insert(fresh);
}

fn with<T>(note: impl FnOnce(&mut Unsynced) -> io::Result<T>) -> io::Result<Option<T>> {
    UNSYNCED.lock().expect("not poisoned").as_mut().map(note).transpose()
}

/// Before something new is created.
pub(super) fn creating(path: &Path) -> io::Result<()> {
    with(|unsynced| {
        let mut missing: Vec<&Path> = path.ancestors().take_while(|path| !exists(path)).collect();
        missing.reverse();
        unsynced.names.extend(missing.into_iter().map(|path| Name::Created(path.to_owned())));
        Ok(())
    })
    .map(drop)
}

/// After a rename that replaced nothing.
pub(super) fn renamed(from: &Path, to: &Path) -> io::Result<()> {
    with(|unsynced| {
        unsynced.names.push(Name::Renamed { from: from.to_owned(), to: to.to_owned(), kept: None });
        Ok(())
    })
    .map(drop)
}

/// Before a rename.
pub(super) fn renaming(from: &Path, to: &Path) -> io::Result<()> {
    with(|unsynced| {
        let kept = if exists(to) { Some(unsynced.keep(to, |path, kept| fs::hard_link(path, kept))?) } else { None };
        unsynced.names.push(Name::Renamed { from: from.to_owned(), to: to.to_owned(), kept });
        Ok(())
    })
    .map(drop)
}

/// In place of a removal; `false` if changes are not recorded.
pub(super) fn remove(path: &Path) -> io::Result<bool> {
    let removed = with(|unsynced| {
        let kept = unsynced.keep(path, |path, kept| fs::rename(path, kept))?;
        unsynced.names.push(Name::Removed { path: path.to_owned(), kept });
        Ok(())
    })?;
    Ok(removed.is_some())
}

/// Before a write.
pub(super) fn writing(file: &File) -> io::Result<()> {
    with(|unsynced| {
        let found = file.metadata()?;
        if let Entry::Vacant(entry) = unsynced.files.entry(found.ino()) {
            entry.insert((file.try_clone()?, found.len()));
        }
        Ok(())
    })
    .map(drop)
}

/// After a sync.
pub(super) fn synced(file: &File) -> io::Result<()> {
    with(|unsynced| Ok(unsynced.files.remove(&file.metadata()?.ino()))).map(drop)
}

/// After the sync of a folder.
pub(super) fn synced_dir(dir: &Path) -> io::Result<()> {
    with(|unsynced| {
        let is_in = |path: &Path| path.parent().map(as_folder) == Some(as_folder(dir));
        unsynced.names.retain(|name| match name {
            Name::Created(path) | Name::Renamed { to: path, .. } | Name::Removed { path, .. } => !is_in(path),
        });
        Ok(())
    })
    .map(drop)
}

/// The power is cut.
pub(super) fn cut(leaves_zeros: bool) -> io::Result<()> {
    with(|unsynced| {
        for (file, durable) in unsynced.files.values() {
            let length = file.metadata()?.len();
            file.set_len(*durable)?;
            if leaves_zeros && length > *durable {
                file.set_len(length)?;
            }
        }
        unsynced.names.drain(..).rev().try_for_each(|name| match name {
            Name::Created(path) => unless_gone(fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path))),
            Name::Renamed { from, to, kept } => {
                unless_gone(fs::rename(&to, from))?;
                kept.map_or(Ok(()), |kept| fs::rename(kept, to))
            }
            Name::Removed { path, kept } => unless_gone(fs::rename(kept, path)),
        })
    })
    .map(drop)
}

impl Unsynced {
    /// Keeps what is at this path, out of sight.
    fn keep(&mut self, path: &Path, by: impl FnOnce(&Path, &Path) -> io::Result<()>) -> io::Result<PathBuf> {
        self.kept += 1;
        let dir = std::env::temp_dir().join(format!("power-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        let kept = dir.join(self.kept.to_string());
        by(path, &kept)?;
        Ok(kept)
    }
}

fn exists(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.symlink_metadata().is_ok()
}

fn as_folder(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// A name in a folder whose own creation was undone is gone with it.
fn unless_gone(done: io::Result<()>) -> io::Result<()> {
    done.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}
