//! Pages from the API into page logs: the HTTP client, its pace and budget, crawls, and their resumption.

pub mod account_history;
pub mod call_budget;
pub mod client;
pub mod context;
pub mod controls;
pub mod crawl;
pub mod crawl_log;
pub mod crawl_outcome;
pub mod crawl_task;
pub mod cutoff;
pub mod dry_run;
pub mod endpoint;
pub mod fetch_run;
pub mod key_mask;
pub mod loop_guard;
pub mod page_request;
pub mod rate_limit;
pub mod rejected;
pub mod resume;
pub mod retry;
pub mod run_id;
pub mod scheduler;
pub mod shutdown;
pub mod summary;
