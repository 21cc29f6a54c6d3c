//! The test kit that tests, benchmarks and developers' tools share. It knows the program only by its documented files.
//!
//! - [`pages`] builds pages and reels as the API returns them, [`mock_api`] serves them, with scripted faults
//! - [`page_log`] writes and reads page logs, [`store`] reads a store's manifests, [`tables`] reads its Parquet files
//! - [`generator`] makes pages of realistic size and text, [`daily`] crawls of many accounts day after day
//! - [`delta`] reads the log of a Delta table
//! - [`soak`] kills and resumes crawls, [`process`] measures a process, [`random`] gives the same numbers for the same seed

pub mod daily;
pub mod delta;
pub mod generator;
pub mod mock_api;
pub mod page_log;
pub mod pages;
pub mod process;
pub mod random;
pub mod soak;
pub mod store;
pub mod tables;
