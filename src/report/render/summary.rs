//! A report in at most eight lines of plain text, for mail and chat.

use crate::report::render::format::named;
use crate::report::render::page::PageView;
use crate::report::render::page::portfolio::{AccountRow, Portfolio};
use crate::report::render::page::tile::Tile;

const LINES: usize = 8;
/// Accounts named in a line.
const NAMED: usize = 3;

pub(crate) fn render(page: &PageView) -> String {
    let mut lines = vec![page.title.clone()];
    lines.extend(page.head.doubt.iter().map(|doubt| format!("{doubt}.")));
    let tiles: Vec<String> = page.head.tiles.iter().map(tile).collect();
    lines.extend(tiles.chunks(2).map(|two| two.join(" · ")));
    lines.extend(page.portfolio.iter().flat_map(of_portfolio));
    // The strongest of each group before the next of any.
    let most = page.head.groups.iter().map(|group| group.findings.len()).max().unwrap_or(0);
    let findings = (0..most).flat_map(|at| page.head.groups.iter().filter_map(move |group| group.findings.get(at)));
    let said = findings.map(|finding| {
        let account = finding.account.as_ref().map_or(String::new(), |account| format!("{account}: "));
        format!("- {account}{}{}", finding.claim, finding.details)
    });
    // The last line says how new the data is.
    lines.extend(said);
    lines.truncate(LINES - 1);
    lines.push(format!("{}.", page.frame.collected));
    lines.join("\n").replace('\u{a0}', " ") + "\n"
}

/// Views gained 417,354 (▲ 22 %)
fn tile(tile: &Tile) -> String {
    let note = tile.change.as_ref().map(|change| change.text.clone()).or_else(|| tile.notes.first().cloned());
    let link = tile.href.as_ref().map_or(String::new(), |href| format!(" {href}"));
    let note = note.map_or(String::new(), |note| format!(" ({note})"));
    format!("{} {}{note}{link}", tile.label, tile.value)
}

fn of_portfolio(portfolio: &Portfolio) -> Vec<String> {
    let mut lines = Vec::new();
    let changes = |rows: Vec<&AccountRow>| {
        let named = rows
            .iter()
            .take(NAMED)
            .map(|row| format!("{} {}", row.account, row.change.as_ref().map_or("", |change| change.text.as_str())));
        named.collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<&AccountRow> = portfolio.tables.iter().flat_map(|table| &table.rows).collect();
    let of = |class: &str| rows.iter().copied().filter(|row| row.is(class)).collect::<Vec<_>>();
    let (more, mut less) = (of("more"), of("less"));
    // One table of all accounts has the most lost last.
    if portfolio.tables.len() == 1 {
        less.reverse();
    }
    let ends: Vec<String> = [("Gained most", more), ("Lost most", less)]
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(title, rows)| format!("{title}: {}", changes(rows)))
        .collect();
    if !ends.is_empty() {
        lines.push(ends.join(" · "));
    }
    let mut trouble = portfolio.doubts.clone();
    if !portfolio.silent.is_empty() {
        trouble.insert(0, format!("Silent: {}", named(&portfolio.silent, NAMED)));
    }
    if !trouble.is_empty() {
        lines.push(trouble.join(" · "));
    }
    lines
}
