//! The URL of the API, which must be safe for the key.

use reqwest::Url;

use crate::error::{Error, Parameter, Result};

/// A page of an account's reels.
pub(crate) const REELS: &str = "user/reels";
/// An account's profile, by user id and by handle.
pub(crate) const BASIC_PROFILE: &str = "basic-profile";
pub(crate) const PROFILE: &str = "profile";

/// How a profile is asked for: by user id the answer is a hundredth of the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProfileLookup<'a> {
    UserId(&'a str),
    Handle(&'a str),
}

impl<'a> ProfileLookup<'a> {
    /// The name of the endpoint.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::UserId(_) => BASIC_PROFILE,
            Self::Handle(_) => PROFILE,
        }
    }

    /// The parameter with the account; unlike for reels, its name is in camel case.
    pub(crate) fn parameter(self) -> (&'static str, &'a str) {
        match self {
            Self::UserId(id) => ("userId", id),
            Self::Handle(handle) => ("handle", handle),
        }
    }
}

/// The URL of an endpoint.
///
/// # Errors
/// `Usage` if the key must not be sent to this address.
pub(crate) fn endpoint(base_url: &str, name: &str) -> Result<Url> {
    // It may contain a password, even if it is not a URL otherwise, or a key in its query.
    if ["@", "%40", "?", "#"].iter().any(|mark| base_url.contains(mark)) {
        let what = "a user name or password, a query (`?`) or a fragment (`#`)";
        return Err(Error::parameter(Parameter::BaseUrl, format!("(not shown here): {what} has no place in it"))
            .hint("write it like https://api.example.com/v1; the key comes from AISA_API_KEY or a key file"));
    }
    let url = Url::parse(&format!("{base_url}/instagram/{name}"))
        .map_err(|error| Error::parameter(Parameter::BaseUrl, format!("{base_url}: {error}")))?;
    if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) {
        return Ok(url);
    }
    Err(Error::parameter(Parameter::BaseUrl, format!("{base_url}: the key is sent over https only"))
        .hint("use an https:// address"))
}

/// Whether a URL is on this machine: requests to it use no proxy.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_key_is_sent_over_https_or_to_this_machine_only() {
        for base in ["https://api.example.com/v1", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"] {
            assert!(endpoint(base, REELS).is_ok(), "{base}");
        }
        for base in ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://localhost", "nonsense"] {
            assert_eq!(endpoint(base, REELS).unwrap_err().kind, ErrorKind::Usage, "{base}");
        }
    }
}
