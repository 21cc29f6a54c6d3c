//! Addresses of pages.

/// Where each account has a page of its own: its address by the account's name.
pub(crate) type Links<'a> = &'a dyn Fn(&str) -> Option<String>;
