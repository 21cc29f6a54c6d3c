//! The flags of `report`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use crate::cli::args::StoreArgs;
use crate::cli::values::{parse_day, parse_text};

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ReportFormat {
    Terminal,
    Markdown,
    Html,
    Json,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    #[arg(long, value_enum, default_value_t = ReportFormat::Terminal)]
    pub format: ReportFormat,

    /// Only this account, and again for each further one [default: those of the newest run]
    #[arg(long, value_name = "ACCOUNT", value_parser = parse_text)]
    pub account: Vec<String>,

    /// Only reels posted from this day on, by the account's clock
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub from: Option<NaiveDate>,

    /// Only reels posted up to this day
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub to: Option<NaiveDate>,

    /// A folder of .sql files: sections of your own, or in place of built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,

    /// A report for each account, into the folder that --out names
    #[arg(long)]
    pub per_account: bool,

    /// Write to a file instead of the terminal; with --per-account a folder
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}
