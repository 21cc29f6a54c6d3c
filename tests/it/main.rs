//! The one integration binary: a test kit, and the scenarios written with it.
//!
//! The kit: [`harness`] runs the program and checks what it said, [`tables`] reads what it left behind, [`mock_api`]
//! sells it pages and breaks when told to, [`pages`] writes those pages. The scenarios: [`fetch`] over HTTP, [`replay`]
//! from disk, [`history`] day after day, [`formats`] of tables, [`bytes`] of any kind, [`bounds`] of memory and time, and those
//! that break the [`next_tool`], [`hostile`] files, pages of the [`generator`], a [`canary`] for the key, [`disk`]s that fail, [`kills`] at any moment, what commands say ([`talk`]), the other
//! [`commands`], files of [`office`] tools, [`reports`] and those [`per_account`], and [`cases`], where a case is a folder.
//! [`rooms`], [`readme`] and [`docs`] hold the project to its own words.

#![allow(clippy::disallowed_methods)]

mod bounds;
mod bytes;
mod canary;
mod cases;
mod commands;
mod disk;
mod docs;
mod fetch;
mod formats;
mod fuzz;
mod generator;
mod harness;
mod history;
mod hostile;
mod identity;
mod kills;
mod modules;
mod next_tool;
mod office;
mod per_account;
mod readme;
mod replay;
mod reports;
mod stores;
mod talk;
mod words;
