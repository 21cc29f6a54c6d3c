//! Orchestration: fetch pages, transform them to rows, write tables and report, publish. One file a use case, over
//! shared steps; the only module that knows all the stages.

pub mod accounts;
pub mod checks;
pub mod forgetting;
pub mod freshness;
#[cfg(test)]
pub mod incremental_tests;
pub mod logs_record;
pub mod newest_run;
pub mod observations;
pub mod page_source;
pub mod parallel;
pub mod previous_run;
pub mod publish;
pub mod reports;
pub mod rollback;
pub mod run;
pub mod status;
pub mod summary;
pub mod tables;
pub mod times;
pub mod verify;
pub mod workbook;
