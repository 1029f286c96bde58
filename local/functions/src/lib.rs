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
    /// Its name: that of its folder, and on AWS the end of its own.
    pub name: &'static str,
    /// What it answers over HTTP.
    pub endpoints: &'static [Endpoint],
    /// What it asks of the world.
    pub needs: Needs,
    /// Runs it.
    pub run: fn() -> Pin<Box<dyn Future<Output = Result<(), Error>>>>,
}

macro_rules! functions {
    ($($name:literal: $library:ident, [$($endpoint:ident),*];)+) => {
        /// All functions, in the order in which the contract shows them.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            endpoints: &[$($library::$endpoint),*],
            needs: $library::NEEDS,
            run: || Box::pin($library::run()),
        }),+];
    };
}

// A new function is a line here, and one in Cargo.toml.
functions! {
    "send-message": send_message, [ENDPOINT];
    "get-message": get_message, [ENDPOINT];
    "cancel-message": cancel_message, [ENDPOINT];
    "list-messages": list_messages, [ENDPOINT];
    "message-stats": message_stats, [ENDPOINT];
    "list-conversations": list_conversations, [ENDPOINT];
    "bulk-messages": bulk_messages, [ENDPOINT];
    "bulk-csv": bulk_csv, [ENDPOINT];
    "bulk-uploads": bulk_uploads, [ENDPOINT];
    "list-campaigns": list_campaigns, [ENDPOINT];
    "get-campaign": get_campaign, [ENDPOINT];
    "cancel-campaign": cancel_campaign, [ENDPOINT];
    "pause-campaign": pause_campaign, [ENDPOINT];
    "resume-campaign": resume_campaign, [ENDPOINT];
    "rejected-recipients": rejected_recipients, [ENDPOINT];
    "list-sessions": list_sessions, [ENDPOINT];
    "create-session": create_session, [ENDPOINT];
    "get-session": get_session, [ENDPOINT];
    "update-session": update_session, [ENDPOINT];
    "delete-session": delete_session, [ENDPOINT];
    "resume-session": resume_session, [ENDPOINT];
    "list-api-keys": list_api_keys, [ENDPOINT];
    "create-api-key": create_api_key, [ENDPOINT];
    "revoke-api-key": revoke_api_key, [ENDPOINT];
    "login": login, [ENDPOINT];
    "login-callback": login_callback, [ENDPOINT];
    "provider-webhook": provider_webhook, [ENDPOINT, HANDSHAKE];
    "billing-plans": billing_plans, [ENDPOINT];
    "openapi": openapi, [ENDPOINT, DOCS];
    "not-found": not_found, [ENDPOINT];
    "dispatch": dispatch, [];
    "ingest": ingest, [];
    "operator": operator, [];
    "project": project, [];
    "promote": promote, [];
    "sweep": sweep, [];
    "wake": wake, [];
    "watch": watch, [];
}

/// The function that Lambda calls by this name, `<stack>-<function>`.
pub fn named(name: &str) -> Option<&'static Function> {
    let is_it = |function: &&Function| {
        name.strip_suffix(function.name).is_some_and(|stack| stack.is_empty() || stack.ends_with('-'))
    };
    // `<stack>-login` is not `login-callback`, and a stack may be called anything: the longest name fits best.
    FUNCTIONS.iter().filter(is_it).max_by_key(|function| function.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_known_by_the_end_of_its_name() {
        let found = |name| named(name).map(|function| function.name);
        assert_eq!(found("paceline-send-message"), Some("send-message"));
        assert_eq!(found("my-watch-list-sessions"), Some("list-sessions"));
        assert_eq!(found("paceline-login-callback"), Some("login-callback"));
        assert_eq!(found("paceline-nothing"), None);
        assert_eq!(found("rewatch"), None);
    }
}
