//! Settings: the environment and the config file become the defaults of the flags, so that one parser checks them all
//! and a flag that is typed wins. What a setting has wrong is said of where it stands.

pub mod fault;
#[cfg(test)]
pub mod tests;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};

use crate::cli::args::Cli;
use crate::cli::config_files::{ConfigFile, config_files};
use crate::cli::nearest::nearest;
use crate::error::Result;

const PREFIX: &str = "REELFRAME_";
pub(crate) const CONFIG: &str = "REELFRAME_CONFIG";

/// For tests: how the disk fails or waits, what the clock says, and which sections a report has. (Release builds know nothing of them.)
const TEST_VARIABLES: &[&str] = if cfg!(debug_assertions) {
    &["REELFRAME_FAIL_DISK", "REELFRAME_FAIL_READ", "REELFRAME_PAUSE", "REELFRAME_CLOCK", "REELFRAME_SECTIONS"]
} else {
    &[]
};

/// These are for one call.
const NOT_SETTINGS: [&str; 10] =
    ["help", "version", "verbose", "config", "yes", "log", "from-run", "rollback", "accept-loss", "init"];

/// Flags that are another thing than the same flag elsewhere: their settings are named after the command, as
/// `report_format`.
const OF_ONE_COMMAND: [(&str, &str); 6] = [
    ("report", "format"),
    ("query", "format"),
    ("schema", "format"),
    ("status", "format"),
    ("report", "out"),
    ("query", "out"),
];

/// What parsing came to: a command, or a text that clap wants printed (help, version, a usage error).
pub type Parsed = std::result::Result<Cli, clap::Error>;

/// Where a setting stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Variable(String),
    Line { place: String, key: String },
}

impl Origin {
    /// What is said in place of the flag.
    pub fn subject(&self) -> String {
        match self {
            Self::Variable(name) => name.clone(),
            Self::Line { place, key } => format!("`{key}` ({place})"),
        }
    }
}

/// A setting that is not blank.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub values: Vec<OsString>,
    pub origin: Origin,
}

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub is_list: bool,
    pub is_path: bool,
    is_switch: bool,
}

/// The settings by name, each a flag of some command.
pub(crate) fn known() -> BTreeMap<String, Kind> {
    let program = Cli::command();
    let of = |command: &Command, arg: &Arg| Some((setting_name(command.get_name(), arg)?, Kind::of(arg)));
    let own = program.get_arguments().filter_map(|arg| of(&program, arg));
    let subcommands =
        program.get_subcommands().flat_map(|command| command.get_arguments().filter_map(move |arg| of(command, arg)));
    own.chain(subcommands).collect()
}

impl Kind {
    fn of(arg: &Arg) -> Self {
        Self {
            is_list: matches!(arg.get_action(), ArgAction::Append),
            is_path: arg.get_value_parser().type_id() == TypeId::of::<PathBuf>(),
            is_switch: matches!(arg.get_action(), ArgAction::SetTrue),
        }
    }
}

/// The setting that stands for a flag of a command; `None` where none does.
fn setting_name(command: &str, arg: &Arg) -> Option<String> {
    let long = arg.get_long().filter(|long| !NOT_SETTINGS.contains(long))?;
    let name = if OF_ONE_COMMAND.contains(&(command, long)) { format!("{command}_{long}") } else { long.to_owned() };
    Some(name.replace('-', "_"))
}

/// The flag that a setting stands for.
pub(crate) fn flag_of(name: &str) -> String {
    let of_one = |(command, flag): &&(&str, &str)| {
        name.strip_prefix(command).is_some_and(|rest| rest.strip_prefix('_') == Some(flag))
    };
    let long = OF_ONE_COMMAND.iter().find(of_one).map_or(name, |(_, flag)| flag);
    format!("--{}", long.replace('_', "-"))
}

/// Parses the command line with the config files and the environment behind it.
///
/// # Errors
/// Exit 2 for a config file that cannot be read or sets something that is no flag, and for a setting with a wrong value.
pub fn parse(args: Vec<OsString>) -> Result<Parsed> {
    parse_with(args, std::env::vars_os().collect())
}

