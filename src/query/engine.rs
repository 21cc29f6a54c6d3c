//! The tables of one run as Polars frames, and SQL over them.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Mutex;

use polars::error::PolarsError;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame};
use polars::sql::SQLContext;

use crate::error::{Error, Result};
use crate::query::answer::Answer;
use crate::query::file::is_select;
use crate::query::scope::Scope;
use crate::query::sql::ReferencedColumns;
use crate::query::{load, renamed, sql};
use crate::schema::column::{Column, Table};

/// Of each table the columns that are loaded.
type Frames = BTreeMap<Table, DataFrame>;

/// The tables of one run, loaded for SQL as far as the SQL asks for them: a store's observations can be many times
/// larger than everything else.
pub struct QueryEngine {
    files: Vec<(Table, Vec<PathBuf>)>,
    scope: Scope,
    loaded: Mutex<Frames>,
}

impl QueryEngine {
    /// Each table with its Parquet files (observations may have several); a table that is not named, or has no
    /// file, is there with all its columns and no row.
    pub fn new(files: Vec<(Table, Vec<PathBuf>)>) -> QueryEngine {
        QueryEngine { files, scope: Scope::default(), loaded: Mutex::default() }
    }

    /// The same tables with the rows of a scope alone.
    pub fn within(self, scope: Scope) -> QueryEngine {
        QueryEngine { scope, ..self }
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Lets go of the columns that none of these questions asks for: the ones that are still to come.
    pub fn keep_for(&self, questions: &[ReferencedColumns]) {
        for (table, frame) in self.loaded.lock().expect("no panic while loading").iter_mut() {
            *frame = chosen(frame, *table, |column| questions.iter().any(|sql| sql.asks_for(*table, column)));
        }
    }

    /// Loads what a question asks for and is not loaded yet; gives all that is loaded.
    fn load_for(&self, sql: &str) -> Result<Frames> {
        let mentioned = ReferencedColumns::of(sql);
        let mut loaded = self.loaded.lock().expect("no panic while loading");
        for table in Table::ALL {
            let wanted = |column: &Column| mentioned.asks_for(table, column);
            if table.columns().iter().any(wanted) {
                self.load(&mut loaded, table, wanted)?;
            }
        }
        Ok(loaded.clone())
    }

    /// Loads these columns of a table, besides those that are loaded already.
    fn load(&self, loaded: &mut Frames, table: Table, wanted: impl Fn(&Column) -> bool) -> Result<()> {
        let before = loaded.get(&table).cloned().unwrap_or_default();
        let is_missing = |column: &Column| wanted(column) && before.get_column_index(column.name).is_none();
        if !table.columns().iter().any(is_missing) {
            return Ok(());
        }
        let keys = if self.scope.has_days() && table != Table::Reels { Some(self.reel_keys(loaded)?) } else { None };
        let files: Vec<PathBuf> =
            self.files.iter().filter(|(named, _)| *named == table).flat_map(|(_, paths)| paths.clone()).collect();
        let frame = load::frame(table, &files, |column| is_missing(column) || self.scope.needs(column))?;
        let frame = self.scope.cut(frame, keys.as_ref()).map_err(Error::unexpected)?;
        // Every cut leaves the same rows in the same order, so that columns can join those of an earlier one.
        let missing = chosen(&frame, table, is_missing);
        let both = if before.width() == 0 { Ok(missing) } else { before.hstack(missing.columns()) };
        loaded.insert(table, both.map_err(Error::unexpected)?);
        Ok(())
    }

    /// The keys of the reels within the scope.
    fn reel_keys(&self, loaded: &mut Frames) -> Result<HashSet<String>> {
        self.load(loaded, Table::Reels, |column| column.name == "reel_key")?;
        let keys =
            loaded.get(&Table::Reels).ok_or_else(|| Error::unexpected("reels are not loaded"))?.column("reel_key");
        let keys = keys.and_then(|keys| keys.str()).map_err(Error::unexpected)?;
        Ok(keys.iter().flatten().map(str::to_owned).collect())
    }

    /// Answers one SELECT.
    pub fn query(&self, sql: &str) -> Result<Answer> {
        self.question(sql)?.answer()
    }

    /// One SELECT with all that it asks for loaded, which stays with it whatever the tables let go of.
    pub(crate) fn question<'a>(&self, sql: &'a str) -> Result<Question<'a>> {
        if !is_select(sql) {
            return Err(Error::usage("the SQL is not a SELECT: only questions are answered here")
                .hint("it starts with SELECT or WITH; the tables cannot be changed"));
        }
        sql::check_size(sql)?;
        renamed::warn_of_old_values(sql);
        Ok(Question { sql, frames: self.load_for(sql)? })
    }
}

/// One SELECT and the tables that it is asked of.
pub(crate) struct Question<'a> {
    sql: &'a str,
    frames: Frames,
}

impl Question<'_> {
    pub(crate) fn answer(self) -> Result<Answer> {
        let Question { sql, frames } = self;
        // A context of its own for each question: one that has met an error keeps its aliases.
        let answered = on_a_deep_stack(|| {
            sql::check_aggregates(sql)?;
            // On its own the engine would write to stderr, past the log.
            polars::error::set_warning_function(|text, _| tracing::debug!("{text}"));
            let mut context = SQLContext::new();
            for (table, frame) in frames {
                context.register(table.name(), frame.lazy());
            }
            let frame = context.execute(sql).and_then(LazyFrame::collect).map_err(|error| sql_error(sql, &error))?;
            Ok(Answer::of(&frame))
        })?;
        match answered {
            Ok(answer) => answer,
            Err(_) => Err(Error::usage("the SQL engine cannot work this query out")
                .hint("write it another way; functions it lacks are often the cause")),
        }
    }
}

/// The columns of a frame that are wanted.
fn chosen(frame: &DataFrame, table: Table, wanted: impl Fn(&Column) -> bool) -> DataFrame {
    let names = table.columns().iter().filter(|column| wanted(column)).map(|column| column.name);
    let is_there = |name: &&str| frame.get_column_index(name).is_some();
    frame.select(names.filter(is_there)).expect("they are there")
}

/// Does this on a thread of its own. Polars goes down its query plan by recursion, and one of many CTEs can be deeper than
/// an ordinary stack, whose end no program survives. What it cannot do it mostly refuses with an error, but not always:
/// some of it panics, and that ends the thread alone.
fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<std::thread::Result<T>> {
    const STACK_BYTES: usize = 64 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        Ok(thread.map_err(Error::unexpected)?.join())
    })
}

/// What is wrong with the SQL, and what could have been meant.
fn sql_error(sql: &str, error: &PolarsError) -> Error {
    let (name, message) = root(error);
    let message = message.trim();
    let Some(what) = name else { return Error::usage(format!("the SQL is not right: {message}")) };
    match what {
        Missing::Table => Error::usage(format!("the SQL names a table that is not there: {message}"))
            .hint(format!("the tables are {}; names are in lower case", Table::ALL.map(Table::name).join(", "))),
        Missing::Column => Error::usage(format!("the SQL names a column that is not there: {message}"))
            .hint(renamed::column_hint(message).unwrap_or_else(|| columns_hint(sql))),
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
    let mentioned = ReferencedColumns::of(sql);
    let lists = Table::ALL.into_iter().filter(|table| mentioned.names(*table)).map(|table| {
        let names: Vec<&str> = table.columns().iter().map(|column| column.name).collect();
        format!("{} has {}", table.name(), names.join(", "))
    });
    lists.chain(["names are in lower case".to_owned()]).collect::<Vec<_>>().join("; ")
}
