//! `--dry-run`: the fetch plan and its cost.

use serde_json::{Value, json};

use crate::cli::{ending::Ending, words::count};
use crate::config::{FetchConfig, Settings, Source};
use crate::error::{Error, Result};
use crate::fetch::dry_run::PlannedFetch;
use crate::pipeline::run;
use crate::store::layout::Store;

const UNKNOWN: &str = "unknown (first crawl)";

/// What would be fetched, account by account, the calls in total and how long they take.
pub(crate) fn dry_run(store: &Store, settings: &Settings, source: &Source, run_id: Option<&str>) -> Result<Ending> {
    let Source::Api(config) = source else {
        return Err(Error::usage("--dry-run cannot be used with --replay: a replay costs nothing"));
    };
    let planned = run::dry_run(store, settings, config, run_id)?;
    let rate = config.requests_per_minute;
    let calls: i32 = planned.iter().filter_map(|line| line.calls).sum();
    let unknown = planned.iter().filter(|line| line.calls.is_none()).count();
    let fact = |line: &PlannedFetch| -> Value {
        json!({"account": line.account, "last_pages": line.last_pages, "calls": line.calls, "action": line.action})
    };
    let known = u64::try_from(calls).unwrap_or(0);
    let about = config.price.filter(|_| known > 0).map(|price| price.about(known, &count(known, "call")) + "\n");
    let limit = limit(config, known, unknown).unwrap_or_default();
    Ending::done(table(&planned) + &total(calls, unknown, rate) + &about.unwrap_or_default() + &limit)
        .fact("dry_run", true)?
        .fact("accounts", planned.iter().map(fact).collect::<Vec<_>>())?
        .fact("calls_known", calls)?
        .fact("cost_usd_known", config.price.map(|price| price.cost(known).dollars()))?
        .fact("price_per_call_usd", config.price.map(|price| price.usd().dollars()))?
        .fact("accounts_unknown", unknown)?
        .fact("minutes_known", minutes(calls, rate))
}

fn table(planned: &[PlannedFetch]) -> String {
    let widest = planned.iter().map(|line| line.account.len()).max().unwrap_or(0).max(30);
    let row = |account: &str, pages: &str, calls: &str, action: &str| {
        format!("{account:<widest$}  {pages:>10}  {calls:>21}  {action}\n")
    };
    let mut text = row("account", "last pages", "calls", "action");
    for line in planned {
        let pages = line.last_pages.map_or("none yet".to_owned(), |pages| pages.to_string());
        let calls = line.calls.map_or(UNKNOWN.to_owned(), |calls| calls.to_string());
        text.push_str(&row(&line.account, &pages, &calls, &line.action));
    }
    text
}

fn total(calls: i32, unknown: usize, rate: u32) -> String {
    let of_unknown = || format!("{} of {}", UNKNOWN, count(unknown as u64, "account"));
    if calls == 0 && unknown > 0 {
        return format!("calls expected: {}\n", of_unknown());
    }
    let calls_and_time = if calls == 0 {
        "0 calls expected".to_owned()
    } else {
        let minutes = count(minutes(calls, rate), "minute");
        format!("{} expected: {minutes} at {}", count(calls, "call"), count(rate, "request") + " a minute")
    };
    match unknown {
        0 => format!("{calls_and_time}\n"),
        _ => format!("{calls_and_time}, and {}\n", of_unknown()),
    }
}

/// Where the run stops, or how to make it stop, where it may cost more than is known.
fn limit(config: &FetchConfig, known: u64, unknown: usize) -> Option<String> {
    let flag = if config.max_calls_by_cost { "--max-cost" } else { "--max-calls" };
    match config.max_calls {
        Some(max) if unknown > 0 || u64::from(max) < known => {
            let cost = config.price.map(|price| format!(", {}", price.cost(max.into()))).unwrap_or_default();
            Some(format!("the run stops at {}{cost} ({flag})\n", count(u64::from(max), "call")))
        }
        None if unknown > 0 => {
            let each = config.price.map(|price| format!(" of {}", price.usd())).unwrap_or_default();
            let flags = if config.price.is_some() { "--max-cost or --max-calls" } else { "--max-calls" };
            Some(format!("a first crawl takes a call{each} for about 12 reels; {flags} can limit the run\n"))
        }
        _ => None,
    }
}

/// The minutes that these calls take at the given rate, rounded up.
fn minutes(calls: i32, rate: u32) -> u32 {
    u32::try_from(calls).unwrap_or(0).div_ceil(rate.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::price::{CallPrice, Usd};

    fn line(account: &str, last_pages: Option<i32>, calls: Option<i32>) -> PlannedFetch {
        PlannedFetch { account: account.to_owned(), action: "crawl from page 1".to_owned(), last_pages, calls }
    }

    #[test]
    fn what_is_not_known_is_unknown() {
        let text = table(&[line("maple", Some(3), Some(2)), line("willow", None, None)]);
        let words: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            words,
            [
                "account last pages calls action",
                "maple 3 2 crawl from page 1",
                "willow none yet unknown (first crawl) crawl from page 1"
            ]
        );
    }

    #[test]
    fn what_may_cost_more_than_is_known_says_where_it_stops() {
        let price = CallPrice::of(Usd::parse("0.012").ok());
        let limit_of = |max_calls: Option<u32>, max_calls_by_cost: bool, known: u64, unknown: usize| {
            let config =
                FetchConfig { max_calls, max_calls_by_cost, price, ..FetchConfig::offline(chrono::Duration::zero()) };
            limit(&config, known, unknown).unwrap_or_default()
        };
        let can_be =
            "a first crawl takes a call of $0.012 for about 12 reels; --max-cost or --max-calls can limit the run\n";
        assert_eq!(limit_of(None, false, 0, 1), can_be);
        assert_eq!(limit_of(None, false, 300, 0), "");
        assert_eq!(limit_of(Some(100), true, 0, 1), "the run stops at 100 calls, $1.20 (--max-cost)\n");
        assert_eq!(limit_of(Some(1), false, 2, 0), "the run stops at 1 call, $0.012 (--max-calls)\n");
        assert_eq!(limit_of(Some(2), false, 2, 0), "");
    }

    #[test]
    fn the_total_has_minutes_at_the_given_rate_and_nouns_that_fit() {
        assert_eq!(total(1, 0, 60), "1 call expected: 1 minute at 60 requests a minute\n");
        assert_eq!(total(121, 0, 60), "121 calls expected: 3 minutes at 60 requests a minute\n");
        assert_eq!(total(2, 0, 1), "2 calls expected: 2 minutes at 1 request a minute\n");
        assert_eq!(total(0, 0, 60), "0 calls expected\n");
        assert_eq!(total(0, 1, 60), "calls expected: unknown (first crawl) of 1 account\n");
        assert_eq!(
            total(60, 2, 60),
            "60 calls expected: 1 minute at 60 requests a minute, and unknown (first crawl) of 2 accounts\n"
        );
    }
}
