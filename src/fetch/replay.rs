//! Replay: the same pages without a network. Logs, or plain saved answers, from disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::config::{AccountRequest, ReplayConfig, Settings, parse_account};
use crate::error::{Error, Result};
use crate::store;

use super::envelope;
use super::page_log::{self, Line, LineReader, Start};
use super::walk::timestamp;

/// What a replay path holds, by account key.
pub type Found = BTreeMap<String, AccountSource>;

/// The files that hold an account's pages, each kind in name order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountSource {
    /// The name that the account was last asked for by, and its user id where its logs tell it.
    pub account: String,
    pub account_id: Option<String>,
    pub logs: Vec<PathBuf>,
    pub bare: Vec<PathBuf>,
}

/// A bare page with its reading time.
#[derive(Debug, Clone, PartialEq)]
pub struct BarePage<'a> {
    pub body: Cow<'a, str>,
    pub fetched_at: String,
    /// Neither the user nor the page said when it was read.
    pub time_is_the_files: bool,
}

/// Looks at every file of the path and says whose pages it holds.
///
/// # Errors
/// Exit 2 where there is nothing to replay, or a bare page's account is not known.
pub fn find(config: &ReplayConfig, settings: &Settings) -> Result<Found> {
    let path = &config.path;
    if !path.exists() {
        return Err(Error::usage(format!("--replay {}: no such file or folder", path.display())));
    }
    let mut files = Vec::new();
    list_pages(path, &mut files)?;
    files.sort();
    let one_account = match settings.accounts.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    let mut found = Found::new();
    let mut logs = Vec::new();
    for file in files {
        match log_start(&file)? {
            Some(start) => logs.push((file, start)),
            None => {
                let (key, account) = bare_account(&file, path, one_account)?;
                let source = found.entry(key).or_insert_with(|| AccountSource { account, ..AccountSource::default() });
                source.bare.push(file);
            }
        }
    }
    add_logs(&mut found, logs);
    let known: Vec<String> = found.values().map(|source| source.account.clone()).collect();
    let asks_for = |request: &AccountRequest| found.iter().any(|(key, source)| names(request, key, source));
    if let Some(missing) = settings.accounts.iter().find(|request| !asks_for(request))
        && !known.is_empty()
    {
        return Err(Error::usage(format!("--replay {}: no pages of {}", path.display(), missing.account))
            .hint(format!("it holds pages of: {}", known.join(", "))));
    }
    if !settings.accounts.is_empty() {
        found.retain(|key, source| settings.accounts.iter().any(|request| names(request, key, source)));
    }
    if found.is_empty() {
        let message = format!("--replay {}: no pages to replay", path.display());
        let hint = match known.len() {
            0 => "pages are .json files (one answer each), .ndjson logs, or .zst and .gz of these".to_owned(),
            _ => format!("it holds pages of: {}", known.join(", ")),
        };
        return Err(Error::usage(message).hint(hint));
    }
    Ok(found)
}

fn names(request: &AccountRequest, key: &str, source: &AccountSource) -> bool {
    let found = [Some(key), Some(source.account.as_str()), source.account_id.as_deref()];
    let asked = [Some(&request.account), Some(&request.key), request.account_id.as_ref()];
    asked.into_iter().flatten().any(|name| found.contains(&Some(name)))
}

/// Logs belong to the account that they begin with. Those of a store's folder for an account are all that account's,
/// whatever it was called at the time; it goes by the name in its newest log.
fn add_logs(found: &mut Found, logs: Vec<(PathBuf, Start)>) {
    let mut by_folder: BTreeMap<PathBuf, Vec<(PathBuf, Start)>> = BTreeMap::new();
    for (file, start) in logs {
        by_folder.entry(file.parent().map(Path::to_owned).unwrap_or_default()).or_default().push((file, start));
    }
    let mut newest: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (folder, logs) in by_folder {
        let name = folder.file_name().and_then(|name| store::from_path_form(name.to_str()?));
        let is_its = |start: &Start, name: &str| start.account == name || start.account_id.as_deref() == Some(name);
        let key = name.filter(|name| logs.iter().any(|(_, start)| is_its(start, name)));
        for (file, start) in logs {
            let key = key.clone().unwrap_or_else(|| start.account.clone());
            let source = found.entry(key.clone()).or_default();
            source.logs.push(file);
            let order = (start.started_at, start.run_id);
            if newest.get(&key).is_none_or(|newest| order >= *newest) {
                newest.insert(key, order);
                source.account = start.account;
                source.account_id = start.account_id.or(source.account_id.take());
            }
        }
    }
}

/// A file's name without what compression and an unfinished walk add to it.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".partial").unwrap_or(&name);
    let name = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(name);
    name.to_owned()
}

