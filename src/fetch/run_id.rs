//! The id of a run that fetches.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::layout::Store;
use crate::time::{self, Clock, compact_time};

/// Given by the user, or the time at which the run began.
#[derive(Debug, Clone)]
pub(crate) enum RunId {
    Given(String),
    Began(Arc<Began>),
}

#[derive(Debug)]
pub(crate) struct Began {
    /// By this machine's clock.
    at: DateTime<Utc>,
    settled: OnceLock<String>,
}

impl RunId {
    pub(crate) fn given_or_now(given: Option<&str>) -> Self {
        let now = || Self::Began(Arc::new(Began { at: time::now(), settled: OnceLock::new() }));
        given.map_or_else(now, |id| Self::Given(id.to_owned()))
    }

    /// The id; until it is settled, by the clock as it is corrected so far. An id from the time always names a new run, even
    /// if the clock stands still.
    pub(crate) fn text(&self, store: &Store, clock: &Clock) -> Result<String> {
        match self {
            Self::Given(id) => Ok(id.clone()),
            Self::Began(began) => match began.settled.get() {
                Some(id) => Ok(id.clone()),
                None => store.free_run_id(&compact_time(clock.corrected(began.at))),
            },
        }
    }

    /// The id, which from now on does not depend on the clock.
    pub(crate) fn settle(&self, store: &Store, clock: &Clock) -> Result<String> {
        let id = self.text(store, clock)?;
        Ok(match self {
            Self::Given(_) => id,
            Self::Began(began) => began.settled.get_or_init(|| id).clone(),
        })
    }

    pub(crate) fn given(&self) -> Option<&str> {
        match self {
            Self::Given(id) => Some(id),
            Self::Began(_) => None,
        }
    }
}
