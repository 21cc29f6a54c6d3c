//! Comparison of accounts, and reels against their account's usual at equal age.

use reelframe::Value;
use reelframe::internals::Reel;

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines};

/// Own reel number `number` of an account, posted on that day of January.
fn own(account: &str, number: usize, views: i64) -> Reel {
    let mut reel = reel(account, &number.to_string(), &format!("2025-01-{number:02} 09:00"));
    reel.views = Some(views);
    reel
}

#[test]
fn the_league_table_is_of_the_newest_twenty() {
    let mut reels: Vec<Reel> = (1..=21).map(|number| own("ana", number, 100)).collect();
    // The oldest is one too many.
    (reels[0].views, reels[0].engagement_rate, reels[0].outlier_multiple) = (Some(90_000), Some(0.99), Some(99.0));
    for (at, rate) in [(1, 0.01), (2, 0.02), (3, 0.03), (4, 0.04)] {
        reels[at].engagement_rate = Some(rate);
    }
    for (at, multiple) in [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0), (5, 5.0)] {
        reels[at].outlier_multiple = Some(multiple);
    }
    for (at, word) in [(1, "above"), (2, "breakout"), (3, "typical"), (4, "below")] {
        reels[at].performance = Some(word.into());
    }
    for (number, rate, per_follower) in [(1, Some(0.5), 0.1), (2, Some(0.5), 0.2), (3, None, 0.3)] {
        let mut of_dan = own("dan", number, 100);
        (of_dan.engagement_rate, of_dan.views_per_follower) = (rate, Some(per_follower));
        of_dan.outlier_multiple = Some(0.5);
        let mut of_eve = own("eve", number, 50);
        (of_eve.engagement_rate, of_eve.outlier_multiple) = (Some(0.9), rate.map(|_| 9.0));
        reels.extend([of_dan, of_eve]);
    }
    reels.extend([own("bob", 1, 1000), own("bob", 2, 2000)]);
    let mut young = own("bob", 3, 9000);
    young.maturity = Some("settling".into());
    let mut guest = own("bob", 4, 9000);
    guest.is_own = Some(false);
    let mut unseen = own("bob", 5, 0);
    unseen.views = None;
    reels.extend([young, guest, unseen]);
    let mut accounts: Vec<_> = ["ana", "bob", "cid", "dan", "eve"].map(|name| account(name, "complete", 3)).into();
    accounts[0].account_label = Some("north".into());
    let columns = [
        "account",
        "account_label",
        "n",
        "median_views",
        "median_engagement_rate",
        "median_engagement_rate_n",
        "momentum_multiple",
        "momentum_multiple_n",
        "above_share",
        "above_share_n",
        "median_views_per_follower",
        "median_views_per_follower_n",
    ];
    // Two reels are too few to come before others.
    assert_eq!(
        lines(&answer_of("040_league_table", &TestRows { reels, accounts, ..Default::default() }), &columns),
        [
            "ana north 20 100.000000 0.025000 4 3.000000 5 0.500000 4 - 0",
            "dan - 3 100.000000 0.500000 2 0.500000 3 - 0 0.200000 3",
            "eve - 3 50.000000 0.900000 3 9.000000 2 - 0 - 0",
            "bob - 2 1500.000000 - 0 - 0 - 0 - 0",
            "cid - 0 - - 0 - 0 - 0 - 0",
        ]
    );
}

#[test]
fn an_account_is_above_its_group_only_where_its_interval_leaves_the_median_out() {
    let mut reels: Vec<Reel> = Vec::new();
    for (account, views) in [("ana", [100, 100]), ("bob", [200, 200]), ("cid", [50, 500]), ("dan", [300, 300])] {
        for number in 1..=20 {
            let mut reel = own(account, number, views[number % 2]);
            (reel.engagement_rate, reel.outlier_multiple) = (Some(reel.views.unwrap() as f64 / 1e4), Some(1.0));
            reels.push(reel);
        }
    }
    let mut accounts: Vec<_> = ["ana", "bob", "cid", "dan"].map(|name| account(name, "complete", 20)).into();
    for (account, followers) in accounts.iter_mut().zip([9_999, 10_000, 99_999, 50_000]) {
        (account.account_label, account.followers) = (Some("north".into()), Some(followers));
    }
    let mut rows = TestRows { reels, accounts, ..Default::default() };
    let columns = [
        "account",
        "median_views_low",
        "median_views_high",
        "group_median_views",
        "views_standing",
        "engagement_standing",
        "momentum_standing",
        "follower_band",
        "band_median_views",
    ];
    // Of 20 values the interval goes from the 5th (10 - 4.38) to the 16th (11 + 4.38): 50 to 500 for cid. The medians
    // are 100 200 275 300, their median 237.5; three are of the middle band.
    assert_eq!(
        lines(&answer_of("040_league_table", &rows), &columns),
        [
            "dan 300 300 237.500000 above above within 10,000 to 100,000 275.000000",
            "cid 50 500 237.500000 within within within 10,000 to 100,000 275.000000",
            "bob 200 200 237.500000 below below within 10,000 to 100,000 275.000000",
            "ana 100 100 237.500000 below below within under 10,000 -",
        ]
    );
    // Two accounts are no group, and seven reels give no interval.
    rows.accounts[2].account_label = None;
    rows.accounts[3].account_label = None;
    rows.reels
        .retain(|reel| reel.account != "ana" || reel.reel_id.len() < 2 && reel.reel_id != "9" && reel.reel_id != "8");
    let standing = ["account", "n", "median_views_low", "group_median_views", "views_standing"];
    assert_eq!(
        lines(&answer_of("040_league_table", &rows), &standing),
        ["dan 20 300 - -", "cid 20 50 - -", "bob 20 200 - -", "ana 7 - - -"]
    );
}

