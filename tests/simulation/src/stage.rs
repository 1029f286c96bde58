//! Connects the real handlers with the fakes.

use domain::ids::{AccountId, MessageId, MessageKey, SessionId};
use domain::limits::{DISPATCH_TIMEOUT_MS, VISIBILITY_TIMEOUT_MS};
use domain::pacing::Pacing;
use domain::priority::Priority;
use domain::ticket::Ticket;
use domain::timer::TimerItem;
use fakes::{Caller, Connection, Due, Invocation, OpenFront, Source, Tickets, Timer, World};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use shared::announce::Announcer;
use shared::http::ApiRequest;
use shared::ports::{HideTickets, Receipt, Received};

/// Most items of a batch of the timer.
const TIMER_BATCH: usize = 10;
/// Time-out of the wake function, in milliseconds.
const WAKE_TIMEOUT_MS: i64 = 10_000;
/// Visibility time-out of the timer queue, in milliseconds.
const TIMER_VISIBILITY_MS: i64 = 15_000;

/// Connects dispatch with the three FIFO queues, and wake with the timer.
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
        visibility_ms: TIMER_VISIBILITY_MS,
        timeout_ms: WAKE_TIMEOUT_MS,
    };
    world.connect(connection, run_wake);
}

/// Most tickets of a batch, as in `template.yaml`.
const fn ticket_batch(priority: Priority) -> usize {
    match priority {
        Priority::High | Priority::Normal => 1,
        Priority::Bulk => 10,
    }
}

async fn run_dispatch(priority: Priority, caller: Caller, invocation: Invocation) -> Vec<String> {
    let deps = dispatch::Deps {
        messages: caller.messages(),
        sessions: caller.sessions(),
        tickets: caller.tickets(),
        timer: caller.timer(),
        provider: caller.provider(),
        clock: caller.clock(),
        entropy: caller.entropy(),
        default_pacing: Pacing::DEFAULT,
    };
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
    let deps = wake::Deps { tickets: caller.tickets(), messages: caller.messages(), clock: caller.clock() };
    wake::handle(&deps, invocation.batch).await
}

/// Sends a message through the API; its id, if it was accepted.
pub async fn send(
    caller: &Caller,
    account_id: AccountId,
    session_id: SessionId,
    priority: Priority,
    delay_ms: i64,
) -> Option<MessageKey> {
    let deps = send_message::Deps {
        front: OpenFront(account_id),
        sessions: caller.sessions(),
        messages: caller.messages(),
        announcer: announcer(caller),
        clock: caller.clock(),
        entropy: caller.entropy(),
        message_ttl_days: 90,
    };
    let scheduled_at = (delay_ms > 0).then(|| caller.now().plus_millis(delay_ms).to_string());
    let body = json!({
        "sessionId": session_id.to_string(), "to": "+1 650 555 1234", "message": "hello",
        "priority": priority.number(), "scheduledAt": scheduled_at,
    });
    let request =
        ApiRequest { headers: json_headers(), body: body.to_string().into(), ..ApiRequest::default() };
    let answer = send_message::handle(&deps, request).await.ok()?;
    let view: Value = serde_json::from_slice(&answer.body).ok()?;
    let message_id: MessageId = view["jobId"].as_str()?.parse().ok()?;
    (answer.status == StatusCode::ACCEPTED).then_some(MessageKey { session_id, message_id })
}

/// What announces new work, as one caller has it.
fn announcer(caller: &Caller) -> Announcer<Tickets, Timer, Due> {
    Announcer { tickets: caller.tickets(), timer: caller.timer(), due: caller.due() }
}

/// Cancels a message through the API; whether that was answered with success.
pub async fn cancel(caller: &Caller, account_id: AccountId, message_id: MessageId) -> bool {
    let deps = cancel_message::Deps {
        front: OpenFront(account_id),
        sessions: caller.sessions(),
        messages: caller.messages(),
        clock: caller.clock(),
    };
    let path_parameters = [("id".to_owned(), message_id.to_string())].into();
    let request = ApiRequest { path_parameters, ..ApiRequest::default() };
    cancel_message::handle(&deps, request).await.is_ok_and(|answer| answer.status == StatusCode::OK)
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

/// Puts a ticket into its queue, or into the timer when it is due later, as whatever writes rows of a campaign does.
pub fn announce(world: &World, ticket: Ticket, delay_ms: i64, deduplication_id: &str) {
    let item = TimerItem::Ticket(ticket);
    let body = if delay_ms > 0 { serde_json::to_string(&item) } else { serde_json::to_string(&ticket) };
    let Ok(body) = body else { return };
    if delay_ms > 0 {
        world.set_timer(body, delay_ms);
    } else {
        world.send_ticket(&ticket, deduplication_id, body);
    }
}