fn parse_with(args: Vec<OsString>, variables: Vec<(OsString, OsString)>) -> Result<Parsed> {
    let (mut settings, mut warnings) = from_environment(&variables);
    let files = config_files(&args, &variables, &mut warnings);
    for file in &files {
        for (name, setting) in file.settings()? {
            settings.entry(name).or_insert(setting);
        }
    }
    let mut command = with_settings(&settings);
    let matches = match command.try_get_matches_from_mut(&args) {
        Ok(matches) => matches,
        Err(error) => return fault::of_setting(&error, &settings, &args).map_or_else(|| Ok(Err(error)), Err),
    };
    let in_force = fault::check_typed(&command, &matches, &settings)?;
    let config_files = files.iter().map(ConfigFile::words).collect();
    Ok(Cli::from_arg_matches(&matches).map(|cli| Cli { warnings, config_files, in_force, ..cli }))
}

/// The settings of the environment, and what is said of variables that are none.
fn from_environment(variables: &[(OsString, OsString)]) -> (BTreeMap<String, Setting>, Vec<String>) {
    let known = known();
    let (mut settings, mut warnings) = (BTreeMap::new(), Vec::new());
    for (variable, value) in variables {
        let variable = variable.to_string_lossy();
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        let name = name.to_lowercase();
        match known.get(&name).filter(|_| variable.chars().all(|c| !c.is_lowercase())) {
            Some(_) if is_blank(value) => {}
            Some(kind) => {
                let values = if kind.is_list { split(value) } else { vec![trimmed(value)] };
                settings.insert(name, Setting { values, origin: Origin::Variable(variable.into_owned()) });
            }
            None if variable == CONFIG || TEST_VARIABLES.contains(&&*variable) => {}
            None => {
                let meant = nearest(&name, known.keys().map(String::as_str));
                let meant = meant.map(|name| format!(": did you mean {PREFIX}{}?", name.to_uppercase()));
                warnings.push(format!("{variable} is not a setting{}", meant.unwrap_or_default()));
            }
        }
    }
    warnings.sort();
    (settings, warnings)
}

pub(crate) fn is_blank(value: &OsStr) -> bool {
    value.to_string_lossy().trim().is_empty()
}

/// A value without what surrounds it: a file of variables with Windows line ends leaves a `\r`.
pub(crate) fn trimmed(value: &OsStr) -> OsString {
    value.to_str().map_or_else(|| value.to_owned(), |text| text.trim().into())
}

/// A list as a variable holds it. (What is no text is no list either, and left for the flag to refuse.)
fn split(value: &OsStr) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(OsString::from).collect(),
        None => vec![value.to_owned()],
    }
}

/// The command line with the settings as defaults of its flags.
fn with_settings(settings: &BTreeMap<String, Setting>) -> Command {
    let of = |command: &str, arg: Arg| match setting_name(command, &arg).and_then(|name| settings.get(&name)) {
        Some(setting) => with_default(arg, setting),
        None => arg,
    };
    let program = Cli::command().mut_args(|arg| of("", arg));
    program.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| of(&name, arg))
    })
}

fn with_default(arg: Arg, setting: &Setting) -> Arg {
    let is_switch = Kind::of(&arg).is_switch;
    let value = |value: &OsString| match switch(value).filter(|_| is_switch) {
        Some(flag) => flag.into(),
        None => value.clone(),
    };
    let values: Vec<OsString> = setting.values.iter().map(value).collect();
    // What is set is no longer something that the command line must give.
    arg.required(false).default_values(values.into_iter().map(clap::builder::OsStr::from))
}

/// What a switch may be set to, as the parser knows it.
fn switch(value: &OsStr) -> Option<&'static str> {
    match value.to_string_lossy().trim().to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some("true"),
        "0" | "no" | "false" | "off" => Some("false"),
        _ => None,
    }
}