#[test]
fn outliers_are_compared_at_equal_age_where_known() {
    let mut reels: Vec<Reel> = (1..=12).map(|number| own("eve", number, 100)).collect();
    let at_7_days = |reel: &mut Reel, views: i64, performance: &str| {
        (reel.views_7d, reel.baseline_views_7d, reel.baseline_n_7d) = (Some(views), Some(100.0), 9);
        (reel.outlier_multiple_7d, reel.performance_7d) = (Some(views as f64 / 100.0), Some(performance.into()));
    };
    let latest = |reel: &mut Reel, views: i64, performance: &str| {
        (reel.views, reel.baseline_views, reel.baseline_n) = (Some(views), Some(100.0), 7);
        (reel.outlier_multiple, reel.performance) = (Some(views as f64 / 100.0), Some(performance.into()));
    };
    // Typical now, a breakout at 7 days; and the other way round: not listed.
    latest(&mut reels[5], 100, "typical");
    at_7_days(&mut reels[5], 600, "breakout");
    latest(&mut reels[6], 800, "breakout");
    at_7_days(&mut reels[6], 100, "typical");
    // Tied; the first of the ids as text is 11.
    latest(&mut reels[7], 150, "above");
    latest(&mut reels[10], 150, "above");
    at_7_days(&mut reels[8], 49, "below");
    // A multiple without a rating (a short baseline) does not count.
    at_7_days(&mut reels[9], 50, "typical");
    reels[11].outlier_multiple = Some(40.0);
    let mut guest = own("eve", 31, 900);
    latest(&mut guest, 900, "breakout");
    guest.is_own = Some(false);
    reels.push(guest);
    // Performance, multiple, basis, views and baseline compared, its n.
    let answer = answer_of("060_outliers", &TestRows { reels, ..Default::default() });
    assert_eq!(
        lines(
            &answer,
            &["performance", "rated_multiple", "compared", "compared_views", "baseline_views", "baseline_n", "url"]
        ),
        [
            "breakout 6.000000 7 days 600 100.000000 9 https://www.instagram.com/reel/code6/",
            "above 1.500000 latest numbers 150 100.000000 7 https://www.instagram.com/reel/code11/",
            "above 1.500000 latest numbers 150 100.000000 7 https://www.instagram.com/reel/code8/",
            "below 0.490000 7 days 49 100.000000 9 https://www.instagram.com/reel/code9/",
        ]
    );
}

#[test]
fn outliers_are_five_each_way() {
    let mut reels: Vec<Reel> = (1..=29).map(|number| own("fay", number, 100)).collect();
    for (at, reel) in reels.iter_mut().enumerate() {
        (reel.views_7d, reel.baseline_views_7d, reel.baseline_n_7d) = (Some(100), Some(100.0), 20);
        // Six up from number 23 on, and 29 too young to be rated.
        reel.outlier_multiple_7d = Some(if at < 22 { 1.0 } else { at as f64 });
        reel.performance_7d = Some(if at < 22 { "typical" } else { "breakout" }.into());
    }
    reels[28].maturity = Some("settling".into());
    let answer = answer_of("060_outliers", &TestRows { reels, ..Default::default() });
    assert_eq!(
        lines(&answer, &["rated_multiple", "baseline_n"]),
        ["27.000000 20", "26.000000 20", "25.000000 20", "24.000000 20", "23.000000 20"]
    );
}

#[test]
fn top_reels_are_rated_at_7_days_or_by_the_latest_numbers() {
    let mut reels: Vec<Reel> = (1..=4).map(|number| own("ana", number, 500 - 100 * number as i64)).collect();
    for reel in &mut reels {
        // By the latest numbers all are breakouts.
        (reel.outlier_multiple, reel.performance) = (Some(9.0), Some("breakout".into()));
        reel.age_hours = Some(960.0);
    }
    // Compared at 7 days; by the latest numbers; and not at all.
    (reels[0].outlier_multiple_7d, reels[0].performance_7d) = (Some(1.25), Some("typical".into()));
    (reels[2].outlier_multiple, reels[2].performance) = (None, None);
    (reels[0].is_paid_partnership, reels[0].coauthor_count) = (Some(true), Some(2));
    (reels[1].is_paid_partnership, reels[1].coauthor_count) = (Some(false), Some(0));
    (reels[3].age_hours, reels[3].maturity) = (Some(156.0), Some("settling".into()));
    reels[2].is_listed = Some(false);
    let columns = ["outlier_multiple", "performance", "age_days", "coauthor_count", "maturity", "listing"];
    let answer = answer_of("050_top_reels", &TestRows { reels, ..Default::default() });
    assert_eq!(
        lines(&answer, &columns),
        [
            "1.250000 typical 40.000000 2 mature -",
            "9.000000 breakout 40.000000 0 mature -",
            "- - 40.000000 - mature no longer listed",
            "- - 6.500000 - settling -",
        ]
    );
    let paid = answer.position("is_paid_partnership").unwrap();
    let paid: Vec<Option<bool>> =
        answer.rows.iter().map(|row| if let Value::Bool(paid) = row[paid] { Some(paid) } else { None }).collect();
    assert_eq!(paid, [Some(true), Some(false), None, None]);
    let names: Vec<&str> = answer.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names[4..9], ["engagement_rate", "performance", "age_days", "is_paid_partnership", "coauthor_count"]);
}
