//! The lines of a page log, and their JSON.
//!
//! A crawl has one `start`, one `page` for each page, one `profile` if the account's profile was requested, and one
//! `end`; pages may follow an `end` if the crawl was resumed.
//! The file is an ordinary .zst of JSON lines; plain .ndjson and .gz of the same lines are read too.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json;
use crate::schema::values::AccountStatus;
use crate::time::Timestamp;

/// How a crawl begins: the account that was requested, and what the user knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub account: String,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: String,
    pub followers: Option<i64>,
    /// YYYY-MM-DD
    pub followers_as_of: Option<String>,
    pub run_id: String,
    pub version: String,
    pub started_at: Timestamp,
    /// Counts the account's crawls in this store: their order does not depend on the clock. 0 if unknown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sequence: u64,
    /// The log holds no crawl: it says how the account is configured from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub configures_only: bool,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl Start {
    /// A start line of this version of the program, with nothing known of the account but its name.
    pub fn new(account: &str, run_id: &str, started_at: Timestamp) -> Self {
        Self {
            account: account.to_owned(),
            account_id: None,
            label: None,
            timezone: "UTC".to_owned(),
            followers: None,
            followers_as_of: None,
            run_id: run_id.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            sequence: 0,
            configures_only: false,
        }
    }

    /// What tells a crawl from every other, and orders crawls by age.
    pub fn order(&self) -> (&Timestamp, &str) {
        (&self.started_at, &self.run_id)
    }

    pub fn is_same_crawl(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

/// A page as it was received. `body` is its JSON without line breaks between tokens, `blake3` the hash of that. If more
/// was changed (see `body.rs`), `received_blake3` is the hash of what was received.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLine<'a> {
    pub page: u32,
    pub cursor: Option<Cow<'a, str>>,
    pub fetched_at: Timestamp,
    pub status: u16,
    pub request_id: Option<Cow<'a, str>>,
    pub attempts: u32,
    /// Those of the attempts that the vendor bills; left out of the JSON where it is 1.
    pub billed: u32,
    pub blake3: Cow<'a, str>,
    pub received_blake3: Option<Cow<'a, str>>,
    pub body: &'a str,
}

/// What a request for the account's profile brought.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileLine<'a> {
    /// `basic-profile` or `profile`.
    pub endpoint: Cow<'a, str>,
    pub fetched_at: Timestamp,
    pub request_id: Option<Cow<'a, str>>,
    pub attempts: u32,
    /// Those of the attempts that the vendor bills; left out of the JSON where it is 1.
    pub billed: u32,
    pub answer: ProfileAnswer<'a>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ProfileAnswer<'a> {
    /// A body is stored like that of a page.
    Profile { status: u16, blake3: Cow<'a, str>, received_blake3: Option<Cow<'a, str>>, body: &'a str },
    /// Why there is no profile.
    None(Cow<'a, str>),
}

impl ProfileLine<'_> {
    pub fn has_profile(&self) -> bool {
        matches!(self.answer, ProfileAnswer::Profile { .. })
    }

    /// What tells it from every other profile line of the account.
    pub fn identity(&self) -> (Timestamp, String) {
        let text = match &self.answer {
            ProfileAnswer::Profile { blake3, .. } => blake3.to_string(),
            ProfileAnswer::None(reason) => reason.to_string(),
        };
        (self.fetched_at.clone(), format!("profile {text}"))
    }
}

/// How a crawl ended. `attempts` are the requests since the last page, none of which brought a page, and `billed` those
/// of them that the vendor bills.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    #[serde(serialize_with = "write_status", deserialize_with = "read_status")]
    pub status: AccountStatus,
    pub reason: Option<String>,
    pub attempts: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub billed: u32,
    pub ended_at: Timestamp,
}

/// Page logs keep their old word for an incremental crawl.
fn write_status<S: Serializer>(status: &AccountStatus, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.log_text())
}

fn read_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountStatus, D::Error> {
    let text = String::deserialize(deserializer)?;
    let unknown = || serde::de::Error::custom(format!("status {text:?} is not one that a crawl ends with"));
    AccountStatus::named(&text).ok_or_else(unknown)
}

/// One line of a log, or a page body that stands alone in its line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<'a> {
    Start(Start),
    Page(PageLine<'a>),
    Profile(ProfileLine<'a>),
    End(End),
    BarePage(&'a str),
}

impl Line<'_> {
    /// The line as JSON, without its line break.
    pub fn to_json(&self) -> String {
        match self {
            Line::Start(start) => tagged("start", &json_of(start)),
            Line::End(end) => tagged("end", &json_of(end)),
            Line::BarePage(body) => (*body).to_owned(),
            Line::Profile(profile) => profile_json(profile),
            // By hand, so that the body's bytes stay as they are.
            Line::Page(page) => format!(
                r#"{{"line":"page","page":{},"cursor":{},"fetched_at":{},"status":{},"request_id":{},"attempts":{}{},"blake3":{}{},"body":{}}}"#,
                page.page,
                json_of(&page.cursor),
                json_of(&page.fetched_at),
                page.status,
                json_of(&page.request_id),
                page.attempts,
                billed_json(page.billed),
                json_of(&page.blake3),
                page.received_blake3
                    .iter()
                    .map(|hash| format!(r#","received_blake3":{}"#, json_of(hash)))
                    .collect::<String>(),
                page.body
            ),
        }
    }
}

fn billed_json(billed: u32) -> String {
    if billed == 1 { String::new() } else { format!(r#","billed":{billed}"#) }
}

fn profile_json(profile: &ProfileLine) -> String {
    let answer = match &profile.answer {
        ProfileAnswer::Profile { status, blake3, received_blake3, body } => {
            let received = received_blake3.iter().map(|hash| format!(r#","received_blake3":{}"#, json_of(hash)));
            let received: String = received.collect();
            format!(r#""status":{status},"blake3":{}{received},"body":{body}"#, json_of(blake3))
        }
        ProfileAnswer::None(reason) => format!(r#""missing":{}"#, json_of(reason)),
    };
    format!(
        r#"{{"line":"profile","endpoint":{},"fetched_at":{},"request_id":{},"attempts":{}{},{answer}}}"#,
        json_of(&profile.endpoint),
        json_of(&profile.fetched_at),
        json_of(&profile.request_id),
        profile.attempts,
        billed_json(profile.billed),
    )
}

fn json_of<T: Serialize + ?Sized>(value: &T) -> String {
    json::escaped(serde_json::to_string(value).expect("plain data"))
}

fn tagged(kind: &str, object: &str) -> String {
    format!(r#"{{"line":"{kind}",{}"#, &object[1..])
}

/// The hash that identifies a page: blake3 in hex of its body as stored.
pub fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

/// A body without line breaks; in JSON they can only stand between tokens.
pub(crate) fn one_line(body: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', body.as_bytes()).is_some() {
        Cow::Owned(body.replace(['\n', '\r'], ""))
    } else {
        Cow::Borrowed(body)
    }
}
