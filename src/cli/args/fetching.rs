//! The flags that `run` and `fetch` share: where pages come from, at what pace and at what cost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use secrecy::SecretString;

use crate::cli::args::{InitArgs, InputArgs, StoreArgs, monitoring::MonitoringArgs};
use crate::cli::paths::{expect_file, expect_no_store, why_unreadable};
use crate::cli::values::{parse_age, parse_run_id, parse_since, parse_text};
use crate::config::price::{CallPrice, Usd};
use crate::config::{FetchConfig, Settings, Source, shard::Shard};
use crate::error::{Error, ErrorKind, Result};
use crate::store::layout::Store;
use crate::{fs, time};

/// The API and the key for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fetching")]
pub(crate) struct ApiArgs {
    /// File with the API key [default: the key in AISA_API_KEY]
    #[arg(long, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,

    /// API base URL; must be https, except on localhost
    #[arg(long, value_name = "URL", default_value = "https://api.aisa.one/apis/v1", value_parser = parse_text)]
    pub base_url: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Fetching")]
pub(crate) struct FetchingArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub api: ApiArgs,

    /// Incremental: stop at reels older than AGE (6h, 30d); needs one earlier full crawl
    #[arg(long, value_name = "AGE", conflicts_with = "replay", value_parser = parse_age)]
    pub refresh_window: Option<chrono::Duration>,

    /// With --refresh-window: do a full crawl if the last one started more than AGE ago
    #[arg(long, value_name = "AGE", conflicts_with = "replay", value_parser = parse_age)]
    pub full_every: Option<chrono::Duration>,

    /// Stop at reels posted before this day (in UTC) or time; with --refresh-window the earlier cutoff applies
    #[arg(long, value_name = "DATE", conflicts_with = "replay", value_parser = parse_since)]
    pub since: Option<DateTime<Utc>>,

    /// Resume interrupted crawls started within AGE, and reuse finished ones of a run that was cut short
    #[arg(long, value_name = "AGE", default_value = "6h", value_parser = parse_age)]
    pub resume_within: chrono::Duration,

    /// Crawl only accounts whose last crawl failed or did not end, or is older than --resume-within
    #[arg(long, conflicts_with = "replay")]
    pub retry_failed: bool,

    /// Fetch each account's profile as well, for its followers: one more call per account and crawl
    #[arg(long, conflicts_with = "replay")]
    pub profiles: bool,

    /// Accounts fetched at the same time
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,

    /// One of N shards: this share of the accounts, of --requests-per-minute and of --max-calls or --max-cost (but not of
    /// --concurrency), in a store of its own; `reelframe merge` puts the stores together
    #[arg(long, value_name = "I/N", conflicts_with = "replay", value_parser = Shard::parse)]
    pub shard: Option<Shard>,

    /// Requests per minute, evenly spaced
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub requests_per_minute: u32,

    /// Wait before the first retry of a page; it doubles from there, up to 30 s
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=30_000))]
    pub retry_wait_ms: u64,

    /// Longest wait to accept from the API (90s, 30m, 6h); beyond it the account fails temporarily (exit 5)
    #[arg(long, value_name = "AGE", default_value = "15m", value_parser = parse_age)]
    pub max_wait: chrono::Duration,

    #[command(flatten)]
    pub cost: CostArgs,

    #[command(flatten)]
    pub to: TargetArgs,

    #[command(flatten)]
    pub monitoring: MonitoringArgs,

    /// Hide the progress bar
    #[arg(long, help_heading = "Logging")]
    pub no_progress: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Cost")]
pub(crate) struct CostArgs {
    /// Print the fetch plan and its cost; send no request
    #[arg(long)]
    pub dry_run: bool,

    /// Stop the run after N requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_calls: Option<u32>,

    /// Stop the run after as many requests as AMOUNT (US dollars) pays for
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, value_parser = Usd::parse)]
    pub max_cost: Option<Usd>,

    #[command(flatten)]
    pub price: PriceArgs,

    /// Fetch at most N pages per account
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_pages: Option<u32>,

    /// Request trimmed responses: smaller, but without duration, dimensions, audio, pins and coauthors
    #[arg(long)]
    pub trim: bool,
}

/// The price of a call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cost")]
pub(crate) struct PriceArgs {
    /// Estimate costs at AMOUNT (US dollars) a call; 0 shows none [default: 0.012, the list price of 2026-09-01]
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, value_parser = Usd::parse)]
    pub price_per_call: Option<Usd>,
}

