//! What all crawls of a run share.

use std::sync::Arc;

use crate::config::FetchConfig;
use crate::fetch::{call_budget::CallBudget, client::Client, controls::Observer, rate_limit::RateLimiter};
use crate::fetch::{run_id::RunId, shutdown::Shutdown};
use crate::store::layout::Store;
use crate::time::Clock;

#[derive(Debug)]
pub(crate) struct Context {
    pub client: Client,
    pub rate_limiter: RateLimiter,
    pub calls: CallBudget,
    pub config: FetchConfig,
    pub stop: Arc<Shutdown>,
    pub observer: Arc<dyn Observer>,
    pub store: Store,
    pub clock: Clock,
    pub run_id: RunId,
}
