//! What the caller of a run passes in: an observer, and a way to cancel.

use std::fmt::Debug;
use std::sync::Arc;

use crate::fetch::shutdown::Shutdown;

/// Is notified of a run's progress.
pub trait Observer: Debug + Send + Sync {
    /// This many accounts are requested, and this many of them need no crawl.
    fn begin(&self, _accounts: u64, _done: u64) {}

    /// A page is stored.
    fn page(&self, _reels: u64) {}

    fn account_done(&self) {}

    /// A request waits for its turn.
    fn waiting(&self) {}

    /// A request that waited is sent.
    fn resumed(&self) {}

    /// All crawls have ended.
    fn finish(&self) {}
}

#[derive(Debug)]
struct Silent;

impl Observer for Silent {}

/// By default nobody observes, and nobody cancels.
#[derive(Debug, Clone)]
pub struct Controls {
    pub observer: Arc<dyn Observer>,
    pub stop: Arc<Shutdown>,
}

impl Default for Controls {
    fn default() -> Self {
        Self { observer: Arc::new(Silent), stop: Arc::default() }
    }
}
