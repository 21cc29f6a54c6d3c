//! `reelframe doctor`: is everything there that a run needs? Each line says what was looked at and what to do. No paid
//! request is made and no key is sent.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::cli::args::RunArgs;
use crate::config::Source;
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::endpoint;
use crate::fs;
use crate::pipeline::freshness;
use crate::store::kinds;
use crate::store::layout::Store;
use crate::store::lock::Lock;
use crate::time::age;

/// A run whose newest observation is older than this is worth a word: a daily run may fail once without one.
const OLD_HOURS: f64 = 48.0;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// One thing that was looked at.
#[derive(Debug)]
pub struct Check {
    pub name: &'static str,
    /// What was found; an error says what to do about it, and its exit is the doctor's where nothing is worse.
    pub found: Result<String>,
    /// What to do about something that is no fault.
    pub advice: Option<String>,
}

impl Check {
    pub fn needs_attention(&self) -> bool {
        self.found.is_err() || self.advice.is_some()
    }
}

/// Looks at everything.
pub fn examine(args: &RunArgs, config_files: &[String], now: DateTime<Utc>) -> Vec<Check> {
    let store = Store::new(&args.store.store).with_init(args.init);
    let source = args.source();
    let mut checks = Vec::new();
    let mut check = |name: &'static str, found: Result<String>| checks.push(Check { name, found, advice: None });
    check("settings", Ok(settings(config_files)));
    check("accounts", accounts(args));
    check("key", key(&source));
    check("store", writable(&store));
    check("host", reachable(&args.base_url));
    checks.insert(4, newest_run(&store, now));
    checks
}

/// Where settings come from, in the order that counts.
fn settings(config_files: &[String]) -> String {
    let files = if config_files.is_empty() { "no config file".to_owned() } else { config_files.join(", then ") };
    format!("flags, then the environment, then {files}")
}

fn accounts(args: &RunArgs) -> Result<String> {
    let settings = args.tables.settings()?;
    Ok(match settings.requests().len() {
        0 => "none named; name some, or a file with --accounts".to_owned(),
        count => format!("{count} to fetch"),
    })
}

fn key(source: &Result<Source>) -> Result<String> {
    match source {
        Ok(Source::Api(config)) if config.key.is_some() => {
            Ok("there (whether the API takes it, only a paid request can tell)".to_owned())
        }
        Ok(Source::Replay(_)) => Ok("not needed for a replay".to_owned()),
        Ok(Source::Api(_)) => Err(Error::no_key()),
        Err(error) => Err(error.clone()),
    }
}

/// Takes the lock and writes a file.
fn writable(store: &Store) -> Result<String> {
    kinds::expect_folder("--store", store.root())?;
    let _lock = Lock::take(store)?;
    let probe = store.root().join(".reelframe-doctor.partial");
    fs::write_whole(&probe, b"written by reelframe doctor\n")?;
    fs::remove_file(&probe)?;
    Ok(format!("{} can be written to", store.root().display()))
}

fn newest_run(store: &Store, now: DateTime<Utc>) -> Check {
    let mut advice = None;
    let mut look = || {
        kinds::expect_folder("--store", store.root())?;
        let Some((_, manifest)) = store.latest()? else { return Ok("none yet".to_owned()) };
        let Some(hours) = freshness::hours_since_observed(store, now)? else {
            return Ok(format!("{} is whole and has no observation", manifest.run_id));
        };
        if hours > OLD_HOURS {
            advice = Some("`reelframe run` brings it up to date; if one is scheduled, look at its log".to_owned());
        }
        Ok(format!("{} is whole; its newest observation was {}", manifest.run_id, age(hours)))
    };
    let found = look();
    Check { name: "newest run", found, advice }
}

/// Connects to the API's host, or to the proxy that requests go through, and hangs up.
fn reachable(base_url: &str) -> Result<String> {
    endpoint::check_base_url(base_url)?;
    let proxy =
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().find_map(|name| std::env::var(name).ok());
    let is_secure = base_url.starts_with("https://");
    let target = proxy.as_deref().filter(|proxy| is_secure && !proxy.is_empty()).unwrap_or(base_url);
    let (host, port) = host_and_port(target).ok_or_else(|| {
        Error::usage(format!("--base-url {base_url}: no host in it")).hint("write it like https://api.example.com/v1")
    })?;
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

/// Of an address with its scheme; the port is the scheme's where none is written.
fn host_and_port(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, default),
    };
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_of_addresses() {
        let of = |url: &str| host_and_port(url).map(|(host, port)| format!("{host} {port}"));
        assert_eq!(of("https://api.example.com/v1").unwrap(), "api.example.com 443");
        assert_eq!(of("http://127.0.0.1:8080/v1").unwrap(), "127.0.0.1 8080");
        assert_eq!(of("http://[::1]:9/x").unwrap(), "::1 9");
        assert_eq!(of("http://user:secret@proxy.example:3128").unwrap(), "proxy.example 3128");
        assert_eq!((of("https:///x"), of("http://a:b")), (None, None));
    }
}
