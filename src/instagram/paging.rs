//! How a page continues: in `paging_info` (wrapped shape), else beside the items (flat shape).

use crate::instagram::lenient::{Field, Id, Key, Lenient, lenient_object};

lenient_object!(Paging<'a> {
    more_available: bool,
    max_id: Id<'a>,
});

/// The cursor of the next page, if there is one; and whether the page says that there is more without giving a cursor.
pub(crate) fn next(inner: &Field<Paging>, outer: &Paging) -> (Option<String>, bool) {
    let places = || inner.get().into_iter().chain([outer]);
    let more = places().find_map(|place| place.more_available.value());
    let cursor = places().find_map(|place| place.max_id.get()).map(|id| id.0.clone().into_owned());
    let lacks_cursor = more == Some(true) && cursor.is_none();
    (cursor.filter(|_| more != Some(false)), lacks_cursor)
}
