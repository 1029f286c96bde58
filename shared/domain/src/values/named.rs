//! Enumerations whose values have names, each written as one table.

/// Defines an enumeration by such a table, with `ALL` and `name`.
macro_rules! named {
    (
        $(#[$about:meta])*
        pub enum $kind:ident { $($(#[$about_value:meta])* $value:ident = $name:literal,)+ }
    ) => {
        $(#[$about])*
        pub enum $kind {
            $($(#[$about_value])* $value,)+
        }

        impl $kind {
            /// All of them, in the order in which they are declared.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Its name in the API.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }
    };
}

pub(crate) use named;
