//! The end of a run, as monitoring sees it.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::schema::values::AccountStatus;
use crate::store::layout::Store;

/// How a run ended, as monitoring sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0 or 99, or 3 where at least one account was crawled to its end.
    Succeeded,
    Failed,
    /// By a signal.
    Aborted,
}

/// A command that is monitored, and its end.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    pub store: &'a Store,
    /// The absolute path of the store.
    pub place: String,
    pub exit_code: u8,
    pub outcome: Outcome,
    pub duration: Duration,
    /// Why it failed.
    pub cause: Option<&'a str>,
    /// The members of the command's JSON object.
    pub facts: &'a Map<String, Value>,
}

/// The statuses of the run's accounts.
pub(crate) fn statuses(facts: &Map<String, Value>) -> impl Iterator<Item = AccountStatus> {
    let accounts = facts.get("accounts").and_then(Value::as_array).into_iter().flatten();
    accounts.filter_map(|account| AccountStatus::named(account.get("status")?.as_str()?))
}
