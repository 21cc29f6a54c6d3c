//! The config files of a command line: the one that is named, else the one in the current folder; then the user's own. A
//! file that was only found may be somebody else's, so what it can set is limited.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use toml::{Spanned, Value};

use crate::cli::settings::names::{CONFIG, Origin, Setting, flag_of, is_blank, known, trimmed};
use crate::cli::{
    paths::{expect_file, why_unreadable},
    settings::names,
};
use crate::error::{Error, Result};
use crate::fs;
use crate::nearest::nearest;

const DEFAULT_FILE: &str = "reelframe.toml";
/// In the folder of the user's settings.
const USER_FILE: &str = "reelframe/config.toml";

/// Where the key is sent, and which file it is read from: only a file that was named may set them.
const ONLY_IF_NAMED: [&str; 3] = ["base_url", "api_key_file", "ping_url"];
/// Paths that are only read. Any other path in a file that was not named must lie in its folder.
const ONLY_READ: [&str; 4] = ["accounts", "from_json", "queries", "replay"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    pub path: PathBuf,
    found_by: FoundBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FoundBy {
    Flag,
    Variable,
    /// In the current folder, not named.
    Found,
    Users,
}

/// The config files in order of precedence; a file that is ignored is reported in `warnings`.
pub(crate) fn config_files(
    args: &[OsString],
    variables: &[(OsString, OsString)],
    warnings: &mut Vec<String>,
) -> Vec<ConfigFile> {
    let mut files = match named(args, variables) {
        Named::Nothing => Vec::new(),
        Named::File(file) => vec![file],
        Named::No => {
            // A file that cannot be looked at is reported when it is read.
            let found = !matches!(fs::exists(Path::new(DEFAULT_FILE)), Ok(false));
            found.then(|| ConfigFile { path: DEFAULT_FILE.into(), found_by: FoundBy::Found }).into_iter().collect()
        }
    };
    if let Some(path) = users_file(variables, warnings) {
        match fs::exists(&path) {
            Ok(true) => files.push(ConfigFile { path, found_by: FoundBy::Users }),
            Ok(false) => {}
            // A service may run with the home of another user.
            Err(error) => warnings.push(format!("config file ignored: {}", error.message)),
        }
    }
    files
}

enum Named {
    File(ConfigFile),
    /// `--config ''`, which the parser refuses.
    Nothing,
    No,
}

fn named(args: &[OsString], variables: &[(OsString, OsString)]) -> Named {
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        let text = arg.to_string_lossy();
        let named =
            if text == "--config" { rest.next().cloned() } else { text.strip_prefix("--config=").map(Into::into) };
        if let Some(path) = named {
            let file = ConfigFile { path: PathBuf::from(&path), found_by: FoundBy::Flag };
            return if is_blank(&path) { Named::Nothing } else { Named::File(file) };
        }
    }
    match variable(variables, CONFIG) {
        Some(path) => Named::File(ConfigFile { path: trimmed(path).into(), found_by: FoundBy::Variable }),
        None => Named::No,
    }
}

/// The path of the user's own file.
fn users_file(variables: &[(OsString, OsString)], warnings: &mut Vec<String>) -> Option<PathBuf> {
    if let Some(folder) = variable(variables, "XDG_CONFIG_HOME").map(Path::new) {
        if folder.is_absolute() {
            return Some(folder.join(USER_FILE));
        }
        warnings.push(format!("XDG_CONFIG_HOME is ignored: {} is not an absolute path", folder.display()));
    }
    let home = variable(variables, "HOME").map(Path::new).filter(|home| home.is_absolute())?;
    Some(home.join(".config").join(USER_FILE))
}

fn variable<'v>(variables: &'v [(OsString, OsString)], name: &str) -> Option<&'v OsStr> {
    let found = variables.iter().find(|(variable, value)| variable == name && !is_blank(value));
    found.map(|(_, value)| value.as_os_str())
}

