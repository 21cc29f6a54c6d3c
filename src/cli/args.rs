//! What the user typed, and how it becomes what will be done: flag > environment > config files > default.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::csv::CsvArgs;
use crate::cli::housekeeping::{CompactArgs, ForgetArgs, RebuildArgs, StatusArgs, VerifyArgs};
use crate::cli::report::ReportArgs;
use crate::cli::settings::fault;
use crate::cli::values::{
    parse_age, parse_compression, parse_format, parse_run_id, parse_since, parse_text, parse_time, parse_zone,
};
use crate::cli::{exit_code, hints};
use crate::config::accounts::{AccountRequest, parse_account};
use crate::config::accounts_file::parse_accounts_file;
use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, Result};
use crate::formats::options::{Compression, Format, Options};
use crate::fs;
use crate::store::kinds::expect_file;

/// Turns public Instagram reels into typed Parquet and CSV tables and reports.
#[derive(Debug, Parser)]
#[command(name = "reelframe", version, max_term_width = 100, after_help = after_help())]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    /// Say less: only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// human: text; json: one JSON object a line on stderr, and the summary as one on stdout
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human)]
    pub log_format: LogFormat,

    /// Config file [default: the one that REELFRAME_CONFIG names, else ./reelframe.toml, if present, which may not set
    /// base_url, api_key_file or paths outside of its folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What is wrong with the environment.
    #[arg(skip)]
    pub warnings: Vec<String>,

    /// The config files that were read, the one that counts most first.
    #[arg(skip)]
    pub config_files: Vec<String>,

    /// The flags that a setting stands behind, each with where that is.
    #[arg(skip)]
    pub(crate) in_force: BTreeMap<String, String>,
}

impl Cli {
    /// An error that names a flag names the setting instead where that is what the flag's value came from.
    pub fn blame(&self, error: Error) -> Error {
        Error { message: fault::blamed(&hints::message(&error), &self.in_force), parameter: None, ..error }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Human,
    Json,
}

const SETTINGS_HELP: &str = "\
Every flag but --config, --yes, --log, --from-run, --rollback and -v can also be set in the environment \
(REELFRAME_CONCURRENCY=3), in the config file (concurrency = 3), and in $XDG_CONFIG_HOME/reelframe/config.toml \
[~/.config/reelframe/config.toml]; the first of these that sets it counts. --format and --out of one command are report_format, query_out and so on. \
The API key comes from AISA_API_KEY or --api-key-file.";

fn after_help() -> String {
    format!("{SETTINGS_HELP}\n\n{}", exit_code::in_words())
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fetch pages, make tables and a report, publish them
    Run(RunArgs),
    /// Fetch pages into the store's raw/ and stop there
    Fetch(RunArgs),
    /// Write tables from a store, or straight from pages, into a folder
    Export(ExportArgs),
    /// Print the report of the newest run
    Report(ReportArgs),
    /// Ask the newest run's tables a question in SQL
    Query(QueryArgs),
    /// Describe every table and column
    Schema(SchemaArgs),
    /// Hold Parquet files against what every BI tool reads
    Lint(LintArgs),
    /// Show how each account stands: last walk, what waits, readings, what a walk would cost
    Status(StatusArgs),
    /// Check the hashes of runs and pages, and that the tables are what the pages give
    Verify(VerifyArgs),
    /// Make tables, report and observations again from the stored pages; makes no request
    Rebuild(RebuildArgs),
    /// Merge the observation files of each month into one
    Compact(CompactArgs),
    /// Remove an account: its pages, its observations, and its rows from the next tables
    Forget(ForgetArgs),
    /// Check key, store, newest run and network; makes no paid request
    Doctor(RunArgs),
    /// Print completions for a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the man page of the program, or of one command
    Man { command: Option<String> },
}

#[derive(Debug, Args)]
pub struct StoreArgs {
    /// The folder that holds pages and runs
    #[arg(long, value_name = "DIR", default_value = "reels")]
    pub store: PathBuf,
}

/// Accounts and what their tables look like.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// Handles, @handles, profile addresses or numeric user ids
    #[arg(value_name = "ACCOUNT")]
    pub accounts_named: Vec<String>,

    /// csv with header: handle,user_id,label,timezone,followers,followers_as_of (any subset)
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,

    /// IANA time zone of the posted_* columns [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub timezone: Option<Tz>,

