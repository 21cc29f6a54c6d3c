//! JSON to rows: pages of one account in, typed rows out. Pure: no disk, no network, no clock.

pub mod account;
pub mod baseline;
pub mod caption;
pub mod characters;
pub mod engagement;
pub mod flatten;
pub mod history;
pub mod posting_time;
pub mod video;
