//! Remembers whether this process has found the disk full.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static WAS_FULL: AtomicBool = AtomicBool::new(false);

/// Whether this process has found the disk full. Libraries that write for us report some errors as text only, so that the
/// error itself cannot always tell.
pub(crate) fn was_full() -> bool {
    WAS_FULL.load(Ordering::Relaxed)
}

pub(super) fn note(error: io::Error) -> io::Error {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        WAS_FULL.store(true, Ordering::Relaxed);
    }
    error
}
