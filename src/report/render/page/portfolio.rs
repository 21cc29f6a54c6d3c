//! Several accounts side by side: who gained and who lost, the top reels over all, who is silent, who failed.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use crate::report::build::Report;
use crate::report::render::format::{NOTHING, display_text, plural};
use crate::report::render::page::block::Block;
use crate::report::render::page::change::Change;
use crate::report::render::page::doubts::doubts;
use crate::report::render::page::followers;
use crate::report::render::page::links::Links;
use crate::report::render::page::reels::{ReelTable, table};
use crate::report::row::{Row, rows};

/// Up to this many accounts are one table; of more, the ends are shown, and all by group.
const ONE_TABLE: usize = 12;
/// Accounts at each end.
const ENDS: usize = 8;
const TOP_REELS: usize = 10;
/// Accounts named by group; report.json has all.
const NAMED: usize = 1_000;
/// Fewer reels in either period are no ground for a rank.
const MIN_REELS: i64 = 3;

#[derive(Serialize)]
pub(crate) struct Portfolio {
    pub tables: Vec<AccountTable>,
    pub has_labels: bool,
    /// Whether any account is compared with the period before.
    pub has_changes: bool,
    pub has_before: bool,
    pub has_followers: bool,
    pub has_follower_changes: bool,
    pub top: Option<ReelTable>,
    pub silent: Vec<String>,
    pub doubts: Vec<String>,
    pub groups: Vec<Group>,
    /// How many accounts no group names.
    pub unnamed: usize,
}

#[derive(Serialize)]
pub(crate) struct AccountTable {
    pub title: String,
    pub rows: Vec<AccountRow>,
}

#[derive(Serialize, Clone)]
pub(crate) struct AccountRow {
    pub account: String,
    pub href: Option<String>,
    pub label: String,
    pub gained: String,
    pub change: Option<Change>,
    pub posted: String,
    pub before: String,
    pub median: String,
    pub engagement: String,
    pub followers: String,
    pub follower_change: Option<Change>,
}

impl AccountRow {
    /// Whether it has gained (`more`) or lost (`less`).
    pub(crate) fn is(&self, class: &str) -> bool {
        self.change.as_ref().is_some_and(|change| change.class == class)
    }
}

#[derive(Serialize)]
pub(crate) struct Group {
    pub label: String,
    pub accounts: Vec<Member>,
}

#[derive(Serialize)]
pub(crate) struct Member {
    pub account: String,
    pub href: Option<String>,
    pub change: Option<Change>,
    /// Above, within or below its group.
    pub standing: String,
}

impl Portfolio {
    pub(crate) fn of(report: &Report, blocks: &[Block], links: Links) -> Portfolio {
        let href = |account: &str| {
            let block = blocks.iter().find(|block| block.name == display_text(account));
            links(account).or_else(|| block.map(|block| format!("#{}figures", block.prefix)))
        };
        let overview = rows(report, "overview");
        let comparison = rows(report, "comparison");
        let comparison: HashMap<&str, &Row> = comparison.iter().map(|row| (row.account(), row)).collect();
        let facts = report.data.accounts.iter();
        let labels: HashMap<&str, &str> =
            facts.filter_map(|account| Some((account.account.as_str(), account.label.as_deref()?))).collect();
        let mut accounts: Vec<(&Row, AccountRow)> = overview
            .iter()
            .map(|row| {
                let name = row.account();
                let label = labels.get(name).copied().map_or(String::new(), display_text);
                let compared = comparison.get(name).copied();
                (row, AccountRow { label, href: href(name), ..account_row(row, compared) })
            })
            .collect();
        // By change; those that cannot be ranked come last, by their views.
        accounts.sort_by(|(a, _), (b, _)| {
            let rank = |row: &Row| ranked_change(row).unwrap_or(f64::NEG_INFINITY);
            rank(b)
                .total_cmp(&rank(a))
                .then_with(|| b.number("views_gained").partial_cmp(&a.number("views_gained")).expect("finite numbers"))
        });
        let mut top = rows(report, "top_reels");
        top.sort_by_key(|row| Reverse(row.whole("views")));
        top.truncate(TOP_REELS);
        let is_current = report.period.is_current();
        let this_year = report.period.year();
        let changes: HashMap<&str, &AccountRow> = accounts.iter().map(|(row, shown)| (row.account(), shown)).collect();
        let (groups, unnamed) = groups(report, &changes);
        Portfolio {
            tables: account_tables(&accounts),
            has_changes: accounts.iter().any(|(_, row)| row.change.is_some()),
            has_before: accounts.iter().any(|(_, row)| row.before != NOTHING),
            has_followers: accounts.iter().any(|(_, row)| row.followers != NOTHING),
            has_follower_changes: accounts.iter().any(|(_, row)| row.follower_change.is_some()),
            has_labels: report.data.accounts.iter().any(|account| account.label.is_some()),
            top: table(&top, this_year, true),
            // Of the newest update, and so not of a period that ends before it.
            silent: if is_current { silent(report) } else { Vec::new() },
            doubts: if is_current { doubts(&report.data.accounts) } else { Vec::new() },
            groups: if overview.len() > ONE_TABLE { groups } else { Vec::new() },
            unnamed,
        }
    }
}

