//! The workbook as a report: its sheets, their numbers by hand, charts, print, and texts that would break it.

pub(crate) mod cells;

use testkit::pages::{Reel, reel, wrapped_page};

use crate::harness::{Output, Reelframe};
use crate::stores::sample_data;
use crate::workbook::cells::Book;

const REPORT: [&str; 6] = ["Overview", "Top reels", "League", "Best times", "Top hashtags", "Trend"];
const TABLES: [&str; 7] = ["reels", "hashtags", "people", "accounts", "profiles", "days", "findings"];

/// 2026-10-20 00:00 in seconds since 1970.
const OCTOBER_20: i64 = 1_792_454_400;

/// A reel that was posted at noon, this many days before 2026-10-20.
fn reel_of(days_before: i64) -> Reel {
    let posted = OCTOBER_20 - days_before * 86_400 + 43_200;
    let upload_ms = u64::try_from((posted - 60) * 1_000).expect("after 1970");
    reel((upload_ms - 1_314_220_021_721) << 23).taken_at(posted)
}

/// maple has 3 reels of October, willow one of September and one of October.
fn two_accounts() -> Reelframe {
    let maple = [
        reel_of(10).views(5000).likes(300).comments(50),
        reel_of(15).views(3000).likes(140).comments(10).caption("Second cup\n#tea"),
        reel_of(19).views(1000).likes(90).comments(10).caption("=1+1 #Tea"),
    ];
    let willow = [reel_of(8).views(600), reel_of(40).views(400)].map(|reel| reel.owner("6006", "willow"));
    Reelframe::new()
        .file("pages/maple/1.json", wrapped_page(&maple, None))
        .file("pages/willow/1.json", wrapped_page(&willow, None))
        .args(["run", "--replay", "pages", "--observed-at", "2026-10-20T18:00:00Z", "--format", "xlsx"])
}

