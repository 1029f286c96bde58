//! `POST /messages/send`: accepts one message.
//!
//! First the row, then its ticket: a ticket without a row would be acknowledged as nothing to do, and the row would
//! wait for ever. What happens when one of the two fails is in [`refusal`].

#![allow(async_fn_in_trait)]

mod refusal;

use domain::message::{Message, Retention};
use domain::request::SendRequest;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::session::SessionState;
use domain::values::ids::{AccountId, MessageId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use futures_util::future::join;
use shared::announce::Announce;
use shared::http::{
    Accepted, Admit, ApiRequest, ApiResponse, Asked, ErrorCode, Problem, StatusCode, json_body, once,
};
use shared::ports::{AcceptMessages, Clock, Entropy, KeepAnswers, PortError, ReadSessions};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, A, I, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// What sends tickets: at once, or when a scheduled message falls due.
    pub announcer: A,
    /// The answers to requests that may be sent again.
    pub answers: I,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// How long a message is kept from its end.
    pub retention: Retention,
}

/// Accepts one message.
pub async fn handle<F, S, M, A, I, C, E>(
    deps: &Deps<F, S, M, A, I, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: AcceptMessages,
    A: Announce,
    I: KeepAnswers,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let parsed = parse(&request, now);
    // The session is read while the caller is looked up: one round trip less. Who must not see it is told nothing.
    let (caller, session) =
        join(deps.front.admit(&request, now), session_of(&deps.sessions, parsed.as_ref().ok())).await;
    let account_id = caller?.account_id;
    let asked = Asked { account_id, route: "messages/send", content: &[&request.body], now };
    once(&deps.answers, &deps.entropy, &request, asked, async |seed| {
        // A request that is sent again is judged by the time at which it came first.
        let (send, session) = if seed.is_repeat {
            let send = parse(&request, seed.at)?;
            let session = session_of(&deps.sessions, Some(&send)).await;
            (send, session)
        } else {
            (parsed?, session)
        };
        check_session(session?, account_id, &send)?;
        let message_id = MessageId::new(seed.at, seed.random);
        let message = send.message(account_id, message_id, seed.at, deps.retention);
        if seed.is_repeat {
            accept_again(deps, &message).await?;
        } else if let Err(error) = accept(deps, &message).await {
            refusal::settle(deps, &message, error).await?;
        }
        Ok(ApiResponse::json(StatusCode::ACCEPTED, &Accepted(&message).view()))
    })
    .await
}

fn parse(request: &ApiRequest, now: Timestamp) -> Result<SendRequest, Problem> {
    SendRequest::parse(&json_body(request)?, now).map_err(Problem::validation)
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

/// A foreign session is as unknown as one that never was (`isolated`), and so is one that was deleted.
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
async fn accept<F, S, M, A, I, C, E>(
    deps: &Deps<F, S, M, A, I, C, E>,
    message: &Message,
) -> Result<(), PortError>
where
    M: AcceptMessages,
    A: Announce,
    C: Clock,
{
    deps.messages.put(message).await?;
    announce(deps, message).await
}

/// Goes on where an earlier run of the same request ended. What it may have stored, and may have told its caller of, is not
/// taken back: when this fails, the request may be sent once more.
async fn accept_again<F, S, M, A, I, C, E>(
    deps: &Deps<F, S, M, A, I, C, E>,
    message: &Message,
) -> Result<(), Problem>
where
    M: AcceptMessages,
    A: Announce,
    C: Clock,
{
    match deps.messages.put(message).await? {
        None | Some(Status::Queued | Status::Sending) => Ok(announce(deps, message).await?),
        Some(Status::Cancelled) => Err(Problem::taken_back()),
        Some(_) => Ok(()),
    }
}

/// Sends the ticket of a stored message, so that it is in its queue when the message is due.
async fn announce<F, S, M, A, I, C, E>(
    deps: &Deps<F, S, M, A, I, C, E>,
    message: &Message,
) -> Result<(), PortError>
where
    A: Announce,
    C: Clock,
{
    let Message { session_id, message_id, priority, .. } = *message;
    // The clock anew: what the reads and the write took must not be waited for a second time.
    let now = deps.clock.now();
    let due = message.pending_key.map_or(now, |key| key.due);
    let wake_up = WakeUp { due, ticket: Ticket { session_id, priority, message_id } };
    deps.announcer.announce(&wake_up, &message_id.to_string(), now).await
}
