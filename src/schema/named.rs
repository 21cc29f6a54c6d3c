//! Enums whose values have names: on the command line, in manifests and in file names.

/// Makes the enum with `ALL`, `name` and `named`.
macro_rules! named_enum {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $meaning:literal])* $value:ident = $word:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $meaning])* $value,)* }

        impl $name {
            pub const ALL: [$name; [$($word),*].len()] = [$($name::$value),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }

            pub fn named(name: &str) -> Option<$name> {
                Self::ALL.into_iter().find(|value| value.name() == name)
            }
        }
    };
}

pub(crate) use named_enum;
