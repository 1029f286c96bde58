//! `DELETE /messages/{id}`: cancels a message that still waits.
//!
//! The cancel is one conditional write, so a message that was answered as cancelled never goes out
//! (`cancel_is_final`). Its ticket is left alone: it finds nothing to do.

use domain::values::status::Status;
use shared::deps;
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, find_message, message_id,
    message_view,
};
use shared::ports::{CancelMessages, Cancelled, ListSessions, LocateMessages, ReadMessages};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::MessageView;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "Cancel a message",
    detail: "Cancelling it twice is the same.",
    answers: &[Answer::json::<MessageView>(200, "The message, which will never be sent.")],
    refusals: &[ErrorCode::MessageNotFound, ErrorCode::NotCancellable],
    ..Endpoint::delete("/messages/{id}", "cancelMessage")
};

deps! {
    Cancelling {
        sessions: Sessions: ListSessions,
        messages: Messages: ReadMessages + LocateMessages + CancelMessages,
    }
}

/// Takes a message back.
pub async fn handle<W: Cancelling>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let id = message_id(&request)?;
    let message = find_message(&deps.messages, &deps.sessions, caller.account_id, id, now).await?;
    match deps.messages.cancel(message.key(), now).await? {
        Cancelled::Yes(message) => Ok(ApiResponse::json(StatusCode::OK, &message_view(&message, None))),
        Cancelled::TooLate(status) => Err(Problem::new(ErrorCode::NotCancellable, too_late(status))),
        Cancelled::NotFound => Err(Problem::new(ErrorCode::MessageNotFound, "The message is gone.")),
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

fn too_late(status: Status) -> String {
    match status {
        Status::Sending => "The message is being sent at this moment.".to_owned(),
        Status::Queued => {
            "An attempt to send the message ended without an answer; it may have gone out.".to_owned()
        }
        other => format!("The message is no longer in line: it is {other}."),
    }
}
