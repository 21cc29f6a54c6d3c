//! Finds the pages of a replay: page logs, or plain saved responses, on disk.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::config::accounts::{AccountRequest, parse_account};
use crate::config::{ReplayConfig, Settings};
use crate::error::{Error, ErrorKind, Hint, Parameter, Result};
use crate::fs;
use crate::instagram::response;
use crate::store::page_log::line::{Line, Start};
use crate::store::page_log::{future, reader, source};
use crate::store::{layout, page_log::body::Body, page_log::reader::LineReader};
use crate::time::{self, Timestamp, timestamp};

/// The hint for files that are not pages.
const SHAPES: &str = "pages are .json or .ndjson files, optionally .zst or .gz compressed; a page is a JSON object with a \
                      list `items`; a page log of a store is used as a whole or not at all: take it from its store or a \
                      backup";

/// What a replay path holds.
#[derive(Debug, Default)]
pub struct ReplayInput {
    /// By account key.
    pub accounts: BTreeMap<String, AccountSource>,
    /// Files that are not pages, each with what is wrong with it.
    pub skipped: Vec<String>,
    /// Accounts that are left out because one of their logs cannot be used.
    pub failed: Vec<Failed>,
}

/// An account that fails alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub key: String,
    pub account: String,
    pub reason: String,
}

impl ReplayInput {
    /// The error if none of the files is a page.
    pub fn nothing_readable(skipped: &[String]) -> Error {
        let others = match skipped.len().saturating_sub(1) {
            0 => String::new(),
            1 => " (and another file)".to_owned(),
            others => format!(" (and {others} other files)"),
        };
        let first = skipped.first().map_or("no page could be read", String::as_str);
        Error::invalid_data(format!("{first}{others}")).hint(SHAPES)
    }

    pub fn shapes() -> &'static str {
        SHAPES
    }
}

/// The files with an account's pages, each kind in name order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountSource {
    /// The name that the account was last requested by, and its user id if its logs have it.
    pub account: String,
    pub account_id: Option<String>,
    pub logs: Vec<PathBuf>,
    pub bare: Vec<PathBuf>,
}

/// A page without a log, with the time at which it was fetched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BarePage<'a> {
    pub body: Body<'a>,
    pub fetched_at: Timestamp,
    /// The time is the file's modification time: neither the user nor the page gave one.
    pub is_file_time: bool,
}

/// Finds the account of every file of the path.
///
/// # Errors
/// `Usage` if there is nothing to replay, if the account of a bare page is unknown, or if a requested account has no
/// pages.
pub(crate) fn find(config: &ReplayConfig, settings: &Settings) -> Result<ReplayInput> {
    let path = &config.path;
    check_observed_at(config)?;
    if !fs::exists(path)? {
        return Err(Error::parameter(Parameter::Replay, format!("{}: no such file or folder", path.display())));
    }
    let mut found = ReplayInput::default();
    let mut files = Vec::new();
    if fs::is_dir(path)? {
        list_pages(path, &mut Vec::new(), &mut files, &mut found.skipped)?;
    } else {
        source::expect_file(path).map_err(|error| Error::parameter(Parameter::Replay, error.message))?;
        files.push(path.clone());
    }
    files.sort();
    let one_account = match settings.accounts.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    let mut logs = Vec::new();
    for file in files {
        match log_start(&file) {
            Ok(Some(start)) => logs.push((file, start)),
            Ok(None) => match bare_account(&file, path, one_account) {
                Ok((key, account)) => {
                    let new = || AccountSource { account, ..AccountSource::default() };
                    found.accounts.entry(key).or_insert_with(new).bare.push(file);
                }
                // A file that is not a page needs no account.
                Err(error) => found.skipped.push(why_not_a_page(&file)?.ok_or(error)?),
            },
            Err(error) => found.skipped.push(content_fault(error)?),
        }
    }
    add_logs(&mut found.accounts, logs);
    select(found, path, settings)
}

fn check_observed_at(config: &ReplayConfig) -> Result<()> {
    let Some(at) = config.observed_at else { return Ok(()) };
    let what = if future::is_in_the_future(at, time::now()) {
        "in the future"
    } else if future::is_before_instagram(at) {
        "before Instagram existed"
    } else {
        return Ok(());
    };
    Err(Error::parameter(Parameter::ObservedAt, format!("{}: that is {what}", timestamp(at)))
        .hint("give the time at which the pages were saved"))
}