/// The change of an account with enough reels in both periods.
fn ranked_change(row: &Row) -> Option<f64> {
    let is_enough = |column| row.whole(column).is_some_and(|reels| reels >= MIN_REELS);
    row.number("views_gained_change_rate").filter(|_| is_enough("reels_posted") && is_enough("reels_posted_before"))
}

/// Without its label and address.
fn account_row(row: &Row, compared: Option<&Row>) -> AccountRow {
    let change = row.number("views_gained_change_rate").filter(|change| *change > -1.0);
    let words = |row: Option<&Row>, column: &str| row.map_or(String::new(), |row| row.words(column));
    AccountRow {
        account: row.words("account"),
        href: None,
        label: String::new(),
        gained: row.words("views_gained"),
        change: change.map(Change::of_a_sum),
        posted: row.words("reels_posted"),
        before: row.words("reels_posted_before"),
        median: words(compared.filter(|row| !row.is_few("median_views_7d_n")), "median_views_7d"),
        engagement: words(compared.filter(|row| !row.is_few("median_engagement_rate_n")), "median_engagement_rate"),
        followers: row.words("followers"),
        follower_change: followers::change(row),
    }
}

fn account_tables(accounts: &[(&Row, AccountRow)]) -> Vec<AccountTable> {
    let table = |title: &str, rows: Vec<AccountRow>| AccountTable { title: title.to_owned(), rows };
    let every = || accounts.iter().map(|(_, row)| row.clone()).collect();
    if accounts.is_empty() {
        return Vec::new();
    }
    if accounts.len() <= ONE_TABLE {
        let is_ranked = accounts.iter().any(|(row, _)| ranked_change(row).is_some());
        return vec![table(if is_ranked { "By change in daily views" } else { "By views gained" }, every())];
    }
    let ranked: Vec<&(&Row, AccountRow)> = accounts.iter().filter(|(row, _)| ranked_change(row).is_some()).collect();
    let rising = ranked.iter().filter(|(_, row)| row.is("more")).take(ENDS).map(|(_, row)| row.clone());
    let falling = ranked.iter().rev().filter(|(_, row)| row.is("less")).take(ENDS).map(|(_, row)| row.clone());
    let tables = [
        table("Gained most, of accounts with 3 reels or more in both periods", rising.collect()),
        table("Lost most", falling.collect()),
    ];
    let tables: Vec<AccountTable> = tables.into_iter().filter(|table| !table.rows.is_empty()).collect();
    if tables.is_empty() { vec![table("Most views", every()).first(ENDS)] } else { tables }
}

impl AccountTable {
    fn first(mut self, rows: usize) -> Self {
        self.rows.truncate(rows);
        self
    }
}

/// ana (21 days), longest first
fn silent(report: &Report) -> Vec<String> {
    let mut silent: Vec<Row> = rows(report, "cadence").into_iter().filter(|row| row.is("is_silent")).collect();
    let days = |row: &Row| row.number("days_since_last_post").unwrap_or(0.0).floor() as i64;
    silent.sort_by_key(|row| Reverse(days(row)));
    silent.iter().map(|row| format!("{} ({})", row.words("account"), plural(days(row), "day", "days"))).collect()
}

/// All accounts by label, each with how it stands in its group.
fn groups(report: &Report, rows_of: &HashMap<&str, &AccountRow>) -> (Vec<Group>, usize) {
    let league = rows(report, "league_table");
    let standing: HashMap<&str, &str> =
        league.iter().map(|row| (row.account(), row.text("views_standing").unwrap_or_default())).collect();
    let mut groups: Vec<Group> = Vec::new();
    for account in report.data.accounts.iter().take(NAMED) {
        let label = account.label.as_deref().map_or("No label".to_owned(), display_text);
        let row = rows_of.get(account.account.as_str());
        let member = Member {
            account: display_text(&account.account),
            href: row.and_then(|row| row.href.clone()),
            change: row.and_then(|row| row.change.clone()),
            standing: standing.get(account.account.as_str()).copied().unwrap_or_default().to_owned(),
        };
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.accounts.push(member),
            None => groups.push(Group { label, accounts: vec![member] }),
        }
    }
    groups.sort_by(|a, b| (a.label == "No label").cmp(&(b.label == "No label")).then_with(|| a.label.cmp(&b.label)));
    (groups, report.data.accounts.len().saturating_sub(NAMED))
}
