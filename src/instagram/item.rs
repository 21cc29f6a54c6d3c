//! A page and its items, in both shapes: `items[].media{…}` and, with `trim=true`, `items[]{…}`.
//!
//! Only fields that become columns are read. Other keys that the API is known to send are in `known_keys.rs`; the rest
//! is reported by name, so that a change of the API is noticed on the day it happens.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::instagram::lenient::{Field, Id, Key, Lenient, List, Text, lenient_object};
use crate::instagram::{known_keys, paging, paging::Paging, posted_at::Moment};
use crate::json;

/// A page with its items.
#[derive(Debug)]
pub(crate) struct Page<'a, I> {
    pub items: Vec<I>,
    pub unknown_keys: Vec<Text<'a>>,
    paging_info: Field<Paging<'a>>,
    /// The same in the flat shape, beside the items.
    paging: Paging<'a>,
}

/// An item of a page.
#[derive(Debug)]
pub(crate) enum PageItem<'a> {
    Read(Field<Box<Item<'a>>>),
    /// As in the page, for [`parse_item`].
    Raw(&'a RawValue),
}

/// Above this size items are parsed one by one: an item of many small values takes a hundred times its size.
const MAX_BYTES_AT_ONCE: usize = 2 << 20;
/// The unknown keys of a page or an item that are named.
const MAX_UNKNOWN_KEYS: usize = 1_000;
/// Stands for all others.
const OTHER_KEYS: &str = "(other keys)";

/// Parses a page with its items. If that fails, or if the page is large, the items stay raw, so that one bad item costs
/// one row only.
///
/// # Errors
/// What is wrong with the page.
pub(crate) fn parse_page(body: &str) -> serde_json::Result<Page<'_, PageItem<'_>>> {
    if body.len() <= MAX_BYTES_AT_ONCE
        && let Ok(page) = serde_json::from_str::<Page<Field<Box<Item>>>>(body)
    {
        return Ok(page.map(PageItem::Read));
    }
    serde_json::from_str::<Page<&RawValue>>(body).map(|page| page.map(PageItem::Raw))
}

fn note<'a>(unknown_keys: &mut Vec<Text<'a>>, key: Text<'a>) {
    match unknown_keys.len() {
        ..MAX_UNKNOWN_KEYS => unknown_keys.push(key),
        MAX_UNKNOWN_KEYS => unknown_keys.push(OTHER_KEYS.into()),
        _ => {}
    }
}

/// The items of a page, up to the most that it may have.
struct Items<I>(Vec<I>);

impl<'de, I: Deserialize<'de>> Deserialize<'de> for Items<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor<I>(std::marker::PhantomData<I>);
        impl<'de, I: Deserialize<'de>> Visitor<'de> for ItemsVisitor<I> {
            type Value = Items<I>;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a list of items")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    if items.len() == json::MAX_ITEMS {
                        return Err(serde::de::Error::custom(format_args!("more than {} items", json::MAX_ITEMS)));
                    }
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(ItemsVisitor(std::marker::PhantomData))
    }
}

impl<'a, I> Page<'a, I> {
    fn map<J>(self, of: impl Fn(I) -> J) -> Page<'a, J> {
        let Self { items, unknown_keys, paging_info, paging } = self;
        Page { items: items.into_iter().map(of).collect(), unknown_keys, paging_info, paging }
    }

    /// Whether the page says that there is more without giving a cursor.
    pub(crate) fn lacks_cursor(&self) -> bool {
        paging::next(&self.paging_info, &self.paging).1
    }
}

impl<'de, I: Deserialize<'de>> Deserialize<'de> for Page<'de, I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PageVisitor<I>(std::marker::PhantomData<I>);
        impl<'de, I: Deserialize<'de>> Visitor<'de> for PageVisitor<I> {
            type Value = Page<'de, I>;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a page: an object with a list of items")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (items, unknown_keys) = (Vec::new(), Vec::new());
                let mut page = Page { items, unknown_keys, paging_info: Field::Absent, paging: Paging::default() };
                let mut has_list = false;
                while let Some(Key(key)) = map.next_key()? {
                    if key == "items" {
                        if has_list {
                            return Err(serde::de::Error::duplicate_field("items"));
                        }
                        let items = map.next_value::<Option<Items<I>>>()?;
                        has_list = items.is_some();
                        page.items = items.map(|Items(items)| items).unwrap_or_default();
                        continue;
                    }
                    match key.as_ref() {
                        "paging_info" => page.paging_info = map.next_value()?,
                        "more_available" => page.paging.more_available = map.next_value()?,
                        "max_id" => page.paging.max_id = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                    if !known_keys::is_known_on_page(&key) {
                        note(&mut page.unknown_keys, key);
                    }
                }
                Ok(page)
            }
        }
        deserializer.deserialize_map(PageVisitor(std::marker::PhantomData))
    }
}

/// Declares [`Item`]: its fields are read leniently; unreadable ones and unknown keys are kept by name.
macro_rules! item {
    ($($field:ident : $type:ty,)*) => {
        /// A reel as the API sends it.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct Item<'a> {
            $(pub $field: Field<$type>,)*
            /// The reel itself in the wrapped shape.
            pub media: Field<Box<Item<'a>>>,
            pub unknown_keys: Vec<Text<'a>>,
            pub unreadable: Vec<&'static str>,
        }

        impl<'de> Lenient<'de> for Box<Item<'de>> {
            fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
                let mut item = Box::<Item>::default();
                while let Some(Key(key)) = map.next_key()? {
                    match key.as_ref() {
                        $(stringify!($field) => {
                            item.$field = map.next_value()?;
                            if item.$field.is_unreadable() {
                                item.unreadable.push(stringify!($field));
                            }
                        })*
                        "media" => item.media = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            if !known_keys::is_known_on_item(&key) {
                                note(&mut item.unknown_keys, key);
                            }
                        }
                    }
                }
                Ok(Some(item))
            }
        }
    };
}

