//! The page log: every page as it was received, one checksummed zstd frame per line. It is also the checkpoint of a crawl.

pub mod body;
pub mod frames;
pub mod future;
pub mod limits;
pub mod line;
pub mod name;
pub mod parse;
pub mod reader;
pub mod source;
#[cfg(test)]
pub mod tests;
pub mod usable;
pub mod writer;
