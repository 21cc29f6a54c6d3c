//! `merge`: the pages of other stores in one store, and a run of them.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{InitArgs, OutputArgs, RepublishArgs, monitoring::MonitoringArgs};
use crate::cli::{
    closing::close,
    ending::Ending,
    paths::{expect_folder, expect_query_folder},
    words::count,
};
use crate::config::Settings;
use crate::error::Result;
use crate::pipeline::{merge, outcome::Publication};
use crate::store::layout::Store;

const EXAMPLES: &str = "\
Examples:
  reelframe merge shards/1 shards/2 shards/3          the pages of three shards, and a run of them
  reelframe merge shards/* --store all --skip-code    exit 99 if no shard has new pages";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MergeArgs {
    /// The stores whose pages are taken; they stay as they are
    #[arg(value_name = "STORE", required = true)]
    pub stores: Vec<PathBuf>,

    #[command(flatten)]
    pub run: RepublishArgs,
    #[command(flatten)]
    pub init: InitArgs,
    #[command(flatten)]
    pub output: OutputArgs,

    #[command(flatten)]
    pub monitoring: MonitoringArgs,

    /// Exit with 99 if there is nothing new
    #[arg(long, help_heading = "Output")]
    pub skip_code: bool,
}

impl MergeArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let options = self.run.options();
        self.run.store.check()?;
        self.monitoring.check()?;
        self.stores.iter().try_for_each(|store| expect_folder("STORE", store))?;
        expect_query_folder(options.queries.as_deref())?;
        let store = self.run.store.open().with_init(self.init.init);
        store.check_place()?;
        let settings = Settings {
            keep_runs: options.keep_runs,
            queries: options.queries,
            accept_loss: options.accept_loss,
            ..Settings::new(self.output.options()?)
        };
        let stores: Vec<Store> = self.stores.iter().map(|root| Store::new(root)).collect();
        let (summary, logs) = merge::merge(&store, &settings, &stores, options.run_id.as_deref())?;
        let merged = format!("{} of {}", count(logs, "new page log"), count(stores.len() as u64, "store"));
        let text = match &summary.publication {
            Publication::New(dir) => format!("{}\n{merged} · {}\n", summary.terminal, dir.display()),
            _ => format!("{merged}: no run was published\n"),
        };
        let skip = self.skip_code && !summary.publication.is_new();
        close(&summary, text, &store, None, skip)?.fact("logs", logs)
    }
}
