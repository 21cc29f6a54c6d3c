//! Reports of stores with next to nothing, or very much: they read well, and every sentence is true.

use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr;

use reelframe::Report;
use reelframe::internals::{Hashtag, Reel, UtcMicros, built_in_queries};

use crate::pages::provenance;
use crate::queries::rows::{TestRows, account, reel, three_accounts};

/// A report, checked for what reads badly whatever the data.
fn report(rows: &TestRows) -> Report {
    let report = Report::build(&rows.tables(), &built_in_queries(), &provenance()).unwrap();
    let (html, markdown, terminal) = (report.to_html(), report.to_full_markdown(), report.to_terminal());
    let (brief, summary) = (report.to_markdown(), report.to_summary());
    assert!(summary.lines().count() <= 8, "{summary}");
    let page = &html[html.find("<body>").unwrap()..];
    for text in [page, markdown.as_str(), brief.as_str(), terminal.as_str(), summary.as_str()] {
        for odd in ["NaN", "inf ", "null", "None", "not a number", "∞", "Some("] {
            assert!(!text.contains(odd), "{odd} in {text}");
        }
        let words: Vec<&str> = text.split([' ', '\n', '\u{a0}', '>', '(', '.', ';', ':', '<']).collect();
        for many in ["reels", "accounts", "rows", "values", "findings", "points"] {
            assert!(!words.windows(2).any(|two| two == ["1", many]), "1 {many} in {text}");
        }
    }
    // Every link on the page leads to a place on it.
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "#{link} in {page}");
    }
    let empty = ["<ul>\n</ul>", "<tbody>\n</tbody>", "<dl>\n</dl>", "<ul class=\"tiles\">\n</ul>"];
    assert!(!empty.iter().any(|empty| page.contains(empty)), "{page}");
    assert!(terminal.lines().all(|line| line.width() <= 80), "{terminal}");
    // Every row of a Markdown table has the same number of cells.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = markdown.lines().collect();
    let in_a_table = |two: &&[&str]| two.iter().all(|line| line.starts_with('|'));
    assert!(lines.windows(2).filter(in_a_table).all(|two| cells(two[0]) == cells(two[1])), "{markdown}");
    report
}

fn json(report: &Report) -> Json {
    serde_json::from_str(&report.to_json()).unwrap()
}

/// Own reels of ana at nine in the morning of these days, with 1,000 views and a tenth of that in engagement.
fn reels(days: &[&str]) -> TestRows {
    let own = |(at, day): (usize, &&str)| Reel {
        views: Some(1_000),
        engagement_rate: Some(0.1),
        ..reel("ana", &format!("{}", 100 + at), &format!("{day} 09:00"))
    };
    TestRows {
        reels: days.iter().enumerate().map(own).collect(),
        accounts: vec![account("ana", "complete", days.len() as i64)],
        ..Default::default()
    }
}

#[test]
fn no_account() {
    let report = report(&TestRows::default());
    let html = report.to_html();
    assert!(html.contains("<h1>Reels of no account<small") && html.contains("No reels"), "{html}");
    // The totals are zero; nothing else has a table or chart.
    assert!(!html.contains("<table") && !html.contains("<svg") && !html.contains("class=\"card\""));
    assert!(html.contains("<li>There are no accounts in this data.</li>"));
    assert!(html.contains("Nothing stands out beyond chance in this period."));
    assert!(report.to_terminal().contains("0 reels"));
}

#[test]
#[ignore = "slow"]
fn slow_an_account_without_reels() {
    let report = report(&TestRows { accounts: vec![account("ana", "empty_or_private", 0)], ..Default::default() });
    let html = report.to_html();
    assert!(html.contains("<h1>Reels of ana<small") && html.contains("There are no reels in this data."));
    assert!(html.contains("<p class=\"doubt\">No public reels: ana.</p>"), "{html}");
    assert!(!html.contains("<svg") && report.findings.is_empty());
    let none = "No data for: Views by day · Views by day and account · What changed · Top reels · ";
    assert!(report.to_full_markdown().contains(none) && html.contains(none), "{html}");
}

#[test]
fn one_reel() {
    let report = report(&reels(&["2025-05-01"]));
    let html = report.to_html();
    assert!(
        html.contains("<span class=\"label\">Reels posted</span> <span class=\"value\">1</span>")
            && report.to_terminal().contains(" · 1 reel in all\n")
    );
    assert!(
        report.to_terminal().contains("1,000*") && report.to_terminal().contains("* based on fewer than 3 reels\n")
    );
    // Figures based on it say so, and there is no chart.
    assert!(html.contains("<bdi>1 reel, too few to compare</bdi>"), "{html}");
    assert!(!html.contains("<svg") && report.findings.is_empty() && !html.contains("id=\"accounts\""));
    assert!(html.contains("No data for: ") && html.contains("Too few reels to compare: "));
    // It has no other account to compare with.
    assert!(!html.contains("League table") && report.to_json().contains("040_league_table"));
}

