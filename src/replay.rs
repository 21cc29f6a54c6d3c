//! Pages from disk: finding them, which account they belong to, and their import into a store.

pub mod discover;
pub mod import;
pub mod run_id;
