//! How long to wait before trying again: pure policy, no clock and no sleep.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Requests a page gets at the most.
pub const TRIES: u32 = 5;

/// Whole answers that are no page, of the tries of a page: each is paid for, and rarely passes.
pub const REJECTED_TRIES: u32 = 2;

const CAP: Duration = Duration::from_secs(30);

/// The wait after the try number `tries` (1 is the first): `base` doubling, at most 30 s, with jitter between half
/// and the whole of it, so that accounts that failed together do not come back together. What the API asked for in
/// `Retry-After` is a floor, and jitter goes upward from it. `jitter` is between 0 and 1.
pub fn wait(tries: u32, base: Duration, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let doubled = base.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1))).min(CAP);
    match retry_after {
        Some(floor) => floor.max(doubled / 2) + doubled.mul_f64(jitter / 2.0),
        None => doubled / 2 + doubled.mul_f64(jitter / 2.0),
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date against `now`. A date that has passed is no wait.
pub fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(header).ok()?;
    Some((at.to_utc() - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_half_a_minute_and_jitter_stays_below() {
        let longest: Vec<_> = (1..=7).map(|tries| wait(tries, SECOND, None, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(wait(1, SECOND, None, 0.0), SECOND / 2);
        assert_eq!(wait(400, SECOND, None, 1.0), CAP);
    }

    #[test]
    fn what_the_api_asks_for_is_a_floor() {
        assert_eq!(wait(1, SECOND, Some(SECOND * 60), 0.0), SECOND * 60);
        assert!(wait(1, SECOND, Some(SECOND * 60), 1.0) > SECOND * 60);
        let now = DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:07 GMT").unwrap().to_utc();
        assert_eq!(retry_after("120", now), Some(SECOND * 120));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(SECOND * 30));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
