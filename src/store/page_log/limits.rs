//! How much a file may unpack to: a few bytes can unpack to any size, and files from elsewhere are opened as well.

use std::io::{Error, ErrorKind, Result};

/// The largest response that can be a page.
pub(crate) const BODY_BYTES: usize = 64 * 1024 * 1024;
/// The longest line: such a page with its fields in the log.
pub(crate) const LINE_BYTES: usize = BODY_BYTES + 1024 * 1024;
/// Frames up to this size are read whole.
pub(crate) const FRAME_BYTES: usize = LINE_BYTES + 1024 * 1024;
/// The most that a file may unpack to.
const FILE_BYTES: u64 = 64 * 1024 * 1024 * 1024;
/// What any file may unpack to, and beyond that how many times its size. (Years of crawls of one account in one file, packed
/// as tightly as zstd can, unpack to a few hundred times their size.)
const FREE_BYTES: u64 = 96 * 1024 * 1024;
const MOST_TIMES: u64 = 1000;

/// Whether `read_bytes` may unpack to `content_bytes`.
pub(crate) fn check(content_bytes: u64, read_bytes: u64) -> Result<()> {
    if content_bytes > FREE_BYTES && content_bytes / MOST_TIMES > read_bytes {
        return Err(too_large(format!("it unpacks to over {MOST_TIMES} times its size")));
    }
    if content_bytes > FILE_BYTES {
        return Err(too_large(format!("it unpacks to over {} GiB", FILE_BYTES >> 30)));
    }
    Ok(())
}

pub(crate) fn too_large(what: String) -> Error {
    Error::new(ErrorKind::FileTooLarge, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_may_unpack_to_is_bounded() {
        for (content, read, fine) in [
            (FREE_BYTES, 1, true),
            (FREE_BYTES + 1, 1, false),
            (FREE_BYTES * 2, FREE_BYTES / 500, true),
            (FILE_BYTES, FILE_BYTES / 10, true),
            (FILE_BYTES + 1, FILE_BYTES / 10, false),
        ] {
            assert_eq!(check(content, read).is_ok(), fine, "{content} of {read}");
        }
    }
}
