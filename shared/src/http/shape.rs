//! What an endpoint may say of its answers.

/// What has a JSON schema. Without the feature `schema` everything has, so that endpoints can name what they answer with.
#[cfg(feature = "schema")]
pub trait Shape: schemars::JsonSchema {}

#[cfg(feature = "schema")]
impl<T: schemars::JsonSchema + ?Sized> Shape for T {}

/// What has a JSON schema. Without the feature `schema` everything has, so that endpoints can name what they answer with.
#[cfg(not(feature = "schema"))]
pub trait Shape {}

#[cfg(not(feature = "schema"))]
impl<T: ?Sized> Shape for T {}
