//! The table of request counters.

use aws_sdk_dynamodb::Client;
use domain::access::rate_limit::Usage;
use domain::limits::RATE_WINDOW_MS;
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items::{self, Item};
use super::keys::{EXPIRES_AT, PK, USED, WINDOW_ENDS};
use super::table::{Table, Write, absent, at_most, greater, less};
use crate::ports::{CountRequests, PortError, UseOnce};

const OPERATION: &str = "limits.count";

/// Whoever loses the race for a new window counts in the window that another request has opened.
const ROUNDS_MAX: usize = 3;

/// A counter is kept a little longer than its window, because other clocks may see the window end later.
const KEPT_AFTER_WINDOW_S: i64 = 60;

/// Counts requests in `DynamoDB`. A request costs one write, the first one of a window costs two.
#[derive(Clone, Debug)]
pub struct DynamoLimits {
    pub(super) table: Table,
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
        Self { table: Table::new(client, table) }
    }

    /// Counts one more request in the open window.
    async fn count_up(&self, client: &str, limit: u32, now: Timestamp) -> Result<Counted, PortError> {
        let write = Write::update(key(client))
            .add(USED, 1)
            .only_if(greater(WINDOW_ENDS, now))
            .only_if(less(USED, limit))
            .returning_item();
        let written = self.table.write(OPERATION, write).await?;
        let passes = written.is_done();
        Ok(match items::from_found::<Counter>(OPERATION, written.item())? {
            Some(counter) if passes => Counted::Passes(counter),
            Some(counter) if counter.window_ends > now => Counted::UsedUp(counter),
            Some(_) | None => Counted::NoWindow,
        })
    }

    /// Opens a window with its first request; `None` if another request was faster.
    async fn open_window(&self, client: &str, now: Timestamp) -> Result<Option<Counter>, PortError> {
        let opened = Counter { used: 1, window_ends: now.plus_millis(RATE_WINDOW_MS) };
        let write = Write::update(key(client))
            .set(USED, opened.used)
            .set(WINDOW_ENDS, opened.window_ends)
            .set(EXPIRES_AT, opened.window_ends.as_seconds() + KEPT_AFTER_WINDOW_S)
            .only_if(absent(WINDOW_ENDS).or(at_most(WINDOW_ENDS, now)));
        Ok(self.table.write(OPERATION, write).await?.is_done().then_some(opened))
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
    /// If the SDK repeats a write whose answer was lost, the answer is a false "used already", which is the safe side.
    async fn use_once(&self, what: &str, until: Timestamp) -> Result<bool, PortError> {
        let write = Write::update(key(&format!("once#{what}")))
            .set(EXPIRES_AT, until.as_seconds() + KEPT_AFTER_WINDOW_S)
            .only_if(absent(EXPIRES_AT));
        Ok(self.table.write("limits.use_once", write).await?.is_done())
    }
}

fn key(client: &str) -> Item {
    items::key([(PK, client.to_owned())])
}
