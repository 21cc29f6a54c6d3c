//! Changes of the file system: create, write, sync, rename, remove, link, copy.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
#[cfg(debug_assertions)]
use crate::fs::{fault_injection, pause};
use crate::fs::{full::note, power, read, read::exists};

static WRITTEN_BYTES: AtomicU64 = AtomicU64::new(0);

/// Bytes that this process has written to files so far, those that it removed again included.
pub(crate) fn written_bytes() -> u64 {
    WRITTEN_BYTES.load(Ordering::Relaxed)
}

/// A file that is open for writing.
#[derive(Debug)]
pub(crate) struct DiskFile {
    file: File,
    path: PathBuf,
}

impl DiskFile {
    /// An empty file; an existing file is truncated.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        Self::open("create", path, OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// A new file; `None` if the name is taken.
    pub(crate) fn create_new(path: &Path) -> Result<Option<Self>> {
        match attempt("create", path, || OpenOptions::new().write(true).create_new(true).open(path)) {
            Ok(file) => Ok(Some(Self { file, path: path.to_owned() })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(Error::disk("create", path, error)),
        }
    }

    /// An existing file; writes go to its end.
    pub(crate) fn append_to(path: &Path) -> Result<Self> {
        Self::open("open", path, OpenOptions::new().append(true))
    }

    /// An existing or a new file, for reading and writing. Links are not followed.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self> {
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let mut options = OpenOptions::new();
        options.create(true).read(true).write(true).truncate(false).custom_flags(no_follow);
        Self::open("open", path, &options)
    }

    fn open(doing: &str, path: &Path, options: &OpenOptions) -> Result<Self> {
        let file = change(doing, path, || {
            power::creating(path)?;
            options.open(path)
        })?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still names this very file, and not through a link.
    pub(crate) fn is_still_at_its_path(&self) -> Result<bool> {
        let named = |error| Error::disk("look at", &self.path, error);
        let open = self.file.metadata().map_err(named)?;
        match fs::symlink_metadata(&self.path) {
            Ok(now) => Ok((now.dev(), now.ino()) == (open.dev(), open.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(named(error)),
        }
    }

    /// For reading and locking.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Writes all bytes; an error names the file.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|error| Error::disk("write", &self.path, error))
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&self) -> Result<()> {
        change("sync", &self.path, || {
            self.file.sync_all()?;
            power::synced(&self.file)
        })
    }

    /// A second handle, so that the file can be synced while writing continues.
    pub(crate) fn try_clone(&self) -> Result<Self> {
        let file = self.file.try_clone().map_err(|error| Error::disk("open", &self.path, error))?;
        Ok(Self { file, path: self.path.clone() })
    }

    /// Truncates the file to `len` bytes.
    pub(crate) fn truncate(&self, len: u64) -> Result<()> {
        change("truncate", &self.path, || {
            power::writing(&self.file)?;
            self.file.set_len(len)
        })
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        power::writing(&self.file).map_err(note)?;
        #[cfg(debug_assertions)]
        fault_injection::maybe_fail_write(&mut self.file, &self.path, bytes).map_err(note)?;
        let written = self.file.write(bytes).map_err(note)?;
        WRITTEN_BYTES.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Creates a folder and its parents, and makes their names durable; an existing folder is fine.
pub(crate) fn create_dir(dir: &Path) -> Result<()> {
    let mut new = Vec::new();
    for above in dir.ancestors().filter(|above| !above.as_os_str().is_empty()) {
        if exists(above)? {
            break;
        }
        new.push(above);
    }
    change("create the folder", dir, || {
        power::creating(dir)?;
        fs::create_dir_all(dir)
    })?;
    new.into_iter().filter_map(Path::parent).try_for_each(sync_dir)
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    change("rename to", to, || {
        power::renaming(from, to)?;
        fs::rename(from, to)
    })
}

/// Renames a file to a free name; `false` if the name is taken, and then nothing has changed.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<bool> {
    match attempt("rename to", to, || {
        replacing_nothing(from, to)?;
        power::renamed(from, to)
    }) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(Error::disk("rename to", to, error)),
    }
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn replacing_nothing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Network and FAT file systems have no such rename.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => looking_first(from, to),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
use looking_first as replacing_nothing;

/// The store's lock keeps other runs from taking the name between the check and the rename.
fn looking_first(from: &Path, to: &Path) -> io::Result<()> {
    match fs::symlink_metadata(to) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

pub(crate) fn remove_file(path: &Path) -> Result<()> {
    change("remove", path, || if power::remove(path)? { Ok(()) } else { fs::remove_file(path) })
}

/// Removes a folder with everything in it.
pub(crate) fn remove_dir(dir: &Path) -> Result<()> {
    change("remove", dir, || if power::remove(dir)? { Ok(()) } else { fs::remove_dir_all(dir) })
}

/// Makes `link` point to `target`; `false` if the file system has no symbolic links.
pub(crate) fn symlink(target: &Path, link: &Path) -> Result<bool> {
    where_possible("create the link", link, || {
        power::creating(link)?;
        std::os::unix::fs::symlink(target, link)
    })
}

/// A second name for a file; `false` if the file system has no hard links, or none to that place, or no more of them.
pub(crate) fn hard_link(file: &Path, name: &Path) -> Result<bool> {
    where_possible("link to", name, || {
        power::creating(name)?;
        fs::hard_link(file, name)
    })
}

/// A durable copy of a file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    change("copy to", to, || {
        read::expect_file(from)?;
        power::creating(to)?;
        fs::copy(from, to)?;
        File::open(to)?.sync_all()
    })
}

/// Makes the file names in a folder durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<()> {
    // The parent of a bare file name is "".
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    change("sync the folder", dir, || {
        File::open(dir)?.sync_all()?;
        power::synced_dir(dir)
    })
}

