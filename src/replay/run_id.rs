//! Which run a replay is: the same pages are the same run, wherever they lie.

use crate::config::{ReplayConfig, Settings};
use crate::error::{ErrorKind, Result};
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::import::{compact, for_each_line};
use crate::store::page_log::line::{Line, Start};

/// Reads what was found: the id of the run that it is, where the user gives none. Accounts without a page are left out,
/// and files that are none are named.
///
/// # Errors
/// `InvalidData` where nothing is a page.
pub fn survey(found: &mut ReplayInput, config: &ReplayConfig, settings: &Settings, shape: &str) -> Result<String> {
    let mut identity = Identity::new(shape);
    let mut empty = Vec::new();
    for (key, source) in &found.accounts {
        let lines = identity.parts.len();
        let newest = identity.newest.clone();
        let replayed = for_each_line(key, source, config, settings, "", |line| {
            identity.take(key, &line);
            Ok(())
        });
        let replayed = match replayed {
            Ok(replayed) => replayed,
            // One account's log that cannot be used stops no other account.
            Err(error) if error.kind == ErrorKind::InvalidData => {
                identity.parts.truncate(lines);
                identity.newest = newest;
                let account = source.account.clone();
                found.failed.push(Failed { key: key.clone(), account, reason: error.message });
                continue;
            }
            Err(error) => return Err(error),
        };
        found.skipped.extend(replayed.skipped);
        if identity.parts.len() == lines {
            empty.push((key.clone(), source.account.clone()));
        }
    }
    for (key, account) in empty {
        found.accounts.remove(&key);
        if settings.accounts.iter().any(|request| request.key == key) {
            found.skipped.push(format!("account {account}: none of its files is a page"));
        }
    }
    for failed in &found.failed {
        found.accounts.remove(&failed.key);
    }
    if found.accounts.is_empty() {
        let reasons = found.failed.iter().map(|failed| failed.reason.clone()).chain(found.skipped.clone());
        return Err(ReplayInput::nothing_readable(&reasons.collect::<Vec<_>>()));
    }
    identity.run_id()
}

/// What makes a replay the one it is: the newest reading time and a hash of its pages, and of what shapes its tables.
pub struct Identity {
    newest: String,
    parts: Vec<String>,
}

impl Identity {
    pub fn new(shape: &str) -> Self {
        Self { newest: String::new(), parts: vec![shape.to_owned()] }
    }

    pub fn take(&mut self, account: &str, line: &Line) {
        let (at, part) = match line {
            Line::Page(page) => (page.fetched_at.as_ref(), format!("{account} {} {}", page.fetched_at, page.blake3)),
            Line::Start(start) => {
                let Start { timezone, label, followers, started_at, .. } = start;
                (started_at.as_str(), format!("{account} {timezone} {label:?} {followers:?}"))
            }
            Line::End(_) | Line::BarePage(_) => return,
        };
        if at > self.newest.as_str() {
            self.newest = at.to_owned();
        }
        self.parts.push(part);
    }

    /// The newest reading time and 8 digits of the hash.
    pub fn run_id(mut self) -> Result<String> {
        self.parts.sort();
        let digest = blake3::hash(self.parts.join("\n").as_bytes()).to_hex();
        Ok(format!("{}-{}", compact(&self.newest)?, &digest.as_str()[..8]))
    }
}
