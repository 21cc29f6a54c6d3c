//! Baselines, performance, ranks and multiples at equal age, by hand.

use crate::schema::cell::{Day, MICROS_PER_HOUR, UtcMicros};
use crate::schema::tables::Reel;
use crate::transform::baseline::{Usual, fill};

/// Own reel number `n`, posted every 48 h, read at hour 1000 of the account.
fn reel(n: i64, views: i64) -> Reel {
    let posted_hour = n * 48;
    Reel {
        reel_id: n.to_string().into(),
        is_own: Some(true),
        posted_at: UtcMicros(posted_hour * MICROS_PER_HOUR),
        posted_date: Day((posted_hour / 24) as i32),
        observed_at: UtcMicros(1000 * MICROS_PER_HOUR),
        views: Some(views),
        ..Reel::default()
    }
}

/// Twelve own reels; the views are made so that medians are easy to see.
fn account() -> Vec<Reel> {
    [100, 200, 300, 400, 1000, 9, 200, 250, 2500, 260, 100, 700]
        .into_iter()
        .zip(0..)
        .map(|(views, n)| reel(n, views))
        .collect()
}

#[test]
fn cadence_by_hand() {
    let mut reels = account();
    reels[3].posted_at.0 = reels[2].posted_at.0 + 6 * MICROS_PER_HOUR; // the same day as reel 2
    reels[3].posted_date = reels[2].posted_date;
    reels[5].is_own = Some(false); // a collab that somebody else owns
    fill(&mut reels);
    assert_eq!(reels[0].hours_since_previous, None);
    assert_eq!((reels[1].hours_since_previous, reels[3].hours_since_previous), (Some(48.0), Some(6.0)));
    assert_eq!((reels[2].reels_same_day, reels[3].reels_same_day, reels[5].reels_same_day), (2, 2, 0));
    // Reel 5 is no own reel: the one after it counts from reel 4.
    assert_eq!((reels[5].hours_since_previous, reels[6].hours_since_previous), (Some(48.0), Some(96.0)));
}

