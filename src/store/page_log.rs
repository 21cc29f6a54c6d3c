//! The page log: every page that was paid for, one checksummed zstd frame a line, and the checkpoint of a crawl.

pub mod body;
pub mod frames;
pub mod future;
pub mod limits;
pub mod line;
pub mod reader;
pub mod source;
#[cfg(test)]
pub mod tests;
pub mod usable;
pub mod writer;
