//! Checks of a query before the engine runs it: its size, the names it uses, and whether every engine would give the same
//! answer.

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, GroupByExpr, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Statement, Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, Hint, Result};
use crate::schema::column::{Column, Table};

const MAX_BYTES: usize = 1 << 20;
/// Maximum nesting of operators and key words. The engine recurses, and this fits its stack with a margin, even in a debug
/// build.
const MAX_DEPTH: usize = 400;
/// Each SELECT can build on the previous one, so this bounds the depth of the plan.
const MAX_SELECTS: usize = 200;

/// Aggregate functions.
const AGGREGATES: &str = "array_agg avg corr count covar covar_pop covar_samp first group_concat last listagg max mean \
    median min mode quantile_cont quantile_disc stddev stddev_pop stddev_samp stdev stdev_samp string_agg sum var var_pop \
    var_samp variance";

/// The tokens of a query; none if it is not SQL, for which the engine has the better message.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Tokenizer::new(&GenericDialect, sql).tokenize().unwrap_or_default();
    tokens.retain(|token| !matches!(token, Token::Whitespace(_)));
    tokens
}

/// Limits a query to a size that the engine survives.
///
/// # Errors
/// `Usage` if it is larger.
pub(crate) fn check_size(sql: &str) -> Result<()> {
    if sql.len() > MAX_BYTES {
        return Err(Error::usage(format!("the SQL has {} bytes, and at most {MAX_BYTES} are taken", sql.len()))
            .hint(Hint::FilterAnswers));
    }
    let (deepest, selects) = depth(&tokens(sql));
    if deepest > MAX_DEPTH {
        let what = format!(
            "the SQL is nested too deeply: {deepest} operators and key words within each other, and at most {MAX_DEPTH} \
             are taken"
        );
        return Err(
            Error::usage(what).hint("split it into several queries; `x IN (…)` says the same as many `x = … OR x = …`")
        );
    }
    if selects > MAX_SELECTS {
        return Err(Error::usage(format!("the SQL has {selects} SELECTs, and at most {MAX_SELECTS} are taken"))
            .hint("split it into several queries"));
    }
    Ok(())
}

fn is_column(name: &str) -> bool {
    Table::ALL.iter().any(|table| table.columns().iter().any(|column| column.name.eq_ignore_ascii_case(name)))
}

/// The maximum nesting of operators and key words, and the number of SELECTs.
fn depth(tokens: &[Token]) -> (usize, usize) {
    let (mut outer, mut here, mut selects, mut depth, mut deepest) = (Vec::new(), 0, 0, 0, 0);
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                outer.push(here);
                here = 1;
                depth += 1;
            }
            Token::RParen | Token::RBracket | Token::RBrace if !outer.is_empty() => {
                depth -= here;
                here = outer.pop().unwrap_or_default();
            }
            // Items separated by a comma are not nested.
            Token::Comma => {
                depth -= here;
                here = 0;
            }
            Token::Word(word) if word.keyword == Keyword::NoKeyword || word.quote_style.is_some() => {}
            // Some columns have the name of a key word.
            Token::Word(word) if is_column(&word.value) => {}
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::SemiColon => {}
            other => {
                selects += usize::from(matches!(other, Token::Word(word) if word.keyword == Keyword::SELECT));
                here += 1;
                depth += 1;
            }
        }
        deepest = deepest.max(depth);
    }
    (deepest, selects)
}

/// The names in a query; parsed once, since every column of every table is looked up in them.
#[derive(Debug, Clone)]
pub struct ReferencedColumns {
    /// Its words in lower case, without string literals and comments.
    words: HashSet<String>,
    all_columns: bool,
}

impl ReferencedColumns {
    pub fn of(sql: &str) -> ReferencedColumns {
        let tokens = tokens(sql);
        let word = |token: &Token| match token {
            Token::Word(word) => Some(word.value.to_ascii_lowercase()),
            _ => None,
        };
        let words: HashSet<String> = tokens.iter().filter_map(word).collect();
        // A `*` that is neither a multiplication nor in `COUNT(*)`.
        let is_all = |pair: &[Token]| {
            let before = word(&pair[0]).is_some_and(|word| ["select", "distinct", "all"].contains(&word.as_str()));
            pair[1] == Token::Mul && (before || matches!(pair[0], Token::Comma | Token::Period))
        };
        // These use columns without naming them.
        let unnamed = ["natural", "columns"].iter().any(|word| words.contains(*word));
        ReferencedColumns { all_columns: unnamed || tokens.windows(2).any(is_all), words }
    }

    /// Whether the SQL has this word, given in small letters, outside texts and comments.
    pub fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    pub fn names(&self, table: Table) -> bool {
        self.words.contains(table.name())
    }

    /// Whether the query may need this column: it contains the names of the column and of its table outside string literals
    /// and comments, or selects all columns. (Each table's account is always loaded, so that its rows can be counted.)
    pub fn asks_for(&self, table: Table, column: &Column) -> bool {
        let has_name = column.name == "account" || self.words.contains(column.name) || self.all_columns;
        self.names(table) && has_name
    }
}

/// Parses a query as the engine does.
pub(crate) fn parse(sql: &str) -> std::result::Result<Vec<Statement>, ParserError> {
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    Parser::new(&GenericDialect).with_options(options).try_with_sql(sql)?.parse_statements()
}

/// Refuses what this engine answers but others do not: an aggregate next to a column that is not grouped. It recurses into
/// the query, as the engine does, and needs as much stack.
///
/// # Errors
/// `Usage` with what to write instead.
pub(crate) fn check_aggregates(sql: &str) -> Result<()> {
    // The engine reports syntax errors.
    let Ok(statements) = parse(sql) else { return Ok(()) };
    match Visit::visit(&statements, &mut Selects) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Selects;

impl Visitor for Selects {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        check_select(select).map_or_else(ControlFlow::Break, ControlFlow::Continue)
    }
}

