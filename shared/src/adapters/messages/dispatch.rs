//! The dispatcher's view: choosing, claiming and ending messages.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::message::pending::PendingKey;
use domain::message::report::is_looked_up;
use domain::message::{MessageError, Retention};
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::ids::{MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::failure::failed;
use super::super::items::{self, Item, text};
use super::super::keys::{
    ATTEMPTS, ERROR, FAILED_AT, FENCE, PENDING_INDEX, PENDING_KEY, PROVIDER_KEY, PROVIDER_MESSAGE_ID,
    SENDING_AT, SENT_AT, SESSION_ID, STATUS, TTL, UNKNOWN_KEY,
};
use super::super::update::{Update, Written};
use super::{DynamoMessages, RowState};
use crate::ports::{Claim, DispatchMessages, PortError, ReadLines, Recorded, Row, Waiting};

impl DynamoMessages {
    /// A strongly consistent query of the line of what waits: places only, at most `limit` of them.
    fn line_of(&self, session_id: SessionId, limit: usize) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(PENDING_INDEX)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .projection_expression("#place")
            .expression_attribute_names("#session", SESSION_ID)
            .expression_attribute_names("#place", PENDING_KEY)
            .expression_attribute_values(":session", text(&session_id))
    }
}

async fn places(operation: &'static str, query: QueryFluentBuilder) -> Result<Waiting, PortError> {
    let output = query.send().await.map_err(failed(operation))?;
    let keys = output.items().iter().map(|item| items::parsed(operation, item, PENDING_KEY));
    Ok(Waiting { keys: keys.collect::<Result<_, _>>()?, is_all: output.last_evaluated_key().is_none() })
}

impl DispatchMessages for DynamoMessages {
    async fn waiting(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let query = self.line_of(session_id, limit);
        let query = match line {
            None => query.key_condition_expression("#session = :session"),
            Some(priority) => query
                .key_condition_expression("#session = :session AND begins_with(#place, :line)")
                .expression_attribute_values(":line", text(&PendingKey::prefix(priority))),
        };
        places("messages.waiting", query).await
    }

    async fn waiting_behind(
        &self,
        session_id: SessionId,
        place: PendingKey,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let (from, to) = place.texts_behind();
        let query = self
            .line_of(session_id, limit)
            .key_condition_expression("#session = :session AND #place BETWEEN :from AND :to")
            .expression_attribute_values(":from", text(&from))
            .expression_attribute_values(":to", text(&to));
        places("messages.waiting_behind", query).await
    }

    async fn row(&self, key: MessageKey) -> Result<Option<Row>, PortError> {
        let operation = "messages.row";
        self.item_strongly(operation, key).await?.map(|item| row_of(operation, item)).transpose()
    }

    /// The place in line stays, so that the local index is not written: one write unit instead of two.
    async fn claim(&self, key: MessageKey, fence: Fence, now: Timestamp) -> Result<Claim, PortError> {
        let operation = "messages.claim";
        let update = Update::default()
            .set(STATUS, Status::Sending)
            .set(FENCE, fence)
            .set(SENDING_AT, now)
            .if_is(STATUS, Status::Queued)
            .if_below(FENCE, fence)
            .returning_item();
        let (Written::Done(row) | Written::Refused(row)) = self.update(operation, key, update).await?;
        claimed(operation, row, fence)
    }

    /// A refused write may be the second copy of one that was done, sent by the SDK because the first reply was lost.
    /// The row tells the two apart, see [`bears`]; without that, a message that was sent would count as lost.
    async fn record(
        &self,
        key: MessageKey,
        priority: Priority,
        fence: Fence,
        progress: &Progress,
    ) -> Result<Recorded, PortError> {
        let operation = "messages.record";
        let update = recording(key, priority, progress).if_is(STATUS, Status::Sending).if_is(FENCE, fence);
        let row = match self.update(operation, key, update).await? {
            Written::Done(_) => return Ok(Recorded::Yes),
            Written::Refused(row) => RowState::of(operation, row.as_ref())?,
        };
        let place = |due| PendingKey { priority, due, message_id: key.message_id };
        let done_before = row.is_some_and(|row| bears(&row, fence, progress, place));
        Ok(if done_before { Recorded::Yes } else { Recorded::No })
    }

