//! Where the directories of tests are made.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// In memory where enough of it is free, since the program syncs what it writes to the disk.
pub(super) fn temporary() -> &'static Path {
    const LEAST_FREE_BYTES: u64 = 1 << 31;
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let in_memory = rustix::fs::statvfs("/dev/shm").is_ok_and(|it| it.f_bavail * it.f_frsize > LEAST_FREE_BYTES);
        if in_memory { PathBuf::from("/dev/shm") } else { std::env::temp_dir() }
    });
    &FOLDER
}
