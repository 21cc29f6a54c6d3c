//! What the newest run knows of each account, for the fetch stage.

use std::collections::{HashMap, HashSet};

use crate::fetch::account_history::AccountHistory;
use crate::pipeline::watermark;
use crate::schema::values::AccountStatus;
use crate::store::manifest::Manifest;

/// Each account's history, by its key.
pub(crate) fn histories(newest: Option<&Manifest>) -> HashMap<String, AccountHistory> {
    let Some(manifest) = newest else { return HashMap::new() };
    let crawled: HashSet<&String> = manifest.cut_short.iter().flat_map(|cut_short| &cut_short.crawled).collect();
    let mut histories = HashMap::new();
    for entry in &manifest.accounts {
        let key = entry.key().to_owned();
        let watermark = manifest.watermarks.get(&key);
        let history = AccountHistory {
            account_id: entry.account_id.clone(),
            last_complete_at: entry.last_complete_at.clone(),
            last_refreshed_at: entry.last_refreshed_at.clone(),
            pages: Some(entry.pages),
            complete_pages: entry.complete_pages,
            incremental_pages: (entry.status == AccountStatus::Incremental).then_some(entry.pages),
            sequence: watermark.map_or(0, watermark::highest_sequence),
            published: watermark.map(|mark| (mark.newest_log.clone(), mark.newest_log_bytes)),
            was_crawled_for_this_run: crawled.contains(&key),
        };
        histories.insert(key, history);
    }
    histories
}
