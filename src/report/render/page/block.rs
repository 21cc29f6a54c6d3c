//! The part of a page that is about one account, and the first screen of several together.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::build::Report;
use crate::report::data_summary::AccountSummary;
use crate::report::render::format::{display_text, grouped, heading};
use crate::report::render::page::days::Days;
use crate::report::render::page::dots::{Panel, panel};
use crate::report::render::page::doubts::doubt;
use crate::report::render::page::highlights::{FindingGroup, FindingView, Places, groups, standing};
use crate::report::render::page::links::Links;
use crate::report::render::page::months::{MonthlyViews, monthly_views};
use crate::report::render::page::reels::{ReelTable, table};
use crate::report::render::page::tile::Tile;
use crate::report::render::page::tiles::{of_account, of_all};
use crate::report::render::page::times::{TimeGrid, grid};
use crate::report::render::svg::Figure;
use crate::report::row::{Row, rows, rows_of};
use crate::schema::display::FEW;

/// Tiles, one chart, and the strongest findings.
#[derive(Serialize, Default)]
pub(crate) struct Head {
    /// What the last update lacks.
    pub doubt: Option<String>,
    pub tiles: Vec<Tile>,
    pub chart: Option<Chart>,
    pub groups: Vec<FindingGroup>,
    /// Too few reels were posted to say that nothing stands out.
    pub has_too_few: bool,
    /// What holds over all history.
    pub standing: Vec<FindingView>,
}

#[derive(Serialize)]
pub(crate) struct Chart {
    pub id: String,
    pub title: String,
    pub figure: Figure,
}

#[derive(Serialize)]
pub(crate) struct Block {
    /// Before the ids of its parts.
    pub prefix: String,
    pub name: String,
    pub label: Option<String>,
    /// Its own page.
    pub href: Option<String>,
    pub head: Head,
    pub reels: Option<ReelTable>,
    pub times: Option<TimeGrid>,
    pub trend: Option<Chart>,
    pub drivers: Vec<Panel>,
    /// What has too few reels.
    pub too_few: Vec<&'static str>,
}

impl Block {
    pub(crate) fn of(report: &Report, account: &AccountSummary, prefix: &str, links: Links) -> Block {
        let name = account.account.as_str();
        let period = report.period;
        let this_year = period.year();
        let days = Days::of(&rows_of(report, "daily_by_account", name), period, |row| row.is("is_whole"));
        let today = period.newest.and_then(|day| day.date());
        let mut trend =
            monthly_views(&rows_of(report, "monthly_trend", name), today).map(|views| trend_chart(views, prefix));
        let views = days.chart().map(|figure| Chart {
            id: format!("{prefix}views"),
            title: "Views gained by day".to_owned(),
            figure,
        });
        let chart = views.or_else(|| trend.take());
        let overview = rows_of(report, "overview", name);
        let posted = overview.first().and_then(|row| row.whole("reels_posted")).unwrap_or(0);
        let mut top = rows_of(report, "top_reels", name);
        // On a page of several, the best of all are listed as well.
        top.truncate(if prefix.is_empty() { 10 } else { 5 });
        let mut too_few = Vec::new();
        let times = rows_of(report, "best_times", name);
        let grid = grid(&times, &display_text(&account.timezone));
        if grid.is_none() && !times.is_empty() {
            too_few.push("best times");
        }
        let drivers = drivers(report, name, &mut too_few);
        let is_of = |found: &str| found == name;
        let places = Places { prefix_of: &|_| Some(prefix.to_owned()), names_accounts: false };
        Block {
            prefix: prefix.to_owned(),
            name: display_text(name),
            label: account.label.as_deref().map(display_text),
            href: links(name),
            head: Head {
                doubt: doubt(account).filter(|_| period.is_current()),
                tiles: of_account(report, name, &days),
                chart,
                groups: groups(report, is_of, &places),
                standing: standing(report, is_of, &places),
                has_too_few: posted < FEW,
            },
            reels: table(&top, this_year, false),
            times: grid,
            trend,
            drivers,
            too_few,
        }
    }
}

fn trend_chart(views: MonthlyViews, prefix: &str) -> Chart {
    let title = if views.is_at_7_days { "Median views at 7 days, by month" } else { "Median views so far, by month" };
    Chart { id: format!("{prefix}trend"), title: title.to_owned(), figure: views.figure }
}