impl PriceArgs {
    /// `None` where costs are not shown.
    pub(crate) fn price(&self) -> Option<CallPrice> {
        CallPrice::of(self.price_per_call)
    }
}

impl CostArgs {
    /// The most requests of a run, and whether they are what `--max-cost` pays for.
    ///
    /// # Errors
    /// `Usage` for an amount that pays for no call, or without a price.
    fn max_calls(&self) -> Result<(Option<u32>, bool)> {
        let Some(amount) = self.max_cost else { return Ok((self.max_calls, false)) };
        let Some(price) = self.price.price() else {
            return Err(Error::usage("--max-cost needs a price, and --price-per-call is 0")
                .hint("give the price of a call, or use --max-calls"));
        };
        match price.calls_for(amount) {
            0 => Err(Error::usage(format!("--max-cost {amount} pays for no call: a call is {price}"))
                .hint("give a larger amount, or your own price with --price-per-call")),
            calls if self.max_calls.is_some_and(|max| max <= calls) => Ok((self.max_calls, false)),
            calls => Ok((Some(calls), true)),
        }
    }
}

/// The store, and how a run is known in it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub init: InitArgs,

    /// Run id; reusing the id of a complete run is a no-op
    #[arg(long, value_name = "ID", value_parser = parse_run_id)]
    pub run_id: Option<String>,

    /// Continue without page logs that were lost from raw/ since the last run
    #[arg(long)]
    pub accept_loss: bool,

    /// Exit with 99 if there is nothing new
    #[arg(long)]
    pub skip_code: bool,
}

impl TargetArgs {
    pub(crate) fn open(&self) -> Store {
        self.store.open().with_init(self.init.init)
    }
}

impl ApiArgs {
    /// The key from the file that was named, else from the environment.
    pub(crate) fn key(&self) -> Result<Option<SecretString>> {
        let text = match &self.api_key_file {
            Some(path) => Some(read_key_file(path)?),
            None => std::env::var("AISA_API_KEY").ok(),
        };
        let key = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        key.map(|key| check_key(&key).map(|()| SecretString::from(key))).transpose()
    }
}

impl FetchingArgs {
    /// The store, before anything is looked for in it.
    ///
    /// # Errors
    /// `Usage` for paths of the wrong kind.
    pub(crate) fn checked_store(&self) -> Result<Store> {
        self.to.store.check()?;
        self.monitoring.check()?;
        expect_no_store(self.input.replay.replay.as_deref())?;
        Ok(self.to.open())
    }

    pub(crate) fn source(&self) -> Result<Source> {
        self.doubts(time::now()).iter().for_each(|doubt| tracing::warn!("{doubt}"));
        if let Some(replay) = self.input.replay.config() {
            return Ok(Source::Replay(replay));
        }
        // Checked here, since clap does not see what the config file sets.
        if self.full_every.is_some() && self.refresh_window.is_none() {
            return Err(Error::usage("--full-every needs --refresh-window")
                .hint("without --refresh-window every crawl is a full one anyway"));
        }
        let (max_calls, max_calls_by_cost) = self.cost.max_calls()?;
        let max_calls_flag = if max_calls_by_cost { "--max-cost" } else { "--max-calls" };
        let max_calls = max_calls.map(|calls| self.share(calls, max_calls_flag)).transpose()?;
        Ok(Source::Api(FetchConfig {
            base_url: self.api.base_url.trim_end_matches('/').to_owned(),
            key: self.api.key()?,
            trim: self.cost.trim,
            max_pages: self.cost.max_pages,
            refresh_window: self.refresh_window,
            full_every: self.full_every,
            since: self.since,
            max_calls,
            max_calls_by_cost,
            price: self.cost.price.price(),
            resume_within: self.resume_within,
            retry_failed: self.retry_failed,
            profiles: self.profiles,
            concurrency: usize::from(self.concurrency),
            requests_per_minute: self.share(self.requests_per_minute, "--requests-per-minute")?,
            retry_wait: Duration::from_millis(self.retry_wait_ms),
            max_wait: self.max_wait.to_std().unwrap_or_default(),
        }))
    }

    /// What is left of a limit for this shard.
    ///
    /// # Errors
    /// `Usage` where that is nothing.
    fn share(&self, limit: u32, flag: &str) -> Result<u32> {
        let Some(shard) = self.shard else { return Ok(limit) };
        match shard.share(limit) {
            0 => Err(Error::usage(format!("{flag} leaves no request for shard {shard}"))
                .hint("give as many as there are shards, or use fewer shards")),
            share => Ok(share),
        }
    }

