//! The vendor's wire format: the responses of the API, the items in them, and the oddities of both.

pub(crate) mod item;
pub(crate) mod known_keys;
pub(crate) mod lenient;
pub(crate) mod media_id;
pub(crate) mod outline;
pub(crate) mod paging;
pub(crate) mod posted_at;
pub(crate) mod profile;
pub(crate) mod response;
