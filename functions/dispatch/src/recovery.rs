//! Taking over what a dead worker left behind.

use domain::message::pending::PendingKey;
use domain::message::{Message, MessageError};
use domain::sending::attempt::{Outcome, Progress, progress};
use domain::sending::lease::{Lease, LeaseOwner};
use domain::sending::survey::Survey;
use domain::session::{Session, SessionState};
use domain::tuning::LEASE_MS;
use domain::values::fence::Fence;
use domain::values::ids::MessageKey;
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{
    Acquisition, Clock, DispatchMessages, Entropy, LeaseSessions, PortError, Provider, Recorded, Row,
};

use crate::campaign::campaign_of;
use crate::contacts::{counts_as_new, note_written};
use crate::record::tell_unknown;
use crate::release::fresh_gap;
use crate::{Deps, Dispatching};

const WORKER_ENDED: &str = "the worker that was sending it ended in the middle";

/// Takes an abandoned lease over, settles the message it names, and leaves a fresh gap behind; the gaps as they were, if the
/// dead worker never claimed the message.
///
/// When this dies half-way, the next worker finds the lease abandoned again and does the same.
pub(crate) async fn recover<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    abandoned: Lease,
) -> Result<(), PortError> {
    let session_id = state.session.session_id;
    let now = deps.clock.now();
    let owner = LeaseOwner(deps.entropy.next_u64());
    let since = abandoned.since.unwrap_or(state.pacer.fence);
    let until = now.plus_millis(LEASE_MS);
    let lease = Lease { owner, until, message_id: abandoned.message_id, since: Some(since) };
    let Acquisition::Acquired(fence) = deps.sessions.acquire(session_id, state.pacer.fence, lease).await?
    else {
        return Ok(());
    };
    let key = MessageKey { session_id, message_id: abandoned.message_id };
    tracing::warn!(session_id = %session_id, message_id = %key.message_id, fence = fence.0, "recovering an abandoned lease");
    let before = deps.messages.row(key).await?;
    let in_hand = settle(deps, &state.session, key, fence).await?;
    if was_never_claimed(before.as_ref(), in_hand.as_ref(), since) {
        return deps.sessions.release(session_id, fence, &state.pacer.untouched()).await.map(drop);
    }
    let campaign = campaign_of(deps, state.session.account_id, key.message_id).await?;
    let mut release = fresh_gap(deps, state, campaign.and_then(|campaign| campaign.pacing));
    let gone = match in_hand {
        Some(Row::Message(message)) if may_have_gone(&message, since) => Some(message),
        _ => None,
    };
    let mut is_new = false;
    if let Some(message) = &gone {
        // Neither worker nor recovery before this one has counted it: they did not come to their release.
        let place = PendingKey { priority: message.priority, due: now, message_id: message.message_id };
        is_new = counts_as_new(deps, state, place, &Survey::default()).await;
        release.tally = state.standing().counted(is_new, deps.clock.now());
    }
    let is_done = deps.sessions.release(session_id, fence, &release).await?;
    if let Some(message) = gone.filter(|message| is_done && is_new && was_sent(message.status)) {
        note_written(deps, &message, now).await;
    }
    Ok(())
}

/// Settles a message that a dead worker may have had in hand, under our own lease with `fence`; the row as it was found.
async fn settle<W: Dispatching>(
    deps: &Deps<W>,
    session: &Session,
    key: MessageKey,
    fence: Fence,
) -> Result<Option<Row>, PortError> {
    let messages = &deps.messages;
    // First the fence: a claim of the dead worker that is still under way must not succeed after the look.
    messages.fence_off(key, fence).await?;
    let row = messages.row(key).await?;
    if let Some(row) = row.as_ref().filter(|row| row.status() == Status::Sending) {
        end_orphan(deps, session, key, row).await?;
    }
    Ok(row)
}

/// Whether the message surely was not claimed by the worker whose lease had the fence `since`, or a recovery after it, so that no
/// call was made: it waited before it was fenced off, under a lower fence, and waits still.
fn was_never_claimed(before: Option<&Row>, after: Option<&Row>, since: Fence) -> bool {
    let waits = |row: &Row| row.status() == Status::Queued;
    before.is_some_and(|row| waits(row) && row.fence() < since) && after.is_some_and(waits)
}

const fn was_sent(status: Status) -> bool {
    matches!(status, Status::Sent | Status::Delivered | Status::Read)
}

/// Whether a message may have been sent by the worker whose lease had the fence `since`: if it bears that fence, or one of
/// the recoveries after it, and is not back in line or cancelled as one that surely was not.
fn may_have_gone(message: &Message, since: Fence) -> bool {
    let in_doubt = message.error.as_ref().is_some_and(MessageError::is_outcome_unknown);
    message.fence >= since
        && match message.status {
            Status::Queued => in_doubt,
            Status::Cancelled | Status::Received => false,
            Status::Sending | Status::Sent | Status::Delivered | Status::Read | Status::Failed => true,
        }
}

/// Ends a row whose worker is gone: nobody knows whether its message was sent (`no_blind_resend`).
pub(crate) async fn end_orphan<W: Dispatching>(
    deps: &Deps<W>,
    session: &Session,
    key: MessageKey,
    row: &Row,
) -> Result<(), PortError> {
    let now = deps.clock.now();
    let (priority, next) = match row {
        Row::Message(message) => {
            let outcome = Outcome::Unknown(WORKER_ENDED.to_owned());
            let repeatable = deps.provider.repeats_safely(session);
            (message.priority, progress(message, &outcome, now, repeatable))
        }
        // What cannot be read was surely not sent. Its priority would only matter if it went back in line.
        Row::Malformed { attempts, why, .. } => (Priority::Normal, malformed(key, *attempts, why, now)),
    };
    // Under the fence that was seen: if its worker lives after all, and was faster, its own record stands.
    let recorded = deps.messages.record(key, priority, row.fence(), &next).await?;
    if recorded == Recorded::Yes {
        tracing::warn!(message_id = %key.message_id, session_id = %key.session_id, "ended what a worker left behind");
        tell_unknown(key, &next);
    }
    Ok(())
}

/// Fails a row that cannot be read, so that it does not hold up its line for ever.
fn malformed(key: MessageKey, attempts: u32, why: &str, now: Timestamp) -> Progress {
    tracing::error!(message_id = %key.message_id, why, malformed = "row", "failed a malformed message");
    Progress::Failed { at: now, error: MessageError::malformed(), attempts }
}
