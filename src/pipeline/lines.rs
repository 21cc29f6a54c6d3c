//! Where an account's lines come from, and how they become the account's rows.

use std::path::Path;

use chrono::{DateTime, NaiveDate};

use crate::columns::{Day, UtcMicros};
use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, Result};
use crate::fetch::page_log::{self, Line, PageLine, Start};
use crate::fetch::{self, Found};
use crate::store::Store;
use crate::transform::{Builder, PageInput, Tables, WalkStart};

/// Pages in a store, or straight from a replay path.
pub enum Pages<'a> {
    Store {
        store: &'a Store,
    },
    /// Some accounts of a store, as the user configures them now.
    Selected {
        store: &'a Store,
        accounts: &'a [String],
        settings: &'a Settings,
    },
    Replay {
        found: &'a Found,
        config: &'a ReplayConfig,
        settings: &'a Settings,
        run_id: &'a str,
    },
}

impl Pages<'_> {
    /// The accounts that have pages, in name order.
    pub fn accounts(&self) -> Result<Vec<String>> {
        match self {
            Self::Store { store } => store.accounts(),
            Self::Selected { accounts, .. } => Ok(accounts.to_vec()),
            Self::Replay { found, .. } => Ok(found.keys().cloned().collect()),
        }
    }

    /// The newest log of an account in a store, by the name of a whole log, and its size.
    pub fn newest_log(&self, account: &str) -> Result<Option<(String, u64)>> {
        let Self::Store { store } = self else { return Ok(None) };
        let Some(log) = store.logs(account)?.pop() else { return Ok(None) };
        let bytes = std::fs::metadata(&log).map_err(|error| Error::disk("read the size of", &log, error))?.len();
        Ok(Some((fetch::log_name(&log), bytes)))
    }

    /// The rows of one account; `None` where its logs hold no walk at all.
    pub fn tables(&self, account: &str) -> Result<Option<Tables>> {
        let mut builder = Builder::new(account);
        let mut begun = false;
        match self {
            Self::Store { store } | Self::Selected { store, .. } => {
                for path in store.logs(account)? {
                    let torn = page_log::for_each_line(&path, |mut line| {
                        begun |= matches!(line, Line::Start(_));
                        if let (Line::Start(start), Self::Selected { settings, .. }) = (&mut line, self) {
                            fetch::configure(start, settings, true);
                        }
                        feed(&mut builder, line, &path)
                    })?;
                    if torn {
                        tracing::warn!(log = %path.display(), "the last line was cut off and is left out");
                    }
                }
            }
            Self::Replay { found, config, settings, run_id } => {
                let source = &found[account];
                fetch::for_each_line(account, source, config, settings, run_id, |line| {
                    begun |= matches!(line, Line::Start(_));
                    feed(&mut builder, line, &config.path)
                })?;
            }
        }
        if begun { builder.finish().map(Some) } else { Ok(None) }
    }
}

fn feed(builder: &mut Builder, line: Line, path: &Path) -> Result<()> {
    let time = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .map(|at| UtcMicros(at.timestamp_micros()))
            .map_err(|error| Error::not_understood(format!("{}: '{text}' is no time: {error}", path.display())))
    };
    match line {
        Line::Start(start) => builder.start(walk_start(&start, time(&start.started_at)?, path)?),
        Line::Page(page) => builder.page(page_input(&page, time(&page.fetched_at)?)),
        Line::End(end) => builder.end(&end.status, end.reason.as_deref(), whole(end.attempts)),
        Line::BarePage(_) => {
            return Err(Error::not_understood(format!("{}: a bare page among the lines of a log", path.display())));
        }
    }
    Ok(())
}

fn walk_start(start: &Start, started_at: UtcMicros, path: &Path) -> Result<WalkStart> {
    let day = |text: &String| {
        text.parse::<NaiveDate>()
            .map(|day| Day(day.signed_duration_since(NaiveDate::default()).num_days() as i32))
            .map_err(|error| Error::not_understood(format!("{}: '{text}' is no day: {error}", path.display())))
    };
    Ok(WalkStart {
        run_id: start.run_id.clone(),
        account_id: start.account_id.clone(),
        label: start.label.clone(),
        timezone: start.timezone.clone(),
        followers: start.followers,
        followers_as_of: start.followers_as_of.as_ref().map(day).transpose()?,
        started_at,
        configures_only: start.configures_only,
    })
}

fn page_input<'a>(page: &'a PageLine, fetched_at: UtcMicros) -> PageInput<'a> {
    PageInput {
        body: page.body,
        number: whole(page.page),
        fetched_at,
        blake3: &page.blake3,
        attempts: whole(page.attempts),
    }
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
