//! Debug builds only: `REELFRAME_FAIL_DISK=<n>:<EIO|ENOSPC>` fails the n-th change that the process makes on the disk,
//! counted from 1, and says on stderr which one that was. The ones after it succeed, so that cleaning up can be seen.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const VARIABLE: &str = "REELFRAME_FAIL_DISK";

/// Which change fails, and with which number of the system's.
struct Plan {
    number: u64,
    errno: i32,
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

impl Plan {
    fn from_text(text: &str) -> Option<Self> {
        let (number, name) = text.split_once(':')?;
        let errno = match name {
            "EIO" => EIO,
            "ENOSPC" => ENOSPC,
            _ => return None,
        };
        Some(Self { number: number.parse().ok()?, errno })
    }

    fn of_this_process() -> Option<&'static Self> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let read = || {
            let text = std::env::var(VARIABLE).ok()?;
            Some(Plan::from_text(&text).unwrap_or_else(|| panic!("{VARIABLE}={text} is not <n>:<EIO|ENOSPC>")))
        };
        PLAN.get_or_init(read).as_ref()
    }
}

/// Fails the change if it is the chosen one.
pub fn strike(doing: &str, path: &Path) -> io::Result<()> {
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    let Some(plan) = Plan::of_this_process() else { return Ok(()) };
    if CHANGES.fetch_add(1, Ordering::Relaxed) + 1 != plan.number {
        return Ok(());
    }
    eprintln!("{VARIABLE}: {doing} {}", path.display());
    Err(io::Error::from_raw_os_error(plan.errno))
}

/// The same for a write. A disk that fills up takes a part of it first.
pub fn strike_write(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let struck = strike("write", path);
    if struck.as_ref().is_err_and(|error| error.raw_os_error() == Some(ENOSPC)) {
        file.write_all(&bytes[..bytes.len() / 2])?;
    }
    struck
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_number_and_an_error() {
        let plan = |text| Plan::from_text(text).map(|plan| (plan.number, plan.errno));
        assert_eq!(plan("7:EIO"), Some((7, EIO)));
        assert_eq!(plan("1:ENOSPC"), Some((1, ENOSPC)));
        for wrong in ["", "7", "7:", "x:EIO", "7:EPERM", "-1:EIO"] {
            assert_eq!(plan(wrong), None, "{wrong}");
        }
        assert_eq!(io::Error::from_raw_os_error(ENOSPC).kind(), io::ErrorKind::StorageFull);
    }
}
