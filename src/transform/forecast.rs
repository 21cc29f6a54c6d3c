//! Views to expect at 7 and at 30 days of age, by how the account's own reels have grown.
//!
//! A reel's views at 24 hours, or at 7 days once they are known, are divided by the share of the later views that the
//! account's reels had then. The median share gives the expected views, the 90th and the 10th percentile the ends of an
//! 80 % range. Nothing is interpolated between these ages: there the range would promise more than it holds.

use crate::schema::cell::MICROS_PER_DAY;
use crate::schema::tables::Reel;
use crate::transform::posting_time::age_us;

/// Reels that a forecast is made of, at least.
const MIN_REELS: usize = 8;

/// Fills the expected views of these reels, which are own reels with a possible posting time.
pub(crate) fn fill(reels: &mut [&mut Reel]) {
    let day_of_week = Shares::of(reels, |reel| (reel.views_24h, reel.views_7d));
    let day_of_month = Shares::of(reels, |reel| (reel.views_24h, reel.views_30d));
    let week_of_month = Shares::of(reels, |reel| (reel.views_7d, reel.views_30d));
    for reel in reels {
        let age_us = age_us(reel);
        if age_us < 7 * MICROS_PER_DAY {
            let range = day_of_week.expected(reel.views_24h, reel.views);
            [reel.expected_views_7d_low, reel.expected_views_7d, reel.expected_views_7d_high] = range;
        }
        if age_us < 30 * MICROS_PER_DAY {
            let by_week = week_of_month.expected(reel.views_7d, reel.views);
            let by_day = || day_of_month.expected(reel.views_24h, reel.views);
            let range = if by_week[1].is_some() { by_week } else { by_day() };
            [reel.expected_views_30d_low, reel.expected_views_30d, reel.expected_views_30d_high] = range;
        }
    }
}

/// The shares of the later views that the account's reels had at the earlier age, sorted; none with too few reels.
struct Shares(Vec<f64>);

impl Shares {
    fn of(reels: &[&mut Reel], views: impl Fn(&Reel) -> (Option<i64>, Option<i64>)) -> Self {
        let share = |reel: &&mut Reel| {
            let (part, whole) = views(reel);
            Some(part? as f64 / whole.filter(|whole| *whole > 0)? as f64)
        };
        let mut shares: Vec<f64> = reels.iter().filter_map(share).collect();
        if shares.len() < MIN_REELS {
            shares.clear();
        }
        shares.sort_by(f64::total_cmp);
        Self(shares)
    }

    /// The lower end, the expected views and the upper end for a reel with these views at the earlier age; not less than
    /// it has by now.
    fn expected(&self, part: Option<i64>, now: Option<i64>) -> [Option<i64>; 3] {
        let expected = |p: f64| {
            let share = percentile(&self.0, p).filter(|share| *share > 0.0)?;
            Some(((part? as f64 / share + 0.5).floor() as i64).max(now.unwrap_or(0)))
        };
        [0.9, 0.5, 0.1].map(expected)
    }
}

