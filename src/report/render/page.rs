//! The report as a page: the answer first, then each account's reels, times and trend; everything else is in the appendix.

pub(crate) mod block;
pub(crate) mod days;
pub(crate) mod dots;
pub(crate) mod doubts;
pub(crate) mod highlights;
pub(crate) mod links;
pub(crate) mod months;
pub(crate) mod portfolio;
pub(crate) mod reels;
pub(crate) mod rows;
pub(crate) mod tiles;
pub(crate) mod times;

use serde::Serialize;

use crate::query::file::{LEAGUE_TABLE, bare_name};
use crate::query::period::Period;
use crate::report::build::{Report, Section};
use crate::report::render::dates;
use crate::report::render::format::{clean, cut, display_text};
use crate::report::render::page::block::{Block, Head};
use crate::report::render::page::links::Links;
use crate::report::render::page::portfolio::Portfolio;
use crate::report::render::view::{PAGE, SectionView, View, sections};

/// Up to this many accounts each have their own part of a page.
pub(crate) const BLOCKS: usize = 6;

/// Sections whose figures the first screen shows.
const OF_THE_HEAD: [&str; 4] = ["all_accounts", "daily", "daily_by_account", "comparison"];
/// Sections that the parts of the accounts show.
const OF_BLOCKS: [&str; 9] =
    ["top_reels", "best_times", "monthly_trend", "durations", "hashtags", "captions", "audio", "collabs", "paid"];

#[derive(Serialize)]
pub(crate) struct PageView {
    pub title: String,
    /// The client's label, where all accounts have the same.
    pub label: Option<String>,
    pub name: String,
    pub period: Option<String>,
    pub compared: Option<String>,
    /// The first screen: of the only account, or of all together.
    pub head: Head,
    pub portfolio: Option<Portfolio>,
    pub blocks: Vec<Block>,
    /// The user's own sections.
    pub sections: Vec<SectionView>,
    pub appendix: Vec<SectionView>,
    /// Title and question of what the page shows.
    pub method: Vec<(String, String)>,
    /// Titles of sections without rows, and of those in which every number is based on under 3 reels.
    pub unanswered: Vec<String>,
    pub too_few: Vec<String>,
    pub limits: Vec<String>,
    pub collected: String,
    pub zones: Vec<(String, String)>,
    pub run_id: String,
    pub program_version: String,
}

impl PageView {
    pub(crate) fn of(report: &Report, links: Links) -> PageView {
        // What the other forms show as well.
        let view = View::of(report, &PAGE);
        let accounts = &report.data.accounts;
        let has_blocks = accounts.len() <= BLOCKS;
        let blocks: Vec<Block> = match accounts.as_slice() {
            [_] | [] => Vec::new(),
            all if has_blocks => all
                .iter()
                .enumerate()
                .map(|(at, account)| Block::of(report, account, &format!("a{}-", at + 1), links))
                .collect(),
            _ => Vec::new(),
        };
        let (head, blocks) = match accounts.as_slice() {
            [one] => {
                let mut only = Block::of(report, one, "", links);
                (std::mem::take(&mut only.head), vec![only])
            }
            _ => (Head::of_all(report, &blocks), blocks),
        };
        let portfolio = (accounts.len() > 1).then(|| Portfolio::of(report, &blocks, links));
        let (users, rest): (Vec<&Section>, Vec<&Section>) =
            report.sections.iter().partition(|section| section.is_users || section.fault.is_some());
        let is_shown = |section: &&&Section| is_in_appendix(section, has_blocks, accounts.len() == 1);
        let (too_few, appendix): (Vec<&Section>, Vec<&Section>) =
            rest.iter().copied().filter(|section| is_shown(&section)).partition(|section| section.rests_on_few());
        let title = |section: &&Section| display_text(&section.title);
        let is_of_others = |section: &Section| accounts.len() == 1 && bare_name(&section.name) == LEAGUE_TABLE;
        let method = rest.iter().filter(|section| !section.answer.rows.is_empty() && !is_of_others(section));
        PageView {
            title: page_title(report),
            label: report.data.common_label().map(display_text),
            name: report.subject(),
            period: report.period.words(),
            compared: report.period.before_words(),
            head,
            portfolio,
            blocks,
            sections: sections(&users, &PAGE, accounts.len() == 1),
            appendix: sections(&appendix, &PAGE, accounts.len() == 1),
            method: method.map(|section| (title(section), display_question(section))).collect(),
            unanswered: view.unanswered,
            too_few: too_few.iter().map(title).collect(),
            limits: view.limits,
            collected: view.read.join(" "),
            zones: view.zones,
            run_id: view.run_id,
            program_version: view.program_version,
        }
    }
}

fn is_in_appendix(section: &Section, has_blocks: bool, is_of_one_account: bool) -> bool {
    let name = bare_name(&section.name);
    let is_shown_above = OF_THE_HEAD.contains(&name)
        || (has_blocks && OF_BLOCKS.contains(&name))
        || (is_of_one_account && name == LEAGUE_TABLE);
    !is_shown_above && !section.answer.rows.is_empty()
}

fn display_question(section: &Section) -> String {
    cut(&clean(&section.question), 1_000)
}

/// For the browser's tab: label, subject and period.
fn page_title(report: &Report) -> String {
    let label = report.data.common_label().map(|label| format!("{}: ", display_text(label)));
    let period = report.period.words().map(|words| format!(", {words}"));
    format!("{}{}{}", label.unwrap_or_default(), report.subject(), period.unwrap_or_default())
}

/// The text of days that a report is of.
impl Period {
    pub(crate) fn words(self) -> Option<String> {
        Some(dates::span(self.first?.date()?, self.last?.date()?))
    }

    pub(crate) fn before_words(self) -> Option<String> {
        Some(dates::span(self.before_first?.date()?, self.before_last?.date()?))
    }
}
