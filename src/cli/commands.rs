//! The commands: each takes what was typed to the room that does it and returns what is to be said. stdout is data.

pub mod asking;
pub mod checking;
pub mod doctor;
pub mod dry_run;
pub mod ending;
pub mod housekeeping;
pub mod paths;
pub mod reporting;
pub mod running;
pub mod words;

use crate::cli::args::{Cli, Command};
use crate::cli::commands::ending::Ending;
use crate::cli::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::fs;

/// Does what was asked.
///
/// # Errors
/// What kept the command from its end; [`Ending::failed`] says it.
pub fn run(cli: &Cli, progress: &Progress) -> Result<Ending> {
    cli.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let checked = paths::check(&cli.command);
    checked.and_then(|()| carry_out(cli, progress)).map_err(|error| cli.blame(on_a_full_disk(error)))
}

/// Where the command itself did not say what is left.
fn on_a_full_disk(error: Error) -> Error {
    if error.kind != ErrorKind::Disk || error.hint.is_some() || !fs::was_full() {
        return error;
    }
    error.hint("the disk is full: free some space and run the command again; pages and published runs are kept")
}

fn carry_out(cli: &Cli, progress: &Progress) -> Result<Ending> {
    match &cli.command {
        Command::Run(args) => running::run(args, progress),
        Command::Fetch(args) => running::fetch(args, progress),
        Command::Export(args) => running::export(args),
        Command::Report(args) => reporting::report(args),
        Command::Query(args) => asking::query(args),
        Command::Schema(args) => asking::print_schema(args),
        Command::Lint(args) => checking::lint(args),
        Command::Status(args) => housekeeping::status(args),
        Command::Verify(args) => housekeeping::verify(args),
        Command::Rebuild(args) => housekeeping::rebuild(args),
        Command::Compact(args) => housekeeping::compact(args),
        Command::Forget(args) => housekeeping::forget(args, cli.log_format),
        Command::Doctor(args) => checking::examine(args, &cli.config_files),
        Command::Completions { shell } => asking::completions(*shell),
        Command::Man { command } => asking::man(command.as_deref()),
    }
}
