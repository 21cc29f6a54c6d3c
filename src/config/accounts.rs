//! Which account is meant: handles, @handles, profile addresses and numeric user ids, typed or in a file.

use std::path::Path;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::error::{Error, Result};

/// How the API is asked for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Handle(String),
    UserId(String),
}

/// One account that the user named, with what the user knows of it.
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
        // A handle of digits and a user id are two accounts: an @ tells them apart.
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

    /// Whether only the user id is known, and no handle.
    pub fn is_bare_id(&self) -> bool {
        is_digits(&self.account)
    }

    /// By user id where one is known: the API answers faster.
    pub fn ask(&self) -> Ask {
        match &self.account_id {
            Some(id) => Ask::UserId(id.clone()),
            None => Ask::Handle(self.account.trim_start_matches('@').to_owned()),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads `handle`, `@handle`, `https://www.instagram.com/handle/` or a numeric user id.
///
/// # Errors
/// Exit 2 with what is wrong with the text.
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
/// Exit 2 with what is wrong with the text.
pub fn parse_handle(text: &str) -> Result<AccountRequest> {
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
        return Err(Error::usage(format!("a handle has no {odd:?}")));
    }
    if name.len() > 30 || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(Error::usage("a handle has at most 30 characters and dots only inside, one at a time"));
    }
    Ok(name.to_ascii_lowercase())
}

fn user_id(text: &str) -> Result<String> {
    if text.is_empty() || text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::usage(format!("'{text}' is no numeric user id")));
    }
    Ok(text.to_owned())
}

/// Reads an accounts file: csv with a header that names any of handle, user_id, label, timezone, followers,
/// followers_as_of.
///
/// # Errors
/// Exit 2 with the file and the line.
pub fn parse_accounts_file(path: &Path, bytes: &[u8]) -> Result<Vec<AccountRequest>> {
    let at = |line: u64, what: String| Error::usage(format!("{}, line {line}: {what}", path.display()));
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let headers = reader.headers().map_err(|error| at(1, error.to_string()))?.clone();
    const COLUMNS: [&str; 6] = ["handle", "user_id", "label", "timezone", "followers", "followers_as_of"];
    if let Some(odd) = headers.iter().find(|header| !COLUMNS.contains(header)) {
        return Err(at(1, format!("unknown column '{odd}'")).hint(format!("the columns are {}", COLUMNS.join(", "))));
    }
    if !headers.iter().any(|header| header == "handle" || header == "user_id") {
        return Err(at(1, "no column 'handle' or 'user_id'".to_owned()));
    }
    let mut accounts: Vec<(u64, AccountRequest)> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| at(error.position().map_or(0, csv::Position::line), csv_fault(&error)))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| {
            let index = headers.iter().position(|header| header == name)?;
            record.get(index).filter(|cell| !cell.is_empty())
        };
        let request = account_row(cell).map_err(|error| at(line, error.message))?;
        if let Some((first, known)) = accounts.iter().find(|(_, known)| known.account == request.account) {
            if *known == request {
                continue;
            }
            return Err(at(
                line,
                format!("account '{}' is already on line {first}, with other facts", request.account),
            ));
        }
        accounts.push((line, request));
    }
    if accounts.is_empty() {
        return Err(Error::usage(format!("{}: no account in it", path.display())));
    }
    Ok(accounts.into_iter().map(|(_, request)| request).collect())
}

