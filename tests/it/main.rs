//! The one integration binary: scenarios, written with the crate `testkit` and the modules [`harness`], which runs the
//! program and checks its output, and [`stores`], which many tests start from.
//!
//! [`fetch`] over HTTP, [`replay`] from disk, [`shards`] and their merge, [`history`] day after day, [`identity`] of accounts; [`formats`] of tables, the [`workbook`],
//! [`cases`], where a case is a folder, pages of the [`generator`]; what commands say ([`talk`]), the other [`commands`],
//! files of [`office`] tools, [`reports`] and those [`per_account`], their [`pages`], the [`accounts_and_days`] that they
//! are of, and the [`queries`] that they answer. What goes wrong: [`bytes`] of any kind, [`fuzz`], [`hostile`] files, text that breaks the [`next_tool`], [`bounds`] of memory and time, a failing [`disk`], [`kills`] at
//! any moment, a [`canary`] for the key. The rules of the project: [`modules`], [`words`], [`readme`], [`docs`] and [`packages`].
//!
//! Tests named `slow_` are ignored by default: `cargo test --locked --test it -- --ignored slow_`.

#![allow(clippy::disallowed_methods)]

mod accounts_and_days;
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
mod monitoring;
mod next_tool;
mod office;
mod packages;
mod pages;
mod per_account;
mod queries;
mod readme;
mod replay;
mod reports;
mod shards;
mod stores;
mod stream;
mod talk;
mod words;
mod workbook;
