//! The tables of one run as Polars frames, and SQL over them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use polars::error::PolarsError;
use polars::prelude::{DataFrame, DataType, IntoLazy};
use polars::sql::SQLContext;

use crate::error::{Error, Result};
use crate::nearest::nearest;
use crate::query::{answer::Answer, file::is_select, load, period, period::Period, renamed, scope::Scope};
use crate::query::{sql, sql::ReferencedColumns, steps};
use crate::schema::cell::Day;
use crate::schema::column::{Column, Table};

/// The loaded columns of each table.
type Frames = BTreeMap<Table, DataFrame>;

/// The tables of one run; columns are loaded when a query needs them, since a store's observations can be many times larger
/// than everything else.
pub struct QueryEngine {
    files: Vec<(Table, Vec<PathBuf>)>,
    scope: Scope,
    loaded: Mutex<Frames>,
}

impl QueryEngine {
    /// Each table with its Parquet files (observations may have several); a table without files has all its columns and no
    /// rows.
    pub fn new(files: Vec<(Table, Vec<PathBuf>)>) -> QueryEngine {
        QueryEngine { files, scope: Scope::default(), loaded: Mutex::default() }
    }

    /// The same tables, limited to the rows of a scope.
    pub fn within(self, scope: Scope) -> QueryEngine {
        QueryEngine { scope, ..self }
    }

    /// Evicts columns that none of the remaining queries uses.
    pub fn keep_for(&self, questions: &[ReferencedColumns]) {
        for (table, frame) in self.loaded.lock().expect("no panic while loading").iter_mut() {
            *frame = chosen(frame, *table, |column| questions.iter().any(|sql| sql.asks_for(*table, column)));
        }
    }

    /// Loads the missing columns of a query; returns everything that is loaded.
    fn load_for(&self, mentioned: &ReferencedColumns) -> Result<Frames> {
        let mut loaded = self.loaded.lock().expect("no panic while loading");
        for table in Table::ALL {
            let wanted = |column: &Column| mentioned.asks_for(table, column);
            if table.columns().iter().any(wanted) {
                self.load(&mut loaded, table, wanted)?;
            }
        }
        Ok(loaded.clone())
    }

    /// Loads these columns of a table in addition to those already loaded.
    fn load(&self, loaded: &mut Frames, table: Table, wanted: impl Fn(&Column) -> bool) -> Result<()> {
        let before = loaded.get(&table).cloned().unwrap_or_default();
        let is_missing = |column: &Column| wanted(column) && before.get_column_index(column.name).is_none();
        if !table.columns().iter().any(is_missing) {
            return Ok(());
        }
        let files: Vec<PathBuf> =
            self.files.iter().filter(|(named, _)| *named == table).flat_map(|(_, paths)| paths.clone()).collect();
        let frame = load::frame(table, &files, |column| is_missing(column) || column.name == "account")?;
        let frame = self.scope.cut(frame).map_err(Error::unexpected)?;
        // Every load leaves the same rows in the same order, so columns can be added to those loaded earlier.
        let missing = chosen(&frame, table, is_missing);
        let both = if before.width() == 0 { Ok(missing) } else { before.hstack(missing.columns()) };
        loaded.insert(table, both.map_err(Error::unexpected)?);
        Ok(())
    }

    /// The period of the scope: its days, or those up to the newest observation of the accounts in it.
    ///
    /// # Errors
    /// `Disk` or `InvalidData` where the accounts cannot be read.
    pub(crate) fn period(&self) -> Result<Period> {
        let mut loaded = self.loaded.lock().expect("no panic while loading");
        self.load(&mut loaded, Table::Accounts, |column| column.name == "observed_date")?;
        let days = loaded.get(&Table::Accounts).ok_or_else(|| Error::unexpected("accounts are not loaded"))?;
        let days =
            days.column("observed_date").and_then(|days| days.cast(&DataType::Int32)).map_err(Error::unexpected)?;
        let newest = days.i32().map_err(Error::unexpected)?.iter().flatten().max();
        Ok(Period::of(&self.scope, newest.map(Day)))
    }

    /// Answers one SELECT.
    pub fn query(&self, sql: &str) -> Result<Answer> {
        self.question(sql)?.answer()
    }

    /// One SELECT with its columns loaded; it keeps them even if the engine evicts them.
    pub(crate) fn question<'a>(&self, sql: &'a str) -> Result<Question<'a>> {
        if !is_select(sql) {
            return Err(Error::usage("only SELECT statements are supported")
                .hint("start the query with SELECT or WITH; tables are read-only"));
        }
        sql::check_size(sql)?;
        renamed::warn_of_old_values(sql);
        let mentioned = ReferencedColumns::of(sql);
        let period = if mentioned.has_word(period::TABLE) { Some(self.period()?) } else { None };
        Ok(Question { sql, frames: self.load_for(&mentioned)?, period })
    }
}

