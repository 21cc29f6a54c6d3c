//! Facts about the data as a whole: accounts, dates, time zones, and how many reels each limit applies to.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::query::{answer::Answer, engine::QueryEngine};
use crate::schema::value::Value;
use crate::schema::values::{AccountStatus, FollowersSource};

/// One account and how its latest crawl ended.
#[derive(Serialize, Deserialize)]
pub(crate) struct AccountSummary {
    pub account: String,
    pub status: Option<AccountStatus>,
    pub timezone: String,
    /// Where its newest follower count comes from.
    pub followers_source: Option<FollowersSource>,
    /// As the accounts file groups it.
    #[serde(rename = "account_label")]
    pub label: Option<String>,
}

/// What is missing of an account or has stopped changing.
#[derive(Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub account: String,
    pub detail: String,
}

/// Counts over all accounts; a reel listed by two of them counts once.
#[derive(Serialize, Deserialize)]
pub(crate) struct DataSummary {
    pub accounts: Vec<AccountSummary>,
    pub reels: i64,
    pub reels_of_period: i64,
    /// Days of the period on which the gains of nearly all reels of an account are known.
    pub days_with_gains: i64,
    pub hidden_likes: i64,
    pub suspect_likes: i64,
    pub immature: i64,
    pub instagram_alone: i64,
    pub whole_play_count: i64,
    pub no_views: i64,
    pub pin_unknown: i64,
    pub owner_unknown: i64,
    pub of_others: i64,
    pub other_clock: i64,
    pub with_baseline: i64,
    pub doubts: Vec<Doubt>,
    #[serde(skip, default = "null")]
    pub first_observation: Value,
    #[serde(skip, default = "null")]
    pub last_observation: Value,
}

fn null() -> Value {
    Value::Null
}

/// The queries that give the summary, in the names of its members: each of the first two in one row.
pub const QUERIES: [(&str, &str); 4] =
    [("reels", REELS), ("days_with_gains", DAYS), ("accounts", ACCOUNTS), ("doubts", DOUBTS)];

const REELS: &str = "
SELECT
  COUNT(DISTINCT reel_id) AS reels,
  COUNT(DISTINCT CASE WHEN posted_date >= p.first AND posted_date <= p.last THEN reel_id END) AS reels_of_period,
  COUNT(DISTINCT CASE WHEN likes_hidden = TRUE THEN reel_id END) AS hidden_likes,
  COUNT(DISTINCT CASE WHEN likes_suspect = TRUE THEN reel_id END) AS suspect_likes,
  COUNT(DISTINCT CASE WHEN maturity = 'immature' THEN reel_id END) AS immature,
  COUNT(DISTINCT CASE WHEN views_source IN ('ig', 'play_minus_fb') THEN reel_id END) AS instagram_alone,
  COUNT(DISTINCT CASE WHEN views_source = 'play' THEN reel_id END) AS whole_play_count,
  COUNT(DISTINCT CASE WHEN views IS NULL THEN reel_id END) AS no_views,
  COUNT(DISTINCT CASE WHEN is_pinned IS NULL THEN reel_id END) AS pin_unknown,
  COUNT(DISTINCT CASE WHEN is_own IS NULL THEN reel_id END) AS owner_unknown,
  COUNT(DISTINCT CASE WHEN is_own = FALSE THEN reel_id END) AS of_others,
  COUNT(DISTINCT CASE WHEN posted_at_source <> 'taken_at' THEN reel_id END) AS other_clock,
  COUNT(DISTINCT CASE WHEN baseline_views IS NOT NULL THEN reel_id END) AS with_baseline,
  MIN(first_observed_at) AS first_observation,
  MAX(observed_at) AS last_observation
FROM reels
CROSS JOIN period AS p";

const DAYS: &str = "
SELECT COUNT(DISTINCT day) AS days_with_gains
FROM days
CROSS JOIN period AS p
WHERE views_gained_n > 0 AND 5 * views_gained_n >= 4 * own_reels AND day >= p.first AND day <= p.last";

