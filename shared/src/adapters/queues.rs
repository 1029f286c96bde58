//! The queues: three FIFO queues of tickets, and the standard queue that serves as timer.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};
use domain::campaign::ingest::IngestStep;
use domain::chores::ChoreStep;
use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::tuning::TIMER_DELAY_MAX_S;
use domain::values::priority::Priority;
use futures_util::future::join_all;

use super::failure::failed;
use crate::ports::{
    DeleteTickets, HideItems, HideTickets, PortError, Receipt, SendChoreSteps, SendLater, SendSteps,
    SendTickets,
};

/// Where the FIFO queues are, one for each priority.
#[derive(Clone, Debug)]
pub struct QueueUrls {
    /// The queue for priority 1.
    pub high: String,
    /// The queue for priority 5.
    pub normal: String,
    /// The queue for priority 10.
    pub bulk: String,
}

impl QueueUrls {
    fn of(&self, priority: Priority) -> &str {
        match priority {
            Priority::High => &self.high,
            Priority::Normal => &self.normal,
            Priority::Bulk => &self.bulk,
        }
    }
}

/// The FIFO queues of tickets. The body is the ticket as JSON, the message group its session.
#[derive(Clone, Debug)]
pub struct SqsTickets {
    client: Client,
    urls: QueueUrls,
}

impl SqsTickets {
    /// The queues at these addresses.
    pub const fn new(client: Client, urls: QueueUrls) -> Self {
        Self { client, urls }
    }
}

impl SendTickets for SqsTickets {
    async fn send(&self, ticket: &Ticket, deduplication_id: &str) -> Result<(), PortError> {
        let operation = "tickets.send";
        let body = serde_json::to_string(ticket).map_err(failed(operation))?;
        let request = self
            .client
            .send_message()
            .queue_url(self.urls.of(ticket.priority))
            .message_group_id(ticket.session_id.to_string())
            .message_deduplication_id(deduplication_id)
            .message_body(body);
        request.send().await.map(drop).map_err(failed(operation))
    }

    async fn send_all(&self, tickets: &[(Ticket, String)]) -> Vec<Result<(), PortError>> {
        let of_each = join_all(Priority::ALL.map(|priority| self.send_batch(priority, tickets))).await;
        let mut answers: Vec<_> = tickets.iter().map(|_| Ok(())).collect();
        for (place, error) in of_each.into_iter().flatten() {
            if let Some(answer) = answers.get_mut(place) {
                *answer = Err(error);
            }
        }
        answers
    }
}

impl SqsTickets {
    /// Sends those of one priority; the places of the ones that were not taken.
    async fn send_batch(&self, priority: Priority, tickets: &[(Ticket, String)]) -> Vec<(usize, PortError)> {
        let operation = "tickets.send_all";
        let chosen = tickets.iter().enumerate().filter(|(_, (ticket, _))| ticket.priority == priority);
        let places: Vec<usize> = chosen.clone().map(|(place, _)| place).collect();
        let entries: Result<Vec<_>, _> =
            chosen.map(|(place, (ticket, id))| entry(place, ticket, id)).collect();
        let sent = match entries {
            Ok(entries) if entries.is_empty() => return Vec::new(),
            Ok(entries) => {
                let request = self.client.send_message_batch().queue_url(self.urls.of(priority));
                request.set_entries(Some(entries)).send().await.map_err(failed(operation))
            }
            Err(error) => Err(error),
        };
        match sent {
            Ok(answer) => refused(operation, answer.failed()),
            Err(error) => places.into_iter().map(|place| (place, error.clone())).collect(),
        }
    }
}

/// The entry of a batch for a ticket, named by its place.
fn entry(
    place: usize,
    ticket: &Ticket,
    deduplication_id: &str,
) -> Result<SendMessageBatchRequestEntry, PortError> {
    let operation = "tickets.send_all";
    let body = serde_json::to_string(ticket).map_err(failed(operation))?;
    SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_group_id(ticket.session_id.to_string())
        .message_deduplication_id(deduplication_id)
        .message_body(body)
        .build()
        .map_err(failed(operation))
}

