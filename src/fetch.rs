//! Pages in: from the API, or from disk by replay. Knows nothing of columns.

pub mod client;
pub mod crawl;
pub mod crawl_log;
pub mod crawl_task;
pub mod cutoff;
pub mod dry_run;
pub mod key_mask;
pub mod loop_guard;
pub mod rate_limit;
pub mod rejected;
pub mod resume;
pub mod retry;
pub mod run_id;
pub mod scheduler;
pub mod shutdown;
pub mod signals;
