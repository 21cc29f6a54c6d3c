//! The run id of a replay: the same pages give the same id, wherever they are.

use std::collections::BTreeMap;

use crate::config::{ReplayConfig, Settings};
use crate::error::{ErrorKind, Result};
use crate::replay::discover::{Failed, ReplayInput};
use crate::replay::import::for_each_replayed_line;
use crate::store::page_log::line::{Line, Start};
use crate::time::{Timestamp, compact_time};

/// Reads all files once, and returns the run id if the user gives none. Accounts without a page are left out, and files that
/// are not pages are reported. `fingerprint` are the settings that shape the tables.
///
/// # Errors
/// `InvalidData` if nothing is a page.
pub(crate) fn of_replay(
    found: &mut ReplayInput,
    config: &ReplayConfig,
    settings: &Settings,
    fingerprint: &BTreeMap<String, String>,
) -> Result<String> {
    let mut identity = Identity::new(&map_text(fingerprint));
    let mut empty = Vec::new();
    for (key, source) in &found.accounts {
        let lines = identity.parts.len();
        let newest = identity.newest.clone();
        let replayed = for_each_replayed_line(key, source, config, settings, "", |line| {
            identity.add(key, &line);
            Ok(())
        });
        let replayed = match replayed {
            Ok(replayed) => replayed,
            // A log that cannot be used fails its account alone.
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
    Ok(identity.run_id())
}

/// What identifies a replay: the newest time in it, and a hash of its pages and of the settings that shape its tables.
pub(crate) struct Identity {
    newest: Option<Timestamp>,
    parts: Vec<String>,
}

impl Identity {
    pub(crate) fn new(fingerprint: &str) -> Self {
        Self { newest: None, parts: vec![fingerprint.to_owned()] }
    }

    pub(crate) fn add(&mut self, account: &str, line: &Line) {
        let (at, part) = match line {
            Line::Page(page) => (&page.fetched_at, format!("{account} {} {}", page.fetched_at, page.blake3)),
            Line::Start(start) => {
                let Start { timezone, label, followers, started_at, .. } = start;
                let label = option_text(label.as_deref().map(quoted));
                let followers = option_text(followers.map(|followers| followers.to_string()));
                (started_at, format!("{account} {timezone} {label} {followers}"))
            }
            Line::Profile(profile) => {
                let (_, text) = profile.identity();
                (&profile.fetched_at, format!("{account} {} {text}", profile.fetched_at))
            }
            Line::End(_) | Line::BarePage(_) => return,
        };
        // By its text, as the ids of earlier versions.
        if self.newest.as_ref().is_none_or(|newest| at.as_str() > newest.as_str()) {
            self.newest = Some(at.clone());
        }
        self.parts.push(part);
    }

    /// The newest time and 8 digits of the hash.
    pub(crate) fn run_id(mut self) -> String {
        self.parts.sort();
        let digest = blake3::hash(self.parts.join("\n").as_bytes()).to_hex();
        let newest = self.newest.unwrap_or_default();
        format!("{}-{}", compact_time(newest.at()), &digest.as_str()[..8])
    }
}

// The text below is part of every run id of a replay, and must not change. It is what Rust's debug output was when the
// first of these ids were given.

fn map_text(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn option_text(text: Option<String>) -> String {
    text.map_or("None".to_owned(), |text| format!("Some({text})"))
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '\0' => quoted.push_str("\\0"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_ids_is_what_debug_output_was() {
        for text in ["", "Client A", "a \"b\" 'c' \\ é 朝 🙂", "tab\tline\n\r\0\u{7f}\u{85}\u{1b}"] {
            assert_eq!(quoted(text), format!("{text:?}"));
            assert_eq!(option_text(Some(quoted(text))), format!("{:?}", Some(text)));
            let map = BTreeMap::from([("a".to_owned(), text.to_owned()), (text.to_owned(), "b".to_owned())]);
            assert_eq!(map_text(&map), format!("{map:?}"));
        }
        assert_eq!(option_text(Some(5.to_string())), format!("{:?}", Some(5_i64)));
        assert_eq!(option_text(None), format!("{:?}", None::<i64>));
    }
}
