//! `export`: writes tables into a folder.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{InputArgs, OutputArgs, StoreArgs};
use crate::cli::paths::{expect_folder, expect_no_store, expect_outside_stores};
use crate::cli::{closing::close, ending::Ending, words::count};
use crate::error::Result;
use crate::pipeline::export;

const EXAMPLES: &str = "\
Examples:
  reelframe export --out tables/                              all accounts of the store
  reelframe export jane --format xlsx --out jane/             one account as a workbook
  reelframe export --replay pages/ --out tables/              saved pages, without a store";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub store: StoreArgs,

    /// The folder to write into
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: PathBuf,
}

impl ExportArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let replay = self.input.replay.config();
        self.store.check()?;
        expect_no_store(self.input.replay.replay.as_deref())?;
        expect_folder("--out", &self.out)?;
        expect_outside_stores(&self.out)?;
        let store = if replay.is_some() { self.store.open() } else { self.store.existing()? };
        let settings = self.input.settings(self.output.options()?)?;
        let summary = export::export(&store, &settings, replay.as_ref(), &self.out)?;
        let (reels, accounts) = (count(summary.rows, "reel"), count(summary.accounts.len() as u64, "account"));
        close(&summary, format!("{reels} of {accounts} in {}\n", self.out.display()), &store, None, false)
    }
}
