//! `POST /messages/send`: accepts one message.
//!
//! First the row, then its ticket: a ticket without a row would be acknowledged as nothing to do, and the row would
//! wait for ever. When the ticket cannot be sent, the row is withdrawn and the caller is told that nothing happened.

#![allow(async_fn_in_trait)]

use domain::ids::{AccountId, MessageId};
use domain::lease::Fence;
use domain::message::{Direction, Message, StateTimes};
use domain::pending::PendingKey;
use domain::request::SendRequest;
use domain::session::SessionState;
use domain::status::Status;
use domain::ticket::Ticket;
use domain::time::Timestamp;
use domain::timer::TimerItem;
use futures_util::future::join;
use shared::http::{Accepted, Admit, ApiRequest, ApiResponse, ErrorCode, Problem, StatusCode, json_body};
use shared::ports::{AcceptMessages, Clock, Entropy, PortError, ReadSessions, SendLater, SendTickets};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, M, Q, T, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The table of messages.
    pub messages: M,
    /// The FIFO queues.
    pub tickets: Q,
    /// The timer queue, for what is scheduled.
    pub timer: T,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
    /// How long a message is kept, in days.
    pub message_ttl_days: u32,
}

/// Accepts one message.
pub async fn handle<F, S, M, Q, T, C, E>(
    deps: &Deps<F, S, M, Q, T, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    M: AcceptMessages,
    Q: SendTickets,
    T: SendLater,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let parsed = parse(&request, now);
    // The session is read while the caller is looked up: one round trip less. Who must not see it is told nothing.
    let (caller, session) =
        join(deps.front.admit(&request, now), session_of(&deps.sessions, parsed.as_ref().ok())).await;
    let caller = caller?;
    let send = parsed?;
    check_session(session?, caller.account_id, &send)?;
    let message_id = MessageId::new(now, deps.entropy.next_u128());
    let message = new_message(send, caller.account_id, message_id, now, deps.message_ttl_days);
    deps.messages.put(&message).await?;
    announce(deps, &message).await?;
    Ok(ApiResponse::json(StatusCode::ACCEPTED, &Accepted(&message).view()))
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

/// A foreign session is as unknown as one that never was (`isolated`).
fn check_session(
    session: Option<SessionState>,
    account_id: AccountId,
    send: &SendRequest,
) -> Result<(), Problem> {
    match session {
        Some(state) if state.session.account_id == account_id => Ok(()),
        Some(_) | None => {
            let detail = format!("You have no session with the id {}.", send.session_id);
            Err(Problem::new(ErrorCode::SessionNotFound, detail))
        }
    }
}

fn new_message(
    send: SendRequest,
    account_id: AccountId,
    message_id: MessageId,
    now: Timestamp,
    ttl_days: u32,
) -> Message {
    let pending_key = PendingKey { priority: send.priority, due: send.due(now), message_id };
    Message {
        session_id: send.session_id,
        message_id,
        account_id,
        campaign_id: None,
        direction: Direction::Outbound,
        to: send.to,
        from: None,
        content: send.content,
        priority: send.priority,
        status: Status::Queued,
        attempts: 0,
        fence: Fence::default(),
        pending_key: Some(pending_key),
        error: None,
        provider_message_id: None,
        scheduled_at: send.scheduled_at,
        created_at: now,
        times: StateTimes { queued_at: Some(now), ..StateTimes::default() },
        expires_at: now.as_seconds() + i64::from(ttl_days) * 86_400,
        inbound: None,
    }
}

/// Sends the ticket of a stored message: at once, or through the timer when it is due later.
async fn announce<F, S, M, Q, T, C, E>(
    deps: &Deps<F, S, M, Q, T, C, E>,
    message: &Message,
) -> Result<(), Problem>
where
    M: AcceptMessages,
    Q: SendTickets,
    T: SendLater,
    C: Clock,
{
    let Message { session_id, message_id, priority, .. } = *message;
    let ticket = Ticket { session_id, priority, message_id };
    // The clock anew: what the reads and the write took must not be waited for a second time.
    let now = deps.clock.now();
    let due = message.pending_key.map_or(now, |key| key.due);
    let wait_s = u32::try_from((due.millis_since(now).max(0) + 999) / 1000).unwrap_or(0);
    let sent = match wait_s {
        0 => deps.tickets.send(&ticket, &message_id.to_string()).await,
        _ => deps.timer.send_later(&TimerItem::Ticket(ticket), wait_s).await,
    };
    match sent {
        Ok(()) => Ok(()),
        Err(error) => withdraw(deps, message, error).await,
    }
}

/// Nobody may know of the message: take it back, and say so. A worker that has found it meanwhile makes it accepted.
async fn withdraw<F, S, M, Q, T, C, E>(
    deps: &Deps<F, S, M, Q, T, C, E>,
    message: &Message,
    error: PortError,
) -> Result<(), Problem>
where
    M: AcceptMessages,
{
    if deps.messages.withdraw(message.key()).await? {
        let detail = "The message could not be put in line, and was not kept; it is safe to send it again.";
        return Err(Problem {
            cause: Some(error.to_string()),
            ..Problem::new(ErrorCode::Unavailable, detail)
        });
    }
    Ok(())
}
