//! What chance alone does: accounts in which nothing matters get almost no finding, and accounts in which a time of the
//! day matters get theirs. The figures of docs/metrics.md.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use reelframe::internals::{Account, Day, built_in_query, findings};
use reelframe::{Answer, Scope, Value};
use testkit::pages::Reel;
use testkit::random::Random;

use crate::queries::invented::{DAY_S, FIRST_DAY_S, add, any_reel, normal, tables};
use crate::queries::rows::{TestRows, account, reel};

/// The sections that compare groups of reels.
const SECTIONS: [&str; 8] =
    ["best_times", "monthly_trend", "durations", "hashtags", "captions", "audio", "collabs", "paid"];

/// An account's reels, one every 56 hours at a random hour, crawled once when all are over 30 days old. Views are
/// log-normal with a standard deviation of 0.9, times `growth` from the first reel to the last, times `effect` on Tuesday
/// evenings, which every sixth reel then has.
fn crawl(reels: u64, growth: f64, effect: f64, random: &mut Random) -> (i64, Vec<Reel>) {
    let own = |number: u64| {
        let mut posted_at_s = FIRST_DAY_S + number as i64 * 56 * 3_600 + random.below(86_400) as i64;
        let is_special = effect > 1.0 && (number == 0 || number % 6 == 5);
        if is_special {
            let week = (posted_at_s - FIRST_DAY_S) / (7 * DAY_S);
            posted_at_s = FIRST_DAY_S + (7 * week + 1) * DAY_S + 18 * 3_600 + random.below(3_600) as i64;
        }
        let grown = growth.powf(number as f64 / reels as f64) * if is_special { effect } else { 1.0 };
        let views = 10_000.0 * grown * (0.9 * normal(random)).exp();
        any_reel(1 + number, posted_at_s, random).views(views as u64)
    };
    let all: Vec<Reel> = (0..reels).map(own).collect();
    (FIRST_DAY_S + reels as i64 * 56 * 3_600 + 29 * DAY_S, all)
}

fn accounts(count: usize, reels: u64, growth: f64, effect: f64) -> TestRows {
    let mut rows = TestRows::default();
    let mut random = Random::of(&[19, effect as u64]);
    for number in 0..count {
        let crawl = crawl(reels, growth, effect, &mut random);
        add(&mut rows, tables(&format!("a{number:03}"), &[crawl]));
    }
    rows
}

/// The sentences that a section makes in the report of each account, with its name.
fn found(section: &str, rows: &TestRows) -> Vec<(String, String)> {
    let answer = rows.tables().query(&built_in_query(section).unwrap().sql).unwrap();
    let account = answer.position("account").unwrap();
    let of_accounts = answer.rows.chunk_by(|a, b| a[account] == b[account]);
    let said = |rows: &[Vec<Value>]| {
        let of_account = Answer { columns: answer.columns.clone(), rows: rows.to_vec() };
        let name = rows[0][account].as_text().unwrap().to_owned();
        let said = findings(|name| (name == section).then_some(&of_account), &Value::Null, true);
        said.into_iter().map(|finding| (name.clone(), finding.text())).collect::<Vec<_>>()
    };
    of_accounts.flat_map(said).collect()
}

fn accounts_of(found: &[(String, String)]) -> usize {
    found.iter().map(|(account, _)| account).collect::<BTreeSet<_>>().len()
}

#[test]
fn accounts_in_which_nothing_matters_get_almost_no_finding() {
    find_almost_nothing(20);
}

#[test]
#[ignore = "slow"]
fn slow_accounts_in_which_nothing_matters_get_almost_no_finding() {
    find_almost_nothing(100);
}

