//! One observation as a row: a reel as one crawl saw it.

use crate::schema::tables::{Person, Reel};
use crate::schema::values::Role;

/// One observation: a reel as one crawl saw it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FlatReel {
    /// Boxed: a row has two kilobytes, and moves between lists.
    pub reel: Box<Reel>,
    /// Coauthors, tagged people and sponsors; mentions come from the caption later.
    pub people: Vec<Person>,
    /// The roles that this item carries: other roles keep their last known people.
    pub roles: Vec<Role>,
    /// The number of the crawl among the account's crawls, in the order they were read.
    pub crawl: usize,
}

/// A finding about one item: its kind and detail.
pub(crate) type Remark = (&'static str, String);
