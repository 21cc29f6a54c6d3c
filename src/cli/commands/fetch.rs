//! `fetch`: pages into raw/, and nothing else.

use clap::Args;

use crate::cli::closing::{Again, close, fetched_line, idle, on_a_full_disk, published, reused_lines, with_cost};
use crate::cli::words::{command, count};
use crate::cli::{args::fetching::FetchingArgs, controls::controls, dry_run::dry_run, ending::Ending, progress::Bar};
use crate::config::Settings;
use crate::error::{ErrorKind, Result};
use crate::formats::options::{Format, Options};
use crate::pipeline::run;

const EXAMPLES: &str = "\
Examples:
  reelframe fetch jane                                        fetch every page of one account
  reelframe fetch --accounts accounts.csv --max-calls 500     at most 500 requests
  reelframe rebuild                                           build the tables from what was fetched";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FetchArgs {
    #[command(flatten)]
    pub fetching: FetchingArgs,
}

impl FetchArgs {
    pub(crate) fn execute(&self, bar: &Bar) -> Result<Ending> {
        let args = &self.fetching;
        let store = args.checked_store()?;
        store.check_place()?;
        // Of a replay, the formats are part of the run id: those of `run` by default.
        let settings = args.input.settings(Options::new(&[Format::Parquet, Format::Csv]))?;
        let settings = Settings { accept_loss: args.to.accept_loss, ..settings };
        let Some(settings) = args.of_shard(settings) else { return idle(args, &store) };
        let source = args.source()?;
        let run_id = args.to.run_id.as_deref();
        if args.cost.dry_run {
            return dry_run(&store, &settings, &source, run_id);
        }
        let runs_before = published(&store);
        let summary = run::fetch_only(&store, &settings, &source, run_id, &controls(&source, bar)?)
            .map_err(|error| on_a_full_disk(error, args, &store, &runs_before))?;
        let (summary, cost) = with_cost(summary, &source);
        let mut text = match summary.failure() {
            None | Some(ErrorKind::Partial) => String::new(),
            Some(ErrorKind::Interrupted | ErrorKind::Terminated) => "stopped: ".to_owned(),
            _ => "failed: ".to_owned(),
        };
        let pages = count(summary.pages, "new page");
        text.push_str(&format!("{pages} in {}\n{}", store.raw_dir().display(), fetched_line(&summary)));
        text.push_str(&cost);
        text.push_str(&reused_lines(&summary));
        if summary.pages > 0 {
            text.push_str(&format!("\nBuild   {}\n", command("rebuild", &store)));
        }
        close(&summary, text, &store, Some(Again::of(args)), args.to.skip_code && summary.pages == 0)
    }
}
