//! The command line: the program's own flags and its commands. A command's own flags are in its file below `commands/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::args::{AnswerFormat, LogFormat};
use crate::cli::{commands::check::CheckArgs, commands::compact::CompactArgs, commands::completions::CompletionsArgs};
use crate::cli::{commands::doctor::DoctorArgs, commands::export::ExportArgs, commands::fetch::FetchArgs};
use crate::cli::{commands::forget::ForgetArgs, commands::lint::LintArgs, commands::man::ManArgs};
use crate::cli::{commands::merge::MergeArgs, commands::plan::PlanArgs, commands::query::QueryArgs};
use crate::cli::{commands::rebuild::RebuildArgs, commands::report::ReportArgs, commands::run::RunArgs};
use crate::cli::{commands::schema::SchemaArgs, commands::status::StatusArgs, commands::verify::VerifyArgs, exit_code};

/// Exports public Instagram reels to Parquet, CSV and a readable report.
#[derive(Debug, Parser)]
#[command(name = "reelframe", version, max_term_width = 100, after_help = after_help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Log only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Logging")]
    pub quiet: bool,

    /// Increase verbosity (-v debug, -vv trace)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Logging")]
    pub verbose: u8,

    /// human: text; json: one JSON object per line on stderr, and a summary object on stdout
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human, help_heading = "Logging")]
    pub log_format: LogFormat,

    /// Config file [default: the one that REELFRAME_CONFIG names, else ./reelframe.toml, if present; a file that was not
    /// named cannot set base_url, api_key_file or paths outside its folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What is wrong with the environment.
    #[arg(skip)]
    pub warnings: Vec<String>,

    /// The config files that were read, the one that takes precedence first.
    #[arg(skip)]
    pub config_files: Vec<String>,

    /// The flags whose values come from a setting, each with where it was set.
    #[arg(skip)]
    pub(crate) in_force: BTreeMap<String, String>,
}

const SETTINGS_HELP: &str = "\
Every flag but --config, --init, --yes, --log, --from-run, --rollback, --accept-loss and -v can also be set in the \
environment (REELFRAME_CONCURRENCY=3), in the config file (concurrency = 3) and in \
$XDG_CONFIG_HOME/reelframe/config.toml [~/.config/reelframe/config.toml]; the first source that sets it wins. \
--format and --out of a single command are set as report_format, query_out and so on. \
The API key comes from AISA_API_KEY or --api-key-file.

Examples:
  reelframe run jane john              fetch two accounts, publish tables and a report
  reelframe run --replay pages/        the same from saved pages: no key, no cost
  reelframe report                     print the report of the latest run
  reelframe query top_reels            run a built-in query";

fn after_help() -> String {
    format!("{SETTINGS_HELP}\n\n{}", exit_code::in_words())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch pages, build the tables and the report, and publish the run
    Run(RunArgs),
    /// Only fetch pages into raw/; build nothing
    Fetch(FetchArgs),
    /// Write tables from a store, or directly from pages, into a folder
    Export(ExportArgs),
    /// Print the report of the latest run
    Report(ReportArgs),
    /// Run a SQL query on the latest run
    Query(QueryArgs),
    /// Describe every table and column
    Schema(SchemaArgs),
    /// Check Parquet files against the portable profile
    Lint(LintArgs),
    /// Show each account: last crawl, unpublished pages, observations, cost of the next crawl
    Status(StatusArgs),
    /// Verify checksums of runs and pages, and that rebuilding raw/ yields the same tables
    Verify(VerifyArgs),
    /// Check that the latest run is recent and complete, for schedulers (exit 4 if not)
    Check(CheckArgs),
    /// Rebuild tables, report and observations from raw/ (no network)
    Rebuild(RebuildArgs),
    /// Merge the observation files of each month into one
    Compact(CompactArgs),
    /// Remove an account: its pages, its observations, and its rows from the next tables
    Forget(ForgetArgs),
    /// Show how accounts are split over shards, and what each of them is expected to fetch
    Plan(PlanArgs),
    /// Take the pages of other stores, such as those of shards, and publish a run of them (no network)
    Merge(MergeArgs),
    /// Check API key, store, latest run and network (free of charge)
    Doctor(DoctorArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the man page of the program, or of one command
    Man(ManArgs),
}

impl Command {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Fetch(_) => "fetch",
            Self::Export(_) => "export",
            Self::Report(_) => "report",
            Self::Query(_) => "query",
            Self::Schema(_) => "schema",
            Self::Lint(_) => "lint",
            Self::Status(_) => "status",
            Self::Verify(_) => "verify",
            Self::Rebuild(_) => "rebuild",
            Self::Compact(_) => "compact",
            Self::Forget(_) => "forget",
            Self::Check(_) => "check",
            Self::Plan(_) => "plan",
            Self::Merge(_) => "merge",
            Self::Doctor(_) => "doctor",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Whether stdout is what was asked for: it is printed even with `--quiet`, and nothing else goes there.
    pub(crate) fn has_data_on_stdout(&self) -> bool {
        match self {
            Self::Report(args) => args.out.is_none(),
            Self::Query(args) => args.out.is_none(),
            Self::Export(args) => args.stdout.is_some(),
            // The table is for people; rows in another form are for programs.
            Self::Status(args) => !matches!(args.format, AnswerFormat::Table),
            Self::Plan(args) => !matches!(args.format, AnswerFormat::Table),
            Self::Schema(_) | Self::Completions(_) | Self::Man(_) => true,
            _ => false,
        }
    }
}
