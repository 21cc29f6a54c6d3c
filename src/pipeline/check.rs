//! `check`: whether the latest run is recent, complete, and not much smaller than what came before it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};

use crate::error::Result;
use crate::pipeline::{forgetting, freshness::hours_since_observed, newest_run};
use crate::schema::values::AccountStatus;
use crate::store::layout::Store;
use crate::store::manifest::{AccountEntry, Manifest};
use crate::time::age;

/// The accounts that a message names.
const MOST_NAMED: usize = 5;

/// What a run must keep within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub max_age: Duration,
    /// Parts of a whole, from 0 to 1.
    pub min_complete: f64,
    pub max_drop: f64,
}

/// The state of the latest run against these limits.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Checked {
    pub run_id: String,
    /// `None` without an observation.
    pub hours_since_observed: Option<f64>,
    /// Of the accounts that the run was asked for.
    pub accounts: usize,
    pub complete: usize,
    /// What exceeds a limit, in words.
    pub failures: Vec<String>,
}

/// Compares the latest run with the limits and with the runs before it that the store keeps. Without a run, that is the
/// failure.
///
/// # Errors
/// `Usage` where a newer program published the run.
pub(crate) fn check(store: &Store, limits: &Limits, now: DateTime<Utc>) -> Result<Checked> {
    let Some((dir, mut manifest)) = newest_run::newest(store)? else {
        return Ok(Checked { failures: vec!["no run has been published yet".to_owned()], ..Checked::default() });
    };
    let hours = hours_since_observed(&dir, now)?;
    forgetting::leave_out(store, &mut manifest)?;
    let mut earlier = Vec::new();
    for run in store.runs()?.into_iter().rev().filter(|run| run.sequence < manifest.sequence) {
        earlier.push(run.manifest()?);
    }
    let mut failures = Vec::new();
    failures.extend(too_old(hours, limits.max_age));
    let (accounts, incomplete) = incomplete(&manifest, now - limits.max_age);
    failures.extend(too_few(accounts, &incomplete, limits.min_complete));
    failures.extend(fewer_accounts(&manifest, earlier.first(), limits.max_drop));
    failures.extend(smaller_crawls(&manifest, &earlier, limits.max_drop));
    let complete = accounts - incomplete.len();
    Ok(Checked { run_id: manifest.run_id, hours_since_observed: hours, accounts, complete, failures })
}

fn too_old(hours: Option<f64>, max_age: Duration) -> Option<String> {
    /// Clocks differ by less.
    const MOST_HOURS_AHEAD: f64 = 1.0;
    match hours {
        None => Some("the run has no observation".to_owned()),
        Some(hours) if hours < -MOST_HOURS_AHEAD => Some(format!("the newest observation is {}", age(hours))),
        Some(hours) if hours > max_age.num_seconds() as f64 / 3600.0 => {
            Some(format!("the newest observation is from {}; the limit is {}", age(hours), in_words(max_age)))
        }
        Some(_) => None,
    }
}

