//! What a run is to fetch: its accounts, their order, and what to do about each.

use std::collections::HashMap;

use crate::config::{FetchConfig, Settings, accounts::AccountRequest};
use crate::error::Result;
use crate::fetch::{
    account_history::AccountHistory, controls::Controls, resume, resume::ResumeDecision, run_id::RunId,
};
use crate::store::layout::Store;
use crate::time;

#[derive(Debug)]
pub(crate) struct FetchRun<'a> {
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub config: &'a FetchConfig,
    pub controls: &'a Controls,
    /// If the user named the run, crawls under that name are its own.
    pub run_id: RunId,
    /// By the account's key.
    pub histories: &'a HashMap<String, AccountHistory>,
}

impl FetchRun<'_> {
    pub(crate) fn history(&self, key: &str) -> AccountHistory {
        self.histories.get(key).cloned().unwrap_or_default()
    }

    /// The accounts, each with its id if that is known. Those whose last complete or incremental crawl is the oldest come
    /// first, so that a budget that runs out does not always starve the same ones.
    pub(crate) fn in_order(&self) -> Vec<AccountRequest> {
        let mut requests: Vec<AccountRequest> = self.settings.requests().to_vec();
        let refreshed = |history: AccountHistory| history.last_refreshed_at.or(history.last_complete_at);
        requests.sort_by_cached_key(|request| refreshed(self.history(&request.key)));
        for request in &mut requests {
            request.account_id = request.account_id.take().or(self.history(&request.key).account_id);
        }
        requests
    }

    pub(crate) fn decide(&self, request: &AccountRequest) -> Result<ResumeDecision> {
        let history = self.history(&request.key);
        resume::decide(self.store, &request.key, &history, self.run_id.given(), self.config, time::now())
    }
}
