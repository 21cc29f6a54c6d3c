//! Names with a meaning: `.partial` is not whole yet, and a leading dot hides a file from readers of folders.

use std::path::{Path, PathBuf};

pub(crate) const PARTIAL: &str = ".partial";

pub(crate) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

pub(crate) fn is_partial(path: &Path) -> bool {
    path.to_string_lossy().ends_with(PARTIAL)
}

/// The name that a file has until it is whole.
pub(crate) fn partial_of(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    path.as_mut_os_string().push(PARTIAL);
    path
}