/// The groups of an account's reels that a reader can choose between.
fn drivers(report: &Report, account: &str, too_few: &mut Vec<&'static str>) -> Vec<Panel> {
    type Name = fn(&Row) -> String;
    const HASHTAGS: usize = 8;
    const CAPTIONS: usize = 14;
    let panels: [(&str, &'static str, &'static str, usize, Name); 6] = [
        ("durations", "Length", "length", 7, |row| match row.text("duration_bucket") {
            Some("unknown") => "unknown".to_owned(),
            _ => format!("{}\u{a0}s", row.words("duration_bucket")),
        }),
        ("hashtags", "Hashtags", "hashtags", HASHTAGS, |row| format!("#{}", row.label("hashtag", 24))),
        ("captions", "Captions", "captions", CAPTIONS, caption),
        ("audio", "Sound", "sound", 6, |row| row.words("audio")),
        ("collabs", "Coauthors", "coauthors", 4, |row| row.words("kind")),
        ("paid", "Paid partnerships", "paid partnerships", 4, |row| row.words("kind")),
    ];
    let mut shown = Vec::new();
    for (section, title, short, most, name) in panels {
        let mut rows = rows_of(report, section, account);
        if section == "captions" {
            compared_only(&mut rows);
        }
        match panel(title, &rows, most, name) {
            // One group has nothing to be compared with.
            Some(panel) if panel.rows.len() > 1 || section == "hashtags" => shown.push(panel),
            Some(_) => {}
            None if rows.is_empty() => {}
            None => too_few.push(short),
        }
    }
    shown
}

/// On how many accounts the views of most days rest; the more of two.
fn usual_accounts(daily: &[Row]) -> i64 {
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    for whole in daily.iter().filter_map(|row| row.whole("accounts_whole")).filter(|whole| *whole > 0) {
        *days.entry(whole).or_default() += 1;
    }
    days.into_iter().max_by_key(|(whole, days)| (*days, *whole)).map_or(0, |(whole, _)| whole)
}

/// A habit in few words.
fn caption(row: &Row) -> String {
    let (habit, choice) = (row.words("habit"), row.words("choice"));
    match (habit.as_str(), choice.as_str()) {
        ("hook", "none") => "No hook".to_owned(),
        ("hook", letters) => format!("Hook: {}", letters.replace(" characters", "")),
        ("question", "yes") => "A question".to_owned(),
        ("question", "no") => "No question".to_owned(),
        ("call to action", "yes") => "A call to action".to_owned(),
        ("call to action", "no") => "No call to action".to_owned(),
        (habit, "none") => format!("No {habit}"),
        (habit, choice) => format!("{}: {choice}", heading(habit)),
    }
}

/// Leaves out what is unknown, and habits of which only one choice occurs: nothing is compared there.
fn compared_only(rows: &mut Vec<Row>) {
    rows.retain(|row| row.text("choice") != Some("unknown"));
    let habits: Vec<&str> = rows.iter().filter_map(|row| row.text("habit")).collect();
    rows.retain(|row| habits.iter().filter(|habit| Some(**habit) == row.text("habit")).count() > 1);
}

impl Head {
    /// The first screen of several accounts.
    pub(crate) fn of_all(report: &Report, blocks: &[Block]) -> Head {
        let daily = rows(report, "daily");
        let known = usual_accounts(&daily);
        // A sum over fewer accounts than usual would look like a fall.
        let days = Days::of(&daily, report.period, |row| row.whole("accounts_whole") == Some(known));
        let chart = days.chart();
        let all = report.data.accounts.len() as i64;
        let of = if known < all {
            format!("{} of {} accounts", grouped(known), grouped(all))
        } else {
            "all accounts".to_owned()
        };
        let prefix_of = |account: &str| {
            let block = blocks.iter().find(|block| block.name == display_text(account));
            block.map(|block| block.prefix.clone())
        };
        let places = Places { prefix_of: &prefix_of, names_accounts: true };
        Head {
            doubt: None,
            tiles: of_all(report, &days),
            chart: chart.map(|figure| Chart {
                id: "views".to_owned(),
                title: format!("Views gained by day, {of}"),
                figure,
            }),
            groups: groups(report, |_| true, &places),
            has_too_few: false,
            // With few accounts, each part has its own.
            standing: if blocks.is_empty() { standing(report, |_| true, &places) } else { Vec::new() },
        }
    }
}
