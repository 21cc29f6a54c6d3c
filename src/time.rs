//! Instants and their text forms, the clock of a run, and ages in words.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Debug builds only: a fixed time in place of this machine's clock, for tests.
#[cfg(debug_assertions)]
const VARIABLE: &str = "REELFRAME_CLOCK";

/// The time of this machine's clock.
pub(crate) fn now() -> DateTime<Utc> {
    #[cfg(debug_assertions)]
    if let Ok(text) = std::env::var(VARIABLE) {
        return text.parse().unwrap_or_else(|_| panic!("{VARIABLE}={text} is not like 2026-11-23T06:00:00Z"));
    }
    Utc::now()
}

/// Clocks that differ by more than this cannot both be right.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// Two responses agree on an offset from this machine's clock if it differs by no more than this.
const AGREEMENT: TimeDelta = TimeDelta::minutes(5);

/// The years in which this version is likely to run: a clock that shows any other is wrong.
const LIKELY_YEARS: RangeInclusive<i32> = 2026..=2035;

/// The clock of a run: this machine's, or the API's where the two differ by more than a day.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Added to this machine's time.
    offset: TimeDelta,
    corrections: u32,
    /// The offset by the previous response, if it contradicts this machine's clock.
    doubt: Option<TimeDelta>,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.corrected(now())
    }

    /// Now, or just after `before` if the clock stood still or went back a little, so that times keep their order. A
    /// `before` more than a day ahead came from a wrong clock and is ignored.
    pub(crate) fn after(&self, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let now = self.now();
        let next = before.and_then(|before| before.checked_add_signed(TimeDelta::milliseconds(1)));
        next.filter(|next| *next > now && next.signed_duration_since(now) <= A_DAY).unwrap_or(now)
    }

    /// A time of this machine's clock, corrected.
    pub(crate) fn corrected(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.checked_add_signed(self.state().offset).unwrap_or(at)
    }

    /// How often the clock was corrected: what was written before the last correction has a wrong time.
    pub(crate) fn corrections(&self) -> u32 {
        self.state().corrections
    }

    /// Compares this machine's clock with the API's, and follows the API once two responses in a row agree (one may be
    /// wrong), or at once if this machine's year is implausible. The first correction returns this machine's time, for a
    /// warning.
    pub(crate) fn compare(&self, server: DateTime<Utc>) -> Option<DateTime<Utc>> {
        const YEARS: RangeInclusive<i32> = 2025..=2199;
        let machine = now();
        let time = self.corrected(machine);
        let mut state = self.state();
        if time.signed_duration_since(server).abs() <= A_DAY || !YEARS.contains(&server.year()) {
            state.doubt = None;
            return None;
        }
        let offset = server.signed_duration_since(machine);
        let is_second = state.doubt.replace(offset).is_some_and(|first| (first - offset).abs() <= AGREEMENT);
        if !is_second && LIKELY_YEARS.contains(&time.year()) {
            return None;
        }
        *state = State { offset, corrections: state.corrections + 1, doubt: None };
        (state.corrections == 1).then_some(machine)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An age in words: `12 minutes ago`, `30.5 hours ago`, `46 days ago`.
pub(crate) fn age(hours: f64) -> String {
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

/// The hours from `then` to `now`.
pub(crate) fn hours_between(then: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    (now - then).num_seconds() as f64 / 3600.0
}

/// An instant as page logs and manifests write it: RFC 3339, by default in UTC with milliseconds. One that was read is
/// written again as it came. Ordered by the instant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    at: DateTime<Utc>,
    text: CompactString,
}

impl Timestamp {
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// What is below a millisecond is dropped, so that what is written is what is known.
    fn from(at: DateTime<Utc>) -> Self {
        let at = DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at);
        Self { at, text: at.to_rfc3339_opts(SecondsFormat::Millis, true).into() }
    }
}

impl Default for Timestamp {
    fn default() -> Self {
        DateTime::UNIX_EPOCH.into()
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|error| format!("'{text}' is not a time: {error}"))?;
        Ok(Self { at: at.to_utc(), text: text.into() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CompactString::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An instant for messages: UTC with milliseconds.
pub(crate) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The form that run ids and the names of page logs begin with: `20261123T060000123Z`.
pub(crate) const COMPACT_FORM: &str = "%Y%m%dT%H%M%S%3fZ";

pub(crate) fn compact_time(at: DateTime<Utc>) -> String {
    at.format(COMPACT_FORM).to_string()
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
        // One response may be wrong, and so may two that contradict each other.
        for other in [right, machine, right, right + TimeDelta::days(30)] {
            assert_eq!((clock.compare(other), clock.corrections()), (None, 0), "{other}");
        }
        assert_eq!(clock.compare(right), None);
        assert!(is_near(clock.compare(right).unwrap(), machine));
        assert!(is_near(clock.now(), right) && clock.corrections() == 1);
        // There is one warning, and a clock that was set meanwhile is right again.
        assert_eq!([right, machine, machine].map(|time| clock.compare(time)), [None; 3]);
        assert!(is_near(clock.now(), machine) && clock.corrections() == 2);
        for nonsense in [DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
            assert_eq!((clock.compare(nonsense), clock.corrections()), (None, 2));
        }
    }

    #[test]
    fn time_moves_on_even_if_a_clock_stands_still_or_goes_back_a_little() {
        let clock = Clock::default();
        let soon = now() + TimeDelta::hours(2);
        assert_eq!(clock.after(Some(soon)), soon + TimeDelta::milliseconds(1));
        for wrong in [now() + TimeDelta::days(2), DateTime::<Utc>::MAX_UTC] {
            assert!(clock.after(Some(wrong)) < soon);
        }
    }

    #[test]
    fn a_timestamp_is_written_as_it_was_read_and_ordered_by_its_instant() {
        let json = r#""2026-11-23T07:00:00+01:00""#;
        let read: Timestamp = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let made = Timestamp::from("2026-11-23T06:00:00.0004Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!((made.as_str(), made.at()), ("2026-11-23T06:00:00.000Z", read.at()));
        assert!("2026-11-23T06:30:00+01:00".parse::<Timestamp>().unwrap() < read);
        assert!("soon".parse::<Timestamp>().unwrap_err().starts_with("'soon' is not a time"));
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