fn check_select(select: &Select) -> Result<()> {
    let filter = Scan::of(select.selection.iter(), HashSet::new(), Vec::new());
    if let Some(aggregate) = filter.aggregate {
        return Err(Error::usage(format!("the SQL has the aggregate {aggregate} in WHERE, which filters single rows"))
            .hint("filter groups with HAVING, or compare with the result of a WITH query"));
    }
    let items: Vec<&Expr> = select.projection.iter().filter_map(expression).collect();
    let GroupByExpr::Expressions(keys, _) = &select.group_by else { return Ok(()) };
    let aliases = select.projection.iter().filter_map(alias).collect();
    let found = Scan::of(items, aliases, grouped(select, keys));
    let wildcard = select.projection.iter().find(|item| expression(item).is_none()).map(|_| "*".to_owned());
    let Some(column) = wildcard.or(found.column) else { return Ok(()) };
    match found.aggregate {
        Some(aggregate) if keys.is_empty() => Err(Error::usage(format!(
            "the SQL mixes the aggregate {aggregate} with the plain column `{column}`"
        ))
        .hint(format!(
            "add that column to GROUP BY, or use {aggregate}(…) OVER () to repeat the aggregate on each row"
        ))),
        _ if !keys.is_empty() => {
            Err(Error::usage(format!("the SQL selects `{column}`, which is neither grouped nor aggregated"))
                .hint(format!("add {column} to GROUP BY, or take one value of it, such as MAX({column})")))
        }
        _ => Ok(()),
    }
}

/// The expressions with one value per group, each in its plain form.
fn grouped(select: &Select, keys: &[Expr]) -> Vec<String> {
    let of_item = |key: &Expr| {
        let text = key.to_string();
        let at = text.parse::<usize>().ok().and_then(|place| select.projection.get(place.checked_sub(1)?));
        let named = || select.projection.iter().find(|item| alias(item).is_some_and(|alias| alias == plain(key)));
        at.or_else(named).and_then(expression).map(plain)
    };
    keys.iter().flat_map(|key| of_item(key).into_iter().chain([plain(key)])).collect()
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        SelectItem::ExprWithAliases { expr, .. } => Some(expr),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), _) => Some(expr),
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => None,
    }
}

fn alias(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        _ => None,
    }
}

/// An expression in lower case and without table qualifiers.
fn plain(expr: &Expr) -> String {
    let tokens = tokens(&expr.to_string());
    let is_qualifier = |at: usize| tokens.get(at + 1) == Some(&Token::Period) || tokens[at] == Token::Period;
    let parts = (0..tokens.len()).filter(|at| !is_qualifier(*at)).map(|at| match &tokens[at] {
        Token::Word(word) => word.value.to_lowercase(),
        other => other.to_string(),
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// Visits the expressions of one SELECT, but not SELECTs nested in them.
#[derive(Default)]
struct Scan {
    aliases: HashSet<String>,
    grouped: Vec<String>,
    has_grouped_expressions: bool,
    /// How many subqueries and covered expressions enclose the current position.
    queries: usize,
    covered: usize,
    /// The first aggregate and the first ungrouped column found.
    aggregate: Option<String>,
    column: Option<String>,
}

impl Scan {
    fn of<'e>(exprs: impl IntoIterator<Item = &'e Expr>, aliases: HashSet<String>, grouped: Vec<String>) -> Self {
        let has_grouped_expressions = grouped.iter().any(|key| key.contains(' '));
        let mut scan = Self { aliases, grouped, has_grouped_expressions, ..Self::default() };
        for expr in exprs {
            let _: ControlFlow<()> = expr.visit(&mut scan);
        }
        scan
    }

    /// The column, if the expression is one.
    fn column_of(expr: &Expr) -> Option<&str> {
        match expr {
            Expr::Identifier(name) => Some(&name.value),
            Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.as_str()),
            _ => None,
        }
    }

    /// Whether the expression has one value per group.
    fn covers(&self, expr: &Expr) -> bool {
        let is_aggregate = matches!(expr, Expr::Function(function) if aggregate(function).is_some());
        let is_grouped = || match Self::column_of(expr) {
            Some(name) => self.grouped.contains(&name.to_lowercase()),
            None => self.has_grouped_expressions && self.grouped.contains(&plain(expr)),
        };
        is_aggregate || is_grouped()
    }
}

impl Visitor for Scan {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.queries > 0 {
            return ControlFlow::Continue(());
        }
        if let Expr::Function(function) = expr
            && let Some(name) = aggregate(function)
        {
            self.aggregate.get_or_insert(name.to_uppercase());
        }
        if self.covers(expr) {
            self.covered += 1;
        } else if let Some(name) = Self::column_of(expr)
            && self.covered == 0
            && !self.aliases.contains(&name.to_lowercase())
        {
            self.column.get_or_insert(name.to_owned());
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.queries == 0 && self.covers(expr) {
            self.covered -= 1;
        }
        ControlFlow::Continue(())
    }
}

/// The name of the function if it is an aggregate and not a window function.
fn aggregate(function: &Function) -> Option<&str> {
    let name = function.name.0.last()?.as_ident()?.value.as_str();
    let is_aggregate = AGGREGATES.split(' ').any(|aggregate| name.eq_ignore_ascii_case(aggregate));
    (is_aggregate && function.over.is_none()).then_some(name)
}
