//! Who the accounts of a store are. An account keeps its key, which names its folder in raw/; its name is the one it was
//! last asked for by; its user id, once known, tells that a new name is an old account.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::config::{AccountRequest, Settings};
use crate::error::Result;
use crate::fetch::page_log::{self, Line, Start};
use crate::fetch::{self, Found};
use crate::store::{AccountEntry, Manifest, Mark, Store};
use crate::transform;

/// An account by its name in tables and its key in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountName {
    pub account: String,
    pub key: String,
}

/// What is known of who an account of a store is.
#[derive(Debug, Clone)]
pub struct Identity {
    key: String,
    account: String,
    account_id: Option<String>,
    /// All names that it was asked for by.
    names: Vec<String>,
}

impl Identity {
    fn of_entry(entry: &AccountEntry) -> Self {
        let AccountEntry { account, account_id, names, .. } = entry.clone();
        Self { key: entry.key().to_owned(), account, account_id, names }
    }

    fn is_called(&self, name: &str) -> bool {
        self.account == name
    }

    fn was_called(&self, name: &str) -> bool {
        self.key == name || self.names.iter().any(|known| known == name)
    }
}

/// The accounts of a store: those of the newest run, and those whose pages no run has published yet.
pub fn known(store: &Store, newest: Option<&Manifest>) -> Result<Vec<Identity>> {
    let entries = newest.map_or(&[][..], |manifest| manifest.accounts.as_slice());
    let mut known: Vec<Identity> = entries.iter().map(Identity::of_entry).collect();
    for key in store.accounts()? {
        if known.iter().any(|identity| identity.key == key) {
            continue;
        }
        let start = newest_start(&store.logs(&key)?)?;
        let account = start.as_ref().map_or_else(|| key.clone(), |start| start.account.clone());
        known.push(Identity { key, account, account_id: start.and_then(|start| start.account_id), names: Vec::new() });
    }
    Ok(known)
}

/// The accounts that the user named as the store knows them: under their keys, with the ids that are remembered, each
/// account once. What that changes is said, before anything is paid for.
pub fn resolve(known: &[Identity], settings: &Settings) -> Settings {
    let once = |name: &str| format!("it is crawled once, as {name}");
    let (accounts, of_accounts) = resolve_list(known, &settings.accounts, once);
    let (known_accounts, of_file) = resolve_list(known, &settings.known_accounts, once);
    for warning in if settings.accounts.is_empty() { of_file } else { of_accounts } {
        tracing::warn!("{warning}");
    }
    Settings { accounts, known_accounts, ..settings.clone() }
}

/// `so` says what follows from two of them being one account.
fn resolve_list(
    known: &[Identity],
    requests: &[AccountRequest],
    so: impl Fn(&str) -> String,
) -> (Vec<AccountRequest>, Vec<String>) {
    let (mut resolved, mut warnings): (Vec<AccountRequest>, _) = (Vec::new(), Vec::new());
    for request in requests {
        let request = identify(known, request, &mut warnings);
        let same = |other: &&mut AccountRequest| {
            other.key == request.key || other.account_id.is_some() && other.account_id == request.account_id
        };
        match resolved.iter_mut().find(same) {
            Some(other) => {
                let (first, second) = (other.account.clone(), request.account.clone());
                merge(other, request);
                if first != second {
                    let id = other.account_id.as_deref().unwrap_or("not known yet");
                    let so = so(&other.account);
                    warnings.push(format!("{first} and {second} are one account (user id {id}): {so}"));
                }
            }
            None => resolved.push(request),
        }
    }
    let taken = give_way(known, &mut resolved);
    warnings.extend(taken);
    (resolved, warnings)
}

/// The account of the store that is meant, by its user id or else by its name.
fn identify(known: &[Identity], request: &AccountRequest, warnings: &mut Vec<String>) -> AccountRequest {
    let mut request = request.clone();
    let id = request.account_id.clone();
    let by_id = known.iter().find(|identity| id.is_some() && identity.account_id == id);
    let by_name = || {
        let called = known.iter().find(|identity| identity.is_called(&request.account));
        called.or_else(|| known.iter().find(|identity| identity.was_called(&request.account)))
    };
    match by_id.or_else(by_name) {
        Some(same) if by_id.is_some() || id.is_none() || same.account_id.is_none() => {
            request.key.clone_from(&same.key);
            request.account_id = id.or_else(|| same.account_id.clone());
            if request.is_bare_id() {
                request.account.clone_from(&same.account);
            }
        }
        // The name is another account's, by its id.
        Some(other) => {
            let id = id.unwrap_or_default();
            if other.is_called(&request.account) {
                warnings.push(format!(
                    "{} is user id {} in this store; user id {id} is an account of its own, {id}",
                    request.account,
                    other.account_id.as_deref().unwrap_or_default()
                ));
                request.account.clone_from(&id);
            }
            request.key = id;
        }
        None => {}
    }
    request
}

/// What is said of one account twice: the name asked for last, and of each fact the last that was given.
fn merge(first: &mut AccountRequest, later: AccountRequest) {
    if !later.is_bare_id() {
        first.account = later.account;
    }
    first.account_id = later.account_id.or(first.account_id.take());
    first.label = later.label.or(first.label.take());
    first.timezone = later.timezone.or(first.timezone);
    if later.followers.is_some() {
        (first.followers, first.followers_as_of) = (later.followers, later.followers_as_of);
    }
}

