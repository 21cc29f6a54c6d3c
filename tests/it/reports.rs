//! The report as a client gets it: of which accounts, of which days, with sections of one's own.

use serde_json::Value;

use crate::harness::{Output, Reelframe};
use crate::history::replay;
use crate::stores::sample;

/// The report with these sections alone, which are separated by commas.
pub(crate) fn json(store: &Output, sections: &str, args: &[&str]) -> Value {
    let command = store.then().args(["report", "--format", "json"]).args(args.iter().copied()).sections(sections);
    serde_json::from_str(&command.run().stdout).expect("JSON")
}

/// The rows of a section, by the names of its columns.
pub(crate) fn rows(report: &Value, name: &str) -> Vec<Value> {
    let named = |section: &&Value| section["name"].as_str().is_some_and(|found| found.contains(name));
    let mut sections = report["sections"].as_array().expect("sections").iter();
    let section = sections.find(named).unwrap_or_else(|| panic!("no section {name}"));
    let names: Vec<&str> =
        section["columns"].as_array().expect("columns").iter().map(|column| column["name"].as_str().unwrap()).collect();
    let row = |row: &Value| {
        names
            .iter()
            .zip(row.as_array().expect("a row"))
            .map(|(name, cell)| ((*name).to_owned(), cell.clone()))
            .collect()
    };
    section["rows"].as_array().expect("rows").iter().map(row).map(Value::Object).collect()
}

#[test]
fn a_monthly_report_of_one_account_is_about_that_month() {
    let store = sample();
    let args = ["--account", "@harbor.bakery.example", "--from", "2026-08-01", "--to", "2026-08-31"];
    let report = json(&store, "monthly_trend,overview,all_accounts,top_reels,outliers,hashtags,best_times", &args);
    let days = serde_json::json!({
        "first": "2026-08-01", "last": "2026-08-31", "before_first": "2026-07-01", "before_last": "2026-07-31",
        "chart_first": "2026-06-09", "days": 31, "newest": "2026-10-19"
    });
    assert_eq!(report["period"], days);
    // The trend rests on all history: its August and July are the overview's period and the one before.
    let trend = rows(&report, "monthly_trend");
    let posted = |month: &str| trend.iter().find(|row| row["posted_month"] == month).unwrap()["reels"].clone();
    let overview = &rows(&report, "overview")[0];
    assert_eq!(overview["reels_posted"], posted("2026-08"));
    assert_eq!(overview["reels_posted_before"], posted("2026-07"));
    assert_eq!(rows(&report, "all_accounts")[0]["reels_posted"], posted("2026-08"));
    // Nothing was observed then.
    assert_eq!((&overview["views_gained"], &overview["views_gained_days"]), (&Value::Null, &0.into()));
    let top = rows(&report, "top_reels");
    assert!(top.len() == 10 && top.iter().all(|row| row["posted_date"].as_str().unwrap().starts_with("2026-08")));
    let outliers = rows(&report, "outliers");
    assert!(outliers.iter().all(|row| row["posted_date"].as_str().unwrap().starts_with("2026-08")), "{outliers:?}");
    // Advice is the same whatever the period.
    let whole = json(&store, "hashtags,best_times", &args[..2]);
    assert_eq!(rows(&report, "hashtags"), rows(&whole, "hashtags"));
    assert_eq!(rows(&report, "best_times"), rows(&whole, "best_times"));
    let command = store.then().args(["report", "--format", "markdown"]).args(args);
    let command = command.stdout_has("# Food clients: Reels of harbor.bakery.example, 1 to 31 August 2026\n");
    command.stdout_has("Period compared with 1 to 31 July 2026").run();
}

