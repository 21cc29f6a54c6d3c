//! JSON to rows: pages of one account in, typed rows out. Pure: no disk, no network, no clock.

pub mod account;
pub mod baseline;
pub mod caption;
pub mod engagement;
pub mod flat_reel;
pub mod flatten;
pub mod history;
pub mod posting_time;
pub mod text_checks;
pub mod video;