    /// The settings with the accounts of this shard alone; `None` where it has none of them.
    pub(crate) fn of_shard(&self, settings: Settings) -> Option<Settings> {
        let Some(shard) = self.shard else { return Some(settings) };
        let accounts: Vec<_> = settings.requests().iter().filter(|request| shard.has(request)).cloned().collect();
        let is_idle = accounts.is_empty() && !settings.requests().is_empty();
        (!is_idle).then_some(Settings { accounts, ..settings })
    }

    /// Whether there will be progress to show.
    pub(crate) fn wants_bar(&self) -> bool {
        !self.no_progress && self.input.replay.replay.is_none() && !self.cost.dry_run
    }

    /// Values that are valid and hardly meant.
    pub(crate) fn doubts(&self, now: DateTime<Utc>) -> Vec<String> {
        if self.input.replay.replay.is_some() {
            return Vec::new();
        }
        let mut doubts = Vec::new();
        if let Some(since) = self.since.filter(|since| *since > now) {
            let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
            doubts.push(format!("--since {since} is in the future: every crawl stops after its first page"));
        }
        if let Some(window) = self.refresh_window.filter(|window| *window < chrono::Duration::hours(1)) {
            doubts.push(format!(
                "--refresh-window of {} min is under an hour: a crawl stops after its first page unless a reel is that new",
                window.num_minutes()
            ));
        }
        doubts
    }
}

/// Refuses what was pasted with its surroundings: it is not the key, and could not be masked if the API repeats the key.
fn check_key(key: &str) -> Result<()> {
    const MIN_CHARS: usize = 8;
    let surrounds_a_key = |char: char| char.is_whitespace() || "\"'`“”‘’«»".contains(char);
    if key.contains(surrounds_a_key) {
        return Err(Error::new(ErrorKind::Auth, "the API key contains white space or quotes (it is not shown here)")
            .hint("give only the key, without `Bearer` and quotes"));
    }
    if key.chars().count() < MIN_CHARS {
        return Err(Error::new(ErrorKind::Auth, format!("the API key is shorter than {MIN_CHARS} characters"))
            .hint("give the whole key; one this short occurs in other words, too, and could not be masked"));
    }
    Ok(())
}

/// A key file is readable by its owner only. A credential of a systemd unit may look readable by its group: the mask of its
/// access list shows there, and only the unit's user can read it.
fn read_key_file(path: &Path) -> Result<String> {
    let fault = |what: String| Error::new(ErrorKind::Auth, format!("--api-key-file {}: {what}", path.display()));
    expect_file("--api-key-file", path)?;
    let metadata = fs::metadata_of(path).map_err(|error| fault(why_unreadable(&error)))?;
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    let is_credential = credentials.is_some_and(|folder| path.parent() == Some(Path::new(&folder)));
    let others = if is_credential { 0o007 } else { 0o077 };
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & others != 0 {
        return Err(fault("others can read it".to_owned()).hint(format!("chmod 600 {}", path.display())));
    }
    let text = fs::text_of(path).map_err(|error| fault(why_unreadable(&error)))?;
    if text.trim().is_empty() {
        return Err(fault("it is empty".to_owned()).hint("write the key into it, on one line"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use crate::cli::command_line::{Cli, Command};
    use clap::Parser;

    fn doubts(args: &[&str]) -> Vec<String> {
        let args = ["reelframe", "run", "maple"].iter().chain(args).map(OsString::from);
        let Command::Run(args) = Cli::try_parse_from(args).unwrap().command else { unreachable!("run was asked for") };
        args.fetching.doubts("2026-11-27T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_date_in_the_future_and_a_window_of_minutes_are_doubted() {
        assert_eq!(doubts(&["--since", "2026-11-27"]), [""; 0]);
        assert!(doubts(&["--since", "2026-11-27T12:00:01Z"])[0].starts_with("--since 2026-11-27T12:00:01Z is in the"));
        assert_eq!(doubts(&["--refresh-window", "1h"]), [""; 0]);
        assert!(doubts(&["--refresh-window", "59m"])[0].contains("59 min is under an hour"));
        assert_eq!(doubts(&["--refresh-window", "30s", "--since", "2027-01-01"]).len(), 2);
    }
}
