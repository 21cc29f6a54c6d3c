//! The accounts of a store by name. An account keeps its key, which names its folder in raw/. Its name is the one that
//! it was last requested by; its user id, once known, shows that a new name is an old account.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::pipeline::watermark;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest, Watermark};
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::{name, reader};
use crate::transform::account::{add_page, identity::is_bare_id};

/// An account by its name in tables and its key in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccountName {
    pub account: String,
    pub key: String,
}

/// The start line of the newest crawl in some logs; `None` where none has one.
pub(crate) fn newest_start(logs: &[PathBuf]) -> Result<Option<Start>> {
    let mut newest: Option<Start> = None;
    for log in logs {
        let Some(start) = reader::if_usable(reader::start_of(log))?.flatten() else { continue };
        if newest.as_ref().is_none_or(|newest| start.order() >= newest.order()) {
            newest = Some(start);
        }
    }
    Ok(newest)
}

/// The accounts of a store by name. With an earlier run's watermarks, logs that it covers are not read.
pub(crate) fn names(store: &Store, watermarks: Option<&BTreeMap<String, Watermark>>) -> Result<Vec<AccountName>> {
    let mut names = Vec::new();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let watermark = watermarks.and_then(|watermarks| watermarks.get(&key));
        let read = watermark.map(|mark| watermark::imported_logs(store, &key, mark)).transpose()?.flatten();
        let logs_read = read.as_ref().map_or(0, |read| read.logs.min(logs.len()));
        let newer = newest_start(&logs[logs_read..])?;
        let start = match (read.map(|read| read.newest_start), newer) {
            (Some(known), Some(newer)) if known.order() > newer.order() => Some(known),
            (known, newer) => newer.or(known),
        };
        let account = start.map_or_else(|| key.clone(), |start| start.account);
        names.push(AccountName { account, key });
    }
    Ok(unique_names(names))
}

/// Sorted by name, and no name twice: of two accounts with one name the second is called by its key.
pub(crate) fn unique_names(mut names: Vec<AccountName>) -> Vec<AccountName> {
    names.sort_by(|a, b| (&a.account, a.key != a.account, &a.key).cmp(&(&b.account, b.key != b.account, &b.key)));
    let mut taken: HashMap<String, String> = HashMap::new();
    for name in &mut names {
        while taken.get(&name.account).is_some_and(|key| *key != name.key) {
            name.account = if name.account == name.key { format!("{}~2", name.key) } else { name.key.clone() };
        }
        taken.insert(name.account.clone(), name.key.clone());
    }
    names.sort();
    names
}

/// The error for accounts that none of these are.
pub(crate) fn no_pages_of(accounts: &str, store: &Store, names: &[AccountName]) -> Error {
    let names: Vec<&str> = names.iter().map(|name| name.account.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Error::usage(format!("no pages of {accounts} in {}", store.root().display()))
        .hint(format!("accounts in it: {names}"))
}

/// Merges page logs of one account that are under two keys: those of a new name that turned out to be a known account
/// move into the older folder. Returns the new key of each key that is gone.
pub(crate) fn merge_logs(store: &Store, newest: Option<&Manifest>) -> Result<HashMap<String, String>> {
    let mut by_id: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let entries: HashMap<&str, &AccountEntry> =
        newest.iter().flat_map(|manifest| &manifest.accounts).map(|entry| (entry.key(), entry)).collect();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let Some(first) = logs.first().map(|log| name::without_partial(log)) else { continue };
        let entry = entries.get(key.as_str());
        let id = match entry.and_then(|entry| entry.account_id.clone()) {
            Some(id) => Some(id),
            None => {
                // The logs that a published run covers hold no id.
                let covered = newest.filter(|_| entry.is_some()).and_then(|run| run.watermarks.get(&key));
                find_id(logs.get(covered.map_or(0, |mark| mark.logs)..).unwrap_or_default())?
            }
        };
        if let Some(id) = id {
            by_id.entry(id).or_default().push((first, key));
        }
    }
    let mut merged = HashMap::new();
    for mut keys in by_id.into_values().filter(|keys| keys.len() > 1) {
        keys.sort();
        let (_, first) = keys.remove(0);
        for (_, key) in keys {
            tracing::info!(
                account = key,
                "same account as the one in {}: moving its page logs there",
                store.account_dir(&first).display()
            );
            store.move_logs(&key, &first)?;
            merged.insert(key, first.clone());
        }
    }
    Ok(merged)
}

/// The user id in an account's logs: as requested, or of the reel owner with the requested name.
pub(crate) fn find_id(logs: &[PathBuf]) -> Result<Option<String>> {
    for log in logs {
        let mut name = String::new();
        let mut id = None;
        let read = reader::for_each_line_until(log, |line| {
            match line {
                Line::Start(start) => {
                    id = start.account_id.or_else(|| Some(start.account.clone()).filter(|name| is_bare_id(name)));
                    name = start.account;
                }
                Line::Page(page) => id = add_page::owner_id_of(page.body, &name),
                Line::Profile(_) | Line::End(_) | Line::BarePage(_) => {}
            }
            Ok(id.is_none())
        });
        reader::if_usable(read)?;
        if id.is_some() {
            return Ok(id);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_accounts_have_one_name() {
        let name = |account: &str, key: &str| AccountName { account: account.into(), key: key.into() };
        let names = unique_names(vec![name("jane", "bob"), name("jane", "jane"), name("ann", "ann")]);
        assert_eq!(names, [name("ann", "ann"), name("bob", "bob"), name("jane", "jane")]);
        let names = unique_names(vec![name("x", "a"), name("x", "b")]);
        assert_eq!(names, [name("b", "b"), name("x", "a")]);
    }
}
