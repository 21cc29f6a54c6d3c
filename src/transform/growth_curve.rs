//! How an account's reels usually gain their views: the share of the views at 30 days that a reel has at an age.

use crate::schema::cell::MICROS_PER_DAY;
use crate::schema::tables::Reel;

/// Reels with views at 24 hours, 7 days and 30 days that make a curve.
const MIN_REELS: usize = 8;

/// Shares at 24 hours and at 7 days; `None` with too few reels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GrowthCurve(Option<[f64; 2]>);

impl GrowthCurve {
    /// The median shares of these reels, of those that have views at all three ages.
    pub(crate) fn of<'a>(reels: impl Iterator<Item = &'a Reel>) -> Self {
        let shares = |reel: &Reel| {
            let whole = reel.views_30d.filter(|views| *views > 0)? as f64;
            Some((reel.views_24h? as f64 / whole, reel.views_7d? as f64 / whole))
        };
        let (day, week): (Vec<f64>, Vec<f64>) = reels.filter_map(shares).unzip();
        Self((day.len() >= MIN_REELS).then(|| [median(day), median(week)]))
    }

    /// The share at an age: from 24 hours on straight between the known ages over the logarithm of age, and 1 from 30 days
    /// on, which needs no curve. `None` where it is not known, and never 0.
    pub(crate) fn share(&self, age_us: i64) -> Option<f64> {
        let age = age_us as f64 / MICROS_PER_DAY as f64;
        if age >= 30.0 {
            return Some(1.0);
        }
        let [day, week] = self.0?;
        let between = |(from, low): (f64, f64), (to, high): (f64, f64)| {
            low + (high - low) * libm::log(age / from) / libm::log(to / from)
        };
        let share = match age {
            7.0.. => between((7.0, week), (30.0, 1.0)),
            1.0.. => between((1.0, day), (7.0, week)),
            _ => return None,
        };
        Some(share).filter(|share| *share > 0.0)
    }
}

/// The middle value, or the mean of the two middle ones. `values` is not empty and holds no NaN.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reels(number: usize) -> Vec<Reel> {
        let reel = |at: usize| {
            // Shares at 24 h: 0.2 but for one of 0.9; at 7 d: 0.6.
            let first = if at == 0 { 900 } else { 200 };
            Reel { views_24h: Some(first), views_7d: Some(600), views_30d: Some(1000), ..Reel::default() }
        };
        (0..number).map(reel).collect()
    }

    #[test]
    fn shares_at_ages_by_hand() {
        let curve = GrowthCurve::of(reels(8).iter());
        let share = |days: f64| curve.share((days * MICROS_PER_DAY as f64) as i64);
        assert_eq!(
            [share(0.99), share(1.0), share(7.0), share(30.0), share(400.0)],
            [None, Some(0.2), Some(0.6), Some(1.0), Some(1.0)]
        );
        // Half of the way on the logarithm: sqrt(1 x 7) days, and sqrt(7 x 30).
        assert!((share(7_f64.sqrt()).unwrap() - 0.4).abs() < 1e-6);
        assert!((share(210_f64.sqrt()).unwrap() - 0.8).abs() < 1e-6);
    }

    #[test]
    fn without_eight_whole_reels_only_old_reels_have_a_share() {
        let mut few = reels(9);
        (few[1].views_24h, few[2].views_30d) = (None, Some(0));
        let curve = GrowthCurve::of(few.iter());
        assert_eq!((curve.share(10 * MICROS_PER_DAY), curve.share(30 * MICROS_PER_DAY)), (None, Some(1.0)));
        // Nothing can be scaled from a share of 0.
        let none: Vec<Reel> = reels(9).into_iter().map(|reel| Reel { views_24h: Some(0), ..reel }).collect();
        assert_eq!(GrowthCurve::of(none.iter()).share(MICROS_PER_DAY), None);
    }
}
