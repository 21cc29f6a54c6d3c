//! Sections ready to render as HTML or Markdown, and what is said around them: every value as text, every small group
//! marked.

use serde::Serialize;

use crate::query::answer::{Answer, AnswerColumn};
use crate::query::file::{Chart, LEAGUE_TABLE, bare_name};
use crate::query::period::Period;
use crate::report::build::{Report, Section};
use crate::report::render::cards::{CARDS, CardView, cards};
use crate::report::render::chart;
use crate::report::render::format::{LETTERS, Precision, clean, cut, display_text, format_value, grouped, heading};
use crate::report::render::heatmap::{DRAWN, Grid, grids};
use crate::report::render::table::{TableView, groups, table};
use crate::schema::value::Value;

/// Row limits of an output format. report.json has all rows.
pub(crate) struct RowLimits {
    /// Above this many cells, the rows of each section are limited so that all sections fit.
    cells: usize,
    /// Number of accounts that the first table by account lists in any case.
    listed: usize,
}

/// Under a megabyte of HTML.
pub(crate) const PAGE: RowLimits = RowLimits { cells: 18_000, listed: 400 };
/// Under 100 KB of Markdown: mail services cut off longer messages.
pub(crate) const MAIL: RowLimits = RowLimits { cells: 4_500, listed: 60 };

/// What is said around the sections.
#[derive(Serialize)]
pub(crate) struct Frame {
    pub run_id: String,
    pub program_version: String,
    /// When the data was fetched, and what the period is compared with.
    pub collected: String,
    pub zones: Vec<(String, String)>,
    pub limits: Vec<String>,
    /// Titles of the sections without rows.
    pub unanswered: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct SectionView {
    pub id: String,
    pub title: String,
    pub question: String,
    /// Totals: heading and value.
    pub figures: Vec<(String, String)>,
    pub drawing: Option<ChartView>,
    pub grids: Vec<Grid>,
    pub key: Option<GridKey>,
    /// The rows of the table again, for formats that can show cards.
    pub cards: Vec<CardView>,
    pub table: Option<TableView>,
    /// What a reader has to know of the rows: that some are left out, or based on few reels.
    pub notes: Vec<String>,
}

/// A chart.
#[derive(Serialize)]
pub(crate) struct ChartView {
    pub svg: String,
}

/// What the numbers of a grid are.
#[derive(Serialize)]
pub(crate) struct GridKey {
    pub value: String,
    pub label: String,
    /// Some labels are based on fewer than 3 reels.
    pub few: bool,
}

impl Frame {
    pub(crate) fn of(report: &Report) -> Frame {
        let facts = &report.data;
        let zone = |(zone, accounts): (&str, Vec<&str>)| {
            let names = if accounts.len() > 12 { format!("{} accounts", accounts.len()) } else { accounts.join(", ") };
            (display_text(zone), display_text(&names))
        };
        let unanswered = sections_for(report).filter(|section| !section.is_answered());
        Frame {
            run_id: display_text(&report.provenance.run_id),
            program_version: display_text(&report.provenance.program_version),
            collected: collected(&facts.first_observation, &facts.last_observation, report.period),
            zones: facts.zones().into_iter().map(zone).collect(),
            limits: report.caveats.iter().map(|limit| limit.text.clone()).collect(),
            unanswered: unanswered.map(|section| display_text(&section.title)).collect(),
        }
    }
}

/// The sections; a single account has none to compare with.
pub(crate) fn sections_for(report: &Report) -> impl Iterator<Item = &Section> {
    let is_of_one_account = report.data.accounts.len() == 1;
    report.sections.iter().filter(move |section| !is_of_one_account || bare_name(&section.name) != LEAGUE_TABLE)
}

impl Section {
    /// Whether there is something to show: rows, or the error in their place.
    pub(crate) fn is_answered(&self) -> bool {
        self.fault.is_some() || !self.answer.rows.is_empty()
    }
}

/// Sections as text, each with as many rows as let all of them fit.
pub(crate) fn sections(answered: &[&Section], limits: &RowLimits, is_of_one_account: bool) -> Vec<SectionView> {
    let most = rows_a_section(answered, limits.cells);
    let index = answered.iter().position(|section| is_by_account(&section.answer));
    let most = |at: usize| if Some(at) == index { most.max(limits.listed) } else { most };
    let view = |(at, found): (usize, &&Section)| section(found, most(at), is_of_one_account);
    answered.iter().enumerate().map(view).collect()
}

/// The anchor of a section.
pub(crate) fn section_id(section: &Section) -> String {
    let id = section.name.chars().take(100).map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    format!("section-{}", id.collect::<String>())
}

/// How many rows each section may show, so that all of them fit.
fn rows_a_section(sections: &[&Section], max_cells: usize) -> usize {
    const STEPS: [usize; 10] = [1_000, 500, 300, 200, 150, 100, 70, 50, 30, 20];
    let cells = |most: usize| {
        let cells =
            sections.iter().map(|section| section.answer.rows.len().min(most) * section.answer.columns.len().max(1));
        cells.sum::<usize>()
    };
    STEPS.into_iter().find(|most| cells(*most) <= max_cells).unwrap_or(10)
}

/// Whether each account has a row of its own.
fn is_by_account(answer: &Answer) -> bool {
    answer.position("account").is_some_and(|account| groups(answer, account).is_none())
}

fn collected(first: &Value, last: &Value, period: Period) -> String {
    let from = format_value("first_observation", first, Precision::Exact);
    let to = format_value("last_observation", last, Precision::Exact);
    let words: &[&str] = match (first, last) {
        (Value::Null, _) | (_, Value::Null) => &["No reels"],
        _ if from == to => &["Data as of", &from],
        _ => &["Collected from", &from, "to", &to],
    };
    let compared = period.before_words().map(|days| ["· Period compared with".to_owned(), days]);
    let words: Vec<String> =
        words.iter().map(|word| (*word).to_owned()).chain(compared.into_iter().flatten()).collect();
    words.join(" ")
}

fn section(section: &Section, most: usize, is_of_one_account: bool) -> SectionView {
    let answer = &section.answer;
    let mut view = SectionView {
        id: section_id(section),
        title: display_text(&section.title),
        question: cut(&clean(&section.question), 1_000),
        figures: Vec::new(),
        drawing: None,
        grids: Vec::new(),
        key: None,
        cards: Vec::new(),
        table: None,
        notes: Vec::new(),
    };
    if let Some(fault) = &section.fault {
        view.notes.push(format!("This section could not be made: {}", cut(&clean(fault), 1_000)));
        return view;
    }
    let drawn = section.chart.as_ref().and_then(|chart| grids(chart, answer));
    match (&section.chart, answer.rows.as_slice(), drawn) {
        (Some(Chart::Figures), [row], _) => {
            // A page about one account need not count it.
            let is_shown = |(_, column): &(&Value, &AnswerColumn)| !is_of_one_account || column.name != "accounts";
            view.figures = row.iter().zip(&answer.columns).filter(is_shown).filter_map(figure).collect();
        }
        (Some(chart), _, Some(grids)) => view.take_grids(chart, grids, is_of_one_account),
        _ => view.take_table(section, most, is_of_one_account),
    }
    view
}

impl SectionView {
    fn take_grids(&mut self, chart: &Chart, mut grids: Vec<Grid>, is_of_one_account: bool) {
        if grids.len() > DRAWN {
            let all = grouped(grids.len() as i64);
            self.notes.push(format!("Showing the first {DRAWN} of {all} accounts; report.json has all."));
            grids.truncate(DRAWN);
        }
        if let ([one], true) = (grids.as_mut_slice(), is_of_one_account) {
            one.account.clear();
        }
        let mut squares = grids.iter().flat_map(|grid| &grid.rows).flat_map(|row| &row.squares);
        self.key = key(chart, squares.any(|square| square.few));
        self.grids = grids;
    }

