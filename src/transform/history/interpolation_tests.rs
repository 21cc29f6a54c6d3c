//! Views at an age: between which observations, and how far from the truth on synthetic growth curves.

use crate::schema::cell::{MICROS_PER_HOUR as HOUR, UtcMicros};
use crate::transform::history::tests::{observation, only};

#[test]
fn brackets_are_measured_in_microseconds() {
    // Posted at odd times, the ages are not whole hours; the two observations are 8 d, or 30 h, apart to the microsecond.
    let at = |crawl: usize, hour: i64, off: i64, views: i64| {
        let mut observation = observation(crawl, hour, views);
        (observation.reel.posted_at, observation.reel.observed_at) =
            (UtcMicros(1_234_567), UtcMicros(hour * HOUR + off));
        observation
    };
    for off in [0, 8_000_000, 17_000_001] {
        assert!(only(&[at(0, 100, off, 0), at(1, 292, off, 1000)]).views_7d.is_some());
        assert_eq!(only(&[at(0, 100, off, 0), at(1, 292, off + 1, 1000)]).views_7d, None);
        assert!(only(&[at(0, 11, off, 0), at(1, 41, off, 1000)]).views_24h.is_some());
        assert_eq!(only(&[at(0, 11, off, 0), at(1, 41, off + 1, 1000)]).views_24h, None);
    }
    // An observation at exactly 168 h gives the views; a microsecond less is before it.
    assert_eq!(only(&[at(0, 168, 1_234_567, 7)]).views_7d, Some(7));
    assert_eq!(only(&[at(0, 168, 1_234_566, 7)]).views_7d, None);
}

/// Views of a reel at an age in hours: a quick start that slows down, and a long tail.
fn grown(hour: i64, (scale, shape, tail): (f64, f64, f64)) -> i64 {
    let age = hour as f64;
    let start = 1.0 - (-(age / scale).powf(shape)).exp();
    let long = (age / 24.0).ln_1p() / 365_f64.ln_1p();
    (1e6 * ((1.0 - tail) * start + tail * long)).round() as i64
}

/// The median error of views at an age, in percent, and the one that 95 % are under: for observations `apart` hours from
/// each other, the first at each of these hours.
fn errors_at(age: i64, apart: i64, firsts: impl Iterator<Item = i64> + Clone) -> (f64, f64) {
    let curves = [8.0, 16.0, 32.0, 64.0].into_iter().flat_map(|scale| {
        [0.5, 0.7, 0.9].into_iter().flat_map(move |shape| [0.05, 0.15, 0.3].map(|tail| (scale, shape, tail)))
    });
    let mut errors = Vec::new();
    for curve in curves {
        for first in firsts.clone() {
            let at = |crawl: usize, hour: i64| observation(crawl, hour, grown(hour, curve));
            let reel = only(&[at(0, first), at(1, first + apart)]);
            let found = match age {
                24 => reel.views_24h,
                168 => reel.views_7d,
                _ => reel.views_30d,
            };
            let (found, true_views) = (found.unwrap() as f64, grown(age, curve) as f64);
            errors.push(100.0 * (found - true_views).abs() / true_views);
        }
    }
    errors.sort_by(f64::total_cmp);
    (errors[errors.len() / 2], errors[errors.len() * 95 / 100])
}

/// The figures of docs/metrics.md.
#[test]
fn the_error_of_interpolation_on_growth_curves() {
    let round = |(median, most): (f64, f64)| (format!("{median:.2}"), format!("{most:.2}"));
    let of = |median: &str, most: &str| (median.to_owned(), most.to_owned());
    assert_eq!(round(errors_at(24, 24, (3..24).step_by(3))), of("0.97", "3.96"));
    assert_eq!(round(errors_at(168, 168, (24..168).step_by(24))), of("0.71", "2.64"));
    assert_eq!(round(errors_at(720, 168, (576..720).step_by(24))), of("0.00", "0.03"));
}
