//! The pace of a run's requests.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::fetch::retry::{FOREVER, in_words};

/// A wait between two calls that is longer than this gets a warning.
const LONG: Duration = Duration::from_secs(60);

/// The API's rate limit, from the headers of a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateLimitHeaders {
    pub remaining: u32,
    pub reset_in: Duration,
}

impl RateLimitHeaders {
    /// `reset` is in seconds from now, or a Unix time in seconds or milliseconds. `None` if either header is missing.
    pub(crate) fn read(remaining: Option<f64>, reset: Option<f64>, now: DateTime<Utc>) -> Option<Self> {
        const A_UNIX_TIME: f64 = 1e9;
        const IN_MILLISECONDS: f64 = 1e12;
        let (remaining, reset) = (remaining.filter(|n| *n >= 0.0)?, reset.filter(|s| *s >= 0.0)?);
        let reset = if reset >= IN_MILLISECONDS { reset / 1000.0 } else { reset };
        let seconds = if reset >= A_UNIX_TIME { reset - now.timestamp() as f64 } else { reset };
        Some(Self {
            remaining: remaining as u32,
            reset_in: Duration::from_secs_f64(seconds.clamp(0.0, FOREVER.as_secs_f64())),
        })
    }
}

/// Hands out slots evenly spaced and without bursts; slower if the API asks for it, never faster than configured.
/// Rate-limiter crates allow bursts by default; two times behind a lock are all that this needs.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    schedule: Mutex<Schedule>,
}

impl RateLimiter {
    /// A request may take longer to arrive than the one before it: a margin of one second a minute keeps the API from
    /// seeing more than the configured number in any 60 seconds.
    pub(crate) fn new(requests_per_minute: u32, max_wait: Duration) -> Self {
        let spacing = Duration::from_secs(61) / requests_per_minute.max(1);
        let (waited, waits_until) = (Duration::ZERO, None);
        let schedule = Schedule {
            spacing,
            max_wait,
            next: None,
            slower: None,
            closed_until: None,
            waited,
            waits_until,
            has_warned: false,
        };
        Self { schedule: Mutex::new(schedule) }
    }

    /// Waits for the next slot.
    ///
    /// # Errors
    /// The time until the API accepts requests again, if that is longer than the longest wait.
    pub(crate) async fn acquire(&self) -> Result<(), Duration> {
        let slot = self.schedule.lock().await.take(Instant::now())?;
        sleep_until(slot).await;
        Ok(())
    }

    /// Applies the rate-limit headers: spreads the remaining requests over the time until reset.
    pub(crate) async fn apply_headers(&self, rate: RateLimitHeaders) {
        if let Some(wait) = self.schedule.lock().await.apply_headers(rate, Instant::now()) {
            let (wait, reset_in) = (in_words(wait), in_words(rate.reset_in));
            let calls = if rate.remaining == 1 { "1 call".to_owned() } else { format!("{} calls", rate.remaining) };
            tracing::warn!(
                "the API's rate limit leaves {calls} for the next {reset_in}: the next one waits {wait} (there is one \
                 warning for waits of over a minute)"
            );
        }
    }

    /// The wall-clock time during which some request waited for its slot.
    pub(crate) async fn waited(&self) -> Duration {
        self.schedule.lock().await.waited_by(Instant::now())
    }
}

/// When requests may be sent: arithmetic on times that it is given.
#[derive(Debug)]
struct Schedule {
    spacing: Duration,
    /// The longest wait that the API may ask for, and until when it asks for a longer one.
    max_wait: Duration,
    closed_until: Option<Instant>,
    next: Option<Instant>,
    /// The spacing that the API asks for, and until when: every slot up to then keeps it, whichever crawl takes it.
    slower: Option<(Duration, Instant)>,
    /// The time during which some slot was waited for, up to `waits_until`, which may be in the future.
    waited: Duration,
    waits_until: Option<Instant>,
    has_warned: bool,
}

