//! Everything a person types or sees.

pub mod args;
pub mod commands;
pub mod config_files;
pub mod csv;
pub mod early;
pub mod exit_code;
pub mod file;
pub mod hints;
pub mod housekeeping;
pub mod nearest;
pub mod output;
pub mod program;
pub mod progress;
pub mod report;
pub mod settings;
pub mod source;
pub mod values;
pub mod warnings;