/// The entries of a batch that were not taken, by their places.
fn refused(operation: &'static str, entries: &[BatchResultErrorEntry]) -> Vec<(usize, PortError)> {
    let told = entries.iter().filter_map(|entry| {
        let cause = format!("{}: {}", entry.code(), entry.message().unwrap_or_default());
        Some((entry.id().parse().ok()?, PortError::new(operation, cause)))
    });
    told.collect()
}

impl DeleteTickets for SqsTickets {
    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        let operation = "tickets.delete";
        let Some(first) = receipts.first() else { return Ok(()) };
        let entries: Result<Vec<_>, BuildError> = receipts.iter().enumerate().map(deletion).collect();
        let request = self.client.delete_message_batch().queue_url(self.urls.of(first.priority));
        let request = request.set_entries(Some(entries.map_err(failed(operation))?));
        let answer = request.send().await.map_err(failed(operation))?;
        refused(operation, answer.failed()).into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }
}

fn deletion((place, receipt): (usize, &Receipt)) -> Result<DeleteMessageBatchRequestEntry, BuildError> {
    DeleteMessageBatchRequestEntry::builder().id(place.to_string()).receipt_handle(&receipt.handle).build()
}

impl HideTickets for SqsTickets {
    async fn hide(&self, receipt: &Receipt, seconds: u32) -> Result<(), PortError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(self.urls.of(receipt.priority))
            .receipt_handle(&receipt.handle)
            .visibility_timeout(whole_seconds(seconds));
        request.send().await.map(drop).map_err(failed("tickets.hide"))
    }
}

/// The standard queue that delivers what is put into it after a delay. The body is the item as JSON.
#[derive(Clone, Debug)]
pub struct SqsTimer {
    client: Client,
    url: String,
}

impl SqsTimer {
    /// The queue at this address.
    pub const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

impl HideItems for SqsTimer {
    async fn hide(&self, handle: &str, seconds: u32) -> Result<(), PortError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(handle)
            .visibility_timeout(whole_seconds(seconds));
        request.send().await.map(drop).map_err(failed("timer.hide"))
    }
}

impl SendLater for SqsTimer {
    /// Refuses more than 900 s, as SQS does; local stacks let it pass.
    async fn send_later(&self, item: &TimerItem, seconds: u32) -> Result<(), PortError> {
        let operation = "timer.send_later";
        if seconds > TIMER_DELAY_MAX_S {
            let cause = format!("{seconds} s are more than SQS can delay a message ({TIMER_DELAY_MAX_S} s)");
            return Err(PortError::new(operation, cause));
        }
        let body = serde_json::to_string(item).map_err(failed(operation))?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .delay_seconds(whole_seconds(seconds))
            .message_body(body);
        request.send().await.map(drop).map_err(failed(operation))
    }
}

/// The standard queue of ingestion. The body is the step as JSON; the same queue also receives the bucket's own messages.
#[derive(Clone, Debug)]
pub struct SqsSteps {
    client: Client,
    url: String,
}

impl SqsSteps {
    /// The queue at this address.
    pub const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

impl SendSteps for SqsSteps {
    async fn send(&self, step: &IngestStep) -> Result<(), PortError> {
        let operation = "steps.send";
        let body = serde_json::to_string(step).map_err(failed(operation))?;
        let request = self.client.send_message().queue_url(&self.url).message_body(body);
        request.send().await.map(drop).map_err(failed(operation))
    }
}

/// The standard queue of chores. The body is the step as JSON.
#[derive(Clone, Debug)]
pub struct SqsChoreSteps {
    client: Client,
    url: String,
}

impl SqsChoreSteps {
    /// The queue at this address.
    pub const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }
}

impl SendChoreSteps for SqsChoreSteps {
    async fn send(&self, step: &ChoreStep, seconds: u32) -> Result<(), PortError> {
        let operation = "chores.send";
        let body = serde_json::to_string(step).map_err(failed(operation))?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .delay_seconds(whole_seconds(seconds.min(TIMER_DELAY_MAX_S)))
            .message_body(body);
        request.send().await.map(drop).map_err(failed(operation))
    }
}

/// SQS takes signed seconds and refuses all that is over 12 hours anyway.
fn whole_seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
