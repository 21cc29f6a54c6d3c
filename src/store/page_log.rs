//! The page log: every page as it was received, one checksummed zstd frame per line. An interrupted crawl resumes from
//! it.

pub(crate) mod body;
pub(crate) mod frames;
pub(crate) mod future;
pub(crate) mod limits;
pub(crate) mod line;
pub(crate) mod name;
pub(crate) mod parse;
pub mod reader;
pub(crate) mod source;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod usable;
pub(crate) mod writer;
