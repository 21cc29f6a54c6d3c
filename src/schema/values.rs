//! Columns with a fixed list of values: an enum in code, its name in tables.

use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use compact_str::CompactString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema::{cell::Cell, column::ColumnType, named::named_enum};

/// Makes such an enum; the first value is the default.
macro_rules! values {
    ($(#[doc = $doc:literal])* $name:ident { $($values:tt)* }) => {
        named_enum! { $(#[doc = $doc])* $name { $($values)* } }

        impl Default for $name {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = CompactString::deserialize(deserializer)?;
                Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("'{name}' is not a {}", stringify!($name))))
            }
        }

        impl Cell for $name {
            const TYPE: ColumnType = ColumnType::String;
            const NULLABLE: bool = false;
            fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef {
                Arc::new(StringArray::from_iter_values(cells.map(|cell| cell.name())))
            }
            fn read(array: &dyn Array, row: usize) -> Result<Self, String> {
                let name = array.as_string::<i32>().value(row);
                Self::named(name).ok_or_else(|| format!("'{name}' is not a {}", stringify!($name)))
            }
            fn is_missing(&self) -> bool {
                false
            }
            fn text(&mut self) -> Option<&mut CompactString> {
                None
            }
        }

        impl Cell for Option<$name> {
            const TYPE: ColumnType = ColumnType::String;
            const NULLABLE: bool = true;
            fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef {
                Arc::new(cells.map(|cell| cell.map($name::name)).collect::<StringArray>())
            }
            fn read(array: &dyn Array, row: usize) -> Result<Self, String> {
                if array.is_null(row) { Ok(None) } else { <$name as Cell>::read(array, row).map(Some) }
            }
            fn is_missing(&self) -> bool {
                self.is_none()
            }
            fn text(&mut self) -> Option<&mut CompactString> {
                None
            }
        }
    };
}

values! {
    /// What a person of the people table has to do with the reel.
    Role { Mention = "mention", Coauthor = "coauthor", Tagged = "tagged", Sponsor = "sponsor", }
}

values! {
    /// Which counts `views` was taken from.
    ViewsSource { Ig = "ig", PlayMinusFb = "play_minus_fb", Play = "play", }
}

values! {
    /// The two shapes of an item in a response: with `trim=true` it is flat and has fewer fields.
    SourceShape { Wrapped = "wrapped", Flat = "flat", }
}

values! {
    /// Where `posted_at` was taken from.
    PostedAtSource { TakenAt = "taken_at", CreatedAt = "created_at", MediaId = "media_id", }
}

values! {
    /// Who counted the followers.
    FollowersSource { Profile = "profile", AccountsFile = "accounts_file", }
}

/// How the newest crawl of an account ended.
///
/// Page logs keep the word of the first versions, `windowed`, for what is `incremental` everywhere else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It reached the account's last page.
    Complete,
    /// It stopped at a cutoff, and nothing newer is missing.
    #[serde(alias = "windowed")]
    Incremental,
    /// It stopped at a limit that the user set.
    Limited,
    /// It showed no public reels, since the account is private.
    Private,
    /// It showed no public reels, and the account is not private.
    Empty,
    /// It showed no public reels, and no profile says why.
    EmptyOrPrivate,
    NotFound,
    /// It was cut short after its first page.
    #[default]
    Partial,
    /// It was cut short without a page.
    Failed,
}

impl AccountStatus {
    pub const ALL: [Self; 9] = [
        Self::Complete,
        Self::Incremental,
        Self::Limited,
        Self::Private,
        Self::Empty,
        Self::EmptyOrPrivate,
        Self::NotFound,
        Self::Partial,
        Self::Failed,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incremental => "incremental",
            Self::Limited => "limited",
            Self::Private => "private",
            Self::Empty => "empty",
            Self::EmptyOrPrivate => "empty_or_private",
            Self::NotFound => "not_found",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    /// The word that page logs have for it.
    pub fn log_text(self) -> &'static str {
        if self == Self::Incremental { "windowed" } else { self.text() }
    }

    /// The status with this name, in tables or in page logs.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| [status.text(), status.log_text()].contains(&text))
    }

    /// Whether the crawl reached the account's end and there was no public reel.
    pub fn has_no_reels(self) -> bool {
        matches!(self, Self::Private | Self::Empty | Self::EmptyOrPrivate)
    }

    /// Whether the crawl fetched all that it was asked for.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Complete | Self::Incremental | Self::Limited) || self.has_no_reels()
    }

    /// Whether the crawl stopped before its end, so that it can be resumed.
    pub fn is_cut_short(self) -> bool {
        matches!(self, Self::Partial | Self::Failed)
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_and_read_as_their_texts() {
        let array = Role::array(Role::ALL.iter());
        let texts: Vec<&str> = array.as_string::<i32>().iter().flatten().collect();
        assert_eq!(texts, ["mention", "coauthor", "tagged", "sponsor"]);
        let read: Vec<Role> = (0..4).map(|row| <Role as Cell>::read(&array, row).unwrap()).collect();
        assert_eq!(read, Role::ALL);
        let sources = [Some(ViewsSource::Play), None];
        let array = Cell::array(sources.iter());
        let read: Vec<Option<ViewsSource>> = (0..2).map(|row| Cell::read(&array, row).unwrap()).collect();
        assert_eq!(read, sources);
        assert_eq!(<Role as Cell>::read(&array, 0).unwrap_err(), "'play' is not a Role");
    }

    #[test]
    fn every_status_is_read_by_both_of_its_names() {
        for status in AccountStatus::ALL {
            assert_eq!(AccountStatus::named(status.text()), Some(status));
            assert_eq!(AccountStatus::named(status.log_text()), Some(status));
            let json = serde_json::to_string(&status).unwrap();
            assert_eq!(json, format!("\"{status}\""));
            let old = format!("\"{}\"", status.log_text());
            assert_eq!(serde_json::from_str::<AccountStatus>(&old).unwrap(), status);
        }
        assert_eq!(AccountStatus::named("wonderful"), None);
        assert_eq!(AccountStatus::Incremental.log_text(), "windowed");
    }
}
