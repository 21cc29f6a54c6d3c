//! Where an account's lines come from, and how they become the account's rows.

#[cfg(test)]
pub mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, NaiveDate, Utc};

use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::accounts::AccountName;
use crate::pipeline::observations::Listing;
use crate::pipeline::previous_run::{Folded, PreviousRun, TransformedAccount};
use crate::pipeline::{accounts, previous_run, times};
use crate::replay::discover::{AccountSource, ReplayInput};
use crate::replay::import;
use crate::replay::run_id::Identity;
use crate::schema::cell::{Day, UtcMicros};
use crate::store::layout::Store;
use crate::store::manifest::Watermark;
use crate::store::page_log::line::{Line, PageLine, Start};
use crate::store::page_log::reader;
use crate::time::Timestamp;
use crate::transform::account::{AccountState, Builder, CrawlStart, PageInput};

/// Pages in a store, or straight from a replay path.
pub enum Pages<'a> {
    /// All of a store, on top of what an earlier run made of it.
    Store { store: &'a Store, before: Option<Box<PreviousRun>> },
    /// What of a store is folded into a run.
    Folded { store: &'a Store, marks: &'a BTreeMap<String, Watermark> },
    /// Some accounts of a store, as the user configures them now.
    Selected { store: &'a Store, accounts: &'a [AccountName], settings: &'a Settings },
    Replay {
        found: &'a ReplayInput,
        config: &'a ReplayConfig,
        settings: &'a Settings,
        /// What turned out to be no page.
        skipped: &'a Mutex<Vec<String>>,
    },
}

impl<'a> Pages<'a> {
    /// The accounts that have pages, in name order.
    pub fn accounts(&self) -> Result<Vec<AccountName>> {
        let name = |account: &str, key: &str| AccountName { account: account.to_owned(), key: key.to_owned() };
        Ok(match self {
            Self::Store { store, before } => accounts::names(store, before.as_ref().map(|before| &before.marks))?,
            Self::Folded { marks, .. } => {
                let mut names: Vec<_> = marks.iter().map(|(key, mark)| name(mark.account(key), key)).collect();
                names.sort();
                names
            }
            Self::Selected { accounts, .. } => accounts.to_vec(),
            Self::Replay { found, .. } => {
                accounts::each_once(found.accounts.iter().map(|(key, source)| name(&source.account, key)).collect())
            }
        })
    }

    /// Whether the rows are a store's, for later runs to go on from.
    pub fn are_a_stores(&self) -> bool {
        matches!(self, Self::Store { .. } | Self::Folded { .. })
    }

    /// The accounts whose readings lie in the observation files of before.
    pub fn known_before(&self) -> HashSet<String> {
        match self {
            Self::Store { before: Some(before), .. } => {
                before.marks.iter().map(|(key, mark)| mark.account(key).to_owned()).collect()
            }
            _ => HashSet::new(),
        }
    }

    pub fn observations_before(&self) -> Listing {
        match self {
            Self::Store { before: Some(before), .. } => before.observations.clone(),
            _ => Listing::default(),
        }
    }

    /// What there is to do for the rows of one account, with all that has to be read before the next account's turn.
    /// Accounts are to be asked for in name order.
    pub fn work(&mut self, name: &AccountName) -> Result<TransformTask<'a>> {
        let AccountName { account, key } = name.clone();
        Ok(match self {
            Self::Store { store, before } => {
                let logs = store.logs(&key)?;
                let Some(mark) = previous_run::mark(&logs)? else { return Ok(Box::new(|| Ok(None))) };
                let earlier = match before {
                    Some(before) => before.earlier(name, &logs)?,
                    None => None,
                };
                Box::new(move || alone(fold_on(&account, &logs, mark, earlier)))
            }
            Self::Folded { store, marks } => {
                let (mut logs, mark) = (store.logs(&key)?, marks.get(&key).cloned());
                logs.truncate(mark.as_ref().map_or(0, |mark| mark.logs));
                Box::new(move || Ok(rows(fold_anew(&account, &logs, mark, |_| {})?)))
            }
            Self::Selected { store, settings, .. } => {
                let (logs, settings) = (store.logs(&key)?, *settings);
                Box::new(move || {
                    alone(fold_anew(&account, &logs, None, |start| import::configure(start, &key, settings, true)))
                })
            }
            Self::Replay { found, config, settings, skipped } => {
                let (found, config, settings, skipped) = (*found, *config, *settings, *skipped);
                Box::new(move || alone(replay(&account, &key, &found.accounts[&key], config, settings, skipped)))
            }
        })
    }
}

/// Makes the rows of one account, on whatever thread; `None` where its logs hold no walk at all.
pub type TransformTask<'a> = Box<dyn FnOnce() -> Result<Option<Folded>> + Send + 'a>;

/// An account whose logs cannot be used fails alone.
fn alone(folded: Result<Option<TransformedAccount>>) -> Result<Option<Folded>> {
    match folded {
        Err(error) if error.kind == ErrorKind::InvalidData => Ok(Some(Folded::Unusable(error.message))),
        folded => Ok(rows(folded?)),
    }
}

