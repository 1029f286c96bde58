//! A turn: lease the session, look again, claim the best message, call the provider, record, release.

use domain::campaign::refusal_reason;
use domain::message::pending::PendingKey;
use domain::message::{Message, MessageError};
use domain::sending::attempt::{Outcome, Progress, keeps_refused, progress, unsent};
use domain::sending::lease::{CallWindow, Lease, LeaseOwner};
use domain::sending::pacer::NewContactsHold;
use domain::sending::pacer::{HoldReason, Pacer, Pacings, Release};
use domain::sending::pacing::Pacing;
use domain::sending::survey::{Pick, Survey};
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::session::SessionState;
use domain::tuning::{LEASE_MS, OWN_WAKE_UP_MARGIN_MS, TIMER_DELAY_MAX_S, UNKNOWN_RUN_MAX};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::decisions::decide;
use shared::ports::{
    Acquisition, Claim, Clock, ControlCampaigns, DispatchMessages, Entropy, KeepWakeUps, LeaseSessions,
    Outgoing, PortError, Provider, ReadCampaigns, ReadLines, Recorded, Row,
};

use crate::contacts::{counts_as_new, note_written};
use crate::recovery::end_orphan;
use crate::survey::Inspection;
use crate::{Deps, Dispatching};

/// Pause between two tries to record what a provider call came to, in milliseconds.
const RECORD_PAUSE_MS: i64 = 250;

/// What a turn came to.
pub(crate) enum Turn {
    /// A provider call was made, or nothing waits but what its campaign keeps back: what waits now, and when the session
    /// may go on.
    Over {
        /// What waits.
        waiting: Box<Survey>,
        /// The pacer as it was left behind.
        pacer: Box<Pacer>,
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

impl Held<'_> {
    fn over(&self, waiting: Survey, left: &Release) -> Turn {
        Turn::Over { waiting: Box::new(waiting), pacer: Box::new(self.state.pacer.released(left)) }
    }
}

/// A provider call that is over.
struct Call<'a> {
    outcome: &'a Outcome,
    end: Timestamp,
    is_new_contact: bool,
}

impl Call<'_> {
    /// Whether it counts as a message of the day: it went out, or may have.
    const fn counts(&self) -> bool {
        matches!(self.outcome, Outcome::Accepted { .. } | Outcome::Unknown(_))
    }
}

/// Takes one turn for a session that was free when it was read. `best` is what was to be sent then.
pub(crate) async fn take_turn<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    best: PendingKey,
    deadline: Timestamp,
) -> Result<Turn, PortError> {
    let until = deps.clock.now().plus_millis(LEASE_MS);
    let lease =
        Lease { owner: LeaseOwner(deps.entropy.next_u64()), until, message_id: best.message_id, since: None };
    match deps.sessions.acquire(state.session.session_id, state.pacer.fence, lease).await? {
        Acquisition::Lost => Ok(Turn::Lost),
        Acquisition::Acquired(fence) => {
            let held = Held { state, fence, window: CallWindow { lease_until: until, deadline } };
            under_lease(deps, &held, best).await
        }
    }
}

async fn under_lease<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    best: PendingKey,
) -> Result<Turn, PortError> {
    let session = &held.state.session;
    let mut inspection = Inspection::make(deps, held.state, best.message_id).await?;
    // Something more urgent may have come between the first look and the lease (`priority_strict`), and the first look
    // did not ask whether a campaign may send.
    let Pick::Send(key) = inspection.pick(deps).await? else {
        return nothing_to_send(deps, held, inspection).await;
    };
    if key.message_id != best.message_id {
        let ours = deps.sessions.point_to(session.session_id, held.fence, key.message_id).await?;
        if !ours {
            return Ok(Turn::Lost);
        }
    }
    let is_new_contact = counts_as_new(deps, held.state, key, &inspection.survey).await;
    if !held.window.allows_call(deps.clock.now()) {
        // How far the look has come is kept: the next one would come no farther.
        let looked = inspection.looked().or(held.state.pacer.release.looked);
        release(deps, held, &Release { looked, ..held.state.pacer.untouched() }).await?;
        return Ok(Turn::Lost);
    }
    match claim(deps, held, key).await? {
        Claim::Claimed(Row::Message(message)) => send(deps, held, &message, inspection, is_new_contact).await,
        Claim::Claimed(row @ Row::Malformed { .. }) => {
            end_orphan(deps, session, row_key(held, key), &row).await?;
            let_go(deps, held).await
        }
        Claim::Refused(Some(row)) if row.status() == Status::Sending && row.fence() < held.fence => {
            // Left behind by a worker that released its lease, or lost it, without ending its message.
            end_orphan(deps, session, row_key(held, key), &row).await?;
            let left = fresh_gap(deps, held, inspection.pacing(key.message_id));
            // That worker's release, if it made one, has not counted it.
            let tally = held.state.standing().counted(is_new_contact, deps.clock.now());
            release(deps, held, &Release { tally, ..left }).await?;
            Ok(Turn::Lost)
        }
        Claim::Refused(_) => let_go(deps, held).await,
    }
}

