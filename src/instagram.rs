//! The vendor's wire format: what an answer of the API is, what its items hold, and what is odd about both.

pub mod item;
pub mod known_keys;
pub mod lenient;
pub mod media_id;
pub mod response;
