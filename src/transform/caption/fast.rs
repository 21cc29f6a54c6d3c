//! Fast paths for captions, each with the plain version that it must agree with: 7.1 µs a caption instead of 26.1
//! (BENCHMARKS.md).

pub(crate) mod char_class;
pub(crate) mod emoji;
pub(crate) mod folding;
pub(crate) mod search;
pub(crate) mod words;
