//! The ports of the messages table.

use domain::message::Message;
use domain::message::pending::PendingKey;
use domain::message::report::Report;
use domain::sending::attempt::Progress;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, CampaignId, MessageId, MessageKey, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{
    AcceptMessages, CancelMessages, Cancelled, Claim, ClearMessages, DispatchMessages, LocateMessages,
    PortError, ReadLines, ReadMessages, Recorded, ReportMessages, Reported, Row, Waiting, WithdrawMessages,
    Withdrawn,
};

use crate::World;
use crate::caller::{Caller, Kind};
use crate::event::Event;
use crate::faults::Sabotage;
use crate::message_table::{MessageTable, Written};
use crate::survey_sabotage::Distorted;

/// The table of messages, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Messages {
    pub(crate) caller: Caller,
    distorted: Distorted,
}

impl Caller {
    /// The table of messages.
    pub fn messages(&self) -> Messages {
        Messages { caller: self.clone(), distorted: Distorted::default() }
    }
}

impl Messages {
    async fn read<R: 'static>(
        &self,
        operation: &'static str,
        read: impl Fn(&MessageTable) -> R + 'static,
    ) -> Result<R, PortError> {
        self.caller.call(Kind::Read, operation, move |world| Ok(read(&world.messages.borrow()))).await
    }

    async fn write<R: 'static>(
        &self,
        operation: &'static str,
        write: impl Fn(&World, &mut MessageTable) -> Written<R> + 'static,
    ) -> Result<R, PortError> {
        let effect = move |world: &World| {
            let (answer, event) = write(world, &mut world.messages.borrow_mut());
            world.tell(event);
            Ok(answer)
        };
        self.caller.call(Kind::Write, operation, effect).await
    }

    async fn get_strongly(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        let read = move |table: &MessageTable| {
            let unreadable = table.malformed.contains(&key);
            (!unreadable).then(|| table.get(key).cloned()).ok_or("unreadable")
        };
        self.read("messages.get", read).await?.map_err(|why| PortError::new("messages.get", why))
    }

    async fn store(&self, operation: &'static str, message: &Message) -> Result<Option<Status>, PortError> {
        let lag = self.caller.rates().lag_ms;
        let lag = if lag == 0 { 0 } else { self.caller.world().rng.between(0, lag) };
        let message = message.clone();
        let late = self.caller.world().without(Sabotage::TicketBeforeRow);
        let put = move |world: &World| {
            let before = world.messages.borrow().get(message.key()).map(|found| found.status);
            let event = world.messages.borrow_mut().put(&message, world.now(), world.now().plus_millis(lag));
            world.tell(event);
            before
        };
        if late {
            let (world, millis) = (self.caller.world().clone(), self.caller.world().rng.between(1, 3_000));
            world.clone().after(millis, move || {
                put(&world);
            });
            return Ok(None);
        }
        self.caller.call(Kind::Write, operation, move |world: &World| Ok(put(world))).await
    }
}

impl AcceptMessages for Messages {
    async fn put(&self, message: &Message) -> Result<Option<Status>, PortError> {
        self.store("messages.put", message).await
    }
}

impl WithdrawMessages for Messages {
    async fn withdraw(&self, message: &Message, now: Timestamp) -> Result<Withdrawn, PortError> {
        let (key, withdrawn) = (message.key(), message.withdrawn(now));
        let put = move |world: &World, table: &mut MessageTable| table.withdraw(&withdrawn, world.now());
        if self.write("messages.withdraw", put).await? {
            return Ok(Withdrawn::Yes);
        }
        Ok(match self.cancel(key, now).await? {
            Cancelled::Yes(_) | Cancelled::NotFound => Withdrawn::Yes,
            Cancelled::TooLate(status) => Withdrawn::No(status),
        })
    }
}

impl ReadMessages for Messages {
    async fn get(&self, key: MessageKey) -> Result<Option<Message>, PortError> {
        self.get_strongly(key).await
    }
}

impl LocateMessages for Messages {
    async fn locate(&self, account_id: AccountId, id: MessageId) -> Result<Option<MessageKey>, PortError> {
        let locate = move |world: &World| Ok(world.messages.borrow().locate(account_id, id, world.now()));
        self.caller.call(Kind::Read, "messages.locate", locate).await
    }
}

impl CancelMessages for Messages {
    async fn cancel(&self, key: MessageKey, at: Timestamp) -> Result<Cancelled, PortError> {
        let cancel = move |world: &World, table: &mut MessageTable| {
            table.cancel(key, at, world.now(), world.without(Sabotage::CancelUnconditional))
        };
        self.write("messages.cancel", cancel).await
    }
}

impl ReadLines for Messages {
    async fn waiting(
        &self,
        session_id: SessionId,
        line: Option<Priority>,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let worker = self.caller.worker();
        let distorted = self.distorted.clone();
        let look = move |world: &World| {
            let waiting = distorted.look(world, session_id, line, limit);
            world.emit(Event::Surveyed(worker, session_id));
            Ok(waiting)
        };
        self.caller.call(Kind::Read, "messages.waiting", look).await
    }

