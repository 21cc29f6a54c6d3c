//! Comparison of accounts, and reels against their account's usual at equal age.

use reelframe::internals::Reel;

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines, whole_lines};

/// Own reel number `number` of an account, posted on that day of January.
fn own(account: &str, number: usize, views: i64) -> Reel {
    let mut reel = reel(account, &number.to_string(), &format!("2025-01-{number:02} 09:00"));
    reel.views = Some(views);
    reel
}

#[test]
fn league_table_ranks_on_the_newest_twenty() {
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
    // Label, n; rank and median of views; rank, median and n of the rate; rank, value and n of momentum; share above
    // with n; median per follower with n. ana and dan tie, so that eve is third; two values give no rank.
    assert_eq!(
        whole_lines("040_league_table", &TestRows { reels, accounts, ..Default::default() }),
        [
            "ana north 20 1 100 2 0.025 4 1 3 5 0.5 4 - 0",
            "dan - 3 1 100 - 0.5 2 2 0.5 3 - 0 0.2 3",
            "eve - 3 3 50 1 0.9 3 - 9 2 - 0 - 0",
            "bob - 2 - 1500 - - 0 - - 0 - 0 - 0",
            "cid - 0 - - - - 0 - - 0 - 0 - 0",
        ]
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
        lines(&answer, &["performance", "rated_multiple", "compared", "views", "baseline_views", "baseline_n", "url"]),
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
