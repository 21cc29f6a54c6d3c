//! All sections of a report as Markdown: plain tables; text from the data never becomes markup.

use crate::report::build::{Report, Section};
use crate::report::findings::Finding;
use crate::report::render::format::NOTHING;
use crate::report::render::heatmap::{Grid, Square};
use crate::report::render::table::{CellView, TableView};
use crate::report::render::view::{Frame, MAIL, SectionView, sections, sections_for};

pub(crate) fn render(report: &Report) -> String {
    let frame = Frame::of(report);
    let answered: Vec<&Section> = sections_for(report).filter(|section| section.is_answered()).collect();
    let findings: Vec<String> = report.findings.iter().map(Finding::text).collect();
    let mut text = format!("# {}\n\n", escaped(&report.title()));
    let blocks = [dates(&frame), list("Findings", &findings), list("Limits of this data", &frame.limits)];
    text += &blocks.into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n");
    text.extend(sections(&answered, &MAIL, report.data.accounts.len() == 1).iter().map(section_text));
    if !frame.unanswered.is_empty() {
        let titles = frame.unanswered.iter().map(|title| escaped(title)).collect::<Vec<_>>().join(" · ");
        text += &format!("\n## Sections without data\n\nNo data for: {titles}\n");
    }
    text + &made_with(&frame)
}

/// The last line.
pub(crate) fn made_with(frame: &Frame) -> String {
    let (version, run) = (escaped(&frame.program_version), escaped(&frame.run_id));
    format!("\n---\n\nMade with reelframe {version}, run {run}\n")
}

fn dates(frame: &Frame) -> String {
    let mut lines = vec![escaped(&frame.collected)];
    for (zone, accounts) in &frame.zones {
        lines.push(format!("Time zone {}: {}", escaped(zone), escaped(accounts)));
    }
    // A backslash at the end of a line keeps the break.
    lines.join("\\\n") + "\n"
}

fn list(title: &str, sentences: &[String]) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let lines: String = sentences.iter().map(|sentence| format!("- {}\n", escaped(sentence))).collect();
    format!("## {title}\n\n{lines}")
}

pub(crate) fn section_text(section: &SectionView) -> String {
    let mut text = format!("\n## {}\n\n{}\n", escaped(&section.title), escaped(&section.question));
    if !section.figures.is_empty() {
        text.push('\n');
    }
    for (heading, value) in &section.figures {
        text += &format!("- {}: **{}**\n", escaped(heading), escaped(value));
    }
    for grid in &section.grids {
        text += &grid_text(grid);
    }
    if let Some(key) = &section.key {
        text += &format!("\nEach cell: {} ({}).\n", escaped(&key.value), escaped(&key.label));
    }
    if let Some(table) = &section.table {
        text += &table_text(table);
    }
    for note in &section.notes {
        text += &format!("\n{}\n", escaped(note));
    }
    text
}

fn grid_text(grid: &Grid) -> String {
    let mut text = if grid.account.is_empty() { String::new() } else { format!("\n### {}\n", escaped(&grid.account)) };
    let square = |square: &Square| match (square.value.as_str(), square.few) {
        ("", _) => String::new(),
        (value, _) if square.label == NOTHING => escaped(value),
        (value, true) => format!("{} ({}, n < 3)", escaped(value), escaped(&square.label)),
        (value, false) => format!("{} ({})", escaped(value), escaped(&square.label)),
    };
    // Hours without any reel would make the table too wide for a mail; the others keep their order.
    let used: Vec<usize> = (0..grid.columns.len()).filter(|at| !grid.idle[*at]).collect();
    let headings = used.iter().map(|at| escaped(&grid.columns[*at]));
    text.push('\n');
    text += &line([String::new()].into_iter().chain(headings));
    text += &format!("|---|{}\n", "---:|".repeat(used.len()));
    for row in &grid.rows {
        text += &line([escaped(&row.heading)].into_iter().chain(used.iter().map(|at| square(&row.squares[*at]))));
    }
    text
}

fn table_text(table: &TableView) -> String {
    let mut text = "\n".to_owned() + &line(table.columns.iter().map(|column| escaped(&column.heading)));
    text.push('|');
    text.extend(table.columns.iter().map(|column| if column.is_number { "---:|" } else { "---|" }));
    text.push('\n');
    for row in &table.rows {
        text += &line(row.cells.iter().map(|cell| {
            // There are no colours, so the mark is text.
            let mark = if cell.marked { escaped(" (n < 3)") } else { String::new() };
            cell_text(cell) + &mark
        }));
    }
    text
}

fn cell_text(cell: &CellView) -> String {
    match &cell.href {
        Some(href) => format!("[{}]({href})", escaped(&cell.text)),
        None => escaped(&cell.text),
    }
}

pub(crate) fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Text that stays text and also reads well unrendered: only what would be markup is escaped. The view has already put it
/// on one line.
pub(crate) fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let near = |at: Option<usize>| at.and_then(|at| letters.get(at)).copied().unwrap_or(' ');
    let mut safe = String::with_capacity(text.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let (before, after) = (near(at.checked_sub(1)), near(Some(at + 1)));
        match letter {
            '<' if after != ' ' => safe.push_str("&lt;"),
            '&' if after != ' ' => safe.push_str("&amp;"),
            // An underscore within a handle is not emphasis.
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => safe.push('_'),
            // A hashtag is not a heading; a number would become a link to an issue.
            '#' if after.is_alphabetic() => safe.push('#'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => safe.extend(['\\', letter]),
            // Some mail programs show a box for a no-break space.
            '\u{a0}' => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    // An address in a caption must not become a link.
    safe.replace("://", ":\\//").replace("www.", "www\\.")
}
