//! Orchestration: fetch pages, transform them to rows, write tables and report, publish. One file per use case, over
//! shared steps; the only module that knows all the stages.

// Use cases.
pub(crate) mod check;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod merge;
pub(crate) mod plan;
pub(crate) mod rebuild;
pub(crate) mod reports;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod verify;

// Steps.
pub(crate) mod account_batches;
pub(crate) mod accounts;
pub(crate) mod clock_skew;
pub(crate) mod costs;
mod cut;
pub(crate) mod forgetting;
pub(crate) mod freshness;
pub(crate) mod identities;
#[cfg(test)]
pub(crate) mod incremental_tests;
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
pub(crate) mod run_tables;
pub(crate) mod summary;
pub(crate) mod tables;
pub(crate) mod watermark;
pub(crate) mod workbook;
