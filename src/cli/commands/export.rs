//! `export`: writes tables into a folder, or one table to stdout.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;

use crate::cli::args::{InputArgs, OutputArgs, StoreArgs, scope::ScopeArgs};
use crate::cli::paths::{expect_folder, expect_no_store, expect_outside_stores};
use crate::cli::{closing::close, ending::Ending, output, values::OneOf, words::count};
use crate::config::{DayRange, ReplayConfig, Settings};
use crate::error::{Error, Result};
use crate::formats::options::{Format, Layout, Options};
use crate::formats::writer::STREAMED;
use crate::pipeline::{export, summary::Summary};
use crate::schema::column::Table;
use crate::store::layout::Store;

const FROM: &str = "Only the reels posted on this day or later, in each account's time zone; the figures in their rows are those \
    that they have among all reels";
const TO: &str = "Only the reels posted on this day or earlier";
const ACCOUNT: &str = "Only this account; the same as naming it without the flag; repeat for more";

const EXAMPLES: &str = "\
Examples:
  reelframe export --out tables/                              all accounts of the store
  reelframe export jane --format xlsx --out jane/             one account as a workbook
  reelframe export jane --from 2026-08-01 --to 2026-08-31 --out august/
  reelframe export --replay pages/ --out tables/              saved pages, without a store
  reelframe export --layout folders --format parquet --out lake/
  reelframe export --table reels --stdout arrow | program     one table, while it is made";

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
    pub out: Option<PathBuf>,

    /// Files beside each other, or a folder for each table, which holds one format: what warehouses read
    #[arg(long, value_name = "LAYOUT", default_value = "flat", help_heading = "Output")]
    #[arg(value_parser = OneOf::new(&Layout::ALL, Layout::name))]
    pub layout: Layout,

    /// Write one table to stdout instead, while it is made; look at the exit code before you use it
    #[arg(long, value_name = "FORMAT", help_heading = "Output", requires = "table", conflicts_with_all = ["out", "format"])]
    #[arg(value_parser = OneOf::new(&STREAMED, Format::name))]
    pub stdout: Option<Format>,

    /// The table for --stdout
    #[arg(long, value_name = "TABLE", help_heading = "Output", requires = "stdout")]
    #[arg(value_parser = OneOf::new(&Table::ALL, Table::name))]
    pub table: Option<Table>,
}

/// Delta tables are beside the runs of a store; a config file may name them for `run`.
fn without_delta(mut output: Options) -> Result<Options> {
    let named = output.formats.len();
    output.formats.retain(|format| *format != Format::Delta);
    if output.formats.is_empty() {
        return Err(Error::usage("--format delta: an export has no Delta tables, a store has")
            .hint("use it with `reelframe run`, or add --format parquet"));
    }
    if output.formats.len() < named {
        tracing::warn!("delta is left out: an export has no Delta tables, a store has");
    }
    Ok(output)
}

impl ExportArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let replay = self.input.replay.config();
        self.store.check()?;
        expect_no_store(self.input.replay.replay.as_deref())?;
        // A folder may come from a config file: what was typed counts.
        let stream = self.table.zip(self.stdout);
        if let Some(out) = self.out.as_ref().filter(|_| stream.is_none()) {
            expect_folder("--out", out)?;
            expect_outside_stores(out)?;
        }
        let store = if replay.is_some() { self.store.open() } else { self.store.existing()? };
        let days = self.within.days()?;
        let output = Options { layout: self.layout, ..without_delta(self.output.options()?)? };
        if stream.is_none() && self.layout == Layout::Folders && output.formats.len() != 1 {
            return Err(Error::usage("--layout folders needs one format: readers take all files of a folder")
                .hint("add --format parquet"));
        }
        let settings = self.input.settings_with(&self.within.account, output)?;
        let (summary, text) = match (&self.out, stream) {
            (_, Some(what)) => (self.stream(&store, &settings, replay.as_ref(), days, what)?, String::new()),
            (Some(out), None) => {
                let summary = export::export(&store, &settings, replay.as_ref(), days, out)?;
                let (reels, accounts) = (count(summary.reels, "reel"), count(summary.accounts.len() as u64, "account"));
                (summary, format!("{reels} of {accounts} in {}\n", out.display()))
            }
            (None, None) => {
                return Err(Error::usage("--out is missing: where to write the tables")
                    .hint("name a folder, or write one table to stdout: --table reels --stdout csv"));
            }
        };
        if let Some(days) = days.text().filter(|_| stream.is_none() && summary.reels == 0) {
            tracing::warn!("no reel was posted {days}: the tables of reels are empty");
        }
        close(&summary, text, &store, None, false)
    }

    /// A reader that has closed the stream has all that it wants.
    fn stream(
        &self,
        store: &Store,
        settings: &Settings,
        replay: Option<&ReplayConfig>,
        days: DayRange,
        (table, format): (Table, Format),
    ) -> Result<Summary> {
        if format == Format::Arrow && output::stdout_is_a_terminal() {
            return Err(Error::usage("--stdout arrow is not for a terminal").hint("send it to a program or a file"));
        }
        let (stream, is_closed) = output::stream();
        match export::export_stream(store, settings, replay, days, (table, format), stream) {
            Err(_) if is_closed.load(Ordering::Relaxed) => Ok(Summary::new("")),
            streamed => streamed,
        }
    }
}
