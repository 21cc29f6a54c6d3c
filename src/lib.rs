//! reelframe turns public Instagram reels into typed tables and reports.
//!
//! The rooms in reading order. Imports run one way: a room uses those above it and none below, and a test holds them
//! to it.
//!
//! - [`error`]      everything that can go wrong, with its exit code
//! - [`json`]       JSON text that the next tool can read
//! - [`disk`]       every read of the disk and every change on it
//! - [`progress`]   what is shown while pages come in
//! - [`clock`]      the time of day, and ages in words
//! - [`columns`]    the table of every output column
//! - [`schema`]     that table as people and programs read it
//! - [`sink`]       rows to files in every format, and back; `lint` holds files against the Parquet profile
//! - [`config`]     what will be done: plain, checked values
//! - [`store`]      the disk: layout, whole-or-nothing files, lock, manifest
//! - [`fetch`]      pages in: from the API, or from disk by replay
//! - [`transform`]  JSON to rows: pure, without disk, network and clock
//! - [`report`]     tables to answers: the SQL files of `queries/`, as terminal, Markdown, HTML and JSON
//! - [`pipeline`]   the story: the only room that knows all the stages
//! - [`cli`]        what the user typed, and how it becomes a config
//! - [`doctor`]     is everything there that a run needs?
//! - [`commands`]   each command, from what was typed to what is printed

// Tests look at what is on the disk by other means than the code that they test.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod cli;
pub mod clock;
pub mod columns;
pub mod commands;
pub mod config;
pub mod disk;
pub mod doctor;
pub mod error;
pub mod fetch;
pub mod json;
pub mod pipeline;
pub mod progress;
pub mod report;
pub mod schema;
pub mod shown;
pub mod sink;
pub mod store;
pub mod transform;