/// Ends a turn in which nothing may be sent: for good when campaigns keep back what waits, or new contacts are
/// kept back, since the next look, which does not ask, would choose the same again.
async fn nothing_to_send<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    inspection: Inspection<'_>,
) -> Result<Turn, PortError> {
    if !inspection.survey.passes_over() {
        return let_go(deps, held).await;
    }
    let left = Release { looked: inspection.looked(), ..held.state.pacer.untouched() };
    release(deps, held, &left).await?;
    // A reply that came during the look has found the session leased, and its ticket is hidden for a gap.
    let replies = deps.messages.waiting(held.state.session.session_id, Some(Priority::High), 1).await?;
    if replies.keys.first().is_some_and(|reply| reply.due <= deps.clock.now()) {
        return Ok(Turn::Lost);
    }
    Ok(held.over(inspection.survey, &left))
}

/// Claims a message. When it cannot be told whether that worked, it is undone: we know that no call was made.
async fn claim<W: Dispatching>(deps: &Deps<W>, held: &Held<'_>, key: PendingKey) -> Result<Claim, PortError> {
    let row = row_key(held, key);
    match deps.messages.claim(row, held.fence, deps.clock.now()).await {
        Ok(claim) => Ok(claim),
        Err(error) => {
            // First the fence, so that no late copy of the claim succeeds after the look.
            deps.messages.fence_off(row, held.fence).await?;
            if let Some(Row::Message(message)) = deps.messages.row(row).await?
                && message.status == Status::Sending
                && message.fence == held.fence
            {
                deps.messages.record(row, message.priority, held.fence, &unsent(&message)).await?;
            }
            release(deps, held, &held.state.pacer.untouched()).await?;
            Err(error)
        }
    }
}

/// Calls the provider with a message that is ours, and ends the turn.
async fn send<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    message: &Message,
    mut inspection: Inspection<'_>,
    is_new_contact: bool,
) -> Result<Turn, PortError> {
    let session = &held.state.session;
    if !held.window.allows_call(deps.clock.now()) {
        record(deps, held, message, &unsent(message)).await?;
        return let_go(deps, held).await;
    }
    let outgoing = Outgoing { session, message, failures: held.state.pacer.release.failures };
    let outcome = deps.provider.send(outgoing).await;
    let end = deps.clock.now();
    let next = progress(message, &outcome, end, deps.provider.repeats_safely(session));
    let next = with_wake_up(deps, message, next, end).await;
    tracing::info!(
        session_id = %session.session_id, message_id = %message.message_id, account_id = %session.account_id,
        provider = session.provider.kind().name(), priority = %message.priority, to = message.to.masked(),
        waited_ms = end.millis_since(message.created_at), outcome = outcome_name(&outcome), "called the provider"
    );
    record(deps, held, message, &next).await?;
    if let Outcome::RequestRefused(error) = &outcome
        && keeps_refused(message, error)
    {
        halt(deps, held, message.message_id, error, &mut inspection.survey).await;
    }
    let waiting = &mut inspection.survey;
    match next {
        Progress::Requeued { due, .. } => {
            waiting.move_to(PendingKey { priority: message.priority, due, message_id: message.message_id });
        }
        Progress::Sent { .. } | Progress::Failed { .. } => waiting.remove(message.message_id),
    }
    let call = Call { outcome: &outcome, end, is_new_contact };
    let left = after_call(deps, held, &call, &inspection, message.message_id);
    // Only now: were it noted before, and this worker died, whoever counts for it would take the contact for an old one.
    if release(deps, held, &left).await? && is_new_contact && matches!(outcome, Outcome::Accepted { .. }) {
        note_written(deps, message, end).await;
    }
    Ok(held.over(inspection.survey, &left))
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
    let in_reach = now.plus_millis(i64::from(TIMER_DELAY_MAX_S) * 1000 - OWN_WAKE_UP_MARGIN_MS);
    if due <= in_reach {
        return Progress::Requeued { due, attempts, error };
    }
    let Message { session_id, priority, message_id, .. } = *message;
    let wake_up = WakeUp { due, ticket: Ticket { session_id, priority, message_id } };
    match deps.due.keep(&wake_up).await {
        Ok(()) => Progress::Requeued { due, attempts, error },
        Err(failure) => {
            tracing::warn!(message_id = %message_id, %failure, "a message moves less far, since its wake-up could not be kept");
            Progress::Requeued { due: in_reach, attempts, error }
        }
    }
}

/// Pauses the campaign of a message that its provider would refuse to anybody. The message is back in line by then.
///
/// When this fails or dies, the campaign's next turn meets the same refusal, and comes here again.
async fn halt<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    message_id: MessageId,
    error: &MessageError,
    waiting: &mut Survey,
) {
    let (session, Some(campaign_id)) = (&held.state.session, CampaignId::of(message_id)) else { return };
    let reason = refusal_reason(error);
    match pause(&deps.campaigns, session.account_id, campaign_id, &reason).await {
        Ok(()) => {
            tracing::warn!(session_id = %session.session_id, campaign_id = %campaign_id, reason, "paused a campaign");
            waiting.decide(campaign_id, false);
        }
        Err(error) => {
            tracing::error!(session_id = %session.session_id, campaign_id = %campaign_id, %error, "could not pause a campaign");
        }
    }
}

