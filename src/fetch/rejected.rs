//! Whole responses that are not pages: kept as received for people to look at, and never read by the program.
//!
//! Each is two files in the account's folder of `rejected/`, named by its time and the first digits of its hash:
//! `.body` has the bytes, `.txt` says what is wrong with them. A replay takes neither for a page.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::fs;
use crate::time::{COMPACT_FORM, compact_time};

/// How many responses of an account are kept.
const KEPT: usize = 20;
const MOST_BYTES: usize = 1024 * 1024;

/// A whole response that is not a page. The API key is masked in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rejected {
    pub status: u16,
    pub reason: String,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub body: Vec<u8>,
}

/// Keeps a response, and returns the file with its bytes. The oldest ones are removed.
pub(crate) fn keep(dir: &Path, at: DateTime<Utc>, wanted: &str, rejected: &Rejected) -> Result<PathBuf> {
    let hash = blake3::hash(&rejected.body).to_hex();
    let name = format!("{}-{}", compact_time(at), &hash.as_str()[..8]);
    let bytes = &rejected.body[..rejected.body.len().min(MOST_BYTES)];
    let header = |header: &Option<String>| header.clone().unwrap_or_else(|| "none".to_owned());
    let words = format!(
        "reason: {}\nstatus: {}\nrequested: {wanted}\ncontent-type: {}\ncontent-encoding: {}\nbytes: {}\nbytes kept: {}\nblake3: {hash}\n",
        rejected.reason,
        rejected.status,
        header(&rejected.content_type),
        header(&rejected.content_encoding),
        rejected.body.len(),
        bytes.len(),
    );
    fs::create_dir(dir)?;
    let body = dir.join(format!("{name}.body"));
    fs::write_whole(&body, bytes)?;
    fs::write_whole(&dir.join(format!("{name}.txt")), words.as_bytes())?;
    remove_old(dir)?;
    Ok(body)
}

/// Removes the oldest responses beyond those that are kept.
fn remove_old(dir: &Path) -> Result<()> {
    let mut responses: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in fs::list(dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Other files are the user's own.
        if let Some((stem, "body" | "txt" | "body.partial" | "txt.partial")) = name.split_once('.')
            && is_response(stem)
        {
            responses.entry(stem.to_owned()).or_default().push(path);
        }
    }
    let old = responses.len().saturating_sub(KEPT);
    responses.into_values().take(old).flatten().try_for_each(|path| fs::remove_file(&path))
}

/// Whether a name is a time and the first digits of a hash: `20260921T141320000Z-1f2e3d4c`.
fn is_response(stem: &str) -> bool {
    let Some((time, hash)) = stem.split_once('-') else { return false };
    let is_time = chrono::NaiveDateTime::parse_from_str(time, COMPACT_FORM).is_ok();
    is_time && hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(body: &[u8]) -> Rejected {
        let (content_type, content_encoding) = (Some("text/html".into()), None);
        Rejected {
            status: 200,
            reason: "the response is HTML".into(),
            content_type,
            content_encoding,
            body: body.into(),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_response_is_kept_as_received_with_what_is_wrong_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = keep(&dir.path().join("maple"), at(0), "page 3", &rejected(b"<html>\xFF")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"<html>\xFF");
        let hash = blake3::hash(b"<html>\xFF").to_hex();
        assert!(
            path.ends_with(format!("maple/20260921T141320000Z-{}.body", &hash.as_str()[..8])),
            "{}",
            path.display()
        );
        let words = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let expected = "reason: the response is HTML\nstatus: 200\nrequested: page 3\ncontent-type: text/html\n\
                        content-encoding: none\nbytes: 7\nbytes kept: 7\nblake3: ";
        assert_eq!(words, format!("{expected}{hash}\n"));
    }

    #[test]
    fn the_newest_twenty_are_kept_and_other_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("0-notes.txt"), "mine").unwrap();
        for second in 0..23 {
            keep(dir.path(), at(second), "page 1", &rejected(format!("answer {second}").as_bytes())).unwrap();
        }
        let names = names(dir.path());
        assert_eq!(names.len(), 2 * KEPT + 1);
        assert!(names[0] == "0-notes.txt" && names[1].starts_with("20260921T141323"), "{names:?}");
    }

    #[test]
    fn only_the_beginning_of_a_large_response_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = keep(dir.path(), at(0), "page 1", &rejected(&vec![b'x'; MOST_BYTES + 5])).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), MOST_BYTES as u64);
        let words = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        assert!(words.contains("bytes: 1048581\nbytes kept: 1048576\n"), "{words}");
    }
}
