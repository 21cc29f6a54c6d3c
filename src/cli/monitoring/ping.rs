//! `--ping-url`: GET requests that tell a service such as Healthchecks that a run starts, and how it ended.

use std::time::Duration;

use reqwest::{Client, Url};
use tokio::runtime::Builder;

use crate::error::{Error, Result};

const TIMEOUT: Duration = Duration::from_secs(5);

/// The address with a path behind it. It may hold a secret, and is not shown.
///
/// # Errors
/// `Usage` where it is not an http or https address.
pub(crate) fn address(url: &str, path: &str) -> Result<Url> {
    let not_one = || Error::usage("--ping-url is not an http or https address (it is not shown here)");
    let mut parsed = Url::parse(url.trim()).map_err(|_| not_one())?;
    if !["http", "https"].contains(&parsed.scheme()) || !parsed.has_host() {
        return Err(not_one().hint("give the address of a check, such as https://hc.example.com/ping/ID"));
    }
    parsed.set_path(&format!("{}{path}", parsed.path().trim_end_matches('/')));
    Ok(parsed)
}

/// Sends a ping, and waits for the answer for a few seconds. A ping that does not arrive is a warning.
pub(crate) fn send(url: &str, path: &str, body: &str) {
    if let Err(what) = try_send(url, path, body) {
        tracing::warn!("the ping did not arrive: {what}");
    }
}

fn try_send(url: &str, path: &str, body: &str) -> std::result::Result<(), String> {
    let url = address(url, path).map_err(|error| error.message)?;
    // A second call finds it made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let failed = |error: reqwest::Error| if error.is_timeout() { "no answer in 5 s".to_owned() } else { chain(&error) };
    runtime.block_on(async {
        let http = Client::builder().timeout(TIMEOUT).user_agent("reelframe").build().map_err(chain_of)?;
        let answer = http.post(url).body(body.to_owned()).send().await.map_err(|error| failed(error.without_url()))?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("HTTP {}", answer.status().as_u16())) }
    })
}

fn chain_of(error: reqwest::Error) -> String {
    chain(&error.without_url())
}

/// An error and its causes, which never name the address.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source()).map(|cause| format!(": {cause}"));
    format!("{error}{}", causes.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_path_before_the_query() {
        let with = |url: &str| address(url, "/start").map(|url| url.to_string()).unwrap();
        assert_eq!(with("https://hc.example.com/ping/abc"), "https://hc.example.com/ping/abc/start");
        assert_eq!(with("https://hc.example.com/ping/abc/"), "https://hc.example.com/ping/abc/start");
        assert_eq!(with("http://kuma:3001/push/abc?x=1"), "http://kuma:3001/push/abc/start?x=1");
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_it() {
        for url in ["secret", "ftp://secret.example.com", "file:///secret", "https://", ""] {
            let error = address(url, "").unwrap_err();
            assert!(!error.message.contains("secret"), "{error}");
        }
    }
}
