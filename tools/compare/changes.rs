//! The differences between the two builds that are meant.

/// Columns and files with a new name, old and new.
const RENAMED: [(&str, &str); 2] =
    [("walk_started_at", "crawl_started_at"), ("_state/state.parquet", "_state/reels.parquet")];

/// Values with a new name: column, old and new. The column is that of the new tables.
const VALUES: [(&str, &str, &str); 1] = [("status", "windowed", "incremental")];

/// Columns that only the new tables have: table and column.
const ADDED: [(&str, &str); 2] = [("reels", "is_new_breakout"), ("accounts", "previous_observed_at")];

pub struct Changes {
    renamed: Vec<(String, String)>,
    added: Vec<(String, String)>,
}

impl Changes {
    /// The changes listed here and those of the command line.
    pub fn with(renamed: &[String], added: &[String]) -> Self {
        let pair = |text: &String| {
            let (old, new) = text.split_once('=').unwrap_or_else(|| panic!("{text} is not OLD=NEW"));
            (old.to_owned(), new.to_owned())
        };
        let known = RENAMED.map(|(old, new)| (old.to_owned(), new.to_owned()));
        let column = |text: &String| {
            let (table, column) = text.split_once('.').unwrap_or_else(|| panic!("{text} is not TABLE.COLUMN"));
            (table.to_owned(), column.to_owned())
        };
        let added = ADDED
            .map(|(table, column)| (table.to_owned(), column.to_owned()))
            .into_iter()
            .chain(added.iter().map(column));
        Self { renamed: known.into_iter().chain(renamed.iter().map(pair)).collect(), added: added.collect() }
    }

    /// The new name of a column or file.
    pub fn name<'a>(&'a self, old: &'a str) -> &'a str {
        self.renamed.iter().find(|(from, _)| from == old).map_or(old, |(_, to)| to)
    }

    pub fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.renamed.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }

    /// The new form of a value; `column` is the new name.
    pub fn value<'a>(&self, column: &str, old: &'a str) -> &'a str {
        VALUES.iter().find(|(of, from, _)| *of == column && *from == old).map_or(old, |(_, _, to)| to)
    }

    pub fn values(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        VALUES.into_iter()
    }

    pub fn is_added(&self, table: &str, column: &str) -> bool {
        self.added.iter().any(|added| (added.0.as_str(), added.1.as_str()) == (table, column))
    }
}
