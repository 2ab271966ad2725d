//! Lists of what the world can hold, each with the words it goes by.

/// Declares a list whose values have words; the first is the name, the others say the same.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($value:ident: $name:literal $(, $other:literal)*;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $list { $(#[doc = $name] $value),+ }

        impl $list {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// Its name, then other words for it.
            pub fn words(self) -> &'static [&'static str] {
                match self { $(Self::$value => &[$name $(, $other)*]),+ }
            }
        }
    };
}

pub(crate) use words;
