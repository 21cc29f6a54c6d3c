//! reelframe turns public Instagram reels into typed tables and reports.
//!
//! The modules in reading order. Imports run one way: a module uses those above it and none below, and a test checks
//! that.

// Tests look at what is on the disk by other means than the code that they test.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod cli;
pub mod config;
pub mod error;
pub mod fetch;
pub mod formats;
pub mod fs;
pub mod instagram;
pub mod json;
pub mod lint;
pub mod pipeline;
pub mod query;
pub mod replay;
pub mod report;
pub mod schema;
pub mod store;
pub mod time;
pub mod transform;
