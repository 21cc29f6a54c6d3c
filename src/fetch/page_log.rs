//! The page log: every page that was paid for, one checksummed zstd frame a line, and the checkpoint of a walk.
//!
//! Lines of a walk in order: `start`, one `page` a page, `end`. Pages may follow an `end` when a walk is taken up
//! again. The file is an ordinary .zst of JSON lines; plain .ndjson and .gz of the same lines are read too.

mod body;
mod frames;
mod reader;
mod writer;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::json;

pub use body::Body;
pub use frames::whole_bytes;
pub use reader::{LineReader, for_each_line, for_each_line_until, read_to_string, start_of};
pub use writer::{LogWriter, remove_imports};

/// How a walk begins: whom it asks for, and what the user knows of the account.
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
    pub started_at: String,
    /// Such a log holds no walk: it says how the account is configured from here on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub configures_only: bool,
}

/// A page as it was answered. `body` is its JSON without line breaks between tokens, `blake3` the hash of that. Where
/// more was changed of what came (see [`Body`]), `received_blake3` is the hash of that.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLine<'a> {
    pub page: u32,
    pub cursor: Option<Cow<'a, str>>,
    pub fetched_at: Cow<'a, str>,
    pub status: u16,
    pub request_id: Option<Cow<'a, str>>,
    pub attempts: u32,
    pub blake3: Cow<'a, str>,
    pub received_blake3: Option<Cow<'a, str>>,
    pub body: &'a str,
    /// Whether `blake3` is the hash of `body`.
    pub hash_holds: bool,
}

/// How a walk ended. `attempts` are the requests since the last page that gave no page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub status: String,
    pub reason: Option<String>,
    pub attempts: u32,
    pub ended_at: String,
}

/// One line of a log, or a page body that stands alone in its line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line<'a> {
    Start(Start),
    Page(PageLine<'a>),
    End(End),
    BarePage(&'a str),
}

impl Line<'_> {
    /// The line as JSON, without its line break.
    pub fn to_json(&self) -> String {
        match self {
            Line::Start(start) => tagged("start", &written(start)),
            Line::End(end) => tagged("end", &written(end)),
            Line::BarePage(body) => (*body).to_owned(),
            // By hand, so that the body's bytes stay as they are.
            Line::Page(page) => format!(
                r#"{{"line":"page","page":{},"cursor":{},"fetched_at":{},"status":{},"request_id":{},"attempts":{},"blake3":{}{},"body":{}}}"#,
                page.page,
                written(&page.cursor),
                written(&page.fetched_at),
                page.status,
                written(&page.request_id),
                page.attempts,
                written(&page.blake3),
                page.received_blake3
                    .iter()
                    .map(|hash| format!(r#","received_blake3":{}"#, written(hash)))
                    .collect::<String>(),
                page.body
            ),
        }
    }

    /// Reads one line.
    ///
    /// # Errors
    /// What is wrong with it, for a message that names file and line.
    pub fn parse(text: &str) -> std::result::Result<Line<'_>, String> {
        if let Some(page) = stored_page(text) {
            return Ok(Line::Page(page));
        }
        let any: AnyLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let kind = any.line.as_deref();
        match (kind, any.body, any.fetched_at) {
            (Some("start"), _, _) => parse_as(text).map(Line::Start),
            (Some("end"), _, _) => parse_as(text).map(Line::End),
            (None | Some("page"), Some(body), Some(fetched_at)) => {
                let (body, known) = (body.get(), hash(body.get()));
                Ok(Line::Page(PageLine {
                    page: any.page.unwrap_or(0),
                    cursor: any.cursor,
                    fetched_at,
                    status: any.status.and_then(|status| status.get().parse().ok()).unwrap_or(200),
                    request_id: any.request_id,
                    attempts: any.attempts.unwrap_or(1),
                    hash_holds: any.blake3.as_ref().is_none_or(|said| *said == known),
                    blake3: any.blake3.unwrap_or(known.into()),
                    received_blake3: any.received_blake3,
                    body,
                }))
            }
            (None, _, _) => Ok(Line::BarePage(text)),
            (Some(kind), _, _) => Err(format!("a line of kind '{kind}' that lacks its fields or is unknown")),
        }
    }
}

/// A page as [`Line::to_json`] writes it, whose hash holds: its body is what was stored, and needs no look into it to be
/// told from half a page. `None` is any other line.
fn stored_page(text: &str) -> Option<PageLine<'_>> {
    const BODY: &str = r#","body":"#;
    if !text.starts_with(r#"{"line":"page""#) {
        return None;
    }
    // In JSON no text holds a bare quote, so that the first of these is the key.
    let (head, body) = text.split_once(BODY)?;
    let body = body.strip_suffix('}')?;
    let head: StoredPage = serde_json::from_str(&format!("{head}}}")).ok()?;
    (head.blake3 == hash(body)).then(|| PageLine {
        page: head.page,
        cursor: head.cursor.map(Cow::Owned),
        fetched_at: head.fetched_at.into(),
        status: head.status,
        request_id: head.request_id.map(Cow::Owned),
        attempts: head.attempts,
        blake3: head.blake3.into(),
        received_blake3: head.received_blake3.map(Cow::Owned),
        body,
        hash_holds: true,
    })
}

