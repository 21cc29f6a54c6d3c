//! The built-in queries against answers computed by hand, and the rules that keep their SQL portable.

mod chance;
mod changes;
mod comparison;
mod daily;
mod data_quality;
mod followers;
mod growth;
mod habits;
mod intervals;
mod invented;
mod performance;
mod period;
pub(crate) mod rows;
mod trend;

use reelframe::internals::{Day, QueryEngine, built_in_queries, built_in_query};
use reelframe::{Answer, Value};

use crate::queries::rows::{TestRows, reel, three_accounts};

fn answer(name: &str) -> Answer {
    answer_of(name, &three_accounts())
}

fn answer_of(name: &str, rows: &TestRows) -> Answer {
    rows.tables().query(&built_in_query(name).unwrap().sql).unwrap()
}

/// All columns, one line per row, floats with up to 6 decimals.
fn whole_lines(name: &str, rows: &TestRows) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:.6}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        Value::Bool(flag) => flag.to_string(),
        time => {
            let mut text = String::new();
            time.print("", &mut text).unwrap();
            text
        }
    };
    let answer = answer_of(name, rows);
    answer.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

/// The named columns, one line per row, floats with 6 decimals.
fn lines(answer: &Answer, names: &[&str]) -> Vec<String> {
    let places: Vec<usize> = names.iter().map(|name| answer.position(name).unwrap()).collect();
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number:.6}"),
        other => format!("{other:?}"),
    };
    answer.rows.iter().map(|row| places.iter().map(|at| cell(&row[*at])).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn overview() {
    let answer = answer("010_overview");
    // ana: mature views 70 100 200 300 400 1000 1800, their median 300; all eight sum to 8870.
    // Rates .03 .04 .05 .06 .10 .20: the median is (.05 + .06) / 2. The hidden one and the fresh one are out.
    assert_eq!(
        lines(
            &answer,
            &["account", "status", "all_reels", "reels_posted", "median_views", "median_views_n", "total_views"]
        ),
        ["ana complete 9 8 300.000000 7 8870", "bob partial 2 2 6900.000000 1 6900", "cid not_found 0 0 - 0 -"]
    );
    assert_eq!(
        lines(&answer, &["median_engagement_rate", "median_engagement_rate_n"]),
        ["0.055000 6", "0.010000 1", "- 0"]
    );
    // 2025-03-05 is day 20152, 2025-06-10 is day 20249.
    let last_post = answer.position("last_post").unwrap();
    let days: Vec<&Value> = answer.rows.iter().map(|row| &row[last_post]).collect();
    assert_eq!(days, [&Value::Day(Day(20152)), &Value::Day(Day(20249)), &Value::Null]);
}

#[test]
fn all_accounts_count_a_reel_once() {
    // ana's 8 and bob's 2, of which ana lists one, too: 8870 + 6900.
    assert_eq!(whole_lines("005_all_accounts", &three_accounts()), ["3 10 - - - - 15770 9 -"]);
}

#[test]
fn top_reels_are_own_ones() {
    assert_eq!(
        lines(&answer("050_top_reels"), &["account", "place", "views", "maturity"])[..3],
        ["ana 1 5000 immature", "ana 2 1800 mature", "ana 3 1000 mature"]
    );
    assert_eq!(lines(&answer("050_top_reels"), &["account", "views"])[7..], ["ana 70", "bob 6900"]);
}

#[test]
fn top_reels_are_ten_and_ties_go_to_the_higher_id() {
    let mut rows = TestRows::default();
    for id in 10..22 {
        let mut one = reel("ana", &id.to_string(), "2025-01-06 09:00");
        one.views = Some(if id < 20 { 5 } else { 7 });
        rows.reels.push(one);
    }
    let places: Vec<String> =
        ["21", "20", "19", "18", "17", "16", "15", "14", "13", "12"].iter().map(|id| format!("code{id}")).collect();
    let urls: Vec<String> = lines(&answer_of("050_top_reels", &rows), &["url"]);
    assert_eq!(urls, places.iter().map(|code| format!("https://www.instagram.com/reel/{code}/")).collect::<Vec<_>>());
}

#[test]
fn outliers_leave_out_unrated_reels() {
    // The fresh reel is at 16.7 times its baseline but not rated; two others have too short a baseline.
    assert_eq!(
        whole_lines("060_outliers", &three_accounts()),
        [
            "ana breakout 6 latest numbers 1800 300 5 2025-02-10 - A caption https://www.instagram.com/reel/code106/",
            "ana below 0.2 latest numbers 70 350 6 2025-02-11 - A caption https://www.instagram.com/reel/code107/",
        ]
    );
}

#[test]
fn posting_heatmap() {
    // Monday at 9: 100 300 400 1800. The fresh reel is counted but has no median; so is the one without views.
    assert_eq!(
        lines(
            &answer("070_posting_heatmap"),
            &["account", "posted_weekday", "posted_hour", "reels", "n", "median_views"]
        ),
        [
            "ana 1 9 4 4 350.000000",
            "ana 1 19 1 1 1000.000000",
            "ana 2 9 1 1 200.000000",
            "ana 2 20 1 1 70.000000",
            "ana 3 10 1 0 -",
            "bob 2 12 1 0 -",
            "bob 5 23 1 1 6900.000000",
        ]
    );
}

#[test]
fn best_times_are_shrunk_towards_the_accounts_own_mean() {
    // Multiples 2 and 6 on Monday morning, 4 on Monday evening, 0.2 on Tuesday evening: the mean of their logarithms is
    // ln(9.6) / 4 = 0.565441. Monday morning: (ln(12) / 2 - 0.565441) x 2 / 22, whose exponential is 1.063480; the others
    // likewise with 1 / 21.
    let mut rows = three_accounts();
    // A reel of another account is never compared; if it were here, it would show.
    rows.reels[8].equal_age_multiple = Some(10.0);
    assert_eq!(
        lines(
            &answer_of("080_best_times", &rows),
            &["posted_weekday", "posted_daypart", "n", "cautious_multiple", "mean_multiple", "median_views", "z"]
        ),
        [
            "1 morning 2 1.063480 3.464102 1100.000000 -",
            "1 evening 1 1.039862 4.000000 1000.000000 -",
            "2 evening 1 0.901617 0.200000 70.000000 -",
        ]
    );
}

#[test]
fn monthly_trend() {
    let mut rows = three_accounts();
    // Of February's three one has no views at 7 days; the other two have 900 and 1500.
    (rows.reels[4].views_7d, rows.reels[5].views_7d) = (Some(900), Some(1500));
    // account, month, reels, immature ones, n, median views with its interval, the same at 7 days with n, median rate with n,
    // the comparison of two months, most views
    assert_eq!(
        whole_lines("090_monthly_trend", &rows),
        [
            // Views 100 200 300 400, rates .04 .10 .20 and a hidden one.
            "ana 2025-01 4 0 4 250 - - - 0 - - 0.1 3 - - - - - 400",
            "ana 2025-02 3 0 3 1000 - - 1200 2 - - 0.05 3 - - - - - 1800",
            "ana 2025-03 1 1 0 - - - - 0 - - - 0 - - - - - 5000",
            "bob 2025-01 1 0 1 6900 - - - 0 - - 0.01 1 - - - - - 6900",
            "bob 2025-06 1 0 0 - - - - 0 - - - 0 - - - - - -",
        ]
    );
}

#[test]
fn data_quality() {
    assert_eq!(
        lines(&answer("220_data_quality"), &["account", "what", "times", "example"]),
        [
            "ana likes doubtful: exactly 3 (a value Instagram shows for hidden likes) 1 \
             https://www.instagram.com/reel/code900/",
            "ana likes hidden by the owner 1 https://www.instagram.com/reel/code103/",
            "ana no figures per follower: the latest numbers are older than the first known follower count 8 \
             https://www.instagram.com/reel/code101/",
            "ana pages: new field, not used 3 -",
            "ana under 48 hours old 1 https://www.instagram.com/reel/code108/",
            "bob account not fully updated: incomplete 1 -",
            "bob no caption 1 https://www.instagram.com/reel/code902/",
            "bob no duration 1 https://www.instagram.com/reel/code902/",
            "bob no figures per follower: no follower count known (fetch profiles, or give it in the accounts file) 2 \
             https://www.instagram.com/reel/code900/",
            "bob no views 1 https://www.instagram.com/reel/code902/",
            "bob posting time not from the usual field 1 https://www.instagram.com/reel/code902/",
            "cid account not fully updated: not found 1 -",
        ]
    );
}

#[test]
#[ignore = "slow"]
fn slow_empty_tables_have_answers() {
    let (without_files, without_rows) = (QueryEngine::new(Vec::new()), TestRows::default().tables());
    for tables in [&without_files, &*without_rows] {
        for query in built_in_queries() {
            let answer = tables.query(&query.sql).unwrap();
            let totals = query.name == "005_all_accounts";
            assert_eq!(answer.rows.len(), usize::from(totals), "{}", query.name);
        }
    }
}

/// SQL that Polars, DuckDB and Spark treat differently.
const FORBIDDEN: [&str; 22] = [
    "AS INT",
    "AS BIGINT",
    "::",
    "ROUND",
    "FLOOR",
    "CEIL",
    "TRUNC",
    "EXTRACT",
    "DATE_",
    "STRFTIME",
    "QUANTILE",
    "PERCENTILE",
    "IS NOT TRUE",
    "IS NOT FALSE",
    "IS TRUE",
    "IS FALSE",
    "ROWS BETWEEN",
    "RANGE BETWEEN",
    "(SELECT",
    "// ",
    "FILTER",
    "DISTINCT ON",
];

#[test]
fn the_sql_stays_within_what_three_engines_share() {
    for query in built_in_queries() {
        let code: Vec<&str> = query.sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let code = code.join(" ").to_uppercase().replace("AS INTEGER", "AS INT");
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in FORBIDDEN {
            // A derived table after AS is a CTE, which all three have; any other bracketed SELECT is not used here.
            let left = code.replace("AS (SELECT", "AS (").replace("AS ( SELECT", "AS (").replace("( SELECT", "(SELECT");
            assert!(!left.contains(word), "{} has {word}", query.name);
        }
        let order = code.rfind("ORDER BY").unwrap_or_else(|| panic!("{} has no ORDER BY", query.name));
        for key in code[order..].split(',') {
            assert!(key.trim().ends_with("NULLS LAST") || key.trim().ends_with("NULLS FIRST"), "{}: {key}", query.name);
        }
    }
}

#[test]
fn the_built_in_sections_have_the_columns_of_the_findings() {
    let read: [(&str, &[&str]); 12] = [
        (
            "since_last_run",
            &[
                "previous_observation",
                "crawl_started_at",
                "new_reels",
                "views_gained",
                "views_gained_n",
                "no_longer_listed",
            ],
        ),
        (
            "outliers",
            &[
                "performance",
                "rated_multiple",
                "compared",
                "compared_views",
                "baseline_views",
                "baseline_n",
                "listing",
                "hook",
            ],
        ),
        ("monthly_trend", &["posted_month", "compared_at", "compared_views", "compared_views_n", "z", "z_needed"]),
        ("cadence", &["is_silent", "days_since_last_post"]),
        (
            "best_times",
            &[
                "posted_weekday",
                "posted_daypart",
                "n",
                "cautious_multiple",
                "z",
                "z_needed",
                "median_multiple",
                "others_multiple",
            ],
        ),
        ("durations", &["duration_bucket", "median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"]),
        ("captions", &["habit", "choice", "median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"]),
        ("audio", &["audio", "median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"]),
        ("collabs", &["kind", "median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"]),
        ("hashtags", &["hashtag", "lift_multiple", "median_multiple_n", "without_multiple_n", "z", "z_needed"]),
        ("paid", &["kind", "median_multiple", "median_multiple_n", "others_multiple", "z", "z_needed"]),
        ("concentration", &["n", "top_reels", "top_share"]),
    ];
    let tables = three_accounts().tables();
    for (name, columns) in read {
        let query = built_in_query(name).expect(name);
        let answer = tables.query(&query.sql).unwrap();
        for column in columns.iter().chain(&["account"]) {
            assert!(answer.position(column).is_some(), "{name} has no {column}");
        }
    }
}
