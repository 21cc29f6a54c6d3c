//! The store: where everything lies, the lock, the manifest of a run, which run is the latest, the page logs and the
//! trees of observations.

pub mod check;
pub mod forgetting;
pub mod kinds;
pub mod latest;
pub mod layout;
pub mod lock;
pub mod logs;
pub mod manifest;
pub mod marker;
pub mod page_log;
pub mod run_id;
pub mod trees;
