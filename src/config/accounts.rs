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
    /// The name in every table and path: the handle in lower case, or the user id where no handle is known.
    pub account: String,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: Option<Tz>,
    pub followers: Option<i64>,
    pub followers_as_of: Option<NaiveDate>,
}

impl AccountRequest {
    fn handle(handle: String) -> Self {
        Self { account: handle, account_id: None, label: None, timezone: None, followers: None, followers_as_of: None }
    }

    fn user_id(id: String) -> Self {
        Self { account_id: Some(id.clone()), ..Self::handle(id) }
    }

    /// By user id where one is known: the API answers faster.
    pub fn ask(&self) -> Ask {
        self.account_id.clone().map_or_else(|| Ask::Handle(self.account.clone()), Ask::UserId)
    }
}

/// Reads `handle`, `@handle`, `https://www.instagram.com/handle/` or a numeric user id.
///
/// # Errors
/// Exit 2 with what is wrong with the text.
pub fn parse_account(text: &str) -> Result<AccountRequest> {
    let trimmed = text.trim();
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return user_id(trimmed).map(AccountRequest::user_id);
    }
    let name = match profile_name(trimmed) {
        Some(name) => name,
        None => trimmed.strip_prefix('@').unwrap_or(trimmed),
    };
    handle(name).map(AccountRequest::handle).map_err(|error| {
        Error::usage(format!("'{text}' is no Instagram account: {}", error.message))
            .hint("give a handle (jane), @handle, profile address (https://www.instagram.com/jane/) or numeric user id")
    })
}

/// The first path segment of an Instagram address.
fn profile_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let rest = rest.strip_prefix("www.").or_else(|| rest.strip_prefix("m.")).unwrap_or(rest);
    let path = rest.strip_prefix("instagram.com/")?;
    path.split(['/', '?', '#']).next().map(|name| name.strip_prefix('@').unwrap_or(name))
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
        (Some(text), _) => {
            let name = profile_name(text).unwrap_or_else(|| text.strip_prefix('@').unwrap_or(text));
            handle(name).map(AccountRequest::handle).map_err(|e| Error::usage(format!("'{text}': {}", e.message)))?
        }
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
        for text in ["Jane", "@jane", " jane ", "https://www.instagram.com/jane/", "instagram.com/jane/reels/?hl=en"] {
            let request = parse_account(text).unwrap();
            assert_eq!((request.account.as_str(), request.ask()), ("jane", Ask::Handle("jane".into())), "{text}");
        }
        let id = parse_account("21393171").unwrap();
        assert_eq!((id.account.as_str(), id.ask()), ("21393171", Ask::UserId("21393171".into())));
        // An @ says that it is a handle, digits or not.
        assert_eq!(parse_account("@2024").unwrap().ask(), Ask::Handle("2024".into()));
        for text in
            ["", "@", "a/b", "..", "../etc", "a..b", ".a", "a b", "ä", "https://example.com/jane", &"x".repeat(31)]
        {
            assert!(parse_account(text).is_err(), "{text}");
        }
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
