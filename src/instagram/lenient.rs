//! Lenient reading of JSON values: the API changes a field's type from one response to the next (ids as text and as
//! integers, booleans as 0 and 1, objects as empty lists), and one odd field must not cost a reel.
//!
//! A [`Field`] is absent (missing or null), a value, or unreadable (present, but of a type that it cannot have).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use compact_str::CompactString;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

pub(crate) type Text<'a> = Cow<'a, str>;
pub(crate) type List<T> = Vec<Field<T>>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    Value(T),
    Unreadable,
}

impl<T> Field<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable)
    }
}

impl<T: Copy> Field<T> {
    pub(crate) fn value(&self) -> Option<T> {
        self.get().copied()
    }
}

impl Field<Text<'_>> {
    /// `None` also where the text is empty.
    pub(crate) fn text(&self) -> Option<CompactString> {
        self.get().filter(|text| !text.is_empty()).map(|text| text.as_ref().into())
    }
}

/// How a type is read from each kind of JSON value; `None` is unreadable.
pub(crate) trait Lenient<'de>: Sized {
    fn from_i64(_: i64) -> Option<Self> {
        None
    }
    fn from_u64(value: u64) -> Option<Self> {
        i64::try_from(value).ok().and_then(Self::from_i64)
    }
    fn from_f64(_: f64) -> Option<Self> {
        None
    }
    fn from_bool(_: bool) -> Option<Self> {
        None
    }
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: Lenient<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

fn field<T>(value: Option<T>) -> Field<T> {
    value.map_or(Field::Unreadable, Field::Value)
}

impl<'de, T: Lenient<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(field(T::from_bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(field(T::from_i64(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(field(T::from_u64(value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(field(T::from_f64(value)))
    }
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(field(T::from_text(Cow::Borrowed(value))))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(field(T::from_text(Cow::Owned(value.to_owned()))))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map).map(field)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::from_seq(seq).map(field)
    }
}

/// An integer, also as text.
impl<'de> Lenient<'de> for i64 {
    fn from_i64(value: i64) -> Option<Self> {
        Some(value)
    }
    fn from_f64(value: f64) -> Option<Self> {
        // 2^53: up to here every whole double is exact.
        (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
    }
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        text.trim().parse().ok()
    }
}

/// A number, also as text.
impl<'de> Lenient<'de> for f64 {
    fn from_i64(value: i64) -> Option<Self> {
        Some(value as f64)
    }
    fn from_f64(value: f64) -> Option<Self> {
        Some(value)
    }
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        text.trim().parse().ok().filter(|value: &f64| value.is_finite())
    }
}

/// A boolean, also as 0 or 1, or as text.
impl<'de> Lenient<'de> for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
    fn from_i64(value: i64) -> Option<Self> {
        match value {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

/// Text as it is.
impl<'de> Lenient<'de> for Cow<'de, str> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

/// An id: text, or an integer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Id<'a>(pub Cow<'a, str>);

impl<'de> Lenient<'de> for Id<'de> {
    fn from_i64(value: i64) -> Option<Self> {
        Some(Self(value.to_string().into()))
    }
    fn from_u64(value: u64) -> Option<Self> {
        Some(Self(value.to_string().into()))
    }
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        (!text.trim().is_empty()).then_some(Self(text))
    }
}

/// A longer list is unreadable; no list of an item is nearly as long.
const MAX_LIST: usize = 1_000;

/// A list; elements that are null or unreadable stay in it as such.
impl<'de, T: Lenient<'de>> Lenient<'de> for Vec<Field<T>> {
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Option<Self>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MAX_LIST {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(None);
            }
            list.push(element);
        }
        Ok(Some(list))
    }
}

/// Declares a struct of [`Field`]s that is read leniently: an empty list (the API's other way of saying "none") is an
/// object without fields, and unknown keys are skipped.
macro_rules! lenient_object {
    ($(#[$meta:meta])* $name:ident<$lifetime:lifetime> { $($field:ident : $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $name<$lifetime> {
            $(pub(crate) $field: Field<$type>,)*
            _borrowed: std::marker::PhantomData<&$lifetime str>,
        }

        impl<$lifetime> Lenient<$lifetime> for $name<$lifetime> {
            fn from_map<A: serde::de::MapAccess<$lifetime>>(mut map: A) -> Result<Option<Self>, A::Error> {
                let mut object = Self::default();
                while let Some(Key(key)) = map.next_key()? {
                    match key.as_ref() {
                        $(stringify!($field) => object.$field = map.next_value()?,)*
                        _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                    }
                }
                Ok(Some(object))
            }
            fn from_seq<A: serde::de::SeqAccess<$lifetime>>(mut seq: A) -> Result<Option<Self>, A::Error> {
                let mut empty = true;
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() { empty = false; }
                Ok(empty.then(Self::default))
            }
        }
    };
}
pub(crate) use lenient_object;

/// An object's key, borrowed where it has no escapes.
#[derive(Debug)]
pub(crate) struct Key<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
