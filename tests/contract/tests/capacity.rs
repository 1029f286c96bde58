//! What each operation costs, in the request units of `DynamoDB` as the local stack counts them.
//!
//! A write unit is billed five times as high as a read unit, and the tables are most of what a message costs: an operation
//! that gets dearer must not do so unnoticed.
//!
//! It shows, too, which reads are strongly consistent, at one unit instead of a half. The local stack shows every write at
//! once, so that nothing else there could tell the two apart.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total;
use contract::stack::{LocalStack, vault};
use contract::{Checked, sample};
use domain::message::report::Report;
use domain::sending::attempt::Progress;
use domain::sending::pacer::Pacer;
use domain::sending::ticket::Ticket;
use domain::sending::wake_up::WakeUp;
use domain::sending::watch::shard_of;
use domain::values::fence::Fence;
use domain::values::priority::Priority;
use domain::values::status::Status;
use shared::adapters::{
    DynamoAccounts, DynamoDue, DynamoLimits, DynamoMessages, DynamoPacers, DynamoSessions, DynamoWatched,
};
use shared::ports::{
    AcceptMessages, CancelMessages, CountRequests, CreateApiKeys, DispatchMessages, KeepWakeUps,
    LeaseSessions, ListMessages, ListSessionMessages, LocateMessages, NoteApiKeyUses, ReadApiKeys, ReadLines,
    ReadMessages, ReadPacers, ReadSessions, ReadWakeUps, RemoveWakeUps, ReportMessages, SweepSessions,
    WatchSessions, WatchedSession, WithdrawMessages, WriteSessions,
};

/// Tenths of request units since the last look; there is one test, and so one count.
static TENTHS: AtomicU64 = AtomicU64::new(0);

/// Asks for the cost of every call, and adds it up.
#[derive(Debug)]
struct Meter;

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        macro_rules! ask {
            ($($input:ident),+) => {
                $(if let Some(input) = context.input_mut().downcast_mut::<$input>() {
                    input.return_consumed_capacity = Some(Total);
                })+
            };
        }
        ask!(PutItemInput, UpdateItemInput, DeleteItemInput, GetItemInput, QueryInput);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        macro_rules! note {
            ($($output:ident),+) => {
                $(if let Some(output) = output.downcast_ref::<$output>() {
                    let used = output.consumed_capacity().and_then(|used| used.capacity_units());
                    let tenths = (used.expect("the stack counts") * 10.0).round();
                    TENTHS.fetch_add(format!("{tenths}").parse()?, Ordering::Relaxed);
                })+
            };
        }
        note!(PutItemOutput, UpdateItemOutput, DeleteItemOutput, GetItemOutput, QueryOutput);
        Ok(())
    }
}

/// What an operation cost must be what is written here.
#[expect(clippy::print_stdout, reason = "a table for whoever asks for it with --nocapture")]
fn cost(operation: &str, units: f64) {
    let tenths = TENTHS.swap(0, Ordering::Relaxed);
    let used = format!("{}.{}", tenths / 10, tenths % 10);
    println!("{used:>5}  {operation}");
    assert_eq!(used, format!("{units:.1}"), "{operation}");
    // What the simulation counts with is what the stack counts.
    let name = operation.split([':', ' ', ',']).next().unwrap_or_default();
    if let Some(counted) =
        fakes::units(name).filter(|_| !operation.contains("requeued") && !operation.contains("WAHA"))
    {
        assert!(
            (f64::from(counted.writes) + f64::from(counted.half_reads) / 2.0 - units).abs() < 0.01,
            "{operation}"
        );
    }
}

struct Metered {
    messages: DynamoMessages,
    sessions: DynamoSessions,
    accounts: DynamoAccounts,
    limits: DynamoLimits,
    due: DynamoDue,
    watched: DynamoWatched,
    pacers: DynamoPacers,
}

async fn metered() -> Metered {
    let stack = LocalStack::find().await;
    let config = stack.loader().load().await;
    let config = aws_sdk_dynamodb::config::Builder::from(&config).interceptor(Meter).build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    Metered {
        messages: DynamoMessages::new(client.clone(), stack.output("MessagesTableName")),
        sessions: DynamoSessions::new(client.clone(), stack.output("SessionsTableName"), vault()),
        accounts: DynamoAccounts::new(client.clone(), stack.output("AccountsTableName")),
        limits: DynamoLimits::new(client.clone(), stack.output("LimitsTableName")),
        due: DynamoDue::new(client.clone(), stack.copy_of_table("DueTableName").await),
        watched: DynamoWatched::new(client.clone(), stack.copy_of_table("WatchedTableName").await),
        pacers: DynamoPacers::new(client, stack.output("SessionsTableName")),
    }
}

