//! Whether a folder is a store, and whether a path is inside one.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::fs;
use crate::store::marker::MARKER;

/// Whether a folder is a store: it has a marker, or pages together with runs or a lock.
pub(crate) fn is_store(dir: &Path) -> Result<bool> {
    Ok(fs::is_file(&dir.join(MARKER))?
        || fs::is_dir(&dir.join("raw"))? && (fs::is_dir(&dir.join("runs"))? || fs::is_file(&dir.join(".lock"))?))
}

/// The store that a path is or is inside of, whether or not the path exists; and the path below the store.
pub(crate) fn enclosing_store(path: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
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