/// The value at place (n + 1) p of n sorted ones, between two of them on a straight line (type 6 of Hyndman and Fan,
/// 1996): a new value is under it with probability p.
fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    let place = ((sorted.len() + 1) as f64 * p).clamp(1.0, sorted.len().max(1) as f64);
    let below = place.floor();
    let low = sorted.get(below as usize - 1)?;
    let high = sorted.get(below as usize).unwrap_or(low);
    Some(low + (high - low) * (place - below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::cell::UtcMicros;

    /// A reel of the past: at 7 days it had 1,000 views, at 30 days 2,000.
    fn grown(at_24h: i64) -> Reel {
        let observed_at = UtcMicros(60 * MICROS_PER_DAY);
        let views = [Some(at_24h), Some(1_000), Some(2_000)];
        Reel { observed_at, views_24h: views[0], views_7d: views[1], views_30d: views[2], ..Reel::default() }
    }

    /// Shares of the views at 7 days from 0.1 to 0.9.
    fn nine() -> Vec<Reel> {
        (1..=9).map(|tenths| grown(100 * tenths)).collect()
    }

    fn young(days: i64, views_24h: Option<i64>, views_7d: Option<i64>, views: i64) -> Reel {
        let observed_at = UtcMicros(days * MICROS_PER_DAY);
        Reel { observed_at, views_24h, views_7d, views: Some(views), ..Reel::default() }
    }

    /// Low, expected and high at 7 days and at 30 days.
    fn expected(mut grown: Vec<Reel>, mut young: Reel) -> [[Option<i64>; 3]; 2] {
        let mut reels: Vec<&mut Reel> = grown.iter_mut().collect();
        reels.push(&mut young);
        fill(&mut reels);
        [
            [young.expected_views_7d_low, young.expected_views_7d, young.expected_views_7d_high],
            [young.expected_views_30d_low, young.expected_views_30d, young.expected_views_30d_high],
        ]
    }

    #[test]
    fn views_are_divided_by_the_shares_of_the_past() {
        // Of nine the 10th percentile is at place 1, the median at 5, the 90th at 9: shares .1, .5 and .9 of the views at
        // 7 days, and half of that of those at 30 days.
        let whole = [[Some(100), Some(180), Some(900)], [Some(200), Some(360), Some(1_800)]];
        assert_eq!(expected(nine(), young(2, Some(90), None, 95)), whole);
        // Of eight the places are 0.9, 4.5 and 8.1, the first and the last at the ends: .2, .55, .9.
        let eight = expected(nine().split_off(1), young(2, Some(90), None, 95))[0];
        assert_eq!(eight, [Some(100), Some(164), Some(450)]);
        assert_eq!(expected(nine().split_off(2), young(2, Some(90), None, 95)), [[None; 3]; 2]);
    }

    #[test]
    fn views_at_7_days_are_the_better_ground_for_30_days() {
        // All had half of their views at 7 days.
        let month = [Some(800), Some(800), Some(800)];
        assert_eq!(expected(nine(), young(8, Some(90), Some(400), 410)), [[None; 3], month]);
        // Where they are not known, those at 24 hours remain.
        let month = [Some(410), Some(410), Some(1_800)];
        assert_eq!(expected(nine(), young(8, Some(90), None, 410)), [[None; 3], month]);
    }

    #[test]
    fn nothing_is_expected_of_reels_too_old_or_of_unknown_views() {
        assert_eq!(expected(nine(), young(30, Some(90), Some(400), 410)), [[None; 3]; 2]);
        assert_eq!(expected(nine(), young(2, None, None, 410)), [[None; 3]; 2]);
        // A share of 0 says nothing about the upper end.
        let mut some = nine();
        (some[0].views_24h, some[1].views_24h) = (Some(0), Some(0));
        assert_eq!(expected(some, young(2, Some(90), None, 95))[0], [Some(100), Some(180), None]);
        // Reels without views at the later age do not count.
        let mut some = nine();
        (some[3].views_30d, some[4].views_30d) = (Some(0), None);
        assert_eq!(expected(some, young(2, Some(90), None, 95))[1], [None; 3]);
    }

    /// Twelve reels an account that grow as 1 - exp(-sqrt(age / scale)), each with a log-normal scale of its own, and one
    /// more of which only the beginning is known. docs/metrics.md has the shares.
    #[test]
    fn the_range_holds_in_about_four_of_five_cases() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut held = [0; 3];
        for _ in 0..400 {
            let mut past: Vec<Reel> = (0..12).map(|_| grown_by(&mut random)).collect();
            let new = grown_by(&mut random);
            let mut reels: Vec<&mut Reel> = past.iter_mut().collect();
            let (mut day, mut week) = (young(2, new.views_24h, None, 0), young(8, None, new.views_7d, 0));
            reels.extend([&mut day, &mut week]);
            fill(&mut reels);
            let ranges = [
                (day.expected_views_7d_low, day.expected_views_7d_high, new.views_7d),
                (day.expected_views_30d_low, day.expected_views_30d_high, new.views_30d),
                (week.expected_views_30d_low, week.expected_views_30d_high, new.views_30d),
            ];
            for (held, (low, high, then)) in held.iter_mut().zip(ranges) {
                *held += i32::from((low.unwrap()..=high.unwrap()).contains(&then.unwrap()));
            }
        }
        // Exactly 80 %. The three are the same cases, since all shares grow with the scale.
        assert_eq!(held, [320; 3]);
    }

    fn grown_by(random: &mut fastrand::Rng) -> Reel {
        let mut normal = || (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos();
        let (whole, scale) = (10_000.0 * (0.9 * normal()).exp(), 3.0 * (0.5 * normal()).exp());
        let views = |days: f64| Some((whole * (1.0 - (-(days / scale).sqrt()).exp())) as i64);
        let observed_at = UtcMicros(60 * MICROS_PER_DAY);
        Reel { observed_at, views_24h: views(1.0), views_7d: views(7.0), views_30d: views(30.0), ..Reel::default() }
    }
}
