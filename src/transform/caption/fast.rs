//! Fast paths for captions, each with the plain version that it must agree with: 7.1 µs a caption instead of 26.1
//! (BENCHMARKS.md).

pub mod char_class;
pub mod emoji;
pub mod folding;
pub mod search;
pub mod words;
