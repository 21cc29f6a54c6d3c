//! What a run may spend: the pace of its requests, their number, and how many of them may be second tries.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::fetch::retry::{FOREVER, in_words};

/// Whoever waits longer than this between two calls should hear of it.
const LONG: Duration = Duration::from_secs(60);

/// What the API's headers say of the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimitHeaders {
    pub remaining: u32,
    pub reset_in: Duration,
}

impl RateLimitHeaders {
    /// `reset` is in seconds from now, or a Unix time in seconds or milliseconds. Headers that say half of it say nothing.
    pub fn read(remaining: Option<f64>, reset: Option<f64>, now: DateTime<Utc>) -> Option<Self> {
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

/// Hands out one turn after the other, evenly spaced, no burst; slower where the API says so, never faster than asked.
/// A rate-limiter crate allows bursts by default and brings much; two moments behind a lock are all that this needs.
#[derive(Debug)]
pub struct RateLimiter {
    turns: Mutex<Schedule>,
}

impl RateLimiter {
    /// A request may be on its way longer than the one before it: a second's margin in the minute keeps the API from
    /// seeing more than asked for in any 60 seconds.
    pub fn new(requests_per_minute: u32, max_wait: Duration) -> Self {
        let spacing = Duration::from_secs(61) / requests_per_minute.max(1);
        let (waited, waits_until) = (Duration::ZERO, None);
        let turns = Schedule {
            spacing,
            max_wait,
            next: None,
            slower: None,
            closed_until: None,
            waited,
            waits_until,
            was_said: false,
        };
        Self { turns: Mutex::new(turns) }
    }

    /// Waits for the next turn.
    ///
    /// # Errors
    /// How long the API wants to be left alone, where that is longer than may be waited.
    pub async fn turn(&self) -> Result<(), Duration> {
        let turn = self.turns.lock().await.take(Instant::now())?;
        sleep_until(turn).await;
        Ok(())
    }

    /// Takes the API's word: what remains is spread over the time until it is filled up again.
    pub async fn follow(&self, rate: RateLimitHeaders) {
        if let Some(wait) = self.turns.lock().await.follow(rate, Instant::now()) {
            let (wait, reset_in) = (in_words(wait), in_words(rate.reset_in));
            let calls = rate.remaining;
            tracing::warn!(
                "the API's rate limit leaves {calls} calls for the next {reset_in}: the next one waits {wait} (waits of \
                 over a minute are said once)"
            );
        }
    }

    /// The time on a clock on the wall during which some request waited for its turn.
    pub async fn waited(&self) -> Duration {
        self.turns.lock().await.waited_by(Instant::now())
    }
}

/// When requests may go out: arithmetic on moments that it is given.
#[derive(Debug)]
struct Schedule {
    spacing: Duration,
    /// The longest wait that the API may ask for, and until when it asks for a longer one.
    max_wait: Duration,
    closed_until: Option<Instant>,
    next: Option<Instant>,
    /// The spacing that the API asks for, and until when: every turn up to then keeps it, whichever walk takes it.
    slower: Option<(Duration, Instant)>,
    /// The time during which some turn was waited for, up to `waits_until`, which may be to come.
    waited: Duration,
    waits_until: Option<Instant>,
    /// A long wait is said once.
    was_said: bool,
}

impl Schedule {
    fn take(&mut self, now: Instant) -> Result<Instant, Duration> {
        if let Some(closed_until) = self.closed_until.filter(|until| *until > now) {
            return Err(closed_until - now);
        }
        // A turn that has passed unused is not saved up.
        let turn = self.next.map_or(now, |next| next.max(now));
        let soonest = turn + self.spacing;
        self.next = Some(self.slower.map_or(soonest, |(spacing, until)| soonest.max(until.min(turn + spacing))));
        // Two that wait at the same time wait once.
        let begin = self.waits_until.map_or(now, |until| until.max(now));
        self.waited += turn.saturating_duration_since(begin);
        self.waits_until = Some(begin.max(turn));
        Ok(turn)
    }

    /// What was waited by now: a run that is stopped does not wait for the turns that it has taken.
    fn waited_by(&self, now: Instant) -> Duration {
        let to_come = self.waits_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        self.waited.saturating_sub(to_come)
    }

    /// Returns the first wait that is long.
    fn follow(&mut self, rate: RateLimitHeaders, now: Instant) -> Option<Duration> {
        (self.slower, self.closed_until) = (None, None);
        if rate.reset_in > self.max_wait {
            // Nobody waits for so long: what remains is used at the pace that was asked for, and then it is over.
            self.closed_until = (rate.remaining <= 1).then(|| now + rate.reset_in);
            return None;
        }
        let spacing = rate.reset_in / rate.remaining.max(1);
        if spacing <= self.spacing {
            return None;
        }
        self.slower = Some((spacing, now + rate.reset_in));
        let turn = now + spacing;
        self.next = Some(self.next.map_or(turn, |next| next.max(turn)));
        let is_news = spacing > LONG && !self.was_said;
        self.was_said |= is_news;
        is_news.then_some(spacing)
    }
}

/// The requests of a run, counted before they are sent.
#[derive(Debug, Default)]
pub struct CallBudget {
    max: Option<u32>,
    made: AtomicU32,
    retries: AtomicU32,
}

impl CallBudget {
    pub fn new(max: Option<u32>) -> Self {
        Self { max, ..Self::default() }
    }

    /// Counts a request; false where `--max-calls` forbids it.
    pub fn take(&self) -> bool {
        let more = |made: u32| self.max.is_none_or(|max| made < max).then_some(made + 1);
        self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts a second try; false where the run has had as many as it may: the larger of 10 and 15 % of its calls.
    pub fn retry(&self) -> bool {
        let allowed = (u64::from(self.made.load(Ordering::Relaxed)) * 15 / 100).max(10);
        let more = |retries: u32| (u64::from(retries) < allowed).then_some(retries + 1);
        self.retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    pub fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(requests_per_minute: u32) -> Schedule {
        RateLimiter::new(requests_per_minute, Duration::from_secs(900)).turns.into_inner()
    }

    #[test]
    fn turns_are_evenly_spaced_and_never_saved_up_for_a_burst() {
        let mut turns = turns(61);
        assert_eq!(turns.spacing, Duration::from_secs(1));
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        // Asked for at second 0, 0, 0, then after a long silence at 100 and 100.
        assert_eq!([0, 0, 0, 100, 100].map(|second| turns.take(at(second)).unwrap()), [0, 1, 2, 100, 101].map(at));
    }

    #[test]
    fn requests_that_wait_at_the_same_time_wait_once() {
        let mut turns = turns(61);
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        // Five ask at once and go at 0, 1, 2, 3, 4: the last has waited 4 s, all of them together 10.
        assert_eq!([0; 5].map(|second| turns.take(at(second)).unwrap()), [0, 1, 2, 3, 4].map(at));
        assert_eq!(turns.waited_by(at(4)), Duration::from_secs(4));
        // Stopped at second 1, nobody has waited longer than that.
        assert_eq!(turns.waited_by(at(1)), Duration::from_secs(1));
        // At 10 nobody waits; of two that come at 20 the second waits for one second.
        assert_eq!([20, 20].map(|second| turns.take(at(second)).unwrap()), [20, 21].map(at));
        assert_eq!(turns.waited_by(at(30)), Duration::from_secs(5));
    }

    #[test]
    fn what_remains_is_spread_until_it_is_filled_up_again() {
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        let rate = |remaining: u32, second: u64| RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) };
        let taken = |turns: &mut Schedule| [0; 5].map(|_| turns.take(begin).unwrap().duration_since(begin).as_secs());

        // Turns are taken ahead of time by walks that run side by side: each of them keeps the distance.
        let mut slowed = turns(61);
        slowed.follow(rate(3, 30), begin);
        assert_eq!(taken(&mut slowed), [10, 20, 30, 31, 32]);

        let mut used_up = turns(61);
        used_up.follow(rate(0, 30), begin);
        assert_eq!(taken(&mut used_up), [30, 31, 32, 33, 34]);

        let mut plenty = turns(61);
        plenty.follow(rate(1000, 30), begin);
        assert_eq!(taken(&mut plenty), [0, 1, 2, 3, 4]);

        // The newest word holds.
        let mut filled_up = turns(61);
        filled_up.follow(rate(3, 30), begin);
        filled_up.follow(rate(1000, 30), at(5));
        assert_eq!(taken(&mut filled_up), [10, 11, 12, 13, 14]);
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
    fn a_reset_too_far_away_is_not_waited_for_until_the_api_says_otherwise() {
        let begin = Instant::now();
        let rate = |remaining: u32, second: u64| RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) };
        let mut turns = turns(61);
        turns.follow(rate(0, 900), begin);
        assert_eq!(turns.take(begin), Ok(begin + Duration::from_secs(900)), "the longest wait there is");
        turns.follow(rate(1, 901), begin);
        assert_eq!(turns.take(begin), Err(Duration::from_secs(901)));
        turns.follow(rate(50, 901), begin);
        assert!(turns.take(begin).is_ok());
    }

    #[test]
    fn what_remains_until_a_reset_too_far_away_is_used_at_the_pace_asked_for() {
        let begin = Instant::now();
        let mut turns = turns(61);
        for second in 0..3 {
            turns.follow(RateLimitHeaders { remaining: 2, reset_in: Duration::from_secs(86_400) }, begin);
            assert_eq!(turns.take(begin), Ok(begin + Duration::from_secs(second)));
        }
    }

    #[test]
    fn a_wait_of_over_a_minute_is_said_once() {
        let begin = Instant::now();
        let mut turns = turns(61);
        let mut said = |remaining, second| {
            turns
                .follow(RateLimitHeaders { remaining, reset_in: Duration::from_secs(second) }, begin)
                .map(|wait| wait.as_secs())
        };
        assert_eq!([said(1, 60), said(3, 600), said(2, 600), said(2, 86_400)], [None, Some(200), None, None]);
    }

    proptest::proptest! {
        #[test]
        fn no_rate_header_whatever_puts_a_turn_beyond_the_longest_wait(
            headers in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY), 1..4),
            max_wait in 0..5000_u64,
        ) {
            let (begin, max_wait) = (Instant::now(), Duration::from_secs(max_wait));
            let mut turns = RateLimiter::new(60_000, max_wait).turns.into_inner();
            for (remaining, reset) in headers {
                if let Some(rate) = RateLimitHeaders::read(Some(remaining), Some(reset), DateTime::UNIX_EPOCH) {
                    turns.follow(rate, begin);
                }
            }
            if let Ok(turn) = turns.take(begin) {
                assert!(turn - begin <= max_wait.max(turns.spacing));
            }
        }
    }

    #[test]
    fn calls_and_retries_have_their_limits() {
        let calls = CallBudget::new(Some(2));
        assert_eq!([calls.take(), calls.take(), calls.take()], [true, true, false]);
        assert_eq!(calls.made(), 2);
        assert_eq!((0..12).filter(|_| calls.retry()).count(), 10);
        let many = CallBudget::new(None);
        (0..200).for_each(|_| assert!(many.take()));
        assert_eq!((0..100).filter(|_| many.retry()).count(), 30);
    }
}