fn list_pages(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Error::disk("list", path, error))?;
    for entry in entries {
        let path = entry.map_err(|error| Error::disk("list", path, error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let compressed = path.extension().is_some_and(|extension| extension == "zst" || extension == "gz");
        let plain = plain_name(&path);
        let pages = plain.ends_with(".json") || plain.ends_with(".ndjson") || compressed;
        if !hidden && (path.is_dir() || pages) {
            list_pages(&path, files)?;
        }
    }
    Ok(())
}

/// Whether a file holds one page rather than a page a line.
fn is_one_page(path: &Path) -> bool {
    plain_name(path).ends_with(".json")
}

/// The first line of a log; `None` where the file holds bare pages.
fn log_start(path: &Path) -> Result<Option<Start>> {
    if is_one_page(path) {
        return Ok(None);
    }
    let mut reader = LineReader::open(path)?;
    let Some(text) = reader.next_text()? else { return Ok(None) };
    let line = Line::parse(text).map(|line| match line {
        Line::Start(start) => Ok(Some(start)),
        Line::BarePage(_) => Ok(None),
        Line::Page(_) | Line::End(_) => Err("a log begins with a line of kind 'start'"),
    });
    match line {
        Ok(Ok(start)) => Ok(start),
        Ok(Err(fault)) => Err(reader.fault(fault)),
        Err(fault) => Err(reader.fault(&fault)),
    }
}

/// Key and name of the one account that was named, else of the folder above the file.
fn bare_account(file: &Path, root: &Path, one_account: Option<&AccountRequest>) -> Result<(String, String)> {
    if let Some(request) = one_account {
        return Ok((request.key.clone(), request.account.clone()));
    }
    let unknown = |what: String| {
        Error::usage(format!("{}: {what}", file.display()))
            .hint("name the account before --replay, or put its pages into a folder that bears its name")
    };
    if file == root {
        return Err(unknown("whose page is this?".to_owned()));
    }
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    // Named as in raw/ or as people write accounts.
    let name = store::from_path_form(&folder).unwrap_or_else(|| folder.clone().into_owned());
    let request = parse_account(&name).map_err(|_| unknown(format!("its folder '{folder}' names no account")))?;
    Ok((request.key, request.account))
}

/// Hands on each bare page of a file; `each` tells whether it has read it as a page of reels. What is none at all (no
/// list of items) is an error: somebody meant another file.
pub fn for_each_bare_page(
    path: &Path,
    observed_at: Option<DateTime<Utc>>,
    mut each: impl FnMut(BarePage) -> Result<bool>,
) -> Result<()> {
    let modified = modified_at(path)?;
    // What is wrong with the text, where it is no page.
    let mut page = |text: &str| -> Result<Option<String>> {
        let body = page_log::one_line(text.trim());
        let at = observed_at.or_else(|| manifest_time(&body));
        let fetched_at = timestamp(at.unwrap_or(modified));
        if each(BarePage { body, fetched_at, time_is_the_files: at.is_none() })? {
            return Ok(None);
        }
        Ok(envelope::outline(text).err().map(|reason| format!("not a page of reels: {reason}")))
    };
    if is_one_page(path) {
        let text = page_log::read_to_string(path)?;
        let fault = page(&text)?;
        return fault.map_or(Ok(()), |fault| Err(Error::not_understood(format!("{}: {fault}", path.display()))));
    }
    let mut reader = LineReader::open(path)?;
    while let Some(text) = reader.next_text()? {
        if let Some(fault) = page(text)? {
            return Err(reader.fault(&fault));
        }
    }
    if reader.torn {
        return Err(Error::not_understood(format!("{} is cut off: its compressed data has no end", path.display()))
            .hint("copy or save the file again"));
    }
    Ok(())
}

fn modified_at(path: &Path) -> Result<DateTime<Utc>> {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.map(DateTime::from).map_err(|error| Error::disk("read the time of", path, error))
}

/// The largest `FBManifestTimestamp` (Unix seconds) in the DASH manifests of a page: when the answer was made.
fn manifest_time(body: &str) -> Option<DateTime<Utc>> {
    const NAME: &str = "FBManifestTimestamp";
    let seconds = memchr::memmem::find_iter(body.as_bytes(), NAME).filter_map(|at| {
        // In JSON the quotes around the number are escaped: ="\"…
        let rest = body[at + NAME.len()..].trim_start_matches(['=', '\\', '"']);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse::<i64>().ok()
    });
    seconds.max().and_then(|seconds| DateTime::from_timestamp(seconds, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_tells_when_the_answer_was_made() {
        let body = r#"{"a":"FBManifestTimestamp=\"1736294201\" x","b":"FBManifestTimestamp=\"1736294300\""}"#;
        assert_eq!(timestamp(manifest_time(body).unwrap()), "2025-01-07T23:58:20.000Z");
        assert_eq!(manifest_time("FBManifestTimestamp=soon"), None);
        assert_eq!(manifest_time("{}"), None);
    }

    #[test]
    fn files_are_pages_by_their_names() {
        for (name, one_page) in
            [("a.json", true), ("a.json.gz", true), ("a.ndjson", false), ("a.ndjson.zst.partial", false)]
        {
            assert_eq!(is_one_page(Path::new(name)), one_page, "{name}");
        }
    }
}