impl Schedule {
    fn take(&mut self, now: Instant) -> Result<Instant, Duration> {
        if let Some(closed_until) = self.closed_until.filter(|until| *until > now) {
            return Err(closed_until - now);
        }
        // Unused slots are not saved up.
        let slot = self.next.map_or(now, |next| next.max(now));
        let soonest = slot + self.spacing;
        self.next = Some(self.slower.map_or(soonest, |(spacing, until)| soonest.max(until.min(slot + spacing))));
        // Two that wait at the same time wait once.
        let begin = self.waits_until.map_or(now, |until| until.max(now));
        self.waited += slot.saturating_duration_since(begin);
        self.waits_until = Some(begin.max(slot));
        Ok(slot)
    }

    /// The time waited until now: a run that is stopped does not wait for the slots that it has taken.
    fn waited_by(&self, now: Instant) -> Duration {
        let to_come = self.waits_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        self.waited.saturating_sub(to_come)
    }

    /// Returns the first wait that is long.
    fn apply_headers(&mut self, rate: RateLimitHeaders, now: Instant) -> Option<Duration> {
        (self.slower, self.closed_until) = (None, None);
        if rate.reset_in > self.max_wait {
            // That is longer than the run waits: the remaining requests keep the configured pace, and then it is over.
            self.closed_until = (rate.remaining <= 1).then(|| now + rate.reset_in);
            return None;
        }
        let spacing = rate.reset_in / rate.remaining.max(1);
        if spacing <= self.spacing {
            return None;
        }
        self.slower = Some((spacing, now + rate.reset_in));
        let slot = now + spacing;
        self.next = Some(self.next.map_or(slot, |next| next.max(slot)));
        let is_news = spacing > LONG && !self.has_warned;
        self.has_warned |= is_news;
        is_news.then_some(spacing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(requests_per_minute: u32) -> Schedule {
        RateLimiter::new(requests_per_minute, Duration::from_secs(900)).schedule.into_inner()
    }

    #[test]
    fn slots_are_evenly_spaced_and_never_saved_up_for_a_burst() {
        let mut schedule = schedule(61);
        assert_eq!(schedule.spacing, Duration::from_secs(1));
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        // Requested at second 0, 0, 0, then after a long pause at 100 and 100.
        assert_eq!([0, 0, 0, 100, 100].map(|second| schedule.take(at(second)).unwrap()), [0, 1, 2, 100, 101].map(at));
    }

    #[test]
    fn requests_that_wait_at_the_same_time_wait_once() {
        let mut schedule = schedule(61);
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        // Five ask at once and go at 0, 1, 2, 3, 4: the last has waited 4 s, all of them together 10.
        assert_eq!([0; 5].map(|second| schedule.take(at(second)).unwrap()), [0, 1, 2, 3, 4].map(at));
        assert_eq!(schedule.waited_by(at(4)), Duration::from_secs(4));
        // If the run stops at second 1, nobody has waited longer than that.
        assert_eq!(schedule.waited_by(at(1)), Duration::from_secs(1));
        // At 10 nobody waits; of two that start at 20 the second waits one second.
        assert_eq!([20, 20].map(|second| schedule.take(at(second)).unwrap()), [20, 21].map(at));
        assert_eq!(schedule.waited_by(at(30)), Duration::from_secs(5));
    }

    #[test]
    fn the_remaining_requests_are_spread_until_the_reset() {
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        let rate = |remaining: u32, second: u64| RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) };
        let taken =
            |schedule: &mut Schedule| [0; 5].map(|_| schedule.take(begin).unwrap().duration_since(begin).as_secs());

        // Concurrent crawls take slots ahead of time: each keeps its distance.
        let mut slowed = schedule(61);
        slowed.apply_headers(rate(3, 30), begin);
        assert_eq!(taken(&mut slowed), [10, 20, 30, 31, 32]);

        let mut used_up = schedule(61);
        used_up.apply_headers(rate(0, 30), begin);
        assert_eq!(taken(&mut used_up), [30, 31, 32, 33, 34]);

        let mut plenty = schedule(61);
        plenty.apply_headers(rate(1000, 30), begin);
        assert_eq!(taken(&mut plenty), [0, 1, 2, 3, 4]);

        // The newest headers count.
        let mut reset = schedule(61);
        reset.apply_headers(rate(3, 30), begin);
        reset.apply_headers(rate(1000, 30), at(5));
        assert_eq!(taken(&mut reset), [10, 11, 12, 13, 14]);
    }

