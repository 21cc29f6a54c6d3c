//! Whether this process has met a full disk.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static WAS_FULL: AtomicBool = AtomicBool::new(false);

/// Whether this process has met a full disk. Libraries that write for us hand on some errors as mere texts, so that the
/// error at hand cannot always tell.
pub fn was_full() -> bool {
    WAS_FULL.load(Ordering::Relaxed)
}

pub fn note(error: io::Error) -> io::Error {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        WAS_FULL.store(true, Ordering::Relaxed);
    }
    error
}
