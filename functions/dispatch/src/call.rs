//! Step 7: the provider call.

use domain::message::Message;
use domain::sending::attempt::{Outcome, Progress, progress, unsent};
use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::sending::wake_up::{WakeUp, Way};
use domain::session::Session;
use domain::tuning::OWN_WAKE_UP_AFTER_MS;
use domain::values::time::Timestamp;
use shared::ports::{Clock, KeepWakeUps, Outgoing, PortError, Provider, SendLater};

use crate::lease::Leased;
use crate::record::record_row;
use crate::release::let_go;
use crate::round::Stop;
use crate::{Deps, Dispatching};

/// A provider call that is over.
pub(crate) struct Call {
    /// What it came to.
    pub(crate) outcome: Outcome,
    /// When it ended.
    pub(crate) end: Timestamp,
    /// What becomes of the message.
    pub(crate) next: Progress,
}

impl Call {
    /// Whether it counts as a message of the day: it went out, or may have.
    pub(crate) const fn counts(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted { .. } | Outcome::Unknown(_))
    }
}

/// Calls the provider with a message that is ours, if there is still time for it.
pub(crate) async fn call<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    message: &Message,
) -> Result<Call, Stop> {
    let session = &leased.state.session;
    if !leased.window.allows_call(deps.clock.now()) {
        record_row(deps, leased, message, &unsent(message)).await?;
        return Err(let_go(deps, leased).await?);
    }
    let outgoing = Outgoing { session, message, failures: leased.state.pacer.release.failures };
    let outcome = deps.provider.send(outgoing).await;
    let end = deps.clock.now();
    let next = progress(message, &outcome, end, deps.provider.repeats_safely(session));
    let next = with_wake_up(deps, message, next, end).await;
    log(session, message, &outcome, end);
    Ok(Call { outcome, end, next })
}

/// A message whose time moves farther than the ticket of its line reaches gets a wake-up of its own, before it moves: dying
/// in between leaves a ticket too many. Without the wake-up it moves no farther than the ticket reaches.
async fn with_wake_up<W: Dispatching>(
    deps: &Deps<W>,
    message: &Message,
    next: Progress,
    now: Timestamp,
) -> Progress {
    let Progress::Requeued { due, attempts, error } = next else { return next };
    let in_reach = now.plus_millis(OWN_WAKE_UP_AFTER_MS);
    if due <= in_reach {
        return Progress::Requeued { due, attempts, error };
    }
    let Message { session_id, priority, message_id, .. } = *message;
    let wake_up = WakeUp { due, ticket: Ticket::new(session_id, priority, message_id) };
    match keep(deps, &wake_up, now).await {
        Ok(()) => Progress::Requeued { due, attempts, error },
        Err(failure) => {
            tracing::warn!(message_id = %message_id, %failure, "a message moves less far, since its wake-up could not be kept");
            Progress::Requeued { due: in_reach, attempts, error }
        }
    }
}

async fn keep<W: Dispatching>(deps: &Deps<W>, wake_up: &WakeUp, now: Timestamp) -> Result<(), PortError> {
    match wake_up.way(now) {
        Way::Queue => Ok(()),
        Way::Timer(seconds) => {
            deps.timer.send_later(&TimerItem::Ticket(wake_up.waiting_ticket()), seconds).await
        }
        Way::Row => deps.due.keep(wake_up).await,
    }
}

fn log(session: &Session, message: &Message, outcome: &Outcome, end: Timestamp) {
    tracing::info!(
        session_id = %session.session_id, message_id = %message.message_id, account_id = %session.account_id,
        provider = session.provider.kind().name(), priority = %message.priority, to = message.to.masked(),
        waited_ms = end.millis_since(message.created_at), outcome = outcome_name(outcome), "called the provider"
    );
}

const fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Transient(_) => "transient",
        Outcome::Permanent(_) => "permanent",
        Outcome::RequestRefused(_) => "request_refused",
        Outcome::RecipientHeld { .. } => "recipient_held",
        Outcome::NewContactsHeld { .. } => "new_contacts_held",
        Outcome::SessionTrouble { .. } => "session_trouble",
        Outcome::Unknown(_) => "unknown",
    }
}
