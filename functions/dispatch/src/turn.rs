//! A turn: lease the session, look again, claim the best message, call the provider, record, release.

use domain::attempt::{Outcome, Progress, progress, unsent};
use domain::campaign::refusal_reason;
use domain::ids::{CampaignId, MessageId, MessageKey};
use domain::lease::{CallWindow, Fence, Lease, LeaseOwner};
use domain::limits::LEASE_MS;
use domain::message::{Message, MessageError};
use domain::pacer::{Pacings, Release};
use domain::pacing::Pacing;
use domain::pending::PendingKey;
use domain::session::SessionState;
use domain::status::Status;
use domain::survey::{Pick, Survey};
use domain::time::Timestamp;
use shared::ports::{
    Acquisition, Claim, Clock, DispatchCampaigns, DispatchMessages, Entropy, LeaseSessions, Outgoing,
    PortError, Provider, Recorded, Row,
};

use crate::World;
use crate::recovery::end_orphan;
use crate::survey::Inspection;

/// Pause between two tries to record what a provider call came to, in milliseconds.
const RECORD_PAUSE_MS: i64 = 250;

/// What a turn came to.
pub(crate) enum Turn {
    /// A provider call was made, or nothing waits but what its campaign keeps back: what waits now, and when the session
    /// may go on.
    Over {
        /// What waits.
        waiting: Box<Survey>,
        /// What was left behind.
        release: Release,
    },
    /// Nothing was sent, since something changed meanwhile: look again.
    Lost,
}

/// A session under our lease.
struct Held<'a> {
    state: &'a SessionState,
    fence: Fence,
    window: CallWindow,
}

/// Takes one turn for a session that was free when it was read. `best` is what was to be sent then.
pub(crate) async fn take_turn<W: World>(
    world: &W,
    state: &SessionState,
    best: PendingKey,
    deadline: Timestamp,
) -> Result<Turn, PortError> {
    let ports = world.ports();
    let until = ports.clock.now().plus_millis(LEASE_MS);
    let lease = Lease { owner: LeaseOwner(ports.entropy.next_u64()), until, message_id: best.message_id };
    match ports.sessions.acquire(state.session.session_id, state.pacer.fence, lease).await? {
        Acquisition::Lost => Ok(Turn::Lost),
        Acquisition::Acquired(fence) => {
            let held = Held { state, fence, window: CallWindow { lease_until: until, deadline } };
            under_lease(world, &held, best).await
        }
    }
}

async fn under_lease<W: World>(world: &W, held: &Held<'_>, best: PendingKey) -> Result<Turn, PortError> {
    let session = &held.state.session;
    let mut inspection =
        Inspection::make(world, session.account_id, session.session_id, best.message_id).await?;
    // Something more urgent may have come between the first look and the lease (`priority_strict`), and the first look
    // did not ask whether a campaign may send.
    let Pick::Send(key) = inspection.pick(world, &held.state.pacer).await? else {
        return nothing_to_send(world, held, inspection.survey).await;
    };
    if key.message_id != best.message_id {
        let ours = world.ports().sessions.point_to(session.session_id, held.fence, key.message_id).await?;
        if !ours {
            return Ok(Turn::Lost);
        }
    }
    if !held.window.allows_call(world.ports().clock.now()) {
        return let_go(world, held).await;
    }
    let own_pacing = inspection.pacing(key.message_id);
    match claim(world, held, key).await? {
        Claim::Claimed(Row::Message(message)) => {
            send(world, held, &message, inspection.survey, own_pacing).await
        }
        Claim::Claimed(row @ Row::Malformed { .. }) => {
            end_orphan(world, session, row_key(held, key), &row).await?;
            let_go(world, held).await
        }
        Claim::Refused(Some(row)) if row.status() == Status::Sending && row.fence() < held.fence => {
            // Left behind by a worker that released its lease, or lost it, without ending its message.
            end_orphan(world, session, row_key(held, key), &row).await?;
            release(world, held, &fresh_gap(world, held, own_pacing)).await?;
            Ok(Turn::Lost)
        }
        Claim::Refused(_) => let_go(world, held).await,
    }
}

/// Ends a turn in which nothing may be sent: for good when campaigns keep back what waits, since the next look, which
/// does not ask them, would choose the same again.
async fn nothing_to_send<W: World>(world: &W, held: &Held<'_>, waiting: Survey) -> Result<Turn, PortError> {
    if !waiting.passes_over() {
        return let_go(world, held).await;
    }
    let left = held.state.pacer.untouched();
    release(world, held, &left).await?;
    Ok(Turn::Over { waiting: Box::new(waiting), release: left })
}

/// Claims a message. When it cannot be told whether that worked, it is undone: we know that no call was made.
async fn claim<W: World>(world: &W, held: &Held<'_>, key: PendingKey) -> Result<Claim, PortError> {
    let ports = world.ports();
    let row = row_key(held, key);
    match ports.messages.claim(row, held.fence, ports.clock.now()).await {
        Ok(claim) => Ok(claim),
        Err(error) => {
            // First the fence, so that no late copy of the claim succeeds after the look.
            ports.messages.fence_off(row, held.fence).await?;
            if let Some(Row::Message(message)) = ports.messages.row(row).await?
                && message.status == Status::Sending
                && message.fence == held.fence
            {
                ports.messages.record(row, message.priority, held.fence, &unsent(&message)).await?;
            }
            release(world, held, &held.state.pacer.untouched()).await?;
            Err(error)
        }
    }
}

