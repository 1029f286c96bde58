//! `POST /messages/send`: accepts one message.
//!
//! First the row, then its ticket: a ticket without a row would be acknowledged as nothing to do, and the row would
//! wait for ever. What happens when one of the two fails is in [`refusal`].

mod refusal;

use shared::views::AcceptedView;
use std::future::Future;

use domain::access::idempotency::Seed;
use domain::message::{Message, Retention};
use domain::request::SendRequest;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::session::SessionState;
use domain::values::ids::{AccountId, MessageId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::announce::Announce;
use shared::http::{
    Accepted, Answer, ApiResponse, Body, Call, Content, Endpoint, ErrorCode, LimitKind, Problem, StatusCode,
};
use shared::ports::{AcceptMessages, Clock, PortError, ReadSessions, WithdrawMessages};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_once_ahead};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    summary: "Send a message",
    detail: "Accepted at once; the sending happens behind it.",
    limit: Some(LimitKind::Send),
    idempotent: true,
    body: Some(Body::json("SendRequest", schema!(SendRequest::schema))),
    answers: &[Answer::json::<AcceptedView>(202, "Accepted. `jobId` is the message's id.")],
    refusals: &[ErrorCode::SessionNotFound],
    ..Endpoint::post("/messages/send", "sendMessage")
};

deps! {
    Sending {
        sessions: Sessions: ReadSessions,
        messages: Messages: AcceptMessages + WithdrawMessages,
        announcer: Announcer: Announce,
        clock: Clock: Clock;
        retention: Retention,
    }
}

/// The request and its session, read while the caller is looked up: one round trip less.
pub struct Ahead {
    parsed: Result<SendRequest, Problem>,
    session: Result<Option<SessionState>, PortError>,
}

/// Reads the session of a request that is not admitted yet. A refused caller learns nothing about it.
pub fn look_ahead<'d, W: Sending>(
    deps: &'d Deps<W>,
    content: Option<&Content>,
    now: Timestamp,
) -> impl Future<Output = Ahead> + use<'d, W> {
    let parsed = parse(content.unwrap_or(&Content::Nothing), now);
    async move {
        let session = session_of(&deps.sessions, parsed.as_ref().ok()).await;
        Ahead { parsed, session }
    }
}

/// Accepts one message.
pub async fn handle<W: Sending>(
    deps: &Deps<W>,
    call: Call,
    seed: Seed,
    ahead: Ahead,
) -> Result<ApiResponse, Problem> {
    // A request that is sent again is judged by the time at which it came first.
    let Ahead { parsed, session } =
        if seed.is_repeat { look_ahead(deps, Some(&call.content), seed.at).await } else { ahead };
    let wanted = parsed?;
    let account_id = call.account_id();
    check_session(session?, account_id, &wanted)?;
    let message_id = MessageId::new(seed.at, seed.random);
    let message = wanted.message(account_id, message_id, seed.at, deps.retention);
    if seed.is_repeat {
        accept_again(deps, &message).await?;
    } else if let Err(error) = accept(deps, &message).await {
        refusal::settle(deps, &message, error).await?;
    }
    Ok(ApiResponse::json(StatusCode::ACCEPTED, &Accepted(&message).view()))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    let ahead = |content: Option<&Content>, now| look_ahead(&deps, content, now);
    serve_once_ahead(&stack, &ENDPOINT, ahead, |call, seed, ahead| handle(&deps, call, seed, ahead)).await
}

fn parse(content: &Content, now: Timestamp) -> Result<SendRequest, Problem> {
    SendRequest::parse(content.json(), now).map_err(Problem::validation)
}

async fn session_of(
    sessions: &impl ReadSessions,
    send: Option<&SendRequest>,
) -> Result<Option<SessionState>, PortError> {
    match send {
        Some(send) => sessions.load(send.session_id).await,
        None => Ok(None),
    }
}

/// Another account's session is reported as not found (`isolated`), and so is a deleted one.
fn check_session(
    session: Option<SessionState>,
    account_id: AccountId,
    send: &SendRequest,
) -> Result<(), Problem> {
    match session {
        Some(state) if state.is_open_to(account_id) => Ok(()),
        Some(_) | None => {
            let detail = format!("You have no session with the id {}.", send.session_id);
            Err(Problem::new(ErrorCode::SessionNotFound, detail))
        }
    }
}

/// Stores a message, and sends its ticket.
async fn accept<W: Sending>(deps: &Deps<W>, message: &Message) -> Result<(), PortError> {
    deps.messages.put(message).await?;
    announce(deps, message).await
}

/// Goes on where an earlier run of the same request ended. What that run stored is not cancelled, since its caller may know of
/// it: when this fails, the request may be sent again.
async fn accept_again<W: Sending>(deps: &Deps<W>, message: &Message) -> Result<(), Problem> {
    match deps.messages.put(message).await? {
        None | Some(Status::Queued | Status::Sending) => Ok(announce(deps, message).await?),
        Some(Status::Cancelled) => Err(Problem::taken_back()),
        Some(_) => Ok(()),
    }
}

/// Sends the ticket of a stored message, so that it is in its queue when the message is due.
async fn announce<W: Sending>(deps: &Deps<W>, message: &Message) -> Result<(), PortError> {
    let Message { session_id, message_id, priority, .. } = *message;
    // A fresh time: what the reads and the write took must not be waited for a second time.
    let now = deps.clock.now();
    let due = message.pending_key.map_or(now, |key| key.due);
    let wake_up = WakeUp { due, ticket: Ticket { session_id, priority, message_id } };
    deps.announcer.announce(&wake_up, &message_id.to_string(), now).await
}
