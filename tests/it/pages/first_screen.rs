//! The page: tiles, chart, findings and the parts of accounts, with values worked out by hand.

use reelframe::internals::{Account, AccountDay, Day, Query, Reel, UtcMicros, built_in_queries};
use reelframe::{Report, Scope};

use crate::pages::provenance;
use crate::queries::rows::{TestRows, account, reel};

/// 30 June 2025.
pub(crate) const LAST: i32 = 20_269;

/// The sections that the first screen, the portfolio and the reels of a part rest on: all of them take long.
const SECTIONS: [&str; 11] = [
    "005_all_accounts",
    "006_daily",
    "007_daily_by_account",
    "010_overview",
    "015_comparison",
    "040_league_table",
    "050_top_reels",
    "060_outliers",
    "090_monthly_trend",
    "170_cadence",
    "195_followers",
];

fn queries() -> Vec<Query> {
    built_in_queries().into_iter().filter(|query| SECTIONS.contains(&query.name.as_str())).collect()
}

pub(crate) fn report(rows: &TestRows) -> Report {
    Report::build(&rows.tables(), &queries(), &provenance()).unwrap()
}

/// Four weeks of an account with a reel every second day, in June and in the four weeks before.
pub(crate) fn rows(accounts: &[&str]) -> TestRows {
    let mut rows = TestRows::default();
    for (number, name) in accounts.iter().enumerate() {
        for at in 0..28 {
            let day = LAST - 2 * at;
            let date = chrono::NaiveDate::from_num_days_from_ce_opt(719_163 + day).unwrap();
            let mut own = reel(name, &format!("{}", 1_000 * (1 + number as i32) - at), &format!("{date} 09:00"));
            let is_now = day > LAST - 28;
            own.views = Some(if is_now { 2_000 } else { 1_000 } + i64::from(at));
            own.views_7d = own.views;
            own.engagement_rate = Some(0.05);
            own.age_hours = Some(24.0 * f64::from(LAST - day) + 12.0);
            rows.reels.push(own);
        }
        for day in LAST - 55..=LAST {
            rows.days.push(AccountDay {
                account: (*name).into(),
                day: Day(day),
                reels_posted: i32::from((LAST - day) % 2 == 0),
                own_reels: 28,
                views_gained: Some(if day > LAST - 28 { 300 } else { 200 }),
                views_gained_n: 28,
                is_whole: true,
                ..AccountDay::default()
            });
        }
        rows.accounts.push(Account {
            observed_date: Some(Day(LAST)),
            crawl_started_at: UtcMicros(i64::from(LAST) * 86_400_000_000),
            reels_per_week_12w: Some(3.5),
            ..account(name, "complete", 28)
        });
    }
    rows.scope = Scope { last_days: Some(28), ..Scope::default() };
    rows
}

