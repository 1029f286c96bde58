//! The rules of Paceline: pure decisions without I/O, clock or randomness of their own.
//!
//! The modules; each uses only modules above it:
//!
//! | module | what it contains |
//! |---|---|
//! | [`limits`], [`tuning`] | the numbers: limits that a caller can hit, and internal values such as time-outs |
//! | [`values`] | small values: ids, times, numbers, states |
//! | [`providers`] | how a session reaches WhatsApp: the settings of each provider |
//! | [`message`] | a message, its place in line, what providers report about it |
//! | [`sending`] | one message at a time, with random gaps, the most urgent first, within the session's limits |
//! | [`bulk`] | lists of recipients: CSV, JSON, templates |
//! | [`session`] | a WhatsApp session's configuration |
//! | [`campaign`] | a campaign, and how its rows are stored |
//! | [`reading`] | lists, counters and statistics |
//! | [`access`] | who may call, how often, and what a repeated request gets |
//! | [`request`] | the parsers of requests |
//!
//! With the feature `schema`, requests and the values that answers hold have JSON schemas.

pub mod access;
pub mod bulk;
pub mod campaign;
pub mod limits;
pub mod message;
pub mod providers;
pub mod reading;
pub mod request;
pub mod schema;
pub mod sending;
pub mod session;
pub mod tuning;
pub mod values;

/// The JSON schema of a type, which stands wherever the type is used; nothing without the feature `schema`.
#[macro_export]
macro_rules! inline_schema {
    ($name:ty, $schema:tt) => {
        #[cfg(feature = "schema")]
        impl $crate::schema::schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(
                _: &mut $crate::schema::schemars::SchemaGenerator,
            ) -> $crate::schema::schemars::Schema {
                $crate::schema::schemars::json_schema!($schema)
            }
        }
    };
}