fn change<T>(doing: &str, path: &Path, operation: impl FnOnce() -> io::Result<T>) -> Result<T> {
    attempt(doing, path, operation).map_err(|error| Error::disk(doing, path, error))
}

/// `false` if the file system does not support the operation.
fn where_possible(doing: &str, path: &Path, operation: impl FnOnce() -> io::Result<()>) -> Result<bool> {
    match attempt(doing, path, operation) {
        Ok(()) => Ok(true),
        // EPERM, ENOTSUP and ENOSYS, EXDEV, EMLINK. (EACCES has the kind of EPERM: the alternative fails with it too.)
        Err(error) if [PermissionDenied, Unsupported, CrossesDevices, TooManyLinks].contains(&error.kind()) => {
            Ok(false)
        }
        Err(error) => Err(Error::disk(doing, path, error)),
    }
}

fn attempt<T>(doing: &str, path: &Path, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    #[cfg(debug_assertions)]
    {
        pause::before(doing, path);
        fault_injection::maybe_fail(doing, path).map_err(note)?;
    }
    #[cfg(not(debug_assertions))]
    let _ = (doing, path);
    operation().map_err(note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn files_are_created_appended_to_or_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        assert_eq!(DiskFile::append_to(&path).unwrap_err().kind, ErrorKind::Disk);
        DiskFile::create_new(&path).unwrap().expect("it is new").write_bytes(b"one two").unwrap();
        assert!(DiskFile::create_new(&path).unwrap().is_none());
        let mut file = DiskFile::append_to(&path).unwrap();
        file.truncate(3).unwrap();
        file.write_bytes(b" more").unwrap();
        file.sync().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one more");
        DiskFile::open_or_create(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one more");
        DiskFile::create(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_file_gets_a_second_name_or_a_copy() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file"), "rows").unwrap();
        assert!(hard_link(&path("file"), &path("name")).unwrap());
        copy(&path("file"), &path("copy")).unwrap();
        fs::write(path("file"), "more rows").unwrap();
        assert_eq!(
            (fs::read(path("name")).unwrap(), fs::read(path("copy")).unwrap()),
            (b"more rows".into(), b"rows".into())
        );
        // What the file system does not support is not a failure; anything else is.
        let tried = |kind: io::ErrorKind| where_possible("link to", dir.path(), || Err(kind.into()));
        for kind in [PermissionDenied, Unsupported, CrossesDevices, TooManyLinks] {
            assert!(!tried(kind).unwrap());
        }
        assert_eq!(tried(io::ErrorKind::StorageFull).unwrap_err().kind, ErrorKind::Disk);
        assert_eq!(hard_link(&path("none"), &path("other")).unwrap_err().kind, ErrorKind::Disk);
    }

    #[test]
    fn a_rename_to_a_new_name_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file"), "rows").unwrap();
        fs::write(path("other"), "of before").unwrap();
        std::os::unix::fs::symlink("nowhere", path("link")).unwrap();
        for taken in ["other", "link"] {
            assert!(!rename_new(&path("file"), &path(taken)).unwrap(), "{taken}");
            let refused = looking_first(&path("file"), &path(taken)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists, "{taken}");
        }
        assert_eq!(fs::read(path("other")).unwrap(), b"of before");
        assert!(rename_new(&path("file"), &path("new")).unwrap());
        looking_first(&path("new"), &path("newer")).unwrap();
        assert_eq!(fs::read(path("newer")).unwrap(), b"rows");
        assert_eq!(rename_new(&path("none"), &path("name")).unwrap_err().kind, ErrorKind::Disk);
    }

    #[test]
    fn every_failure_names_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let (missing, file) = (dir.path().join("a/b"), dir.path().join("file"));
        fs::write(&file, "").unwrap();
        let failures = [
            DiskFile::create(&missing).map(|_| ()),
            rename(&file, &missing),
            remove_file(&missing),
            remove_dir(&missing),
            symlink(&file, &missing).map(|_| ()),
            hard_link(&file, &missing).map(|_| ()),
            copy(&file, &missing),
            sync_dir(&missing),
        ];
        for error in failures.map(Result::unwrap_err) {
            assert_eq!(error.kind, ErrorKind::Disk);
            assert!(error.message.contains(&missing.display().to_string()), "{error}");
        }
        assert!(create_dir(&file.join("below")).is_err());
    }
}