/// One finding in five accounts at the most, and each section's in one of twenty.
fn find_almost_nothing(count: usize) {
    let rows = accounts(count, 66, 1.0, 1.0);
    let found = SECTIONS.map(|section| (section, found(section, &rows)));
    for (section, found) in &found {
        assert!(accounts_of(found) <= count / 20, "{section}: {found:#?}");
    }
    let in_all: usize = found.iter().map(|(_, found)| found.len()).sum();
    assert!(in_all <= count / 5, "{in_all} findings in {count} accounts: {found:#?}");
}

#[test]
fn accounts_that_only_grow_get_no_best_time() {
    let rows = accounts(50, 66, 16.0, 1.0);
    let best = found("best_times", &rows);
    assert!(accounts_of(&best) <= 3, "{best:?}");
    // That they grow is found.
    assert!(accounts_of(&found("monthly_trend", &rows)) >= 1);
}

/// Of 100 accounts, in how many a slot with 12 of 67 reels is found that multiplies views.
#[test]
#[ignore = "slow"]
fn slow_strong_times_are_found() {
    let share = |effect: f64| {
        let mut best = found("best_times", &accounts(100, 67, 1.0, effect));
        best.retain(|(_, text)| text.contains("Tuesday evenings"));
        accounts_of(&best)
    };
    assert_eq!((share(2.0), share(3.0)), (17, 63));
}

/// A stable account that posts every second day: views grow as 1 - exp(-sqrt(age / 3 days)), to about 10,000. The reels of
/// the last days have a tag and are paid partnerships, which does nothing.
fn stable(days_with_tag: i64, crawl_days: &[i64]) -> TestRows {
    let mut random = Random::of(&[20]);
    let whole: Vec<f64> = (0..45).map(|_| 10_000.0 * (0.2 * normal(&mut random)).exp()).collect();
    let crawl = |day: &i64| {
        let at_s = FIRST_DAY_S + day * DAY_S;
        let reel = |number: usize| {
            let posted_at_s = FIRST_DAY_S + number as i64 * 2 * DAY_S + 9 * 3_600;
            let age_days = (at_s - posted_at_s) as f64 / DAY_S as f64;
            let views = whole[number] * (1.0 - (-(age_days / 3.0).sqrt()).exp());
            let is_new = 90 - 2 * number as i64 <= days_with_tag;
            let reel = testkit::pages::reel(1 + number as u64).taken_at(posted_at_s).views(views as u64);
            (age_days > 0.0).then(|| {
                reel.caption(if is_new { "Bread #new" } else { "Bread #old" }).set("is_paid_partnership", is_new)
            })
        };
        (at_s, (0..whole.len()).filter_map(reel).collect())
    };
    let mut rows = TestRows::default();
    add(&mut rows, tables("stable.shop", &crawl_days.iter().map(crawl).collect::<Vec<_>>()));
    rows
}

#[test]
fn a_new_tag_on_young_reels_is_no_finding() {
    find_nothing_of_a_new_tag(&[14]);
}

#[test]
#[ignore = "slow"]
fn slow_a_new_tag_on_young_reels_is_no_finding() {
    find_nothing_of_a_new_tag(&[7, 14, 28]);
}

fn find_nothing_of_a_new_tag(days_with_tag: &[i64]) {
    let every_day: Vec<i64> = (1..=91).collect();
    for (days, crawls) in days_with_tag.iter().flat_map(|days| [(*days, &[91][..]), (*days, &every_day)]) {
        let rows = stable(days, crawls);
        for section in SECTIONS {
            assert_eq!(found(section, &rows), [], "{section}, {days} days, {} crawls", crawls.len());
        }
    }
    // By their latest views they look bad.
    let latest = stable(14, &[91]).tables().query(
        "SELECT MEDIAN(CASE WHEN is_paid_partnership = TRUE THEN outlier_multiple END) AS young, MEDIAN(outlier_multiple) AS all FROM reels",
    );
    let latest = latest.unwrap();
    assert!(latest.value(0, "young").as_number() < Some(0.9), "{:?}", latest.rows);
}

