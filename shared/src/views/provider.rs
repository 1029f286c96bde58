//! What is shown of a session's provider.

use domain::session::ProviderConfig;
use serde::Serialize;

/// How a session reaches WhatsApp; secrets are never shown.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub enum ProviderView<'a> {
    /// Sends nowhere, and reports delivery by itself.
    Sandbox,
    /// A WAHA server.
    Waha {
        /// Its address.
        base_url: &'a str,
        /// The session's name at that server.
        session: &'a str,
        /// Whether it asks before the first send to a contact if the number is on WhatsApp.
        check_numbers: bool,
        /// Whether it shows the contact that something is being typed.
        simulate_typing: bool,
        /// Whether it gives messages ids of ours.
        own_message_ids: bool,
    },
    /// WhatsApp's own Cloud API.
    CloudApi {
        /// Meta's id of the phone number.
        phone_number_id: &'a str,
        /// The version of the API, if it is not the default.
        api_version: Option<&'a str>,
        /// Where the API is, if not at Meta.
        base_url: Option<&'a str>,
    },
}

/// What is not secret of a provider.
pub fn provider_view(provider: &ProviderConfig) -> ProviderView<'_> {
    match provider {
        ProviderConfig::Sandbox => ProviderView::Sandbox,
        ProviderConfig::Waha { base_url, session, options, api_key: _, webhook_secret: _ } => {
            ProviderView::Waha {
                base_url,
                session,
                check_numbers: options.check_numbers,
                simulate_typing: options.simulate_typing,
                own_message_ids: options.own_message_ids,
            }
        }
        ProviderConfig::CloudApi {
            phone_number_id,
            api_version,
            base_url,
            access_token: _,
            app_secret: _,
            verify_token: _,
        } => ProviderView::CloudApi {
            phone_number_id,
            api_version: api_version.as_deref(),
            base_url: base_url.as_deref(),
        },
    }
}
