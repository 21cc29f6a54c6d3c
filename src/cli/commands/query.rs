//! `query`: SQL on the tables of the latest run.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::answer::print_answer;
use crate::cli::args::{AnswerFormat, CsvArgs, StoreArgs, scope::PeriodArgs};
use crate::cli::ending::{Ending, print};
use crate::cli::paths::{expect_beside_store, expect_new_file, why_unreadable};
use crate::error::{Error, Result};
use crate::fs;
use crate::nearest::nearest;
use crate::pipeline::reports;
use crate::query::engine::{QueryEngine, asks_for_period};
use crate::query::{file, file::bare_name};

const EXAMPLES: &str = "\
Examples:
  reelframe query                                             list the built-in queries
  reelframe query top_reels                                   run one of them
  reelframe query \"SELECT account, COUNT(*) AS reels FROM reels GROUP BY account ORDER BY account\"
  reelframe query top_reels --account jane --from 2026-10-01 --to 2026-10-31
  reelframe query own.sql --format csv --out own.csv          a query of your own, into a file";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct QueryArgs {
    /// SQL, a .sql file, or the name of a built-in query such as top_reels; without it the built-in queries are listed
    pub query: Option<String>,

    #[command(flatten)]
    pub store: StoreArgs,

    #[command(flatten)]
    pub period: PeriodArgs,

    #[arg(long, value_enum, default_value_t = AnswerFormat::Table, help_heading = "Output")]
    pub format: AnswerFormat,

    #[command(flatten)]
    pub csv: CsvArgs,

    /// Write to a file instead of the terminal
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
}

impl QueryArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        self.store.check()?;
        if let Some(out) = &self.out {
            expect_new_file("--out", out)?;
            expect_beside_store(out)?;
        }
        let Some(query) = &self.query else {
            let queries = file::built_in_queries();
            let lines = queries.iter().map(|query| format!("{:<24}{}\n", query.name, query.title));
            print(&lines.collect::<String>())?;
            return Ok(Ending::done(""));
        };
        let csv = self.csv.style()?;
        let scope = self.period.scope()?;
        let sql = find_query(query)?;
        let store = self.store.existing()?;
        let (tables, run_id) = reports::open_latest(&store, scope)?;
        let answer = tables.query(&sql)?;
        if self.period.has_days() {
            warn_of_days(&tables, &sql)?;
        }
        print_answer(&answer, self.format, csv, self.out.as_deref())?;
        Ending::done("").fact("run_id", run_id)?.fact("rows", answer.rows.len())?.fact("file", &self.out)
    }
}

/// Days that were asked for and change nothing, or that no reel was posted on, are more often a slip than meant.
fn warn_of_days(tables: &QueryEngine, sql: &str) -> Result<()> {
    if !asks_for_period(sql) {
        tracing::warn!(
            "the days change nothing here: they are those of the table period, and this query does not use it"
        );
    } else if let Some(days) = reports::period_without_reels(tables)? {
        tracing::warn!("no reel was posted in the period, {days}");
    }
    Ok(())
}

/// The SQL of a .sql file, of a built-in query (with or without its number), or the text itself.
pub fn find_query(text: &str) -> Result<String> {
    let folder = || {
        Error::usage(format!("{text}: a folder, where a query is needed"))
            .hint("name a .sql file, a built-in query, or write SQL")
    };
    if text.ends_with(".sql") {
        if fs::is_dir(Path::new(text))? {
            return Err(folder());
        }
        return fs::text_of(Path::new(text)).map_err(|error| {
            Error::usage(format!("{text}: {}", why_unreadable(&error)))
                .hint("name a .sql file, a built-in query, or write SQL")
        });
    }
    if let Some(query) = file::built_in_query(text) {
        return Ok(query.sql);
    }
    // SQL can be longer than any name.
    if matches!(fs::is_dir(Path::new(text)), Ok(true)) {
        return Err(folder());
    }
    if text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    let queries = file::built_in_queries();
    let names: Vec<&str> = queries.iter().map(|query| bare_name(&query.name)).collect();
    let hint = match nearest(bare_name(text), names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the built-in queries are {}", names.join(", ")),
    };
    Err(Error::usage(format!("'{text}' is not a built-in query, a .sql file or SQL")).hint(hint))
}