/// No two accounts have one name: who asks for the name of another keeps its own.
fn give_way(known: &[Identity], resolved: &mut [AccountRequest]) -> Vec<String> {
    let mut warnings = Vec::new();
    for at in 0..resolved.len() {
        let request = &resolved[at];
        let asked = |key: &str| resolved.iter().any(|other| other.key == key);
        let stays = known.iter().any(|identity| identity.is_called(&request.account) && !asked(&identity.key));
        if !stays && !resolved[..at].iter().any(|other| other.account == request.account) {
            continue;
        }
        let own = known.iter().find(|identity| identity.key == request.key).map(|identity| identity.account.clone());
        let name = own.or_else(|| request.account_id.clone()).unwrap_or_else(|| request.key.clone());
        if name != request.account {
            warnings
                .push(format!("another account of this store is called {}: {name} keeps its name", request.account));
            resolved[at].account = name;
        }
    }
    warnings
}

/// The replayed pages under the accounts of the store that they belong to.
pub fn resolve_found(known: &[Identity], settings: &Settings, found: Found) -> Found {
    let requests: Vec<AccountRequest> = found
        .accounts
        .iter()
        .map(|(key, source)| {
            let configured = settings.configured(&[key, &source.account], source.account_id.as_deref());
            configured
                .cloned()
                .unwrap_or_else(|| AccountRequest::found(key, &source.account, source.account_id.as_deref()))
        })
        .collect();
    let (resolved, warnings) = resolve_list(known, &requests, |_| "their pages are one history".to_owned());
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let mut by_key = Found { skipped: found.skipped, ..Found::default() };
    for ((_, source), request) in found.accounts.into_iter().zip(&requests) {
        let mut ignored = Vec::new();
        let own = identify(known, request, &mut ignored);
        let same = |other: &&AccountRequest| {
            other.key == own.key || other.account_id.is_some() && other.account_id == own.account_id
        };
        let Some(account) = resolved.iter().find(same) else { continue };
        let entry = by_key.accounts.entry(account.key.clone()).or_default();
        entry.account.clone_from(&account.account);
        entry.account_id.clone_from(&account.account_id);
        entry.logs.extend(source.logs);
        entry.bare.extend(source.bare);
    }
    by_key
}

/// The start line of the newest crawl in some logs; `None` where none has one.
pub fn newest_start(logs: &[PathBuf]) -> Result<Option<Start>> {
    let mut newest: Option<Start> = None;
    for log in logs {
        let Some(start) = page_log::start_of(log)? else { continue };
        let order = |start: &Start| (start.started_at.clone(), start.run_id.clone());
        if newest.as_ref().is_none_or(|newest| order(&start) >= order(newest)) {
            newest = Some(start);
        }
    }
    Ok(newest)
}

/// The accounts of a store by name. An earlier run's watermarks save a look into the logs that it has read.
pub fn names(store: &Store, marks: Option<&BTreeMap<String, Mark>>) -> Result<Vec<AccountName>> {
    let mut names = Vec::new();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let mark = marks.and_then(|marks| marks.get(&key));
        let told = mark.and_then(|mark| super::fold::told(store, &key, mark));
        let unread = told.as_ref().map_or(0, |told| told.logs);
        let newer = newest_start(&logs[unread.min(logs.len())..])?;
        let known = told.map(|told| told.newest_start);
        let order = |start: &Start| (start.started_at.clone(), start.run_id.clone());
        let start = match (known, newer) {
            (Some(known), Some(newer)) if order(&known) > order(&newer) => Some(known),
            (known, newer) => newer.or(known),
        };
        let account = start.map_or_else(|| key.clone(), |start| start.account);
        names.push(AccountName { account, key });
    }
    Ok(each_once(names))
}

/// Sorted by name, and no name twice: of two accounts with one name the second goes by its key.
pub fn each_once(mut names: Vec<AccountName>) -> Vec<AccountName> {
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

/// Brings page logs of one account that lie under two keys together: those of a new name that turned out to be a known
/// account go into the folder that was there first. Returns the new key of each that went.
pub fn unite(store: &Store, newest: Option<&Manifest>) -> Result<HashMap<String, String>> {
    let mut by_id: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let entries: HashMap<&str, &AccountEntry> =
        newest.iter().flat_map(|manifest| &manifest.accounts).map(|entry| (entry.key(), entry)).collect();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let Some(first) = logs.first().map(|log| fetch::log_name(log)) else { continue };
        let entry = entries.get(key.as_str());
        let id = match entry.and_then(|entry| entry.account_id.clone()) {
            Some(id) => Some(id),
            None => {
                // What a published run has read holds no id.
                let read = newest.filter(|_| entry.is_some()).and_then(|manifest| manifest.marks.get(&key));
                learn_id(logs.get(read.map_or(0, |mark| mark.logs)..).unwrap_or_default())?
            }
        };
        if let Some(id) = id {
            by_id.entry(id).or_default().push((first, key));
        }
    }
    let mut united = HashMap::new();
    for mut keys in by_id.into_values().filter(|keys| keys.len() > 1) {
        keys.sort();
        let (_, first) = keys.remove(0);
        for (_, key) in keys {
            tracing::info!(
                account = key,
                "is the account in {}: its page logs go there",
                store.account_dir(&first).display()
            );
            store.move_logs(&key, &first)?;
            united.insert(key, first.clone());
        }
    }
    Ok(united)
}

/// The user id that an account's logs tell: as it was asked for, or of the owner with the name that was asked for.
fn learn_id(logs: &[PathBuf]) -> Result<Option<String>> {
    for log in logs {
        let mut name = String::new();
        let mut id = None;
        page_log::for_each_line_until(log, |line| {
            match line {
                Line::Start(start) => {
                    let is_id = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
                    id = start.account_id.or_else(|| Some(start.account.clone()).filter(|name| is_id(name)));
                    name = start.account;
                }
                Line::Page(page) => id = transform::owner_id_of(page.body, &name),
                Line::End(_) | Line::BarePage(_) => {}
            }
            Ok(id.is_none())
        })?;
        if id.is_some() {
            return Ok(id);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