/// Keeps the requested accounts, or all if none is requested.
fn select(mut found: ReplayInput, path: &Path, settings: &Settings) -> Result<ReplayInput> {
    let known: Vec<String> = found.accounts.values().map(|source| source.account.clone()).collect();
    let holds = || format!("it holds pages of: {}", known.join(", "));
    let of_source = |(key, source): (&String, &AccountSource)| {
        [Some(key.clone()), Some(source.account.clone()), source.account_id.clone()]
    };
    let held: HashSet<String> = found.accounts.iter().flat_map(of_source).flatten().collect();
    let missing = |requests: &[AccountRequest]| -> Vec<String> {
        let missing = requests.iter().filter(|request| !names(request).any(|name| held.contains(name)));
        missing.map(|request| request.account.clone()).collect()
    };
    let absent = missing(&settings.accounts);
    if !absent.is_empty() && !known.is_empty() {
        let message = format!("{}: no pages of {}", path.display(), absent.join(", "));
        return Err(Error::parameter(Parameter::Replay, message).hint(holds()));
    }
    if settings.accounts.is_empty() {
        let absent = missing(&settings.known_accounts);
        if !absent.is_empty() {
            tracing::info!("no pages of these accounts of the accounts file: {}", absent.join(", "));
        }
    } else {
        let requested: HashSet<&String> = settings.accounts.iter().flat_map(names).collect();
        found
            .accounts
            .retain(|key, source| of_source((key, source)).iter().flatten().any(|name| requested.contains(name)));
    }
    if !found.accounts.is_empty() {
        return Ok(found);
    }
    if !found.skipped.is_empty() {
        return Err(ReplayInput::nothing_readable(&found.skipped));
    }
    let hint = match known.len() {
        0 => "pages are .json files (one response each), .ndjson logs, or .zst and .gz of these".to_owned(),
        _ => holds(),
    };
    Err(Error::parameter(Parameter::Replay, format!("{}: no pages to replay", path.display())).hint(hint))
}

fn names(request: &AccountRequest) -> impl Iterator<Item = &String> {
    [Some(&request.account), Some(&request.key), request.account_id.as_ref()].into_iter().flatten()
}

