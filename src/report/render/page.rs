//! The report as a page: the answer first, then each account's reels, times and trend; everything else is in the appendix.

pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod days;
pub(crate) mod dots;
pub(crate) mod doubts;
pub(crate) mod followers;
pub(crate) mod highlights;
pub(crate) mod links;
pub(crate) mod months;
pub(crate) mod portfolio;
pub(crate) mod reels;
pub(crate) mod tile;
pub(crate) mod tiles;
pub(crate) mod times;

use chrono::Datelike;
use serde::Serialize;

use crate::query::file::bare_name;
use crate::query::period::Period;
use crate::report::build::{Report, Section};
use crate::report::render::dates;
use crate::report::render::format::{clean, cut, display_text};
use crate::report::render::page::block::{Block, Head};
use crate::report::render::page::links::Links;
use crate::report::render::page::portfolio::Portfolio;
use crate::report::render::view::{Frame, PAGE, SectionView, sections, sections_for};

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
    pub frame: Frame,
}

/// What only the HTML has: it is closed until a reader opens it.
#[derive(Serialize)]
pub(crate) struct Appendix {
    pub sections: Vec<SectionView>,
    /// Titles of the sections in which every number is based on under 3 reels.
    pub too_few: Vec<String>,
    /// Title and question of each section.
    pub method: Vec<(String, String)>,
}

impl PageView {
    pub(crate) fn of(report: &Report, links: Links) -> PageView {
        let accounts = &report.data.accounts;
        let block = |(at, account)| Block::of(report, account, &format!("a{}-", at + 1), links);
        let (head, blocks) = match accounts.as_slice() {
            [one] => {
                let mut only = Block::of(report, one, "", links);
                (std::mem::take(&mut only.head), vec![only])
            }
            all => {
                let shown = if has_blocks(report) { all } else { &[] };
                let blocks: Vec<Block> = shown.iter().enumerate().map(block).collect();
                (Head::of_all(report, &blocks), blocks)
            }
        };
        let users: Vec<&Section> = report.sections.iter().filter(|section| section.is_of_its_own()).collect();
        PageView {
            title: page_title(report),
            label: report.data.common_label().map(display_text),
            name: report.subject(),
            period: report.period.words(),
            compared: report.period.before_words(),
            head,
            portfolio: (accounts.len() > 1).then(|| Portfolio::of(report, &blocks, links)),
            blocks,
            sections: sections(&users, &PAGE, accounts.len() == 1),
            frame: Frame::of(report),
        }
    }
}

impl Appendix {
    pub(crate) fn of(report: &Report) -> Appendix {
        let built_in = || sections_for(report).filter(|section| !section.is_of_its_own() && section.is_answered());
        let is_above = |section: &&Section| {
            let name = bare_name(&section.name);
            OF_THE_HEAD.contains(&name) || (has_blocks(report) && OF_BLOCKS.contains(&name))
        };
        let (too_few, shown): (Vec<&Section>, Vec<&Section>) =
            built_in().filter(|section| !is_above(section)).partition(|section| section.rests_on_few());
        let title = |section: &Section| display_text(&section.title);
        Appendix {
            sections: sections(&shown, &PAGE, report.data.accounts.len() == 1),
            too_few: too_few.into_iter().map(title).collect(),
            method: built_in().map(|section| (title(section), cut(&clean(&section.question), 1_000))).collect(),
        }
    }
}

/// Whether each account has a part of the page.
fn has_blocks(report: &Report) -> bool {
    report.data.accounts.len() <= BLOCKS
}

impl Section {
    /// Whether it stands on the page as a section: a user's own, and the error of one that failed.
    fn is_of_its_own(&self) -> bool {
        self.is_users || self.fault.is_some()
    }
}

/// For the browser's tab: label, subject and period.
fn page_title(report: &Report) -> String {
    let label = report.data.common_label().map(|label| format!("{}: ", display_text(label)));
    let period = report.period.words().map(|words| format!(", {words}"));
    format!("{}{}{}", label.unwrap_or_default(), report.subject(), period.unwrap_or_default())
}

/// The text of days that a report is of.
impl Period {
    /// Of its last day, for dates that leave it out.
    pub(crate) fn year(self) -> i32 {
        self.last.and_then(|day| day.date()).map_or(0, |day| day.year())
    }

    pub(crate) fn words(self) -> Option<String> {
        Some(dates::span(self.first?.date()?, self.last?.date()?))
    }

    pub(crate) fn before_words(self) -> Option<String> {
        Some(dates::span(self.before_first?.date()?, self.before_last?.date()?))
    }
}
