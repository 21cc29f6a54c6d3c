//! Reads of the disk. Only ENOENT and ENOTDIR (a file has nothing below it) mean that something is absent. Every other
//! failure is an error that names the path, so that what cannot be read is never taken for absent.

use std::fs::{self, DirEntry, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::fs::full::note;

/// Whether something is at this path; a link counts as its target.
pub(crate) fn exists(path: &Path) -> Result<bool> {
    Ok(metadata(path)?.is_some())
}

pub(crate) fn is_dir(path: &Path) -> Result<bool> {
    Ok(metadata(path)?.is_some_and(|found| found.is_dir()))
}

pub(crate) fn is_file(path: &Path) -> Result<bool> {
    Ok(metadata(path)?.is_some_and(|found| found.is_file()))
}

pub(crate) fn is_link(path: &Path) -> Result<bool> {
    Ok(kind(path)?.is_some_and(|kind| kind.is_symlink()))
}

/// The type of what has this name, without following a link.
pub(crate) fn kind(path: &Path) -> Result<Option<FileType>> {
    let found = if_present("look at", path, || fs::symlink_metadata(path))?;
    Ok(found.map(|found| found.file_type()))
}

fn metadata(path: &Path) -> Result<Option<Metadata>> {
    if_present("look at", path, || fs::metadata(path))
}

/// The metadata of a file; an error if it is absent.
pub(crate) fn metadata_of(path: &Path) -> io::Result<Metadata> {
    attempt("look at", path, || fs::metadata(path))
}

/// When a file was written, by the clock of its file system.
pub(crate) fn modified(path: &Path) -> Result<DateTime<Utc>> {
    let modified = metadata_of(path).and_then(|metadata| metadata.modified());
    modified.map(DateTime::from).map_err(|cause| Error::disk("read", path, cause))
}

pub(crate) fn size(path: &Path) -> Result<u64> {
    metadata_of(path).map(|found| found.len()).map_err(|error| Error::disk("read the size of", path, error))
}

pub(crate) fn size_if_present(path: &Path) -> Result<Option<u64>> {
    Ok(metadata(path)?.map(|found| found.len()))
}

/// The entries of a folder in name order; none if nothing is at this path.
pub(crate) fn list(dir: &Path) -> Result<Vec<PathBuf>> {
    list_filtered(dir, |_| Ok(true))
}

/// The entries that are not folders.
pub(crate) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    list_filtered(dir, |entry| {
        let kind = entry.file_type()?;
        // A dangling link is not a folder.
        let leads_to_folder = || fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
        Ok(!(kind.is_dir() || kind.is_symlink() && leads_to_folder()))
    })
}

fn list_filtered(dir: &Path, is_wanted: impl Fn(&DirEntry) -> io::Result<bool>) -> Result<Vec<PathBuf>> {
    let entries = || {
        let mut paths = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if is_wanted(&entry)? {
                paths.push(entry.path());
            }
        }
        Ok(paths)
    };
    match attempt("list", dir, entries) {
        Ok(mut entries) => {
            entries.sort();
            Ok(entries)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::disk("list", dir, error)),
    }
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    bytes_of(path).map_err(|error| Error::disk("read", path, error))
}

pub(crate) fn read_if_present(path: &Path) -> Result<Option<Vec<u8>>> {
    absent_or(bytes_of(path), "read", path)
}

/// The bytes of a file that a flag names: the caller's error names the flag.
pub(crate) fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    attempt("read", path, || {
        let mut bytes = Vec::new();
        open_file(path)?.read_to_end(&mut bytes).map(|_| bytes)
    })
}