/// Whether a query uses the table of the period.
pub(crate) fn asks_for_period(sql: &str) -> bool {
    ReferencedColumns::of(sql).has_word(period::TABLE)
}

/// One SELECT and the tables it runs on.
pub(crate) struct Question<'a> {
    sql: &'a str,
    frames: Frames,
    period: Option<Period>,
}

impl Question<'_> {
    pub(crate) fn answer(self) -> Result<Answer> {
        let Question { sql, frames, period } = self;
        // Each query has its own context: after an error, a context keeps its aliases.
        let answered = on_a_deep_stack(|| {
            sql::check_aggregates(sql)?;
            // By default the engine writes to stderr, past the log.
            polars::error::set_warning_function(|text, _| tracing::debug!("{text}"));
            let mut context = SQLContext::new();
            for (table, frame) in frames {
                context.register(table.name(), frame.lazy());
            }
            if let Some(period) = period {
                context.register(period::TABLE, period.frame().map_err(Error::unexpected)?.lazy());
            }
            let frame = steps::run(&mut context, sql).map_err(|error| sql_error(sql, &error))?;
            Ok(Answer::of(&frame))
        })?;
        match answered {
            Ok(answer) => answer,
            Err(_) => Err(Error::usage("the SQL engine cannot execute this query")
                .hint("write it another way; functions it lacks are often the cause")),
        }
    }
}

/// The wanted columns of a frame.
fn chosen(frame: &DataFrame, table: Table, wanted: impl Fn(&Column) -> bool) -> DataFrame {
    let names = table.columns().iter().filter(|column| wanted(column)).map(|column| column.name);
    let is_there = |name: &&str| frame.get_column_index(name).is_some();
    frame.select(names.filter(is_there)).expect("they are there")
}

/// Runs this on its own thread. Polars recurses into its query plan, which with many CTEs can exceed an ordinary stack and
/// abort the program. It mostly returns an error for what it does not support, but sometimes panics, which then only ends
/// the thread.
fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<std::thread::Result<T>> {
    const STACK_BYTES: usize = 64 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        Ok(thread.map_err(Error::unexpected)?.join())
    })
}

/// What is wrong with the SQL, with a hint.
fn sql_error(sql: &str, error: &PolarsError) -> Error {
    let (name, message) = root(error);
    let message = message.trim();
    let Some(what) = name else { return Error::usage(format!("the SQL is not right: {message}")) };
    match what {
        Missing::Table => Error::usage(format!("unknown table: {message}")).hint(tables_hint(message)),
        Missing::Column => Error::usage(format!("unknown column: {message}"))
            .hint(renamed::column_hint(message).unwrap_or_else(|| columns_hint(sql, message))),
    }
}

#[derive(Clone, Copy)]
enum Missing {
    Table,
    Column,
}

/// The innermost error of Polars (outer ones show its query plan), and which kind of name is missing, if any.
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
    // Polars lists the columns in its own form; our hint lists them by table.
    line.split_once("; valid columns:").map_or(line, |(what, _)| what)
}

/// The table that was meant, else all tables.
fn tables_hint(message: &str) -> String {
    let names = Table::ALL.map(Table::name);
    did_you_mean(message, names.into_iter().chain([period::TABLE]))
        .unwrap_or_else(|| format!("the tables are {} and {}; names are lowercase", names.join(", "), period::TABLE))
}

/// The column that was meant, else those of the tables that the SQL names.
fn columns_hint(sql: &str, message: &str) -> String {
    let mentioned = ReferencedColumns::of(sql);
    let tables = Table::ALL.into_iter().filter(|table| mentioned.names(*table));
    let columns = |table: Table| table.columns().iter().map(|column| column.name).collect::<Vec<&str>>();
    let mut lists: Vec<(&str, Vec<&str>)> = tables.map(|table| (table.name(), columns(table))).collect();
    if mentioned.has_word(period::TABLE) {
        lists.push((period::TABLE, period::COLUMNS.to_vec()));
    }
    did_you_mean(message, lists.iter().flat_map(|(_, names)| names.iter().copied())).unwrap_or_else(|| {
        let lists = lists.iter().map(|(table, names)| format!("{table} has {}", names.join(", ")));
        lists.chain(["names are lowercase".to_owned()]).collect::<Vec<_>>().join("; ")
    })
}

/// The name nearest to the one that the engine misses, which is the first that its message quotes.
fn did_you_mean<'n>(message: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let missing = message.split(['"', '\'']).nth(1)?;
    Some(format!("did you mean `{}`?", nearest(missing, names)?))
}