/// A log belongs to the account in its start line. All logs in a store's folder for an account are that account's, whatever
/// its name was at the time; it gets the name in its newest log.
fn add_logs(found: &mut BTreeMap<String, AccountSource>, logs: Vec<(PathBuf, Start)>) {
    let mut by_folder: BTreeMap<PathBuf, Vec<(PathBuf, Start)>> = BTreeMap::new();
    for (file, start) in logs {
        by_folder.entry(file.parent().map(Path::to_owned).unwrap_or_default()).or_default().push((file, start));
    }
    let mut newest: BTreeMap<String, (Timestamp, String)> = BTreeMap::new();
    for (folder, logs) in by_folder {
        let name = folder.file_name().and_then(|name| layout::from_path_form(name.to_str()?));
        let is_its = |start: &Start, name: &str| start.account == name || start.account_id.as_deref() == Some(name);
        let key = name.filter(|name| logs.iter().any(|(_, start)| is_its(start, name)));
        for (file, start) in logs {
            let key = key.clone().unwrap_or_else(|| start.account.to_lowercase());
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

/// A file's name in lower case, without the extensions of compression and of a `.partial`.
fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(fs::PARTIAL).unwrap_or(&name);
    let name = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(name);
    name.to_ascii_lowercase()
}

/// The files below a folder that are pages by their names. Links are followed, but not back to a folder above. What is not
/// a file goes to `skipped`, since a pipe would never end.
fn list_pages(dir: &Path, above: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>, skipped: &mut Vec<String>) -> Result<()> {
    let Some(real) = fs::real_path(dir)? else { return Ok(()) };
    if above.contains(&real) {
        skipped.push(format!("{}: a link back to a folder above it", dir.display()));
        return Ok(());
    }
    above.push(real);
    for path in fs::list(dir)? {
        let compressed = path.extension().is_some_and(|extension| extension == "zst" || extension == "gz");
        let plain = plain_name(&path);
        let pages = plain.ends_with(".json") || plain.ends_with(".ndjson") || compressed;
        match fs::metadata_of(&path) {
            _ if fs::is_hidden(&path) => {}
            Ok(found) if found.is_dir() => list_pages(&path, above, files, skipped)?,
            Ok(_) if pages => match source::expect_file(&path) {
                Ok(()) => files.push(path),
                Err(error) => skipped.push(error.message),
            },
            Err(error) if pages => skipped.push(format!("{}: {error}", path.display())),
            _ => {
                tracing::info!("skipping {}: pages are .json, .ndjson, and .zst and .gz of these", path.display());
            }
        }
    }
    above.pop();
    Ok(())
}

/// Whether a file holds a single page, not one per line.
fn is_one_page(path: &Path) -> bool {
    plain_name(path).ends_with(".json")
}

/// The start line of a log; `None` if the file holds bare pages.
fn log_start(path: &Path) -> Result<Option<Start>> {
    if is_one_page(path) {
        return Ok(None);
    }
    let mut reader = LineReader::open(path)?;
    let Some(text) = reader.next_text()? else { return Ok(None) };
    let line = Line::parse(text).map(|line| match line {
        Line::Start(start) => Ok(Some(start)),
        Line::BarePage(_) => Ok(None),
        Line::Page(_) | Line::Profile(_) | Line::End(_) => Err("a log begins with a line of kind 'start'"),
    });
    match line {
        Ok(Ok(start)) => Ok(start),
        Ok(Err(fault)) => Err(reader.fault(fault)),
        Err(fault) => Err(reader.fault(&fault.what)),
    }
}

/// What is wrong with a file's content.
///
/// # Errors
/// The error itself if it is the disk's, and not the content's.
fn content_fault(error: Error) -> Result<String> {
    if error.kind == ErrorKind::InvalidData { Ok(error.message) } else { Err(error) }
}

/// What is wrong with a file that holds no page at all; `None` if it holds one.
fn why_not_a_page(path: &Path) -> Result<Option<String>> {
    let (mut pages, mut skipped) = (0, Vec::new());
    for_each_bare_page(path, None, &mut skipped, |_| {
        pages += 1;
        Ok(())
    })?;
    Ok(skipped.pop().filter(|_| pages == 0))
}

/// The key and name of the requested account if there is exactly one, else of the folder above the file.
fn bare_account(file: &Path, root: &Path, one_account: Option<&AccountRequest>) -> Result<(String, String)> {
    if let Some(request) = one_account {
        return Ok((request.key.clone(), request.account.clone()));
    }
    let unknown = |what: String| Error::usage(format!("{}: {what}", file.display())).hint(Hint::NameAccountOfPages);
    if file == root {
        return Err(unknown("cannot tell which account this page belongs to".to_owned()));
    }
    let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    // The folder is named as in raw/, or as people write accounts.
    let name = layout::from_path_form(&folder).unwrap_or_else(|| folder.clone().into_owned());
    let request =
        parse_account(&name).map_err(|_| unknown(format!("its folder '{folder}' is not a name of an account")))?;
    Ok((request.key, request.account))
}

/// Reading stops after this many lines that are not pages: a few bytes can unpack to millions of them.
const MOST_FAULTS: u64 = 10_000;

/// Calls `each` for every bare page of a file. What is not a page (no list of items) is left out, with one message per
/// file.
pub(crate) fn for_each_bare_page(
    path: &Path,
    observed_at: Option<DateTime<Utc>>,
    skipped: &mut Vec<String>,
    mut each: impl FnMut(BarePage) -> Result<()>,
) -> Result<()> {
    let modified = modified_at(path)?;
    // Returns what is wrong with the text if it is not a page.
    let mut page = |text: &str| -> Result<Option<String>> {
        let body = Body::of(text.trim().trim_start_matches('\u{FEFF}'));
        if let Err(reason) = response::outline(&body.text) {
            return Ok(Some(format!("not a page of reels: {reason}")));
        }
        let at = observed_at.or_else(|| response::made_at(&body.text));
        let fetched_at = at.unwrap_or(modified).into();
        each(BarePage { body, fetched_at, is_file_time: at.is_none() })?;
        Ok(None)
    };
    if is_one_page(path) {
        let fault = match reader::read_to_string(path) {
            Ok(text) => page(&text)?.map(|fault| format!("{}: {fault}", path.display())),
            Err(error) => Some(content_fault(error)?),
        };
        skipped.extend(fault);
        return Ok(());
    }
    let (mut first, mut faults) = (None, 0_u64);
    let mut note = |fault: String| {
        first.get_or_insert(fault);
        faults += 1;
        faults > MOST_FAULTS
    };
    let mut reader = LineReader::open(path)?;
    loop {
        match reader.next_text() {
            Ok(Some(text)) => {
                if let Some(fault) = page(text)?
                    && note(reader.fault(&fault).message)
                {
                    break;
                }
            }
            Ok(None) => break,
            // Other lines may follow one that is not text; nothing can follow damaged compression.
            Err(error) => {
                if note(content_fault(error)?) || reader.is_over() {
                    break;
                }
            }
        }
    }
    skipped.extend(first.map(|first| match faults - 1 {
        0 => first,
        MOST_FAULTS => format!("{first} (and {MOST_FAULTS} more of its lines; what follows them is not read)"),
        more => format!("{first} (and {more} more of its lines)"),
    }));
    Ok(())
}

fn modified_at(path: &Path) -> Result<DateTime<Utc>> {
    let modified = fs::metadata_of(path).and_then(|metadata| metadata.modified());
    modified.map(DateTime::from).map_err(|error| Error::disk("read the time of", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_pages_by_their_names() {
        for (name, one_page) in [
            ("a.json", true),
            ("A.JSON", true),
            ("a.json.gz", true),
            ("a.ndjson", false),
            ("a.ndjson.zst.partial", false),
        ] {
            assert_eq!(is_one_page(Path::new(name)), one_page, "{name}");
        }
    }
}