impl ConfigFile {
    /// The settings of the file by name.
    ///
    /// # Errors
    /// `Usage` for a file that cannot be read, has an unknown setting or one that it may not set.
    pub(crate) fn settings(&self) -> Result<BTreeMap<String, Setting>> {
        let by = if self.found_by == FoundBy::Variable { format!("{CONFIG}: ") } else { String::new() };
        let flag = if matches!(self.found_by, FoundBy::Flag | FoundBy::Variable) { "--config" } else { "config file" };
        let settings = read(flag, &self.path).map_err(|error| Error { message: by + &error.message, ..error })?;
        if self.found_by == FoundBy::Found {
            confine(&settings)?;
        }
        Ok(settings)
    }

    /// The file, and why it is read.
    pub(crate) fn words(&self) -> String {
        let why = match self.found_by {
            FoundBy::Flag => "--config",
            FoundBy::Variable => CONFIG,
            FoundBy::Found => "current folder",
            FoundBy::Users => "user",
        };
        format!("{} ({why})", self.path.display())
    }
}

/// Refuses what a file that was not named may not set.
fn confine(settings: &BTreeMap<String, Setting>) -> Result<()> {
    let known = known();
    let is_confined = |name: &String| known.get(name).is_some_and(|kind| kind.is_path) && !ONLY_READ.contains(&&**name);
    for (name, setting) in settings {
        let subject = setting.origin.subject();
        if ONLY_IF_NAMED.contains(&&**name) {
            return Err(Error::usage(format!("{subject} cannot be set in a config file that was not named"))
                .hint(instead(name, "")));
        }
        let outside = setting.values.iter().map(Path::new).find(|path| !is_inside_current_folder(path));
        if let Some(path) = outside.filter(|_| is_confined(name)) {
            let what =
                format!("{subject}: {} is outside the folder of a config file that was not named", path.display());
            return Err(Error::usage(what).hint(instead(name, "choose a path inside that folder, without `..`; or ")));
        }
    }
    Ok(())
}

fn instead(name: &str, first: &str) -> String {
    format!(
        "{first}if you trust the file, name it: --config {DEFAULT_FILE}; else give {} or REELFRAME_{}",
        flag_of(name),
        name.to_uppercase()
    )
}

/// Whether the path stays in the current folder, whatever links it contains. If that cannot be determined, it does not.
fn is_inside_current_folder(path: &Path) -> bool {
    let real = || -> Result<bool> {
        let folder = std::env::current_dir().map_err(Error::unexpected)?;
        let path = folder.join(path);
        for known in path.ancestors() {
            if fs::kind(known)?.is_some() {
                // A broken link leads to no place inside.
                let real = fs::real_path(known)?.zip(fs::real_path(&folder)?);
                return Ok(real.is_some_and(|(known, folder)| known.starts_with(folder)));
            }
        }
        Ok(false)
    };
    !path.components().any(|part| part == Component::ParentDir) && real().unwrap_or(false)
}

/// The settings of a file by name, without the blank ones.
///
/// # Errors
/// `Usage` for a file that cannot be read, and for an unknown setting.
fn read(flag: &str, path: &Path) -> Result<BTreeMap<String, Setting>> {
    expect_file(flag, path)?;
    let text =
        fs::text_of(path).map_err(|error| Error::usage(format!("{}: {}", path.display(), why_unreadable(&error))))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let at = |byte: usize| format!("{}, line {}", path.display(), line_of(text, byte));
    let table: BTreeMap<Spanned<String>, Value> = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(|| path.display().to_string(), |span| at(span.start));
        Error::usage(format!("{place}: {}", error.message().replace('\n', ", ")))
            .hint("a setting is `name = value` on a line of its own, with texts in quotes: store = \"reels\"")
    })?;
    let known = known();
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    let mut entries: Vec<(Spanned<String>, Value)> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let place = at(key.span().start);
        let key = key.into_inner();
        let name = key.replace('-', "_");
        let Some(kind) = known.get(&name) else { return Err(unknown(&place, &key, known.keys())) };
        let values = values(&value)
            .filter(|values| kind.is_list || values.len() < 2)
            .ok_or_else(|| Error::usage(format!("{place}: '{key}' takes {}", what_it_takes(kind))))?;
        let values = values.into_iter().filter(|value| !value.trim().is_empty());
        let values: Vec<OsString> = values.map(|value| in_folder_of(path, kind, value)).collect();
        let setting = Setting { values, origin: Origin::Line { place: place.clone(), key } };
        if settings.insert(name.clone(), setting).is_some() {
            return Err(Error::usage(format!("{place}: '{name}' is set twice")));
        }
    }
    settings.retain(|_, setting| !setting.values.is_empty());
    Ok(settings)
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