/// The markup between two marks.
pub(crate) fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let rest = html.split_once(from).unwrap_or_else(|| panic!("{from} in {html}")).1;
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// Text without markup.
pub(crate) fn words(html: &str) -> String {
    let texts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

#[test]
fn tiles_give_the_figure_its_change_and_what_it_rests_on() {
    let html = report(&rows(&["ana"])).to_html();
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    // 28 days of 300, and 300 a day after 200; 14 reels in each period, of 2,000 to 2,013 and of 1,014 to 1,027 views.
    assert!(tiles.contains("Views gained 8,400 ▲ 50 % daily average, against the period before"), "{tiles}");
    assert!(tiles.contains("Reels posted 14 as many as before Median"), "{tiles}");
    assert!(
        tiles.contains("Median views at 7 days 2,007 ▲ 97 % 1,021 before likely 2,002 to 2,011, 14 reels"),
        "{tiles}"
    );
    // All have the same rate: no change, and so within chance.
    assert!(tiles.contains("Engagement rate 5.0 % no clear change"), "{tiles}");
    assert!(
        tiles.contains("Best reel 2,013 ▲ 96 % Wed 4 Jun, “A caption” best at 7 days 2,013, 1,027 before"),
        "{tiles}"
    );
    assert!(!tiles.contains("Followers"), "none are known: {tiles}");
    let findings = words(between(&html, "<div class=\"findings\">", "</div>"));
    let expected = "Against the period before Median views at 7 days rose to 2,007 (14 reels) from 1,021 in the period \
                    before (14 reels). Figures Views gained per day rose by 50 % against the period before. Figures";
    assert_eq!(findings, expected);
}

#[test]
fn a_change_that_chance_explains_is_grey_and_makes_no_finding() {
    let mut rows = rows(&["ana"]);
    // The two periods have the same values.
    for (at, reel) in rows.reels.iter_mut().enumerate() {
        reel.views = Some(1_000 + 10 * (at as i64 % 14));
        reel.views_7d = reel.views;
    }
    rows.days.iter_mut().for_each(|day| day.views_gained = Some(200));
    let html = report(&rows).to_html();
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    assert!(tiles.contains("Median views at 7 days 1,065 no clear change 1,065 before"), "{tiles}");
    assert!(html.contains("Nothing stands out beyond chance in this period."), "{html}");
}

#[test]
fn without_a_period_before_nothing_is_compared() {
    let mut rows = rows(&["ana"]);
    rows.scope.compares_nothing = true;
    let html = report(&rows).to_html();
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    assert!(tiles.contains("Views gained 8,400 known on 28 of 28 days Reels posted 14 Median"), "{tiles}");
    assert!(
        !html.contains("Compared with")
            && !html.contains("<h3>Against the period before")
            && !html.contains("period before</text>")
    );
    assert!(!tiles.contains('▲') && !tiles.contains("before"), "{tiles}");
}

#[test]
fn the_chart_has_the_days_of_both_periods_and_says_so_in_words() {
    let html = report(&rows(&["ana"])).to_html();
    let chart = between(&html, "<figure id=\"views\">", "</figure>");
    let alt = "Line of views a day: 300 on average in the period, 200 in the period before; 14 reels posted.";
    assert!(chart.contains(alt), "{chart}");
    for label in [">period before<", ">this period<", ">6 May<", ">3 Jun<", ">30 Jun<"] {
        assert!(chart.contains(label), "{label} in {chart}");
    }
    // 28 days with a reel have a mark.
    assert_eq!(chart.matches("class=\"post\"").count(), 28);
    // A day that is not known breaks the line.
    let mut gap = rows(&["ana"]);
    (gap.days[50].views_gained, gap.days[50].views_gained_n, gap.days[50].is_whole) = (None, 0, false);
    let html = report(&gap).to_html();
    let now = between(between(&html, "<figure id=\"views\">", "</figure>"), "class=\"line-now\" d=\"", "\"");
    assert_eq!(now.matches('M').count(), 2, "{now}");
    // Of one day, no line is drawn.
    let mut few = rows(&["ana"]);
    few.days.truncate(0);
    assert!(!report(&few).to_html().contains("id=\"views\""));
}

#[test]
fn accounts_are_ranked_by_the_size_of_their_change_and_each_has_its_part() {
    let mut three = rows(&["ana", "bob", "cid"]);
    for day in &mut three.days {
        let is_now = day.day.0 > LAST - 28;
        day.views_gained = Some(match day.account.as_str() {
            "bob" if is_now => 600,
            "cid" if is_now => 100,
            _ => 200,
        });
    }
    three.accounts[2].status = "failed".into();
    for reel in &mut three.reels {
        reel.engagement_rate = Some(if reel.account == "ana" { 0.05 } else { 0.03 });
    }
    let html = report(&three).to_html();
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    let order =
        ["bob 16,800 ▲ 200 %", "ana 5,600 as before", "cid 2,800 ▼ 50 %"].map(|row| accounts.find(row).expect(row));
    assert!(order.is_sorted(), "{accounts}");
    assert!(accounts.contains("The latest update failed, figures may be out of date: cid."), "{accounts}");
    assert!(html.contains("<a href=\"#a2-figures\"><bdi>bob</bdi></a>") && html.contains("id=\"a2-figures\""));
    // 200 + 600 + 100 a day after 3 × 200.
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    assert!(
        tiles.starts_with("Views gained 25,200 ▲ 50 %") && tiles.contains("Accounts that grew 1 of 3 1 fell"),
        "{tiles}"
    );
    // Medians of 5, 3 and 3 % in both periods.
    assert!(tiles.contains("Engagement rate 3.0 % 3.0 % before of the median account"), "{tiles}");
    assert!(tiles.contains("Best reel 2,013 ▲ 96 %"), "{tiles}");
    // Every link on the page leads somewhere.
    for link in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(html.contains(&format!("id=\"{link}\"")), "#{link}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_many_accounts_are_shown_from_both_ends_and_by_label() {
    let names: Vec<String> = (0..14).map(|number| format!("a{number:02}")).collect();
    let mut many = rows(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (at, account) in many.accounts.iter_mut().enumerate() {
        account.account_label = (at > 0).then(|| if at % 2 == 0 { "even".into() } else { "odd".into() });
    }
    for day in &mut many.days {
        let number: i32 = day.account[1..].parse().unwrap();
        let is_now = day.day.0 > LAST - 28;
        day.views_gained = Some(if is_now { i64::from(100 + 20 * number) } else { 200 });
    }
    let html = report(&many).to_html();
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    // From 100 to 360 a day after 200: a13 has 80 % more, a00 half; a05 has as many as before.
    let order = ["Gained most", "a13 odd 10,080 ▲ 80 %", "a12 even", "Lost most", "a00 2,800 ▼ 50 %", "a01 odd"];
    assert!(order.map(|row| accounts.find(row).expect(row)).is_sorted(), "{accounts}");
    let groups = words(between(&html, "<section id=\"groups\">", "</section>"));
    assert!(
        groups.contains(
            "even a02 ▼ 30 % · a04 ▼ 10 % · a06 ▲ 10 % · a08 ▲ 30 % · a10 ▲ 50 % · a12 ▲ 70 % odd a01 ▼ 40 % · a03"
        ),
        "{groups}"
    );
    assert!(groups.ends_with("No label a00 ▼ 50 %"), "{groups}");
    assert!(!html.contains("id=\"a1-figures\""), "no part for each");
    // The brief Markdown and the summary have the same.
    let summary = report(&many).to_summary();
    assert!(summary.contains("Gained most: a13 ▲ 80 %, a12 ▲ 70 %, a11 ▲ 60 % · Lost most: a00 ▼ 50 %"), "{summary}");
    assert!(summary.lines().count() <= 8 && summary.ends_with(".\n"), "{summary}");
}

#[test]
fn a_reel_that_is_gone_paid_or_new_says_so() {
    let mut marked = rows(&["ana"]);
    marked.reels[1].is_listed = Some(false);
    marked.reels[2].is_paid_partnership = Some(true);
    marked.reels[3].coauthor_count = Some(2);
    marked.reels[4].hook = None;
    // Among the ten with the most views.
    marked.reels[1..5].iter_mut().for_each(|reel| reel.views = Some(9_000));
    let at = |reels: &[Reel], id: usize| reels[id].shortcode.to_string();
    let html = report(&marked).to_html();
    let table = between(&html, "<section id=\"reels\">", "</section>");
    let row = |id: usize| {
        let shortcode = at(&marked.reels, id);
        let end = table.find(&shortcode).unwrap_or_else(|| panic!("{shortcode} in {table}"));
        words(between(&table[end..], ">", "</tr>"))
    };
    // Its age would be that when last seen.
    assert!(row(1).contains("no longer listed") && !row(1).contains("old"), "{}", row(1));
    assert!(row(2).contains("paid partnership"), "{}", row(2));
    assert!(row(3).contains("with coauthors") && row(3).contains("6 days old"), "{}", row(3));
    assert!(row(4).contains("(no caption)") && !row(4).contains("old"), "{}", row(4));
}

#[test]
fn views_that_were_corrected_downwards_are_drawn_below_0_and_compared_with_nothing() {
    let mut lost = rows(&["ana"]);
    for day in lost.days.iter_mut().filter(|day| day.day.0 > LAST - 28) {
        day.views_gained = Some(-100);
    }
    let html = report(&lost).to_html();
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    assert!(tiles.starts_with("Views gained -2,800 known on 28 of 28 days Reels"), "{tiles}");
    let chart = between(&html, "<figure id=\"views\">", "</figure>");
    // From 200 at the top, 40 px, to -100 at the bottom, 208 px: 0 is at two thirds of the way.
    assert!(chart.contains("<line class=\"base\" x1=\"0%\" y1=\"152\" x2=\"100%\" y2=\"152\"/>"), "{chart}");
    let now = between(chart, "class=\"line-now\" d=\"", "\"");
    assert!(now.starts_with('M') && now.ends_with(" 208"), "{now}");
    assert!(!words(between(&html, "<div class=\"findings\">", "</div>")).contains("Views gained per day"), "{html}");
}

#[test]
#[ignore = "slow"]
fn slow_a_period_that_is_past_or_to_come_says_nothing_of_now() {
    let mut silent = rows(&["ana", "bob"]);
    silent.accounts[1].status = "failed".into();
    silent.accounts.iter_mut().for_each(|account| account.days_since_last_post = Some(400.0));
    let now = report(&silent).to_html();
    assert!(now.contains("Silent for unusually long:") && now.contains("The latest update failed"), "{now}");
    silent.scope = Scope { from: Some(Day(LAST - 60)), to: Some(Day(LAST - 30)), ..Scope::default() };
    let past = report(&silent).to_html();
    assert!(!past.contains("Silent for") && !past.contains("The latest update failed"), "{past}");
    silent.scope = Scope { from: Some(Day(LAST + 10)), to: Some(Day(LAST + 20)), ..Scope::default() };
    let next = report(&silent).to_html();
    let tiles = words(between(&next, "<ul class=\"tiles\">", "</ul>"));
    assert!(tiles.contains("Reels posted 0 Accounts that posted 0 of 2"), "nothing is compared: {tiles}");
}

#[test]
fn a_section_of_ones_own_in_place_of_a_built_in_one_makes_no_false_number() {
    let mut queries = queries();
    for query in queries.iter_mut().filter(|query| ["010_overview", "050_top_reels"].contains(&query.name.as_str())) {
        query.sql = "SELECT account, reels AS listed FROM accounts ORDER BY account ASC NULLS LAST".to_owned();
        (query.chart, query.is_users) = (None, true);
    }
    let html = Report::build(&rows(&["ana", "bob"]).tables(), &queries, &provenance()).unwrap().to_html();
    let tiles = words(between(&html, "<ul class=\"tiles\">", "</ul>"));
    assert!(tiles.contains("Reels posted 28") && !tiles.contains("Accounts that posted"), "{tiles}");
    assert!(html.contains("id=\"section-010-overview\"") && html.contains("id=\"section-050-top-reels\""), "{html}");
    assert!(!html.contains("Reels posted</span> <span class=\"value\">0"), "{html}");
}
