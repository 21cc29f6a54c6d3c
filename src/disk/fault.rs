//! Debug builds only: `REELFRAME_FAIL_DISK=<n>:<EIO|ENOSPC|KILL>` fails the n-th change that the process makes on the
//! disk, counted from 1, or ends the process there as a kill would, and says on stderr which one that was. The ones after
//! a failure succeed, so that cleaning up can be seen. `symlink:EPERM` and `hard_link:EXDEV` fail every one of these, as
//! a file system does that has no links.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const VARIABLE: &str = "REELFRAME_FAIL_DISK";

/// Which change fails, and with which number of the system's; `None` ends the process.
struct Plan {
    which: Which,
    errno: Option<i32>,
}

#[derive(Debug, PartialEq)]
enum Which {
    /// The n-th, counted from 1.
    Number(u64),
    /// Each that does this, in the words of `disk.rs`.
    Every(&'static str),
}

/// What a shell says of a process that was killed (128 + SIGKILL).
const KILLED: i32 = 137;

const EPERM: i32 = 1;
const EIO: i32 = 5;
const EXDEV: i32 = 18;
const ENOSPC: i32 = 28;

impl Plan {
    fn from_text(text: &str) -> Option<Self> {
        let (which, name) = text.split_once(':')?;
        let which = match which {
            "symlink" => Which::Every("create the link"),
            "hard_link" => Which::Every("link to"),
            number => Which::Number(number.parse().ok()?),
        };
        let errno = match name {
            "EIO" => Some(EIO),
            "ENOSPC" => Some(ENOSPC),
            "EPERM" => Some(EPERM),
            "EXDEV" => Some(EXDEV),
            "KILL" => None,
            _ => return None,
        };
        Some(Self { which, errno })
    }

    fn of_this_process() -> Option<&'static Self> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let read = || {
            let text = std::env::var(VARIABLE).ok()?;
            Some(
                Plan::from_text(&text)
                    .unwrap_or_else(|| panic!("{VARIABLE}={text} is not <n|symlink|hard_link>:<errno|KILL>")),
            )
        };
        PLAN.get_or_init(read).as_ref()
    }
}

/// Fails the change if it is the chosen one.
pub fn strike(doing: &str, path: &Path) -> io::Result<()> {
    strike_after(doing, path, || Ok(()))
}

/// The same for a write. A disk that fills up takes a part of it first, and so does one whose writer is killed.
pub fn strike_write(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    strike_after("write", path, || file.write_all(&bytes[..bytes.len() / 2]))
}

fn strike_after(doing: &str, path: &Path, half: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    let Some(plan) = Plan::of_this_process() else { return Ok(()) };
    let number = CHANGES.fetch_add(1, Ordering::Relaxed) + 1;
    let is_chosen = match plan.which {
        Which::Number(chosen) => number == chosen,
        Which::Every(what) => doing == what,
    };
    if !is_chosen {
        return Ok(());
    }
    eprintln!("{VARIABLE}: {doing} {}", path.display());
    if plan.errno != Some(EIO) {
        half()?;
    }
    match plan.errno {
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
        None => std::process::exit(KILLED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_number_and_an_error() {
        let plan = |text| Plan::from_text(text).map(|plan| (plan.which, plan.errno));
        assert_eq!(plan("7:EIO"), Some((Which::Number(7), Some(EIO))));
        assert_eq!(plan("1:ENOSPC"), Some((Which::Number(1), Some(ENOSPC))));
        assert_eq!(plan("2:KILL"), Some((Which::Number(2), None)));
        assert_eq!(plan("symlink:EPERM"), Some((Which::Every("create the link"), Some(EPERM))));
        assert_eq!(plan("hard_link:EXDEV"), Some((Which::Every("link to"), Some(EXDEV))));
        for wrong in ["", "7", "7:", "x:EIO", "7:ENOENT", "-1:EIO"] {
            assert_eq!(plan(wrong), None, "{wrong}");
        }
        let kind = |errno| io::Error::from_raw_os_error(errno).kind();
        assert_eq!(kind(ENOSPC), io::ErrorKind::StorageFull);
        assert_eq!((kind(EPERM), kind(EXDEV)), (io::ErrorKind::PermissionDenied, io::ErrorKind::CrossesDevices));
    }
}
