//! Pages from disk: finding them, which account they belong to, and their import into a store.

pub(crate) mod discover;
pub(crate) mod import;
pub(crate) mod run_id;