fn unknown<'n>(place: &str, key: &str, names: impl Iterator<Item = &'n String> + Clone) -> Error {
    let hint = match nearest(key, names.clone().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the settings are {}", names.cloned().collect::<Vec<_>>().join(", ")),
    };
    Error::usage(format!("{place}: unknown setting `{key}`")).hint(hint)
}

fn what_it_takes(kind: &names::ValueShape) -> &'static str {
    if kind.is_list { "a text, a number, or a list of them" } else { "a text, a number, true or false" }
}

fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Float(number) => Some(vec![number.to_string()]),
        Value::Boolean(flag) => Some(vec![flag.to_string()]),
        Value::Datetime(at) => Some(vec![at.to_string()]),
        Value::Array(list) => list.iter().map(|value| values(value)?.pop()).collect(),
        Value::Table(_) => None,
    }
}

/// Relative paths count from the folder of the config file.
fn in_folder_of(file: &Path, kind: &names::ValueShape, value: String) -> OsString {
    let folder: PathBuf = file.parent().map(Path::to_owned).unwrap_or_default();
    if kind.is_path { folder.join(value).into() } else { value.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_confined_or_only_read() {
        let known = known();
        let paths: Vec<&str> = known.iter().filter(|(_, kind)| kind.is_path).map(|(name, _)| name.as_str()).collect();
        let written = ["lineage_file", "metrics_file", "out", "query_out", "report_out", "store"];
        let free = ONLY_READ.iter().chain(&ONLY_IF_NAMED).chain(&written);
        assert!(
            paths.iter().all(|path| free.clone().any(|name| name == path)),
            "{paths:?}: decide what a new one may do"
        );
        assert!(ONLY_READ.iter().chain(&ONLY_IF_NAMED).all(|name| known.contains_key(*name)));
    }

    #[test]
    fn the_named_file_comes_before_the_users_own() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join(".config").join(USER_FILE);
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "").unwrap();
        let files = |args: &[&str], variables: &[(&str, &OsStr)]| {
            let args: Vec<OsString> = ["reelframe"].iter().chain(args).map(OsString::from).collect();
            let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let mut warnings = Vec::new();
            let files = config_files(&args, &variables, &mut warnings);
            (files.into_iter().map(|file| file.path).collect::<Vec<_>>(), warnings.len())
        };
        let home = ("HOME", dir.path().as_os_str());
        assert_eq!(files(&["run"], &[home]), (vec![own.clone()], 0));
        assert_eq!(files(&["run", "--config", "a"], &[home]), (vec!["a".into(), own.clone()], 0));
        let variable = (CONFIG, OsStr::new("b "));
        assert_eq!(files(&["run"], &[home, variable]), (vec!["b".into(), own.clone()], 0));
        assert_eq!(files(&["--config=a"], &[variable]), (vec!["a".into()], 0));
        assert_eq!(files(&["run", "--config", ""], &[]), (vec![], 0));
        // The folder of the user's settings is absolute, or as if it were not set.
        let config = dir.path().join(".config");
        assert_eq!(files(&[], &[("XDG_CONFIG_HOME", config.as_os_str())]), (vec![own.clone()], 0));
        assert_eq!(files(&[], &[("XDG_CONFIG_HOME", OsStr::new("config")), home]), (vec![own], 1));
        assert_eq!(files(&[], &[("HOME", OsStr::new("home"))]), (vec![], 0));
    }
}
