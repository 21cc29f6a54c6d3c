//! Figures of the period, and of what lies around an account's reels: partners, places, collabs, forecasts.

use reelframe::Scope;
use reelframe::internals::{AccountDay, Day, Person, Reel, Role};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines, whole_lines};

/// Ten days, from 2025-04-10 on, and the ten before them.
const PERIOD: std::ops::RangeInclusive<i32> = 20_188..=20_197;
const BEFORE: std::ops::RangeInclusive<i32> = 20_178..=20_187;

fn day(account: &str, day: i32, gained: [i64; 3]) -> AccountDay {
    let [under_48h, under_30d, older] = gained.map(Some);
    AccountDay {
        account: account.into(),
        day: Day(day),
        views_gained_under_48h: under_48h,
        views_gained_under_30d: under_30d,
        views_gained_older: older,
        views_gained: Some(gained.iter().sum()),
        views_gained_n: 2,
        is_whole: true,
        ..AccountDay::default()
    }
}

fn rows() -> TestRows {
    let own = |id: &str, posted: &str, views: i64| Reel { views: Some(views), ..reel("ana", id, posted) };
    let mut days: Vec<AccountDay> = BEFORE.map(|at| day("ana", at, [10, 20, 30])).collect();
    days.extend(PERIOD.map(|at| day("ana", at, [10, 25, 30])));
    days.push(day("ana", 20_198, [1_000, 1_000, 1_000]));
    days[3].reels_posted = 2;
    // bob's gains are known from the middle of the ten days before on.
    days.extend((20_183..=20_197).map(|at| day("bob", at, [1, 2, 3])));
    let mut accounts = vec![account("ana", "complete", 6), account("bob", "complete", 0), account("cid", "limited", 0)];
    for account in &mut accounts[..2] {
        (account.observed_date, account.reels_per_week_12w) = (Some(Day(20_199)), Some(0.5));
    }
    TestRows {
        reels: vec![
            own("1", "2025-04-09 23:59", 900),
            own("2", "2025-04-10 00:00", 100),
            own("3", "2025-04-19 23:59", 300),
            own("4", "2025-04-20 00:00", 900),
            own("5", "2025-04-01 12:00", 50),
            own("6", "2025-03-30 12:00", 50),
        ],
        accounts,
        days,
        scope: Scope { from: Some(Day(*PERIOD.start())), to: Some(Day(*PERIOD.end())), ..Scope::default() },
        ..TestRows::default()
    }
}

#[test]
fn reels_posted_and_views_gained_are_those_of_the_period() {
    let columns = [
        "account",
        "reels_posted",
        "reels_posted_before",
        "views_gained",
        "views_gained_days",
        "views_gained_change_rate",
        "median_views",
        "total_views",
        "all_reels",
    ];
    // ana gained 65 a day and 60 before: 65 / 60 - 1. bob's days before are not all known.
    assert_eq!(
        lines(&answer_of("010_overview", &rows()), &columns),
        ["ana 2 2 650 10 0.083333 200.000000 400 6", "bob 0 0 60 10 - - - 0", "cid 0 - - 0 - - - 0"]
    );
    // Together 710; only ana can be compared. Two reels were posted in the ten days before.
    assert_eq!(whole_lines("005_all_accounts", &rows()), ["3 2 2 710 0.083333 1 400 2 -"]);
    assert_eq!(lines(&answer_of("050_top_reels", &rows()), &["views"]), ["300", "100"]);
}

