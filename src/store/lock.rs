//! At most one run per store: an OS file lock, released even if the process is killed.

use std::fs::{File, TryLockError};
use std::io::Read;

use crate::error::{Error, ErrorKind, Result};
use crate::fs::{self, DiskFile, create_dir};
use crate::store::layout::Store;

/// Locks the store until it is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: DiskFile,
}

impl Lock {
    /// Takes the lock of a store, and creates the store if there is none.
    ///
    /// # Errors
    /// `StoreLocked` if another run holds the lock, with its process and run id; `Usage` if the folder cannot be a store.
    pub(crate) fn take(store: &Store) -> Result<Self> {
        store.check_place()?;
        create_dir(store.root())?;
        let mut file = Self::locked(store)?;
        store.mark()?;
        // Nothing was read or written yet, so this goes to the beginning.
        file.truncate(0)?;
        file.write_bytes(format!("process {}", std::process::id()).as_bytes())?;
        Ok(Self { file })
    }

    /// The locked file: the one that the next run will try to lock, even if the file was replaced between opening and
    /// locking it.
    fn locked(store: &Store) -> Result<DiskFile> {
        let path = store.root().join(".lock");
        loop {
            let file = DiskFile::open_or_create(&path)?;
            match file.file().try_lock() {
                Ok(()) if file.is_still_at_its_path()? => return Ok(file),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(in_use(store, file.file())),
                Err(TryLockError::Error(error)) => return Err(Error::disk("lock", &path, error)),
            }
        }
    }

    /// Adds the id of the run that holds the lock.
    pub(crate) fn name(&mut self, run_id: &str) -> Result<()> {
        self.file.write_bytes(format!(", run {run_id}").as_bytes())
    }
}

impl Drop for Lock {
    /// Empties the file, since nobody holds the lock any more; a failure does not matter.
    fn drop(&mut self) {
        let _ = self.file.truncate(0);
    }
}

fn in_use(store: &Store, mut file: &File) -> Error {
    let mut holder = String::new();
    // The holder is a courtesy: an unreadable file is ignored.
    let _ = file.read_to_string(&mut holder);
    let holder = Some(holder.trim()).filter(|holder| !holder.is_empty()).unwrap_or("another command");
    Error::new(ErrorKind::StoreLocked, format!("{} is in use by {holder}", store.root().display()))
        .hint("wait for it to finish; a killed run releases the lock")
}

/// Keeps writing commands out of a store while it is read, until it is dropped.
#[derive(Debug)]
pub(crate) struct SharedLock(#[allow(dead_code)] Option<File>);

impl SharedLock {
    /// Writes nothing: a store that cannot be locked, such as one on a read-only disk, is read without a lock.
    ///
    /// # Errors
    /// `StoreLocked` if a command is writing.
    pub(crate) fn take(store: &Store) -> Result<Self> {
        let Some(file) = fs::open_to_lock(&store.root().join(".lock"))? else { return Ok(Self(None)) };
        match file.try_lock_shared() {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => Err(in_use(store, &file)),
            // Some network and read-only file systems have no locks.
            Err(TryLockError::Error(_)) => Ok(Self(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_second_run_is_refused_with_the_holder_of_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(&dir.path().join("reels"));
        let mut first = Lock::take(&store).unwrap();
        let mut holder = format!("process {}", std::process::id());
        let refused = |holder: &str| {
            let error = Lock::take(&store).unwrap_err();
            assert_eq!(error.kind, ErrorKind::StoreLocked);
            assert!(error.message.ends_with(&format!("is in use by {holder}")), "{error}");
        };
        refused(&holder);
        first.name("20261123T060000123Z").unwrap();
        holder.push_str(", run 20261123T060000123Z");
        refused(&holder);
        assert_eq!(SharedLock::take(&store).unwrap_err().kind, ErrorKind::StoreLocked);
        drop(first);
        let readers = [SharedLock::take(&store).unwrap(), SharedLock::take(&store).unwrap()];
        refused("another command");
        drop(readers);
        Lock::take(&store).unwrap();
        assert!(SharedLock::take(&Store::new(dir.path())).unwrap().0.is_none());
    }

    #[test]
    fn a_link_is_not_followed_and_a_replaced_file_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(&dir.path().join("reels"));
        drop(Lock::take(&store).unwrap());
        let (path, other) = (store.root().join(".lock"), dir.path().join("other"));
        std::fs::write(&other, "somebody's").unwrap();
        let file = DiskFile::open_or_create(&path).unwrap();
        assert!(file.is_still_at_its_path().unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(!file.is_still_at_its_path().unwrap());
        symlink(&other, &path).unwrap();
        assert!(!file.is_still_at_its_path().unwrap());
        let error = Lock::take(&store).unwrap_err();
        assert!(error.kind == ErrorKind::Disk && error.message.contains(".lock"), "{error}");
        assert_eq!(std::fs::read(&other).unwrap(), b"somebody's");
    }
}
