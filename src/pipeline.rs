//! Orchestration: fetch pages, transform them to rows, write tables and report, publish. One file a use case, over
//! shared steps; the only module that knows all the stages.

// Use cases.
pub(crate) mod export;
pub(crate) mod maintenance;
pub(crate) mod reports;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod verify;

// Steps.
pub(crate) mod account_batches;
pub(crate) mod accounts;
pub(crate) mod checks;
pub(crate) mod clock_skew;
pub(crate) mod fetch_history;
pub(crate) mod finish_forgetting;
pub(crate) mod freshness;
pub(crate) mod identities;
#[cfg(test)]
pub(crate) mod incremental_tests;
pub(crate) mod kept_rows;
pub(crate) mod lost_logs;
pub(crate) mod newest_run;
pub(crate) mod observations;
pub(crate) mod outcome;
pub(crate) mod output_settings;
pub(crate) mod page_source;
pub(crate) mod parallel;
pub(crate) mod prepare;
pub(crate) mod previous_run;
pub(crate) mod publish;
pub(crate) mod reactivate;
pub(crate) mod run_files;
pub(crate) mod run_tables;
pub(crate) mod summary;
pub(crate) mod tables;
pub(crate) mod watermark;
pub(crate) mod without_forgotten;
pub(crate) mod workbook;