    #[test]
    fn a_reset_is_in_seconds_from_now_or_a_unix_time() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let reset_in = |reset: f64| RateLimitHeaders::read(Some(1.0), Some(reset), now).unwrap().reset_in.as_secs();
        assert_eq!([30.0, 1_800_000_020.0, 1_700_000_000.0, 90_000.0].map(reset_in), [30, 20, 0, 90_000]);
        assert_eq!([1_800_000_020_500.0, 1_700_000_000_000.0].map(reset_in), [20, 0], "in milliseconds");
        assert_eq!([1e300, f64::MAX, f64::INFINITY].map(reset_in), [FOREVER.as_secs(); 3]);
        assert_eq!(RateLimitHeaders::read(Some(1.0), Some(f64::NAN), now), None);
        assert_eq!(RateLimitHeaders::read(Some(5.0), None, now), None);
        assert_eq!(RateLimitHeaders::read(Some(-1.0), Some(5.0), now), None);
    }

    #[test]
    fn a_reset_too_far_away_is_not_waited_for() {
        let begin = Instant::now();
        let rate = |remaining: u32, second: u64| RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) };
        let mut schedule = schedule(61);
        schedule.apply_headers(rate(0, 900), begin);
        assert_eq!(schedule.take(begin), Ok(begin + Duration::from_secs(900)), "the longest wait");
        schedule.apply_headers(rate(1, 901), begin);
        assert_eq!(schedule.take(begin), Err(Duration::from_secs(901)));
        schedule.apply_headers(rate(50, 901), begin);
        assert!(schedule.take(begin).is_ok());
    }

    #[test]
    fn requests_that_remain_until_a_reset_too_far_away_keep_the_configured_pace() {
        let begin = Instant::now();
        let mut schedule = schedule(61);
        for second in 0..3 {
            schedule.apply_headers(RateLimitHeaders { remaining: 2, reset_in: Duration::from_secs(86_400) }, begin);
            assert_eq!(schedule.take(begin), Ok(begin + Duration::from_secs(second)));
        }
    }

    #[test]
    fn there_is_one_warning_for_waits_of_over_a_minute() {
        let begin = Instant::now();
        let mut schedule = schedule(61);
        let mut warning = |remaining, second| {
            schedule
                .apply_headers(RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) }, begin)
                .map(|wait| wait.as_secs())
        };
        assert_eq!(
            [warning(1, 60), warning(3, 600), warning(2, 600), warning(2, 86_400)],
            [None, Some(200), None, None]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_rate_limit_header_puts_a_slot_beyond_the_longest_wait(
            headers in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY), 1..4),
            max_wait in 0..5000_u64,
        ) {
            let (begin, max_wait) = (Instant::now(), Duration::from_secs(max_wait));
            let mut schedule = RateLimiter::new(60_000, max_wait).schedule.into_inner();
            for (remaining, reset) in headers {
                if let Some(rate) = RateLimitHeaders::read(Some(remaining), Some(reset), DateTime::UNIX_EPOCH) {
                    schedule.apply_headers(rate, begin);
                }
            }
            if let Ok(slot) = schedule.take(begin) {
                assert!(slot - begin <= max_wait.max(schedule.spacing));
            }
        }
    }
}
