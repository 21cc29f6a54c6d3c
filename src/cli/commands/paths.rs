//! Files and folders in each other's place, told before anything is done.

use std::path::Path;

use crate::cli::args::{Command, StoreArgs, TableArgs};
use crate::cli::commands::words::quoted;
use crate::cli::housekeeping::PublishArgs;
use crate::error::{Error, Result};
use crate::fs;
use crate::store::kinds::{enclosing_store, expect_folder, expect_new_file, expect_no_loop, is_store};
use crate::store::layout::Store;

/// Looks at every path that a command was given. `doctor` looks for itself, and says all that it finds; `query` at its
/// store once it knows what is asked.
///
/// # Errors
/// Exit 2 with the flag and what it names.
pub fn check(command: &Command) -> Result<()> {
    check_kinds(command)?;
    let there = |args: &StoreArgs| Store::new(&args.store).check_is_store();
    match command {
        Command::Run(args) | Command::Fetch(args) => Store::new(&args.store.store).with_init(args.init).check_place(),
        Command::Export(args) if args.tables.replay.is_none() => there(&args.store),
        Command::Report(args) => there(&args.store),
        Command::Status(args) => there(&args.store),
        Command::Verify(args) => there(&args.store),
        Command::Rebuild(args) => there(&args.remake.store),
        Command::Compact(args) => there(&args.remake.store),
        Command::Forget(args) => there(&args.remake.store),
        _ => Ok(()),
    }
}

fn check_kinds(command: &Command) -> Result<()> {
    match command {
        Command::Run(args) | Command::Fetch(args) => {
            store(&args.store)?;
            queries(args.queries.as_deref())?;
            replay(&args.tables)
        }
        Command::Export(args) => {
            store(&args.store)?;
            replay(&args.tables)?;
            expect_folder("--out", &args.out)?;
            not_in_a_store(&args.out, |_| true)
        }
        Command::Report(args) => {
            store(&args.store)?;
            queries(args.queries.as_deref())?;
            let Some(out) = &args.out else { return Ok(()) };
            if args.per_account {
                expect_folder("--out", out)?;
            } else {
                let is_folder = fs::is_dir(out)?;
                expect_new_file("--out", out).map_err(|error| match error.hint_text() {
                    Some(hint) if is_folder => {
                        let hint = format!("{hint}; --per-account writes a report for each account into a folder");
                        error.hint(hint)
                    }
                    _ => error,
                })?;
            }
            not_in_a_store(out, is_own)
        }
        Command::Query(args) => {
            store(&args.store)?;
            let Some(out) = &args.out else { return Ok(()) };
            expect_new_file("--out", out)?;
            not_in_a_store(out, is_own)
        }
        Command::Status(args) => store(&args.store),
        Command::Verify(args) => store(&args.store),
        Command::Rebuild(args) => remake(&args.remake),
        Command::Compact(args) => remake(&args.remake),
        Command::Forget(args) => remake(&args.remake),
        Command::Schema(_)
        | Command::Lint(_)
        | Command::Doctor(_)
        | Command::Completions { .. }
        | Command::Man { .. } => Ok(()),
    }
}

fn store(args: &StoreArgs) -> Result<()> {
    expect_folder("--store", &args.store)
}

fn queries(folder: Option<&Path>) -> Result<()> {
    folder.map_or(Ok(()), |folder| expect_folder("--queries", folder))
}

fn remake(args: &PublishArgs) -> Result<()> {
    store(&args.store)?;
    queries(args.queries.as_deref())
}

fn replay(args: &TableArgs) -> Result<()> {
    let Some(path) = args.replay.as_deref() else { return Ok(()) };
    expect_no_loop("--replay", path)?;
    if !is_store(path)? {
        return Ok(());
    }
    let raw = path.join("raw");
    Err(Error::usage(format!("--replay {}: a store, whose pages lie in its raw/", path.display()))
        .hint(format!("name that folder: --replay {}", quoted(&raw.to_string_lossy()))))
}

/// Whether a path below a store is in a folder that the store keeps itself; beside them a report may lie.
fn is_own(below: &Path) -> bool {
    let first = below.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned());
    first.is_some_and(|first| {
        ["raw", "runs", "observations", "latest"].contains(&first.as_str()) || first.starts_with('.')
    })
}

fn not_in_a_store(out: &Path, is_taken: impl Fn(&Path) -> bool) -> Result<()> {
    let Some((store, below)) = enclosing_store(out)? else { return Ok(()) };
    if !is_taken(&below) {
        return Ok(());
    }
    Err(Error::usage(format!("--out {} is inside the store {}", out.display(), store.display()))
        .hint("name a place outside of it: what lies in a store is its own, and may be removed by the next run"))
}
