//! `doctor`: environment checks. Each line says what was checked and, if something is wrong, what to
//! do. No paid request is made and no key is sent.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use serde_json::{Value, json};

use crate::cli::args::{AccountArgs, InitArgs, StoreArgs};
use crate::cli::{args::fetching::ApiArgs, ending::Ending, hints, paths::expect_folder};
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::endpoint;
use crate::formats::options::Options;
use crate::fs;
use crate::pipeline::{freshness, prepare};
use crate::store::{layout::Store, lock::Lock};
use crate::time::{self, age};

/// A run whose newest observation is older than this deserves a warning: a daily run may fail once without one.
const OLD_HOURS: f64 = 48.0;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\
Examples:
  reelframe doctor                            before the first run, or after a failed one
  reelframe doctor --accounts accounts.csv    also checks the accounts file";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub accounts: AccountArgs,
    /// Pages on disk that a run would read instead of the API; needs no key
    #[arg(long, value_name = "PATH", help_heading = "Fetching")]
    pub replay: Option<PathBuf>,

    #[command(flatten)]
    pub api: ApiArgs,
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub init: InitArgs,
}

/// One thing that was checked.
#[derive(Debug)]
struct Check {
    name: &'static str,
    /// What was found. An error says what to do about it, and the gravest is the command's.
    found: Result<String>,
    /// What to do about something that is not an error.
    advice: Option<String>,
}

impl Check {
    fn needs_attention(&self) -> bool {
        self.found.is_err() || self.advice.is_some()
    }
}

impl DoctorArgs {
    pub(crate) fn execute(&self, config_files: &[String]) -> Result<Ending> {
        let checks = self.checks(config_files, time::now());
        let talk: String = checks.iter().map(|check| format!("{}\n", line(check))).collect();
        let troubles = checks.iter().filter(|check| check.needs_attention()).map(line).collect();
        let errors = || checks.iter().filter_map(|check| check.found.as_ref().err());
        let worst = errors().map(|error| error.kind).max();
        let mut ending = Ending::done(talk).exit(worst).troubles(troubles);
        if let Some(error) = errors().find(|error| Some(error.kind) == worst) {
            ending = ending.cause(hints::message(error), hints::hint(error));
        }
        ending.fact("checks", checks.iter().map(fact).collect::<Vec<_>>())
    }

    fn checks(&self, config_files: &[String], now: DateTime<Utc>) -> Vec<Check> {
        let store = self.store.open().with_init(self.init.init);
        let check = |name, found| Check { name, found, advice: None };
        vec![
            check("settings", Ok(settings(config_files))),
            check("accounts", self.count_accounts()),
            check("key", self.key()),
            check("store", writable(&store)),
            latest_run(&store, now),
            check("host", reachable(&self.api.base_url)),
        ]
    }

    fn count_accounts(&self) -> Result<String> {
        let settings = self.accounts.settings(&[], Options::new(&[]))?;
        Ok(match settings.requests().len() {
            0 => "none given; name accounts, or use --accounts FILE".to_owned(),
            count => format!("{count} to fetch"),
        })
    }

    fn key(&self) -> Result<String> {
        if let Some(path) = &self.replay {
            prepare::check_replay(path)?;
            return Ok("not needed for a replay".to_owned());
        }
        match self.api.key()? {
            Some(_) => Ok("found (only a paid request can tell whether the API accepts it)".to_owned()),
            None => Err(Error::no_key()),
        }
    }
}

/// Where settings come from, in order of precedence.
fn settings(config_files: &[String]) -> String {
    let files = if config_files.is_empty() { "no config file".to_owned() } else { config_files.join(", then ") };
    format!("flags, then the environment, then {files}")
}

/// Takes the lock and writes a file.
fn writable(store: &Store) -> Result<String> {
    expect_folder("--store", store.root())?;
    let _lock = Lock::take(store)?;
    let probe = store.root().join(".reelframe-doctor.partial");
    fs::write_whole(&probe, b"written by reelframe doctor\n")?;
    fs::remove_file(&probe)?;
    Ok(format!("{} is writable", store.root().display()))
}

fn latest_run(store: &Store, now: DateTime<Utc>) -> Check {
    let mut advice = None;
    let mut look = || {
        expect_folder("--store", store.root())?;
        let Some((dir, manifest)) = store.latest()? else { return Ok("none yet".to_owned()) };
        let Some(hours) = freshness::hours_since_observed(&dir, now)? else {
            return Ok(format!("{} is complete and has no observation", manifest.run_id));
        };
        if hours > OLD_HOURS {
            advice = Some("run `reelframe run` to update it; if it runs on a schedule, check its log".to_owned());
        }
        Ok(format!("{} is complete; its newest observation was {}", manifest.run_id, age(hours)))
    };
    let found = look();
    Check { name: "latest run", found, advice }
}

/// Connects to the API's host, or to the proxy that requests go through, and hangs up.
fn reachable(base_url: &str) -> Result<String> {
    let url = endpoint::endpoint(base_url, endpoint::REELS)?;
    let target = proxy_for(&url).unwrap_or(url);
    let (host, port) = host_and_port(&target)
        .ok_or_else(|| Error::usage(format!("{target}: no host")).hint("use e.g. https://api.example.com/v1"))?;
    let unreachable = |cause: String| {
        Error::new(ErrorKind::Transient, format!("{host}:{port} cannot be reached: {cause}"))
            .hint("check the network, a proxy (HTTPS_PROXY) or --base-url")
    };
    let addresses: Vec<SocketAddr> =
        (host.as_str(), port).to_socket_addrs().map_err(|error| unreachable(error.to_string()))?.collect();
    let mut cause = "it has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(_) => return Ok(format!("{host}:{port} answers")),
            Err(error) => cause = error.to_string(),
        }
    }
    Err(unreachable(cause))
}

/// The proxy that the HTTP client would use.
fn proxy_for(url: &Url) -> Option<Url> {
    if endpoint::is_loopback(url) {
        return None;
    }
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    Url::parse(&proxy.uri().to_string()).ok()
}

fn host_and_port(url: &Url) -> Option<(String, u16)> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    Some((host.to_owned(), url.port_or_known_default()?))
}

/// `ok` and what was found, or what is wrong and, on a line of its own, what to do about it.
fn line(check: &Check) -> String {
    let (mark, text, hint) = match &check.found {
        Ok(found) if check.advice.is_some() => ("warn", found.clone(), check.advice.clone()),
        Ok(found) => ("ok", found.clone(), None),
        Err(error) => ("FAIL", hints::message(error), hints::hint(error)),
    };
    let hint = hint.map_or(String::new(), |hint| format!("\n{:18}{hint}", ""));
    format!("{mark:<6}{:<12}{text}{hint}", check.name)
}

fn fact(check: &Check) -> Value {
    let (text, hint) = match &check.found {
        Ok(found) => (found.clone(), check.advice.clone()),
        Err(error) => (hints::message(error), hints::hint(error)),
    };
    json!({"name": check.name, "ok": check.found.is_ok(), "message": text, "hint": hint})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_of_addresses() {
        let of = |url: &str| host_and_port(&Url::parse(url).ok()?).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(of("https://api.example.com/v1").unwrap(), "api.example.com 443");
        assert_eq!(of("http://127.0.0.1:8080/v1").unwrap(), "127.0.0.1 8080");
        assert_eq!(of("http://[::1]:9/x").unwrap(), "::1 9");
        assert_eq!(of("http://user:secret@proxy.example:3128").unwrap(), "proxy.example 3128");
        assert_eq!((of("https://"), of("http://a:b")), (None, None));
    }
}
