//! Which account is meant: handles, @handles, profile addresses and numeric user ids, on the command line or in a file.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::error::{Error, Result};

/// How the API is asked for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountLookup {
    Handle(String),
    UserId(String),
}

/// One account that the user named, with what the user knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRequest {
    /// The name in every table: the handle in lower case (with an @ where it is all digits), or the user id where no
    /// handle is known.
    pub account: String,
    /// The account's key in a store, which names its folder in raw/: its first name there, whatever it is called now.
    pub key: String,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: Option<Tz>,
    pub followers: Option<i64>,
    pub followers_as_of: Option<NaiveDate>,
}

impl AccountRequest {
    fn handle(handle: String) -> Self {
        // A handle of digits and a user id are two accounts: an @ marks the handle.
        Self::named(if is_digits(&handle) { format!("@{handle}") } else { handle })
    }

    fn user_id(id: String) -> Self {
        Self { account_id: Some(id.clone()), ..Self::named(id) }
    }

    /// An account by its name in tables.
    fn named(account: String) -> Self {
        let key = account.clone();
        Self { account, key, account_id: None, label: None, timezone: None, followers: None, followers_as_of: None }
    }

    /// An account whose pages were found: under a key, with the name and the user id that the pages give.
    pub fn found(key: &str, account: &str, account_id: Option<&str>) -> Self {
        let account_id =
            account_id.map(str::to_owned).or_else(|| Some(account.to_owned()).filter(|name| is_digits(name)));
        Self { key: key.to_owned(), account_id, ..Self::named(account.to_owned()) }
    }

    /// Whether only the user id is known, and no handle.
    pub fn is_bare_id(&self) -> bool {
        is_digits(&self.account)
    }

    /// By user id where one is known: the API answers faster.
    pub fn ask(&self) -> AccountLookup {
        match &self.account_id {
            Some(id) => AccountLookup::UserId(id.clone()),
            None => AccountLookup::Handle(self.account.trim_start_matches('@').to_owned()),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads `handle`, `@handle`, `https://www.instagram.com/handle/` or a numeric user id.
///
/// # Errors
/// `Usage` with what is wrong with the text.
pub fn parse_account(text: &str) -> Result<AccountRequest> {
    let trimmed = text.trim();
    if is_digits(trimmed) {
        return user_id(trimmed).map(AccountRequest::user_id);
    }
    parse_handle(trimmed).map_err(|error| {
        Error::usage(format!("'{text}' is not an Instagram account: {}", error.message)).hint(
            error.hint.unwrap_or_else(|| {
                "use a handle (jane), @handle, profile address (https://www.instagram.com/jane/) or numeric user id"
                    .into()
            }),
        )
    })
}

/// Reads `handle`, `@handle` or the address of a profile. Digits are a handle, too.
///
/// # Errors
/// `Usage` with what is wrong with the text.
pub(crate) fn parse_handle(text: &str) -> Result<AccountRequest> {
    let name = match profile_name(text)? {
        Some(name) => name,
        None => text.strip_prefix('@').unwrap_or(text),
    };
    handle(name).map(AccountRequest::handle)
}

/// The handle in the address of a profile; `None` where the text is no Instagram address.
///
/// # Errors
/// The address of something else on Instagram.
fn profile_name(text: &str) -> Result<Option<&str>> {
    const OTHERS: [(&str, &str); 11] = [
        ("p", "a post"),
        ("reel", "a reel"),
        ("reels", "a reel"),
        ("tv", "a video"),
        ("stories", "a story"),
        ("s", "a story"),
        ("explore", "the explore page"),
        ("share", "a shared link"),
        ("accounts", "the account settings"),
        ("direct", "the direct messages"),
        ("legal", "a legal page"),
    ];
    let rest = strip_prefix(text, "https://").or_else(|| strip_prefix(text, "http://")).unwrap_or(text);
    let rest = strip_prefix(rest, "www.").or_else(|| strip_prefix(rest, "m.")).unwrap_or(rest);
    let Some(path) = strip_prefix(rest, "instagram.com/") else { return Ok(None) };
    let mut segments = path.split(['?', '#']).next().unwrap_or_default().split('/').filter(|part| !part.is_empty());
    let mut first = segments.next().unwrap_or_default();
    // What the app's own links put before a name.
    if first.eq_ignore_ascii_case("_u") || first.eq_ignore_ascii_case("_n") {
        first = segments.next().unwrap_or_default();
    }
    let kind =
        |segment: &str| OTHERS.iter().find(|(name, _)| segment.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind);
    // jane/reel/CODE is a reel of jane, jane/reels/ her profile.
    let second =
        segments.next().filter(|segment| ["p", "reel", "tv"].iter().any(|name| segment.eq_ignore_ascii_case(name)));
    match kind(first).or_else(|| kind(second?)) {
        Some(kind) => Err(Error::usage(format!("this is the address of {kind}"))
            .hint("give the profile's address, such as https://www.instagram.com/jane/, or its handle")),
        None => Ok(Some(first.strip_prefix('@').unwrap_or(first))),
    }
}

/// The rest of the text behind a prefix in any case.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A handle in lower case: letters, digits, underscores and single inner dots, at most 30.
fn handle(name: &str) -> Result<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    if name.is_empty() {
        return Err(Error::usage("it is empty"));
    }
    if let Some(odd) = name.chars().find(|&c| !c.is_ascii() || !allowed(c as u8)) {
        let what = if odd.is_whitespace() { "spaces".to_owned() } else { format!("`{}`", odd.escape_debug()) };
        return Err(Error::usage(format!("a handle cannot contain {what}")));
    }
    if name.len() > 30 || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(Error::usage("a handle has at most 30 characters and dots only inside, one at a time"));
    }
    Ok(name.to_ascii_lowercase())
}

fn user_id(text: &str) -> Result<String> {
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::usage(format!("'{text}' is not a numeric user id")));
    }
    if text.starts_with('0') {
        return Err(Error::usage(format!("'{text}' begins with 0, which no user id does")));
    }
    Ok(text.to_owned())
}

