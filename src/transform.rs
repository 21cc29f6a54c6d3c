//! JSON to rows: pages of one account in, typed rows out. Pure: no disk, no network, no clock.

pub(crate) mod account;
pub(crate) mod baseline;
pub(crate) mod caption;
pub(crate) mod days;
pub(crate) mod engagement;
pub(crate) mod flatten;
pub(crate) mod forecast;
pub(crate) mod growth_curve;
pub(crate) mod history;
pub(crate) mod posting_time;
pub(crate) mod video;