/// From the request to the phone: a message of normal length, with a key, through a session that is free.
async fn one_send(Metered { messages, sessions, accounts, limits, .. }: &Metered) -> Checked {
    let (session, (hash, api_key)) = (sample::session(), sample::api_key());
    let (id, message) = (session.session_id, sample::message(session.session_id));
    accounts.put_api_key(&hash, &api_key).await?;
    cost("accounts.put_api_key: key, index", 2.0);
    sessions.put(&session).await?;
    cost("sessions.put: pacer, configuration, index", 3.0);

    limits.count(&id.to_string(), 60, sample::NOW).await?;
    TENTHS.store(0, Ordering::Relaxed);
    limits.count(&id.to_string(), 60, sample::NOW).await?;
    cost("limits.count: counter", 1.0);
    accounts.api_key(&hash).await?;
    cost("accounts.api_key: read", 1.0);
    accounts.note_use(&hash, sample::NOW).await?;
    cost("accounts.note_use: key", 1.0);
    sessions.load(id).await?;
    cost("sessions.load: read", 1.0);
    messages.put(&message).await?;
    cost("messages.put: row, line, index by account", 3.0);
    messages.waiting(id, None, 24).await?;
    cost("messages.waiting: read", 1.0);
    sessions.acquire(id, Pacer::default().fence, sample::lease()).await?;
    cost("sessions.acquire: pacer", 1.0);
    sessions.point_to(id, Fence(1), message.message_id).await?;
    cost("sessions.point_to: pacer", 1.0);
    messages.claim(message.key(), Fence(1), sample::NOW).await?;
    cost("messages.claim: row", 1.0);
    let sent =
        Progress::Sent { at: sample::NOW, provider_message_id: Some("wamid.1".to_owned()), attempts: 1 };
    messages.record(message.key(), message.priority, Fence(1), &sent).await?;
    cost("messages.record sent: row, line", 2.0);
    sessions.release(id, Fence(1), &Pacer::default().untouched()).await?;
    cost("sessions.release: pacer", 1.0);
    messages.report(message.key(), &Report::new(Status::Delivered, sample::NOW)).await?;
    cost("messages.report: row", 1.0);
    ReadMessages::get(messages, message.key()).await?;
    cost("messages.get: read", 1.0);
    messages.entries(message.account_id, None, 20).await?;
    cost("messages.entries: read", 0.5);
    messages.of_session(id, None, 20).await?;
    cost("messages.of_session: read", 1.0);
    messages.find(id, "3EB0").await?;
    cost("messages.find: read", 1.0);
    messages.locate(message.account_id, message.message_id).await?;
    cost("messages.locate: read", 0.5);
    Ok(())
}

/// What is not on every message's way.
async fn the_rest(Metered { messages, .. }: &Metered) -> Checked {
    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    TENTHS.store(0, Ordering::Relaxed);
    messages.fence_off(message.key(), Fence(1)).await?;
    cost("messages.fence_off: row", 1.0);
    messages.claim(message.key(), Fence(2), sample::NOW).await?;
    TENTHS.store(0, Ordering::Relaxed);
    let again = Progress::Requeued { due: sample::at(5_000), attempts: 1, error: Some(sample::refused()) };
    messages.record(message.key(), message.priority, Fence(2), &again).await?;
    cost("messages.record requeued: row, line twice", 3.0);
    messages.cancel(message.key(), sample::NOW).await?;
    cost("messages.cancel: row, line", 2.0);

    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    messages.claim(message.key(), Fence(2), sample::NOW).await?;
    TENTHS.store(0, Ordering::Relaxed);
    let sent =
        Progress::Sent { at: sample::NOW, provider_message_id: Some("3EB0AB12".to_owned()), attempts: 1 };
    messages.record(message.key(), message.priority, Fence(2), &sent).await?;
    cost("messages.record sent through WAHA: row, line, index by provider's id", 3.0);

    let message = sample::message(sample::session_id());
    messages.put(&message).await?;
    TENTHS.store(0, Ordering::Relaxed);
    messages.withdraw(&message, sample::NOW).await?;
    cost("messages.withdraw: row, line", 2.0);
    Ok(())
}

/// `promote`, `watch` and `sweep`: what scheduled messages, and sessions that stand still, cost in addition.
async fn upkeep(Metered { messages, due, watched, pacers, .. }: &Metered) -> Checked {
    let session_id = sample::session_id();
    let ticket = Ticket::new(session_id, Priority::Normal, sample::message_id());
    let wake_up = WakeUp { due: sample::at(0), ticket };
    due.keep(&wake_up).await?;
    cost("due.keep: row", 1.0);
    due.due_before(wake_up.shard(), sample::at(1), 100).await?;
    cost("due.due_before: read", 1.0);
    due.remove(&wake_up).await?;
    cost("due.remove: row", 1.0);
    watched.watch(session_id, sample::NOW).await?;
    cost("watched.watch: row", 1.0);
    let seen = WatchedSession { session_id, watched_at: sample::NOW, rests_until: None, still_since: None };
    watched.watched(shard_of(session_id), None, 500).await?;
    cost("watched.watched: read", 0.5);
    pacers.pacer(session_id).await?;
    cost("sessions.pacer: read", 1.0);
    messages.waiting(session_id, None, domain::tuning::SURVEY_PAGE).await?;
    cost("messages.line: read", 1.0);
    watched.rest(&seen, sample::at(1)).await?;
    cost("watched.rest: row", 1.0);
    watched.forget(&seen).await?;
    cost("watched.forget: row", 1.0);
    Ok(())
}

/// A look must read keys alone, as many as make one unit, however much waits.
async fn a_page(Metered { messages, .. }: &Metered) -> Checked {
    let session_id = sample::session_id();
    for _ in 0..40 {
        messages.put(&sample::waiting(session_id, Priority::Bulk, 0)).await?;
    }
    TENTHS.store(0, Ordering::Relaxed);
    let waiting = messages.waiting(session_id, None, domain::tuning::SURVEY_PAGE).await?;
    assert!(!waiting.is_all);
    cost("messages.waiting, a full page: read", 1.0);
    Ok(())
}

#[test]
fn every_operation_costs_what_it_must() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let check = async {
        let metered = metered().await;
        one_send(&metered).await?;
        the_rest(&metered).await?;
        upkeep(&metered).await?;
        a_page(&metered).await
    };
    runtime.block_on(check).unwrap();
}
