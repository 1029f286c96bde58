//! The providers: how messages go out through them, and how they report by webhook.
//!
//! One folder for each provider, and its place in the lists below, which the compiler asks for once
//! [`ProviderConfig`] has it. `docs/PROVIDERS.md` shows how to add one.
//!
//! Without the feature `providers` nothing here speaks HTTP: left are the [`sandbox`], a [`Provider`] by itself, and what
//! comes by webhook.
//!
//! [`Provider`]: crate::ports::Provider

pub mod cloud_api;
#[cfg(feature = "providers")]
mod dispatch;
pub mod error_code;
#[cfg(feature = "providers")]
mod http;
#[cfg(feature = "providers")]
mod media;
pub mod sandbox;
pub mod waha;
pub mod webhook;

use domain::providers::{ProviderConfig, ProviderKind};

#[cfg(feature = "providers")]
pub use http::{ClientError, HttpClient};

use webhook::{Handshake, WebhookSource};

#[cfg(feature = "providers")]
dispatch::adapters! {
    Sandbox => sandbox: sandbox::Sandbox<T, C> = |parts| sandbox::Sandbox::new(parts.timer.clone(), parts.clock.clone());
    Waha => waha: waha::Waha<K, C> =
        |parts| waha::Waha::new(parts.client.clone(), parts.chats.clone(), parts.clock.clone());
    CloudApi => cloud_api: cloud_api::CloudApi = |parts| cloud_api::CloudApi::new(parts.client.clone());
}

/// The webhooks of a session; none of a provider that reports in another way.
pub fn webhooks(provider: &ProviderConfig) -> Option<&dyn WebhookSource> {
    match provider {
        ProviderConfig::Sandbox => None,
        ProviderConfig::Waha(settings) => Some(settings),
        ProviderConfig::CloudApi(settings) => Some(settings),
    }
}

/// Who answers the handshake of a kind's webhooks; nobody where there are no webhooks.
pub fn webhook_handshake(kind: ProviderKind) -> Option<Handshake> {
    match kind {
        ProviderKind::Sandbox => None,
        ProviderKind::Waha => Some(waha::webhook::handshake),
        ProviderKind::CloudApi => Some(cloud_api::webhook::handshake),
    }
}

/// The names of the kinds that have webhooks.
pub fn webhook_kinds() -> Vec<&'static str> {
    let kinds = ProviderKind::ALL.iter().filter(|kind| webhook_handshake(**kind).is_some());
    kinds.map(|kind| kind.name()).collect()
}

#[cfg(all(test, feature = "providers"))]
mod documented;
#[cfg(test)]
mod sample;