#[test]
fn without_days_the_period_is_the_28_days_up_to_the_newest_observation() {
    let store = sample();
    let period = |args: &[&str]| json(&store, "overview", args)["period"].clone();
    let days = |first: &str, before: [&str; 2], days: i32| {
        serde_json::json!({
            "first": first, "last": "2026-10-19", "before_first": before[0], "before_last": before[1],
            "chart_first": "2026-07-28", "days": days, "newest": "2026-10-19"
        })
    };
    assert_eq!(period(&[]), days("2026-09-22", ["2026-08-25", "2026-09-21"], 28));
    assert_eq!(period(&["--last", "7d"]), days("2026-10-13", ["2026-10-06", "2026-10-12"], 7));
    let alone = period(&["--last", "7d", "--compare", "none"]);
    assert_eq!((&alone["first"], &alone["before_first"]), (&"2026-10-13".into(), &Value::Null));
    let before = store.then().args(["report", "--last", "7d", "--to", "2026-08-31", "--format", "markdown"]);
    before.stdout_has("25 to 31 August 2026").run();
    for (wrong, said) in [("7", "such as 28d"), ("0d", "such as 28d"), ("2w", "such as 28d")] {
        store.then().args(["report", "--last", wrong]).status(2).stderr_has(said).run();
    }
    store.then().args(["report", "--last", "7d", "--from", "2026-08-01"]).status(2).stderr_has("--from").run();
    let empty = store.then().args(["report", "--from", "2020-01-01", "--to", "2020-01-31"]);
    empty.stderr_has("no reel was posted in the period, 2020-01-01 to 2020-01-31").run();
}

#[test]
fn a_weekly_report_of_new_reels_alone_knows_the_previous_update() {
    let report = json(&sample(), "since_last_run", &["--from", "2026-10-13", "--to", "2026-10-19"]);
    let new: Vec<(Value, Value)> = rows(&report, "since_last_run")
        .into_iter()
        .map(|row| (row["previous_observation"].as_str().unwrap_or_default()[..10].into(), row["new_reels"].clone()))
        .collect();
    assert_eq!(new, vec![("2026-10-12".into(), 4.into()); 3]);
}

#[test]
fn an_account_that_left_the_list_is_reported_when_it_is_named() {
    let first = replay(Reelframe::new(), 1).run();
    let store = replay(first.then(), 2).arg("maple").run();
    let accounts = |args: &[&str]| -> Vec<Value> {
        rows(&json(&store, "overview", args), "overview").into_iter().map(|row| row["account"].clone()).collect()
    };
    assert_eq!(accounts(&[]), ["maple"]);
    assert_eq!(accounts(&["--account", "willow"]), ["willow"]);
    assert_eq!(accounts(&["--account", "willow", "--account", "maple"]), ["maple", "willow"]);
    // Its rows stay in the tables.
    assert_eq!(store.table("accounts").len(), 2);
    store.then().args(["report", "--account", "nobody"]).status(2).stderr_has("no account nobody").run();
    store.then().args(["report", "--from", "2026-09-01", "--to", "2026-08-01"]).status(2).stderr_has("--to").run();
    store.then().args(["report", "--from", "August"]).status(2).stderr_has("2026-11-23").run();
}

#[test]
fn sections_of_ones_own_are_added_and_take_the_place_of_built_in_ones() {
    let own =
        "-- title: Ours\n-- question: How many?\nSELECT COUNT(*) AS reels FROM reels ORDER BY reels ASC NULLS LAST\n";
    let store = sample();
    let command = store.then().file("own/900_ours.sql", own).file("own/020_top_reels.sql", own);
    let report = command.args(["report", "--format", "json", "--queries", "own"]).run();
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert_eq!(rows(&report, "ours"), [serde_json::json!({"reels": 201})]);
    assert_eq!(rows(&report, "020_top_reels"), [serde_json::json!({"reels": 201})]);
    store.then().args(["report", "--queries", "nowhere"]).status(2).stderr_has("--queries nowhere").run();
}

#[test]
fn a_broken_section_shows_its_error_in_its_place_and_the_rest_is_published() {
    let broken = "-- title: Ours\n-- question: What?\nSELECT vews FROM reels ORDER BY vews ASC NULLS LAST\n";
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let command = Reelframe::new().file("own/500_ours.sql", broken).file("own/510_bare.sql", "SELECT 1 AS one");
    let command = command.args(["run", "--queries", "own", "--replay"]).arg(sample.to_string_lossy());
    let store = command.status(3).stderr_has("vews").stderr_has("510_bare").run();
    assert_eq!(store.table("reels").len(), 201);
    let html = std::fs::read_to_string(store.path("reels/latest/report.html")).expect("published");
    assert!(html.len() < 250_000, "{} bytes for three accounts", html.len());
    assert!(html.contains("This section could not be made: unknown column"));
    assert!(html.contains("it has no `-- title:` line"));
    store.then().args(["report", "--queries", "own"]).status(3).stderr_has("vews").run();
    store.then().arg("report").run();
}
