//! `DELETE /messages/{id}`: takes a message back, if it is still in line.
//!
//! The cancel is one conditional write, so a message that was answered as cancelled never goes out
//! (`cancel_is_final`). Its ticket is left alone: it finds nothing to do.

#![allow(async_fn_in_trait)]

use domain::values::status::Status;
use shared::http::{
    Admit, ApiRequest, ApiResponse, ErrorCode, Problem, StatusCode, find_message, message_id, message_view,
};
use shared::ports::{CancelMessages, Cancelled, Clock, ReadMessages, ReadSessions};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// Time.
    pub clock: C,
}

/// Takes a message back.
pub async fn handle<F, S, M, C>(deps: &Deps<F, S, M, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: ReadMessages + CancelMessages,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = message_id(&request)?;
    let message = find_message(&deps.messages, &deps.sessions, caller.account_id, id, now).await?;
    match deps.messages.cancel(message.key(), now).await? {
        Cancelled::Yes(message) => Ok(ApiResponse::json(StatusCode::OK, &message_view(&message, None))),
        Cancelled::TooLate(status) => Err(Problem::new(ErrorCode::NotCancellable, too_late(status))),
        Cancelled::NotFound => Err(Problem::new(ErrorCode::MessageNotFound, "The message is gone.")),
    }
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
