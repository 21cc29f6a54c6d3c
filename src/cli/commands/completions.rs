//! `completions`: a script for a shell.

use clap::{Args, Command};

use crate::cli::ending::{Ending, print};
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  reelframe completions bash > ~/.local/share/bash-completion/completions/reelframe";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl CompletionsArgs {
    pub(crate) fn execute(&self, mut program: Command) -> Result<Ending> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "reelframe", &mut script);
        print(&String::from_utf8_lossy(&script))?;
        Ok(Ending::done(""))
    }
}