#[test]
#[ignore = "slow"]
fn slow_with_nothing_to_compare_the_figures_before_are_blank() {
    let mut rows = rows();
    rows.scope.compares_nothing = true;
    let columns = ["reels_posted", "reels_posted_before", "views_gained", "views_gained_change_rate"];
    assert_eq!(lines(&answer_of("010_overview", &rows), &columns), ["2 - 650 -", "0 - 60 -", "0 - - -"]);
    assert_eq!(whole_lines("005_all_accounts", &rows), ["3 2 - 710 - - 400 2 -"]);
    // A day that is not whole is gained, and not compared.
    let mut partial = self::rows();
    let last = partial.days.iter_mut().find(|row| row.account == "ana" && row.day == Day(*PERIOD.end())).unwrap();
    (last.views_gained, last.is_whole) = (Some(35), false);
    assert_eq!(lines(&answer_of("010_overview", &partial), &columns)[0], "2 2 620 0.083333");
    assert_eq!(whole_lines("005_all_accounts", &partial), ["3 2 2 680 0.083333 1 400 2 -"]);
    let mut some = self::rows();
    some.days.iter_mut().filter(|row| row.day >= Day(20_196)).for_each(|row| row.is_whole = false);
    assert_eq!(lines(&answer_of("010_overview", &some), &columns)[0], "2 2 650 -");
    // Of an account that was never crawled to the end, reels before its oldest known one may be missing.
    let mut limited = self::rows();
    limited.accounts[0].reels_per_week_12w = None;
    assert_eq!(lines(&answer_of("010_overview", &limited), &columns)[0], "2 2 650 0.083333");
    limited.reels.retain(|reel| reel.reel_id != "6");
    assert_eq!(lines(&answer_of("010_overview", &limited), &columns)[0], "2 - 650 0.083333");
    assert_eq!(whole_lines("005_all_accounts", &limited), ["3 2 - 710 0.083333 1 400 2 -"]);
    // Days are compared: of nine days 65 a day as well (and 6 of bob's are gone). Eight of ten are fewer than six of seven.
    let mut gap = self::rows();
    gap.days.retain(|row| row.day != Day(20_190));
    assert_eq!(lines(&answer_of("010_overview", &gap), &columns)[0], "2 2 585 0.083333");
    assert_eq!(whole_lines("005_all_accounts", &gap), ["3 2 2 639 0.083333 1 400 2 -"]);
    gap.days.retain(|row| row.day != Day(20_191));
    assert_eq!(lines(&answer_of("010_overview", &gap), &columns)[0], "2 2 520 -");
    assert_eq!(whole_lines("005_all_accounts", &gap), ["3 2 2 568 - - 400 2 -"]);
}

#[test]
fn the_period_of_queries_ends_with_the_newest_observation_unless_days_are_named() {
    let mut rows = rows();
    rows.scope = Scope { last_days: Some(28), ..Scope::default() };
    (rows.accounts[1].observed_date, rows.accounts[2].observed_date) = (None, Some(Day(20_190)));
    let period = |rows: &TestRows| {
        let answer = rows
            .tables()
            .query("SELECT first, last, before_first, before_last, chart_first, days FROM period")
            .unwrap();
        lines(&answer, &["first", "last", "before_first", "before_last", "chart_first", "days"])
    };
    assert_eq!(period(&rows), ["Day(Day(20172)) Day(Day(20199)) Day(Day(20144)) Day(Day(20171)) Day(Day(20116)) 28"]);
    rows.accounts.clear();
    assert_eq!(period(&rows), ["- - - - - -"]);
}

#[test]
fn a_median_has_an_interval_from_eight_reels_on() {
    let views = |count: usize| {
        let own = |at: usize| Reel {
            views: Some(10 * (at as i64 + 1)),
            engagement_rate: Some(0.01 * (at as f64 + 1.0)),
            ..reel("ana", &at.to_string(), &format!("2025-04-{:02} 09:00", 10 + at))
        };
        let mut reels: Vec<Reel> = (0..count).map(own).collect();
        // Reels without views and rates have no place among the others.
        for id in ["0", "x"] {
            reels.insert(0, Reel { is_own: Some(true), ..reel("ana", &format!("-{id}"), "2025-04-10 09:00") });
        }
        let rows = TestRows { reels, accounts: vec![account("ana", "complete", 8)], ..TestRows::default() };
        let columns = [
            "median_views",
            "median_views_low",
            "median_views_high",
            "median_engagement_rate_low",
            "median_engagement_rate_high",
        ];
        lines(&answer_of("010_overview", &rows), &columns).remove(0)
    };
    // Of 8 the places 4 - 2.77 and 5 + 2.77: the first and the last. Of 10: 5 - 3.10 and 6 + 3.10.
    assert_eq!(views(8), "45.000000 10 80 0.010000 0.080000");
    assert_eq!(views(10), "55.000000 10 100 0.010000 0.100000");
    assert_eq!(views(12), "65.000000 20 110 0.020000 0.110000"); // 6 - 3.39 and 7 + 3.39
    assert_eq!(views(7), "40.000000 - - - -");
}

#[test]
fn rates_of_the_period_are_medians_with_their_n() {
    let mut rows = rows();
    for (at, times) in [(1, 1.0), (2, 3.0), (3, 50.0)] {
        let reel = &mut rows.reels[at];
        (reel.comment_rate, reel.share_rate) = (Some(0.01 * times), Some(0.02 * times));
        (reel.comments_per_like, reel.engagement_per_follower) = (Some(0.1 * times), Some(0.001 * times));
    }
    let columns = [
        "median_comment_rate",
        "median_comment_rate_n",
        "median_share_rate",
        "median_share_rate_n",
        "median_comments_per_like",
        "median_comments_per_like_n",
        "median_engagement_per_follower",
        "median_engagement_per_follower_n",
    ];
    let expected = "0.020000 2 0.040000 2 0.200000 2 0.002000 2";
    assert_eq!(lines(&answer_of("010_overview", &rows), &columns)[0], expected);
    // The league table has the newest 20, whatever the period: of 1, 3 and 50 the middle is 3.
    let league = lines(&answer_of("040_league_table", &rows), &columns);
    assert_eq!(league[0], "0.030000 3 0.060000 3 0.300000 3 0.003000 3");
}

