//! The providers behind the one port.
//!
//! One file (or folder) for each provider; `Providers` chooses among them by a session's configuration. A new one is
//! a file, a variant of [`ProviderConfig`] and an arm in each match below, which the compiler asks for.
//!
//! Without the feature `providers` nothing here speaks HTTP: only the [`sandbox`] is left, a [`Provider`] by itself.
//!
//! [`ProviderConfig`]: domain::session::ProviderConfig
//! [`Provider`]: crate::ports::Provider

pub(crate) mod core_id;
#[cfg(feature = "providers")]
mod dispatch;
pub mod error_code;
pub mod sandbox;
#[cfg(feature = "providers")]
pub mod waha;

#[cfg(feature = "providers")]
pub use dispatch::Providers;

#[cfg(test)]
mod sample;