item! {
    pk: Id<'a>,
    id: Id<'a>,
    code: Text<'a>,
    taken_at: Moment,
    created_at: Moment,
    caption: Caption<'a>,
    caption_text: Text<'a>,
    user: User<'a>,
    owner: User<'a>,
    coauthor_producers: List<User<'a>>,
    usertags: UserTags<'a>,
    sponsor_tags: List<SponsorTag<'a>>,
    is_paid_partnership: bool,
    clips_tab_pinned_user_ids: List<Id<'a>>,
    timeline_pinned_user_ids: List<Id<'a>>,
    product_type: Text<'a>,
    media_type: i64,
    play_count: i64,
    ig_play_count: i64,
    fb_play_count: i64,
    like_count: i64,
    comment_count: i64,
    reshare_count: i64,
    media_repost_count: i64,
    like_and_view_counts_disabled: bool,
    video_versions: List<Rendition<'a>>,
    video_duration: f64,
    has_audio: bool,
    original_width: i64,
    original_height: i64,
    image_versions2: Images<'a>,
    display_uri: Text<'a>,
    clips_metadata: ClipsMetadata<'a>,
    location: Location<'a>,
}

/// Who is tagged: an object with a list under `in` (a Rust keyword), or an empty list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct UserTags<'a> {
    pub tagged: Field<List<UserTag<'a>>>,
}

impl<'de> Lenient<'de> for UserTags<'de> {
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut tags = Self::default();
        while let Some(Key(key)) = map.next_key()? {
            if key == "in" {
                tags.tagged = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok((!tags.tagged.is_unreadable()).then_some(tags))
    }
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Self::default()))
    }
}

/// A caption: an object with `text`, or (in some feeds) the text itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Caption<'a> {
    pub text: Field<Text<'a>>,
}

impl<'de> Lenient<'de> for Caption<'de> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self { text: Field::Value(text) })
    }
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut caption = Self::default();
        while let Some(Key(key)) = map.next_key()? {
            if key == "text" {
                caption.text = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Some(caption))
    }
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Self::default()))
    }
}

/// Whether an item is pinned, by the users on whose tabs it is; `None` if it says nothing about either tab.
pub(crate) fn is_pinned(lists: [&Field<List<Id>>; 2]) -> Option<bool> {
    let known: Vec<bool> = lists.into_iter().filter_map(Field::get).map(|users| !users.is_empty()).collect();
    if known.is_empty() { None } else { Some(known.contains(&true)) }
}

lenient_object!(User<'a> {
    pk: Id<'a>,
    id: Id<'a>,
    username: Text<'a>,
    full_name: Text<'a>,
    is_verified: bool,
    is_private: bool,
    account_type: i64,
});
lenient_object!(UserTag<'a> { user: User<'a>, });
lenient_object!(
    /// The sponsor's name is one level down, or directly here.
    SponsorTag<'a> {
        sponsor: User<'a>,
        username: Text<'a>,
        pk: Id<'a>,
    }
);
lenient_object!(Rendition<'a> { width: i64, height: i64, url: Text<'a>, });
lenient_object!(Images<'a> {
    candidates: List<Rendition<'a>>,
    scrubber_spritesheet_info_candidates: Scrubbers<'a>,
});
lenient_object!(Scrubbers<'a> { default: Scrubber<'a>, });
lenient_object!(Scrubber<'a> { video_length: f64, });
lenient_object!(ClipsMetadata<'a> {
    audio_type: Text<'a>,
    music_info: MusicInfo<'a>,
    original_sound_info: OriginalSound<'a>,
});
lenient_object!(MusicInfo<'a> { music_asset_info: MusicAsset<'a>, });
lenient_object!(MusicAsset<'a> {
    audio_asset_id: Id<'a>,
    id: Id<'a>,
    title: Text<'a>,
    display_artist: Text<'a>,
});
lenient_object!(OriginalSound<'a> {
    audio_asset_id: Id<'a>,
    original_audio_title: Text<'a>,
    ig_artist: User<'a>,
    duration_in_ms: i64,
});
lenient_object!(Location<'a> { name: Text<'a>, lat: f64, lng: f64, });

/// Parses one item.
pub(crate) fn parse_item(json: &str) -> Result<Box<Item<'_>>, String> {
    expect_object(serde_json::from_str(json).map_err(|error| error.to_string())?)
}

/// # Errors
/// The item is not an object.
pub(crate) fn expect_object(item: Field<Box<Item<'_>>>) -> Result<Box<Item<'_>>, String> {
    match item {
        Field::Value(item) => Ok(item),
        Field::Absent | Field::Unreadable => Err("the item is not an object".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_type_is_unreadable_and_costs_nothing_else() {
        let item =
            parse_item(r#"{"code":"a","like_count":{"a":1},"play_count":"12","new_key":1,"usertags":[]}"#).unwrap();
        assert_eq!(item.unreadable, ["like_count"]);
        assert_eq!(item.play_count.value(), Some(12));
        assert_eq!(item.unknown_keys, ["new_key"]);
        assert!(item.usertags.get().is_some_and(|tags| tags.tagged == Field::Absent));
    }
}