/// A numeric user id.
///
/// # Errors
/// `Usage` for any other text.
pub(crate) fn parse_user_id(text: &str) -> Result<AccountRequest> {
    user_id(text).map(AccountRequest::user_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_as_people_type_them() {
        for text in [
            "Jane",
            "@jane",
            " jane ",
            "https://www.instagram.com/jane/",
            "HTTPS://WWW.Instagram.COM/Jane",
            "http://m.instagram.com/jane?igsh=x",
            "instagram.com/jane/reels/?hl=en",
            "https://instagram.com/_u/jane",
            "instagram.com/@jane/tagged/",
        ] {
            let request = parse_account(text).unwrap();
            assert_eq!(
                (request.account.as_str(), request.ask()),
                ("jane", AccountLookup::Handle("jane".into())),
                "{text}"
            );
        }
        let id = parse_account("21393171").unwrap();
        assert_eq!(
            (id.account.as_str(), id.ask(), id.is_bare_id()),
            ("21393171", AccountLookup::UserId("21393171".into()), true)
        );
        for text in [
            "",
            "0",
            "0777",
            "@",
            "a/b",
            "..",
            "../etc",
            "a..b",
            ".a",
            "a b",
            "ä",
            "https://example.com/jane",
            &"x".repeat(31),
        ] {
            assert!(parse_account(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_handle_of_digits_is_not_a_user_id() {
        for text in ["@2024", "https://www.instagram.com/2024/", "instagram.com/_u/2024"] {
            let request = parse_account(text).unwrap();
            assert_eq!((request.account.as_str(), request.key.as_str()), ("@2024", "@2024"), "{text}");
            assert_eq!((request.ask(), request.is_bare_id()), (AccountLookup::Handle("2024".into()), false), "{text}");
        }
    }

    #[test]
    fn addresses_of_other_things_are_refused_by_what_they_are() {
        for (address, what) in [
            ("https://www.instagram.com/reel/DKKtpqaxg0C/", "a reel"),
            ("instagram.com/reels/DKKtpqaxg0C", "a reel"),
            ("https://www.instagram.com/p/DKKtpqaxg0C/?img_index=1", "a post"),
            ("https://www.instagram.com/jane/reel/DKKtpqaxg0C/", "a reel"),
            ("https://www.instagram.com/Jane/P/DKKtpqaxg0C/", "a post"),
            ("https://www.instagram.com/stories/jane/1/", "a story"),
            ("https://www.instagram.com/explore/tags/cake/", "the explore page"),
            ("https://www.instagram.com/share/reel/x", "a shared link"),
            ("https://www.instagram.com/tv/x/", "a video"),
            ("https://www.instagram.com/accounts/login/", "the account settings"),
            ("https://www.instagram.com/direct/inbox/", "the direct messages"),
        ] {
            let error = parse_account(address).unwrap_err();
            assert!(error.message.ends_with(&format!("this is the address of {what}")), "{address}: {error}");
            assert!(error.hint_text().unwrap().contains("profile"), "{address}");
        }
        assert!(parse_account("https://www.instagram.com/").unwrap_err().message.contains("it is empty"));
    }
}