    async fn fence_off(&self, key: MessageKey, fence: Fence) -> Result<(), PortError> {
        let update = Update::default().set(FENCE, fence).if_is(STATUS, Status::Queued).if_below(FENCE, fence);
        // Refused: it no longer waits, or bears this fence or a higher one. Either way no lower one can claim it.
        self.update("messages.fence_off", key, update).await.map(drop)
    }
}

impl ReadLines for DynamoMessages {
    async fn line(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        self.waiting(session_id, line, limit).await
    }
}

/// A row that is `sending` under our fence is ours, by this write or by an earlier copy of it: nobody else has the fence.
fn claimed(operation: &'static str, item: Option<Item>, fence: Fence) -> Result<Claim, PortError> {
    let row = item.map(|item| row_of(operation, item)).transpose()?;
    Ok(match row {
        Some(row) if row.status() == Status::Sending && row.fence() == fence => Claim::Claimed(row),
        other => Claim::Refused(other),
    })
}

/// A row as far as it can be read.
fn row_of(operation: &'static str, item: Item) -> Result<Row, PortError> {
    let RowState { status, fence, attempts, .. } = items::from_item(operation, item.clone())?;
    Ok(match items::from_item(operation, item) {
        Ok(message) => Row::Message(Box::new(message)),
        Err(error) => Row::Malformed { status, fence, attempts, why: error.cause },
    })
}

/// The key by which a report will find the message: the provider's id, or that its outcome is unknown. Most messages
/// have none, and cost no write to that index.
fn provider_key(progress: &Progress) -> Option<&str> {
    match progress {
        Progress::Sent { provider_message_id, .. } => {
            provider_message_id.as_deref().filter(|id| is_looked_up(id))
        }
        Progress::Failed { error, .. } => error.is_outcome_unknown().then_some(UNKNOWN_KEY),
        Progress::Requeued { .. } => None,
    }
}

fn recording(key: MessageKey, priority: Priority, progress: &Progress) -> Update {
    let update = ending(key, priority, progress);
    match provider_key(progress) {
        Some(provider_key) => update.set(PROVIDER_KEY, provider_key),
        None => update,
    }
}

fn ending(key: MessageKey, priority: Priority, progress: &Progress) -> Update {
    match progress {
        Progress::Sent { at, provider_message_id, attempts } => Update::default()
            .set(STATUS, Status::Sent)
            .set(SENT_AT, at)
            .set(ATTEMPTS, attempts)
            .set_or_remove(PROVIDER_MESSAGE_ID, provider_message_id.as_ref())
            .remove(ERROR)
            .out_of_line(*at),
        Progress::Requeued { due, attempts, error } => Update::default()
            .set(STATUS, Status::Queued)
            .set(PENDING_KEY, PendingKey { priority, due: *due, message_id: key.message_id })
            .set(ATTEMPTS, attempts)
            .set_or_remove(ERROR, error.as_ref()),
        Progress::Failed { at, error, attempts } => {
            let update = Update::default()
                .set(STATUS, Status::Failed)
                .set(FAILED_AT, at)
                .set(ATTEMPTS, attempts)
                .set(ERROR, error);
            match error.code.as_str() {
                // Nothing of it can be reckoned with.
                MessageError::MALFORMED => {
                    update.remove(PENDING_KEY).set(TTL, Retention::default().after(*at))
                }
                _ => update.out_of_line(*at),
            }
        }
    }
}

/// Whether a row that is no longer `sending` shows that this very record was stored before.
///
/// Fence and attempts must be ours. What is left to rule out is another worker's record under the same fence: a recovery
/// writes one after our lease ran out. It differs from ours in the time, or in the state, or has the same effect.
/// - Sent: our `sentAt` stays, whatever a webhook reported since.
/// - Failed: our `failedAt`. If a webhook has corrected the failure since, it is gone, and the answer is a careful no.
/// - Requeued: our place in line; or cancelled, which only a message can be that was put back in line.
fn bears(row: &RowState, fence: Fence, progress: &Progress, place: impl Fn(Timestamp) -> PendingKey) -> bool {
    let (attempts, effect) = match progress {
        Progress::Sent { at, attempts, .. } => (attempts, row.sent_at == Some(*at)),
        Progress::Failed { at, attempts, .. } => (attempts, row.failed_at == Some(*at)),
        Progress::Requeued { due, attempts, .. } => {
            (attempts, row.status == Status::Cancelled || row.pending_key == Some(place(*due)))
        }
    };
    row.status != Status::Sending && row.fence == fence && row.attempts == *attempts && effect
}
