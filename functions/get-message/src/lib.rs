//! `GET /messages/{id}`: one message, with all that is known about its way.

use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, Reasons, StatusCode, find_message, message_id,
    message_view,
};
use shared::ports::{ListSessions, LocateMessages, ReadCampaigns, ReadMessages, ReadSessions};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::MessageView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "Get a message",
    answers: &[Answer::json::<MessageView>(200, "The message.")],
    refusals: &[ErrorCode::MessageNotFound],
    ..Endpoint::get("/messages/{id}", "getMessage")
};

deps! {
    Showing {
        sessions: Sessions: ReadSessions + ListSessions,
        messages: Messages: ReadMessages + LocateMessages,
        campaigns: Campaigns: ReadCampaigns,
    }
}

/// Shows one message.
pub async fn handle<W: Showing>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let id = message_id(&request)?;
    let message = find_message(&deps.messages, &deps.sessions, caller.account_id, id, now).await?;
    let shown = std::slice::from_ref(&message);
    let reasons = Reasons::load(&deps.sessions, &deps.campaigns, caller.account_id, shown).await?;
    Ok(ApiResponse::json(StatusCode::OK, &message_view(&message, reasons.of(&message, now))))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
