//! Connects the real handlers with the fakes.

use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::sending::watch::Change;
use domain::tuning::{
    DISPATCH_TIMEOUT_MS, PROMOTE_AHEAD_MS, PROMOTE_PERIOD_MS, SWEEP_PERIOD_MS, TIMER_VISIBILITY_S,
    VISIBILITY_TIMEOUT_MS,
};
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use domain::values::phone::PhoneNumber;
use domain::values::priority::Priority;
use domain::values::time::Timestamp;
use fakes::{Batching, Caller, Connection, Invocation, Schedule, Source, Switch, World};
use http::StatusCode;
use serde_json::{Value, json};
use shared::http::ApiRequest;
use shared::ports::{HideTickets, Receipt, Received};

use crate::scenario::Order;

/// Most items of a batch of the timer.
const TIMER_BATCH: usize = 10;
/// Time-out of the wake function, in milliseconds.
const WAKE_TIMEOUT_MS: i64 = 10_000;
/// Time-out of the function of chores, in milliseconds.
const CHORES_TIMEOUT_MS: i64 = 60_000;
/// Visibility time-out of the queue of chores, in milliseconds.
const CHORES_VISIBILITY_MS: i64 = 70_000;
/// Time-out of the promote function, in milliseconds.
const PROMOTE_TIMEOUT_MS: i64 = 55_000;
/// A scheduled run starts somewhere within its minute.
const RUN_LATE_MS: i64 = 60_000;
/// For so long a batch of the stream is collected, in milliseconds, as in `template.yaml`.
const STREAM_WINDOW_MS: i64 = 60_000;

/// Connects dispatch with the three FIFO queues, wake with the timer, and chores with their queue.
pub fn connect(world: &World, concurrency: usize) {
    for priority in Priority::ALL {
        let connection = Connection {
            source: Source::Fifo(priority),
            batch: ticket_batch(priority),
            // Replies have no limit of their own.
            concurrency: if priority == Priority::High { usize::MAX } else { concurrency },
            visibility_ms: VISIBILITY_TIMEOUT_MS,
            timeout_ms: DISPATCH_TIMEOUT_MS,
        };
        world.connect(connection, move |caller, invocation| run_dispatch(priority, caller, invocation));
    }
    let connection = Connection {
        source: Source::Timer,
        batch: TIMER_BATCH,
        concurrency,
        visibility_ms: i64::from(TIMER_VISIBILITY_S) * 1_000,
        timeout_ms: WAKE_TIMEOUT_MS,
    };
    world.connect(connection, run_wake);
    let connection = Connection {
        source: Source::Chores,
        batch: 1,
        concurrency,
        visibility_ms: CHORES_VISIBILITY_MS,
        timeout_ms: CHORES_TIMEOUT_MS,
    };
    world.connect(connection, run_chores);
}

/// Most tickets of a batch, as in `template.yaml`.
const fn ticket_batch(priority: Priority) -> usize {
    match priority {
        Priority::High => 1,
        Priority::Normal | Priority::Bulk => 10,
    }
}

async fn run_dispatch(priority: Priority, caller: Caller, invocation: Invocation) -> Vec<String> {
    let Ok(deps) = dispatch::Deps::of(&caller);
    let batch = invocation.batch.clone();
    let mut failed = dispatch::handle(&deps, invocation.batch, invocation.deadline).await;
    for (ticket, seconds) in caller.take_put_off() {
        failed.extend(hide_instead(&caller, priority, &batch, ticket, seconds).await);
    }
    failed
}

/// What happens to a ticket that wanted into the timer, with [`fakes::Sabotage::TimerWaitsHide`].
async fn hide_instead(
    caller: &Caller,
    priority: Priority,
    batch: &[Received],
    ticket: Ticket,
    seconds: u32,
) -> Option<String> {
    let is_same = |received: &&Received| {
        serde_json::from_str::<Ticket>(&received.body)
            .is_ok_and(|other| other.session_id == ticket.session_id)
    };
    let received = batch.iter().find(is_same)?;
    let receipt = Receipt { priority, session_id: ticket.session_id, handle: received.handle.clone() };
    caller.tickets().hide(&receipt, seconds).await.ok()?;
    Some(received.id.clone())
}

