//! The time of day, and ages in words.

use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};

/// Debug builds only: the moment that this machine's clock stands still at, for tests.
#[cfg(debug_assertions)]
const VARIABLE: &str = "REELFRAME_CLOCK";

/// The time by this machine's clock.
pub fn now() -> DateTime<Utc> {
    #[cfg(debug_assertions)]
    if let Ok(text) = std::env::var(VARIABLE) {
        return text.parse().unwrap_or_else(|_| panic!("{VARIABLE}={text} is not like 2026-11-23T06:00:00Z"));
    }
    Utc::now()
}

/// Two clocks further apart than this are not both right.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// Two answers whose times differ from this machine's by as much, give or take this, agree.
const AGREEMENT: TimeDelta = TimeDelta::minutes(5);

/// The years in which this version is likely to run: a clock that shows another one is wrong.
const LIKELY_YEARS: RangeInclusive<i32> = 2026..=2035;

/// The time of a run: this machine's, or that of the API where the two are more than a day apart.
#[derive(Debug, Default)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ahead: TimeDelta,
    corrections: u32,
    /// By how much this machine's clock is behind by the answer before, where that contradicts it.
    doubt: Option<TimeDelta>,
}

impl Clock {
    pub fn now(&self) -> DateTime<Utc> {
        self.corrected(now())
    }

    /// Now, but behind what was before: a clock that stands still or goes back a little gives no order. One that is
    /// more than a day ahead was wrong, and is no reason to be wrong too.
    pub fn after(&self, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let now = self.now();
        let next = before.and_then(|before| before.checked_add_signed(TimeDelta::milliseconds(1)));
        next.filter(|next| *next > now && next.signed_duration_since(now) <= A_DAY).unwrap_or(now)
    }

    /// A moment of this machine's clock as it really was.
    pub fn corrected(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_add_signed(self.state().ahead).unwrap_or(at)
    }

    /// How often the clock was put right: what was written with another number has another time.
    pub fn corrections(&self) -> u32 {
        self.state().corrections
    }

    /// Takes the API's word for the time: that of two answers in a row that agree, since one may be wrong, or of the first
    /// where this machine's clock is wrong by itself. The first time that it puts the clock right, what this machine's
    /// clock says is returned, for a warning.
    pub fn compare(&self, server: DateTime<Utc>) -> Option<DateTime<Utc>> {
        const YEARS: RangeInclusive<i32> = 2025..=2199;
        let machine = now();
        let time = self.corrected(machine);
        let mut state = self.state();
        if time.signed_duration_since(server).abs() <= A_DAY || !YEARS.contains(&server.year()) {
            state.doubt = None;
            return None;
        }
        let ahead = server.signed_duration_since(machine);
        let is_second = state.doubt.replace(ahead).is_some_and(|first| (first - ahead).abs() <= AGREEMENT);
        if !is_second && LIKELY_YEARS.contains(&time.year()) {
            return None;
        }
        *state = State { ahead, corrections: state.corrections + 1, doubt: None };
        (state.corrections == 1).then_some(machine)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An age for people: `12 minutes ago`, `30.5 hours ago`, `46 days ago`.
pub fn age(hours: f64) -> String {
    const DAYS_FROM_HOURS: f64 = 72.0;
    match hours {
        ..0.0 => format!("{:.1} hours ahead of this clock", -hours),
        ..1.0 => match (hours * 60.0).floor() {
            0.0 => "under a minute ago".to_owned(),
            1.0 => "1 minute ago".to_owned(),
            minutes => format!("{minutes:.0} minutes ago"),
        },
        ..DAYS_FROM_HOURS => format!("{hours:.1} hours ago"),
        _ => format!("{:.0} days ago", (hours / 24.0).floor()),
    }
}

/// From then to now.
pub fn hours_between(then: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    (now - then).num_seconds() as f64 / 3600.0
}

/// A moment as page logs and manifests write it: UTC with milliseconds.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A moment as run ids and the names of page logs have it.
pub fn compact_time(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%S%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_follows_the_api_where_they_are_more_than_a_day_apart() {
        let (clock, machine) = (Clock::default(), now());
        let is_near = |a: DateTime<Utc>, b: DateTime<Utc>| (a - b).abs() < TimeDelta::hours(1);
        assert_eq!(clock.compare(machine + TimeDelta::hours(23)), None);
        assert!(is_near(clock.now(), machine) && clock.corrections() == 0);
        let right = "2031-05-01T06:00:00Z".parse().unwrap();
        // One answer may be wrong, and so may two that contradict each other.
        for other in [right, machine, right, right + TimeDelta::days(30)] {
            assert_eq!((clock.compare(other), clock.corrections()), (None, 0), "{other}");
        }
        assert_eq!(clock.compare(right), None);
        assert!(is_near(clock.compare(right).unwrap(), machine));
        assert!(is_near(clock.now(), right) && clock.corrections() == 1);
        // It is said once, and a clock that is put right meanwhile is right again.
        assert_eq!([right, machine, machine].map(|time| clock.compare(time)), [None; 3]);
        assert!(is_near(clock.now(), machine) && clock.corrections() == 2);
        for nonsense in [DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            assert_eq!((clock.compare(nonsense), clock.corrections()), (None, 2));
        }
    }

    #[test]
    fn time_goes_on_where_a_clock_stands_still_or_goes_back_a_little() {
        let clock = Clock::default();
        let soon = now() + TimeDelta::hours(2);
        assert_eq!(clock.after(Some(soon)), soon + TimeDelta::milliseconds(1));
        for wrong in [now() + TimeDelta::days(2), DateTime::<Utc>::MAX_UTC] {
            assert!(clock.after(Some(wrong)) < soon);
        }
    }

    #[test]
    fn an_age_is_in_minutes_then_in_hours_and_then_in_days() {
        let ages = [0.0, 0.02, 0.99, 1.0, 30.46, 71.9, 72.0, 119.9, -1.5].map(age);
        assert_eq!(
            ages,
            [
                "under a minute ago",
                "1 minute ago",
                "59 minutes ago",
                "1.0 hours ago",
                "30.5 hours ago",
                "71.9 hours ago",
                "3 days ago",
                "4 days ago",
                "1.5 hours ahead of this clock"
            ]
        );
    }
}
