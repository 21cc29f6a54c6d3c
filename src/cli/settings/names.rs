//! The settings: each sets the default of a flag of some command.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::cli::command_line::Cli;

pub(crate) const PREFIX: &str = "REELFRAME_";
pub(crate) const CONFIG: &str = "REELFRAME_CONFIG";

/// Flags without a setting: they are meant for one call.
const NOT_SETTINGS: [&str; 11] =
    ["help", "version", "verbose", "config", "yes", "log", "from-run", "rollback", "accept-loss", "init", "stdout"];

/// Flags whose meaning differs from command to command: their settings begin with the command, as `report_format`.
pub(crate) const OF_ONE_COMMAND: [(&str, &str); 11] = [
    ("report", "format"),
    ("query", "format"),
    ("schema", "format"),
    ("status", "format"),
    ("plan", "format"),
    ("report", "out"),
    ("query", "out"),
    // What `report` and `query` are about is seldom what is to be left out of exported files.
    ("export", "account"),
    ("export", "from"),
    ("export", "to"),
    ("export", "table"),
];

/// Where a setting was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Variable(String),
    Line { place: String, key: String },
}

impl Origin {
    /// What to say in place of the flag.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Variable(name) => name.clone(),
            Self::Line { place, key } => format!("`{key}` ({place})"),
        }
    }
}

/// The values of a setting, which are not blank.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub values: Vec<OsString>,
    pub origin: Origin,
}

/// What a setting can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ValueShape {
    pub is_list: bool,
    pub is_path: bool,
    pub is_switch: bool,
}

/// The settings by name, each a flag of some command.
pub(crate) fn known() -> BTreeMap<String, ValueShape> {
    let program = Cli::command();
    let of = |command: &Command, arg: &Arg| Some((setting_name(command.get_name(), arg)?, ValueShape::of(arg)));
    let own = program.get_arguments().filter_map(|arg| of(&program, arg));
    let subcommands =
        program.get_subcommands().flat_map(|command| command.get_arguments().filter_map(move |arg| of(command, arg)));
    own.chain(subcommands).collect()
}

impl ValueShape {
    pub(crate) fn of(arg: &Arg) -> Self {
        Self {
            is_list: matches!(arg.get_action(), ArgAction::Append),
            is_path: arg.get_value_parser().type_id() == TypeId::of::<PathBuf>(),
            is_switch: matches!(arg.get_action(), ArgAction::SetTrue),
        }
    }
}

/// The setting of a flag of a command; `None` if there is none.
pub(crate) fn setting_name(command: &str, arg: &Arg) -> Option<String> {
    let long = arg.get_long().filter(|long| !NOT_SETTINGS.contains(long))?;
    let name = if OF_ONE_COMMAND.contains(&(command, long)) { format!("{command}_{long}") } else { long.to_owned() };
    Some(name.replace('-', "_"))
}

/// The flag of a setting.
pub(crate) fn flag_of(name: &str) -> String {
    let of_one = |(command, flag): &&(&str, &str)| {
        name.strip_prefix(command).is_some_and(|rest| rest.strip_prefix('_') == Some(flag))
    };
    let long = OF_ONE_COMMAND.iter().find(of_one).map_or(name, |(_, flag)| flag);
    format!("--{}", long.replace('_', "-"))
}

pub(crate) fn is_blank(value: &OsStr) -> bool {
    value.to_string_lossy().trim().is_empty()
}

/// Without surrounding white space: a file of variables with Windows line ends leaves a `\r`.
pub(crate) fn trimmed(value: &OsStr) -> OsString {
    value.to_str().map_or_else(|| value.to_owned(), |text| text.trim().into())
}
