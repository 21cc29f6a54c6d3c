//! What a run may spend: the pace of its requests, their number, and how many of them may be second tries.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// What the API's headers say of the pace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub remaining: u32,
    pub reset_in: Duration,
}

impl Rate {
    /// `reset` is in seconds from now, or a Unix time. Headers that say half of it say nothing.
    pub fn read(remaining: Option<f64>, reset: Option<f64>, now: DateTime<Utc>) -> Option<Self> {
        const A_UNIX_TIME: f64 = 1e9;
        const LONGEST_S: f64 = 3600.0;
        let (remaining, reset) = (remaining.filter(|n| *n >= 0.0)?, reset.filter(|s| *s >= 0.0)?);
        let seconds = if reset >= A_UNIX_TIME { reset - now.timestamp() as f64 } else { reset };
        Some(Self { remaining: remaining as u32, reset_in: Duration::from_secs_f64(seconds.clamp(0.0, LONGEST_S)) })
    }
}

/// Hands out one turn after the other, evenly spaced, no burst; slower where the API says so, never faster than asked.
/// A rate-limiter crate allows bursts by default and brings much; one moment behind a lock is all that this needs.
#[derive(Debug)]
pub struct Pace {
    spacing: Duration,
    next_turn: Mutex<Option<Instant>>,
    waited_ms: AtomicU64,
}

impl Pace {
    /// A request may be on its way longer than the one before it: a second's margin in the minute keeps the API from
    /// seeing more than asked for in any 60 seconds.
    pub fn new(requests_per_minute: u32) -> Self {
        let spacing = Duration::from_secs(61) / requests_per_minute.max(1);
        Self { spacing, next_turn: Mutex::new(None), waited_ms: AtomicU64::new(0) }
    }

    /// Waits for the next turn.
    pub async fn turn(&self) {
        let now = Instant::now();
        let turn = {
            let mut next_turn = self.next_turn.lock().await;
            let turn = later(*next_turn, now);
            *next_turn = Some(turn + self.spacing);
            turn
        };
        let wait = turn.saturating_duration_since(now).as_millis();
        self.waited_ms.fetch_add(u64::try_from(wait).unwrap_or(u64::MAX), Ordering::Relaxed);
        sleep_until(turn).await;
    }

    /// Takes the API's word: what remains is spread over the time until it is filled up again.
    pub async fn heed(&self, rate: Rate) {
        let spacing = spread(rate);
        if spacing > self.spacing {
            let at = Instant::now() + spacing;
            let mut next_turn = self.next_turn.lock().await;
            *next_turn = Some(later(*next_turn, at));
        }
    }

    /// The time that requests waited for their turn, all together.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::Relaxed))
    }
}

fn spread(rate: Rate) -> Duration {
    rate.reset_in / rate.remaining.max(1)
}

/// A turn that has passed unused is not saved up.
fn later(turn: Option<Instant>, now: Instant) -> Instant {
    turn.map_or(now, |turn| turn.max(now))
}

/// The requests of a run, counted before they are sent.
#[derive(Debug, Default)]
pub struct Calls {
    max: Option<u32>,
    made: AtomicU32,
    retries: AtomicU32,
}

impl Calls {
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
        let allowed = (self.made.load(Ordering::Relaxed) * 15 / 100).max(10);
        let more = |retries: u32| (retries < allowed).then_some(retries + 1);
        self.retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    pub fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_evenly_spaced_and_never_saved_up_for_a_burst() {
        let pace = Pace::new(61);
        assert_eq!(pace.spacing, Duration::from_secs(1));
        let begin = Instant::now();
        let at = |second: u64| begin + Duration::from_secs(second);
        // Asked for at second 0, 0, 0, then after a long silence at 100 and 100.
        let mut next = None;
        let turns: Vec<Instant> = [0, 0, 0, 100, 100]
            .into_iter()
            .map(|second| {
                let turn = later(next, at(second));
                next = Some(turn + pace.spacing);
                turn
            })
            .collect();
        assert_eq!(turns, [0, 1, 2, 100, 101].map(at));
    }

    #[test]
    fn headers_slow_the_pace() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let rate = |remaining: f64, reset: f64| Rate::read(Some(remaining), Some(reset), now).unwrap();
        assert_eq!(spread(rate(10.0, 30.0)), Duration::from_secs(3));
        assert_eq!(spread(rate(0.0, 30.0)), Duration::from_secs(30));
        assert_eq!(spread(rate(1.0, 1_800_000_020.0)), Duration::from_secs(20));
        assert_eq!(rate(1.0, 1_700_000_000.0).reset_in, Duration::ZERO);
        assert_eq!(Rate::read(Some(5.0), None, now), None);
        assert_eq!(Rate::read(Some(-1.0), Some(5.0), now), None);
    }

    #[test]
    fn calls_and_retries_have_their_limits() {
        let calls = Calls::new(Some(2));
        assert_eq!([calls.take(), calls.take(), calls.take()], [true, true, false]);
        assert_eq!(calls.made(), 2);
        assert_eq!((0..12).filter(|_| calls.retry()).count(), 10);
        let many = Calls::new(None);
        (0..200).for_each(|_| assert!(many.take()));
        assert_eq!((0..100).filter(|_| many.retry()).count(), 30);
    }
}
