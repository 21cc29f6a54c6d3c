//! The commands, one file each with its flags: `execute` does the work and returns what to say. stdout is data.

pub(crate) mod check;
pub(crate) mod compact;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod forget;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod merge;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod rebuild;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod status;
pub(crate) mod verify;

use clap::CommandFactory;

use crate::cli::command_line::{Cli, Command};
use crate::cli::{ending::Ending, progress::Bar, settings::fault};
use crate::error::{Error, ErrorKind, Result};
use crate::fs;

/// Executes a command.
///
/// # Errors
/// Why the command failed, with settings named in place of the flags whose values they gave.
pub(crate) fn run(cli: &Cli, bar: &Bar) -> Result<Ending> {
    cli.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    execute(cli, bar).map_err(|error| fault::blame(on_a_full_disk(error), &cli.in_force))
}

fn execute(cli: &Cli, bar: &Bar) -> Result<Ending> {
    match &cli.command {
        Command::Run(args) => args.execute(bar),
        Command::Fetch(args) => args.execute(bar),
        Command::Export(args) => args.execute(),
        Command::Report(args) => args.execute(),
        Command::Query(args) => args.execute(),
        Command::Schema(args) => args.execute(),
        Command::Lint(args) => args.execute(),
        Command::Status(args) => args.execute(),
        Command::Verify(args) => args.execute(),
        Command::Rebuild(args) => args.execute(),
        Command::Compact(args) => args.execute(),
        Command::Forget(args) => args.execute(cli.log_format),
        Command::Check(args) => args.execute(),
        Command::Plan(args) => args.execute(),
        Command::Merge(args) => args.execute(),
        Command::Doctor(args) => args.execute(&cli.config_files),
        Command::Completions(args) => args.execute(Cli::command()),
        Command::Man(args) => args.execute(Cli::command()),
    }
}

/// Where the command itself did not say what is kept.
fn on_a_full_disk(error: Error) -> Error {
    if error.kind != ErrorKind::Disk || error.hint.is_some() || !fs::was_full() {
        return error;
    }
    error.hint("the disk is full: free some space and run the command again; pages and published runs are kept")
}
