//! Who the accounts of a store are. An account keeps its key, which names its folder in raw/; its name is the one it was
//! last asked for by; its user id, once known, tells that a new name is an old account.

#[cfg(test)]
pub mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::config::Settings;
use crate::config::accounts::AccountRequest;
use crate::error::Result;
use crate::replay::discover::ReplayInput;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest, Watermark};
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::{name, reader};
use crate::transform::account::identity;

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
}

/// The accounts of a store: those of the newest run, and those whose pages no run has published yet.
pub fn known(store: &Store, newest: Option<&Manifest>) -> Result<Vec<Identity>> {
    let mut known = Vec::new();
    for (manifest, entry) in
        newest.iter().flat_map(|manifest| manifest.accounts.iter().map(move |entry| (manifest, entry)))
    {
        let mut identity = Identity::of_entry(entry);
        // A run that was killed may have left pages under a new name, which it knew to be this account's.
        let published = manifest.marks.get(entry.key()).map_or(0, |mark| mark.logs);
        for log in store.logs(entry.key())?.get(published..).unwrap_or_default() {
            let start = reader::if_usable(reader::start_of(log))?.flatten();
            identity.names.extend(start.map(|start| start.account));
        }
        known.push(identity);
    }
    let published: HashSet<String> = known.iter().map(|identity: &Identity| identity.key.clone()).collect();
    for key in store.accounts()?.into_iter().filter(|key| !published.contains(key)) {
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
    let accounts = resolve_list(known, &settings.accounts, once);
    let of_file = resolve_list(known, &settings.known_accounts, once);
    for warning in if settings.accounts.is_empty() { of_file.warnings } else { accounts.warnings } {
        tracing::warn!("{warning}");
    }
    Settings { accounts: accounts.accounts, known_accounts: of_file.accounts, ..settings.clone() }
}

/// Accounts of a store by everything that they can be asked for by.
#[derive(Default)]
struct Directory<'k> {
    by_key: HashMap<&'k str, &'k Identity>,
    by_id: HashMap<&'k str, &'k Identity>,
    by_name: HashMap<&'k str, &'k Identity>,
    by_former_name: HashMap<&'k str, &'k Identity>,
}

impl<'k> Directory<'k> {
    fn of(known: &'k [Identity]) -> Self {
        let mut directory = Self::default();
        for identity in known {
            directory.by_key.entry(&identity.key).or_insert(identity);
            if let Some(id) = &identity.account_id {
                directory.by_id.entry(id).or_insert(identity);
            }
            directory.by_name.entry(&identity.account).or_insert(identity);
            for name in identity.names.iter().chain([&identity.key]) {
                directory.by_former_name.entry(name).or_insert(identity);
            }
        }
        directory
    }

    /// By a name that an account has, or else had.
    fn called(&self, name: &str) -> Option<&'k Identity> {
        self.by_name.get(name).or_else(|| self.by_former_name.get(name)).copied()
    }
}

/// The accounts that some requests are about, each once.
struct Resolved {
    accounts: Vec<AccountRequest>,
    /// Of each request the place of its account.
    places: Vec<usize>,
    warnings: Vec<String>,
}

/// `so` says what follows from two requests being about one account.
fn resolve_list(known: &[Identity], requests: &[AccountRequest], so: impl Fn(&str) -> String) -> Resolved {
    let directory = Directory::of(known);
    let mut resolved = Resolved { accounts: Vec::new(), places: Vec::new(), warnings: Vec::new() };
    let (mut by_key, mut by_id): (HashMap<String, usize>, HashMap<String, usize>) = Default::default();
    for request in requests {
        let request = identify(&directory, request, &mut resolved.warnings);
        let (key, id) = (request.key.clone(), request.account_id.clone());
        let same = by_key.get(&key).or_else(|| by_id.get(id.as_ref()?)).copied();
        let place = same.unwrap_or(resolved.accounts.len());
        match same {
            Some(place) => resolved.warnings.extend(join(&mut resolved.accounts[place], request, &so)),
            None => resolved.accounts.push(request),
        }
        by_key.entry(key).or_insert(place);
        if let Some(id) = id {
            by_id.entry(id).or_insert(place);
        }
        resolved.places.push(place);
    }
    let given_way = give_way(&directory, &mut resolved.accounts);
    resolved.warnings.extend(given_way);
    resolved
}

