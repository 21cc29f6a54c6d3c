//! What is refused before the engine sees it, and what is not.

use super::*;
use crate::query::file::built_in_queries;

fn wanted(sql: &str) -> Vec<&'static str> {
    let mentioned = ReferencedColumns::of(sql);
    let reels = Table::Reels.columns().iter().filter(|column| mentioned.asks_for(Table::Reels, column));
    reels.map(|column| column.name).collect()
}

#[test]
fn only_the_columns_that_a_question_names_are_loaded() {
    assert_eq!(wanted("SELECT COUNT(*) FROM reels"), ["account"]);
    assert_eq!(wanted("SELECT 2 * views, COUNT( * ) FROM Reels"), ["account", "views"]);
    assert_eq!(wanted("SELECT r.\"likes_hidden\" FROM reels AS r"), ["account", "likes_hidden"]);
    assert_eq!(wanted("SELECT views FROM observations"), [""; 0]);
    // Neither a text nor a comment names a column.
    assert_eq!(wanted("-- it's views\nSELECT 'no caption, it''s', \"url\" /* hook */ FROM reels"), ["url", "account"]);
    assert_eq!(wanted("SELECT '-- ' AS a, views FROM reels -- caption"), ["account", "views"]);
    for all in
        ["SELECT * FROM reels", "SELECT r.* FROM reels r", "SELECT 1, * FROM reels", "SELECT DISTINCT * FROM reels"]
    {
        assert_eq!(wanted(all).len(), Table::Reels.columns().len(), "{all}");
    }
}

#[test]
fn figures_of_many_rows_stand_beside_columns_of_their_group_alone() {
    let fine = [
        "SELECT AVG(views), COUNT(*) + 1 FROM reels",
        "SELECT account, AVG(views) FROM reels GROUP BY account",
        "SELECT r.account, AVG(r.views) FROM reels r GROUP BY account",
        "SELECT UPPER(account) AS a, AVG(views) FROM reels GROUP BY a",
        "SELECT COALESCE(r.owner_id, '') || '!', MAX(views) FROM reels r GROUP BY COALESCE(owner_id, '')",
        "SELECT account, 1 + posted_hour, SUM(views) FROM reels GROUP BY 1, 2",
        "SELECT account, AVG(views) OVER (PARTITION BY account) FROM reels",
        "SELECT account, SUM(COUNT(*)) OVER (ORDER BY account) FROM reels GROUP BY account",
        "SELECT account, views FROM reels WHERE views > (SELECT AVG(views) FROM reels)",
        "SELECT (SELECT MAX(views) FROM reels) AS most, account FROM reels",
        "SELECT COUNT(*) AS n, n / 2.0 AS half FROM reels",
        "SELECT account FROM reels GROUP BY ALL",
        "SELECT COUNT(CASE WHEN is_pinned THEN 1 END), 'text' FROM reels",
        "this is not SQL (",
    ];
    for sql in fine {
        assert!(check_aggregates(sql).is_ok(), "{sql}: {:?}", check_aggregates(sql));
    }
    let refused = [
        ("SELECT account, AVG(views) FROM reels", "aggregate AVG with the plain column `account`"),
        ("SELECT *, COUNT(*) FROM reels", "mixes the aggregate COUNT with the plain column `*`"),
        ("SELECT views - median(views) FROM reels", "aggregate MEDIAN with the plain column `views`"),
        ("WITH a AS (SELECT account, MAX(views) AS m FROM reels) SELECT * FROM a", "the aggregate MAX with"),
        ("SELECT 1 FROM reels UNION ALL SELECT views + COUNT(*) FROM reels", "the aggregate COUNT with"),
        (
            "SELECT account FROM reels WHERE reel_id IN (SELECT MIN(reel_id) || shortcode FROM reels)",
            "the aggregate MIN with",
        ),
        (
            "SELECT account, views FROM reels GROUP BY account",
            "selects `views`, which is neither grouped nor aggregated",
        ),
        ("SELECT account, 2 * views FROM reels GROUP BY account", "selects `views`, which is neither"),
        ("SELECT account, views FROM reels WHERE views > AVG(views)", "AVG in WHERE"),
        ("SELECT UPPER(account), COUNT(*), ROW_NUMBER() OVER (ORDER BY views) FROM reels", "the aggregate COUNT with"),
    ];
    for (sql, what) in refused {
        let error = check_aggregates(sql).unwrap_err();
        assert!(error.message.contains(what) && error.hint.is_some(), "{sql}: {error}");
    }
    for query in built_in_queries() {
        check_size(&query.sql).and_then(|()| check_aggregates(&query.sql)).expect(&query.name);
    }
}

