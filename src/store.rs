//! The store: its paths, its lock, page logs, published runs and their manifests, which run is the latest, and the trees
//! of observations.

pub(crate) mod check;
pub(crate) mod delta;
pub(crate) mod delta_tables;
pub(crate) mod forgetting;
pub(crate) mod kinds;
pub(crate) mod latest;
pub(crate) mod layout;
pub(crate) mod lock;
pub(crate) mod logs;
pub(crate) mod manifest;
pub(crate) mod marker;
pub(crate) mod page_log;
pub(crate) mod repair;
pub(crate) mod runs;
pub(crate) mod take_log;
pub(crate) mod tree_log;
pub(crate) mod trees;
