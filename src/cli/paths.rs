//! Checks of the paths that a command was given, before anything is done: files and folders mistaken for each other, and
//! output inside a store.

use std::io;
use std::path::Path;

use crate::cli::words::quoted;
use crate::error::{Error, Result};
use crate::fs;
use crate::store::kinds::{enclosing_store, is_store};

/// # Errors
/// `Usage` if links point to each other in a loop.
pub(crate) fn expect_no_loop(flag: &str, path: &Path) -> Result<()> {
    let is_loop = |error: io::Error| error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    if fs::metadata_of(path).is_err_and(is_loop) {
        return Err(Error::usage(format!("{flag} {}: a link that points to itself", path.display()))
            .hint("name the file or the folder itself"));
    }
    Ok(())
}

/// # Errors
/// `Usage` where the path, or one above it, is a file. One that does not exist is fine.
pub(crate) fn expect_folder(flag: &str, path: &Path) -> Result<()> {
    expect_no_loop(flag, path)?;
    if fs::exists(path)? && !fs::is_dir(path)? {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let hint =
            folder.map_or("name a folder".to_owned(), |folder| format!("name a folder, such as {}", folder.display()));
        return Err(Error::usage(format!("{flag} {}: a file, where a folder is needed", path.display())).hint(hint));
    }
    expect_folders_above(flag, path)
}

/// # Errors
/// `Usage` where the path is a folder, or one above it is a file. One that does not exist is fine.
pub(crate) fn expect_file(flag: &str, path: &Path) -> Result<()> {
    expect_no_loop(flag, path)?;
    if fs::is_dir(path)? {
        return Err(Error::usage(format!("{flag} {}: a folder, where a file is needed", path.display()))
            .hint(format!("name a file, such as {}", path.join("NAME").display())));
    }
    expect_folders_above(flag, path)
}

/// # Errors
/// As [`expect_file`], and `Usage` where the folder of a file to be written does not exist.
pub(crate) fn expect_new_file(flag: &str, path: &Path) -> Result<()> {
    expect_file(flag, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !fs::exists(folder)? => {
            Err(Error::usage(format!("{flag} {}: no folder {}", path.display(), folder.display()))
                .hint(format!("create it first: mkdir -p {}", folder.display())))
        }
        _ => Ok(()),
    }
}

fn expect_folders_above(flag: &str, path: &Path) -> Result<()> {
    for above in path.ancestors().skip(1) {
        if !fs::exists(above)? {
            continue;
        }
        if fs::is_dir(above)? {
            break;
        }
        let (path, above) = (path.display(), above.display());
        return Err(
            Error::usage(format!("{flag} {path}: {above} is a file")).hint("name a path whose folders are folders")
        );
    }
    Ok(())
}

/// What to say of a path that leads to nothing.
pub(crate) const NOTHING_THERE: &str = "no such file or folder";

/// Why a file that was named cannot be read, to follow its name.
pub(crate) fn why_unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => NOTHING_THERE.to_owned(),
        io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        // The words of `fs`, such as `it is a pipe, not a file`.
        io::ErrorKind::InvalidInput => error.to_string(),
        _ => format!("it cannot be read: {error}"),
    }
}

/// # Errors
/// `Usage` for a file.
pub(crate) fn expect_query_folder(folder: Option<&Path>) -> Result<()> {
    folder.map_or(Ok(()), |folder| expect_folder("--queries", folder))
}

/// # Errors
/// `Usage` for a store, whose pages are in its raw/.
pub(crate) fn expect_no_store(replay: Option<&Path>) -> Result<()> {
    let Some(path) = replay else { return Ok(()) };
    expect_no_loop("--replay", path)?;
    if !is_store(path)? {
        return Ok(());
    }
    let raw = path.join("raw");
    Err(Error::usage(format!("--replay {} is a store; its pages are in raw/", path.display()))
        .hint(format!("use --replay {}", quoted(&raw.to_string_lossy()))))
}

/// Tables do not go into a store.
///
/// # Errors
/// `Usage` for a path inside one.
pub(crate) fn expect_outside_stores(out: &Path) -> Result<()> {
    refuse_in_store(out, |_| true)
}

/// A report or an answer may lie beside what a store keeps.
///
/// # Errors
/// `Usage` for a path in a folder of a store's own.
pub(crate) fn expect_beside_store(out: &Path) -> Result<()> {
    refuse_in_store(out, |below| {
        let first = below.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned());
        first.is_some_and(|first| {
            ["raw", "runs", "observations", "latest"].contains(&first.as_str()) || first.starts_with('.')
        })
    })
}

fn refuse_in_store(out: &Path, is_taken: impl Fn(&Path) -> bool) -> Result<()> {
    let Some((store, below)) = enclosing_store(out)? else { return Ok(()) };
    if !is_taken(&below) {
        return Ok(());
    }
    Err(Error::usage(format!("--out {} is inside the store {}", out.display(), store.display()))
        .hint("choose a folder outside the store; the next run may remove files inside it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn files_and_folders_are_not_mistaken_for_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, file) = (dir.path().join("folder"), dir.path().join("file"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&file, "").unwrap();
        let (below, round) = (file.join("below"), dir.path().join("round"));
        std::os::unix::fs::symlink("round", &round).unwrap();
        assert!(expect_folder("--store", &folder).is_ok() && expect_file("--out", &file).is_ok());
        assert!(expect_folder("--store", &folder.join("new/deep")).is_ok());
        assert!(expect_file("--out", Path::new("new.html")).is_ok());
        for (error, word) in [
            (expect_folder("--store", &file), "a file, where a folder is needed"),
            (expect_folder("--store", &below), "file is a file"),
            (expect_file("--out", &folder), "a folder, where a file is needed"),
            (expect_file("--out", &below), "file is a file"),
            (expect_folder("--store", &round), "a link that points to itself"),
            (expect_file("--out", &round), "a link that points to itself"),
        ] {
            let error = error.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.message.contains(word) && error.hint.is_some(), "{error}");
        }
    }
}
