//! All functions, by name.
//!
//! The local stack runs them from one binary, which is linked once; on AWS each function keeps its own. The same list is
//! what the contract document and the checks of the template are made from.

use std::future::Future;
use std::pin::Pin;

use shared::http::Endpoint;
use shared::runtime::Error;
use shared::world::Needs;

/// A function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name, which is that of its folder.
    pub name: &'static str,
    /// What it answers over HTTP.
    pub endpoints: &'static [Endpoint],
    /// What it asks of the world.
    pub needs: Needs,
    /// Runs it.
    pub run: fn() -> Pin<Box<dyn Future<Output = Result<(), Error>>>>,
}

macro_rules! functions {
    ($($name:literal => $run:path, $needs:path, [$($endpoint:path),*];)+) => {
        /// All functions, in the order in which the contract shows them.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            endpoints: &[$($endpoint),*],
            needs: $needs,
            run: || Box::pin($run()),
        }),+];
    };
}

// A new function is a line here, and one in Cargo.toml.
functions! {
    "send-message" => send_message::run, send_message::NEEDS, [send_message::ENDPOINT];
    "get-message" => get_message::run, get_message::NEEDS, [get_message::ENDPOINT];
    "cancel-message" => cancel_message::run, cancel_message::NEEDS, [cancel_message::ENDPOINT];
    "list-messages" => list_messages::run, list_messages::NEEDS, [list_messages::ENDPOINT];
    "message-stats" => message_stats::run, message_stats::NEEDS, [message_stats::ENDPOINT];
    "list-conversations" => list_conversations::run, list_conversations::NEEDS, [list_conversations::ENDPOINT];
    "bulk-messages" => bulk_messages::run, bulk_messages::NEEDS, [bulk_messages::ENDPOINT];
    "bulk-csv" => bulk_csv::run, bulk_csv::NEEDS, [bulk_csv::ENDPOINT];
    "bulk-uploads" => bulk_uploads::run, bulk_uploads::NEEDS, [bulk_uploads::ENDPOINT];
    "list-campaigns" => list_campaigns::run, list_campaigns::NEEDS, [list_campaigns::ENDPOINT];
    "get-campaign" => get_campaign::run, get_campaign::NEEDS, [get_campaign::ENDPOINT];
    "cancel-campaign" => cancel_campaign::run, cancel_campaign::NEEDS, [cancel_campaign::ENDPOINT];
    "pause-campaign" => pause_campaign::run, pause_campaign::NEEDS, [pause_campaign::ENDPOINT];
    "resume-campaign" => resume_campaign::run, resume_campaign::NEEDS, [resume_campaign::ENDPOINT];
    "rejected-recipients" => rejected_recipients::run, rejected_recipients::NEEDS, [rejected_recipients::ENDPOINT];
    "list-sessions" => list_sessions::run, list_sessions::NEEDS, [list_sessions::ENDPOINT];
    "create-session" => create_session::run, create_session::NEEDS, [create_session::ENDPOINT];
    "get-session" => get_session::run, get_session::NEEDS, [get_session::ENDPOINT];
    "update-session" => update_session::run, update_session::NEEDS, [update_session::ENDPOINT];
    "delete-session" => delete_session::run, delete_session::NEEDS, [delete_session::ENDPOINT];
    "resume-session" => resume_session::run, resume_session::NEEDS, [resume_session::ENDPOINT];
    "list-api-keys" => list_api_keys::run, list_api_keys::NEEDS, [list_api_keys::ENDPOINT];
    "create-api-key" => create_api_key::run, create_api_key::NEEDS, [create_api_key::ENDPOINT];
    "revoke-api-key" => revoke_api_key::run, revoke_api_key::NEEDS, [revoke_api_key::ENDPOINT];
    "login" => login::run, login::NEEDS, [login::ENDPOINT];
    "login-callback" => login_callback::run, login_callback::NEEDS, [login_callback::ENDPOINT];
    "provider-webhook" => provider_webhook::run, provider_webhook::NEEDS, [provider_webhook::ENDPOINT, provider_webhook::HANDSHAKE];
    "billing-plans" => billing_plans::run, billing_plans::NEEDS, [billing_plans::ENDPOINT];
    "openapi" => openapi::run, openapi::NEEDS, [openapi::ENDPOINT, openapi::DOCS];
    "not-found" => not_found::run, not_found::NEEDS, [not_found::ENDPOINT];
    "dispatch" => dispatch::run, dispatch::NEEDS, [];
    "ingest" => ingest::run, ingest::NEEDS, [];
    "operator" => operator::run, operator::NEEDS, [];
    "project" => project::run, project::NEEDS, [];
    "promote" => promote::run, promote::NEEDS, [];
    "sweep" => sweep::run, sweep::NEEDS, [];
    "wake" => wake::run, wake::NEEDS, [];
    "watch" => watch::run, watch::NEEDS, [];
}

/// The function of this name.
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
