//! Debug builds only: `REELFRAME_FAIL_DISK=<n>:<EIO|ENOSPC|KILL|POWER>` fails the n-th change that the process makes on
//! the disk, counted from 1, or ends the process there as a kill or a power cut would, and names that change on stderr.
//! The changes after a failure succeed, so that tests see the cleanup. `<n>:PLANT` creates a foreign file at the path of
//! the n-th change just before it, if nothing is there yet. `/reels.parquet:HANG` hangs at a change whose path ends with
//! that. `symlink:EPERM` and `hard_link:EXDEV` fail every link, as on a file system without links.
//!
//! `REELFRAME_FAIL_READ=<n>:<EIO|EACCES|ESTALE>` does the same for reads; a text in place of the number fails every read
//! whose path ends with it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fs::power;

const CHANGES_VARIABLE: &str = "REELFRAME_FAIL_DISK";
const READS_VARIABLE: &str = "REELFRAME_FAIL_READ";

/// Which operations fail, and how.
struct FaultPlan {
    which: Which,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    /// It fails with this error number.
    Fails(i32),
    /// The process ends.
    Kill,
    /// The process ends, and what is not durable is lost.
    Power,
    /// A foreign file is created just before.
    Plant,
    /// It never returns.
    Hang,
}

/// The content of the foreign file.
const PLANTED: &str = "somebody's file\n";

#[derive(Debug, PartialEq)]
enum Which {
    /// The n-th, counted from 1.
    Number(u64),
    /// Each that does this, in the words of `write.rs`.
    Every(&'static str),
    /// Each whose path ends with this.
    At(String),
}

/// The exit code that a shell reports for a killed process (128 + SIGKILL).
const KILLED: i32 = 137;

const EPERM: i32 = 1;
const EIO: i32 = 5;
const EACCES: i32 = 13;
const EXDEV: i32 = 18;
const ENOSPC: i32 = 28;
const ESTALE: i32 = 116;

impl FaultPlan {
    fn of_changes(text: &str) -> Option<Self> {
        let (which, name) = text.split_once(':')?;
        let which = match which {
            "symlink" => Which::Every("create the link"),
            "hard_link" => Which::Every("link to"),
            path if path.starts_with('/') => Which::At(path.to_owned()),
            number => Which::Number(number.parse().ok()?),
        };
        let what = match name {
            "EIO" => What::Fails(EIO),
            "ENOSPC" => What::Fails(ENOSPC),
            "EPERM" => What::Fails(EPERM),
            "EXDEV" => What::Fails(EXDEV),
            "KILL" => What::Kill,
            "POWER" => What::Power,
            "PLANT" => What::Plant,
            "HANG" => What::Hang,
            _ => return None,
        };
        Some(Self { which, what })
    }

    fn of_reads(text: &str) -> Option<Self> {
        let (which, name) = text.rsplit_once(':')?;
        let which = match which.parse() {
            Ok(number) => Which::Number(number),
            Err(_) if which.is_empty() => return None,
            Err(_) => Which::At(which.to_owned()),
        };
        let errno = match name {
            "EIO" => EIO,
            "EACCES" => EACCES,
            "ESTALE" => ESTALE,
            _ => return None,
        };
        Some(Self { which, what: What::Fails(errno) })
    }

    fn of_this_process(variable: &str, parse: impl Fn(&str) -> Option<Self>) -> Option<Self> {
        let text = std::env::var(variable).ok()?;
        Some(parse(&text).unwrap_or_else(|| panic!("{variable}={text} is not understood")))
    }

    fn applies_to(&self, doing: &str, path: &Path, counter: &AtomicU64) -> bool {
        let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.which {
            Which::Number(chosen) => number == *chosen,
            Which::Every(what) => doing == *what,
            Which::At(end) => path.to_string_lossy().ends_with(end),
        }
    }
}

/// Fails the read if the plan says so.
pub(super) fn maybe_fail_read(doing: &str, path: &Path) -> io::Result<()> {
    static READS: AtomicU64 = AtomicU64::new(0);
    static PLAN: OnceLock<Option<FaultPlan>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| FaultPlan::of_this_process(READS_VARIABLE, FaultPlan::of_reads));
    match plan.as_ref().filter(|plan| plan.applies_to(doing, path, &READS)) {
        Some(FaultPlan { what: What::Fails(errno), .. }) => {
            eprintln!("{READS_VARIABLE}: {doing} {}", path.display());
            Err(io::Error::from_raw_os_error(*errno))
        }
        _ => Ok(()),
    }
}

