//! The vendor's wire format: the responses of the API, the items in them, and the oddities of both.

pub mod item;
pub mod known_keys;
pub mod lenient;
pub mod media_id;
pub mod outline;
pub mod paging;
pub mod posted_at;
pub mod response;
