//! Columns with a fixed list of values: an enum in code, its text in tables and logs.

use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringArray};
use compact_str::CompactString;

use crate::schema::cell::Cell;
use crate::schema::column::ColumnType;

/// Declares such an enum with the text of each value; the first value is the default.
macro_rules! values {
    ($(#[$about:meta])* $name:ident { $first:ident = $first_text:literal, $($value:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub enum $name { #[default] $first, $($value,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$value,)*];

            pub const fn text(self) -> &'static str {
                match self { Self::$first => $first_text, $(Self::$value => $text,)* }
            }

            /// The value with this text.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.text() == text)
            }

            fn read_cell(array: &dyn Array, row: usize) -> Result<Self, String> {
                let text = array.as_string::<i32>().value(row);
                Self::named(text).ok_or_else(|| format!("'{text}' is not a {}", stringify!($name)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }
        }

        impl Cell for $name {
            const TYPE: ColumnType = ColumnType::String;
            const NULLABLE: bool = false;
            fn array<'a>(cells: impl Iterator<Item = &'a Self> + Clone) -> ArrayRef {
                Arc::new(StringArray::from_iter_values(cells.map(|cell| cell.text())))
            }
            fn read(array: &dyn Array, row: usize) -> Result<Self, String> {
                Self::read_cell(array, row)
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
                Arc::new(cells.map(|cell| cell.map($name::text)).collect::<StringArray>())
            }
            fn read(array: &dyn Array, row: usize) -> Result<Self, String> {
                if array.is_null(row) { Ok(None) } else { $name::read_cell(array, row).map(Some) }
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
    /// The two shapes of an item in an answer: with `trim=true` it is flat and has fewer fields.
    SourceShape { Wrapped = "wrapped", Flat = "flat", }
}

values! {
    /// Where `posted_at` was taken from.
    PostedAtSource { TakenAt = "taken_at", CreatedAt = "created_at", MediaId = "media_id", }
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
}