/// The same as text.
pub(crate) fn text_of(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes_of(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File> {
    attempt("open", path, || open_file(path)).map_err(|error| Error::disk("open", path, error))
}

/// Opening a pipe could wait forever, and a device has no end.
fn open_file(path: &Path) -> io::Result<File> {
    expect_file(path)?;
    File::open(path)
}

/// # Errors
/// What is there instead of a file.
pub(crate) fn expect_file(path: &Path) -> io::Result<()> {
    match not_a_file(&fs::metadata(path)?.file_type()) {
        // It stands for an empty file: `--config /dev/null`.
        _ if path == Path::new("/dev/null") => Ok(()),
        Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file"))),
        None => Ok(()),
    }
}

/// What something is that is not a file, in words.
pub(crate) fn not_a_file(found: &FileType) -> Option<&'static str> {
    match found {
        _ if found.is_file() => None,
        _ if found.is_dir() => Some("a folder"),
        _ if found.is_fifo() => Some("a pipe"),
        _ if found.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

/// Whether an error comes from a link that dangles or points to itself.
pub(crate) fn leads_nowhere(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    // `ErrorKind::FilesystemLoop` is not stable yet.
    matches!(error.kind(), NotFound | NotADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// The hash of a file's bytes, in hexadecimal digits.
pub(crate) fn blake3_of(path: &Path) -> Result<String> {
    blake3_of_first(path, u64::MAX)
}

/// The hash of the first bytes of a file.
pub(crate) fn blake3_of_first(path: &Path, bytes: u64) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let hashed = attempt("read", path, || io::copy(&mut open_file(path)?.take(bytes), &mut hasher));
    hashed.map_err(|error| Error::disk("read", path, error))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The hash of the last bytes of a file.
pub(crate) fn blake3_of_last(path: &Path, bytes: u64) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let hashed = attempt("read", path, || {
        let mut file = open_file(path)?;
        let skipped = file.metadata()?.len().saturating_sub(bytes);
        file.seek(SeekFrom::Start(skipped))?;
        io::copy(&mut file, &mut hasher)
    });
    hashed.map_err(|error| Error::disk("read", path, error))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Whether two paths are names of one file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> Result<bool> {
    let file = |path: &Path| match metadata_of(path) {
        Ok(found) => Ok((found.dev(), found.ino())),
        Err(error) => Err(Error::disk("look at", path, error)),
    };
    Ok(file(one)? == file(other)?)
}

/// Whether a file has other names, too.
pub(crate) fn is_shared(path: &Path) -> Result<bool> {
    Ok(metadata_of(path).map_err(|error| Error::disk("look at", path, error))?.nlink() > 1)
}

/// Opens a file only to lock it, without following a link; `None` if it cannot be opened.
pub(crate) fn open_to_lock(path: &Path) -> Result<Option<File>> {
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    match attempt("open", path, || OpenOptions::new().read(true).custom_flags(no_follow).open(path)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        opened => absent_or(opened, "open", path),
    }
}

/// The target of a link; `None` if no link is at this path.
pub(crate) fn read_link(path: &Path) -> Result<Option<PathBuf>> {
    match attempt("read the link", path, || fs::read_link(path)) {
        // It is not a link.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(None),
        target => absent_or(target, "read the link", path),
    }
}

/// The path with all links resolved; `None` if nothing is there.
pub(crate) fn real_path(path: &Path) -> Result<Option<PathBuf>> {
    if_present("look at", path, || fs::canonicalize(path))
}

/// The first candidate that is free.
pub(crate) fn first_free<T>(
    candidates: impl IntoIterator<Item = T>,
    is_free: impl Fn(&T) -> Result<bool>,
) -> Result<T> {
    for candidate in candidates {
        if is_free(&candidate)? {
            return Ok(candidate);
        }
    }
    Err(Error::unexpected("no name is free"))
}

fn if_present<T>(doing: &str, path: &Path, operation: impl FnOnce() -> io::Result<T>) -> Result<Option<T>> {
    absent_or(attempt(doing, path, operation), doing, path)
}

fn absent_or<T>(found: io::Result<T>, doing: &str, path: &Path) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Err(error) => Err(Error::disk(doing, path, error)),
    }
}

fn attempt<T>(doing: &str, path: &Path, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    #[cfg(debug_assertions)]
    crate::fs::fault_injection::maybe_fail_read(doing, path).map_err(note)?;
    #[cfg(not(debug_assertions))]
    let _ = (doing, path);
    operation().map_err(note)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_is_not_there_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("file"), "text").unwrap();
        symlink("nowhere", path("dangling")).unwrap();
        for absent in ["none", "none/below", "file/below", "dangling"] {
            let path = path(absent);
            assert!(!exists(&path).unwrap() && !is_dir(&path).unwrap() && !is_file(&path).unwrap(), "{absent}");
            assert_eq!((size_if_present(&path).unwrap(), read_if_present(&path).unwrap()), (None, None), "{absent}");
            assert_eq!(real_path(&path).unwrap(), None, "{absent}");
            assert_eq!(
                (size(&path).unwrap_err().kind, read(&path).unwrap_err().kind),
                (ErrorKind::Disk, ErrorKind::Disk)
            );
        }
        assert_eq!(list(&path("none")).unwrap(), [""; 0].map(PathBuf::from));
        assert_eq!(read_link(&path("file")).unwrap(), None);
        assert_eq!(read_link(&path("dangling")).unwrap(), Some("nowhere".into()));
        assert!(is_link(&path("dangling")).unwrap() && !is_link(&path("none")).unwrap());
        assert_eq!((size(&path("file")).unwrap(), read_if_present(&path("file")).unwrap()), (4, Some(b"text".into())));
        assert_eq!(list(dir.path()).unwrap(), [path("dangling"), path("file")]);
        fs::create_dir(path("folder")).unwrap();
        symlink("folder", path("to a folder")).unwrap();
        assert_eq!(files(dir.path()).unwrap(), [path("dangling"), path("file")]);
    }

    #[test]
    fn what_is_not_a_file_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert_eq!(text_of(Path::new("/dev/null")).unwrap(), "");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, what) in [(pipe.as_path(), "a pipe"), (Path::new("/dev/zero"), "a device"), (dir.path(), "a folder")]
        {
            let reads = [
                open(path).map(drop),
                read(path).map(drop),
                read_if_present(path).map(drop),
                blake3_of(path).map(drop),
                crate::fs::write::copy(path, &dir.path().join("copy")),
            ];
            for error in reads.map(Result::unwrap_err) {
                assert!(error.message.ends_with(&format!("it is {what}, not a file")), "{error}");
            }
            for error in [bytes_of(path).map(drop), text_of(path).map(drop)].map(|read| read.unwrap_err()) {
                assert_eq!(error.to_string(), format!("it is {what}, not a file"));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_absent() {
        let dir = tempfile::tempdir().unwrap();
        // A loop of links stands for every other error of the system; root gets it, too.
        let path = dir.path().join("loop");
        symlink("loop", &path).unwrap();
        let below = path.join("below");
        let failures = [
            exists(&path).map(drop),
            is_dir(&path).map(drop),
            is_file(&below).map(drop),
            is_link(&below).map(drop),
            size(&path).map(drop),
            size_if_present(&path).map(drop),
            list(&path).map(drop),
            read(&path).map(drop),
            read_if_present(&path).map(drop),
            open(&path).map(drop),
            blake3_of(&path).map(drop),
            read_link(&below).map(drop),
            real_path(&path).map(drop),
            first_free([path.clone()], |path| exists(path)).map(drop),
        ];
        for error in failures.map(Result::unwrap_err) {
            assert_eq!(error.kind, ErrorKind::Disk);
            assert!(error.message.contains(&path.display().to_string()), "{error}");
        }
    }
}
