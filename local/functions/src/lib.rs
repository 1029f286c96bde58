//! All functions, by name.
//!
//! The contract document and the checks of the template are made from this list.

use shared::http::Endpoint;
use shared::world::Needs;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name, which is that of its folder.
    pub name: &'static str,
    /// Its endpoints.
    pub endpoints: &'static [Endpoint],
    /// The ports and settings that it needs.
    pub needs: Needs,
}

macro_rules! functions {
    ($($name:literal => $needs:path, [$($endpoint:path),*];)+) => {
        /// All functions, in the order in which the contract shows them.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            endpoints: &[$($endpoint),*],
            needs: $needs,
        }),+];
    };
}

// A new function is a line here, and one in Cargo.toml.
functions! {
    "send-message" => send_message::NEEDS, [send_message::ENDPOINT];
    "get-message" => get_message::NEEDS, [get_message::ENDPOINT];
    "cancel-message" => cancel_message::NEEDS, [cancel_message::ENDPOINT];
    "list-messages" => list_messages::NEEDS, [list_messages::ENDPOINT];
    "message-stats" => message_stats::NEEDS, [message_stats::ENDPOINT];
    "list-conversations" => list_conversations::NEEDS, [list_conversations::ENDPOINT];
    "bulk-messages" => bulk_messages::NEEDS, [bulk_messages::ENDPOINT];
    "bulk-csv" => bulk_csv::NEEDS, [bulk_csv::ENDPOINT];
    "bulk-uploads" => bulk_uploads::NEEDS, [bulk_uploads::ENDPOINT];
    "list-campaigns" => list_campaigns::NEEDS, [list_campaigns::ENDPOINT];
    "get-campaign" => get_campaign::NEEDS, [get_campaign::ENDPOINT];
    "cancel-campaign" => cancel_campaign::NEEDS, [cancel_campaign::ENDPOINT];
    "pause-campaign" => pause_campaign::NEEDS, [pause_campaign::ENDPOINT];
    "resume-campaign" => resume_campaign::NEEDS, [resume_campaign::ENDPOINT];
    "rejected-recipients" => rejected_recipients::NEEDS, [rejected_recipients::ENDPOINT];
    "list-sessions" => list_sessions::NEEDS, [list_sessions::ENDPOINT];
    "create-session" => create_session::NEEDS, [create_session::ENDPOINT];
    "get-session" => get_session::NEEDS, [get_session::ENDPOINT];
    "update-session" => update_session::NEEDS, [update_session::ENDPOINT];
    "delete-session" => delete_session::NEEDS, [delete_session::ENDPOINT];
    "resume-session" => resume_session::NEEDS, [resume_session::ENDPOINT];
    "list-api-keys" => list_api_keys::NEEDS, [list_api_keys::ENDPOINT];
    "create-api-key" => create_api_key::NEEDS, [create_api_key::ENDPOINT];
    "revoke-api-key" => revoke_api_key::NEEDS, [revoke_api_key::ENDPOINT];
    "login" => login::NEEDS, [login::ENDPOINT];
    "login-callback" => login_callback::NEEDS, [login_callback::ENDPOINT];
    "provider-webhook" => provider_webhook::NEEDS, [provider_webhook::ENDPOINT, provider_webhook::HANDSHAKE];
    "billing-plans" => billing_plans::NEEDS, [billing_plans::ENDPOINT];
    "openapi" => openapi::NEEDS, [openapi::ENDPOINT, openapi::DOCS];
    "not-found" => not_found::NEEDS, [not_found::ENDPOINT];
    "dispatch" => dispatch::NEEDS, [];
    "ingest" => ingest::NEEDS, [];
    "operator" => operator::NEEDS, [];
    "project" => project::NEEDS, [];
    "promote" => promote::NEEDS, [];
    "sweep" => sweep::NEEDS, [];
    "wake" => wake::NEEDS, [];
    "watch" => watch::NEEDS, [];
}
