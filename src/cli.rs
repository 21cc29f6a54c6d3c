//! Everything a person types or sees.

pub mod answer;
pub mod args;
pub mod closing;
pub mod command_line;
pub mod commands;
pub mod config_file;
pub mod controls;
pub mod dry_run;
pub mod early;
pub mod ending;
pub mod exit_code;
pub mod hints;
pub mod nearest;
pub mod output;
pub mod paths;
pub mod program;
pub mod progress;
pub mod republished;
pub mod settings;
pub mod signals;
pub mod values;
pub mod words;
