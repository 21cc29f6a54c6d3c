//! The last two finished months, compared at equal age.

use reelframe::internals::Reel;

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines};

const FINISHED: [&str; 2] = ["2025-01", "2025-02"];

/// An own reel with views now and at 7 days.
fn own(id: usize, month: &str, views: i64, views_7d: Option<i64>) -> Reel {
    let mut reel = reel("ana", &id.to_string(), &format!("{month}-{:02} 09:00", 1 + id % 28));
    (reel.views, reel.views_7d) = (Some(views), views_7d);
    reel
}

/// With these two as the last months that are over.
fn compared(reels: Vec<Reel>, finished: [&str; 2]) -> Vec<String> {
    let mut account = account("ana", "complete", 10);
    [account.finished_month_before, account.finished_month] = finished.map(|month| Some(month.into()));
    let rows = TestRows { reels, accounts: vec![account], ..Default::default() };
    let columns = ["posted_month", "compared_at", "compared_views", "compared_views_n", "z", "z_needed"];
    lines(&answer_of("090_monthly_trend", &rows), &columns)
}

/// Five reels in January with 100 to 500 views, and five in February with 600 to 1,000.
fn two_months(at_7_days: bool) -> Vec<Reel> {
    let views = |at: usize| 100 * (at as i64 + 1);
    let reel = |at: usize| {
        let month = if at < 5 { "2025-01" } else { "2025-02" };
        own(at, month, views(at), at_7_days.then(|| views(at)))
    };
    (0..10).map(reel).collect()
}

#[test]
fn two_finished_months_are_compared_by_their_ranks() {
    // February has the ranks 6 to 10, together 40: z = (40 - 5 x 11 / 2) / sqrt(5 x 5 x 11 / 12) = 12.5 / 4.787136.
    // With one pair the level is 0.02: t = sqrt(-2 ln 0.01) = 3.034854, and 3.034854 - 3.128792 / 4.424170 is needed.
    let february = "2025-02 7 days 800.000000 5 2.611165 2.327650";
    assert_eq!(compared(two_months(true), FINISHED), ["2025-01 7 days 300.000000 5 - -", february]);
    // The month that is not over changes nothing, and months before the two neither.
    let mut reels = two_months(true);
    reels.extend([own(20, "2025-03", 9, Some(9)), own(21, "2024-12", 9, Some(9))]);
    let lines = compared(reels, FINISHED);
    assert_eq!((lines.len(), lines[2].as_str(), lines[3].as_str()), (4, february, "2025-03 - - - - -"));
    assert_eq!(lines[0], "2024-12 - - - - -");
    // A month later February has no month after it to be compared with.
    assert_eq!(compared(two_months(true), ["2025-02", "2025-03"]), ["2025-01 - - - - -", "2025-02 - - - - -"]);
    // February itself is not over: January has no month before it.
    assert_eq!(compared(two_months(true), ["2024-12", "2025-01"]), ["2025-01 - - - - -", "2025-02 - - - - -"]);
}

#[test]
fn without_views_at_7_days_reels_of_30_days_are_compared() {
    let old = "2025-02 at least 30 days 800.000000 5 2.611165 2.327650";
    assert_eq!(compared(two_months(false), FINISHED)[1], old);
    // One of February's has no views at 7 days: all of 30 days are compared, by their views.
    let mut reels = two_months(true);
    reels[9].views_7d = None;
    assert_eq!(compared(reels.clone(), FINISHED)[1], old);
    // And one of January's is younger: nothing is compared.
    reels[0].maturity = Some("settled".into());
    assert_eq!(compared(reels, FINISHED), ["2025-01 - - - - -", "2025-02 - - - - -"]);
}

#[test]
fn equal_views_share_the_mean_of_their_ranks() {
    let mut reels = two_months(true);
    reels.iter_mut().for_each(|reel| reel.views_7d = Some(7));
    // Each has rank 5.5: five of them are 27.5, as expected.
    assert_eq!(compared(reels, FINISHED)[1], "2025-02 7 days 7.000000 5 0.000000 2.327650");
}