/// Joins what is said of one account twice; a warning where that is by two names.
fn join(first: &mut AccountRequest, second: AccountRequest, so: impl Fn(&str) -> String) -> Option<String> {
    let names = (first.account.clone(), second.account.clone());
    merge(first, second);
    let id = first.account_id.as_deref().unwrap_or("not known yet");
    let so = so(&first.account);
    (names.0 != names.1).then(|| format!("{} and {} are one account (user id {id}): {so}", names.0, names.1))
}

/// The account of the store that is meant, by its user id or else by its name.
fn identify(known: &Directory, request: &AccountRequest, warnings: &mut Vec<String>) -> AccountRequest {
    let mut request = request.clone();
    let id = request.account_id.clone();
    let by_id = id.as_ref().and_then(|id| known.by_id.get(id.as_str()).copied());
    match by_id.or_else(|| known.called(&request.account)) {
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
            if other.account == request.account {
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
fn give_way(known: &Directory, resolved: &mut [AccountRequest]) -> Vec<String> {
    let asked: HashSet<String> = resolved.iter().map(|request| request.key.clone()).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut warnings = Vec::new();
    for request in resolved {
        let stays = known.by_name.get(request.account.as_str()).is_some_and(|identity| !asked.contains(&identity.key));
        if stays || taken.contains(&request.account) {
            let own = known.by_key.get(request.key.as_str()).map(|identity| identity.account.clone());
            let name = own.or_else(|| request.account_id.clone()).unwrap_or_else(|| request.key.clone());
            if name != request.account {
                warnings.push(format!(
                    "another account of this store is called {}: {name} keeps its name",
                    request.account
                ));
                request.account = name;
            }
        }
        taken.insert(request.account.clone());
    }
    warnings
}

/// The replayed pages under the accounts of the store that they belong to.
pub fn resolve_found(known: &[Identity], settings: &Settings, found: ReplayInput) -> ReplayInput {
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
    let resolved = resolve_list(known, &requests, |_| "their pages are one history".to_owned());
    for warning in resolved.warnings {
        tracing::warn!("{warning}");
    }
    let mut by_key = ReplayInput { skipped: found.skipped, ..ReplayInput::default() };
    for ((_, source), place) in found.accounts.into_iter().zip(resolved.places) {
        let account = &resolved.accounts[place];
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
        let Some(start) = reader::if_usable(reader::start_of(log))?.flatten() else { continue };
        if newest.as_ref().is_none_or(|newest| start.order() >= newest.order()) {
            newest = Some(start);
        }
    }
    Ok(newest)
}

/// The accounts of a store by name. An earlier run's watermarks save a look into the logs that it has read.
pub fn names(store: &Store, marks: Option<&BTreeMap<String, Watermark>>) -> Result<Vec<AccountName>> {
    let mut names = Vec::new();
    for key in store.accounts()? {
        let logs = store.logs(&key)?;
        let mark = marks.and_then(|marks| marks.get(&key));
        let told = mark.map(|mark| crate::pipeline::previous_run::told(store, &key, mark)).transpose()?.flatten();
        let unread = told.as_ref().map_or(0, |told| told.logs);
        let newer = newest_start(&logs[unread.min(logs.len())..])?;
        let known = told.map(|told| told.newest_start);
        let start = match (known, newer) {
            (Some(known), Some(newer)) if known.order() > newer.order() => Some(known),
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
        let Some(first) = logs.first().map(|log| name::without_partial(log)) else { continue };
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
        let read = reader::for_each_line_until(log, |line| {
            match line {
                Line::Start(start) => {
                    let is_id = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
                    id = start.account_id.or_else(|| Some(start.account.clone()).filter(|name| is_id(name)));
                    name = start.account;
                }
                Line::Page(page) => id = identity::owner_id_of(page.body, &name),
                Line::End(_) | Line::BarePage(_) => {}
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
