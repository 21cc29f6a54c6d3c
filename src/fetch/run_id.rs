//! What a run that fetches is called.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::layout::Store;
use crate::time::Clock;
use crate::time::compact_time;

/// By its user, or by the moment it began.
#[derive(Debug, Clone)]
pub enum RunId {
    Given(String),
    Began(Arc<Began>),
}

#[derive(Debug)]
pub struct Began {
    /// By this machine's clock.
    at: DateTime<Utc>,
    settled: OnceLock<String>,
}

impl RunId {
    pub fn began(at: DateTime<Utc>) -> Self {
        Self::Began(Arc::new(Began { at, settled: OnceLock::new() }))
    }

    /// The id; until it is settled, as the clock is known by now. What goes by the time alone is a new run, also where
    /// the clock stands still.
    pub fn text(&self, store: &Store, clock: &Clock) -> Result<String> {
        match self {
            Self::Given(id) => Ok(id.clone()),
            Self::Began(began) => match began.settled.get() {
                Some(id) => Ok(id.clone()),
                None => store.free_run_id(&compact_time(clock.corrected(began.at))),
            },
        }
    }

    /// The id, which from here on is the same whatever becomes of the clock.
    pub fn settle(&self, store: &Store, clock: &Clock) -> Result<String> {
        let id = self.text(store, clock)?;
        Ok(match self {
            Self::Given(_) => id,
            Self::Began(began) => began.settled.get_or_init(|| id).clone(),
        })
    }

    pub fn given(&self) -> Option<&str> {
        match self {
            Self::Given(id) => Some(id),
            Self::Began(_) => None,
        }
    }
}
