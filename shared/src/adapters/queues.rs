//! The queues: three FIFO queues of tickets, and the standard queue that serves as timer.

use aws_sdk_sqs::Client;
use domain::campaign::ingest::IngestStep;
use domain::sending::ticket::Ticket;
use domain::sending::timer::TimerItem;
use domain::tuning::TIMER_DELAY_MAX_S;
use domain::values::priority::Priority;

use super::failure::failed;
use crate::ports::{HideTickets, PortError, Receipt, SendLater, SendSteps, SendTickets};

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

/// SQS takes signed seconds and refuses all that is over 12 hours anyway.
fn whole_seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