#[test]
#[ignore = "slow"]
fn slow_two_reels() {
    let report = report(&reels(&["2025-05-01", "2025-05-02"]));
    let html = report.to_html();
    assert!(html.contains("<bdi>2 reels, too few to compare</bdi>"), "{html}");
    assert!(!html.contains("<svg") && report.findings.is_empty());
}

#[test]
#[ignore = "slow"]
fn slow_all_likes_hidden() {
    let mut rows = reels(&["2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04"]);
    for reel in &mut rows.reels {
        (reel.likes_hidden, reel.engagement_rate) = (Some(true), None);
    }
    let report = report(&rows);
    assert!(report.to_html().contains("All 4 reels hide their likes: left out of like and engagement figures."));
    assert!(!report.to_html().contains(">Engagement rate</span>"), "there is none to show");
    let markdown = report.to_full_markdown();
    let without_data = markdown.lines().find(|line| line.starts_with("No data for: ")).unwrap();
    assert!(without_data.contains("Median engagement rate, "), "{without_data}");
}

#[test]
#[ignore = "slow"]
fn slow_all_immature() {
    let mut rows = reels(&["2025-05-29", "2025-05-30", "2025-05-31", "2025-06-01"]);
    rows.reels.iter_mut().for_each(|reel| reel.maturity = Some("immature".into()));
    let report = report(&rows);
    let html = report.to_html();
    assert!(
        html.contains("All 4 reels were under 48 hours old at the latest update: listed, but left out of medians"),
        "{html}"
    );
    assert!(report.findings.is_empty() && !html.contains(">Median views so far</span>"));
}

#[test]
#[ignore = "slow"]
fn slow_a_card_shows_a_median_with_its_interval() {
    let days: Vec<String> = (1..=10).map(|day| format!("2025-05-{day:02}")).collect();
    let mut rows = reels(&days.iter().map(String::as_str).collect::<Vec<_>>());
    for (at, reel) in rows.reels.iter_mut().enumerate() {
        (reel.views, reel.comment_rate) = (Some(100 * (at as i64 + 1)), Some(0.01));
    }
    let html = report(&rows).to_html();
    assert!(html.contains("<dd>550 <small>95 %: 100 to 1,000</small> <small>n = 10</small></dd>"), "{html}");
    // The ends are no figures of their own, and medians without an interval are in the table alone.
    assert!(!html.contains("<dt>Median views low</dt>") && !html.contains("<dt>Median comment rate</dt>"));
    // Without views there is nothing to enclose.
    rows.reels.truncate(7);
    assert!(report(&rows).to_html().contains("<dd>400 <small>n = 7</small></dd>"));
}

#[test]
#[ignore = "slow"]
fn slow_one_month() {
    let days: Vec<String> = (1..=28).map(|day| format!("2025-05-{day:02}")).collect();
    let report = report(&reels(&days.iter().map(String::as_str).collect::<Vec<_>>()));
    // A line of one point is not drawn.
    assert!(!report.to_html().contains("by month"));
    assert!(report.to_full_markdown().contains("| 2025-05 |"));
}

