//! Pages from disk: finding them, telling which account they belong to, and importing them into a store.

pub(crate) mod discover;
pub(crate) mod identity;
pub(crate) mod import;
