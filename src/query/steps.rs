//! A query step by step: the engine works out the columns of a plan again for every name in a query, so that plans that
//! build on each other would take longer to make than to run. Each common table expression becomes a table of its own.

use polars::prelude::{DataFrame, IntoLazy, LazyFrame};
use polars::sql::SQLContext;
use sqlparser::ast::Statement;

use crate::query::sql;

/// A query without its common table expressions, and these before it, each with its name.
#[derive(Debug, PartialEq)]
struct Steps {
    named: Vec<(String, String)>,
    last: String,
}

impl Steps {
    /// `None` where the query is one step, or one that only the engine understands.
    fn of(sql: &str) -> Option<Steps> {
        let mut statements = sql::parse(sql).ok()?;
        let [Statement::Query(query)] = statements.as_mut_slice() else { return None };
        let with = query.with.take().filter(|with| !with.recursive)?;
        let is_plain = with.cte_tables.iter().all(|cte| cte.alias.columns.is_empty() && cte.from.is_none());
        let named = with.cte_tables.iter().map(|cte| (cte.alias.name.value.clone(), cte.query.to_string()));
        is_plain.then(|| Steps { named: named.collect(), last: query.to_string() })
    }
}

/// Runs a query; its common table expressions stay in the context as tables.
pub(crate) fn run(context: &mut SQLContext, sql: &str) -> polars::error::PolarsResult<DataFrame> {
    let Some(Steps { named, last }) = Steps::of(sql) else {
        return context.execute(sql).and_then(LazyFrame::collect);
    };
    for (name, step) in named {
        let frame = context.execute(&step)?.collect()?;
        context.register(&name, frame.lazy());
    }
    context.execute(&last)?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_table_expressions_are_steps_before_the_rest() {
        let steps =
            Steps::of("WITH a AS (SELECT 1 AS n), \"B\" AS (SELECT n FROM a) SELECT n FROM \"B\" ORDER BY n LIMIT 3;");
        let named = [("a", "SELECT 1 AS n"), ("B", "SELECT n FROM a")].map(|(name, sql)| (name.into(), sql.into()));
        let last = "SELECT n FROM \"B\" ORDER BY n LIMIT 3".to_owned();
        assert_eq!(steps, Some(Steps { named: named.into(), last }));
        for one_step in [
            "SELECT 1",
            "SELECT 1; SELECT 2",
            "WITH a(n) AS (SELECT 1) SELECT n FROM a",
            "WITH RECURSIVE a AS (SELECT 1) SELECT 1",
            "WITH a AS (SELECT",
        ] {
            assert_eq!(Steps::of(one_step), None, "{one_step}");
        }
    }
}
