//! The flags of the commands that look after a store.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{AnswerFormat, KEEP_RUNS, StoreArgs};
use crate::cli::values::{parse_age, parse_run_id};

#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// The window whose cost is shown
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = parse_age)]
    pub refresh_window: chrono::Duration,

    /// How old a walk may be that the next run takes up
    #[arg(long, value_name = "AGE", default_value = "6h", value_parser = parse_age)]
    pub resume_within: chrono::Duration,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table)]
    pub format: AnswerFormat,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub store: StoreArgs,
}

/// How a run is published that no new page led to.
#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Names the run that is published
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<String>,

    /// Published runs that the store keeps
    #[arg(long, value_name = "N", default_value_t = KEEP_RUNS, value_parser = clap::value_parser!(u16).range(2..))]
    pub keep_runs: u16,

    /// A folder of .sql files: sections of your own for the report, or in place of built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub queries: Option<PathBuf>,

    /// Go on without page logs that were lost from raw/ since the last run
    #[arg(long)]
    pub accept_loss: bool,
}

#[derive(Debug, Args)]
pub struct RebuildArgs {
    #[command(flatten)]
    pub remake: PublishArgs,

    /// Trust this run's tables and fold only what came later
    #[arg(long, value_name = "RUN", value_parser = parse_run_id)]
    pub from_run: Option<String>,

    /// Go back (or forward again): make this published run the newest, as it is
    #[arg(long, value_name = "RUN", conflicts_with = "from_run", value_parser = parse_run_id)]
    pub rollback: Option<String>,
}

#[derive(Debug, Args)]
pub struct CompactArgs {
    #[command(flatten)]
    pub remake: PublishArgs,
}

#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The account, as it stands in the accounts table
    pub account: String,

    #[command(flatten)]
    pub remake: PublishArgs,

    /// Remove this one page log alone: its name in raw/ACCOUNT/, or its path
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Remove without asking
    #[arg(long)]
    pub yes: bool,
}
