//! The reels of the period against those of the period before.

use reelframe::Scope;
use reelframe::internals::{Day, Reel};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::whole_lines;

/// An own reel of the period, 2025-04-10 to 2025-04-19, or of the ten days before it.
fn own(account: &str, id: &str, is_now: bool, views_7d: Option<i64>, rate: Option<f64>) -> Reel {
    let mut reel = reel(account, id, if is_now { "2025-04-12 09:00" } else { "2025-04-02 09:00" });
    (reel.views_7d, reel.engagement_rate) = (views_7d, rate);
    reel
}

fn rows(reels: Vec<Reel>) -> TestRows {
    TestRows {
        reels,
        accounts: ["ana", "bob", "cid"].map(|name| account(name, "complete", 0)).into(),
        scope: Scope { from: Some(Day(20_188)), to: Some(Day(20_197)), ..Scope::default() },
        ..TestRows::default()
    }
}

/// Twelve reels of ana with 10 to 120 views at 7 days, of which the first four have rates; before them five with 1 to 5
/// views and rates of 0.01 to 0.05.
fn twelve_and_five() -> Vec<Reel> {
    let rate = |number: usize| Some(0.01 * number as f64);
    let now =
        (1..=12).map(|at| own("ana", &format!("n{at}"), true, Some(10 * at as i64), rate(at).filter(|_| at <= 4)));
    let before = (1..=5).map(|at| own("ana", &format!("b{at}"), false, Some(at as i64), rate(at)));
    now.chain(before).collect()
}

/// The period's reels have the ranks 6 to 17, together 138, where 12 x 18 / 2 = 108 is expected: z = 30 / sqrt(12 x 5 x 18 /
/// 12) = 3.162278. Of 12 the ends are at the places 6 - 3.39 and 7 + 3.39. For one pair a z of 2.327650 is needed.
const VIEWS: &str = "ana 65 12 20 110 3 5 3.162278";

#[test]
fn medians_of_both_periods_are_compared_by_ranks() {
    let mut reels = twelve_and_five();
    // Four rates are too few to compare, and so are bob's reels; cid has reels before alone.
    reels.extend((1..=4).map(|at| own("bob", &format!("{at}"), true, Some(at), None)));
    reels.extend((1..=5).map(|at| own("bob", &format!("b{at}"), false, Some(at), None)));
    reels.extend((1..=5).map(|at| own("cid", &format!("{at}"), false, Some(at), Some(0.5))));
    assert_eq!(
        whole_lines("015_comparison", &rows(reels)),
        [
            format!("{VIEWS} 0.025 4 - - 0.03 5 - 2.32765 120 5").as_str(),
            "bob 2.5 4 - - 3 5 - - 0 - - - 0 - - 4 5",
            "cid - 0 - - 3 5 - - 0 - - 0.5 5 - - - 5",
        ]
    );
}

#[test]
fn engagement_is_compared_from_48_hours_on() {
    // A fifth rate: the ranks of .01 to .04, tied with those before, and .9 are 1.5 3.5 5.5 7.5 10, together 28. Expected are
    // 5 x 11 / 2 = 27.5: z = 0.5 / sqrt(5 x 5 x 11 / 12) = 0.104447.
    let mut reels = twelve_and_five();
    reels[4].engagement_rate = Some(0.9);
    let lines = |reels: &[Reel]| whole_lines("015_comparison", &rows(reels.to_vec())).remove(0);
    assert_eq!(lines(&reels), format!("{VIEWS} 0.03 5 - - 0.03 5 0.104447 2.32765 120 5"));
    // Too young: it does not count; nor do reels of others, with an impossible time, or of other days.
    reels[4].maturity = Some("immature".into());
    let mut others = [0.91, 0.92, 0.93, 0.94].map(|rate| own("ana", &format!("o{rate}"), true, Some(1), Some(rate)));
    others[0].is_own = Some(false);
    others[1].has_impossible_time = true;
    others[2].posted_date = Day(20_198);
    others[3].posted_date = Day(20_177);
    reels.extend(others);
    assert_eq!(lines(&reels), format!("{VIEWS} 0.025 4 - - 0.03 5 - 2.32765 120 5"));
}

#[test]
fn equal_reels_do_not_differ() {
    let mut reels = twelve_and_five();
    reels.iter_mut().for_each(|reel| (reel.views_7d, reel.engagement_rate) = (Some(7), Some(0.1)));
    let line = whole_lines("015_comparison", &rows(reels)).remove(0);
    assert_eq!(line, "ana 7 12 7 7 7 5 0 0.1 12 0.1 0.1 0.1 5 0 2.32765 7 7");
}

#[test]
fn with_nothing_before_there_is_no_comparison() {
    let mut alone = rows(twelve_and_five());
    alone.scope.compares_nothing = true;
    assert_eq!(
        whole_lines("015_comparison", &alone),
        [
            "ana 65 12 20 110 - 0 - 0.025 4 - - - 0 - - 120 -",
            "bob - 0 - - - 0 - - 0 - - - 0 - - - -",
            "cid - 0 - - - 0 - - 0 - - - 0 - - - -",
        ]
    );
}
