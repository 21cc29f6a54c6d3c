//! Settings: the environment and the config files become the defaults of the flags, so that one parser checks them all
//! and a flag that is typed wins. An error in a setting names where it was set.

pub(crate) mod fault;
pub(crate) mod names;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::{Arg, Command, CommandFactory, FromArgMatches};

use crate::cli::command_line::Cli;
use crate::cli::config_file::{ConfigFile, config_files};
use crate::cli::settings::names::{
    CONFIG, Origin, PREFIX, Setting, ValueShape, is_blank, known, setting_name, trimmed,
};
use crate::error::Result;
use crate::nearest::nearest;

/// For tests: how the disk fails or waits, the time, and the sections of a report. (Release builds do not have them.)
const TEST_VARIABLES: &[&str] = if cfg!(debug_assertions) {
    &["REELFRAME_FAIL_DISK", "REELFRAME_FAIL_READ", "REELFRAME_PAUSE", "REELFRAME_CLOCK", "REELFRAME_SECTIONS"]
} else {
    &[]
};

/// A command, or a text that clap prints (help, version, a usage error).
pub(crate) type Parsed = std::result::Result<Cli, clap::Error>;

/// Parses the command line with the config files and the environment behind it.
///
/// # Errors
/// `Usage` for a config file that cannot be read or has an unknown setting, for a setting with a wrong value, and for a flag
/// of another command.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Parsed> {
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
        Err(error) => {
            let fault =
                fault::of_setting(&error, &settings, &args).or_else(|| fault::of_other_command(&command, &error));
            return fault.map_or_else(|| Ok(Err(error)), Err);
        }
    };
    let in_force = fault::check_typed(&command, &matches, &settings)?;
    let config_files = files.iter().map(ConfigFile::words).collect();
    Ok(Cli::from_arg_matches(&matches).map(|cli| Cli { warnings, config_files, in_force, ..cli }))
}

/// The settings of the environment, and a warning for each variable that is not one.
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
                warnings.push(format!("unknown setting {variable}{}", meant.unwrap_or_default()));
            }
        }
    }
    warnings.sort();
    (settings, warnings)
}

/// A list in a variable. (What is not text is not a list either: the flag refuses it.)
fn split(value: &OsStr) -> Vec<OsString> {
    match value.to_str() {
        Some(text) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(OsString::from).collect(),
        None => vec![value.to_owned()],
    }
}

/// The command line, with the settings as defaults of its flags.
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
    let is_switch = ValueShape::of(&arg).is_switch;
    let value = |value: &OsString| match switch(value).filter(|_| is_switch) {
        Some(flag) => flag.into(),
        None => value.clone(),
    };
    let values: Vec<OsString> = setting.values.iter().map(value).collect();
    // A required flag that is set need not be typed.
    arg.required(false).default_values(values.into_iter().map(clap::builder::OsStr::from))
}

/// The values of a switch, as the parser knows them.
fn switch(value: &OsStr) -> Option<&'static str> {
    match value.to_string_lossy().trim().to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Some("true"),
        "0" | "no" | "false" | "off" => Some("false"),
        _ => None,
    }
}
