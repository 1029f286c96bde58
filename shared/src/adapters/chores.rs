//! The rows of chores: a partition of their own in the table of wake-ups, since both are about what must not be forgotten.

use aws_sdk_dynamodb::Client;
use domain::chores::{Chore, ChoreStep, OpenChore, Subject};
use domain::values::time::Timestamp;
use serde::Deserialize;

use super::items::{self, Item};
use super::keys::{CHORE, CHORES, DUE, DUE_KEY, SHARD, STEP};
use super::table::{Query, Table, Update, Write, Written, equal};
use crate::ports::{BeginChores, PortError, RunChores, SweepChores};

/// The rows of chores.
#[derive(Clone, Debug)]
pub struct DynamoChores {
    table: Table,
}

/// A chore as it is stored.
#[derive(Deserialize)]
struct Stored {
    chore: Chore,
    step: u64,
    due: Timestamp,
}

impl DynamoChores {
    /// In the table of this name.
    pub const fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Moves a chore to a new step, and opens it if it is not there. The steps of a new one are counted from the time, so that
    /// no copy of an older one's write or step is taken for its own.
    async fn next_step(
        &self,
        operation: &'static str,
        subject: Subject,
        due: Timestamp,
        write: Write<Update>,
    ) -> Result<ChoreStep, PortError> {
        let write = write.set_sum(STEP, (STEP, due.as_millis()), 1).returning_item();
        match self.table.write(operation, write).await? {
            Written::Done(Some(item)) => {
                let stored: Stored = items::from_item(operation, item)?;
                Ok(ChoreStep { subject, number: stored.step })
            }
            Written::Done(None) | Written::Refused(_) => Err(PortError::new(operation, "no item came back")),
        }
    }
}

impl BeginChores for DynamoChores {
    async fn begin(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError> {
        let subject = chore.subject();
        let write = Write::update(item_key(subject)).set_if_absent(CHORE, chore).set_if_absent(DUE, due);
        self.next_step("chores.begin", subject, due, write).await
    }

    async fn start_over(&self, chore: &Chore, due: Timestamp) -> Result<ChoreStep, PortError> {
        let subject = chore.subject();
        let write = Write::update(item_key(subject)).set(CHORE, chore).set(DUE, due);
        self.next_step("chores.start_over", subject, due, write).await
    }
}

impl RunChores for DynamoChores {
    async fn open(&self, subject: Subject) -> Result<Option<OpenChore>, PortError> {
        let operation = "chores.open";
        let found = self.table.get(operation, item_key(subject)).await?;
        Ok(items::from_found::<Stored>(operation, found)?.map(OpenChore::from))
    }

    async fn advance(
        &self,
        seen: &OpenChore,
        chore: &Chore,
        due: Timestamp,
    ) -> Result<Option<ChoreStep>, PortError> {
        let (operation, subject, number) = ("chores.advance", chore.subject(), seen.number + 1);
        let write = Write::update(item_key(subject))
            .set(CHORE, chore)
            .set(STEP, number)
            .set(DUE, due)
            .only_if(equal(STEP, seen.number))
            .returning_refused();
        let step = ChoreStep { subject, number };
        match self.table.write(operation, write).await? {
            Written::Done(_) => Ok(Some(step)),
            // As an earlier copy of the same write has left it.
            Written::Refused(Some(item)) => {
                let now: Stored = items::from_item(operation, item)?;
                Ok((now.step == number && now.due == due && now.chore == *chore).then_some(step))
            }
            Written::Refused(None) => Ok(None),
        }
    }

    async fn finish(&self, seen: &OpenChore) -> Result<bool, PortError> {
        let write = Write::delete(item_key(seen.chore.subject())).only_if(equal(STEP, seen.number));
        Ok(self.table.write("chores.finish", write).await?.is_done())
    }
}

impl SweepChores for DynamoChores {
    async fn open_chores(&self, limit: usize) -> Result<Vec<OpenChore>, PortError> {
        let operation = "chores.open_chores";
        let query = Query::of(equal(SHARD, CHORES)).strongly();
        self.table.first(operation, query, limit, |item| Ok(readable(operation, item))).await
    }

    /// Refused: the step that was overdue has been taken.
    async fn postpone(&self, seen: &OpenChore, due: Timestamp) -> Result<(), PortError> {
        let write =
            Write::update(item_key(seen.chore.subject())).set(DUE, due).only_if(equal(STEP, seen.number));
        self.table.write("chores.postpone", write).await.map(drop)
    }
}

fn item_key(subject: Subject) -> Item {
    items::key([(SHARD, CHORES.to_owned()), (DUE_KEY, subject.to_string())])
}

/// A chore that cannot be read (a newer version's, say) stays where it is, and does not hold up the others.
fn readable(operation: &'static str, item: Item) -> Option<OpenChore> {
    let place = format!("{:?}", item.get(DUE_KEY));
    match items::from_item::<Stored>(operation, item) {
        Ok(stored) => Some(stored.into()),
        Err(error) => {
            tracing::error!(place, %error, malformed = "chore", "left a malformed chore where it is");
            None
        }
    }
}

impl From<Stored> for OpenChore {
    fn from(Stored { chore, step, due }: Stored) -> Self {
        Self { chore, number: step, due }
    }
}
