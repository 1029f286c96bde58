//! All functions, by name.
//!
//! The local stack runs them from one binary, which is linked once; on AWS each function keeps its own. The same list is
//! what the contract document and the checks of the template are made from.

use std::future::Future;
use std::pin::Pin;

use shared::http::Endpoint;
use shared::runtime::Error;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name, which is that of its folder.
    pub name: &'static str,
    /// What it answers over HTTP.
    pub endpoints: &'static [Endpoint],
    /// Runs it.
    pub run: fn() -> Pin<Box<dyn Future<Output = Result<(), Error>>>>,
}

macro_rules! functions {
    ($($name:literal => $run:path, [$($endpoint:path),*];)+) => {
        /// All functions, in the order in which the contract shows them.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            endpoints: &[$($endpoint),*],
            run: || Box::pin($run()),
        }),+];
    };
}

// A new function is a line here, and one in Cargo.toml.
functions! {
    "send-message" => send_message::run, [send_message::ENDPOINT];
    "get-message" => get_message::run, [get_message::ENDPOINT];
    "cancel-message" => cancel_message::run, [cancel_message::ENDPOINT];
    "list-messages" => list_messages::run, [list_messages::ENDPOINT];
    "message-stats" => message_stats::run, [message_stats::ENDPOINT];
    "list-conversations" => list_conversations::run, [list_conversations::ENDPOINT];
    "bulk-messages" => bulk_messages::run, [bulk_messages::ENDPOINT];
    "bulk-csv" => bulk_csv::run, [bulk_csv::ENDPOINT];
    "bulk-uploads" => bulk_uploads::run, [bulk_uploads::ENDPOINT];
    "list-campaigns" => list_campaigns::run, [list_campaigns::ENDPOINT];
    "get-campaign" => get_campaign::run, [get_campaign::ENDPOINT];
    "cancel-campaign" => cancel_campaign::run, [cancel_campaign::ENDPOINT];
    "pause-campaign" => pause_campaign::run, [pause_campaign::ENDPOINT];
    "resume-campaign" => resume_campaign::run, [resume_campaign::ENDPOINT];
    "rejected-recipients" => rejected_recipients::run, [rejected_recipients::ENDPOINT];
    "list-sessions" => list_sessions::run, [list_sessions::ENDPOINT];
    "create-session" => create_session::run, [create_session::ENDPOINT];
    "get-session" => get_session::run, [get_session::ENDPOINT];
    "update-session" => update_session::run, [update_session::ENDPOINT];
    "delete-session" => delete_session::run, [delete_session::ENDPOINT];
    "resume-session" => resume_session::run, [resume_session::ENDPOINT];
    "list-api-keys" => list_api_keys::run, [list_api_keys::ENDPOINT];
    "create-api-key" => create_api_key::run, [create_api_key::ENDPOINT];
    "revoke-api-key" => revoke_api_key::run, [revoke_api_key::ENDPOINT];
    "login" => login::run, [login::ENDPOINT];
    "login-callback" => login_callback::run, [login_callback::ENDPOINT];
    "provider-webhook" => provider_webhook::run, [provider_webhook::ENDPOINT, provider_webhook::HANDSHAKE];
    "billing-plans" => billing_plans::run, [billing_plans::ENDPOINT];
    "openapi" => openapi::run, [openapi::ENDPOINT, openapi::DOCS];
    "not-found" => not_found::run, [not_found::ENDPOINT];
    "dispatch" => dispatch::run, [];
    "ingest" => ingest::run, [];
    "operator" => operator::run, [];
    "project" => project::run, [];
    "promote" => promote::run, [];
    "sweep" => sweep::run, [];
    "wake" => wake::run, [];
    "watch" => watch::run, [];
}

/// The function of this name.
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
