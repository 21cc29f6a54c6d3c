//! reelframe exports public Instagram reels to Parquet, CSV and a readable report.
//!
//! A [`Store`] is a folder of pages and of the runs published from them. [`run`] adds pages and publishes a run,
//! [`query`] and [`Report`] read the latest one.
//!
//! ```
//! use reelframe::{Controls, ReplayConfig, Settings, Source, Store};
//!
//! # let dir = tempfile::tempdir().unwrap();
//! # let path = dir.path().join("reels");
//! let store = Store::new(&path);
//! let source = Source::Replay(ReplayConfig::new("sample_data"));
//! let summary = reelframe::run(&store, &Settings::default(), &source, None, &Controls::default())?;
//! assert_eq!(summary.accounts.len(), 3);
//!
//! let answer = reelframe::query(&store, "SELECT account FROM accounts ORDER BY account")?;
//! assert_eq!(answer.value(0, "account").as_text(), Some("fernweh.trails.example"));
//! # Ok::<(), reelframe::Error>(())
//! ```
//!
//! The command-line program uses these same functions. What it adds (flags, messages, exit codes, progress bar, signals)
//! is not part of the library. Before pages are fetched over https, install a default `rustls` crypto provider.

// Tests look at what is on the disk by other means than the code that they test.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

#[doc(hidden)]
pub mod cli;
mod config;
mod error;
mod fetch;
mod formats;
mod fs;
mod instagram;
mod json;
mod lint;
mod nearest;
mod pipeline;
mod query;
mod replay;
mod report;
mod schema;
mod store;
mod time;
mod transform;

pub use config::accounts::{AccountRequest, parse_account};
pub use config::{DayRange, FetchConfig, ReplayConfig, Settings, Source};
pub use error::{Error, ErrorKind, Result};
pub use fetch::controls::{Controls, Observer};
pub use fetch::shutdown::{Reason, Shutdown};
pub use formats::options::{Compression, Format, Layout, Options};
pub use formats::scan::TableScan;
pub use pipeline::export::{export, export_stream};
pub use pipeline::outcome::{AccountOutcome, Publication};
pub use pipeline::reports::LatestRun;
pub use pipeline::run::run;
pub use pipeline::summary::Summary;
pub use pipeline::verify::{Verified, verify};
pub use query::answer::{Answer, AnswerColumn};
pub use query::scope::Scope;
pub use report::build::Report;
pub use schema::column::{Column, ColumnType, Table};
pub use schema::value::Value;
pub use schema::values::AccountStatus;
pub use store::layout::Store;

/// Runs a SELECT on the tables of the latest run. Its tables are those of [`schema`], by their names.
///
/// ```no_run
/// let store = reelframe::Store::new("reels".as_ref());
/// let answer = reelframe::query(&store, "SELECT COUNT(*) AS reels FROM reels")?;
/// assert!(answer.value(0, "reels").as_int() > Some(0));
/// # Ok::<(), reelframe::Error>(())
/// ```
///
/// # Errors
/// `Usage` if nothing has been published yet, or for SQL that is not one SELECT on these tables.
pub fn query(store: &Store, sql: &str) -> Result<Answer> {
    pipeline::reports::open_latest(store, Scope::default())?.0.query(sql)
}

/// The tables of a run, with their columns.
///
/// ```
/// let reels = reelframe::schema()[0];
/// assert_eq!(reels.name(), "reels");
/// let views = reels.columns().iter().find(|column| column.name == "views").unwrap();
/// assert_eq!((views.unit, views.nullable), ("count", true));
/// ```
pub fn schema() -> [Table; 8] {
    Table::ALL
}

impl Report {
    /// The report of the latest run on the accounts and days of `scope`.
    ///
    /// ```no_run
    /// let store = reelframe::Store::new("reels".as_ref());
    /// let report = reelframe::Report::of_latest(&store, reelframe::Scope::default())?;
    /// std::fs::write("report.html", report.to_html())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Usage` if nothing has been published yet, or an account of the scope is not in the store.
    pub fn of_latest(store: &Store, scope: Scope) -> Result<Report> {
        pipeline::reports::report_latest(store, scope, None)
    }
}

/// For this project's own tests, benchmarks and Python package; anything here can change at any time.
#[doc(hidden)]
pub mod internals {
    pub use crate::cli::commands::query::find_query as query_text;
    pub use crate::cli::exit_code::to_markdown as exit_codes;
    pub use crate::cli::hints::{hint, in_full, message};
    pub use crate::cli::program::{check_arguments, run as run_command};
    pub use crate::config::accounts_file::parse_accounts_file;
    pub use crate::formats::csv::style::CsvStyle;
    pub use crate::formats::jsonl::to_json as batch_to_json;
    pub use crate::formats::writer::TableWriter;
    pub use crate::query::engine::QueryEngine;
    pub use crate::query::file::{
        LEAGUE_TABLE, OVERVIEW, Query, built_in_queries, built_in_query, parse_query, queries,
    };
    pub use crate::query::renamed::COLUMNS as RENAMED_COLUMNS;
    pub use crate::report::build::Provenance;
    pub use crate::report::data_summary::QUERIES as SUMMARY_QUERIES;
    pub use crate::report::findings::findings;
    pub use crate::report::render::json::{VERSION as REPORT_VERSION, period as period_json};
    pub use crate::schema::cell::{Day, LocalMicros, UtcMicros};
    pub use crate::schema::column::Row;
    pub use crate::schema::tables::{Account, AccountDay, Finding, Hashtag, Person, Profile, Reel};
    pub use crate::schema::values::{FollowersSource, PostedAtSource, Role, ViewsSource};
    pub use crate::store::page_log::line::{Line, hash};
    pub use crate::store::page_log::reader;
    pub use crate::transform::account::AccountBuilder;
    pub use crate::transform::account::checkpoint::AccountTables;
    pub use crate::transform::account::crawl::{CrawlStart, PageInput};

    pub fn exit_code(kind: crate::ErrorKind) -> u8 {
        crate::cli::exit_code::Exit::from(kind).code()
    }
}
