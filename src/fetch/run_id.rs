//! What a run that fetches is called.

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::error::Result;
use crate::store::Store;

use super::import::compact_time;

/// By its user, or by the moment it began.
#[derive(Debug, Clone)]
pub enum RunId {
    Given(String),
    /// By this machine's clock.
    Began(DateTime<Utc>),
}

impl RunId {
    /// The id as the clock is known by now. What goes by the time alone is a new run, also where the clock stands still.
    pub fn text(&self, store: &Store, clock: &Clock) -> Result<String> {
        match self {
            Self::Given(id) => Ok(id.clone()),
            Self::Began(at) => store.free_run_id(&compact_time(clock.corrected(*at))),
        }
    }

    pub fn given(&self) -> Option<&str> {
        match self {
            Self::Given(id) => Some(id),
            Self::Began(_) => None,
        }
    }
}
