//! Names of earlier versions: a query that still uses one gets an error or a warning with the new name.

use sqlparser::tokenizer::Token;

use crate::query::sql::{ReferencedColumns, tokens};
use crate::schema::column::{Column, Table};

/// Table, the name that a column had, and its name now.
pub const COLUMNS: [(Table, &str, &str); 1] = [(Table::Accounts, "walk_started_at", "crawl_started_at")];

/// A value that has another name now.
struct RenamedValue {
    table: Table,
    column: &'static str,
    old: &'static str,
    new: &'static str,
}

const VALUES: [RenamedValue; 1] =
    [RenamedValue { table: Table::Accounts, column: "status", old: "windowed", new: "incremental" }];

impl RenamedValue {
    /// Whether a query looks for the old value in the column.
    fn is_in(&self, sql: &str) -> bool {
        let is_old = |token: &Token| matches!(token, Token::SingleQuotedString(text) if text == self.old);
        // Most queries do not have the text at all.
        let has_old = || tokens(sql).iter().any(is_old);
        sql.contains(self.old) && has_old() && {
            let names = ReferencedColumns::of(sql);
            names.names(self.table) && names.has_word(self.column)
        }
    }

    /// Whether the data dictionary lists the new value.
    fn is_renamed(&self) -> bool {
        let is_listed = |column: &Column| column.name == self.column && column.meaning.contains(self.new);
        self.table.columns().iter().any(is_listed)
    }
}

/// Warns of old values in a query, which find nothing.
pub(crate) fn warn_of_old_values(sql: &str) {
    for value in VALUES.iter().filter(|value| value.is_renamed() && value.is_in(sql)) {
        let RenamedValue { table, column, old, new } = value;
        tracing::warn!("{}.{column} is never '{old}': the value is now called '{new}'", table.name());
    }
}

/// The new name of a column that this error of the engine says is missing.
pub(crate) fn column_hint(message: &str) -> Option<String> {
    let (table, old, new) = COLUMNS.iter().find(|(_, old, _)| message.contains(old))?;
    Some(format!("{old} is now called {new} (table {})", table.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::engine::QueryEngine;

    #[test]
    fn an_old_column_name_leads_to_the_new_one() {
        let tables = QueryEngine::new(Vec::new());
        for sql in ["SELECT walk_started_at FROM accounts", "SELECT account FROM accounts a ORDER BY a.walk_started_at"]
        {
            let error = tables.query(sql).unwrap_err();
            let hint = error.hint.as_ref().map(|hint| format!("{hint:?}")).unwrap_or_default();
            assert!(
                hint.contains("walk_started_at is now called crawl_started_at (table accounts)"),
                "{sql}: {error} {hint}"
            );
        }
        for (table, old, new) in COLUMNS {
            let has = |name: &str| table.columns().iter().any(|column| column.name == name);
            assert!(has(new) && !has(old), "{}: {old} -> {new}", table.name());
        }
    }

    #[test]
    fn an_old_value_is_found_in_its_column() {
        let [status] = VALUES;
        assert!(status.is_in("SELECT account FROM accounts WHERE Status = 'windowed'"));
        for fine in [
            "SELECT account FROM accounts WHERE status = 'incremental'",
            "SELECT account FROM reels WHERE caption = 'windowed'",
            "SELECT account FROM accounts -- status 'windowed'",
        ] {
            assert!(!status.is_in(fine), "{fine}");
        }
    }
}