async fn run_wake(caller: Caller, invocation: Invocation) -> Vec<String> {
    let Ok(deps) = wake::Deps::of(&caller);
    wake::handle(&deps, invocation.batch).await
}

async fn run_chores(caller: Caller, invocation: Invocation) -> Vec<String> {
    let Ok(deps) = chores::Deps::of(&caller);
    chores::handle(&deps, invocation.batch, invocation.deadline).await
}

/// The functions that a schedule or the stream starts, each with a switch.
#[derive(Clone, Debug)]
pub struct Upkeep {
    /// Moves what falls due soon.
    pub promote: Switch,
    /// Wakes what stands still.
    pub sweep: Switch,
    /// Notes what has work.
    pub watch: Switch,
}

/// Connects promote alone, so that no sweep makes up for what is lost.
pub fn connect_promote(world: &World, until: Timestamp) {
    let schedule =
        Schedule { period_ms: PROMOTE_PERIOD_MS, late_ms: RUN_LATE_MS, timeout_ms: PROMOTE_TIMEOUT_MS };
    let is_needed = |world: &World| {
        let soon = world.now().plus_millis(PROMOTE_AHEAD_MS);
        world.next_wake_up().is_some_and(|due| due <= soon)
    };
    let _ = world.run_each_if(schedule, until, is_needed, run_promote);
}

/// Connects promote and sweep with their schedules, until a time, and watch with the stream, which is late by up to so much.
pub fn connect_upkeep(world: &World, until: Timestamp, stream_late_ms: i64) -> Upkeep {
    let each = |period_ms, timeout_ms| Schedule { period_ms, late_ms: RUN_LATE_MS, timeout_ms };
    let noted = watch::Noted::default();
    let batching = Batching { window_ms: STREAM_WINDOW_MS, late_ms: stream_late_ms, timeout_ms: 60_000 };
    Upkeep {
        promote: world.run_each(each(PROMOTE_PERIOD_MS, PROMOTE_TIMEOUT_MS), until, run_promote),
        sweep: world.run_each(each(SWEEP_PERIOD_MS, 60_000), until, run_sweep),
        watch: world.read_stream(batching, move |caller, changes| run_watch(noted.clone(), caller, changes)),
    }
}

/// Sends the lost steps of chores again, until a time: the part of the sweep that nothing else stands in for.
pub fn connect_chores_sweep(world: &World, until: Timestamp) -> Switch {
    let schedule = Schedule { period_ms: SWEEP_PERIOD_MS, late_ms: RUN_LATE_MS, timeout_ms: 60_000 };
    world.run_each(schedule, until, |caller, _| async move {
        let Ok(deps) = sweep::Deps::of(&caller);
        sweep::sweep_chores(&deps).await.is_ok()
    })
}

async fn run_promote(caller: Caller, deadline: Timestamp) -> bool {
    let Ok(deps) = promote::Deps::of(&caller);
    promote::handle(&deps, deadline).await.is_ok()
}

async fn run_sweep(caller: Caller, deadline: Timestamp) -> bool {
    let Ok(deps) = sweep::Deps::of(&caller);
    sweep::handle(&deps, deadline).await.is_ok()
}

async fn run_watch(noted: watch::Noted, caller: Caller, changes: Vec<Change>) -> bool {
    let deps = watch::Deps::<World> { watched: caller.watched(), clock: caller.clock(), noted };
    watch::handle(&deps, changes).await.is_ok()
}

/// Sends a message through the API; its id, if it was accepted.
pub async fn send(
    caller: &Caller,
    account_id: AccountId,
    session_id: SessionId,
    priority: Priority,
    to: &PhoneNumber,
    delay_ms: i64,
) -> Option<MessageKey> {
    let scheduled_at = (delay_ms > 0).then(|| caller.now().plus_millis(delay_ms).to_string());
    send_at(caller, account_id, session_id, priority, to, scheduled_at).await
}

