//! The tables of one run as Polars frames, and SQL over them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use polars::error::PolarsError;
use polars::prelude::{DataFrame, IntoLazy};
use polars::sql::SQLContext;

use super::answer::Answer;
use super::load;
use super::query::is_select;
use crate::columns::Table;
use crate::error::{Error, Result};

/// The tables of one run, loaded for SQL.
pub struct Tables {
    frames: Vec<(Table, DataFrame)>,
}

impl Tables {
    /// Each table with its Parquet files (observations may have several); a table that is not named, or has no
    /// file, is there with all its columns and no row.
    pub fn load(files: &[(Table, Vec<PathBuf>)]) -> Result<Tables> {
        let frame = |table: Table| {
            let paths: Vec<PathBuf> =
                files.iter().filter(|(named, _)| *named == table).flat_map(|(_, paths)| paths.clone()).collect();
            Ok((table, load::frame(table, &paths)?))
        };
        Ok(Tables { frames: Table::ALL.into_iter().map(frame).collect::<Result<_>>()? })
    }

    /// Answers one SELECT.
    pub fn query(&self, sql: &str) -> Result<Answer> {
        if !is_select(sql) {
            return Err(Error::usage("the SQL is not a SELECT: only questions are answered here")
                .hint("it starts with SELECT or WITH; the tables cannot be changed"));
        }
        // Polars refuses most of what it cannot do with an error, but not all: some of it panics.
        let answered = catch_unwind(AssertUnwindSafe(|| {
            // A context of its own for each question: one that has met an error keeps its aliases.
            let mut context = SQLContext::new();
            for (table, frame) in &self.frames {
                context.register(table.name(), frame.clone().lazy());
            }
            context.execute(sql)?.collect()
        }));
        match answered {
            Ok(Ok(frame)) => Ok(Answer::of(&frame)),
            Ok(Err(error)) => Err(sql_error(sql, &error)),
            Err(_) => Err(Error::usage("the SQL engine cannot work this query out")
                .hint("write it another way; functions it lacks are often the cause")),
        }
    }
}

/// What is wrong with the SQL, and what could have been meant.
fn sql_error(sql: &str, error: &PolarsError) -> Error {
    let (name, message) = root(error);
    let message = message.trim();
    let Some(what) = name else { return Error::usage(format!("the SQL is not right: {message}")) };
    match what {
        Missing::Table => Error::usage(format!("the SQL names a table that is not there: {message}"))
            .hint(format!("the tables are {}; names are in lower case", Table::ALL.map(Table::name).join(", "))),
        Missing::Column => {
            Error::usage(format!("the SQL names a column that is not there: {message}")).hint(columns_hint(sql))
        }
    }
}

#[derive(Clone, Copy)]
enum Missing {
    Table,
    Column,
}

/// The innermost error of Polars, whose wrappings show its query plan; and which name it misses, if it does.
fn root(error: &PolarsError) -> (Option<Missing>, &str) {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => root(error),
        PolarsError::ColumnNotFound(message) | PolarsError::SchemaFieldNotFound(message) => {
            (Some(Missing::Column), first_line(message))
        }
        PolarsError::SQLInterface(message) => {
            let missing = if message.starts_with("relation ") || message.starts_with("no table or ") {
                Some(Missing::Table)
            } else if message.contains("no column named") {
                Some(Missing::Column)
            } else {
                None
            };
            (missing, first_line(message))
        }
        PolarsError::SQLSyntax(message)
        | PolarsError::InvalidOperation(message)
        | PolarsError::ComputeError(message)
        | PolarsError::Duplicate(message)
        | PolarsError::SchemaMismatch(message)
        | PolarsError::ShapeMismatch(message)
        | PolarsError::OutOfBounds(message)
        | PolarsError::NoData(message)
        | PolarsError::AssertionError(message)
        | PolarsError::StringCacheMismatch(message)
        | PolarsError::StructFieldNotFound(message) => (None, first_line(message)),
        PolarsError::IO { .. } => (None, "it reads a file; only the tables can be read"),
    }
}

fn first_line(message: &str) -> &str {
    let line = message.trim().lines().next().unwrap_or_default();
    // Polars adds the columns it sees here in its own form; the hint lists them by table.
    line.split_once("; valid columns:").map_or(line, |(what, _)| what)
}

/// The columns of the tables that the SQL mentions.
fn columns_hint(sql: &str) -> String {
    let words: Vec<&str> = sql.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let lists = Table::ALL.into_iter().filter(|table| words.contains(&table.name())).map(|table| {
        let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
        format!("{} has {}", table.name(), names.join(", "))
    });
    lists.chain(["names are in lower case".to_owned()]).collect::<Vec<_>>().join("; ")
}
