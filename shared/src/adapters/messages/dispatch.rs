//! The dispatcher's view: choosing, claiming and ending messages.

use domain::message::pending::PendingKey;
use domain::message::report::is_looked_up;
use domain::message::{MessageError, Retention};
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::ids::{MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

use super::super::items::{self, Item};
use super::super::keys::{
    ATTEMPTS, ERROR, FAILED_AT, FENCE, PENDING_INDEX, PENDING_KEY, PROVIDER_KEY, PROVIDER_MESSAGE_ID,
    SENDING_AT, SENT_AT, SESSION_ID, STATUS, TTL, UNKNOWN_KEY, message_key,
};
use super::super::table::{Condition, Query, Update, Write, Written, between, equal, less, starts_with};
use super::{DynamoMessages, RowState};
use crate::ports::{Claim, DispatchMessages, PortError, ReadLines, Recorded, Row, Waiting};

impl DynamoMessages {
    /// The first places in the line of waiting messages, strongly consistent.
    async fn places(
        &self,
        operation: &'static str,
        line: Condition,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let query = Query::of(line).index(PENDING_INDEX).strongly().limit(limit).only(&[PENDING_KEY]);
        let found = self.table.page(operation, query).await?;
        let keys = found.items.iter().map(|item| items::parsed(operation, item, PENDING_KEY));
        Ok(Waiting { keys: keys.collect::<Result<_, _>>()?, is_all: found.last.is_none() })
    }
}

impl DispatchMessages for DynamoMessages {
    async fn row(&self, key: MessageKey) -> Result<Option<Row>, PortError> {
        let operation = "messages.row";
        self.table.get(operation, message_key(key)).await?.map(|item| row_of(operation, item)).transpose()
    }

    /// The place in line stays, so that the index need not be written: one write unit instead of two.
    async fn claim(&self, key: MessageKey, fence: Fence, now: Timestamp) -> Result<Claim, PortError> {
        let operation = "messages.claim";
        let write = Write::update(message_key(key))
            .set(STATUS, Status::Sending)
            .set(FENCE, fence)
            .set(SENDING_AT, now)
            .only_if(equal(STATUS, Status::Queued))
            .only_if(less(FENCE, fence))
            .returning_item();
        claimed(operation, self.table.write(operation, write).await?.item(), fence)
    }

    /// A refused write may be the second copy of one that was done, which the SDK sent because the first reply was lost.
    /// The row shows whether it was, see [`bears`]. Otherwise a message that was sent would count as lost.
    async fn record(
        &self,
        key: MessageKey,
        priority: Priority,
        fence: Fence,
        progress: &Progress,
    ) -> Result<Recorded, PortError> {
        let operation = "messages.record";
        let write = recording(key, priority, progress)
            .only_if(equal(STATUS, Status::Sending))
            .only_if(equal(FENCE, fence))
            .returning_refused();
        let row = match self.table.write(operation, write).await? {
            Written::Done(_) => return Ok(Recorded::Yes),
            Written::Refused(row) => RowState::of(operation, row)?,
        };
        let place = |due| PendingKey { priority, due, message_id: key.message_id };
        let done_before = row.is_some_and(|row| bears(&row, fence, progress, place));
        Ok(if done_before { Recorded::Yes } else { Recorded::No })
    }

    async fn fence_off(&self, key: MessageKey, fence: Fence) -> Result<(), PortError> {
        let write = Write::update(message_key(key))
            .set(FENCE, fence)
            .only_if(equal(STATUS, Status::Queued))
            .only_if(less(FENCE, fence));
        // Refused: it no longer waits, or has this fence or a higher one. Either way no lower fence can claim it.
        self.table.write("messages.fence_off", write).await.map(drop)
    }
}

impl ReadLines for DynamoMessages {
    async fn waiting(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let all = equal(SESSION_ID, session_id);
        let line = match line {
            None => all,
            Some(priority) => all.and(starts_with(PENDING_KEY, PendingKey::prefix(priority))),
        };
        self.places("messages.waiting", line, limit).await
    }

    async fn waiting_behind(
        &self,
        session_id: SessionId,
        place: PendingKey,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let (from, to) = place.texts_behind();
        let behind = equal(SESSION_ID, session_id).and(between(PENDING_KEY, from, to));
        self.places("messages.waiting_behind", behind, limit).await
    }
}

/// A row that is `sending` under our fence was claimed by this write or an earlier copy of it: nobody else has the fence.
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

/// The key by which a report will find the message: the provider's id, or that the outcome is unknown. Most messages have
/// no such key, and cost no write to the index.
fn provider_key(progress: &Progress) -> Option<&str> {
    match progress {
        Progress::Sent { provider_message_id, .. } => {
            provider_message_id.as_deref().filter(|id| is_looked_up(id))
        }
        Progress::Failed { error, .. } => error.is_outcome_unknown().then_some(UNKNOWN_KEY),
        Progress::Requeued { .. } => None,
    }
}

fn recording(key: MessageKey, priority: Priority, progress: &Progress) -> Write<Update> {
    let write = ending(key, priority, progress);
    match provider_key(progress) {
        Some(provider_key) => write.set(PROVIDER_KEY, provider_key),
        None => write,
    }
}

fn ending(key: MessageKey, priority: Priority, progress: &Progress) -> Write<Update> {
    let write = Write::update(message_key(key));
    match progress {
        Progress::Sent { at, provider_message_id, attempts } => write
            .set(STATUS, Status::Sent)
            .set(SENT_AT, at)
            .set(ATTEMPTS, attempts)
            .set_or_remove(PROVIDER_MESSAGE_ID, provider_message_id.as_ref())
            .remove(ERROR)
            .out_of_line(*at),
        Progress::Requeued { due, attempts, error } => write
            .set(STATUS, Status::Queued)
            .set(PENDING_KEY, PendingKey { priority, due: *due, message_id: key.message_id })
            .set(ATTEMPTS, attempts)
            .set_or_remove(ERROR, error.as_ref()),
        Progress::Failed { at, error, attempts } => {
            let write = write
                .set(STATUS, Status::Failed)
                .set(FAILED_AT, at)
                .set(ATTEMPTS, attempts)
                .set(ERROR, error);
            match error.code.as_str() {
                // Its own retention cannot be relied on.
                MessageError::MALFORMED => {
                    write.remove(PENDING_KEY).set(TTL, Retention::default().after(*at))
                }
                _ => write.out_of_line(*at),
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
