//! Where a finding was found first.

use compact_str::{CompactString, format_compact};

use crate::transform::account::crawl::Crawl;

/// Where something was found first.
#[derive(Debug)]
pub(crate) enum Example {
    /// As text, from an earlier update.
    Text(CompactString),
    /// The number of the crawl, and of the page and the item in it.
    Place { crawl: usize, page: i32, item: Option<i32> },
}

impl Example {
    pub(crate) fn text(&self, crawls: &[Crawl]) -> CompactString {
        match self {
            Self::Text(text) => text.clone(),
            Self::Place { crawl, page, item } => {
                let item = item.map(|item| format!(", item {item}")).unwrap_or_default();
                format_compact!("run {}, page {page}{item}", crawls[*crawl].start.run_id)
            }
        }
    }
}
