//! Step 8, second half: the lease ends, and leaves fresh gaps behind.

use domain::message::Message;
use domain::sending::attempt::Outcome;
use domain::sending::pacer::{Hold, HoldReason, NewContactsHold, Pacings, Release};
use domain::sending::pacing::Pacing;
use domain::session::SessionState;
use domain::tuning::UNKNOWN_RUN_MAX;
use domain::values::time::Timestamp;
use shared::ports::{Clock, Entropy, LeaseSessions, PortError};

use crate::call::Call;
use crate::contacts::note_written;
use crate::inspect::Choice;
use crate::lease::Leased;
use crate::round::Stop;
use crate::{Deps, Dispatching};

/// Ends the lease after a call; what the session is left with.
pub(crate) async fn release<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    message: &Message,
    call: &Call,
    choice: &Choice<'_>,
) -> Result<Release, Stop> {
    let release = after_call(deps, leased.state, call, choice);
    let is_ours = end_lease(deps, leased, &release).await?;
    if let Some(Hold { until, reason, .. }) = &release.hold {
        let session_id = leased.state.session.session_id;
        // What the alarm `credentials-refused` is made of.
        tracing::warn!(%session_id, hold = reason.name(), until_ms = until.as_millis(), "held a session");
    }
    // Only now: were it noted before, and this worker died, whoever counts for it would take the contact for an old one.
    if is_ours && choice.is_new_contact && matches!(call.outcome, Outcome::Accepted { .. }) {
        note_written(deps, message, call.end).await;
    }
    Ok(release)
}

/// What the session is left with after a call.
fn after_call<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    call: &Call,
    choice: &Choice<'_>,
) -> Release {
    let end = call.end;
    let mut release = fresh_gap(deps, state, choice.pacing());
    if call.counts() {
        release.tally = state.standing().counted(choice.is_new_contact, end);
    }
    release.looked = choice.inspection.looked();
    release.new_contacts_hold = match &call.outcome {
        Outcome::NewContactsHeld { error, hold_ms } => {
            Some(NewContactsHold { until: end.plus_millis(*hold_ms), detail: error.detail.clone() })
        }
        _ => release.new_contacts_hold.filter(|hold| end < hold.until),
    };
    let failures = state.pacer.release.failures;
    if let Outcome::Unknown(why) = &call.outcome {
        return after_unknown(deps, release, why, end, failures + 1);
    }
    let Outcome::SessionTrouble { reason, detail, hold_ms } = &call.outcome else {
        return Release { hold: None, failures: 0, ..release };
    };
    let hold_ms = hold_ms.unwrap_or_else(|| reason.hold_ms(failures, deps.entropy.next_u64()));
    release.held(end, hold_ms, *reason, detail, failures + 1)
}

/// A message of unknown outcome says little about its session; several in a row say that the provider does not answer, and
/// the session rests before the next one is spent as a probe.
fn after_unknown<W: Dispatching>(
    deps: &Deps<W>,
    release: Release,
    why: &str,
    end: Timestamp,
    failures: u32,
) -> Release {
    let Some(beyond) = failures.checked_sub(UNKNOWN_RUN_MAX) else {
        return Release { hold: None, failures, ..release };
    };
    let reason = HoldReason::ProviderUnreachable;
    let hold_ms = reason.hold_ms(beyond, deps.entropy.next_u64());
    release.held(end, hold_ms, reason, &format!("Several times in a row: {why}."), failures)
}

/// A fresh gap from now on; hold and failures as they were.
pub(crate) fn fresh_gap<W: Dispatching>(
    deps: &Deps<W>,
    state: &SessionState,
    own_pacing: Option<Pacing>,
) -> Release {
    let pacer = &state.pacer;
    let pacings = Pacings { session: deps.pacing(&state.session), campaign: own_pacing };
    let randoms = [deps.entropy.next_u64(), deps.entropy.next_u64()];
    let release = pacer.after_call(deps.clock.now(), pacings, randoms);
    Release { hold: pacer.release.hold.clone(), failures: pacer.release.failures, ..release }
}

/// Ends a lease under which nothing was sent.
pub(crate) async fn let_go<W: Dispatching>(deps: &Deps<W>, leased: &Leased<'_>) -> Result<Stop, PortError> {
    end_lease(deps, leased, &leased.state.pacer.untouched()).await?;
    Ok(Stop::Again)
}

/// Ends the lease; whether it was still ours.
pub(crate) async fn end_lease<W: Dispatching>(
    deps: &Deps<W>,
    leased: &Leased<'_>,
    release: &Release,
) -> Result<bool, PortError> {
    let session_id = leased.state.session.session_id;
    let is_ours = deps.sessions.release(session_id, leased.fence, release).await?;
    if !is_ours {
        tracing::error!(session_id = %session_id, fence = leased.fence.0, "a lease was taken over before its release");
    }
    Ok(is_ours)
}