    fn take_table(&mut self, section: &Section, most: usize, is_of_one_account: bool) {
        let answer = &section.answer;
        let drawing = section.chart.as_ref().and_then(|chart| chart::draw(chart, answer));
        self.drawing = drawing.map(|drawing| {
            self.notes.extend(drawing.notes);
            ChartView { svg: drawing.svg }
        });
        let table = table(answer, most, is_of_one_account);
        let (shown, all) = (table.rows.len(), answer.rows.len());
        if shown < all {
            let rows = format!("{} of {} rows", grouped(shown as i64), grouped(all as i64));
            self.notes.push(match table.accounts {
                Some((shown, all)) if all > 1 => {
                    format!("Showing {shown} of {} accounts ({rows}); report.json has all.", grouped(all as i64))
                }
                _ => format!("Showing {rows}; report.json has all."),
            });
        }
        if table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.marked)) {
            self.notes.push("n < 3: fewer than 3 reels, too few to interpret.".to_owned());
        }
        // The median of the other reels is given for groups that stand out: others do have one.
        let others = heading("others_multiple");
        let without: Vec<&str> = table.without.iter().map(String::as_str).filter(|name| *name != others).collect();
        if !table.same.is_empty() {
            self.notes.push(format!("The same in all rows: {}.", table.same.join("; ")));
        }
        if !without.is_empty() {
            self.notes.push(format!("No data for: {}.", without.join(", ")));
        }
        if section.chart == Some(Chart::Cards) && all <= CARDS {
            self.cards = cards(&table);
        }
        self.table = Some(table);
    }
}

/// A total without a value is not shown.
fn figure((value, column): (&Value, &AnswerColumn)) -> Option<(String, String)> {
    let text = || cut(&format_value(&column.name, value, Precision::Short), LETTERS);
    (*value != Value::Null).then(|| (heading(&column.name), text()))
}

fn key(chart: &Chart, few: bool) -> Option<GridKey> {
    let Chart::Heatmap { value, label, .. } = chart else { return None };
    Some(GridKey { value: heading(value).to_lowercase(), label: heading(label).to_lowercase(), few })
}
