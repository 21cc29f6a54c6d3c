//! Pages from the API into page logs: the HTTP client, its pace and budget, crawls, and their resumption.

pub(crate) mod account_history;
pub(crate) mod call_budget;
pub(crate) mod client;
pub(crate) mod context;
pub(crate) mod controls;
pub(crate) mod crawl;
pub(crate) mod crawl_log;
pub(crate) mod crawl_outcome;
pub(crate) mod crawl_task;
pub(crate) mod cutoff;
pub(crate) mod dry_run;
pub(crate) mod endpoint;
pub(crate) mod fetch_run;
pub(crate) mod key_mask;
pub(crate) mod loop_guard;
pub(crate) mod page_request;
pub(crate) mod rate_limit;
pub(crate) mod rejected;
pub(crate) mod resume;
pub(crate) mod retry;
pub(crate) mod run_id;
pub(crate) mod scheduler;
pub(crate) mod shutdown;
pub(crate) mod summary;