/// Sends a message through the API for a time as its caller writes it; its id, if it was accepted.
pub async fn send_at(
    caller: &Caller,
    account_id: AccountId,
    session_id: SessionId,
    priority: Priority,
    to: &PhoneNumber,
    scheduled_at: Option<String>,
) -> Option<MessageKey> {
    let Ok(deps) = send_message::Deps::of(caller);
    let body = json!({
        "sessionId": session_id.to_string(), "to": to.digits(), "message": "hello",
        "priority": priority.number(), "scheduledAt": scheduled_at,
    });
    let call = caller.admitted_json(account_id, body);
    let ahead = send_message::look_ahead(&deps, Some(&call.content)).await;
    let seed = caller.seed(&call);
    let answer = send_message::handle(&deps, call, seed, ahead).await.ok()?;
    let view: Value = serde_json::from_slice(&answer.body).ok()?;
    let message_id: MessageId = view["jobId"].as_str()?.parse().ok()?;
    (answer.status == StatusCode::ACCEPTED).then_some(MessageKey { session_id, message_id })
}

/// Cancels a message through the API; whether that was answered with success.
pub async fn cancel(caller: &Caller, account_id: AccountId, message_id: MessageId) -> bool {
    let Ok(deps) = cancel_message::Deps::of(caller);
    let path_parameters = [("id".to_owned(), message_id.to_string())].into();
    let request = ApiRequest { path_parameters, ..ApiRequest::default() };
    cancel_message::handle(&deps, caller.admitted(account_id, request))
        .await
        .is_ok_and(|answer| answer.status == StatusCode::OK)
}

/// Deletes a session through the API, with what waits; whether that was answered with success.
pub async fn delete(caller: &Caller, account_id: AccountId, session_id: SessionId) -> bool {
    let Ok(deps) = delete_session::Deps::of(caller);
    let path_parameters = [("id".to_owned(), session_id.to_string())].into();
    let query = vec![("cancelWaiting".to_owned(), "true".to_owned())];
    let request = ApiRequest { path_parameters, query, ..ApiRequest::default() };
    delete_session::handle(&deps, caller.admitted(account_id, request)).await.is_ok()
}

/// Ends the hold of a session through the API; whether that was answered with success.
pub async fn resume(caller: &Caller, account_id: AccountId, session_id: SessionId) -> bool {
    let Ok(deps) = resume_session::Deps::of(caller);
    let path_parameters = [("id".to_owned(), session_id.to_string())].into();
    let request = ApiRequest { path_parameters, ..ApiRequest::default() };
    resume_session::handle(&deps, caller.admitted(account_id, request)).await.is_ok()
}

/// Decides about a campaign through the API.
pub async fn order(caller: &Caller, account_id: AccountId, campaign_id: CampaignId, order: Order) {
    let path_parameters = [("id".to_owned(), campaign_id.to_string())].into();
    let call = caller.admitted(account_id, ApiRequest { path_parameters, ..ApiRequest::default() });
    let answer = match order {
        Order::Pause => {
            let Ok(deps) = pause_campaign::Deps::of(caller);
            pause_campaign::handle(&deps, call).await
        }
        Order::Resume => {
            let Ok(deps) = resume_campaign::Deps::of(caller);
            resume_campaign::handle(&deps, call).await
        }
        Order::Cancel => {
            let Ok(deps) = cancel_campaign::Deps::of(caller);
            cancel_campaign::handle(&deps, call).await
        }
    };
    // Refused or failed: the caller may or may not try again; only the state in the table counts.
    drop(answer);
}

/// Puts a ticket into its queue, or into the timer when it is due later, as whatever writes rows of a campaign does.
pub fn announce(world: &World, ticket: Ticket, delay_ms: i64, deduplication_id: &str) {
    let item = TimerItem::Ticket(ticket.waiting_for(world.now().plus_millis(delay_ms)));
    let body = if delay_ms > 0 { serde_json::to_string(&item) } else { serde_json::to_string(&ticket) };
    let Ok(body) = body else { return };
    if delay_ms > 0 {
        world.set_timer(body, delay_ms);
    } else {
        world.send_ticket(&ticket, deduplication_id, body);
    }
}
