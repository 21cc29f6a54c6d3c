//! What is usual for the account: cadence, the baseline of earlier reels, and how far a reel is from it.
//!
//! A baseline never looks ahead: it uses own reels posted before this one and at least 48 h old when observed. It is
//! the account's usual lifetime views, not age-matched; the columns at 7 days and `equal_age_multiple` are.

#[cfg(test)]
pub(crate) mod tests;

use crate::schema::cell::{MICROS_PER_DAY, MICROS_PER_HOUR};
use crate::schema::tables::Reel;
use crate::transform::forecast;
use crate::transform::growth_curve::{GrowthCurve, median};
use crate::transform::posting_time::{age_us, hours};

/// Reels of this age or older at their observation count for baselines.
const MATURE_US: i64 = 48 * MICROS_PER_HOUR;
/// Younger reels are not rated.
const RATED_US: i64 = 7 * MICROS_PER_DAY;
/// How many earlier reels a baseline looks back.
const WINDOW: usize = 20;
const MIN_BASELINE: usize = 3;
const MIN_RATED: usize = 5;
/// A breakout is only one against this many reels.
const MIN_BREAKOUT: usize = 8;
const MIN_PERCENTILE: usize = 5;
/// Makes the median absolute deviation comparable to a standard deviation (Iglewicz and Hoaglin, 1993).
const ROBUST_Z: f64 = 0.6745;

/// Fills cadence, baseline, outlier, percentile and performance columns of one account's reels, in any order.
pub(crate) fn fill(reels: &mut [Reel]) {
    let mut order: Vec<usize> = (0..reels.len()).collect();
    order.sort_by(|&a, &b| (reels[a].posted_at, id_order(&reels[a])).cmp(&(reels[b].posted_at, id_order(&reels[b]))));
    reels.iter_mut().for_each(clear);
    fill_cadence(reels, &order);
    fill_baselines(reels, &order);
    fill_equal_age(reels);
    fill_percentiles(reels);
    forecast::fill(&mut reels.iter_mut().filter(|reel| is_own(reel)).collect::<Vec<_>>());
}

/// Clears the baseline columns before recomputing them.
fn clear(reel: &mut Reel) {
    (reel.baseline_views, reel.baseline_n, reel.outlier_multiple) = (None, 0, None);
    (reel.baseline_views_7d, reel.baseline_n_7d, reel.outlier_multiple_7d) = (None, 0, None);
    (reel.equal_age_multiple, reel.equal_age_rank, reel.performance_7d) = (None, None, None);
    (reel.views_robust_z, reel.views_percentile, reel.performance) = (None, None, None);
    reel.is_new_breakout = None;
    (reel.expected_views_7d, reel.expected_views_7d_low, reel.expected_views_7d_high) = (None, None, None);
    (reel.expected_views_30d, reel.expected_views_30d_low, reel.expected_views_30d_high) = (None, None, None);
}

/// Ids are numbers written as text: the shorter is the smaller.
fn id_order(reel: &Reel) -> (usize, &str) {
    (reel.reel_id.len(), &reel.reel_id)
}

/// An own reel with a possible posting time: only such reels are compared with each other.
fn is_own(reel: &Reel) -> bool {
    reel.is_own == Some(true) && !reel.has_impossible_time
}

fn fill_cadence(reels: &mut [Reel], order: &[usize]) {
    let mut per_day = std::collections::HashMap::new();
    for reel in reels.iter().filter(|reel| is_own(reel)) {
        *per_day.entry(reel.posted_date).or_insert(0) += 1;
    }
    let mut previous = None;
    for &index in order {
        let reel = &mut reels[index];
        if reel.has_impossible_time {
            (reel.reels_same_day, reel.hours_since_previous) = (0, None);
            continue;
        }
        reel.reels_same_day = per_day.get(&reel.posted_date).copied().unwrap_or(0);
        reel.hours_since_previous = previous.map(|posted_at: i64| hours(reel.posted_at.0 - posted_at));
        if is_own(reel) {
            previous = Some(reel.posted_at.0);
        }
    }
}

fn fill_baselines(reels: &mut [Reel], order: &[usize]) {
    // Views of the own reels so far, oldest first; at 7 days too.
    let (mut views, mut views_7d): (Vec<i64>, Vec<i64>) = Default::default();
    for &index in order {
        let reel = &mut reels[index];
        if !is_own(reel) {
            continue;
        }
        let earlier = last(&views);
        reel.baseline_n = earlier.len() as i32;
        if earlier.len() >= MIN_BASELINE {
            rate(reel, &Usual::of(earlier));
        }
        let earlier = last(&views_7d);
        reel.baseline_n_7d = earlier.len() as i32;
        if earlier.len() >= MIN_RATED {
            let usual = Usual::of(earlier);
            reel.baseline_views_7d = Some(usual.views);
            reel.outlier_multiple_7d = usual.multiple(reel.views_7d);
            reel.performance_7d = usual.performance(reel.views_7d).map(Into::into);
        }
        if age_us(reel) >= MATURE_US {
            views.extend(reel.views);
        }
        views_7d.extend(reel.views_7d);
    }
}

