//! The pace of requests: a ceiling per minute, evenly spaced, no burst.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Hands out one turn after the other. A rate-limiter crate allows bursts by default and brings much; one moment
/// behind a lock is all that even spacing needs.
#[derive(Debug)]
pub struct Pace {
    spacing: Duration,
    next_turn: Mutex<Option<Instant>>,
}

impl Pace {
    pub fn new(requests_per_minute: u32) -> Self {
        let spacing = Duration::from_secs(60) / requests_per_minute.max(1);
        Self { spacing, next_turn: Mutex::new(None) }
    }

    /// Waits for the next turn.
    pub async fn turn(&self) {
        let turn = {
            let mut next_turn = self.next_turn.lock().await;
            let turn = later(*next_turn, Instant::now());
            *next_turn = Some(turn + self.spacing);
            turn
        };
        sleep_until(turn).await;
    }
}

/// A turn that has passed unused is not saved up.
fn later(turn: Option<Instant>, now: Instant) -> Instant {
    turn.map_or(now, |turn| turn.max(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_evenly_spaced_and_never_saved_up_for_a_burst() {
        let pace = Pace::new(60);
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
}