/// Calls the provider with a message that is ours, and ends the turn.
async fn send<W: World>(
    world: &W,
    held: &Held<'_>,
    message: &Message,
    mut waiting: Survey,
    own_pacing: Option<Pacing>,
) -> Result<Turn, PortError> {
    let ports = world.ports();
    let session = &held.state.session;
    if !held.window.allows_call(ports.clock.now()) {
        record(world, held, message, &unsent(message)).await?;
        return let_go(world, held).await;
    }
    let outgoing = Outgoing { session, message, failures: held.state.pacer.failures };
    let outcome = ports.provider.send(outgoing).await;
    let end = ports.clock.now();
    let next = progress(message, &outcome, end, ports.provider.repeats_safely(session));
    tracing::info!(
        session_id = %session.session_id, message_id = %message.message_id, account_id = %session.account_id,
        provider = session.provider.kind(), priority = %message.priority, to = message.to.masked(),
        waited_ms = end.millis_since(message.created_at), outcome = outcome_name(&outcome), "called the provider"
    );
    record(world, held, message, &next).await?;
    if let Outcome::RequestRefused(error) = &outcome {
        halt(world, held, message.message_id, error, &mut waiting).await;
    }
    let release_with = after_call(world, held, &outcome, end, own_pacing);
    release(world, held, &release_with).await?;
    match next {
        Progress::Requeued { due, .. } => {
            waiting.move_to(PendingKey { priority: message.priority, due, message_id: message.message_id });
        }
        Progress::Sent { .. } | Progress::Failed { .. } => waiting.remove(message.message_id),
    }
    Ok(Turn::Over { waiting: Box::new(waiting), release: release_with })
}

/// Pauses the campaign of a message that its provider would refuse to anybody. The message is back in line by then.
///
/// When this fails or dies, the campaign's next turn meets the same refusal, and comes here again.
async fn halt<W: World>(
    world: &W,
    held: &Held<'_>,
    message_id: MessageId,
    error: &MessageError,
    waiting: &mut Survey,
) {
    let (session, Some(campaign_id)) = (&held.state.session, CampaignId::of(message_id)) else { return };
    let reason = refusal_reason(error);
    match world.ports().campaigns.halt(session.account_id, campaign_id, &reason).await {
        Ok(()) => {
            tracing::warn!(session_id = %session.session_id, campaign_id = %campaign_id, reason, "paused a campaign");
            waiting.decide(campaign_id, false);
        }
        Err(error) => {
            tracing::error!(session_id = %session.session_id, campaign_id = %campaign_id, %error, "could not pause a campaign");
        }
    }
}

/// Records what a call came to, trying as long as the lease lasts: a lost record turns a sent message into one of
/// unknown outcome.
async fn record<W: World>(
    world: &W,
    held: &Held<'_>,
    message: &Message,
    next: &Progress,
) -> Result<(), PortError> {
    let ports = world.ports();
    loop {
        match ports.messages.record(message.key(), message.priority, held.fence, next).await {
            Ok(Recorded::Yes) => return Ok(()),
            Ok(Recorded::No) => {
                tracing::error!(message_id = %message.message_id, fence = held.fence.0, "a worker outlived its lease");
                return Ok(());
            }
            Err(error) => {
                let again = ports.clock.now().plus_millis(RECORD_PAUSE_MS);
                if again >= held.window.lease_until.min(held.window.deadline) {
                    return Err(error);
                }
                tracing::warn!(message_id = %message.message_id, %error, "recording again");
                ports.clock.sleep(RECORD_PAUSE_MS).await;
            }
        }
    }
}

/// What the session is left with after a call.
fn after_call<W: World>(
    world: &W,
    held: &Held<'_>,
    outcome: &Outcome,
    end: Timestamp,
    own_pacing: Option<Pacing>,
) -> Release {
    let release = fresh_gap(world, held, own_pacing);
    let Outcome::SessionTrouble { reason, detail, hold_ms } = outcome else {
        return Release { hold: None, failures: 0, ..release };
    };
    let failures = held.state.pacer.failures;
    let hold_ms = hold_ms.unwrap_or_else(|| reason.hold_ms(failures, world.ports().entropy.next_u64()));
    release.held(end, hold_ms, *reason, detail, failures + 1)
}

/// A fresh gap from now on; hold and failures as they were.
fn fresh_gap<W: World>(world: &W, held: &Held<'_>, own_pacing: Option<Pacing>) -> Release {
    let ports = world.ports();
    let pacer = &held.state.pacer;
    let pacings = Pacings { session: world.pacing(&held.state.session), campaign: own_pacing };
    let randoms = [ports.entropy.next_u64(), ports.entropy.next_u64()];
    let release = pacer.after_call(ports.clock.now(), pacings, randoms);
    Release { hold: pacer.hold.clone(), failures: pacer.failures, ..release }
}

/// Ends a turn in which nothing was sent.
async fn let_go<W: World>(world: &W, held: &Held<'_>) -> Result<Turn, PortError> {
    release(world, held, &held.state.pacer.untouched()).await?;
    Ok(Turn::Lost)
}

async fn release<W: World>(world: &W, held: &Held<'_>, release: &Release) -> Result<(), PortError> {
    let session_id = held.state.session.session_id;
    if !world.ports().sessions.release(session_id, held.fence, release).await? {
        tracing::error!(session_id = %session_id, fence = held.fence.0, "a lease was taken over before its release");
    }
    Ok(())
}

fn row_key(held: &Held<'_>, key: PendingKey) -> MessageKey {
    MessageKey { session_id: held.state.session.session_id, message_id: key.message_id }
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
