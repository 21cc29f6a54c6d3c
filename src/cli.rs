//! Everything a person types or sees.

pub(crate) mod answer;
pub(crate) mod args;
pub(crate) mod closing;
pub(crate) mod command_line;
pub(crate) mod commands;
pub(crate) mod config_file;
pub(crate) mod controls;
pub(crate) mod dry_run;
pub(crate) mod early;
pub(crate) mod ending;
pub(crate) mod exit_code;
pub(crate) mod hints;
pub(crate) mod monitoring;
pub(crate) mod output;
pub(crate) mod paths;
pub mod program;
pub(crate) mod progress;
pub(crate) mod republished;
pub(crate) mod settings;
pub(crate) mod signals;
pub(crate) mod values;
pub(crate) mod words;
