//! Which account of a store a request or a replayed page belongs to: by user id once known, else by name.

#[cfg(test)]
pub(crate) mod tests;

use std::collections::{HashMap, HashSet};

use crate::config::{Settings, accounts::AccountRequest};
use crate::error::Result;
use crate::pipeline::accounts::newest_start;
use crate::replay::discover::ReplayInput;
use crate::store::manifest::{AccountEntry, Manifest};
use crate::store::{layout::Store, page_log::reader};

/// By what names and ids an account of a store is known.
#[derive(Debug, Clone)]
pub(crate) struct KnownAccount {
    key: String,
    account: String,
    account_id: Option<String>,
    /// All names that it was asked for by.
    names: Vec<String>,
}

/// The accounts of a store: those of the newest run, and those whose pages no run has published yet.
pub(crate) fn known(store: &Store, newest: Option<&Manifest>) -> Result<Vec<KnownAccount>> {
    let mut known = Vec::new();
    for entry in newest.iter().flat_map(|manifest| &manifest.accounts) {
        let AccountEntry { account, account_id, mut names, .. } = entry.clone();
        // A killed run may have left pages under a new name, which it knew to be this account's.
        let watermark = newest.and_then(|manifest| manifest.watermarks.get(entry.key()));
        let published = watermark.map_or(0, |mark| mark.logs);
        for log in store.logs(entry.key())?.get(published..).unwrap_or_default() {
            let start = reader::if_usable(reader::start_of(log))?.flatten();
            names.extend(start.map(|start| start.account));
        }
        known.push(KnownAccount { key: entry.key().to_owned(), account, account_id, names });
    }
    let published: HashSet<String> = known.iter().map(|identity: &KnownAccount| identity.key.clone()).collect();
    for key in store.accounts()?.into_iter().filter(|key| !published.contains(key)) {
        let start = newest_start(&store.logs(&key)?)?;
        let account = start.as_ref().map_or_else(|| key.clone(), |start| start.account.clone());
        let account_id = start.and_then(|start| start.account_id);
        known.push(KnownAccount { key, account, account_id, names: Vec::new() });
    }
    Ok(known)
}

/// The accounts that the user named as the store knows them: under their keys, with their known ids, each account once.
/// Changes are logged before anything is paid for.
pub(crate) fn resolve(known: &[KnownAccount], settings: &Settings) -> Settings {
    let once = |name: &str| format!("it is crawled once, as {name}");
    let accounts = resolve_list(known, &settings.accounts, once);
    let of_file = resolve_list(known, &settings.known_accounts, once);
    for warning in if settings.accounts.is_empty() { of_file.warnings } else { accounts.warnings } {
        tracing::warn!("{warning}");
    }
    Settings { accounts: accounts.accounts, known_accounts: of_file.accounts, ..settings.clone() }
}

/// The accounts of a store by key, id and name.
#[derive(Default)]
struct Directory<'k> {
    by_key: HashMap<&'k str, &'k KnownAccount>,
    by_id: HashMap<&'k str, &'k KnownAccount>,
    by_name: HashMap<&'k str, &'k KnownAccount>,
    by_former_name: HashMap<&'k str, &'k KnownAccount>,
}

impl<'k> Directory<'k> {
    fn of(known: &'k [KnownAccount]) -> Self {
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

    /// The account that has this name, or else had it.
    fn called(&self, name: &str) -> Option<&'k KnownAccount> {
        self.by_name.get(name).or_else(|| self.by_former_name.get(name)).copied()
    }
}

/// For each account of other stores, in order, the account of this store that it is.
pub(crate) fn resolve_sources(known: &[KnownAccount], requests: &[AccountRequest]) -> Vec<AccountRequest> {
    let resolved = resolve_list(known, requests, |_| "their pages are one history".to_owned());
    resolved.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    resolved.places.iter().map(|place| resolved.accounts[*place].clone()).collect()
}

/// The accounts that some requests are about, each once.
struct Resolved {
    accounts: Vec<AccountRequest>,
    /// For each request the index of its account.
    places: Vec<usize>,
    warnings: Vec<String>,
}

/// `consequence` completes the warning that two requests are about one account.
fn resolve_list(known: &[KnownAccount], requests: &[AccountRequest], consequence: impl Fn(&str) -> String) -> Resolved {
    let directory = Directory::of(known);
    let mut resolved = Resolved { accounts: Vec::new(), places: Vec::new(), warnings: Vec::new() };
    let (mut by_key, mut by_id): (HashMap<String, usize>, HashMap<String, usize>) = Default::default();
    for request in requests {
        let mut request = identify(&directory, request, &mut resolved.warnings);
        // A key that is another account's by its id.
        let holder = by_key.get(&request.key).and_then(|place| resolved.accounts[*place].account_id.clone());
        if let Some((id, holder)) = request.account_id.clone().zip(holder)
            && id != holder
        {
            request.key = id;
        }
        let (key, id) = (request.key.clone(), request.account_id.clone());
        let same = by_key.get(&key).or_else(|| by_id.get(id.as_ref()?)).copied();
        let place = same.unwrap_or(resolved.accounts.len());
        match same {
            Some(place) => resolved.warnings.extend(join(&mut resolved.accounts[place], request, &consequence)),
            None => resolved.accounts.push(request),
        }
        by_key.entry(key).or_insert(place);
        if let Some(id) = id {
            by_id.entry(id).or_insert(place);
        }
        resolved.places.push(place);
    }
    let warnings = keep_names_unique(&directory, &mut resolved.accounts);
    resolved.warnings.extend(warnings);
    resolved
}

/// Merges two requests for one account; a warning where they use two names.
fn join(first: &mut AccountRequest, second: AccountRequest, consequence: impl Fn(&str) -> String) -> Option<String> {
    let names = (first.account.clone(), second.account.clone());
    merge(first, second);
    let id = first.account_id.as_deref().unwrap_or("not known yet");
    let consequence = consequence(&first.account);
    (names.0 != names.1).then(|| format!("{} and {} are one account (user id {id}): {consequence}", names.0, names.1))
}

/// The account of the store that a request is about, by user id or else by name.
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
        // The name belongs to another account, by its id.
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
        None => {
            let holder = known.by_key.get(request.key.as_str()).and_then(|holder| holder.account_id.as_ref());
            if let Some((id, holder)) = id.zip(holder)
                && id != *holder
            {
                request.key = id;
            }
        }
    }
    request
}

/// The later name, and for each value the last one given.
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

/// No two accounts have one name: a request for the name of another account keeps its own.
fn keep_names_unique(known: &Directory, resolved: &mut [AccountRequest]) -> Vec<String> {
    let asked: HashSet<String> = resolved.iter().map(|request| request.key.clone()).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut warnings = Vec::new();
    for request in resolved {
        let is_used =
            known.by_name.get(request.account.as_str()).is_some_and(|identity| !asked.contains(&identity.key));
        if is_used || taken.contains(&request.account) {
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

/// Replay input under the accounts of the store that it belongs to.
pub(crate) fn resolve_found(known: &[KnownAccount], settings: &Settings, found: ReplayInput) -> ReplayInput {
    let requests: Vec<AccountRequest> = found
        .accounts
        .iter()
        .map(|(key, source)| {
            let (account, id) = (&source.account, source.account_id.as_deref());
            let configured = settings.configured(&[key, account], id).cloned();
            configured.unwrap_or_else(|| AccountRequest::found(key, account, id))
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
