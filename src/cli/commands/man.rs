//! `man`: the man page of the program, or of one command.

use clap::{Args, Command};

use crate::cli::ending::{Ending, print};
use crate::error::{Error, Result};

const EXAMPLES: &str = "\
Examples:
  reelframe man | man -l -                                    read the page
  reelframe man run > reelframe-run.1                         the page of one command, into a file";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ManArgs {
    /// The command [default: the program]
    pub command: Option<String>,
}

impl ManArgs {
    pub(crate) fn execute(&self, mut program: Command) -> Result<Ending> {
        program.build();
        let command = match &self.command {
            Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
                Error::usage(format!("'{name}' is not a command")).hint("`reelframe help` lists the commands")
            })?,
            None => program,
        };
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(Error::unexpected)?;
        print(&String::from_utf8_lossy(&page))?;
        Ok(Ending::done(""))
    }
}
