//! What is wrong with a setting, said of the variable or the line that it comes from and not of the flag.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::cli::settings::{OF_ONE_COMMAND, Origin, Setting, setting_name};
use crate::error::{Error, Result};

/// Flags that come to nothing without another. (The parser's own word for it passes over what is set.)
const NEEDS: [(&str, &str); 1] = [("observed-at", "replay")];

/// What the parser refused, where it was no flag but a setting.
pub(crate) fn of_setting(
    error: &clap::Error,
    settings: &BTreeMap<String, Setting>,
    args: &[OsString],
) -> Option<Error> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg)?.split([' ', '=', '[']).next()?;
    let typed = args.iter().map(|arg| arg.to_string_lossy());
    if typed.into_iter().any(|arg| arg == flag || arg.starts_with(&format!("{flag}="))) {
        return None;
    }
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let setting = names_of(flag.trim_start_matches('-')).into_iter().find_map(|name| {
        settings.get(&name).filter(|setting| setting.values.iter().any(|held| held.to_string_lossy().contains(value)))
    })?;
    let what = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if *words == ["true", "false"] => {
            format!("'{value}' is neither on nor off: write 1, yes, true or on, or 0, no, false or off")
        }
        Some(ContextValue::Strings(words)) if !words.is_empty() => format!("'{value}' is none of {}", words.join(", ")),
        _ => match error.source().map(ToString::to_string) {
            Some(reason) if reason.contains("invalid digit") => format!("'{value}' is not a number"),
            Some(reason) => format!("'{value}': {reason}"),
            None => format!("'{value}' is not a value for it"),
        },
    };
    Some(Error::usage(match &setting.origin {
        Origin::Variable(name) => format!("{name}: {what}"),
        Origin::Line { place, key } => format!("{place}: {key} {what}"),
    }))
}

/// The settings that may stand for a flag, whatever the command.
fn names_of(long: &str) -> Vec<String> {
    let own =
        OF_ONE_COMMAND.iter().filter(|(_, flag)| *flag == long).map(|(command, flag)| format!("{command}_{flag}"));
    own.chain([long.to_owned()]).map(|name| name.replace('-', "_")).collect()
}

/// Holds what was typed against the settings behind it; gives the settings that are in force by their flags.
///
/// A setting that does not go with what was typed is left alone by it; a flag that was typed and would come to nothing is
/// an error.
pub(crate) fn check_typed(
    program: &Command,
    matches: &ArgMatches,
    settings: &BTreeMap<String, Setting>,
) -> Result<BTreeMap<String, String>> {
    let mut in_force = BTreeMap::new();
    let Some((name, matches)) = matches.subcommand() else { return Ok(in_force) };
    let Some(command) = program.find_subcommand(name) else { return Ok(in_force) };
    let is_typed = |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    for arg in command.get_arguments().filter(|arg| matches.try_contains_id(arg.get_id().as_str()).is_ok()) {
        let Some(long) = arg.get_long() else { continue };
        if !is_typed(arg.get_id()) {
            let setting = setting_name(name, arg).and_then(|name| settings.get(&name));
            in_force.extend(setting.map(|setting| (format!("--{long}"), setting.origin.subject())));
            continue;
        }
        if let Some((_, needed)) = NEEDS.iter().find(|(flag, needed)| *flag == long && !matches.contains_id(needed)) {
            return Err(Error::usage(format!("--{long} goes with --{needed}")));
        }
        for other in command.get_arg_conflicts_with(arg) {
            let setting = setting_name(name, other).and_then(|name| settings.get(&name));
            if let Some(setting) = setting.filter(|_| !is_typed(other.get_id())) {
                let other = setting.origin.subject();
                return Err(Error::usage(format!("--{long} does not go with {other}"))
                    .hint(format!("leave --{long} out, or take {other} back")));
            }
        }
    }
    Ok(in_force)
}

/// An error's message with the settings that are in force in place of their flags.
pub fn blamed(message: &str, in_force: &BTreeMap<String, String>) -> String {
    let mut text = message.to_owned();
    for (flag, subject) in in_force {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        if let Some(at) = text.find(flag.as_str()).filter(|at| ends(&text[at + flag.len()..])) {
            text.replace_range(at..at + flag.len(), subject);
        }
    }
    text
}
