//! The output contract: every column once, the row types, and the data dictionary made of them.

pub(crate) mod cell;
pub(crate) mod column;
pub(crate) mod ddl;
pub(crate) mod dictionary;
pub(crate) mod display;
pub(crate) mod named;
pub(crate) mod tables;
pub(crate) mod value;
pub(crate) mod values;
