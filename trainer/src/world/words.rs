//! Enumerations of the world, each value with the words for it.

/// Declares an enumeration whose values have words; the first is the name, the others are synonyms.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($value:ident: $name:literal $(, $other:literal)*;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $list { $(#[doc = $name] $value),+ }

        impl $list {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// Its name, then its synonyms.
            pub fn words(self) -> &'static [&'static str] {
                match self { $(Self::$value => &[$name $(, $other)*]),+ }
            }
        }
    };
}

pub(crate) use words;
