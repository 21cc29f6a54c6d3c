//! How long to wait before a retry: pure policy, without a clock and without sleeping.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The most requests for one page.
pub(crate) const TRIES: u32 = 5;

/// The most responses for one page that are whole but not a page: each is paid for, and a retry rarely helps.
pub(crate) const REJECTED_TRIES: u32 = 2;

const CAP: Duration = Duration::from_secs(30);

/// Longer than anybody waits, and short enough for arithmetic on times.
pub(crate) const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The wait after the given number of tries: `base`, doubling up to 30 s, with jitter between half and all of it, so that
/// accounts that failed together are not retried together. `Retry-After` is a lower limit to which jitter is added, up to
/// `max`. `jitter` is between 0 and 1.
pub(crate) fn wait(tries: u32, base: Duration, retry_after: Option<Duration>, max: Duration, jitter: f64) -> Duration {
    debug_assert!((0.0..=1.0).contains(&jitter), "{jitter}");
    let doubled = base.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1))).min(CAP);
    let floor = retry_after.unwrap_or_default().max(doubled / 2);
    floor.saturating_add(doubled.mul_f64(jitter / 2.0)).min(max)
}

/// Parses `Retry-After`: seconds, or an HTTP date relative to `now`. A date in the past means no wait.
pub(crate) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    // Too many digits for a number are still a wait.
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(header.parse().map_or(FOREVER, Duration::from_secs).min(FOREVER));
    }
    let at = DateTime::parse_from_rfc2822(header).ok()?;
    Some(at.to_utc().signed_duration_since(now).to_std().unwrap_or(Duration::ZERO).min(FOREVER))
}

/// A wait in words: `90 s`, `20 min`, `4.5 h`, `31 days`.
pub(crate) fn in_words(wait: Duration) -> String {
    const DAY_S: u64 = 24 * 3600;
    match wait.as_secs() {
        _ if wait >= FOREVER => "years".to_owned(),
        seconds @ ..600 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds if seconds < 2 * DAY_S => format!("{:.1} h", seconds as f64 / 3600.0),
        seconds => format!("{} days", seconds / DAY_S),
    }
}

/// Two waits in words, in whole seconds if the words would be the same.
pub(crate) fn both_in_words(longer: Duration, shorter: Duration) -> [String; 2] {
    let words = [longer, shorter].map(in_words);
    if words[0] != words[1] {
        return words;
    }
    [longer, shorter].map(|wait| format!("{:.0} s", wait.as_secs_f64().ceil()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_half_a_minute_and_jitter_stays_below() {
        let longest: Vec<_> = (1..=7).map(|tries| wait(tries, SECOND, None, CAP, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(wait(1, SECOND, None, CAP, 0.0), SECOND / 2);
        assert_eq!(wait(400, SECOND, None, FOREVER, 1.0), CAP);
    }

    #[test]
    fn retry_after_is_a_lower_limit() {
        assert_eq!(wait(1, SECOND, Some(SECOND * 60), FOREVER, 0.0), SECOND * 60);
        assert!(wait(1, SECOND, Some(SECOND * 60), FOREVER, 1.0) > SECOND * 60);
        let now = DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:07 GMT").unwrap().to_utc();
        assert_eq!(retry_after("120", now), Some(SECOND * 120));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(SECOND * 30));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        for endless in
            ["1000000000", "18446744073709551615", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"]
        {
            assert_eq!(retry_after(endless, now), Some(FOREVER), "{endless}");
        }
    }

    #[test]
    fn a_wait_is_in_the_unit_that_fits() {
        let words = [90, 1200, 16_200, 31 * 86_400].map(|seconds| in_words(Duration::from_secs(seconds)));
        assert_eq!(words, ["90 s", "20 min", "4.5 h", "31 days"]);
        assert_eq!(in_words(FOREVER), "years");
        let both = |longer, shorter| both_in_words(Duration::from_millis(longer), Duration::from_secs(shorter));
        assert_eq!(both(1_000_000, 900), ["16 min", "15 min"]);
        assert_eq!(both(900_001, 900), ["901 s", "900 s"]);
        assert_eq!(both(90_400, 90), ["91 s", "90 s"]);
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_a_wait_beyond_the_longest(
            header in "[-+ 0-9.eEA-Za-z:,]{0,40}|[0-9]{1,30}",
            tries in 0..u32::MAX,
            base in proptest::num::u64::ANY,
            max in 0..100_000u64,
            jitter in 0.0..=1.0,
        ) {
            let (base, max) = (Duration::from_millis(base), Duration::from_millis(max));
            for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC] {
                let asked = retry_after(&header, now);
                assert!(asked.is_none_or(|asked| asked <= FOREVER));
                assert!(wait(tries, base, asked, max, jitter) <= max);
            }
        }
    }
}
