//! The time of day, and ages in words.

use chrono::{DateTime, Utc};

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

#[cfg(test)]
mod tests {
    use super::*;

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
