//! Use cases that publish without fetching: rebuild, compact, forget, rollback.

pub(crate) mod forget;
pub(crate) mod rebuild;
pub(crate) mod rollback;