#[test]
fn baseline_multiple_and_performance_by_hand() {
    let mut reels = account();
    reels.reverse(); // the order in which they come must not matter
    fill(&mut reels);
    reels.reverse();
    let baselines: Vec<_> = reels.iter().map(|reel| reel.baseline_views).collect();
    // medians of: 100 200 300 | + 400 | + 1000 | + 9 | + 200 | + 250 | + 2500 | + 260 | + 100
    let expected = [200.0, 250.0, 300.0, 250.0, 200.0, 225.0, 250.0, 255.0, 250.0];
    assert_eq!(baselines[..3], [None; 3]);
    assert_eq!(baselines[3..], expected.map(Some));
    assert_eq!(reels.iter().map(|reel| reel.baseline_n).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    assert_eq!((reels[4].outlier_multiple, reels[4].performance.as_deref()), (Some(4.0), None)); // n = 4
    // The logs of 100 200 300 400 1000, each + 1: median 2.479, deviations .474 .175 0 .125 .522, MAD .175; z -5.7.
    assert_eq!((reels[5].outlier_multiple, reels[5].performance.as_deref()), (Some(0.03), Some("below")));
    assert_eq!((reels[6].outlier_multiple, reels[6].performance.as_deref()), (Some(0.8), Some("typical")));
    assert_eq!((reels[8].outlier_multiple, reels[8].performance.as_deref()), (Some(2500.0 / 225.0), Some("breakout")));
    assert_eq!((reels[11].outlier_multiple, reels[11].performance.as_deref()), (Some(2.8), Some("above")));
}

#[test]
fn performance_needs_a_multiple_and_a_distance() {
    // Ten logs of views + 1 around 2 (99 views): 1.9, 2.1 and so on; their MAD is `deviation`.
    let of = |n: usize, deviation: f64, views: i64| {
        Usual { n, views: 99.0, centre: 2.0, deviation }.performance(Some(views)).unwrap()
    };
    // log10(496) = 2.695: 5.01 times the usual. z = 0.6745 x 0.695 / 0.156 = 3.005, and with 0.157 2.987.
    assert_eq!([of(8, 0.156, 495), of(8, 0.157, 495), of(7, 0.156, 495)], ["breakout", "above", "above"]);
    assert_eq!(of(8, 0.01, 494), "above", "4.99 times");
    // log10(150) = 2.176: 1.505 times. z = 0.6745 x 0.176 / 0.118 = 1.007, and with 0.12 0.99.
    assert_eq!([of(8, 0.118, 149), of(8, 0.12, 149), of(8, 0.118, 148)], ["above", "typical", "typical"]);
    // log10(50) = 1.699: 0.495 times. z = -0.6745 x 0.301 / 0.2 = -1.015, and with 0.21 -0.967.
    assert_eq!([of(8, 0.2, 49), of(8, 0.21, 49), of(8, 0.1, 50)], ["below", "typical", "typical"]);
    // Without a spread the multiple alone decides.
    assert_eq!(
        [of(8, 0.0, 495), of(5, 0.0, 495), of(8, 0.0, 149), of(8, 0.0, 49)],
        ["breakout", "above", "above", "below"]
    );
}

#[test]
fn multiples_at_equal_age_by_hand() {
    // Each at 24 h, 7 d and 30 d: 100, 500 and 1,000 views, so that half are there after a week.
    let grown = |n: i64| Reel {
        observed_at: UtcMicros(5000 * MICROS_PER_HOUR),
        views_24h: Some(100),
        views_7d: Some(500),
        views_30d: Some(1000),
        ..reel(n, 1000)
    };
    let mut reels: Vec<Reel> = (0..8).map(grown).collect();
    // At 14.49 days, sqrt(7 x 30), three quarters are there: 1,500 views are 2,000 at 30 days.
    let late = Reel { posted_at: UtcMicros((5000 * MICROS_PER_HOUR) - 1_252_074_000_000), ..grown(100) };
    let without_7d = Reel { views: Some(1500), views_24h: None, views_7d: None, views_30d: None, ..late.clone() };
    reels.extend([Reel { views_7d: Some(1500), ..late }, without_7d]);
    fill(&mut reels);
    assert_eq!((reels[4].equal_age_multiple, reels[5].equal_age_multiple), (Some(1.0), Some(1.0)));
    assert_eq!((reels[8].equal_age_multiple, reels[8].baseline_n_7d), (Some(3.0), 8), "at 7 days");
    assert_eq!((reels[8].performance_7d.as_deref(), reels[8].performance.as_deref()), (Some("above"), Some("typical")));
    assert_eq!(reels[9].outlier_multiple, Some(1.5));
    // Ranked are the three at 7 days (1, 1, 1) and these; the first five have no baseline at 7 days, three of them none.
    let ranks: Vec<_> = reels.iter().map(|reel| reel.equal_age_rank).collect();
    assert_eq!((&ranks[..3], &ranks[3..8]), (&[None; 3][..], &[Some(3.0); 5][..]));
    assert_eq!((ranks[8], ranks[9], reels[0].equal_age_n), (Some(7.0), Some(6.0), 7));
    assert!((reels[9].equal_age_multiple.unwrap() - 2.0).abs() < 1e-4, "{:?}", reels[9].equal_age_multiple);
    // Without the curve only a reel of 30 days or more is compared, and a young one never is.
    reels[0].views_24h = None;
    reels[4].observed_at.0 = reels[4].posted_at.0 + 30 * 24 * MICROS_PER_HOUR - 1;
    reels[4].views_7d = None;
    fill(&mut reels);
    assert_eq!((reels[9].equal_age_multiple, reels[4].equal_age_multiple), (None, None));
    assert_eq!(reels[3].equal_age_multiple, Some(1.0));
    reels[8].observed_at.0 = reels[8].posted_at.0 + 168 * MICROS_PER_HOUR - 1;
    fill(&mut reels);
    assert_eq!(reels[8].equal_age_multiple, None);
}

#[test]
fn new_breakouts_by_hand() {
    // Reel 8 has 2,500 views and a usual of 225; it was posted in hour 384. Five times the usual are 1,125 views, and
    // the z of 3 is reached at 1,562: 10 ^ (2.3514 + 3 x 0.1894 / 0.6745) - 1.
    let of = |previous_hour: Option<i64>, gained: Option<i64>, views: i64| {
        let mut reels = account();
        reels[8].views = Some(views);
        reels[8].views_gained = gained;
        reels[8].previous_observed_at = previous_hour.map(|hour| UtcMicros(hour * MICROS_PER_HOUR));
        reels[8].previous_age_hours = previous_hour.map(|hour| (hour - 384) as f64);
        fill(&mut reels);
        (reels[8].performance.clone().unwrap().to_string(), reels[8].is_new_breakout)
    };
    let breakout = |is_new: Option<bool>| ("breakout".to_owned(), is_new);
    assert_eq!(of(None, None, 2500), breakout(Some(true)), "first observation");
    assert_eq!(of(Some(384 + 168 - 1), Some(-10), 2500), breakout(Some(true)), "under 7 days old before");
    assert_eq!(of(Some(384 + 168), Some(938), 2500), breakout(Some(false)), "1,562 views before");
    assert_eq!(of(Some(384 + 168), Some(939), 2500), breakout(Some(true)), "1,561 views before");
    assert_eq!(of(Some(384 + 168), Some(-10), 2500), breakout(Some(false)), "views corrected down");
    assert_eq!(of(Some(384 + 168), None, 2500), breakout(None), "earlier views unknown");
    assert_eq!(of(Some(384 + 168), Some(900), 1000), ("above".to_owned(), Some(false)));
    let mut reels = account();
    reels[8].observed_at.0 = reels[8].posted_at.0 + 168 * MICROS_PER_HOUR - 1;
    reels[8].is_new_breakout = Some(true);
    fill(&mut reels);
    assert_eq!(reels[8].is_new_breakout, None, "not rated");
}

#[test]
fn robust_z_by_hand() {
    // Baseline 99, 999, 9999: logs of views + 1 are 2, 3, 4; median 3, deviations 1, 0, 1, MAD 1.
    let mut reels: Vec<Reel> = [99, 999, 9999, 99_999].into_iter().zip(0..).map(|(v, n)| reel(n, v)).collect();
    fill(&mut reels);
    assert!((reels[3].views_robust_z.unwrap() - 0.6745 * 2.0).abs() < 1e-12);
    let mut same: Vec<Reel> = [50, 50, 50, 80].into_iter().zip(0..).map(|(v, n)| reel(n, v)).collect();
    fill(&mut same);
    assert_eq!((same[3].views_robust_z, same[3].baseline_views), (None, Some(50.0)));
}

#[test]
fn percentile_by_hand() {
    let mut reels = account();
    fill(&mut reels);
    // Sorted: 9 100 100 200 200 250 260 300 400 700 1000 2500; n - 1 = 11.
    assert_eq!(reels[5].views_percentile, Some(0.0));
    assert_eq!(reels[0].views_percentile, Some(1.5 / 11.0)); // one fewer, one tie
    assert_eq!(reels[7].views_percentile, Some(5.0 / 11.0));
    assert_eq!(reels[8].views_percentile, Some(1.0));
    let mut few = account()[..4].to_vec();
    fill(&mut few);
    assert_eq!(few[0].views_percentile, None);
}

#[test]
fn young_and_foreign_reels_are_not_rated_and_not_in_baselines() {
    let mut reels = account();
    reels[11].observed_at.0 = reels[11].posted_at.0 + 48 * MICROS_PER_HOUR - 1;
    reels[10].is_own = Some(false);
    reels[9].is_own = None;
    reels[8].observed_at.0 = reels[8].posted_at.0 + 168 * MICROS_PER_HOUR - 1;
    reels[7].views = None;
    fill(&mut reels);
    assert_eq!((reels[11].views_percentile, reels[11].performance.as_deref()), (None, None));
    assert_eq!(reels[11].baseline_n, 8); // 0 to 6 and 8; 7 has no views, 9 and 10 are not own
    assert_eq!((reels[10].baseline_views, reels[10].baseline_n, reels[10].views_percentile), (None, 0, None));
    assert_eq!(reels[9].baseline_views, None);
    assert_eq!((reels[8].performance.as_deref(), reels[8].baseline_views), (None, Some(200.0)));
    assert_eq!((reels[7].outlier_multiple, reels[7].baseline_views), (None, Some(200.0)));
}

#[test]
fn reels_with_an_impossible_time_are_skipped() {
    let mut reels = account();
    reels[2].has_impossible_time = true; // 300 views
    reels[3].posted_date = reels[2].posted_date;
    fill(&mut reels);
    let odd = &reels[2];
    assert_eq!((odd.hours_since_previous, odd.reels_same_day, odd.baseline_n), (None, 0, 0));
    assert_eq!((odd.baseline_views, odd.outlier_multiple, odd.views_percentile), (None, None, None));
    // The next one counts from the previous one, alone on its day; two reels are too few for a baseline.
    assert_eq!((reels[3].hours_since_previous, reels[3].reels_same_day), (Some(96.0), 1));
    assert_eq!((reels[3].baseline_n, reels[3].baseline_views), (2, None));
    assert_eq!((reels[4].baseline_n, reels[4].baseline_views), (3, Some(200.0))); // 100 200 400
    // Of the eleven others: 9 100 100 200 200 250 260 400 700 1000 2500.
    assert_eq!(reels[7].views_percentile, Some(0.5));
}

#[test]
fn the_window_is_the_last_twenty() {
    let mut reels: Vec<Reel> =
        (0..21).map(|n| Reel { observed_at: UtcMicros(5000 * MICROS_PER_HOUR), ..reel(n, 10 * (n + 1)) }).collect();
    fill(&mut reels);
    // Reel 20 looks at reels 0 to 19: views 10 to 200, median 105. One more would look at 1 to 20.
    assert_eq!((reels[20].baseline_n, reels[20].baseline_views), (20, Some(105.0)));
    reels.push(Reel { observed_at: UtcMicros(5000 * MICROS_PER_HOUR), ..reel(21, 1) });
    fill(&mut reels);
    assert_eq!((reels[21].baseline_n, reels[21].baseline_views), (20, Some(115.0)));
}

#[test]
fn views_compared_at_seven_days() {
    let mut reels: Vec<Reel> = (0..6).map(|n| Reel { views_7d: Some(100 * (n + 1)), ..reel(n, 1) }).collect();
    fill(&mut reels);
    assert_eq!((reels[4].baseline_views_7d, reels[4].outlier_multiple_7d), (None, None));
    assert_eq!((reels[5].baseline_views_7d, reels[5].outlier_multiple_7d), (Some(300.0), Some(2.0)));
}
