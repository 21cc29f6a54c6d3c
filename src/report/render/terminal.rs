//! Answers for a terminal: aligned by display width; text from the data cannot control the terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::query::answer::Answer;
use crate::report::build::{Report, Section};
use crate::report::findings::{Basis, Finding};
use crate::report::render::format::{Precision, clean, format_value, heading, plural};
use crate::report::render::page::highlights::strongest;
use crate::report::render::table::{is_few, is_number};
use crate::schema::value::Value;

/// Maximum width of a text of several words in a table.
const CELL: usize = 40;
/// The width of the summary.
const SCREEN: usize = 80;
/// How many accounts the summary lists.
const LISTED: usize = 40;
/// How many findings on the newest update it shows.
const OF_UPDATE: usize = 5;
/// Marks a value based on few reels.
const FEW: &str = "*";
/// The columns of the overview in the summary; the last ones are dropped if 80 columns are too few.
const OVERVIEW: [&str; 7] =
    ["account", "status", "reels_posted", "median_views", "median_engagement_rate", "views_gained", "last_post"];

impl Answer {
    /// The rows aligned for a terminal; columns keep their SQL names. Long texts are cut; addresses and ids never are,
    /// since half of one is useless.
    pub fn to_table(&self) -> String {
        let every: Vec<usize> = (0..self.columns.len()).collect();
        let header = self.columns.iter().map(|column| clean(&column.name)).collect();
        let cell = |at: &usize, row: &[Value]| format_value(&self.columns[*at].name, &row[*at], Precision::Exact);
        let rows = self.rows.iter().map(|row| every.iter().map(|at| cell(at, row)).collect());
        let cut = |cell: &str| if is_one_word(cell) { cell.to_owned() } else { fitted(cell, CELL) };
        let lines = layout(self, &every, header, rows.collect(), cut);
        let mut text = lines.join("\n") + "\n";
        if self.rows.is_empty() {
            text += "(no rows)\n";
        }
        text
    }
}

/// The accounts, how they do, what stands out, and the limits of the data.
pub(crate) fn summary(report: &Report) -> String {
    let facts = &report.data;
    let mut lines = vec![
        report.title(),
        format!(
            "run {} · reelframe {} · {}",
            clean(&report.provenance.run_id),
            clean(&report.provenance.program_version),
            plural(facts.reels, "reel in all", "reels in all"),
        ),
    ];
    let has = |section: &Section, column: &&str| section.answer.position(column).is_some();
    let overview = report.sections.iter().find(|section| OVERVIEW[..2].iter().all(|column| has(section, column)));
    if let Some(section) = overview.filter(|section| !section.answer.rows.is_empty()) {
        lines.push(String::new());
        lines.extend(overview_lines(section));
    }
    // What the newest update brought is said whatever its strength.
    let mut shown = strongest(&report.findings, |_| true);
    let of_update = report.findings.iter().filter(|finding| finding.basis == Basis::NewestUpdate);
    let of_update: Vec<&Finding> = of_update.filter(|finding| !shown.contains(finding)).take(OF_UPDATE).collect();
    shown.extend(of_update);
    if !shown.is_empty() {
        lines.push(String::new());
        lines.extend(shown.iter().flat_map(|finding| wrapped(&finding.text().replace('\u{a0}', " "))));
    }
    let more = report.findings.len() - shown.len();
    if more > 0 {
        lines.push(format!("… and {} in the report", plural(more as i64, "more finding", "more findings")));
    }
    let notes: Vec<&str> =
        report.caveats.iter().filter(|limit| limit.of_this_data).map(|limit| limit.text.as_str()).collect();
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes.iter().flat_map(|note| wrapped(note)));
    }
    let fitted: Vec<String> = lines.iter().map(|line| fitted(line, SCREEN).trim_end().to_owned()).collect();
    fitted.join("\n") + "\n"
}

/// The overview in as many columns as fit, long account names cut.
fn overview_lines(section: &Section) -> Vec<String> {
    let answer = &section.answer;
    let mut places: Vec<usize> = OVERVIEW.iter().filter_map(|name| answer.position(name)).collect();
    loop {
        let header = places.iter().map(|at| short_heading(&answer.columns[*at].name)).collect();
        let rows = || answer.rows.iter().take(LISTED);
        let is_marked = rows().any(|row| places.iter().any(|at| rests_on_few(answer, *at, row)));
        let cells = rows().map(|row| marked(answer, &places, row)).collect();
        let lines = layout(answer, &places, header, cells, |cell| fitted(cell, 24));
        let fits = lines.iter().all(|line| line.width() <= SCREEN);
        if !fits && places.len() > 1 {
            places.pop();
            continue;
        }
        let mut lines = lines;
        if is_marked {
            lines.push(format!("{FEW} based on fewer than 3 reels"));
        }
        if answer.rows.len() > LISTED {
            let more = (answer.rows.len() - LISTED) as i64;
            lines.push(format!("… and {} in the report", plural(more, "more account", "more accounts")));
        }
        return lines;
    }
}

/// The cells of a row; values based on fewer than 3 reels are marked.
fn marked(answer: &Answer, places: &[usize], row: &[Value]) -> Vec<String> {
    let cell = |at: &usize| {
        let text = format_value(&answer.columns[*at].name, &row[*at], Precision::Short);
        if rests_on_few(answer, *at, row) { text + FEW } else { text }
    };
    places.iter().map(cell).collect()
}

fn rests_on_few(answer: &Answer, at: usize, row: &[Value]) -> bool {
    row[at] != Value::Null && is_few(&answer.columns, row, &format!("{}_n", answer.columns[at].name))
}

fn short_heading(column: &str) -> String {
    match column {
        "median_engagement_rate" => "Engagement".to_owned(),
        "reels_posted" => "Reels".to_owned(),
        other => heading(other),
    }
}

/// Addresses, ids, hashes, handles: anything without a blank, except in scripts that write without blanks.
fn is_one_word(text: &str) -> bool {
    let is_address = text.starts_with("https://") || text.starts_with("http://");
    !text.contains(char::is_whitespace) && (is_address || text.is_ascii())
}

/// Header and rows, each column as wide as its widest cell after cutting.
fn layout(
    answer: &Answer,
    places: &[usize],
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    cut: impl Fn(&str) -> String,
) -> Vec<String> {
    let cells: Vec<Vec<String>> = [header]
        .into_iter()
        .chain(rows)
        .map(|row| row.iter().map(|cell| cut(&cell.replace('\u{a0}', " "))).collect())
        .collect();
    let width = |at: usize| cells.iter().map(|row| row[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..places.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).zip(places).map(|((cell, width), at)| {
            let blanks = " ".repeat(width - cell.width());
            if is_number(&answer.columns[*at]) { blanks + cell } else { cell.clone() + &blanks }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}

/// The text within this many terminal columns; a cut is marked by an ellipsis.
fn fitted(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut head = String::new();
    for letter in text.graphemes(true) {
        if head.width() + letter.width() > columns - 1 {
            break;
        }
        head.push_str(letter);
    }
    head + "…"
}

/// A note as lines of the summary, the first one with a dash.
fn wrapped(note: &str) -> Vec<String> {
    let mut lines = vec!["-".to_owned()];
    for word in note.split_whitespace() {
        if let Some(line) = lines.last_mut().filter(|line| line.width() + 1 + word.width() <= SCREEN) {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines
}