#[test]
fn a_question_is_as_large_as_its_parts_within_each_other_and_not_side_by_side() {
    let list = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
    let values = format!("SELECT account FROM reels WHERE views IN ({})", list(50_000).join(", "));
    assert!(check_size(&values).is_ok());
    for (long, what) in [
        (format!("SELECT {} FROM reels", list(20_000).join("+")), "nested too deeply"),
        (format!("SELECT views FROM reels WHERE {}", list(2_000).join(" = views OR ")), "nested too deeply"),
        (format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000)), "nested too deeply"),
        (format!("SELECT {} 1", "- ".repeat(5_000)), "nested too deeply"),
        (format!("SELECT 1{}", ", (SELECT 1)".repeat(MAX_SELECTS)), "201 SELECTs"),
        (format!("SELECT '{}'", "x".repeat(MAX_BYTES)), "bytes, and at most 1048576"),
    ] {
        let error = check_size(&long).unwrap_err();
        assert!(error.message.contains(what) && error.message.len() < 200, "{error}");
    }
    // Quotation marks and comments without an end are no more work than others.
    for odd in ["'a'", "/*", "--\n", "\"", "((", "'"] {
        let _ = check_size(&odd.repeat(MAX_BYTES / odd.len()));
    }
}

/// The tables without a row.
fn asked(sql: &str) -> Result<crate::query::answer::Answer> {
    crate::query::engine::QueryEngine::new(Vec::new()).query(sql)
}

/// As deep as it may be, in whatever way: the end of a stack no program survives.
#[test]
fn what_is_small_enough_fits_the_engines_stack() {
    fits_the_stack(&["plus", "columns", "not", "brackets", "null", "cast", "join", "case"]);
}

#[test]
#[ignore = "slow"]
fn slow_what_is_small_enough_and_takes_long_fits_the_engines_stack() {
    fits_the_stack(&["or", "union", "with"]);
}

fn fits_the_stack(names: &[&str]) {
    let chain = |count: usize, part: &str| vec![part; count].concat();
    let ctes: String =
        (1..MAX_SELECTS - 1).map(|number| format!(", c{number} AS (SELECT account FROM c{})", number - 1)).collect();
    let queries = [
        ("plus", format!("SELECT 1{} FROM reels", chain(MAX_DEPTH - 8, "+1"))),
        ("columns", format!("SELECT views{} FROM reels", chain(MAX_DEPTH - 8, " - views"))),
        ("or", format!("SELECT views FROM reels WHERE TRUE{}", chain((MAX_DEPTH - 20) / 2, " OR views = 1"))),
        ("not", format!("SELECT {} TRUE", chain(45, "NOT "))),
        ("brackets", format!("SELECT {}1{}", chain(45, "("), chain(45, ")"))),
        ("null", format!("SELECT views{} FROM reels", chain((MAX_DEPTH - 8) / 2, " IS NULL"))),
        ("cast", format!("SELECT views{} FROM reels", chain((MAX_DEPTH - 8) / 2, "::INT"))),
        ("join", format!("SELECT 1 FROM reels{}", chain((MAX_DEPTH - 8) / 4, " JOIN accounts USING (account)"))),
        ("union", format!("SELECT 1{}", chain((MAX_DEPTH - 8) / 3, " UNION ALL SELECT 1"))),
        ("case", format!("SELECT CASE{} END", chain((MAX_DEPTH - 8) / 3, " WHEN TRUE THEN 1"))),
        ("with", format!("WITH c0 AS (SELECT account FROM reels){ctes} SELECT * FROM c{}", MAX_SELECTS - 2)),
    ];
    let chosen: Vec<_> = queries.iter().filter(|(name, _)| names.contains(name)).collect();
    assert_eq!(chosen.len(), names.len());
    for (name, sql) in chosen {
        assert!(check_size(sql).is_ok(), "{name}: {:?}", check_size(sql));
        if let Err(error) = asked(sql) {
            assert_eq!(error.kind, crate::error::ErrorKind::Usage, "{name}: {error}");
        }
    }
}

proptest::proptest! {
    /// Odd questions have an answer or an error: nothing ends the program.
    #[test]
    fn odd_questions_are_answered_or_refused(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "SELECT", "views", "account", "*", ",", "FROM reels", "WHERE", "GROUP BY account", "ORDER BY 1", "LIMIT",
                "99999999999999999999", "9223372036854775807", "-1", "0", "1 / 0", "1 % 0", "CAST(caption AS INT)",
                "CAST(1e300 AS BIGINT)", "views::DATE", "NULL", "(", ")", "+", "||", "COUNT(*)", "SUM(views)",
                "MEDIAN(views)", "OVER ()", "OVER (PARTITION BY account)", "ROW_NUMBER() OVER ()",
                "LAG(views, 9999999999) OVER (ORDER BY views)", "CASE WHEN", "THEN 1 END", "'é\u{202e}'", "\"", "'", "--",
                "/*", "UNION ALL SELECT", "JOIN accounts USING (account)", "WITH x AS (SELECT 1)",
                "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r)", "FROM r", "HAVING", "DISTINCT", "IN (SELECT 1)",
                "SUBSTR(caption, -9223372036854775808, 9223372036854775807)", "REPEAT('x', 3)", "COLUMNS('[')", "AS",
                "EXTRACT(YEAR FROM posted_at)", "INTERVAL '1 day'", "ARRAY[1]", "x'zz'", "1e999", "\u{0}", "FROM",
                "STRFTIME(posted_at, '%')", "OFFSET 18446744073709551615", "TRY_CAST(views AS TINYINT)", "QUANTILE_CONT(views, 7)",
            ]), 0..9)
    ) {
        let sql = format!("SELECT {}", parts.join(" "));
        let _ = asked(&sql);
        let _ = asked(&parts.join(" "));
    }
}
