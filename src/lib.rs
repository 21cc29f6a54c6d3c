//! reelframe turns public Instagram reels into typed tables and reports.
//!
//! The rooms in reading order; each may use those above it and none below:
//!
//! - [`error`]      everything that can go wrong, with its exit code
//! - [`columns`]    the table of every output column
//! - [`transform`]  JSON to rows, pure
//! - [`sink`]       rows to files: Parquet and CSV, and `lint`, which holds files against the profile
//! - [`report`]     tables to answers: the SQL files of `queries/`, as terminal, Markdown, HTML and JSON
pub mod columns;
pub mod error;
pub mod sink;
