//! The full crawls that have missed a reel.

/// The full crawls that have missed a reel since it was last shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Missed {
    pub crawls: i32,
    /// Those of them that were wide.
    pub wide_crawls: i32,
}

impl Missed {
    pub(crate) const GONE: Self = Self { crawls: 2, wide_crawls: 2 };

    /// One miss changes nothing. After two wide ones the reel is gone until it is seen again; after two of which one was
    /// not wide it is unknown.
    pub(crate) fn is_listed(self) -> Option<bool> {
        match self {
            Self { crawls: 0 | 1, .. } => Some(true),
            Self { wide_crawls: 0 | 1, .. } => None,
            _ => Some(false),
        }
    }
}
