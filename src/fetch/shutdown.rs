//! Why a run stops early, and how everything that waits is notified.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::ErrorKind;

/// Why a run stops early. The first reason counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    KeyRefused,
    OutOfCredits,
    MaxCalls,
    MaxCost,
    /// Account after account failed with temporary errors.
    Breaker,
    Interrupted,
    Terminated,
    Disk,
}

impl Reason {
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::KeyRefused => ErrorKind::Auth,
            Self::OutOfCredits | Self::MaxCalls | Self::MaxCost => ErrorKind::QuotaExhausted,
            Self::Breaker => ErrorKind::Transient,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Terminated => ErrorKind::Terminated,
            Self::Disk => ErrorKind::Disk,
        }
    }

    /// The reason of an account whose crawl was stopped.
    pub fn words(self) -> &'static str {
        match self {
            Self::KeyRefused => "the API refused the key",
            Self::OutOfCredits => "out of credits",
            Self::MaxCalls => "the run made as many calls as --max-calls allows",
            Self::MaxCost => "the run made as many calls as --max-cost allows",
            Self::Breaker => "circuit breaker opened: 5 accounts in a row failed with temporary errors",
            Self::Interrupted => "the run was interrupted (SIGINT)",
            Self::Terminated => "the run was terminated (SIGTERM)",
            Self::Disk => "the disk failed",
        }
    }
}

/// Shared by all crawls of a run.
#[derive(Debug, Default)]
pub struct Shutdown {
    reason: watch::Sender<Option<Reason>>,
}

impl Shutdown {
    pub fn new() -> Self {
        Self { reason: watch::Sender::new(None) }
    }

    pub fn now(&self, reason: Reason) {
        self.reason.send_if_modified(|known| {
            let first = known.is_none();
            *known = known.or(Some(reason));
            first
        });
    }

    pub fn reason(&self) -> Option<Reason> {
        *self.reason.borrow()
    }

    /// Waits until the run stops.
    pub async fn stopped(&self) -> Reason {
        let mut reason = self.reason.subscribe();
        loop {
            if let Some(reason) = *reason.borrow_and_update() {
                return reason;
            }
            // The sender lives as long as `self`.
            let _ = reason.changed().await;
        }
    }

    /// Sleeps, but only until the run stops.
    pub async fn sleep(&self, duration: Duration) {
        self.unless_stopped(tokio::time::sleep(duration)).await;
    }

    /// Waits for `future`, but only until the run stops: then `None`.
    pub async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            value = future => Some(value),
            _ = self.stopped() => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts_and_wakes_everything_that_waits() {
        let stop = Shutdown::new();
        assert_eq!(stop.reason(), None);
        stop.now(Reason::OutOfCredits);
        stop.now(Reason::Interrupted);
        assert_eq!(stop.reason(), Some(Reason::OutOfCredits));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            assert_eq!(stop.stopped().await, Reason::OutOfCredits);
            stop.sleep(Duration::from_secs(3600)).await;
        });
    }
}
