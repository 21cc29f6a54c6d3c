//! Names of earlier versions: a query that still uses one is answered with the new one.

use crate::schema::column::Table;

/// Table, the name that a column had, and its name now.
const COLUMNS: [(Table, &str, &str); 1] = [(Table::Accounts, "walk_started_at", "crawl_started_at")];

/// The new name of a column that this error of the engine says is missing.
pub fn column_hint(message: &str) -> Option<String> {
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
}
