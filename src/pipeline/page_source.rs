//! Where an account's lines come from, and how they become the account's rows.

#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, NaiveDate, Utc};

use crate::config::{DayRange, ReplayConfig, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::watermark;
use crate::pipeline::{accounts, accounts::AccountName, clock_skew, observations::Listing, previous_run::PreviousRun};
use crate::replay::discover::{AccountSource, ReplayInput};
use crate::replay::{identity::Identity, import};
use crate::schema::cell::{Day, UtcMicros};
use crate::store::page_log::line::{Line, PageLine, ProfileAnswer, ProfileLine, Start};
use crate::store::{layout::Store, manifest::Watermark, page_log::reader};
use crate::time::Timestamp;
use crate::transform::account::AccountBuilder;
use crate::transform::account::checkpoint::AccountTables;
use crate::transform::account::crawl::{CrawlStart, PageInput};
use crate::transform::account::profiles::ProfileInput;

/// Pages in a store, or straight from a replay path.
pub(crate) enum Pages<'a> {
    /// All of a store, on top of an earlier run's tables where there are some.
    Store { store: &'a Store, previous: Option<Box<PreviousRun>> },
    /// What watermarks cover of a store.
    Covered { store: &'a Store, watermarks: &'a BTreeMap<String, Watermark> },
    /// Some accounts of a store, with the user's current settings.
    Selected { store: &'a Store, accounts: &'a [AccountName], settings: &'a Settings, days: DayRange },
    Replay {
        found: &'a ReplayInput,
        config: &'a ReplayConfig,
        settings: &'a Settings,
        days: DayRange,
        /// Files that turned out not to be pages.
        skipped: &'a Mutex<Vec<String>>,
    },
}

/// The result for one account.
pub(crate) enum Transformed {
    Rows(Box<TransformedAccount>),
    /// One of its logs cannot be used, and why. Other accounts are not affected.
    Unusable(String),
}

/// An account's rows, and how they were made.
pub(crate) struct TransformedAccount {
    pub tables: AccountTables,
    /// `None` outside a store.
    pub watermark: Option<Watermark>,
    /// Whether all page logs were read: earlier runs' observations of the account are then in these tables, too.
    pub is_rebuilt: bool,
}

/// Makes the rows of one account, on any thread; `None` where its logs hold no crawl.
pub(crate) type TransformTask<'a> = Box<dyn FnOnce() -> Result<Option<Transformed>> + Send + 'a>;

impl<'a> Pages<'a> {
    /// The accounts that have pages, in name order.
    pub(crate) fn accounts(&self) -> Result<Vec<AccountName>> {
        let name = |account: &str, key: &str| AccountName { account: account.to_owned(), key: key.to_owned() };
        Ok(match self {
            Self::Store { store, previous } => {
                accounts::names(store, previous.as_ref().map(|previous| &previous.watermarks))?
            }
            Self::Covered { watermarks, .. } => {
                let mut names: Vec<_> = watermarks.iter().map(|(key, mark)| name(mark.account(key), key)).collect();
                names.sort();
                names
            }
            Self::Selected { accounts, .. } => accounts.to_vec(),
            Self::Replay { found, .. } => {
                let names = found.accounts.iter().map(|(key, source)| name(&source.account, key));
                accounts::unique_names(names.collect())
            }
        })
    }

    /// The days that the rows are limited to, once they are made.
    pub(crate) fn days(&self) -> DayRange {
        match self {
            Self::Selected { days, .. } | Self::Replay { days, .. } => *days,
            Self::Store { .. } | Self::Covered { .. } => DayRange::default(),
        }
    }

    /// Whether the rows are for a store, so that later runs update them.
    pub(crate) fn are_in_store(&self) -> bool {
        matches!(self, Self::Store { .. } | Self::Covered { .. })
    }

    /// The previous run's observation files, and the accounts with rows in them.
    pub(crate) fn previous_observations(&self) -> (Listing, HashSet<String>) {
        let Self::Store { previous: Some(previous), .. } = self else { return Default::default() };
        let accounts = previous.watermarks.iter().map(|(key, mark)| mark.account(key).to_owned());
        (previous.observations.clone(), accounts.collect())
    }

    /// The task that makes the rows of one account, with all that must be read before the next account's turn.
    /// Accounts must be asked for in name order.
    pub(crate) fn task(&mut self, name: &AccountName) -> Result<TransformTask<'a>> {
        let AccountName { account, key } = name.clone();
        Ok(match self {
            Self::Store { store, previous } => {
                let logs = store.logs(&key)?;
                let Some(watermark) = watermark::behind(&logs)? else { return Ok(Box::new(|| Ok(None))) };
                let state = match previous {
                    Some(previous) => previous.account_state(name, &logs)?,
                    None => None,
                };
                Box::new(move || isolate(update(&account, &logs, watermark, state)))
            }
            Self::Covered { store, watermarks } => {
                let (mut logs, watermark) = (store.logs(&key)?, watermarks.get(&key).cloned());
                logs.truncate(watermark.as_ref().map_or(0, |mark| mark.logs));
                Box::new(move || Ok(rows(rebuild(&account, &logs, watermark, |_| {})?)))
            }
            Self::Selected { store, settings, .. } => {
                let (logs, settings) = (store.logs(&key)?, *settings);
                let configure = move |start: &mut Start, key: &str| import::configure(start, key, settings, true);
                Box::new(move || isolate(rebuild(&account, &logs, None, |start| configure(start, &key))))
            }
            Self::Replay { found, config, settings, skipped, .. } => {
                let (found, config, settings, skipped) = (*found, *config, *settings, *skipped);
                Box::new(move || isolate(replay(&account, &key, &found.accounts[&key], config, settings, skipped)))
            }
        })
    }
}

/// An account whose logs cannot be used does not fail the others.
fn isolate(account: Result<Option<TransformedAccount>>) -> Result<Option<Transformed>> {
    match account {
        Err(error) if error.kind == ErrorKind::InvalidData => Ok(Some(Transformed::Unusable(error.message))),
        account => Ok(rows(account?)),
    }
}

fn rows(account: Option<TransformedAccount>) -> Option<Transformed> {
    account.map(|account| Transformed::Rows(Box::new(account)))
}

/// Adds the new logs to an account's state where that gives what a rebuild would; else rebuilds the account.
fn update(
    account: &str,
    logs: &[PathBuf],
    watermark: Watermark,
    state: Option<(AccountTables, usize)>,
) -> Result<Option<TransformedAccount>> {
    if let Some((state, logs_read)) = state {
        let mut builder = AccountBuilder::on(account, state);
        feed_logs(&mut builder, &logs[logs_read..], |_| {})?;
        if builder.is_in_order() {
            let tables = builder.finish()?;
            if !tables.needs_rebuild {
                return Ok(Some(TransformedAccount { tables, watermark: Some(watermark), is_rebuilt: false }));
            }
            tracing::info!(account, "another time zone or owner; rebuilding this account");
        } else {
            tracing::info!(account, "out-of-order observations; rebuilding this account");
        }
    }
    rebuild(account, logs, Some(watermark), |_| {})
}

fn rebuild(
    account: &str,
    logs: &[PathBuf],
    watermark: Option<Watermark>,
    configure: impl Fn(&mut Start),
) -> Result<Option<TransformedAccount>> {
    let mut builder = AccountBuilder::new(account);
    let has_crawl = feed_logs(&mut builder, logs, configure)?;
    finish(has_crawl, builder, watermark)
}

/// Straight from its pages. Bare pages are a run that no store knows; it is named after their content.
fn replay(
    account: &str,
    key: &str,
    source: &AccountSource,
    config: &ReplayConfig,
    settings: &Settings,
    skipped: &Mutex<Vec<String>>,
) -> Result<Option<TransformedAccount>> {
    let (mut builder, mut has_crawl) = (AccountBuilder::new(account), false);
    let mut identity = Identity::new("export");
    let replayed = import::for_each_replayed_line(key, source, config, settings, "", |line| {
        has_crawl |= matches!(line, Line::Start(_));
        identity.add(account, &line);
        feed(&mut builder, line, &config.path, None)
    })?;
    skipped.lock().expect("nobody panics while holding it").extend(replayed.skipped);
    if has_crawl {
        builder.name_run(&identity.run_id());
    }
    finish(has_crawl, builder, None)
}

fn finish(
    has_crawl: bool,
    builder: AccountBuilder,
    watermark: Option<Watermark>,
) -> Result<Option<TransformedAccount>> {
    if !has_crawl {
        return Ok(None);
    }
    Ok(Some(TransformedAccount { tables: builder.finish()?, watermark, is_rebuilt: true }))
}

/// Feeds logs, oldest first; returns whether they hold a crawl. A page that is in two logs counts once.
fn feed_logs(builder: &mut AccountBuilder, logs: &[PathBuf], configure: impl Fn(&mut Start)) -> Result<bool> {
    let mut has_crawl = false;
    let mut pages = HashSet::new();
    let bounds = clock_skew::bounds(logs)?;
    for (path, bound) in logs.iter().zip(bounds) {
        let tail = reader::for_each_line(path, |mut line| {
            if let Line::Start(start) = &mut line {
                has_crawl = true;
                configure(start);
            }
            match &line {
                Line::Page(page) if !pages.insert((page.fetched_at.clone(), page.blake3.to_string())) => Ok(()),
                Line::Profile(profile) if !pages.insert(profile.identity()) => Ok(()),
                _ => feed(builder, line, path, bound),
            }
        })?;
        tail.warn(path);
    }
    Ok(has_crawl)
}

/// `bound` is the latest time that the pages can be of.
fn feed(builder: &mut AccountBuilder, line: Line, path: &Path, bound: Option<DateTime<Utc>>) -> Result<()> {
    let time = |at: &Timestamp| at.at().min(bound.unwrap_or(DateTime::<Utc>::MAX_UTC)).into();
    match line {
        Line::Start(start) => builder.start(crawl_start(&start, time(&start.started_at), path)?),
        Line::Page(page) => builder.page(page_input(&page, time(&page.fetched_at))),
        Line::Profile(profile) => builder.profile(profile_input(&profile, time(&profile.fetched_at))),
        Line::End(end) => builder.end(end.status, end.reason.as_deref(), whole(end.attempts)),
        Line::BarePage(_) => {
            return Err(Error::invalid_data(format!("{}: a bare page among the lines of a log", path.display())));
        }
    }
    Ok(())
}

fn crawl_start(start: &Start, started_at: UtcMicros, path: &Path) -> Result<CrawlStart> {
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

fn profile_input<'a>(profile: &'a ProfileLine, fetched_at: UtcMicros) -> ProfileInput<'a> {
    let (answer, was_changed) = match &profile.answer {
        ProfileAnswer::Profile { blake3, received_blake3, body, .. } => {
            (Ok((*body, blake3.as_ref())), received_blake3.is_some())
        }
        ProfileAnswer::None(reason) => (Err(reason.as_ref()), false),
    };
    ProfileInput { answer, fetched_at, was_changed, attempts: whole(profile.attempts) }
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
