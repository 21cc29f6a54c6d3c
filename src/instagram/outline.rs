//! The outline of an item: the few fields that fetch reads, many fewer than the transform reads.

use chrono::{DateTime, Utc};
use serde::de::{IgnoredAny, MapAccess};

use crate::instagram::item::{User, is_pinned};
use crate::instagram::lenient::{Field, Id, Key, Lenient, List, Text};
use crate::instagram::{media_id::ItemIds, posted_at, posted_at::Moment};

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ItemOutline<'a> {
    media: Field<Box<ItemOutline<'a>>>,
    pk: Field<Id<'a>>,
    id: Field<Id<'a>>,
    code: Field<Text<'a>>,
    user: Field<User<'a>>,
    owner: Field<User<'a>>,
    taken_at: Field<Moment>,
    created_at: Field<Moment>,
    clips_tab_pinned_user_ids: Field<List<Id<'a>>>,
    timeline_pinned_user_ids: Field<List<Id<'a>>>,
}

impl<'de> Lenient<'de> for Box<ItemOutline<'de>> {
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut item = Box::<ItemOutline>::default();
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "media" => item.media = map.next_value()?,
                "pk" => item.pk = map.next_value()?,
                "id" => item.id = map.next_value()?,
                "code" => item.code = map.next_value()?,
                "user" => item.user = map.next_value()?,
                "owner" => item.owner = map.next_value()?,
                "taken_at" => item.taken_at = map.next_value()?,
                "created_at" => item.created_at = map.next_value()?,
                "clips_tab_pinned_user_ids" => item.clips_tab_pinned_user_ids = map.next_value()?,
                "timeline_pinned_user_ids" => item.timeline_pinned_user_ids = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(item))
    }
}

impl ItemOutline<'_> {
    /// An item that cannot be read has no name and no time; the transform reports it.
    pub(crate) fn parse(json: &str) -> ItemOutline<'_> {
        match serde_json::from_str::<Field<Box<ItemOutline>>>(json) {
            Ok(Field::Value(item)) => match item.media {
                Field::Value(media) => *media,
                Field::Absent | Field::Unreadable => *item,
            },
            _ => ItemOutline::default(),
        }
    }

    fn ids(&self) -> ItemIds<'_> {
        ItemIds::of(&self.pk, &self.id, &self.code)
    }

    /// What tells the item from others; empty if it has nothing.
    pub(crate) fn name(&self) -> &str {
        self.ids().name().unwrap_or_default()
    }

    /// Handle and user id of the owner, where both are known.
    pub(crate) fn owner(&self) -> Option<(String, String)> {
        let users = [self.user.get(), self.owner.get()];
        let username = users.iter().flatten().find_map(|user| user.username.text())?;
        let id = users.iter().flatten().find_map(|user| user.pk.get().or_else(|| user.id.get()))?;
        Some((username.into(), id.0.trim().to_owned()))
    }

    pub(crate) fn is_pinned(&self) -> bool {
        is_pinned([&self.clips_tab_pinned_user_ids, &self.timeline_pinned_user_ids]) == Some(true)
    }

    pub(crate) fn posted_at(&self) -> Option<DateTime<Utc>> {
        posted_at::posted_at(&self.taken_at, &self.created_at, self.ids().number()).map(|(at, _)| at)
    }
}
