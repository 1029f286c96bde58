//! `DELETE /sessions/{id}`: deletes a session.
//!
//! One conditional write marks it: from then on it is unknown to every request, and no more of its messages are sent. The
//! chore that follows cancels its waiting messages and removes it. The chore is opened before the write, due when this function
//! is surely over, and its first step is sent after the write. So it is done wherever this function dies, and checks by itself
//! whether the session was really marked. A repeated request gets the same answer.
//!
//! A message that is accepted between counting the waiting messages and the mark is cancelled with the others.

use domain::campaign::{Campaign, CampaignStatus};
use domain::chores::Chore;
use domain::limits::WAITING_COUNTED_MAX;
use domain::request::cancels_waiting;
use domain::session::SessionState;
use domain::tuning::{CLEAR_CAMPAIGNS, DECISION_INSURANCE_S};
use domain::values::ids::AccountId;
use futures_util::future::try_join;
use shared::audit::{Action, Actor, audit};
use shared::http::{
    Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem, StatusCode, session_id, session_not_found,
};
use shared::ports::{
    BeginChores, DeleteSessions, ListCampaigns, PortError, ReadLines, ReadSessions, SendChoreSteps,
};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::DeletingView;
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "Delete a session",
    detail: "Its messages stay readable.",
    query: schema!(domain::request::cancels_waiting_parameters),
    answers: &[
        Answer::empty(204, "Deleted."),
        Answer::json::<DeletingView>(202, "Deleted; what waits is being cancelled."),
    ],
    refusals: &[ErrorCode::SessionNotFound, ErrorCode::SessionHasWaitingMessages],
    ..Endpoint::delete("/sessions/{id}", "deleteSession")
};

deps! {
    DeletingSessions {
        sessions: Sessions: ReadSessions,
        deletions: Deletions: DeleteSessions,
        lines: Messages: ReadLines,
        campaigns: Campaigns: ListCampaigns,
        chores: Chores: BeginChores,
        steps: ChoreSteps: SendChoreSteps,
    }
}

/// Deletes a session.
pub async fn handle<W: DeletingSessions>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let id = session_id(&request)?;
    let cancels = cancels_waiting(&request.query_object()).map_err(Problem::validation)?;
    // One that is being deleted is found, too: a repeated request gets the same answer.
    let found = deps.sessions.load(id).await?;
    let state = found.filter(|state| state.session.account_id == caller.account_id);
    let state = state.ok_or_else(|| session_not_found(&id.to_string()))?;
    let waiting = waiting(&deps.lines, &deps.campaigns, caller.account_id, &state).await?;
    if waiting > 0 && !cancels && state.deleted_at.is_none() {
        return Err(has_waiting_messages(waiting));
    }
    // Marked: its chore is open. If its first step was not sent, the sweep sends it.
    if state.deleted_at.is_none() {
        let due = now.plus_millis(i64::from(DECISION_INSURANCE_S) * 1_000);
        let step = deps.chores.begin(&Chore::clear_session(id), due).await?;
        let marked_at = deps.deletions.mark_deleted(caller.account_id, id, now).await?;
        marked_at.ok_or_else(|| session_not_found(&id.to_string()))?;
        audit(Action::SessionDeleted, &Actor::of(caller, &request), &id, &format!("{waiting} waiting"));
        deps.steps.send(&step, 0).await?;
    }
    Ok(match waiting {
        0 => ApiResponse::no_content(),
        _ => ApiResponse::json(StatusCode::ACCEPTED, &DeletingView::new(id, waiting)),
    })
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

/// How many messages wait, up to some thousands: those in line except the message that a worker has in hand, and those of
/// campaigns that are not stored yet.
async fn waiting(
    lines: &impl ReadLines,
    campaigns: &impl ListCampaigns,
    account_id: AccountId,
    state: &SessionState,
) -> Result<usize, PortError> {
    let session_id = state.session.session_id;
    let (line, newest) = try_join(
        lines.waiting(session_id, None, WAITING_COUNTED_MAX),
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