    async fn waiting_behind(
        &self,
        session_id: SessionId,
        place: PendingKey,
        limit: usize,
    ) -> Result<Waiting, PortError> {
        let look = move |world: &World| {
            if world.without(Sabotage::PausedRowsEndTheLine) {
                return Ok(Waiting { keys: Vec::new(), is_all: true });
            }
            Ok(world.messages.borrow().waiting_behind(session_id, place, limit))
        };
        self.caller.call(Kind::Read, "messages.waiting_behind", look).await
    }
}

impl DispatchMessages for Messages {
    async fn row(&self, key: MessageKey) -> Result<Option<Row>, PortError> {
        self.read("messages.row", move |table| table.row(key)).await
    }

    async fn claim(&self, key: MessageKey, fence: Fence, now: Timestamp) -> Result<Claim, PortError> {
        let claim = move |world: &World, table: &mut MessageTable| {
            let (claim, event) = table.claim(key, fence, now, world.without(Sabotage::ClaimIgnoresFence));
            let repeated = event.is_none() && matches!(claim, Claim::Claimed(_));
            (seen(world, claim, repeated), event)
        };
        self.write("messages.claim", claim).await
    }

    async fn record(
        &self,
        key: MessageKey,
        priority: Priority,
        fence: Fence,
        progress: &Progress,
    ) -> Result<Recorded, PortError> {
        let progress = progress.clone();
        let place = PendingKey { priority, due: Timestamp::EPOCH, message_id: key.message_id };
        let record = move |world: &World, table: &mut MessageTable| {
            let fence = (!world.without(Sabotage::RecordIgnoresFence)).then_some(fence);
            let progress = kept_in_place(world, table, key, &progress);
            table.record(place, key.session_id, fence, &progress, world.now())
        };
        self.write("messages.record", record).await
    }

    async fn fence_off(&self, key: MessageKey, fence: Fence) -> Result<(), PortError> {
        let fence_off = move |world: &World, table: &mut MessageTable| {
            let spared = world.without(Sabotage::NoFenceOff);
            ((), if spared { None } else { table.fence_off(key, fence, world.now()) })
        };
        self.write("messages.fence_off", fence_off).await
    }
}

/// The result of a claim as its caller gets it, with one of the rules about claims taken out.
fn seen(world: &World, claim: Claim, repeated: bool) -> Claim {
    match claim {
        Claim::Claimed(_) if repeated && world.without(Sabotage::ClaimHidesRow) => Claim::Refused(None),
        Claim::Claimed(Row::Message(mut row)) if world.without(Sabotage::AttemptsForgotten) => {
            row.attempts = 0;
            Claim::Claimed(Row::Message(row))
        }
        Claim::Refused(Some(row))
            if row.status() == Status::Sending && world.without(Sabotage::NoSafetyNet) =>
        {
            Claim::Refused(None)
        }
        claim => claim,
    }
}

/// A message that goes back in line keeps its place there, with [`Sabotage::NoBackOff`].
fn kept_in_place(world: &World, table: &MessageTable, key: MessageKey, progress: &Progress) -> Progress {
    let place = table.get(key).and_then(|message| message.pending_key);
    match (progress, place) {
        (Progress::Requeued { attempts, error, .. }, Some(place)) if world.without(Sabotage::NoBackOff) => {
            Progress::Requeued { due: place.due, attempts: *attempts, error: error.clone() }
        }
        _ => progress.clone(),
    }
}

impl ClearMessages for Messages {
    async fn rows_of(
        &self,
        session_id: SessionId,
        campaign_id: CampaignId,
        from_row: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Status)>, PortError> {
        let once = self.caller.world().without(Sabotage::ClearOnce);
        let rows = move |table: &MessageTable| {
            let rows = table.campaign_rows(session_id, campaign_id, from_row, limit);
            let is_open = |status| status != Status::Sending || !once;
            rows.into_iter().filter(|(_, status)| is_open(*status)).collect()
        };
        self.read("messages.rows_of", rows).await
    }

    async fn give_up(&self, key: MessageKey, at: Timestamp) -> Result<(), PortError> {
        self.write("messages.give_up", move |world, table| ((), table.give_up(key, at, world.now()))).await
    }
}

impl ReportMessages for Messages {
    async fn report(&self, key: MessageKey, report: &Report) -> Result<Reported, PortError> {
        let report = report.clone();
        let report = move |world: &World, table: &mut MessageTable| {
            table.report(key, &report, world.without(Sabotage::ReportsUnconditional))
        };
        self.write("messages.report", report).await
    }

    async fn find(
        &self,
        session_id: SessionId,
        provider_message_id: &str,
    ) -> Result<Option<MessageId>, PortError> {
        let id = provider_message_id.to_owned();
        self.read("messages.find", move |table| table.find(session_id, &id)).await
    }

    async fn unsettled(&self, session_id: SessionId) -> Result<Vec<Message>, PortError> {
        self.read("messages.unsettled", move |table| table.unsettled(session_id)).await
    }
}
