//! Why a run stops before its end, and how everything that waits hears of it.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::ErrorKind;

/// What ends a run early. The first reason rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    KeyRefused,
    OutOfMoney,
    MaxCalls,
    /// Account after account failed in passing.
    Breaker,
    Interrupted,
    Terminated,
    Disk,
}

impl Reason {
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::KeyRefused => ErrorKind::Auth,
            Self::OutOfMoney | Self::MaxCalls => ErrorKind::QuotaExhausted,
            Self::Breaker => ErrorKind::Transient,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Terminated => ErrorKind::Terminated,
            Self::Disk => ErrorKind::Disk,
        }
    }

    /// What is said of an account that the stop kept from going on.
    pub fn words(self) -> &'static str {
        match self {
            Self::KeyRefused => "the API refused the key",
            Self::OutOfMoney => "out of credits",
            Self::MaxCalls => "the run made as many calls as --max-calls allows",
            Self::Breaker => "the run was given up: 5 accounts in a row failed in passing",
            Self::Interrupted => "the run was interrupted (SIGINT)",
            Self::Terminated => "the run was terminated (SIGTERM)",
            Self::Disk => "the disk failed",
        }
    }
}

/// Shared by all walks of a run.
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
            // The sender is ours: it is there as long as we are.
            let _ = reason.changed().await;
        }
    }

    /// Sleeps, but not longer than the run goes on.
    pub async fn sleep(&self, duration: Duration) {
        self.unless_stopped(tokio::time::sleep(duration)).await;
    }

    /// Waits for `future`, but not longer than the run goes on: then there is nothing.
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
    fn the_first_reason_rules_and_wakes_who_waits() {
        let stop = Shutdown::new();
        assert_eq!(stop.reason(), None);
        stop.now(Reason::OutOfMoney);
        stop.now(Reason::Interrupted);
        assert_eq!(stop.reason(), Some(Reason::OutOfMoney));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            assert_eq!(stop.stopped().await, Reason::OutOfMoney);
            stop.sleep(Duration::from_secs(3600)).await;
        });
    }
}
