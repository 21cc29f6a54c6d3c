//! Use cases that publish without fetching: rebuild, compact, forget, rollback.

pub mod forget;
pub mod rebuild;
pub mod rollback;
