//! A report as people see it: every value in words, every small group marked, before it is HTML or Markdown.

use serde::Serialize;

use super::answer::{Answer, AnswerColumn, Value};
use super::chart;
use super::heatmap::{DRAWN, Grid, grids};
use super::query::Chart;
use super::words::{Figures, LETTERS, clean, counted_by, cut, heading, reel_url, shown, written};
use super::{Report, Section};
use crate::columns::ColumnType;

/// How many rows of a section are shown; all of them are in report.json.
const SHOWN: usize = 1_000;
/// Groups with fewer members than this are marked.
const FEW: i64 = 3;

#[derive(Serialize)]
pub(super) struct View {
    pub title: String,
    pub run_id: String,
    pub program_version: String,
    pub first_reading: String,
    pub last_reading: String,
    pub zones: Vec<(String, String)>,
    pub findings: Vec<String>,
    pub limits: Vec<String>,
    pub sections: Vec<SectionView>,
}

#[derive(Serialize)]
pub(super) struct SectionView {
    pub id: String,
    pub title: String,
    pub question: String,
    /// Totals: heading and value.
    pub figures: Vec<(String, String)>,
    pub drawing: Option<DrawingView>,
    pub grids: Vec<Grid>,
    pub key: Option<GridKey>,
    pub table: Option<TableView>,
    /// What a reader has to know of the rows: that there is none, that more are elsewhere, that some are few.
    pub notes: Vec<String>,
}

/// A picture and what it shows in words.
#[derive(Serialize)]
pub(super) struct DrawingView {
    pub alt: String,
    pub svg: String,
}

/// What the figures of a grid are.
#[derive(Serialize)]
pub(super) struct GridKey {
    pub value: String,
    pub label: String,
    /// Some labels rest on fewer than 3.
    pub few: bool,
}

#[derive(Serialize)]
pub(super) struct TableView {
    pub columns: Vec<ColumnView>,
    pub rows: Vec<RowView>,
}

#[derive(Serialize)]
pub(super) struct ColumnView {
    pub heading: String,
    pub is_number: bool,
    pub is_long: bool,
}

#[derive(Serialize)]
pub(super) struct RowView {
    /// The whole row rests on fewer than 3.
    pub few: bool,
    /// Another account begins here.
    pub starts: bool,
    pub cells: Vec<CellView>,
}

#[derive(Serialize)]
pub(super) struct CellView {
    pub text: String,
    pub href: Option<String>,
    /// The value rests on fewer than 3.
    pub few: bool,
    /// This is the count that says so.
    pub marked: bool,
    /// The account of the row above.
    pub again: bool,
}

impl View {
    pub(super) fn of(report: &Report) -> View {
        let facts = &report.facts;
        let zone = |(zone, accounts): (&str, Vec<&str>)| {
            let names = if accounts.len() > 12 { format!("{} accounts", accounts.len()) } else { accounts.join(", ") };
            (shown(zone), shown(&names))
        };
        View {
            title: report.title(),
            run_id: shown(&report.provenance.run_id),
            program_version: shown(&report.provenance.program_version),
            first_reading: written("first_reading", &facts.first_reading, Figures::Exact),
            last_reading: written("last_reading", &facts.last_reading, Figures::Exact),
            zones: facts.zones().into_iter().map(zone).collect(),
            findings: report.findings.clone(),
            limits: report.limits.iter().map(|limit| limit.text.clone()).collect(),
            sections: report.sections.iter().map(section).collect(),
        }
    }
}

