//! The rows of an answer as people see them: values in words, small groups marked, each account's rows under its name.

use std::collections::HashSet;

use serde::Serialize;

use crate::query::answer::{Answer, AnswerColumn, Value};
use crate::report::render::format::{LETTERS, Precision, counted_by, cut, heading, reel_url, written};
use crate::schema::column::ColumnType;

/// Groups with fewer members than this are marked.
const FEW: i64 = 3;

#[derive(Serialize)]
pub(crate) struct TableView {
    pub columns: Vec<ColumnView>,
    pub rows: Vec<RowView>,
    /// What was left out, by its headings: columns that have a value in no row.
    pub without: Vec<String>,
    /// Whose rows these are, and how many accounts the answer has; where each account has several.
    pub accounts: Option<(usize, usize)>,
}

#[derive(Serialize)]
pub(crate) struct ColumnView {
    pub name: String,
    pub heading: String,
    pub is_number: bool,
    /// It only says the account, which stands above the rows.
    pub is_above: bool,
}

#[derive(Serialize)]
pub(crate) struct RowView {
    /// The whole row rests on fewer than 3.
    pub few: bool,
    /// The account whose rows begin here.
    pub begins: Option<String>,
    pub cells: Vec<CellView>,
}

#[derive(Serialize)]
pub(crate) struct CellView {
    pub text: String,
    pub href: Option<String>,
    /// How it is set: a number, a long text, one that rests on fewer than 3.
    pub class: String,
    /// This is the count that says so.
    pub marked: bool,
    /// As its column.
    pub is_above: bool,
}

/// The rows up to so many. Where an account has several, its rows are cut off together. On a page about one account the
/// name stands in the title alone.
pub(crate) fn table(answer: &Answer, most: usize, is_of_one_account: bool) -> TableView {
    let account = answer.position("account");
    let begins = account.and_then(|account| groups(answer, account));
    let shown = match &begins {
        Some(begins) => begins.iter().copied().chain([answer.rows.len()]).rfind(|end| (1..=most).contains(end)),
        None => None,
    };
    let rows = shown.unwrap_or(most.min(answer.rows.len()));
    let kept: Vec<usize> = (0..answer.columns.len()).filter(|at| !is_empty(answer, *at)).collect();
    let is_above = |at: usize| Some(at) == account && (is_of_one_account || begins.is_some());
    let column = |&at: &usize| ColumnView {
        name: answer.columns[at].name.clone(),
        heading: heading(&answer.columns[at].name),
        is_number: is_number(&answer.columns[at]),
        is_above: is_above(at),
    };
    let starts = begins.as_deref().filter(|_| !is_of_one_account).unwrap_or_default();
    let row = |at: usize| RowView {
        few: is_few(&answer.columns, &answer.rows[at], "n"),
        begins: account.filter(|_| starts.contains(&at)).map(|account| text(answer, at, account)),
        cells: kept.iter().map(|&column| CellView { is_above: is_above(column), ..cell(answer, at, column) }).collect(),
    };
    let dropped = (0..answer.columns.len()).filter(|at| !kept.contains(at));
    let dropped = dropped.filter(|at| tells_by_absence(&answer.columns[*at].name));
    TableView {
        columns: kept.iter().map(column).collect(),
        rows: (0..rows).map(row).collect(),
        without: dropped.map(|at| heading(&answer.columns[at].name)).collect(),
        accounts: begins.map(|begins| (begins.iter().filter(|begin| **begin < rows).count(), begins.len())),
    }
}

/// Whether a reader would look for the column where it has no value. The n of a value goes with it, and some columns
/// speak of what is the matter alone.
fn tells_by_absence(column: &str) -> bool {
    counted_by(column).is_none() && !column.ends_with("_last_known") && column != "listing"
}

/// Where the rows of each account begin; nothing where each has one row, or they do not lie together.
pub(crate) fn groups(answer: &Answer, account: usize) -> Option<Vec<usize>> {
    let value = |at: usize| &answer.rows[at][account];
    let begins: Vec<usize> = (0..answer.rows.len()).filter(|&at| at == 0 || value(at) != value(at - 1)).collect();
    let names: Option<HashSet<&str>> = begins
        .iter()
        .map(|&at| match value(at) {
            Value::Text(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    (begins.len() < answer.rows.len() && names?.len() == begins.len()).then_some(begins)
}

/// Whether a column has a value in no row; the n of such a one goes with it.
fn is_empty(answer: &Answer, at: usize) -> bool {
    let has_none = |at: usize| answer.rows.iter().all(|row| row[at] == Value::Null);
    let counted = counted_by(&answer.columns[at].name).and_then(|counted| answer.position(counted));
    match counted {
        Some(counted) => has_none(counted),
        None => has_none(at),
    }
}

/// Whether a column reads as a number, and so stands to the right.
pub(crate) fn is_number(column: &AnswerColumn) -> bool {
    let number = matches!(column.column_type, ColumnType::Int32 | ColumnType::Int64 | ColumnType::Float64);
    number && column.name != "posted_weekday" && column.name != "weekday"
}

fn text(answer: &Answer, row: usize, column: usize) -> String {
    cut(&written(&answer.columns[column].name, &answer.rows[row][column], Precision::Short), LETTERS)
}

fn cell(answer: &Answer, at: usize, column_at: usize) -> CellView {
    let (column, values) = (&answer.columns[column_at], &answer.rows[at]);
    let name = column.name.as_str();
    let href = match &values[column_at] {
        Value::Text(text) if name == "url" || name == "example" => reel_url(text),
        _ => None,
    };
    let marked = (name == "n" || counted_by(name).is_some()) && is_few(&answer.columns, values, name);
    let few = marked || is_few(&answer.columns, values, &format!("{name}_n"));
    let is_long = matches!(name, "hook" | "caption" | "question" | "example" | "what");
    let classes = [("n", is_number(column)), ("long", is_long && href.is_none()), ("few", few)];
    CellView {
        // The address itself says nothing that its code does not.
        text: href.map_or_else(
            || text(answer, at, column_at),
            |url| url.trim_end_matches('/').rsplit('/').next().unwrap_or(url).to_owned(),
        ),
        href: href.map(str::to_owned),
        class: classes.iter().filter(|(_, is)| *is).map(|(class, _)| *class).collect::<Vec<_>>().join(" "),
        marked,
        is_above: false,
    }
}

/// Whether the count of that name is there and is under 3.
pub(crate) fn is_few(columns: &[AnswerColumn], values: &[Value], count: &str) -> bool {
    let at = columns.iter().position(|column| column.name == count);
    matches!(at.map(|at| &values[at]), Some(Value::Int(n)) if *n < FEW)
}