fn rows(account: Option<TransformedAccount>) -> Option<Folded> {
    account.map(|account| Folded::Rows(Box::new(account)))
}

/// Folds what came since onto what was folded earlier, where that gives what folding anew would.
fn fold_on(
    account: &str,
    logs: &[PathBuf],
    mark: Watermark,
    earlier: Option<(AccountState, usize)>,
) -> Result<Option<TransformedAccount>> {
    if let Some((earlier, folded)) = earlier {
        let mut builder = Builder::on(account, earlier);
        feed_logs(&mut builder, &logs[folded..], |_| {})?;
        if builder.follows() {
            let tables = builder.finish()?;
            return Ok(Some(TransformedAccount { tables, mark: Some(mark), is_anew: false }));
        }
        tracing::info!(account, "older readings came after newer ones: folded anew");
    }
    fold_anew(account, logs, Some(mark), |_| {})
}

fn fold_anew(
    account: &str,
    logs: &[PathBuf],
    mark: Option<Watermark>,
    configure: impl Fn(&mut Start),
) -> Result<Option<TransformedAccount>> {
    let mut builder = Builder::new(account);
    let begun = feed_logs(&mut builder, logs, configure)?;
    finish(begun, builder, mark)
}

/// Straight from its pages. Bare ones are a run that no store knows, named by what they hold.
fn replay(
    account: &str,
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    skipped: &Mutex<Vec<String>>,
) -> Result<Option<TransformedAccount>> {
    let (mut builder, mut begun) = (Builder::new(account), false);
    let mut identity = Identity::new("export");
    let replayed = import::for_each_replayed_line(key, source, config, settings, "", |line| {
        begun |= matches!(line, Line::Start(_));
        identity.add(account, &line);
        feed(&mut builder, line, &config.path, None)
    })?;
    skipped.lock().expect("nobody panics while holding it").extend(replayed.skipped);
    if begun {
        builder.name_run(&identity.run_id());
    }
    finish(begun, builder, None)
}

fn finish(begun: bool, builder: Builder, mark: Option<Watermark>) -> Result<Option<TransformedAccount>> {
    if begun { Ok(Some(TransformedAccount { tables: builder.finish()?, mark, is_anew: true })) } else { Ok(None) }
}

/// Feeds logs, oldest first; returns whether a walk began in them. A page that lies in two logs counts once.
fn feed_logs(builder: &mut Builder, logs: &[PathBuf], configure: impl Fn(&mut Start)) -> Result<bool> {
    let mut begun = false;
    let mut pages = HashSet::new();
    let bounds = times::bounds(logs)?;
    for (path, bound) in logs.iter().zip(bounds) {
        let tail = reader::for_each_line(path, |mut line| {
            if let Line::Start(start) = &mut line {
                begun = true;
                configure(start);
            }
            match &line {
                Line::Page(page) if !pages.insert((page.fetched_at.clone(), page.blake3.to_string())) => Ok(()),
                _ => feed(builder, line, path, bound),
            }
        })?;
        tail.warn(path);
    }
    Ok(begun)
}

/// `bound` is the latest moment that the crawl can have been at.
fn feed(builder: &mut Builder, line: Line, path: &Path, bound: Option<DateTime<Utc>>) -> Result<()> {
    let time = |at: &Timestamp| at.at().min(bound.unwrap_or(DateTime::<Utc>::MAX_UTC)).into();
    match line {
        Line::Start(start) => builder.start(walk_start(&start, time(&start.started_at), path)?),
        Line::Page(page) => builder.page(page_input(&page, time(&page.fetched_at))),
        Line::End(end) => builder.end(end.status, end.reason.as_deref(), whole(end.attempts)),
        Line::BarePage(_) => {
            return Err(Error::invalid_data(format!("{}: a bare page among the lines of a log", path.display())));
        }
    }
    Ok(())
}

fn walk_start(start: &Start, started_at: UtcMicros, path: &Path) -> Result<CrawlStart> {
    let day = |text: &String| {
        text.parse::<NaiveDate>()
            .map(Day::of)
            .map_err(|error| Error::invalid_data(format!("{}: '{text}' is not a day: {error}", path.display())))
    };
    Ok(CrawlStart {
        run_id: start.run_id.as_str().into(),
        account: start.account.as_str().into(),
        account_id: start.account_id.as_deref().map(Into::into),
        label: start.label.as_deref().map(Into::into),
        timezone: start.timezone.as_str().into(),
        followers: start.followers,
        followers_as_of: start.followers_as_of.as_ref().map(day).transpose()?,
        started_at,
        sequence: start.sequence,
        configures_only: start.configures_only,
    })
}

fn page_input<'a>(page: &'a PageLine, fetched_at: UtcMicros) -> PageInput<'a> {
    PageInput {
        body: page.body,
        number: whole(page.page),
        fetched_at,
        blake3: &page.blake3,
        was_changed: page.received_blake3.is_some(),
        attempts: whole(page.attempts),
    }
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
