//! JSON to rows: pages of one account in, typed rows out. Pure: no disk, no network, no clock.

mod account;
mod baseline;
mod caption;
mod characters;
mod engagement;
mod flatten;
mod history;
mod known_keys;
mod lenient;
mod media_id;
mod model;
mod posting_time;
mod video;

pub use account::{Builder, Carried, Earlier, PageInput, Tables, Walk, WalkStart, owner_id_of};