/// As it may be typed: `36h`, `90m` or `30s`.
fn in_words(limit: Duration) -> String {
    match limit.num_seconds() {
        seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// The number of accounts that the run was asked for, and those of them that it did not crawl to their end, each with
/// why. One whose last complete or incremental crawl began before `oldest` was not crawled for this run either: in a merged
/// store, its shard may have stopped.
fn incomplete(manifest: &Manifest, oldest: DateTime<Utc>) -> (usize, Vec<String>) {
    let waiting: HashSet<&String> = manifest.cut_short.iter().flat_map(|cut| &cut.waiting).collect();
    let entries: BTreeMap<&str, &AccountEntry> =
        manifest.accounts.iter().map(|entry| (entry.account.as_str(), entry)).collect();
    let why = |name: &String| match entries.get(name.as_str()) {
        None => Some(format!("{name} (no pages)")),
        Some(entry) if waiting.contains(&entry.key().to_owned()) => Some(format!("{name} (not crawled)")),
        Some(entry) if !entry.status.is_success() => Some(format!("{name} ({})", entry.status)),
        Some(entry) if entry.last_refreshed_at.as_ref().is_some_and(|at| at.at() < oldest) => {
            let at = entry.last_refreshed_at.as_ref().map(ToString::to_string).unwrap_or_default();
            Some(format!("{name} (last crawled {at})"))
        }
        Some(_) => None,
    };
    (manifest.requested.len(), manifest.requested.iter().filter_map(why).collect())
}

fn too_few(accounts: usize, incomplete: &[String], min_complete: f64) -> Option<String> {
    let part = (accounts - incomplete.len()) as f64 / accounts.max(1) as f64;
    (accounts > 0 && part < min_complete).then(|| {
        let (complete, limit) = (accounts - incomplete.len(), percent(min_complete));
        format!("{complete} of {accounts} accounts are complete; the limit is {limit}: {}", some_of(incomplete))
    })
}

/// The accounts file may have lost lines.
fn fewer_accounts(manifest: &Manifest, before: Option<&Manifest>, max_drop: f64) -> Option<String> {
    let before = before?;
    let (now, then) = (manifest.requested.len(), before.requested.len());
    dropped(now as u64, then as u64, max_drop).map(|drop| {
        format!("accounts that the run was asked for: {now}, after {then} in run {}: {drop}", before.run_id)
    })
}

/// Accounts whose newest full crawl shows far fewer reels than the full crawl before it.
fn smaller_crawls<'m>(manifest: &'m Manifest, earlier: &'m [Manifest], max_drop: f64) -> Option<String> {
    let mut runs: Vec<&Manifest> = std::iter::once(manifest).chain(earlier).collect();
    // A run without a new crawl, such as a rebuild, changes nothing.
    let crawls = |run: &Manifest| run.accounts.iter().map(|entry| entry.crawls).sum::<u64>();
    runs.dedup_by(|older, newer| crawls(older) == crawls(newer) && older.accounts.len() == newer.accounts.len());
    let by_key = |run: &&'m Manifest| run.accounts.iter().map(|entry| (entry.key(), entry)).collect();
    let runs: Vec<HashMap<&str, &AccountEntry>> = runs.iter().map(by_key).collect();
    let smaller = |entry: &AccountEntry| {
        let mut sizes = full_crawls(entry.key(), &runs).into_iter();
        // Only what the latest run crawled is its concern.
        let (_, now) = sizes.next().filter(|(run, _)| *run == 0)?;
        let (_, then) = sizes.next()?;
        dropped(now, then, max_drop).map(|drop| format!("{} (from {then} to {now}, {drop})", entry.account))
    };
    let found: Vec<String> = manifest.accounts.iter().filter_map(smaller).collect();
    (!found.is_empty()).then(|| format!("full crawls show fewer reels than the ones before them: {}", some_of(&found)))
}

/// The sizes of an account's full crawls in observations, the newest first, each with the place of its run. Crawls that
/// share a run have one size together, and are left out.
fn full_crawls(key: &str, runs: &[HashMap<&str, &AccountEntry>]) -> Vec<(usize, u64)> {
    let mut sizes = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        let Some(entry) = run.get(key) else { continue };
        let is_oldest = at + 1 == runs.len();
        let before = runs.get(at + 1).and_then(|run| run.get(key));
        let (crawls, observations) = before.map_or((0, 0), |before| (before.crawls, before.observations));
        // What the oldest run that is kept added is not known, unless it is the account's first crawl.
        let is_one_crawl = entry.crawls == crawls + 1 && (!is_oldest || entry.crawls == 1);
        if is_one_crawl && is_full(entry.status) {
            sizes.push((at, entry.observations.saturating_sub(observations)));
        }
    }
    sizes
}

/// Whether a crawl showed all that there is; that may be nothing.
fn is_full(status: AccountStatus) -> bool {
    use AccountStatus::{Complete, Empty, EmptyOrPrivate, Private};
    matches!(status, Complete | Empty | EmptyOrPrivate | Private)
}

/// The drop in words, where it is larger than the limit.
fn dropped(now: u64, then: u64, max_drop: f64) -> Option<String> {
    let part = 1.0 - now as f64 / then.max(1) as f64;
    (part > max_drop).then(|| format!("a drop of {}; the limit is {}", percent(part), percent(max_drop)))
}

fn percent(part: f64) -> String {
    format!("{}%", (part * 1000.0).round() / 10.0)
}