/// One that has ended meanwhile stays as it is, and one that was paused by its owner keeps no reason.
async fn pause(
    campaigns: &(impl ReadCampaigns + ControlCampaigns),
    account_id: AccountId,
    campaign_id: CampaignId,
    reason: &str,
) -> Result<(), PortError> {
    let Some(seen) = campaigns.get(account_id, campaign_id).await? else { return Ok(()) };
    decide(campaigns, seen, |campaign| campaign.pause(Some(reason.to_owned()))).await.map(drop)
}

/// Records what a call came to, trying as long as the lease lasts: a lost record turns a sent message into one of
/// unknown outcome.
async fn record<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    message: &Message,
    next: &Progress,
) -> Result<(), PortError> {
    loop {
        match deps.messages.record(message.key(), message.priority, held.fence, next).await {
            Ok(Recorded::Yes) => return Ok(()),
            Ok(Recorded::No) => {
                tracing::error!(message_id = %message.message_id, fence = held.fence.0, "a worker outlived its lease");
                return Ok(());
            }
            Err(error) => {
                let again = deps.clock.now().plus_millis(RECORD_PAUSE_MS);
                if again >= held.window.lease_until.min(held.window.deadline) {
                    return Err(error);
                }
                tracing::warn!(message_id = %message.message_id, %error, "recording again");
                deps.clock.sleep(RECORD_PAUSE_MS).await;
            }
        }
    }
}

/// What the session is left with after a call.
fn after_call<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    call: &Call<'_>,
    inspection: &Inspection<'_>,
    message_id: MessageId,
) -> Release {
    let (state, end) = (held.state, call.end);
    let mut left = fresh_gap(deps, held, inspection.pacing(message_id));
    if call.counts() {
        left.tally = state.standing().counted(call.is_new_contact, end);
    }
    left.looked = inspection.looked();
    left.new_contacts_hold = match call.outcome {
        Outcome::NewContactsHeld { error, hold_ms } => {
            Some(NewContactsHold { until: end.plus_millis(*hold_ms), detail: error.detail.clone() })
        }
        _ => left.new_contacts_hold.filter(|hold| end < hold.until),
    };
    let failures = state.pacer.release.failures;
    if let Outcome::Unknown(why) = call.outcome {
        return after_unknown(deps, left, why, end, failures + 1);
    }
    let Outcome::SessionTrouble { reason, detail, hold_ms } = call.outcome else {
        return Release { hold: None, failures: 0, ..left };
    };
    let hold_ms = hold_ms.unwrap_or_else(|| reason.hold_ms(failures, deps.entropy.next_u64()));
    left.held(end, hold_ms, *reason, detail, failures + 1)
}

/// A message of unknown outcome says little about its session; several in a row say that the provider does not answer, and
/// the session rests before the next one is spent as a probe.
fn after_unknown<W: Dispatching>(
    deps: &Deps<W>,
    left: Release,
    why: &str,
    end: Timestamp,
    failures: u32,
) -> Release {
    let Some(beyond) = failures.checked_sub(UNKNOWN_RUN_MAX) else {
        return Release { hold: None, failures, ..left };
    };
    let reason = HoldReason::ProviderUnreachable;
    let hold_ms = reason.hold_ms(beyond, deps.entropy.next_u64());
    left.held(end, hold_ms, reason, &format!("Several times in a row: {why}."), failures)
}

/// A fresh gap from now on; hold and failures as they were.
fn fresh_gap<W: Dispatching>(deps: &Deps<W>, held: &Held<'_>, own_pacing: Option<Pacing>) -> Release {
    let pacer = &held.state.pacer;
    let pacings = Pacings { session: deps.pacing(&held.state.session), campaign: own_pacing };
    let randoms = [deps.entropy.next_u64(), deps.entropy.next_u64()];
    let release = pacer.after_call(deps.clock.now(), pacings, randoms);
    Release { hold: pacer.release.hold.clone(), failures: pacer.release.failures, ..release }
}

/// Ends a turn in which nothing was sent.
async fn let_go<W: Dispatching>(deps: &Deps<W>, held: &Held<'_>) -> Result<Turn, PortError> {
    release(deps, held, &held.state.pacer.untouched()).await?;
    Ok(Turn::Lost)
}

/// Ends the lease; whether it was still ours.
async fn release<W: Dispatching>(
    deps: &Deps<W>,
    held: &Held<'_>,
    release: &Release,
) -> Result<bool, PortError> {
    let session_id = held.state.session.session_id;
    let is_ours = deps.sessions.release(session_id, held.fence, release).await?;
    if !is_ours {
        tracing::error!(session_id = %session_id, fence = held.fence.0, "a lease was taken over before its release");
    }
    Ok(is_ours)
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
