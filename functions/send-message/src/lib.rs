//! `POST /messages/send`: accepts one message.
//!
//! First the row, then its ticket: a ticket without a row would be acknowledged as nothing to do, and the row would
//! wait for ever. What happens when one of the two fails is in [`refusal`].

mod refusal;

use shared::views::AcceptedView;
use std::future::Future;

use domain::access::idempotency::Seed;
use domain::message::{Message, Retention};
use domain::request::{SendRequest, named_session};
use domain::sending::ticket::{Ticket, Way};
use domain::sending::wake_up::WakeUp;
use domain::session::SessionState;
use domain::values::ids::MessageId;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::announce::Announce;
use shared::http::{
    Accepted, Answer, ApiResponse, Body, Call, Content, Endpoint, ErrorCode, LimitKind, Problem, StatusCode,
    session_not_found,
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

/// The session that a request names, read while the caller is looked up: one round trip less.
pub struct Ahead(Result<Option<SessionState>, PortError>);

/// Reads the session of a request that is not admitted yet. A refused caller learns nothing about it.
pub fn look_ahead<'d, W: Sending>(
    deps: &'d Deps<W>,
    content: Option<&Content>,
) -> impl Future<Output = Ahead> + use<'d, W> {
    let session_id = content.and_then(|content| named_session(content.json()));
    async move {
        Ahead(match session_id {
            Some(session_id) => deps.sessions.load(session_id).await,
            None => Ok(None),
        })
    }
}

/// Accepts one message.
pub async fn handle<W: Sending>(
    deps: &Deps<W>,
    call: Call,
    seed: Seed,
    ahead: Ahead,
) -> Result<ApiResponse, Problem> {
    let account_id = call.account_id();
    // Another account's session is reported as not found (`isolated`), and so is a deleted one.
    let session = ahead.0?.filter(|state| state.is_open_to(account_id));
    // A request that is sent again is judged by the time at which it came first.
    let wanted =
        SendRequest::parse(call.content.json(), seed.at, session.as_ref().map(|state| &state.session))
            .map_err(Problem::validation)?;
    let session = session.ok_or_else(|| session_not_found(&wanted.session_id.to_string()))?;
    let warnings = wanted.warnings.clone();
    let message_id = MessageId::new(seed.at, seed.random);
    let message = wanted.message(account_id, message_id, seed.at, deps.retention);
    let gap_ends = session.pacer.gap_ends(message.priority);
    if seed.is_repeat {
        accept_again(deps, &message, gap_ends).await?;
    } else if let Err(error) = accept(deps, &message, gap_ends).await {
        refusal::settle(deps, &message, gap_ends, error).await?;
    }
    Ok(ApiResponse::json(StatusCode::ACCEPTED, &Accepted(&message, &warnings).view()))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    let ahead = |content: Option<&Content>| look_ahead(&deps, content);
    serve_once_ahead(&stack, &ENDPOINT, ahead, |call, seed, ahead| handle(&deps, call, seed, ahead)).await
}

/// Stores a message, and sends its ticket.
async fn accept<W: Sending>(deps: &Deps<W>, message: &Message, gap_ends: Timestamp) -> Result<(), PortError> {
    deps.messages.put(message).await?;
    announce(deps, message, gap_ends).await
}

/// Goes on where an earlier run of the same request ended. What that run stored is not cancelled, since its caller may know of
/// it: when this fails, the request may be sent again.
async fn accept_again<W: Sending>(
    deps: &Deps<W>,
    message: &Message,
    gap_ends: Timestamp,
) -> Result<(), Problem> {
    match deps.messages.put(message).await? {
        None | Some(Status::Queued | Status::Sending) => Ok(announce(deps, message, gap_ends).await?),
        Some(Status::Cancelled) => Err(Problem::taken_back()),
        Some(_) => Ok(()),
    }
}

/// Sends the ticket of a stored message, so that it is in its queue when the message is due.
///
/// Before the gap of its session is over it can't go anyway, so that its ticket waits for that: all that come in one gap are
/// one ticket, however many messages there are. Gaps end only later than they did when they were read, never sooner.
async fn announce<W: Sending>(
    deps: &Deps<W>,
    message: &Message,
    gap_ends: Timestamp,
) -> Result<(), PortError> {
    let Message { session_id, message_id, priority, .. } = *message;
    // A fresh time: what the reads and the write took must not be waited for a second time.
    let now = deps.clock.now();
    let due = message.pending_key.map_or(now, |key| key.due);
    let ticket = Ticket::new(session_id, priority, message_id);
    let waiting = ticket.waiting_for(gap_ends);
    let (ticket, deduplication_id) = match waiting.merged_id(Way::Straight, now).filter(|_| due <= now) {
        Some(merged) => (waiting, merged),
        None => (ticket, message_id.to_string()),
    };
    deps.announcer.announce(&WakeUp { due, ticket }, &deduplication_id, now).await
}