fn some_of(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let named = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::manifest::CutShort;

    fn entry(account: &str, status: AccountStatus, crawls: u64, observations: u64) -> AccountEntry {
        AccountEntry { account: account.into(), status, crawls, observations, ..AccountEntry::default() }
    }

    fn run(requested: &[&str], accounts: Vec<AccountEntry>) -> Manifest {
        let requested = requested.iter().map(ToString::to_string).collect();
        Manifest { run_id: "before".into(), requested, accounts, ..Manifest::default() }
    }

    #[test]
    fn a_run_that_is_older_than_the_limit_fails_and_one_as_old_does_not() {
        let limit = Duration::hours(36);
        assert_eq!(too_old(Some(36.0), limit), None);
        assert_eq!(
            too_old(Some(36.1), limit).unwrap(),
            "the newest observation is from 36.1 hours ago; the limit is 36h"
        );
        assert!(too_old(None, limit).is_some());
        assert!(too_old(Some(0.1), Duration::seconds(90)).unwrap().ends_with("the limit is 90s"));
        assert_eq!(too_old(Some(-0.9), limit), None);
        assert_eq!(too_old(Some(-72.0), limit).unwrap(), "the newest observation is 72.0 hours ahead of this clock");
    }

    #[test]
    fn accounts_that_were_not_crawled_to_their_end_are_named() {
        let accounts = vec![
            entry("ash", AccountStatus::Complete, 1, 5),
            entry("elm", AccountStatus::NotFound, 1, 0),
            entry("fir", AccountStatus::Incremental, 1, 5),
            entry("oak", AccountStatus::Complete, 1, 5),
        ];
        let cut_short = CutShort { waiting: vec!["oak".into()], ..CutShort::default() };
        let manifest =
            Manifest { cut_short: Some(Box::new(cut_short)), ..run(&["ash", "elm", "fir", "oak", "yew"], accounts) };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let mut stale = manifest.clone();
        stale.accounts[0].last_refreshed_at = Some(at("2026-03-01T06:00:00Z").into());
        let (_, of_stale) = incomplete(&stale, at("2026-03-02T06:00:00Z"));
        assert_eq!(of_stale[0], "ash (last crawled 2026-03-01T06:00:00.000Z)");
        assert_eq!(incomplete(&stale, at("2026-03-01T06:00:00Z")).1.len(), 3);
        let (accounts, incomplete) = incomplete(&manifest, at("2026-03-02T06:00:00Z"));
        assert_eq!(incomplete, ["elm (not_found)", "oak (not crawled)", "yew (no pages)"]);
        // Two of five.
        assert_eq!(too_few(accounts, &incomplete, 0.4), None);
        assert_eq!(
            too_few(accounts, &incomplete, 0.41).unwrap(),
            "2 of 5 accounts are complete; the limit is 41%: elm (not_found), oak (not crawled), yew (no pages)"
        );
        assert_eq!(too_few(0, &[], 1.0), None);
    }

    #[test]
    fn a_full_crawl_is_compared_with_the_full_crawl_before_it() {
        use AccountStatus::{Complete, Incremental};
        let of = |crawls, observations, status| run(&["ash"], vec![entry("ash", status, crawls, observations)]);
        // 100 reels, then a page of 12, then 40: a drop of 60 %.
        let (first, second, third) = (of(1, 100, Complete), of(2, 112, Incremental), of(3, 152, Complete));
        let fails = |limit| smaller_crawls(&third, &[second.clone(), first.clone()], limit);
        assert_eq!(fails(0.6), None);
        let words = "full crawls show fewer reels than the ones before them: ash (from 100 to 40, a drop of 60%; the \
                     limit is 59.9%)";
        assert_eq!(fails(0.599).as_deref(), Some(words));
        // Without a full crawl in this run, before it, or where a run added two.
        assert_eq!(smaller_crawls(&second, std::slice::from_ref(&first), 0.0), None);
        assert_eq!(smaller_crawls(&of(4, 152, Complete), &[second.clone(), first.clone()], 0.0), None);
        assert_eq!(smaller_crawls(&third, std::slice::from_ref(&second), 0.0), None);
        assert_eq!(smaller_crawls(&first, &[], 0.0), None);
        // A rebuild adds no crawl; an account that shows nothing has dropped by all.
        assert!(smaller_crawls(&third, &[third.clone(), second, first.clone()], 0.599).is_some());
        let gone = of(2, 100, AccountStatus::EmptyOrPrivate);
        assert!(smaller_crawls(&gone, &[first], 0.999).unwrap().contains("ash (from 100 to 0, a drop of 100%"));
    }

    #[test]
    fn a_list_of_accounts_that_lost_most_of_its_lines_fails() {
        let (now, then) = (run(&["ash"], vec![]), run(&["ash", "elm", "fir"], vec![]));
        let words = "accounts that the run was asked for: 1, after 3 in run before: a drop of 66.7%; the limit is 50%";
        assert_eq!(fewer_accounts(&now, Some(&then), 0.5).as_deref(), Some(words));
        assert_eq!(fewer_accounts(&now, Some(&then), 0.67), None);
        assert_eq!(fewer_accounts(&then, Some(&now), 0.0), None);
        assert_eq!(fewer_accounts(&now, None, 0.0), None);
    }
}
