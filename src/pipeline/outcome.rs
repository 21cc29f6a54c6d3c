//! How a run went: what is said at its end, and the exit code.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::Exit;
use crate::fetch::{Fetched, Imported};
use crate::store::{AccountEntry, Manifest};

use super::tables::Made;

/// What a run did, for the last lines of its output.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    pub run_id: String,
    /// The folder that now holds the tables; `None` where nothing was published.
    pub published: Option<PathBuf>,
    /// The accounts that this run was about.
    pub accounts: Vec<AccountEntry>,
    /// Requests sent, and those of them that were tried again.
    pub calls: u32,
    pub retries: u32,
    /// Pages that an earlier run had bought already.
    pub calls_saved: u32,
    /// Pages that full walks would have bought besides, by the last ones.
    pub calls_saved_by_window: u32,
    /// Time that requests waited for their turn, all together.
    pub waited_s: f64,
    /// What the vendor says is left to spend, where it tells.
    pub credits_remaining: Option<i64>,
    /// Pages that were not in the store before.
    pub pages: u64,
    pub items: u64,
    pub rows: u64,
    /// The run id was published before: nothing was done.
    pub was_published: bool,
    /// Sections of the report that could not be made.
    pub faults: u64,
    #[serde(skip)]
    pub brought_something: bool,
    #[serde(skip)]
    pub terminal: String,
    #[serde(skip)]
    exits: Vec<Exit>,
}

/// What an account's status asks of the exit code.
pub fn exit_of(status: &str) -> Exit {
    match status {
        "complete" | "windowed" | "limited" | "empty_or_private" => Exit::Done,
        _ => Exit::Partial,
    }
}

impl Summary {
    pub fn new(run_id: &str) -> Self {
        Self { run_id: run_id.to_owned(), ..Self::default() }
    }

    pub fn take_manifest(&mut self, manifest: &Manifest) {
        let asked = |account: &&AccountEntry| manifest.requested.contains(&account.account);
        self.accounts = manifest.accounts.iter().filter(asked).cloned().collect();
        self.rows =
            manifest.files.iter().filter(|file| file.path == "reels.parquet").filter_map(|file| file.rows).sum();
        self.was_published = true;
    }

    pub fn take_import(&mut self, account: &str, imported: &Imported) {
        self.pages += imported.pages;
        self.brought_something |= imported.logs > 0;
        tracing::info!(account, pages = imported.pages, known = imported.pages_known, "replayed");
    }

    pub fn take_fetched(&mut self, fetched: Fetched) {
        for outcome in fetched.outcomes {
            self.retries += outcome.retries;
            self.pages += u64::from(outcome.new_pages);
            self.credits_remaining = outcome.credits_remaining.or(self.credits_remaining);
            self.exits.push(outcome.exit);
            self.exits.push(exit_of(outcome.status));
            self.accounts.push(AccountEntry {
                account: outcome.account,
                status: outcome.status.to_owned(),
                reason: outcome.reason,
                pages: i32::try_from(outcome.pages).unwrap_or(i32::MAX),
                ..AccountEntry::default()
            });
        }
        self.calls = fetched.calls;
        self.calls_saved = fetched.calls_saved;
        self.calls_saved_by_window = fetched.calls_saved_by_window;
        self.waited_s = fetched.waited.as_secs_f64();
        // Pages of a run that was killed before it published are this run's to publish.
        self.brought_something = self.pages > 0 || self.calls_saved > 0;
        // "Try again" is for a run that got nothing, or was given up; with something in hand it is a partial one.
        if self.brought_something {
            self.exits.retain(|exit| *exit != Exit::TryAgain);
        }
        self.exits.extend(fetched.stopped);
    }

    /// Records the tables' figures for the requested accounts, by their keys.
    pub fn take_tables(&mut self, made: &Made, asked: &[String]) {
        self.items = made.items;
        self.rows = made.rows;
        self.accounts =
            made.accounts.iter().filter(|entry| asked.iter().any(|key| key == entry.key())).cloned().collect();
        self.exits.extend(self.accounts.iter().map(|entry| exit_of(&entry.status)));
        if made.items > 0 && made.rows == 0 {
            self.exits.push(Exit::NotUnderstood);
        }
    }

    /// Takes the report's word for sections of the user's own that could not be made.
    pub fn take_faults(&mut self, faults: Vec<(String, String)>) {
        for (name, fault) in faults {
            tracing::warn!(query = name, "a section of the report could not be made: {fault}");
            self.exits.push(Exit::Partial);
            self.faults += 1;
        }
    }

    pub fn exit(&self) -> Exit {
        Exit::worst(self.exits.iter().copied())
    }
}