fn section(section: &Section) -> SectionView {
    let answer = &section.answer;
    let mut view = SectionView {
        id: section.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect(),
        title: shown(&section.title),
        question: cut(&clean(&section.question), 1_000),
        figures: Vec::new(),
        drawing: None,
        grids: Vec::new(),
        key: None,
        table: None,
        notes: Vec::new(),
    };
    if let Some(fault) = &section.fault {
        view.notes.push(format!("This section could not be made: {}", cut(&clean(fault), 1_000)));
        return view;
    }
    let drawn = section.chart.as_ref().and_then(|chart| grids(chart, answer));
    match (&section.chart, answer.rows.as_slice(), drawn) {
        (_, [], _) => view.notes.push("No rows: nothing in the data fits this.".to_owned()),
        (Some(Chart::Figures), [row], _) => {
            view.figures = row.iter().zip(&answer.columns).map(figure).collect();
        }
        (_, _, Some(grids)) => {
            if grids.len() > DRAWN {
                view.notes.push(format!("The first {DRAWN} of {} accounts; report.json has all.", grids.len()));
            }
            let squares = || grids.iter().flat_map(|grid| &grid.rows).flat_map(|row| &row.squares);
            view.key = section.chart.as_ref().and_then(|chart| key(chart, squares().any(|square| square.few)));
            view.grids = grids.into_iter().take(DRAWN).collect();
        }
        _ => {
            let drawing = section.chart.as_ref().and_then(|chart| chart::draw(chart, answer));
            view.drawing = drawing.map(|drawing| {
                view.notes.extend(drawing.notes);
                DrawingView { alt: drawing.alt, svg: drawing.svg }
            });
            let table = table(answer);
            if answer.rows.len() > SHOWN {
                view.notes.push(format!("The first {SHOWN} of {} rows; report.json has all.", answer.rows.len()));
            }
            if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.marked)) {
                view.notes.push("Marked n < 3: too few to tell anything.".to_owned());
            }
            view.table = Some(table);
        }
    }
    view
}

fn figure((value, column): (&Value, &AnswerColumn)) -> (String, String) {
    (heading(&column.name), cut(&written(&column.name, value, Figures::Short), LETTERS))
}

fn key(chart: &Chart, few: bool) -> Option<GridKey> {
    let Chart::Heatmap { value, label, .. } = chart else { return None };
    Some(GridKey { value: heading(value).to_lowercase(), label: heading(label).to_lowercase(), few })
}

fn table(answer: &Answer) -> TableView {
    let column = |column: &AnswerColumn| ColumnView {
        heading: shown(&heading(&column.name)),
        is_number: is_number(column),
        is_long: matches!(column.name.as_str(), "hook" | "caption" | "question" | "example" | "what"),
    };
    TableView {
        columns: answer.columns.iter().map(column).collect(),
        rows: answer.rows.iter().take(SHOWN).enumerate().map(|(at, cells)| row(answer, at, cells)).collect(),
    }
}

/// Whether a column reads as a number, and so stands to the right.
pub(super) fn is_number(column: &AnswerColumn) -> bool {
    let number = matches!(column.column_type, ColumnType::Int32 | ColumnType::Int64 | ColumnType::Float64);
    number && column.name != "posted_weekday" && column.name != "weekday"
}

fn row(answer: &Answer, at: usize, values: &[Value]) -> RowView {
    let columns = answer.columns.as_slice();
    let account = answer.position("account");
    let same = account.is_some_and(|account| at > 0 && answer.rows[at - 1][account] == values[account]);
    // Where each account has a row of its own, as in the overview, there is nothing to set apart.
    let repeats = account.is_some_and(|account| answer.rows.windows(2).any(|two| two[0][account] == two[1][account]));
    let cell = |(column, value): (&AnswerColumn, &Value)| {
        let text = cut(&written(&column.name, value, Figures::Short), LETTERS);
        let href = match value {
            Value::Text(text) if column.name == "url" || column.name == "example" => reel_url(text),
            _ => None,
        };
        CellView {
            // The address itself says nothing that its code does not.
            text: href.map_or(text, |url| url.trim_end_matches('/').rsplit('/').next().unwrap_or(url).to_owned()),
            href: href.map(str::to_owned),
            few: is_few(columns, values, &format!("{}_n", column.name)),
            marked: (column.name == "n" || counted_by(&column.name).is_some()) && is_few(columns, values, &column.name),
            again: same && column.name == "account",
        }
    };
    let cells: Vec<CellView> = columns.iter().zip(values).map(cell).collect();
    RowView { few: is_few(columns, values, "n"), starts: repeats && !same, cells }
}

/// Whether the count of that name is there and is under 3.
fn is_few(columns: &[AnswerColumn], values: &[Value], count: &str) -> bool {
    let at = columns.iter().position(|column| column.name == count);
    matches!(at.map(|at| &values[at]), Some(Value::Int(n)) if *n < FEW)
}