/// Fails the change if the plan says so.
pub(super) fn maybe_fail(doing: &str, path: &Path) -> io::Result<()> {
    maybe_fail_after(doing, path, || Ok(()))
}

/// The same for a write: a disk that fills up takes a part of it first, as does one whose writer is killed.
pub(super) fn maybe_fail_write(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    maybe_fail_after("write", path, || file.write_all(&bytes[..bytes.len() / 2]))
}

fn maybe_fail_after(doing: &str, path: &Path, half: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    static PLAN: OnceLock<Option<FaultPlan>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| FaultPlan::of_this_process(CHANGES_VARIABLE, FaultPlan::of_changes));
    if plan.as_ref().is_some_and(|plan| plan.what == What::Power) {
        power::record();
    }
    let Some(plan) = plan.as_ref().filter(|plan| plan.applies_to(doing, path, &CHANGES)) else { return Ok(()) };
    eprintln!("{CHANGES_VARIABLE}: {doing} {}", path.display());
    if !matches!(plan.what, What::Fails(EIO) | What::Plant | What::Hang) {
        half()?;
    }
    match plan.what {
        What::Fails(errno) => Err(io::Error::from_raw_os_error(errno)),
        What::Kill => std::process::exit(KILLED),
        What::Hang => loop {
            std::thread::park();
        },
        What::Power => {
            power::cut(matches!(plan.which, Which::Number(number) if number % 2 == 1))?;
            std::process::exit(KILLED)
        }
        What::Plant => {
            // If something is there already, or its folder is not, nothing is planted.
            drop(File::create_new(path).and_then(|mut file| file.write_all(PLANTED.as_bytes())));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_number_and_an_error() {
        let plan = |text| FaultPlan::of_changes(text).map(|plan| (plan.which, plan.what));
        assert_eq!(plan("7:EIO"), Some((Which::Number(7), What::Fails(EIO))));
        assert_eq!(plan("1:ENOSPC"), Some((Which::Number(1), What::Fails(ENOSPC))));
        assert_eq!(plan("2:KILL"), Some((Which::Number(2), What::Kill)));
        assert_eq!(plan("5:POWER"), Some((Which::Number(5), What::Power)));
        assert_eq!(plan("3:PLANT"), Some((Which::Number(3), What::Plant)));
        assert_eq!(plan("/a.b:HANG"), Some((Which::At("/a.b".into()), What::Hang)));
        assert_eq!(plan("symlink:EPERM"), Some((Which::Every("create the link"), What::Fails(EPERM))));
        assert_eq!(plan("hard_link:EXDEV"), Some((Which::Every("link to"), What::Fails(EXDEV))));
        for wrong in ["", "7", "7:", "x:EIO", "7:ENOENT", "-1:EIO"] {
            assert_eq!(plan(wrong), None, "{wrong}");
        }
        let read = |text| FaultPlan::of_reads(text).map(|plan| (plan.which, plan.what));
        assert_eq!(read("7:EIO"), Some((Which::Number(7), What::Fails(EIO))));
        assert_eq!(
            read("runs/a:b/_SUCCESS:ESTALE"),
            Some((Which::At("runs/a:b/_SUCCESS".into()), What::Fails(ESTALE)))
        );
        for wrong in ["", "7", ":EIO", "7:ENOSPC", "raw:KILL"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let kind = |errno| io::Error::from_raw_os_error(errno).kind();
        assert_eq!(kind(EACCES), io::ErrorKind::PermissionDenied);
        assert_eq!(kind(ENOSPC), io::ErrorKind::StorageFull);
        assert_eq!((kind(EPERM), kind(EXDEV)), (io::ErrorKind::PermissionDenied, io::ErrorKind::CrossesDevices));
    }
}
