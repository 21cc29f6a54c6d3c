//! The main figures of a report as Markdown, for mail, chat and issue trackers: what the page shows, without its charts.

use crate::report::render::format::NOTHING;
use crate::report::render::markdown::{escaped, line, made_with, section_text};
use crate::report::render::page::PageView;
use crate::report::render::page::block::Head;
use crate::report::render::page::highlights::FindingView;
use crate::report::render::page::portfolio::{AccountTable, Portfolio};
use crate::report::render::page::reels::{ReelRow, ReelTable};
use crate::report::render::page::tile::Tile;

/// Reels of each table.
const REELS: usize = 5;

pub(crate) fn render(page: &PageView) -> String {
    let mut text = format!("# {}\n\n{}\n", escaped(&page.title), escaped(&page.frame.collected));
    text += &head(&page.head);
    if let Some(portfolio) = &page.portfolio {
        text += &accounts(portfolio);
    }
    for block in &page.blocks {
        if !block.head.tiles.is_empty() {
            text += &format!("\n## {}\n{}", escaped(&block.name), head(&block.head));
        }
        if let Some(table) = &block.reels {
            text += &format!("\n### Reels of this period\n\n{}", reels(table));
        }
    }
    text.extend(page.sections.iter().map(section_text));
    text += "\n## Limits of this data\n\n";
    text.extend(page.frame.limits.iter().map(|limit| format!("- {}\n", escaped(limit))));
    text + &made_with(&page.frame)
}

fn head(head: &Head) -> String {
    let mut text = String::from("\n");
    text.extend(head.doubt.iter().map(|doubt| format!("{}.\n\n", escaped(doubt))));
    text.extend(head.tiles.iter().map(|found| format!("- {}\n", tile(found))));
    for group in &head.groups {
        text += &format!("\n**{}**\n\n{}", group.heading, findings(&group.findings));
    }
    if head.groups.is_empty() {
        text += match head.has_too_few {
            true => "\nToo few reels in this period to say what stands out.\n",
            false => "\nNothing stands out beyond chance in this period.\n",
        };
    }
    if !head.standing.is_empty() {
        text += &format!("\n**Also of note**\n\n{}", findings(&head.standing));
    }
    text
}

fn tile(tile: &Tile) -> String {
    let value = match &tile.href {
        Some(href) => format!("[{}]({href})", escaped(&tile.value)),
        None => format!("**{}**", escaped(&tile.value)),
    };
    let change = tile.change.iter().map(|change| escaped(&change.text));
    let notes: Vec<String> = change.chain(tile.notes.iter().map(|note| escaped(note))).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    format!("{}: {value}{notes}", tile.label)
}

fn findings(findings: &[FindingView]) -> String {
    let line = |finding: &FindingView| {
        let account = finding.account.as_ref().map_or(String::new(), |account| format!("{}: ", escaped(account)));
        format!("- {account}**{}**{}\n", escaped(&finding.claim), escaped(&finding.details))
    };
    findings.iter().map(line).collect()
}

fn accounts(portfolio: &Portfolio) -> String {
    let mut text = String::from("\n## Accounts\n");
    text.extend(portfolio.doubts.iter().map(|doubt| format!("\n{}.\n", escaped(doubt))));
    text.extend(portfolio.tables.iter().map(|table| account_table(table, portfolio.has_followers)));
    if !portfolio.silent.is_empty() {
        text += &format!("\nSilent for unusually long: {}.\n", escaped(&portfolio.silent.join(", ")));
    }
    if let Some(top) = &portfolio.top {
        text += &format!("\n### Top reels of all accounts\n\n{}", reels(top));
    }
    text
}

fn account_table(table: &AccountTable, has_followers: bool) -> String {
    let mut headings =
        vec!["Account", "Views gained", "Change", "Reels", "Reels before", "Median views at 7 days", "Engagement"];
    if has_followers {
        headings.extend(["Followers", "Change in followers"]);
    }
    let mut text = format!(
        "\n{}\n\n{}|---{}|\n",
        table.title,
        line(headings.iter().map(|heading| (*heading).to_owned())),
        "|---:".repeat(headings.len() - 1)
    );
    for row in &table.rows {
        let or_none = |text: &str| if text.is_empty() { NOTHING.to_owned() } else { text.to_owned() };
        let [change, follower_change] = [&row.change, &row.follower_change]
            .map(|change| change.as_ref().map_or(String::new(), |change| change.text.clone()));
        let mut cells =
            vec![&row.account, &row.gained, &change, &row.posted, &row.before, &row.median, &row.engagement];
        if has_followers {
            cells.extend([&row.followers, &follower_change]);
        }
        text += &line(cells.into_iter().map(|cell| escaped(&or_none(cell))));
    }
    text
}

fn reels(table: &ReelTable) -> String {
    let reel = |(at, reel): (usize, &ReelRow)| {
        let hook = match &reel.href {
            Some(href) => format!("[{}]({href})", escaped(&reel.hook)),
            None => escaped(&reel.hook),
        };
        let account = reel.account.as_ref().map_or(String::new(), |account| format!("{}, ", escaped(account)));
        let usual = if reel.multiple.is_empty() { String::new() } else { format!(", {} the usual", reel.multiple) };
        let badges: String = reel.badges.iter().map(|badge| format!(", {}", badge.text)).collect();
        format!("{}. {hook}: {account}{}, {} views{usual}{badges}\n", at + 1, reel.posted, escaped(&reel.views))
    };
    table.reels.iter().take(REELS).enumerate().map(reel).collect()
}