/// What stands before a page's body.
#[derive(Deserialize)]
struct StoredPage {
    page: u32,
    cursor: Option<String>,
    fetched_at: String,
    status: u16,
    request_id: Option<String>,
    attempts: u32,
    blake3: String,
    received_blake3: Option<String>,
}

fn written<T: Serialize + ?Sized>(value: &T) -> String {
    json::escaped(serde_json::to_string(value).expect("plain data"))
}

fn tagged(kind: &str, object: &str) -> String {
    format!(r#"{{"line":"{kind}",{}"#, &object[1..])
}

fn parse_as<'a, T: Deserialize<'a>>(text: &'a str) -> std::result::Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Every key that tells the kinds of line apart; what else stands in a line (a bare page's items) is skipped.
#[derive(Deserialize)]
struct AnyLine<'a> {
    #[serde(borrow)]
    line: Option<Cow<'a, str>>,
    page: Option<u32>,
    #[serde(borrow)]
    cursor: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fetched_at: Option<Cow<'a, str>>,
    // A bare page has a `status` of its own, and it is a text.
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    request_id: Option<Cow<'a, str>>,
    attempts: Option<u32>,
    #[serde(borrow)]
    blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    received_blake3: Option<Cow<'a, str>>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

/// The hash by which a page is known: blake3 in hex of its body as stored.
pub fn hash(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().to_string()
}

/// A body without line breaks; in JSON they can only stand between tokens.
pub fn one_line(body: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\n', b'\r', body.as_bytes()).is_some() {
        Cow::Owned(body.replace(['\n', '\r'], ""))
    } else {
        Cow::Borrowed(body)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn start() -> Line<'static> {
        Line::Start(Start {
            account: "jane".into(),
            account_id: None,
            label: Some("a \"b\"".into()),
            timezone: "UTC".into(),
            followers: Some(5),
            followers_as_of: Some("2026-10-01".into()),
            run_id: "20261123T060000123Z".into(),
            version: "0.1.0".into(),
            started_at: "2026-11-23T06:00:00.123Z".into(),
            configures_only: false,
        })
    }

    fn page(body: &str) -> Line<'_> {
        Line::Page(PageLine {
            page: 2,
            cursor: Some("a+/=\"".into()),
            fetched_at: "2026-11-23T06:00:01.000Z".into(),
            status: 200,
            request_id: None,
            attempts: 3,
            blake3: hash(body).into(),
            received_blake3: None,
            body,
            hash_holds: true,
        })
    }

    fn read_all(path: &Path) -> (Vec<String>, bool) {
        let mut lines = Vec::new();
        let torn = for_each_line(path, |line| {
            lines.push(line.to_json());
            Ok(())
        });
        (lines, torn.unwrap())
    }

    #[test]
    fn lines_come_back_as_they_were_written() {
        let end = Line::End(End { status: "complete".into(), reason: None, attempts: 0, ended_at: "2026".into() });
        for line in [start(), page(r#"{"items": [ 1e0 ]}"#), end] {
            assert_eq!(Line::parse(&line.to_json()).unwrap(), line);
        }
        let Line::Page(changed) = page(r#"{"items":[]}"#) else { panic!("a page") };
        let changed = Line::Page(PageLine { received_blake3: Some("came".into()), ..changed });
        assert_eq!(Line::parse(&changed.to_json()).unwrap(), changed);
        // By the slow way too, as another program may write it.
        assert_eq!(Line::parse(&changed.to_json().replacen(':', ": ", 1)).unwrap(), changed);
        let bare = r#"{"status":"ok","items":[]}"#;
        assert_eq!(Line::parse(bare).unwrap(), Line::BarePage(bare));
        assert!(Line::parse(r#"{"line":"start"}"#).is_err());
        assert!(Line::parse("{").is_err());
        assert_eq!(one_line("{\r\n \"a\":\n1}"), "{ \"a\":1}");
    }

    #[test]
    fn no_line_holds_a_line_separator() {
        let odd = "a\u{2028}b\u{2029}c\u{85}".to_owned();
        let Line::Start(start) = start() else { panic!("a start") };
        let Line::Page(page) = page("{}") else { panic!("a page") };
        let end = End { status: "partial".into(), reason: Some(odd.clone()), attempts: 0, ended_at: "2026".into() };
        for line in [
            Line::Start(Start { label: Some(odd.clone()), ..start }),
            Line::Page(PageLine { cursor: Some(odd.clone().into()), request_id: Some(odd.into()), ..page }),
            Line::End(end),
        ] {
            let json = line.to_json();
            assert!(!json.contains(['\u{2028}', '\u{2029}', '\u{85}']), "{json}");
            assert_eq!(Line::parse(&json).unwrap(), line);
        }
    }

    #[test]
    fn every_cut_of_a_log_reads_as_its_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::create(dir.path(), "a").unwrap();
        let lines = [start(), page(r#"{"items":[]}"#), page(r#"{"items":[1]}"#)];
        let mut ends = vec![0];
        for line in &lines {
            log.append(line).unwrap();
            log.sync().unwrap();
            ends.push(std::fs::metadata(log.path()).unwrap().len() as usize);
        }
        let path = log.finish().unwrap();
        assert!(path.ends_with("a.ndjson.zst"));
        let bytes = std::fs::read(&path).unwrap();
        let cut_path = dir.path().join("cut.ndjson.zst");
        for cut in 0..=bytes.len() {
            std::fs::write(&cut_path, &bytes[..cut]).unwrap();
            let (read, torn) = read_all(&cut_path);
            let whole = ends.iter().filter(|&&end| end <= cut).count() - 1;
            assert!(read.len() == whole, "cut at {cut}: {} lines, {whole} whole", read.len());
            assert_eq!(torn, !ends.contains(&cut), "cut at {cut}");
        }
    }

    #[test]
    fn a_page_is_read_by_its_hash_and_else_by_its_json() {
        let body = r#"{"items":[{"caption":",\"body\":"}]}"#;
        let stored = page(body).to_json();
        let Line::Page(read) = Line::parse(&stored).unwrap() else { panic!("a page") };
        assert_eq!((read.body, read.hash_holds), (body, true));
        // Other bytes of JSON are a page whose hash does not hold; what is no JSON is none.
        let changed = stored.replace("items", "other");
        let Line::Page(read) = Line::parse(&changed).unwrap() else { panic!("a page") };
        assert!(!read.hash_holds && read.body.contains("other"));
        assert!(Line::parse(&stored.replace("]}", "")).is_err());
        assert!(Line::parse(&stored.replace(r#""attempts":3,"#, r#""attempts":"3","#)).is_err());
        // A line that others wrote: their spaces, their order, no hash.
        let foreign = format!(r#"{{ "body": {body}, "fetched_at": "2026-11-23T06:00:01Z" }}"#);
        let Line::Page(read) = Line::parse(&foreign).unwrap() else { panic!("a page") };
        assert_eq!((read.body, read.hash_holds, read.blake3), (body, true, hash(body).into()));
    }

    #[test]
    fn every_cut_of_a_plain_log_reads_as_its_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let lines = [start(), page(r#"{"items":[]}"#), page(r#"{"items":[{"a":"}"}]}"#)].map(|line| line.to_json());
        let text = lines.join("\n");
        let path = dir.path().join("cut.ndjson");
        for cut in 0..=text.len() {
            std::fs::write(&path, &text[..cut]).unwrap();
            let (read, torn) = read_all(&path);
            let whole = (0..=lines.len()).rev().find(|&count| lines[..count].join("\n").len() <= cut).unwrap();
            assert_eq!(read, lines[..whole], "cut at {cut}");
            let behind = cut.saturating_sub(lines[..whole].join("\n").len() + usize::from(whole > 0));
            assert_eq!(torn, behind > 0, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_byte_is_never_read_as_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogWriter::create(dir.path(), "a").unwrap();
        log.append(&page(r#"{"items":["abcdefghijklmnopqrstuvwxyz"]}"#)).unwrap();
        let path = log.finish().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = for_each_line(&path, |_| Ok(())).unwrap_err();
        assert!(error.message.contains("a.ndjson.zst"), "{error}");
    }

    #[test]
    fn a_log_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let first = LogWriter::create(dir.path(), "a").unwrap().finish().unwrap();
        let second = LogWriter::create(dir.path(), "a").unwrap().finish_partial().unwrap();
        let third = LogWriter::import(dir.path(), "a").unwrap().finish().unwrap();
        let names = [first, second, third].map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        assert_eq!(names, ["a.ndjson.zst", "a~2.ndjson.zst.partial", "a~3.ndjson.zst"]);
    }
}
