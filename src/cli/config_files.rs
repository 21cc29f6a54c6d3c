//! The config files of a command line: the one that is named, or else the one of the current folder; behind it the
//! user's own. One that nobody named may be somebody else's, and decides nothing dangerous.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use crate::cli::file;
use crate::cli::settings::{CONFIG, Setting, flag_of, is_blank, known, trimmed};
use crate::error::{Error, Result};
use crate::fs;

const DEFAULT_FILE: &str = "reelframe.toml";
/// In the folder of the user's settings.
const USER_FILE: &str = "reelframe/config.toml";

/// Where the key goes, and which file is taken for one: only from a file that was named.
const ONLY_IF_NAMED: [&str; 2] = ["base_url", "api_key_file"];
/// Paths that are only read. Every other path of a file that was not named has to lie in its folder.
const ONLY_READ: [&str; 3] = ["accounts", "queries", "replay"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    pub path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Flag,
    Variable,
    /// In the current folder, not named.
    ReplayInput,
    Users,
}

/// The config files, the one that counts most first; what is said of one that is passed over goes to the warnings.
pub(crate) fn config_files(
    args: &[OsString],
    variables: &[(OsString, OsString)],
    warnings: &mut Vec<String>,
) -> Vec<ConfigFile> {
    let mut files = match named(args, variables) {
        Named::Nothing => Vec::new(),
        Named::File(file) => vec![file],
        Named::No => {
            // One that cannot be looked at is for its reader to name.
            let found = !matches!(fs::exists(Path::new(DEFAULT_FILE)), Ok(false));
            found.then(|| ConfigFile { path: DEFAULT_FILE.into(), kind: Kind::ReplayInput }).into_iter().collect()
        }
    };
    if let Some(path) = users_file(variables, warnings) {
        match fs::exists(&path) {
            Ok(true) => files.push(ConfigFile { path, kind: Kind::Users }),
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
            let file = ConfigFile { path: PathBuf::from(&path), kind: Kind::Flag };
            return if is_blank(&path) { Named::Nothing } else { Named::File(file) };
        }
    }
    match variable(variables, CONFIG) {
        Some(path) => Named::File(ConfigFile { path: trimmed(path).into(), kind: Kind::Variable }),
        None => Named::No,
    }
}

/// Where the user's own file would be.
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
    /// Exit 2 for a file that cannot be read, and for one that sets what is no setting or is not its to set.
    pub fn settings(&self) -> Result<BTreeMap<String, Setting>> {
        let by = if self.kind == Kind::Variable { format!("{CONFIG}: ") } else { String::new() };
        let flag = if matches!(self.kind, Kind::Flag | Kind::Variable) { "--config" } else { "config file" };
        let settings = file::read(flag, &self.path).map_err(|error| Error { message: by + &error.message, ..error })?;
        if self.kind == Kind::ReplayInput {
            confine(&settings)?;
        }
        Ok(settings)
    }

    /// The file, and why it is read.
    pub fn words(&self) -> String {
        let why = match self.kind {
            Kind::Flag => "--config",
            Kind::Variable => CONFIG,
            Kind::ReplayInput => "current folder",
            Kind::Users => "user",
        };
        format!("{} ({why})", self.path.display())
    }
}

/// Holds a file that nobody named to what it may decide.
fn confine(settings: &BTreeMap<String, Setting>) -> Result<()> {
    let known = known();
    let is_confined = |name: &String| known.get(name).is_some_and(|kind| kind.is_path) && !ONLY_READ.contains(&&**name);
    for (name, setting) in settings {
        let subject = setting.origin.subject();
        if ONLY_IF_NAMED.contains(&&**name) {
            return Err(Error::usage(format!("{subject} is not taken from a config file that was not named"))
                .hint(instead(name, "")));
        }
        let outside = setting.values.iter().map(Path::new).find(|path| !is_inside_current_folder(path));
        if let Some(path) = outside.filter(|_| is_confined(name)) {
            let what =
                format!("{subject}: {} leads out of the folder of a config file that was not named", path.display());
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

/// Whether what is written there stays in the current folder, whatever links are on the way. What cannot be seen does not.
fn is_inside_current_folder(path: &Path) -> bool {
    let real = || -> Result<bool> {
        let folder = std::env::current_dir().map_err(Error::unexpected)?;
        let path = folder.join(path);
        for known in path.ancestors() {
            if fs::kind(known)?.is_some() {
                // A link that leads nowhere leads to no place inside.
                let real = fs::real_path(known)?.zip(fs::real_path(&folder)?);
                return Ok(real.is_some_and(|(known, folder)| known.starts_with(folder)));
            }
        }
        Ok(false)
    };
    !path.components().any(|part| part == Component::ParentDir) && real().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_confined_or_only_read() {
        let known = known();
        let paths: Vec<&str> = known.iter().filter(|(_, kind)| kind.is_path).map(|(name, _)| name.as_str()).collect();
        let written = ["out", "query_out", "report_out", "store"];
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
