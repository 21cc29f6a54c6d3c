//! How many requests a run may send, and how many of them may be retries.

use std::sync::atomic::{AtomicU32, Ordering};

/// The requests of a run, counted before they are sent.
#[derive(Debug, Default)]
pub(crate) struct CallBudget {
    max: Option<u32>,
    made: AtomicU32,
    retries: AtomicU32,
    /// Those of profiles, which take none away from pages.
    profile_retries: AtomicU32,
    billed: AtomicU32,
}

impl CallBudget {
    pub(crate) fn new(max: Option<u32>) -> Self {
        Self { max, ..Self::default() }
    }

    /// Counts a request; false if `--max-calls` forbids it.
    pub(crate) fn take(&self) -> bool {
        let more = |made: u32| self.max.is_none_or(|max| made < max).then_some(made + 1);
        self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts a retry of a page or of a profile; false if the run has used up its retries of that kind: 15 % of its calls,
    /// and at least 10.
    pub(crate) fn retry(&self, is_profile: bool) -> bool {
        let retries = if is_profile { &self.profile_retries } else { &self.retries };
        let allowed = (u64::from(self.made.load(Ordering::Relaxed)) * 15 / 100).max(10);
        let more = |retries: u32| (u64::from(retries) < allowed).then_some(retries + 1);
        retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// Counts a response that the vendor bills: every one with a 2xx status.
    pub(crate) fn bill(&self) {
        self.billed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn billed(&self) -> u32 {
        self.billed.load(Ordering::Relaxed)
    }

    pub(crate) fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_retries_have_their_limits() {
        let calls = CallBudget::new(Some(2));
        assert_eq!([calls.take(), calls.take(), calls.take()], [true, true, false]);
        assert_eq!(calls.made(), 2);
        assert_eq!((0..12).filter(|_| calls.retry(false)).count(), 10);
        assert_eq!((0..12).filter(|_| calls.retry(true)).count(), 10, "profiles have their own");
        let many = CallBudget::new(None);
        (0..200).for_each(|_| assert!(many.take()));
        assert_eq!((0..100).filter(|_| many.retry(false)).count(), 30);
    }
}
