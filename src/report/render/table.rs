//! The rows of an answer for display: values as text, small groups marked, each account's rows under its name.

use std::collections::HashSet;

use serde::Serialize;

use crate::query::answer::{Answer, AnswerColumn};
use crate::report::render::format::{LETTERS, Precision, cut, format_value, heading, reel_url};
use crate::schema::display::{Display, FEW, counted_by, display};
use crate::schema::{column::ColumnType, value::Value};

#[derive(Serialize)]
pub(crate) struct TableView {
    pub columns: Vec<ColumnView>,
    pub rows: Vec<RowView>,
    /// Heading and value of the columns left out because all rows have the same.
    pub same: Vec<String>,
    /// Headings of the columns left out because no row has a value.
    pub without: Vec<String>,
    /// How many accounts are shown and how many the answer has, if accounts have several rows.
    pub accounts: Option<(usize, usize)>,
}

#[derive(Serialize)]
pub(crate) struct ColumnView {
    pub name: String,
    pub heading: String,
    pub is_number: bool,
    /// It is the account, which is shown above the rows.
    pub is_above: bool,
}

#[derive(Serialize)]
pub(crate) struct RowView {
    /// The whole row is based on fewer than 3 reels.
    pub few: bool,
    /// The account whose rows begin here.
    pub begins: Option<String>,
    pub cells: Vec<CellView>,
}

#[derive(Serialize)]
pub(crate) struct CellView {
    pub text: String,
    pub href: Option<String>,
    /// CSS classes: number, long text, based on fewer than 3 reels.
    pub class: String,
    /// It is the count below 3.
    pub marked: bool,
    /// Copied from its column.
    pub is_above: bool,
}

/// At most `most` rows. An account's rows are left out together. On a page about one account only the title names it.
pub(crate) fn table(answer: &Answer, most: usize, is_of_one_account: bool) -> TableView {
    let account = answer.position("account");
    let begins = account.and_then(|account| groups(answer, account));
    let shown = match &begins {
        Some(begins) => begins.iter().copied().chain([answer.rows.len()]).rfind(|end| (1..=most).contains(end)),
        None => None,
    };
    let rows = shown.unwrap_or(most.min(answer.rows.len()));
    let repeated = repeated(answer);
    let is_kept = |at: &usize| !is_empty(answer, *at) && !repeated.contains(at);
    let mut kept: Vec<usize> = (0..answer.columns.len()).filter(is_kept).collect();
    // What a row is about comes first: a phone shows no more than the first columns.
    kept.sort_by_key(|at| subject_first(&answer.columns[*at].name));
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
    let same = |at: &usize| format!("{}: {}", heading(&answer.columns[*at].name), text(answer, 0, *at));
    let dropped = (0..answer.columns.len()).filter(|at| !kept.contains(at) && !repeated.contains(at));
    let dropped = dropped.filter(|at| tells_by_absence(&answer.columns[*at].name));
    TableView {
        columns: kept.iter().map(column).collect(),
        rows: (0..rows).map(row).collect(),
        same: repeated.iter().map(same).collect(),
        without: dropped.map(|at| heading(&answer.columns[at].name)).collect(),
        accounts: begins.map(|begins| (begins.iter().filter(|begin| **begin < rows).count(), begins.len())),
    }
}

/// Account, hook and link before all else.
fn subject_first(column: &str) -> usize {
    ["account", "hook", "url"].iter().position(|first| *first == column).unwrap_or(3)
}

/// The columns of texts, flags and days in which three rows or more all have the same value: saying it once is enough.
fn repeated(answer: &Answer) -> Vec<usize> {
    let is_same = |at: &usize| {
        let (name, mut values) = (answer.columns[*at].name.as_str(), answer.rows.iter().map(|row| &row[*at]));
        let first = values.next();
        let may_go = name != "account" && !is_number(&answer.columns[*at]);
        may_go && answer.rows.len() >= 3 && first != Some(&Value::Null) && values.all(|value| Some(value) == first)
    };
    (0..answer.columns.len()).filter(is_same).collect()
}

/// Whether a reader would miss the column if it is left out. The n of a value goes with it, and some columns only report
/// problems.
fn tells_by_absence(column: &str) -> bool {
    counted_by(column).is_none() && !column.ends_with("_last_known") && column != "listing"
}

/// Where the rows of each account begin; `None` if each has one row, or an account's rows are not consecutive.
pub(crate) fn groups(answer: &Answer, account: usize) -> Option<Vec<usize>> {
    let value = |at: usize| &answer.rows[at][account];
    let begins: Vec<usize> = (0..answer.rows.len()).filter(|&at| at == 0 || value(at) != value(at - 1)).collect();
    let names: Option<HashSet<&str>> = begins.iter().map(|&at| value(at).as_text()).collect();
    (begins.len() < answer.rows.len() && names?.len() == begins.len()).then_some(begins)
}

/// Whether no row has a value in this column, or in the column that it counts.
fn is_empty(answer: &Answer, at: usize) -> bool {
    let has_none = |at: usize| answer.rows.iter().all(|row| row[at] == Value::Null);
    let counted = counted_by(&answer.columns[at].name).and_then(|counted| answer.position(counted));
    match counted {
        Some(counted) => has_none(counted),
        None => has_none(at),
    }
}

/// Whether a column is a number, and so aligned to the right.
pub(crate) fn is_number(column: &AnswerColumn) -> bool {
    let number = matches!(column.column_type, ColumnType::Int32 | ColumnType::Int64 | ColumnType::Float64);
    number && display(&column.name) != Display::Weekday
}

fn text(answer: &Answer, row: usize, column: usize) -> String {
    cut(&format_value(&answer.columns[column].name, &answer.rows[row][column], Precision::Short), LETTERS)
}

fn cell(answer: &Answer, at: usize, column_at: usize) -> CellView {
    let (column, values) = (&answer.columns[column_at], &answer.rows[at]);
    let name = column.name.as_str();
    let href = match &values[column_at] {
        Value::Text(text) if matches!(display(name), Display::Link | Display::LinkOrText) => reel_url(text),
        _ => None,
    };
    let marked = (name == "n" || counted_by(name).is_some()) && is_few(&answer.columns, values, name);
    let few = marked || is_few(&answer.columns, values, &format!("{name}_n"));
    let is_long = matches!(display(name), Display::LongText | Display::LinkOrText) && href.is_none();
    let classes = [("n", is_number(column)), ("long", is_long), ("few", few)];
    CellView {
        // The code alone identifies the address.
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

/// Whether there is a count of that name and it is below 3.
pub(crate) fn is_few(columns: &[AnswerColumn], values: &[Value], count: &str) -> bool {
    let at = columns.iter().position(|column| column.name == count);
    at.and_then(|at| values[at].as_int()).is_some_and(|n| n < FEW)
}
