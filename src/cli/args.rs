//! The groups of flags that commands share.

pub(crate) mod fetching;
pub(crate) mod monitoring;
pub(crate) mod scope;

use std::collections::HashSet;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use crate::cli::paths::{expect_file, expect_folder, expect_query_folder, why_unreadable};
use crate::cli::values::{OneOf, parse_delimiter, parse_run_id, parse_time, parse_zone};
use crate::config::accounts::{AccountRequest, parse_account};
use crate::config::{ReplayConfig, Settings, accounts_file::parse_accounts_file};
use crate::error::{Error, Result};
use crate::formats::csv::style::{Breaks, CsvStyle, Decimal, Dialect};
use crate::formats::options::{Compression, Format, Layout, Options};
use crate::fs;
use crate::pipeline::publish::PublishOptions;
use crate::store::layout::Store;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AnswerFormat {
    Table,
    Csv,
    Json,
    /// Needs --out
    Parquet,
}

#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Store: the folder of raw/, runs/ and observations/
    #[arg(long, value_name = "DIR", default_value = "reels", help_heading = "Output")]
    pub store: PathBuf,
}

impl StoreArgs {
    /// # Errors
    /// `Usage` for a file.
    pub(crate) fn check(&self) -> Result<()> {
        expect_folder("--store", &self.store)
    }

    /// The store, which has to exist.
    ///
    /// # Errors
    /// `Usage` where it does not.
    pub(crate) fn existing(&self) -> Result<Store> {
        self.check()?;
        let store = self.open();
        store.check_is_store()?;
        Ok(store)
    }

    pub(crate) fn open(&self) -> Store {
        Store::new(&self.store)
    }
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Create the store even in a folder that has other files in it
    #[arg(long, help_heading = "Output")]
    pub init: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts")]
pub(crate) struct AccountArgs {
    /// Handles, @handles, profile addresses or numeric user ids
    #[arg(value_name = "ACCOUNT", help_heading = None::<&str>)]
    pub named: Vec<String>,

    /// CSV file with a header, any of: handle,user_id,label,timezone,followers,followers_as_of
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
}

impl AccountArgs {
    /// The accounts, those named elsewhere among them, each once, with what the file says of them.
    pub(crate) fn settings(&self, elsewhere: &[String], output: Options) -> Result<Settings> {
        let mut accounts = Vec::new();
        let mut names = HashSet::new();
        for text in self.named.iter().chain(elsewhere) {
            let request = parse_account(text)?;
            if names.insert(request.account.clone()) {
                accounts.push(request);
            }
        }
        let settings = Settings { known_accounts: self.configured()?, ..Settings::new(output) };
        let known = |request: &AccountRequest| settings.configured(&[&request.account], request.account_id.as_deref());
        let accounts = accounts.into_iter().map(|request| known(&request).cloned().unwrap_or(request)).collect();
        Ok(Settings { accounts, ..settings.clone() })
    }

    fn configured(&self) -> Result<Vec<AccountRequest>> {
        let Some(path) = &self.accounts else { return Ok(Vec::new()) };
        expect_file("--accounts", path)?;
        let bytes = fs::bytes_of(path)
            .map_err(|error| Error::usage(format!("--accounts {}: {}", path.display(), why_unreadable(&error))))?;
        let file = parse_accounts_file(path, &bytes)?;
        file.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        Ok(file.accounts)
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fetching")]
pub(crate) struct ReplayArgs {
    /// Read pages from disk instead of the API; needs no key
    #[arg(long, value_name = "PATH")]
    pub replay: Option<PathBuf>,

    /// Timestamp for replayed pages that carry none
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub observed_at: Option<DateTime<Utc>>,
}

impl ReplayArgs {
    pub(crate) fn config(&self) -> Option<ReplayConfig> {
        self.replay.clone().map(|path| ReplayConfig { path, observed_at: self.observed_at })
    }
}

/// What tables are made of.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    #[command(flatten)]
    pub accounts: AccountArgs,

    /// IANA time zone of the posted_* columns [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_zone, help_heading = "Accounts")]
    pub timezone: Option<Tz>,

    #[command(flatten)]
    pub replay: ReplayArgs,
}

impl InputArgs {
    pub(crate) fn settings(&self, output: Options) -> Result<Settings> {
        self.settings_with(&[], output)
    }

