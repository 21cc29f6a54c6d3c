//! The output contract: every column once, the row types, and the data dictionary made of them.

pub mod cell;
pub mod column;
pub mod dictionary;
pub mod display;
pub mod named;
pub mod tables;
pub mod value;
pub mod values;