#[test]
fn young_reels_are_listed_and_not_rated() {
    let mut rows = rows();
    for (at, maturity) in [(1, "settling"), (2, "settled")] {
        (rows.reels[at].maturity, rows.reels[at].outlier_multiple) = (Some(maturity.into()), Some(2.0));
        rows.reels[at].equal_age_multiple = (maturity == "settled").then_some(2.0);
    }
    let top = lines(&answer_of("050_top_reels", &rows), &["maturity", "outlier_multiple"]);
    assert_eq!(top, ["settled 2.000000", "settling -"]);
}

fn person(reel_id: &str, role: Role, username: &str) -> Person {
    let reel_key = format!("ana:{reel_id}").into();
    Person { reel_key, account: "ana".into(), reel_id: reel_id.into(), role, username: username.into(), user_id: None }
}

#[test]
fn partners_and_places_have_their_reels() {
    let mut rows = rows();
    for (at, multiple) in [(0, Some(2.0)), (1, Some(4.0)), (2, None), (3, Some(9.0))] {
        rows.reels[at].equal_age_multiple = multiple;
        rows.reels[at].location_name = Some(if at < 3 { "Pier" } else { "Attic" }.into());
    }
    rows.reels[3].is_own = Some(false);
    rows.people = vec![
        person("1", Role::Coauthor, "zoe"),
        person("2", Role::Coauthor, "zoe"),
        person("3", Role::Coauthor, "abe"),
        person("3", Role::Mention, "zoe"),
        person("3", Role::Mention, "ana"),
        person("4", Role::Coauthor, "guest"),
    ];
    // zoe's two reels have 2 and 4 times the usual; the account itself and reels of others are left out.
    assert_eq!(
        whole_lines("154_partners", &rows),
        ["ana coauthor zoe 2 3 2 2025-04-10", "ana coauthor abe 1 - 0 2025-04-19", "ana mention zoe 1 - 0 2025-04-19"]
    );
    assert_eq!(whole_lines("156_places", &rows), ["ana Pier 3 3 2 2025-04-19"]);
}

#[test]
fn a_collab_stands_beside_five_reels_before_and_after_it() {
    let own = |at: i64, coauthors: i32| Reel {
        views: Some(100 * at),
        coauthor_count: Some(coauthors),
        ..reel("ana", &at.to_string(), &format!("2025-04-{:02} 09:00", at))
    };
    // Reels 1 to 6 alone, 7 and 8 with others, 9 and 10 alone.
    let mut reels: Vec<Reel> = (1..=10).map(|at| own(at, i32::from(at == 7 || at == 8))).collect();
    let mut young = own(11, 0);
    young.maturity = Some("settling".into());
    reels.push(young);
    let rows = TestRows { reels, accounts: vec![account("ana", "complete", 11)], ..TestRows::default() };
    let columns = [
        "place",
        "views",
        "before_median_views",
        "before_median_views_n",
        "after_median_views",
        "after_median_views_n",
    ];
    // Before are 200 to 600, the median 400; after are 900 and 1,000. The other collab is in neither.
    assert_eq!(
        lines(&answer_of("152_collab_neighbours", &rows), &columns),
        ["1 800 400.000000 5 950.000000 2", "2 700 400.000000 5 950.000000 2"]
    );
    // With one reel before it.
    let rows = TestRows {
        reels: (1..=3).map(|at| own(at, i32::from(at == 2))).collect(),
        accounts: vec![account("ana", "complete", 3)],
        ..TestRows::default()
    };
    assert_eq!(lines(&answer_of("152_collab_neighbours", &rows), &columns), ["1 200 100.000000 1 300.000000 1"]);
}

#[test]
fn the_forecast_lists_reels_that_have_one() {
    let mut rows = rows();
    (rows.reels[1].expected_views_7d, rows.reels[1].age_hours) = (Some(500), Some(36.0));
    rows.reels[1].expected_views_7d_low = Some(400);
    (rows.reels[0].expected_views_30d, rows.reels[0].age_hours) = (Some(700), Some(240.0));
    rows.reels[2].expected_views_7d = Some(900);
    rows.reels[2].is_own = Some(false);
    let columns = ["age_days", "views", "expected_views_7d", "expected_views_7d_low", "expected_views_30d"];
    assert_eq!(lines(&answer_of("205_forecast", &rows), &columns), ["1.500000 100 500 400 -", "10.000000 900 - - 700"]);
}
