//! Orchestration: fetch pages, transform them to rows, write tables and report, publish. One file a use case, over
//! shared steps; the only module that knows all the stages.

// Use cases.
pub mod export;
pub mod maintenance;
pub mod reports;
pub mod run;
pub mod status;
pub mod verify;

// Steps.
pub mod account_batches;
pub mod accounts;
pub mod checks;
pub mod clock_skew;
pub mod fetch_history;
pub mod finish_forgetting;
pub mod freshness;
pub mod identities;
#[cfg(test)]
pub mod incremental_tests;
pub mod kept_rows;
pub mod lost_logs;
pub mod newest_run;
pub mod observations;
pub mod outcome;
pub mod output_settings;
pub mod page_source;
pub mod parallel;
pub mod prepare;
pub mod previous_run;
pub mod publish;
pub mod reactivate;
pub mod run_files;
pub mod run_tables;
pub mod summary;
pub mod tables;
pub mod watermark;
pub mod without_forgotten;
pub mod workbook;
