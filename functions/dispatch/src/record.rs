//! Step 8, first half: what the call came to is recorded.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::sending::attempt::{Outcome, Progress, keeps_refused};
use domain::values::ids::MessageKey;
use shared::ports::{Clock, DispatchMessages, PortError, Recorded};

use crate::call::Call;
use crate::campaign::pause_refused;
use crate::inspect::Choice;
use crate::lease::Leased;
use crate::round::Stop;
use crate::{Deps, Dispatching};

/// Pause between two tries to record what a provider call came to, in milliseconds.
const RECORD_PAUSE_MS: i64 = 250;

/// Records what becomes of the message, pauses its campaign if the provider would refuse it to anybody, and notes in the
/// survey what has changed.
pub(crate) async fn record<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    message: &Message,
    call: &Call,
    choice: &mut Choice<'_>,
) -> Result<(), Stop> {
    record_row(deps, leased, message, &call.next).await?;
    let waiting = &mut choice.inspection.survey;
    if let Outcome::RequestRefused(error) = &call.outcome
        && keeps_refused(message, error)
    {
        pause_refused(deps, &leased.state.session, message.message_id, error, waiting).await;
    }
    match call.next {
        Progress::Requeued { due, .. } => {
            waiting.move_to(PendingKey { priority: message.priority, due, message_id: message.message_id });
        }
        Progress::Sent { .. } | Progress::Failed { .. } => waiting.remove(message.message_id),
    }
    Ok(())
}

/// Records what a call came to, trying as long as the lease lasts: a lost record turns a sent message into one of
/// unknown outcome.
pub(crate) async fn record_row<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    message: &Message,
    next: &Progress,
) -> Result<(), PortError> {
    loop {
        match deps.messages.record(message.key(), message.priority, leased.fence, next).await {
            Ok(Recorded::Yes) => {
                tell_unknown(message.key(), next);
                return Ok(());
            }
            Ok(Recorded::No) => {
                tracing::error!(message_id = %message.message_id, fence = leased.fence.0, "a worker outlived its lease");
                return Ok(());
            }
            Err(error) => {
                let again = deps.clock.now().plus_millis(RECORD_PAUSE_MS);
                if again >= leased.window.lease_until.min(leased.window.deadline) {
                    return Err(error);
                }
                tracing::warn!(message_id = %message.message_id, %error, "recording again");
                deps.clock.sleep(RECORD_PAUSE_MS).await;
            }
        }
    }
}

/// Says that nobody knows whether a message went out, once that is final: what the alarm `outcome-unknown` is made of.
pub(crate) fn tell_unknown(key: MessageKey, next: &Progress) {
    if let Progress::Failed { error, .. } = next
        && error.is_outcome_unknown()
    {
        let MessageKey { session_id, message_id } = key;
        tracing::warn!(%session_id, %message_id, outcome_unknown = true, "nobody knows whether a message went out");
    }
}
