//! `DELETE /sessions/{id}`: deletes a session.
//!
//! One conditional write marks it: from then on it is unknown to every request, and nothing more of it is sent. That what
//! waits ends as `cancelled`, and the session is removed, is left to the timer's consumer. It is told twice: before the
//! write, so late that this function is surely over then, and after it. So it is told wherever this dies, and finds out by
//! itself whether the session was really marked. A repeated request does the same again.
//!
//! A message that is accepted between the look at what waits and the mark is cancelled with the others.

#![allow(async_fn_in_trait)]

use domain::campaign::{Campaign, CampaignStatus};
use domain::limits::WAITING_COUNTED_MAX;
use domain::request::cancels_waiting;
use domain::sending::timer::TimerItem;
use domain::session::SessionState;
use domain::tuning::{CLEAR_CAMPAIGNS, DECISION_INSURANCE_S};
use domain::values::ids::AccountId;
use futures_util::future::try_join;
use shared::audit::{Action, Actor, audit};
use shared::http::{
    Admit, ApiRequest, ApiResponse, ErrorCode, Problem, StatusCode, session_id, session_not_found,
};
use shared::ports::{Clock, DeleteSessions, PortError, ReadCampaigns, ReadLines, ReadSessions, SendLater};
use shared::views::DeletingView;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, S, D, M, G, T, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of sessions.
    pub sessions: S,
    /// The same, as far as deletions go.
    pub deletions: D,
    /// The lines of what waits.
    pub lines: M,
    /// The table of campaigns.
    pub campaigns: G,
    /// The timer queue.
    pub timer: T,
    /// Time.
    pub clock: C,
}

/// Deletes a session.
pub async fn handle<F, S, D, M, G, T, C>(
    deps: &Deps<F, S, D, M, G, T, C>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    S: ReadSessions,
    D: DeleteSessions,
    M: ReadLines,
    G: ReadCampaigns,
    T: SendLater,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    let id = session_id(&request)?;
    let cancels = cancels_waiting(&request.query_object()).map_err(Problem::validation)?;
    // One that is being deleted is found, too: whoever repeats the request has it cleared once more.
    let found = deps.sessions.load(id).await?;
    let state = found.filter(|state| state.session.account_id == caller.account_id);
    let state = state.ok_or_else(|| session_not_found(&id.to_string()))?;
    let waiting = waiting(&deps.lines, &deps.campaigns, caller.account_id, &state).await?;
    if waiting > 0 && !cancels && state.deleted_at.is_none() {
        return Err(has_waiting_messages(waiting));
    }
    let clear = TimerItem::clear_session(id);
    deps.timer.send_later(&clear, DECISION_INSURANCE_S).await?;
    let marked_at = deps.deletions.mark_deleted(caller.account_id, id, now).await?;
    marked_at.ok_or_else(|| session_not_found(&id.to_string()))?;
    if state.deleted_at.is_none() {
        audit(Action::SessionDeleted, &Actor::of(caller, &request), &id, &format!("{waiting} waiting"));
    }
    deps.timer.send_later(&clear, 0).await?;
    Ok(match waiting {
        0 => ApiResponse::no_content(),
        _ => ApiResponse::json(StatusCode::ACCEPTED, &DeletingView::new(id, waiting)),
    })
}

/// How many messages wait, up to some thousands: those in line but the one that a worker has in hand, and those of
/// campaigns that are not stored yet.
async fn waiting(
    lines: &impl ReadLines,
    campaigns: &impl ReadCampaigns,
    account_id: AccountId,
    state: &SessionState,
) -> Result<usize, PortError> {
    let session_id = state.session.session_id;
    let (line, newest) = try_join(
        lines.line(session_id, None, WAITING_COUNTED_MAX),
        campaigns.list(account_id, None, CLEAR_CAMPAIGNS),
    )
    .await?;
    let in_hand = state.pacer.lease.map(|lease| lease.message_id);
    let in_line = line.keys.iter().filter(|key| Some(key.message_id) != in_hand).count();
    let own = newest.campaigns.iter().filter(|campaign| campaign.session_id == session_id);
    Ok(in_line + own.map(not_stored).sum::<usize>())
}

/// How many messages of a campaign are still to be stored; one, when that is not known yet.
fn not_stored(campaign: &Campaign) -> usize {
    match campaign.status() {
        CampaignStatus::Ingesting => {
            usize::try_from(campaign.total.saturating_sub(campaign.stored).max(1)).unwrap_or(usize::MAX)
        }
        CampaignStatus::Active
        | CampaignStatus::Paused
        | CampaignStatus::Cancelled
        | CampaignStatus::Finished => 0,
    }
}

fn has_waiting_messages(waiting: usize) -> Problem {
    let number = match waiting {
        1 => "1 message waits".to_owned(),
        number if number >= WAITING_COUNTED_MAX => format!("{WAITING_COUNTED_MAX} or more messages wait"),
        number => format!("{number} messages wait"),
    };
    let detail = format!(
        "{number} in this session. Let them be sent, or delete it with ?cancelWaiting=true, which cancels them."
    );
    Problem::new(ErrorCode::SessionHasWaitingMessages, detail)
}