#[test]
#[ignore = "slow"]
fn slow_a_page_about_many_accounts_stays_small_and_says_what_it_leaves_out() {
    const ACCOUNTS: usize = 300;
    let mut rows = TestRows::default();
    for number in 0..ACCOUNTS {
        let name = format!("account.number.{number:03}");
        for day in 1..=8 {
            let mut reel =
                reel(&name, &format!("{number}0{day}"), &format!("2025-0{}-0{day} {:02}:00", 1 + day % 5, day + 8));
            (reel.views, reel.engagement_rate) = (Some(1_000 + 17 * day), Some(0.05));
            (reel.baseline_views, reel.baseline_n, reel.outlier_multiple) = (Some(900.0), 6, Some(1.2));
            for tag in 0..3 {
                rows.hashtags.push(Hashtag {
                    reel_key: reel.reel_key.clone(),
                    account: name.clone().into(),
                    reel_id: reel.reel_id.clone(),
                    hashtag: format!("tag{tag}of{number}").into(),
                    position: tag + 1,
                    ..Default::default()
                });
            }
            rows.reels.push(reel);
        }
        rows.accounts.push(account(&name, "complete", 8));
    }
    let report = report(&rows);
    let html = report.to_html();
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
    // The overview is a table with all of them; the others show whole accounts, as many as fit.
    let overview = html.split("id=\"section-010-overview\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!((overview.matches("<tr>").count(), overview.contains("class=\"card\"")), (1 + ACCOUNTS, false));
    let hashtags = html.split("id=\"section-110-hashtags\"").nth(1).unwrap().split("</section>").next().unwrap();
    let (accounts, tags) = (hashtags.matches("scope=\"rowgroup\"").count(), hashtags.matches("<td>tag").count());
    assert!(accounts > 5 && tags == 3 * accounts, "{accounts} accounts with {tags} rows");
    let says = format!("Showing {accounts} of 300 accounts ({tags} of 900 rows); report.json has all.");
    assert!(hashtags.contains(&says), "{says}");
    let all = json(&report);
    let section =
        |name: &str| all["sections"].as_array().unwrap().iter().find(|section| section["name"] == name).unwrap();
    assert_eq!(section("110_hashtags")["rows"].as_array().unwrap().len(), 900);
    assert!(report.to_terminal().contains("… and 260 more accounts in the report"));
    // The terminal shows five of many findings and counts the others.
    let more = report.findings.len().saturating_sub(5);
    assert_eq!(report.to_terminal().contains("more finding"), more > 0);
    // A mail has fewer rows, and leaves out no more than it says.
    assert!(report.to_markdown().len() < 20_000, "{} bytes", report.to_markdown().len());
    let markdown = report.to_full_markdown();
    assert!(markdown.len() < 100_000, "{} bytes", markdown.len());
    let hashtags = markdown.split("\n## Hashtags\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let tags = hashtags.matches(" | tag").count();
    let (accounts, mailed) = (tags / 3, format!("Showing {} of 300 accounts ({tags} of 900 rows); report", tags / 3));
    assert!(accounts > 2 && tags == 3 * accounts && hashtags.contains(&mailed), "{mailed}: {hashtags}");
    assert_eq!(html, Report::build(&rows.tables(), &built_in_queries(), &provenance()).unwrap().to_html());
}

#[test]
#[ignore = "slow"]
fn slow_a_long_history_has_bounded_sections() {
    let day =
        |at: u32| format!("20{:02}-{:02}-{:02} {:02}:00", 16 + at / 336 % 9, 1 + at / 28 % 12, 1 + at % 28, at % 24);
    let own = |at: u32| {
        let mut reel = reel("ana", &format!("{at}"), &day(at));
        (reel.views, reel.engagement_rate) = (Some(i64::from(1_000 + at)), Some(0.05));
        (reel.baseline_views, reel.baseline_n) = (Some(2_000.0), 20);
        reel.outlier_multiple = Some(f64::from(1_000 + at) / 2_000.0);
        reel
    };
    let reels: Vec<Reel> = (0..3_000).map(own).collect();
    let report = report(&TestRows { reels, accounts: vec![account("ana", "complete", 3_000)], ..Default::default() });
    assert!(report.to_html().len() < 200_000, "{} bytes", report.to_html().len());
    let rows: usize = json(&report)["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["rows"].as_array().unwrap().len())
        .sum();
    assert!(rows < 500, "{rows} rows");
}

#[test]
#[ignore = "slow"]
fn slow_a_page_for_clients_has_no_words_of_the_program() {
    let words = ["crawl", "walk", "reading", "own reel", "judge", "maturity", "mature", "settling", "settled"];
    let lacks_them = |text: &str| {
        let text = text.to_lowercase();
        assert!(words.iter().all(|word| !text.contains(word)), "{text}");
    };
    for query in built_in_queries() {
        lacks_them(&query.title);
        lacks_them(&query.question);
    }
    let mut rows = three_accounts();
    // Seen in one crawl and before it, so that the sections about changes have rows.
    for (at, reel) in rows.reels.iter_mut().enumerate() {
        reel.maturity = Some(["mature", "settled", "settling", "immature"][at % 4].into());
        (reel.views_gained, reel.views_per_hour_recent) = (Some(50), Some(1.5));
    }
    for account in &mut rows.accounts {
        account.crawl_started_at = UtcMicros(1_748_700_000_000_000);
        account.previous_observed_at = Some(UtcMicros(1_748_000_000_000_000));
    }
    let report = report(&rows);
    let (html, markdown) = (report.to_html(), report.to_full_markdown());
    lacks_them(&html[html.find("<body>").unwrap()..]);
    lacks_them(&markdown);
    lacks_them(&report.to_markdown());
    lacks_them(&report.to_summary());
    assert!(markdown.contains("## What changed") && markdown.contains("| 7–30 days |"), "{markdown}");
    for (text, foot) in [(html, "<footer>"), (markdown, "\n---\n")] {
        let (page, foot) = text.split_once(foot).unwrap();
        assert!(!page.contains("20250601T060000000Z") && foot.contains("run 20250601T060000000Z"), "{page}");
    }
}