const ACCOUNTS: &str = "
SELECT account, status, timezone, followers_source, account_label FROM accounts
ORDER BY account ASC NULLS LAST";

const DOUBTS: &str = "
SELECT account, detail FROM findings WHERE finding IN ('metric_missing', 'stale')
ORDER BY account ASC NULLS LAST, finding ASC NULLS LAST, detail ASC NULLS LAST";

impl DataSummary {
    pub(crate) fn of(tables: &QueryEngine) -> Result<DataSummary> {
        let reels = tables.query(REELS)?;
        let count = |name: &str| reels.value(0, name).as_int().unwrap_or(0);
        Ok(DataSummary {
            accounts: accounts(tables)?,
            reels: count("reels"),
            reels_of_period: count("reels_of_period"),
            days_with_gains: tables.query(DAYS)?.value(0, "days_with_gains").as_int().unwrap_or(0),
            hidden_likes: count("hidden_likes"),
            suspect_likes: count("suspect_likes"),
            immature: count("immature"),
            instagram_alone: count("instagram_alone"),
            whole_play_count: count("whole_play_count"),
            no_views: count("no_views"),
            pin_unknown: count("pin_unknown"),
            owner_unknown: count("owner_unknown"),
            of_others: count("of_others"),
            other_clock: count("other_clock"),
            with_baseline: count("with_baseline"),
            doubts: doubts(tables)?,
            first_observation: reels.value(0, "first_observation").clone(),
            last_observation: reels.value(0, "last_observation").clone(),
        })
    }

    /// Takes the sources of the follower counts that the overview shows: in a past period they may be others than now.
    pub(crate) fn take_followers_sources(&mut self, overview: &Answer) {
        let sources: HashMap<String, Option<FollowersSource>> = (0..overview.rows.len())
            .map(|row| {
                let source = FollowersSource::named(&text(overview, row, "followers_source"));
                (text(overview, row, "account"), source)
            })
            .collect();
        for account in &mut self.accounts {
            if let Some(shown) = sources.get(&account.account) {
                account.followers_source = *shown;
            }
        }
    }

    /// The label that all accounts share.
    pub(crate) fn common_label(&self) -> Option<&str> {
        let label = self.accounts.first()?.label.as_deref()?;
        self.accounts.iter().all(|account| account.label.as_deref() == Some(label)).then_some(label)
    }

    /// The time zones, each with its accounts, in the order of the accounts.
    pub(crate) fn zones(&self) -> Vec<(&str, Vec<&str>)> {
        let mut zones: Vec<(&str, Vec<&str>)> = Vec::new();
        for fact in &self.accounts {
            match zones.iter_mut().find(|(zone, _)| *zone == fact.timezone) {
                Some((_, accounts)) => accounts.push(&fact.account),
                None => zones.push((&fact.timezone, vec![&fact.account])),
            }
        }
        zones
    }
}

fn doubts(tables: &QueryEngine) -> Result<Vec<Doubt>> {
    let answer = tables.query(DOUBTS)?;
    let doubt = |row: usize| Doubt { account: text(&answer, row, "account"), detail: text(&answer, row, "detail") };
    Ok((0..answer.rows.len()).map(doubt).collect())
}

fn accounts(tables: &QueryEngine) -> Result<Vec<AccountSummary>> {
    let answer = tables.query(ACCOUNTS)?;
    let text = |row: usize, name: &str| text(&answer, row, name);
    let fact = |row: usize| AccountSummary {
        account: text(row, "account"),
        status: AccountStatus::named(&text(row, "status")),
        timezone: text(row, "timezone"),
        followers_source: FollowersSource::named(&text(row, "followers_source")),
        label: answer.value(row, "account_label").as_text().map(str::to_owned),
    };
    Ok((0..answer.rows.len()).map(fact).collect())
}

fn text(answer: &Answer, row: usize, name: &str) -> String {
    answer.value(row, name).as_text().unwrap_or_default().to_owned()
}
