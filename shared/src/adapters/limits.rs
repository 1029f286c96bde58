//! The table of request counters.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::access::rate_limit::Usage;
use domain::limits::RATE_WINDOW_MS;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::failure::failed;
use super::items::Item;
use super::keys::{EXPIRES_AT, PK, USED, WINDOW_ENDS};
use super::update::{Update, Written};
use crate::ports::{CountRequests, PortError, UseOnce};

const OPERATION: &str = "limits.count";

/// A race for a new window is lost only to another request that opened it, after which the count goes on.
const ROUNDS_MAX: usize = 3;

/// A counter lives a little longer than its window, which other clocks may see end later.
const KEPT_AFTER_WINDOW_S: i64 = 60;

/// Counts requests in `DynamoDB`: one write in a window that is open, two for the first request of a window.
#[derive(Clone, Debug)]
pub struct DynamoLimits {
    pub(super) client: Client,
    pub(super) table: String,
}

/// A counter as it is stored.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counter {
    used: u32,
    window_ends: Timestamp,
}

/// What became of a count.
enum Counted {
    Passes(Counter),
    UsedUp(Counter),
    NoWindow,
}

impl DynamoLimits {
    /// The counters in a table.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// One more in the window that is open.
    async fn count_up(&self, client: &str, limit: u32, now: Timestamp) -> Result<Counted, PortError> {
        let update =
            Update::default().add(USED, 1).if_above(WINDOW_ENDS, now).if_below(USED, limit).returning_item();
        match update.apply(OPERATION, &self.client, &self.table, key(client)).await? {
            Written::Done(item) => Ok(counter(item)?.map_or(Counted::NoWindow, Counted::Passes)),
            Written::Refused(item) => {
                Ok(counter(item)?.filter(|c| c.window_ends > now).map_or(Counted::NoWindow, Counted::UsedUp))
            }
        }
    }

    /// Opens a window with its first request; `None` when another request was faster.
    async fn open_window(&self, client: &str, now: Timestamp) -> Result<Option<Counter>, PortError> {
        let opened = Counter { used: 1, window_ends: now.plus_millis(RATE_WINDOW_MS) };
        let update = Update::default()
            .set(USED, opened.used)
            .set(WINDOW_ENDS, opened.window_ends)
            .set(EXPIRES_AT, opened.window_ends.as_seconds() + KEPT_AFTER_WINDOW_S)
            .if_at_most_or_absent(WINDOW_ENDS, now);
        let written = update.apply(OPERATION, &self.client, &self.table, key(client)).await?;
        Ok(matches!(written, Written::Done(_)).then_some(opened))
    }
}

impl CountRequests for DynamoLimits {
    async fn count(&self, client: &str, limit: u32, now: Timestamp) -> Result<Usage, PortError> {
        let usage = |counter: Counter| Usage { limit, used: counter.used, window_ends: counter.window_ends };
        for _ in 0..ROUNDS_MAX {
            match self.count_up(client, limit, now).await? {
                Counted::Passes(counter) => return Ok(usage(counter)),
                Counted::UsedUp(counter) => {
                    return Ok(usage(Counter { used: limit.saturating_add(1), ..counter }));
                }
                Counted::NoWindow => {
                    if let Some(opened) = self.open_window(client, now).await? {
                        return Ok(usage(opened));
                    }
                }
            }
        }
        Err(PortError::new(OPERATION, "lost every race for a window"))
    }
}

impl UseOnce for DynamoLimits {
    /// The SDK may repeat a write whose answer was lost, and take its own for another's: that is on the safe side.
    async fn use_once(&self, what: &str, until: Timestamp) -> Result<bool, PortError> {
        let update =
            Update::default().set(EXPIRES_AT, until.as_seconds() + KEPT_AFTER_WINDOW_S).if_absent(EXPIRES_AT);
        let key = key(&format!("once#{what}"));
        let written = update.apply("limits.use_once", &self.client, &self.table, key).await?;
        Ok(matches!(written, Written::Done(_)))
    }
}

fn key(client: &str) -> Item {
    Item::from([(PK.to_owned(), AttributeValue::S(client.to_owned()))])
}

fn counter(item: Option<Item>) -> Result<Option<Counter>, PortError> {
    item.map(|item| serde_dynamo::from_item(item).map_err(failed(OPERATION))).transpose()
}