    /// Files to write for each table: parquet, csv, jsonl, arrow; and xlsx, a workbook of all (a store always has parquet)
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "parquet,csv", value_parser = parse_format)]
    pub format: Vec<Format>,

    #[command(flatten)]
    pub csv: CsvArgs,

    /// Of Parquet files: zstd or snappy
    #[arg(long, value_name = "CODEC", default_value = "zstd", value_parser = parse_compression)]
    pub compression: Compression,

    /// Take pages from disk: no network, no key
    #[arg(long, value_name = "PATH")]
    pub replay: Option<PathBuf>,

    /// Reading time of replayed pages that say none
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub observed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub tables: TableArgs,
    #[command(flatten)]
    pub store: StoreArgs,

    /// Names the run; one that is published already does nothing and costs nothing
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<String>,

    /// A file that holds the API key
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,

    /// The API; https, or http to this machine
    #[arg(long, value_name = "URL", default_value = "https://api.aisa.one/apis/v1", value_parser = parse_text)]
    pub base_url: String,

    /// Ask for short answers: smaller, but without duration, size, sound, pins and coauthors
    #[arg(long)]
    pub trim: bool,

    /// Stop each account after so many pages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_pages: Option<u32>,

    /// Stop each account at reels posted longer ago than this, once it was walked to its end
    #[arg(long, value_name = "AGE", conflicts_with = "replay", value_parser = parse_age)]
    pub refresh_window: Option<chrono::Duration>,

    /// With --refresh-window: walk to the end where the last such walk began longer ago than this
    #[arg(long, value_name = "AGE", conflicts_with = "replay", value_parser = parse_age)]
    pub full_every: Option<chrono::Duration>,

    /// Stop each account at reels posted before this day (in UTC) or time; with --refresh-window the earlier cutoff rules
    #[arg(long, value_name = "DATE", conflicts_with = "replay", value_parser = parse_since)]
    pub since: Option<DateTime<Utc>>,

    /// Stop the run after so many requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_calls: Option<u32>,

    /// Resume what a run left that was killed or cut short: crawls younger than this are not bought again
    #[arg(long, value_name = "AGE", default_value = "6h", value_parser = parse_age)]
    pub resume_within: chrono::Duration,

    /// Crawl only accounts whose last crawl failed or did not end, or is older than --resume-within
    #[arg(long, conflicts_with = "replay")]
    pub retry_failed: bool,

    /// Say what would be fetched and what it would cost, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Show no progress bar
    #[arg(long)]
    pub no_progress: bool,

    /// Exit with 99 where nothing new came
    #[arg(long)]
    pub skip_code: bool,

    /// A folder of .sql files: sections of your own for the report, or in place of built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,

    /// Published runs that the store keeps; pages are kept for ever
    #[arg(long, value_name = "N", default_value_t = KEEP_RUNS, value_parser = clap::value_parser!(u16).range(2..))]
    pub keep_runs: u16,

    /// Go on without page logs that were lost from raw/ since the last run
    #[arg(long)]
    pub accept_loss: bool,

    /// Make a store also in a folder that has other files in it
    #[arg(long)]
    pub init: bool,

    /// Accounts fetched at the same time
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,

    /// Requests started in a minute, evenly spaced
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub requests_per_minute: u32,

    /// Wait before the first retry of a page; it doubles from there, up to 30 s
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=30_000))]
    pub retry_wait_ms: u64,

    /// The longest wait that the API may ask for; an account that would have to wait longer fails for now (exit 5)
    #[arg(long, value_name = "AGE", default_value = "15m", value_parser = parse_age)]
    pub max_wait: chrono::Duration,
}

pub(crate) const KEEP_RUNS: u16 = Settings::KEEP_RUNS as u16;

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub tables: TableArgs,
    #[command(flatten)]
    pub store: StoreArgs,

    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum AnswerFormat {
    Table,
    Csv,
    Json,
    /// Into a file
    Parquet,
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    /// SQL, a .sql file, or the name of a built-in query such as top_reels; without it the built-in ones are listed
    pub query: Option<String>,

    #[command(flatten)]
    pub store: StoreArgs,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table)]
    pub format: AnswerFormat,

    #[command(flatten)]
    pub csv: CsvArgs,

    /// Write to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SchemaFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Only this table
    #[arg(long, value_name = "TABLE", value_parser = parse_text)]
    pub table: Option<String>,

    #[arg(long, value_enum, default_value_t = SchemaFormat::Table)]
    pub format: SchemaFormat,
}

#[derive(Debug, Args)]
pub struct LintArgs {
    /// Parquet files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

impl TableArgs {
    pub fn settings(&self) -> Result<Settings> {
        let mut accounts = Vec::new();
        let mut names = HashSet::new();
        for text in &self.accounts_named {
            let request = parse_account(text)?;
            if names.insert(request.account.clone()) {
                accounts.push(request);
            }
        }
        let known_accounts = match &self.accounts {
            Some(path) => {
                expect_file("--accounts", path)?;
                let bytes = fs::bytes_of(path)
                    .map_err(|error| Error::usage(format!("could not read --accounts {}: {error}", path.display())))?;
                let file = parse_accounts_file(path, &bytes)?;
                file.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
                file.accounts
            }
            None => Vec::new(),
        };
        let output = Options { formats: self.format.clone(), compression: self.compression, csv: self.csv.style()? };
        let settings = Settings { known_accounts, timezone: self.timezone, ..Settings::new(output) };
        // What the file knows of a named account holds for it.
        let known = |request: &AccountRequest| settings.configured(&[&request.account], request.account_id.as_deref());
        let accounts = accounts.into_iter().map(|request| known(&request).cloned().unwrap_or(request)).collect();
        Ok(Settings { accounts, ..settings.clone() })
    }

    pub fn replay(&self) -> Option<ReplayConfig> {
        self.replay.clone().map(|path| ReplayConfig { path, observed_at: self.observed_at })
    }
}
