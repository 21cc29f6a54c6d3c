//! Checks of paths that the user gives: is it a file, is it a folder, is it inside a store?

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::store::marker::MARKER;

/// # Errors
/// `Usage` if links point to each other in a loop.
pub fn expect_no_loop(flag: &str, path: &Path) -> Result<()> {
    let is_loop = |error: io::Error| error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    if fs::metadata_of(path).is_err_and(is_loop) {
        return Err(Error::usage(format!("{flag} {}: a link that points to itself", path.display()))
            .hint("name the file or the folder itself"));
    }
    Ok(())
}

/// # Errors
/// `Usage` if the path, or one above it, is a file. An absent path is fine.
pub fn expect_folder(flag: &str, path: &Path) -> Result<()> {
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
/// `Usage` if the path is a folder, or one above it is a file. An absent path is fine.
pub fn expect_file(flag: &str, path: &Path) -> Result<()> {
    expect_no_loop(flag, path)?;
    if fs::is_dir(path)? {
        return Err(Error::usage(format!("{flag} {}: a folder, where a file is needed", path.display()))
            .hint(format!("name a file, such as {}", path.join("NAME").display())));
    }
    expect_folders_above(flag, path)
}

/// # Errors
/// As [`expect_file`], and `Usage` if the folder of a file that is to be written does not exist.
pub fn expect_new_file(flag: &str, path: &Path) -> Result<()> {
    expect_file(flag, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) if !fs::exists(folder)? => {
            Err(Error::usage(format!("{flag} {}: no folder {}", path.display(), folder.display()))
                .hint(format!("make that folder first: mkdir -p {}", folder.display())))
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

/// Whether a folder is a store: it has a marker, or pages together with runs or a lock.
pub fn is_store(dir: &Path) -> Result<bool> {
    Ok(fs::is_file(&dir.join(MARKER))?
        || fs::is_dir(&dir.join("raw"))? && (fs::is_dir(&dir.join("runs"))? || fs::is_file(&dir.join(".lock"))?))
}

/// The store that a path is or is inside of, whether or not the path exists; and the path below the store.
pub fn enclosing_store(path: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
    let mut absolute = std::path::absolute(path).map_err(|error| Error::disk("look at", path, error))?;
    // The path may go through a link: `latest` points into runs/.
    let mut below = Vec::new();
    let mut real = loop {
        if let Some(real) = fs::real_path(&absolute)? {
            break real;
        }
        let Some(name) = absolute.file_name() else { return Ok(None) };
        below.push(name.to_owned());
        absolute.pop();
    };
    real.extend(below.iter().rev());
    for dir in real.ancestors() {
        if is_store(dir)? {
            return Ok(Some((dir.to_owned(), real.strip_prefix(dir).unwrap_or(Path::new("")).to_owned())));
        }
    }
    Ok(None)
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

    #[test]
    fn a_path_inside_a_store_is_recognized_even_through_a_link_or_if_absent() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("reels");
        std::fs::create_dir_all(store.join("raw/maple")).unwrap();
        std::fs::create_dir_all(store.join("runs/one")).unwrap();
        std::os::unix::fs::symlink("runs/one", store.join("latest")).unwrap();
        std::os::unix::fs::symlink(store.join("latest"), dir.path().join("link")).unwrap();
        let real = store.canonicalize().unwrap();
        for (inside, below) in [
            ("reels", ""),
            ("reels/raw", "raw"),
            ("reels/raw/maple/new", "raw/maple/new"),
            ("reels/latest", "runs/one"),
            ("link/new/deep", "runs/one/new/deep"),
            ("reels/../reels/x", "x"),
        ] {
            let found = enclosing_store(&dir.path().join(inside)).unwrap();
            assert_eq!(found, Some((real.clone(), below.into())), "{inside}");
        }
        for outside in ["", "new", "reels2"] {
            assert_eq!(enclosing_store(&dir.path().join(outside)).unwrap(), None, "{outside}");
        }
        // A folder called raw does not make the one above it a store.
        std::fs::create_dir_all(dir.path().join("photos/raw")).unwrap();
        assert!(!is_store(&dir.path().join("photos")).unwrap());
    }
}
