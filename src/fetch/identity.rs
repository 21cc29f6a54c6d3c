//! Which run a replay is: the same pages are the same run, wherever they lie.

use crate::config::{ReplayConfig, Settings};
use crate::error::Result;

use super::import::{compact, for_each_line};
use super::page_log::{Line, Start};
use super::replay::Found;

/// The id of the run that a replay is, where the user gives none.
pub fn default_run_id(found: &Found, config: &ReplayConfig, settings: &Settings, shape: &str) -> Result<String> {
    let mut identity = Identity::new(shape);
    for (account, source) in found {
        for_each_line(account, source, config, settings, "", |line| {
            identity.take(account, &line);
            Ok(false)
        })?;
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