fn book(output: &Output) -> Book {
    Book::open(&output.path("reels/latest/reelframe.xlsx"))
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn the_sheets_of_the_report_come_first_with_words_above_them() {
    let book = book(&two_accounts().run());
    assert_eq!(book.names, [&REPORT[..], &TABLES[..]].concat());
    let titles = REPORT.map(|sheet| book.row(sheet, 1).join(""));
    assert_eq!(
        titles,
        [
            "Overview per account, 2026-09-23 to 2026-10-20",
            "Top reels, 2026-09-23 to 2026-10-20",
            "League table, newest reels up to 2026-10-20",
            "Best times, all history up to 2026-10-20",
            "Hashtags, all history up to 2026-10-20",
            "Monthly trend, all history up to 2026-10-20",
        ]
    );
    for sheet in REPORT {
        let line = book.row(sheet, 2).join("");
        assert!((40..200).contains(&line.chars().count()), "{sheet}: {line}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_every_sheet_has_the_numbers_of_its_query() {
    let book = book(&two_accounts().run());
    // maple: 1000 + 3000 + 5000 views, in the middle 3000. (90 + 10) / 1000 = 0.1, (140 + 10) / 3000 = 0.05,
    // (300 + 50) / 5000 = 0.07: in the middle 0.07. willow: one reel of the period, (50 + 5) / 600.
    let first =
        ["Account", "Status", "Reels posted", "Reels posted, period before", "Total views", "Median views", "n"];
    let others = ["Median engagement rate", "Reels per week, last 4 weeks", "Last post"];
    assert_eq!(book.row("Overview", 4), [first.as_slice(), &others].concat());
    // 3 reels and 1 in 4 weeks.
    // 2026-10-10 is day 46305 of Excel: 25569 is 1970-01-01.
    let rate = (55.0_f64 / 600.0).to_string();
    assert_eq!(
        book.rows("Overview"),
        [
            row(&["maple", "complete", "3", "0", "9000", "3000", "3", "0.07", "0.75", "46305"]),
            row(&["willow", "complete", "1", "1", "600", "600", "1", &rate, "0.25", "46307"]),
        ]
    );
    // The first line of the caption is the text of the link; without a caption it is the code of the address.
    let top = book.rows("Top reels");
    assert_eq!(top.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["5000", "3000", "1000", "600"]);
    assert_eq!((top[1][2].as_str(), top[2][2].as_str()), ("Second cup", "=1+1 #Tea"));
    assert_eq!(top[0][2].len(), 11, "{}", top[0][2]);
    assert_eq!(book.xml("Top reels").matches("<hyperlink ").count(), 4);
    // The newest 20 reels: of willow 400 and 600, in the middle 500.
    let league: Vec<Vec<String>> = book.rows("League").into_iter().map(|row| row[..3].to_vec()).collect();
    assert_eq!(book.row("League", 4)[..3], ["Account", "Median views", "n"]);
    assert_eq!(league, [row(&["maple", "3000", "3"]), row(&["willow", "500", "2"])]);
    // Two of three reels have the tag.
    let share = (2.0_f64 / 3.0).to_string();
    assert_eq!(book.rows("Top hashtags"), [row(&["maple", "tea", "2", &share])]);
    // 46266 is 2026-09-01, 46296 is 2026-10-01.
    let trend: Vec<Vec<String>> = book.rows("Trend").into_iter().map(|row| row[..6].to_vec()).collect();
    let (first, second, third) = (
        row(&["maple", "46296", "3", "0", "3000", "3"]),
        row(&["willow", "46266", "1", "0", "400", "1"]),
        row(&["willow", "46296", "1", "0", "600", "1"]),
    );
    assert_eq!(trend, [first, second, third]);
}

#[test]
#[ignore = "slow"]
fn slow_charts_are_excels_own_and_say_what_they_show() {
    let book = book(&two_accounts().run());
    let count = |sheet| book.charts(sheet).len();
    assert_eq!(REPORT.map(count), [1, 0, 1, 0, 0, 1]);
    // Without a second update no gains are known: medians.
    let overview = book.charts("Overview")[0];
    assert!(overview.contains("<c:barDir val=\"col\"/>") && overview.contains(">Median views per account<"));
    assert!(overview.contains(">Account<") && overview.contains(">Median views per reel<"), "titles of axes");
    assert!(!overview.contains("<c:legend>"));
    let league = book.charts("League")[0];
    assert!(league.contains("<c:barDir val=\"bar\"/>") && league.contains("<c:f>League!$B$5:$B$6</c:f>"), "{league}");
    // The months of both accounts, below the table: September has no reel of maple.
    let trend = book.charts("Trend")[0];
    assert_eq!(book.row("Trend", 9), ["Median views by month, as in the chart"]);
    let months = [10, 11, 12].map(|number| book.row("Trend", number));
    assert_eq!(
        months,
        [row(&["Month", "maple", "willow"]), row(&["46266", "", "400"]), row(&["46296", "3000", "600"])]
    );
    assert!(trend.contains("<c:lineChart>") && trend.contains("<c:legend>"), "{trend}");
    for range in ["Trend!$A$11:$A$12", "Trend!$B$11:$B$12", "Trend!$C$11:$C$12", "Trend!$B$10", "Trend!$C$10"] {
        assert!(trend.contains(&format!("<c:f>{range}</c:f>")), "{range}");
    }
}

#[test]
#[ignore = "slow"]
fn slow_report_sheets_are_ready_to_be_printed_and_filtered() {
    let book = book(&two_accounts().run());
    for sheet in REPORT {
        let xml = book.xml(sheet);
        assert!(xml.contains("paperSize=\"9\"") && xml.contains("orientation=\"landscape\""), "{sheet}");
        assert!(xml.contains("<pageSetUpPr fitToPage=\"1\"/>") && xml.contains("fitToHeight=\"0\""), "{sheet}");
        assert!(xml.contains("<oddFooter>&amp;L&amp;A&amp;RPage &amp;P of &amp;N</oddFooter>"), "{sheet}");
        let has_rows = sheet != "Best times";
        assert_eq!(xml.contains("ySplit=\"4\""), has_rows, "{sheet}");
        assert_eq!(xml.contains("<autoFilter ref=\"A4:"), has_rows, "{sheet}");
    }
    let names = &book.parts["xl/workbook.xml"];
    assert_eq!(names.matches("$4:$4</definedName>").count(), 5, "{names}");
    // A sheet with nothing to show says so.
    assert_eq!(book.row("Best times", 4), ["No data: no reel can be compared with its account's usual yet."]);
}

#[test]
#[ignore = "slow"]
fn slow_one_account_has_no_league_and_no_bars() {
    let page = wrapped_page(&[reel_of(10).views(500), reel_of(15).views(700)], None);
    let command = Reelframe::new().file("maple/1.json", page);
    let args = ["run", "--replay", "maple", "--observed-at", "2026-10-20T18:00:00Z", "--format", "xlsx"];
    let book = book(&command.args(args).run());
    assert_eq!(book.names[..5], ["Overview", "Top reels", "Best times", "Top hashtags", "Trend"]);
    assert_eq!(book.parts.keys().filter(|name| name.starts_with("xl/charts/")).count(), 0);
    assert_eq!(book.row("Top hashtags", 4), ["No data: no reel has a hashtag."]);
}

#[test]
fn a_store_without_reels_still_has_a_workbook() {
    let command = Reelframe::new().file("maple/1.json", wrapped_page::<Reel>(&[], None));
    let output = command.args(["run", "--replay", "maple", "--format", "xlsx"]).run();
    let book = book(&output);
    assert_eq!(book.names[..4], ["Overview", "Top reels", "Best times", "Top hashtags"]);
    for sheet in ["Top reels", "Best times", "Top hashtags", "Trend"] {
        assert!(book.row(sheet, 4).join("").starts_with("No data: "), "{sheet}");
    }
    assert_eq!(book.rows("Overview")[0][0], "maple");
}

#[test]
fn hostile_texts_are_texts() {
    let long = "x".repeat(40_000);
    let captions =
        ["=HYPERLINK(\"http://a.example\")", "\u{1}\u{1b}[31m\u{FFFE}]]>&<c>", &long, "+1\u{202e}#=1", "_x0041_"];
    let reels: Vec<Reel> = (0..5).map(|at| reel_of(10 + at).caption(captions[at as usize])).collect();
    let command = Reelframe::new().file("pages/maple/1.json", wrapped_page(&reels, None));
    let args = ["run", "--replay", "pages", "--observed-at", "2026-10-20T18:00:00Z", "--format", "xlsx"];
    // `Book::open` checks every part.
    let book = book(&command.args(args).run());
    assert!(book.parts.values().all(|part| !part.contains("<f>")), "a formula");
    let top = book.rows("Top reels");
    let texts: Vec<&str> = top.iter().filter(|row| row[0] == "maple").map(|row| row[2].as_str()).collect();
    assert_eq!(texts.len(), 5);
    assert!(texts.contains(&captions[0]) && texts.iter().all(|text| text.chars().count() <= 140), "{texts:?}");
}

#[test]
#[ignore = "slow"]
fn slow_the_sample_has_a_grid_of_best_times_for_each_account() {
    let output = Reelframe::new().args(["run", "--replay"]).arg(sample_data()).args(["--format", "xlsx"]).run();
    let book = book(&output);
    let rows = book.rows("Best times");
    let weekdays: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(weekdays, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].repeat(3));
    assert_eq!(rows[0][0], "fernweh.trails.example");
    let answer = output.then().args(["query", "best_times", "--format", "json"]).run().stdout;
    let answer: Vec<serde_json::Value> = serde_json::from_str(&answer).expect("JSON");
    let mut of_slots = 0;
    for slot in &answer {
        let weekday = usize::try_from(slot["posted_weekday"].as_i64().unwrap()).unwrap();
        let row = rows.iter().filter(|row| slot["account"] == row[0].as_str()).nth(weekday - 1).unwrap();
        let daypart =
            ["night", "morning", "afternoon", "evening"].iter().position(|name| slot["posted_daypart"] == *name);
        let at = 2 + 2 * daypart.unwrap();
        // serde_json reads the last bit of a float as it likes.
        let difference = row[at].parse::<f64>().unwrap() - slot["cautious_multiple"].as_f64().unwrap();
        assert!(difference.abs() < 1e-12, "{slot}");
        assert_eq!(row[at + 1].parse::<i64>().unwrap(), slot["n"].as_i64().unwrap());
        of_slots += 1;
    }
    let shown = rows.iter().flat_map(|row| &row[2..]).filter(|cell| !cell.is_empty()).count();
    assert_eq!(shown, 2 * of_slots);
}
