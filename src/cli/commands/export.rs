//! `export`: writes tables into a folder.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{InputArgs, OutputArgs, StoreArgs, scope::ScopeArgs};
use crate::cli::paths::{expect_folder, expect_no_store, expect_outside_stores};
use crate::cli::{closing::close, ending::Ending, words::count};
use crate::error::Result;
use crate::pipeline::export;

const FROM: &str = "Only the reels posted on this day or later, in each account's time zone; the figures in their rows are those \
    that they have among all reels";
const TO: &str = "Only the reels posted on this day or earlier";
const ACCOUNT: &str = "Only this account; the same as naming it without the flag; repeat for more";

const EXAMPLES: &str = "\
Examples:
  reelframe export --out tables/                              all accounts of the store
  reelframe export jane --format xlsx --out jane/             one account as a workbook
  reelframe export jane --from 2026-08-01 --to 2026-08-31 --out august/
  reelframe export --replay pages/ --out tables/              saved pages, without a store";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("account", |arg| arg.help(ACCOUNT)))]
#[command(mut_arg("from", |arg| arg.help(FROM)), mut_arg("to", |arg| arg.help(TO)))]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub within: ScopeArgs,
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
        let days = self.within.days()?;
        let settings = self.input.settings_with(&self.within.account, self.output.options()?)?;
        let summary = export::export(&store, &settings, replay.as_ref(), days, &self.out)?;
        if let Some(days) = days.text().filter(|_| summary.reels == 0) {
            tracing::warn!("no reel was posted {days}: the tables of reels are empty");
        }
        let (reels, accounts) = (count(summary.reels, "reel"), count(summary.accounts.len() as u64, "account"));
        close(&summary, format!("{reels} of {accounts} in {}\n", self.out.display()), &store, None, false)
    }
}
