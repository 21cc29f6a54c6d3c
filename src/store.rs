//! The store: its paths, its lock, page logs, published runs and their manifests, which run is the latest, and the trees
//! of observations.

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
pub mod repair;
pub mod run_id;
pub mod runs;
pub mod trees;