fn last(values: &[i64]) -> &[i64] {
    &values[values.len().saturating_sub(WINDOW)..]
}

/// The reels of a baseline, which are not none.
struct Usual {
    n: usize,
    /// Their median views.
    views: f64,
    /// The median of their log10(views + 1), and the median absolute deviation from it.
    centre: f64,
    deviation: f64,
}

impl Usual {
    fn of(views: &[i64]) -> Self {
        let logs: Vec<f64> = views.iter().map(|&views| log(views)).collect();
        let centre = median(logs.clone());
        let deviation = median(logs.iter().map(|log| (log - centre).abs()).collect());
        Self { n: views.len(), views: median(views.iter().map(|&views| views as f64).collect()), centre, deviation }
    }

    fn multiple(&self, views: Option<i64>) -> Option<f64> {
        views.filter(|_| self.views > 0.0).map(|views| views as f64 / self.views)
    }

    /// `None` where the reels of the baseline do not differ.
    fn robust_z(&self, views: i64) -> Option<f64> {
        (self.deviation > 0.0).then(|| ROBUST_Z * (log(views) - self.centre) / self.deviation)
    }

    /// A multiple and, if the reels of the baseline differ, a distance in terms of how much they do.
    fn performance(&self, views: Option<i64>) -> Option<&'static str> {
        let multiple = self.multiple(views)?;
        let z = self.robust_z(views?);
        Some(match multiple {
            5.0.. if self.n >= MIN_BREAKOUT && z.is_none_or(|z| z >= 3.0) => "breakout",
            1.5.. if z.is_none_or(|z| z >= 1.0) => "above",
            ..0.5 if z.is_none_or(|z| z <= -1.0) => "below",
            _ => "typical",
        })
    }
}

fn log(views: i64) -> f64 {
    libm::log10(views as f64 + 1.0)
}

fn rate(reel: &mut Reel, usual: &Usual) {
    reel.baseline_views = Some(usual.views);
    reel.outlier_multiple = usual.multiple(reel.views);
    reel.views_robust_z = reel.views.and_then(|views| usual.robust_z(views));
    if age_us(reel) >= RATED_US && usual.n >= MIN_RATED {
        reel.performance = usual.performance(reel.views).map(Into::into);
        reel.is_new_breakout = is_new_breakout(reel, usual);
    }
}

/// Whether a breakout was none at the previous observation: not yet observed, too young to be rated, or with fewer views.
fn is_new_breakout(reel: &Reel, usual: &Usual) -> Option<bool> {
    if reel.performance.as_deref()? != "breakout" {
        return Some(false);
    }
    let rated_hours = hours(RATED_US);
    if reel.previous_observed_at.is_none() || reel.previous_age_hours.is_some_and(|age| age < rated_hours) {
        return Some(true);
    }
    let earlier_views = reel.views? - reel.views_gained?;
    Some(usual.performance(Some(earlier_views))? != "breakout")
}

/// Views against the usual, at equal age: at 7 days where that is known, else scaled to 30 days; and their ranks.
fn fill_equal_age(reels: &mut [Reel]) {
    let curve = GrowthCurve::of(reels.iter().filter(|reel| is_own(reel)));
    for reel in reels.iter_mut().filter(|reel| is_own(reel) && age_us(reel) >= RATED_US) {
        let scaled = || Some(reel.outlier_multiple? / curve.share(age_us(reel))?);
        reel.equal_age_multiple = reel.outlier_multiple_7d.or_else(scaled);
    }
    let mut all: Vec<f64> = reels.iter().filter_map(|reel| reel.equal_age_multiple).collect();
    all.sort_by(f64::total_cmp);
    for reel in reels {
        reel.equal_age_n = all.len() as i32;
        reel.equal_age_rank = reel.equal_age_multiple.map(|multiple| {
            let fewer = all.partition_point(|other| *other < multiple);
            let not_more = all.partition_point(|other| *other <= multiple);
            (fewer + 1 + not_more) as f64 / 2.0
        });
    }
}

/// Share of the other mature own reels with fewer views, ties counting half.
fn fill_percentiles(reels: &mut [Reel]) {
    let ranked = |reel: &Reel| is_own(reel) && age_us(reel) >= MATURE_US;
    let mut all: Vec<i64> = reels.iter().filter(|reel| ranked(reel)).filter_map(|reel| reel.views).collect();
    all.sort_unstable();
    if all.len() < MIN_PERCENTILE {
        return;
    }
    for reel in reels.iter_mut().filter(|reel| ranked(reel)) {
        let Some(views) = reel.views else { continue };
        let fewer = all.partition_point(|&other| other < views);
        let ties = all.partition_point(|&other| other <= views) - fewer - 1;
        reel.views_percentile = Some((fewer as f64 + ties as f64 / 2.0) / (all.len() - 1) as f64);
    }
}