fn csv_fault(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

fn account_row<'r>(cell: impl Fn(&str) -> Option<&'r str>) -> Result<AccountRequest> {
    let id = cell("user_id").map(user_id).transpose()?;
    let mut request = match (cell("handle"), &id) {
        (Some(text), _) => parse_handle(text).map_err(|e| Error::usage(format!("'{text}': {}", e.message)))?,
        (None, Some(id)) => AccountRequest::user_id(id.clone()),
        (None, None) => return Err(Error::usage("neither handle nor user_id")),
    };
    request.account_id = id;
    request.label = cell("label").map(str::to_owned);
    let zone = |text: &str| text.parse().map_err(|_| Error::usage(format!("'{text}' is no IANA time zone")));
    request.timezone = cell("timezone").map(zone).transpose()?;
    let number = |text: &str| {
        let parsed = text.parse::<i64>().ok().filter(|number| (0..=1_000_000_000_000).contains(number));
        parsed.ok_or_else(|| Error::usage(format!("followers '{text}' is no whole number")))
    };
    request.followers = cell("followers").map(number).transpose()?;
    let date =
        |text: &str| text.parse().map_err(|_| Error::usage(format!("followers_as_of '{text}' is no YYYY-MM-DD")));
    request.followers_as_of = cell("followers_as_of").map(date).transpose()?;
    Ok(request)
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
            assert_eq!((request.account.as_str(), request.ask()), ("jane", Ask::Handle("jane".into())), "{text}");
        }
        let id = parse_account("21393171").unwrap();
        assert_eq!(
            (id.account.as_str(), id.ask(), id.is_bare_id()),
            ("21393171", Ask::UserId("21393171".into()), true)
        );
        for text in
            ["", "@", "a/b", "..", "../etc", "a..b", ".a", "a b", "ä", "https://example.com/jane", &"x".repeat(31)]
        {
            assert!(parse_account(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_handle_of_digits_is_not_a_user_id() {
        for text in ["@2024", "https://www.instagram.com/2024/", "instagram.com/_u/2024"] {
            let request = parse_account(text).unwrap();
            assert_eq!((request.account.as_str(), request.key.as_str()), ("@2024", "@2024"), "{text}");
            assert_eq!((request.ask(), request.is_bare_id()), (Ask::Handle("2024".into()), false), "{text}");
        }
        let cell = parse_accounts_file(Path::new("a.csv"), b"handle\n2024\n").unwrap();
        assert_eq!((cell[0].account.as_str(), cell[0].ask()), ("@2024", Ask::Handle("2024".into())));
        let both = parse_accounts_file(Path::new("a.csv"), b"handle,user_id\n2024,5\n").unwrap();
        assert_eq!((both[0].account.as_str(), both[0].ask()), ("@2024", Ask::UserId("5".into())));
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
            assert!(error.hint.unwrap().contains("profile"), "{address}");
        }
        assert!(parse_account("https://www.instagram.com/").unwrap_err().message.contains("it is empty"));
    }

    #[test]
    fn an_accounts_file_configures() {
        let text = b"\xEF\xBB\xBFhandle,user_id,label,timezone,followers,followers_as_of\n\
            @Jane,21393171,\"Food, drink\",America/Denver,1200,2026-10-01\n,5,,,,\n";
        let accounts = parse_accounts_file(Path::new("a.csv"), text).unwrap();
        assert_eq!((accounts[0].account.as_str(), accounts[0].ask()), ("jane", Ask::UserId("21393171".into())));
        assert_eq!(accounts[0].label.as_deref(), Some("Food, drink"));
        assert_eq!((accounts[0].timezone, accounts[0].followers), (Some(Tz::America__Denver), Some(1200)));
        assert_eq!((accounts[1].account.as_str(), accounts[1].followers), ("5", None));
    }

    #[test]
    fn a_bad_line_is_named() {
        let fault = |text: &str| parse_accounts_file(Path::new("a.csv"), text.as_bytes()).unwrap_err().message;
        assert_eq!(fault("handle\njane\na/b\n"), "a.csv, line 3: 'a/b': a handle has no '/'");
        assert_eq!(fault("handle,timezone\njane,Mars\n"), "a.csv, line 2: 'Mars' is no IANA time zone");
        assert_eq!(fault("handle,followers\njane,many\n"), "a.csv, line 2: followers 'many' is no whole number");
        assert_eq!(fault("handle,label\njane,x\nbob\n"), "a.csv, line 3: 1 cells where the header has 2");
        assert_eq!(fault("name\njane\n"), "a.csv, line 1: unknown column 'name'");
        let twice = "handle,label\njane,a\n@JANE,b\n";
        assert_eq!(fault(twice), "a.csv, line 3: account 'jane' is already on line 2, with other facts");
        assert_eq!(parse_accounts_file(Path::new("a.csv"), b"handle\njane\n@JANE\n").unwrap().len(), 1);
        assert_eq!(fault("handle,label\n,x\n"), "a.csv, line 2: neither handle nor user_id");
        assert_eq!(fault("handle\n"), "a.csv: no account in it");
    }
}