    /// The same, with accounts that were named by a flag.
    pub(crate) fn settings_with(&self, accounts: &[String], output: Options) -> Result<Settings> {
        Ok(Settings { timezone: self.timezone, ..self.accounts.settings(accounts, output)? })
    }
}

/// The files of tables.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Files to write for each table; xlsx is one workbook with a report and all tables
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "parquet,csv")]
    #[arg(value_parser = OneOf::new(&Format::ALL, Format::name))]
    pub format: Vec<Format>,

    #[command(flatten)]
    pub csv: CsvArgs,

    /// Parquet compression
    #[arg(long, value_name = "CODEC", default_value = "zstd")]
    #[arg(value_parser = OneOf::new(&Compression::ALL, Compression::name))]
    pub compression: Compression,
}

impl OutputArgs {
    pub(crate) fn options(&self) -> Result<Options> {
        let (formats, layout) = (self.format.clone(), Layout::Flat);
        Ok(Options { formats, compression: self.compression, csv: self.csv.style()?, layout })
    }
}

/// How CSV is written: the files of tables, and query results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct CsvArgs {
    /// CSV delimiter: one character, or `tab` [default: , or, with decimal commas, ;]
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter)]
    pub csv_delimiter: Option<u8>,

    /// plain: RFC 4180; excel: ids keep all digits, formulas are escaped; excel-eu: the same with decimal commas, `;` and
    /// times to the second, for Excel and LibreOffice in most of Europe
    #[arg(long, value_name = "DIALECT", default_value = "plain")]
    #[arg(value_parser = OneOf::new(&Dialect::ALL, Dialect::name))]
    pub csv_dialect: Dialect,

    /// CSV decimal sign [default: point; comma in the dialect excel-eu]
    #[arg(long, value_name = "SIGN", value_parser = OneOf::new(&Decimal::ALL, Decimal::name))]
    pub csv_decimal: Option<Decimal>,

    /// Line breaks within CSV texts: keep them, or replace each by a space (for readers that split at line breaks)
    #[arg(long, value_name = "HOW", default_value = "keep", value_parser = OneOf::new(&Breaks::ALL, Breaks::name))]
    pub csv_breaks: Breaks,
}

impl CsvArgs {
    pub(crate) fn style(&self) -> Result<CsvStyle> {
        CsvStyle::new(self.csv_dialect, self.csv_delimiter, self.csv_decimal, self.csv_breaks)
    }
}

pub(crate) const KEEP_RUNS: u16 = Settings::KEEP_RUNS as u16;

/// How a run is published.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// Number of published runs to keep; raw pages are always kept
    #[arg(long, value_name = "N", default_value_t = KEEP_RUNS, value_parser = clap::value_parser!(u16).range(2..))]
    #[arg(help_heading = "Output")]
    pub keep_runs: u16,

    /// Directory of .sql files that add report sections or override built-in ones
    #[arg(long, value_name = "DIR", help_heading = "Report")]
    pub queries: Option<PathBuf>,
}

/// A run without new pages.
#[derive(Debug, Args)]
pub(crate) struct RepublishArgs {
    #[command(flatten)]
    pub store: StoreArgs,

    /// Run id [default: the time]
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<String>,

    #[command(flatten)]
    pub publish: PublishArgs,

    /// Continue without page logs that were lost from raw/ since the last run
    #[arg(long)]
    pub accept_loss: bool,
}

impl RepublishArgs {
    /// The store, which has to exist.
    ///
    /// # Errors
    /// `Usage` where it does not, and for paths of the wrong kind.
    pub(crate) fn existing(&self) -> Result<Store> {
        self.store.check()?;
        expect_query_folder(self.publish.queries.as_deref())?;
        self.store.existing()
    }

    pub(crate) fn options(&self) -> PublishOptions {
        PublishOptions {
            run_id: self.run_id.clone(),
            keep_runs: usize::from(self.publish.keep_runs),
            queries: self.publish.queries.clone(),
            accept_loss: self.accept_loss,
        }
    }
}
