//! Errors in settings: they name the variable or the line where the setting was made, not the flag.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::cli::hints;
use crate::cli::settings::names::{OF_ONE_COMMAND, Origin, Setting, setting_name};
use crate::error::{Error, Result};

/// Flags that do nothing without another. (The parser's own rule ignores settings.)
const NEEDS: [(&str, &str); 1] = [("observed-at", "replay")];

/// What the parser refused, if it came from a setting and not from a flag.
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

/// A flag that the command does not have, and others do.
pub(crate) fn of_other_command(program: &Command, error: &clap::Error) -> Option<Error> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = flag.strip_prefix("--")?.split('=').next()?;
    let has = |command: &&Command| command.get_arguments().any(|arg| arg.get_long() == Some(long));
    let commands: Vec<String> =
        program.get_subcommands().filter(has).map(|command| format!("`{}`", command.get_name())).collect();
    let (last, others) = commands.split_last()?;
    let commands = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    Some(
        Error::usage(format!("unexpected argument '--{long}' found")).hint(format!("--{long} is a flag of {commands}")),
    )
}

/// The possible settings of a flag, whatever the command.
fn names_of(long: &str) -> Vec<String> {
    let own =
        OF_ONE_COMMAND.iter().filter(|(_, flag)| *flag == long).map(|(command, flag)| format!("{command}_{flag}"));
    own.chain([long.to_owned()]).map(|name| name.replace('-', "_")).collect()
}

/// Checks what was typed against the settings; returns the settings in force by their flags.
///
/// A setting that conflicts with what was typed is ignored; a typed flag that would do nothing is an error.
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
            return Err(Error::usage(format!("--{long} needs --{needed}")));
        }
        for other in command.get_arg_conflicts_with(arg) {
            let setting = setting_name(name, other).and_then(|name| settings.get(&name));
            if let Some(setting) = setting.filter(|_| !is_typed(other.get_id())) {
                let other = setting.origin.subject();
                return Err(Error::usage(format!("--{long} cannot be used with {other}"))
                    .hint(format!("omit --{long}, or unset {other}")));
            }
        }
    }
    Ok(in_force)
}

/// The error, with settings in place of the flags whose values they gave.
pub(crate) fn blame(error: Error, in_force: &BTreeMap<String, String>) -> Error {
    Error { message: blamed(&hints::message(&error), in_force), parameter: None, ..error }
}

fn blamed(message: &str, in_force: &BTreeMap<String, String>) -> String {
    let mut text = message.to_owned();
    for (flag, subject) in in_force {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        if let Some(at) = text.find(flag.as_str()).filter(|at| ends(&text[at + flag.len()..])) {
            text.replace_range(at..at + flag.len(), subject);
        }
    }
    text
}
