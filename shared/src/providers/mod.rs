//! The providers behind the one port.
//!
//! One file (or folder) for each provider; `Providers` chooses among them by a session's configuration. A new one is
//! a variant of [`ProviderConfig`], a file, and a line in `dispatch`: `docs/PROVIDERS.md` shows it.
//!
//! Without the feature `providers` nothing here speaks HTTP: left are the [`sandbox`], a [`Provider`] by itself, and what
//! Meta's codes mean, which its webhooks bear as well.
//!
//! [`ProviderConfig`]: domain::session::ProviderConfig
//! [`Provider`]: crate::ports::Provider

pub mod cloud_api;
pub(crate) mod core_id;
#[cfg(feature = "providers")]
mod dispatch;
pub mod error_code;
#[cfg(feature = "providers")]
mod http;
#[cfg(feature = "providers")]
mod media;
pub mod sandbox;
#[cfg(feature = "providers")]
pub mod waha;

#[cfg(feature = "providers")]
pub use dispatch::Providers;
#[cfg(feature = "providers")]
pub use http::{ClientError, HttpClient};

#[cfg(all(test, feature = "providers"))]
mod documented;
#[cfg(test)]
mod sample;