/// Accounts that post every second day and are crawled every day; reels grow as 1 - exp(-sqrt(age / scale)), each with a
/// scale of its own. What was expected of young reels is held against what they had in the end.
#[test]
#[ignore = "slow"]
fn slow_the_range_of_a_forecast_holds_for_reels_held_back() {
    const ACCOUNTS: u64 = 6;
    let (mut held, mut of) = (0, 0);
    for account in 0..ACCOUNTS {
        let mut random = Random::of(&[21, account]);
        let growth: Vec<(f64, f64)> = (0..45)
            .map(|_| (10_000.0 * (0.9 * normal(&mut random)).exp(), 3.0 * (0.5 * normal(&mut random)).exp()))
            .collect();
        let crawl = |day: i64| {
            let at_s = FIRST_DAY_S + day * DAY_S;
            let reel = |number: usize| {
                let posted_at_s = FIRST_DAY_S + number as i64 * 2 * DAY_S + 9 * 3_600;
                let (age_days, (whole, scale)) = ((at_s - posted_at_s) as f64 / DAY_S as f64, growth[number]);
                let views = whole * (1.0 - (-(age_days.max(0.0) / scale).sqrt()).exp());
                let reel = testkit::pages::reel(1 + number as u64).taken_at(posted_at_s).views(views as u64);
                (age_days > 0.0).then_some(reel)
            };
            (at_s, (0..growth.len()).filter_map(reel).collect::<Vec<_>>())
        };
        let crawls: Vec<(i64, Vec<Reel>)> = (1..=91).map(crawl).collect();
        let finally = tables("ana", &crawls).reels;
        for day in [55, 58, 61] {
            for reel in tables("ana", &crawls[..day]).reels {
                let later = finally.iter().find(|later| later.reel_id == reel.reel_id).unwrap();
                for (low, high, views) in [
                    (reel.expected_views_7d_low, reel.expected_views_7d_high, later.views_7d),
                    (reel.expected_views_30d_low, reel.expected_views_30d_high, later.views_30d),
                ] {
                    let (Some(low), Some(high), Some(views)) = (low, high, views) else { continue };
                    held += i32::from((low..=high).contains(&views));
                    of += 1;
                }
            }
        }
    }
    assert_eq!((held, of), (266, 312));
}

/// Accounts with 14 reels in each of two periods of four weeks; the later views are multiplied by `effect`.
fn two_periods(effect: f64) -> TestRows {
    const LAST: i32 = 20_269;
    let mut random = Random::of(&[20, effect as u64]);
    let mut rows = TestRows { scope: Scope { last_days: Some(28), ..Scope::default() }, ..TestRows::default() };
    for number in 0..100 {
        let name = format!("a{number:03}");
        for at in 0..28 {
            let day = NaiveDate::from_num_days_from_ce_opt(719_163 + LAST - 2 * at).unwrap();
            let mut own = reel(&name, &format!("{number}{at:02}"), &format!("{day} 09:00"));
            let times = if at < 14 { effect } else { 1.0 };
            own.views_7d = Some((10_000.0 * times * (0.9 * normal(&mut random)).exp()) as i64);
            own.engagement_rate = Some(0.04 * (0.5 * normal(&mut random)).exp());
            rows.reels.push(own);
        }
        rows.accounts.push(Account { observed_date: Some(Day(LAST)), ..account(&name, "complete", 28) });
    }
    rows
}

/// Two medians are compared in each of 100 accounts, at a level of 2 %.
#[test]
fn periods_that_differ_by_chance_alone_get_almost_no_finding() {
    let found_of = |effect: f64| found("comparison", &two_periods(effect));
    let none = found_of(1.0);
    assert!(none.len() <= 8, "{none:#?}");
    // Four times the views are found in most of them.
    let mut more = found_of(4.0);
    more.retain(|(_, text)| text.contains("Median views at 7 days rose to "));
    assert!(more.len() >= 80, "{} of 100", more.len());
}
