//! Sees every event of a run and checks the promises at once.

mod calls;
mod campaigns;
pub mod end;
pub(crate) mod limits;
mod rows;
mod track;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use domain::session::Session;
use domain::values::ids::{CampaignId, MessageKey, SessionId};
use domain::values::time::Timestamp;
use fakes::{Ending, Event, Fault, Manner, Observer, Source, Worker, World};

pub use limits::DayCount;
use track::{CampaignTrack, MessageTrack, SessionTrack};
pub use track::{Gap, Terms};

use crate::promise::{Promise, Violation};

/// What a run has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Messages that were accepted.
    pub accepted: u64,
    /// Messages that were cancelled in time.
    pub cancelled: u64,
    /// Provider calls.
    pub calls: u64,
    /// Messages that went out.
    pub sent: u64,
    /// Runs of the dispatcher.
    pub dispatches: u64,
    /// Messages given up with an unknown outcome.
    pub unknown: u64,
    /// Checks of how long a message waited beyond need that were made strictly.
    pub strict_waits: u64,
}

impl Counts {
    /// Adds what another run has done.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.cancelled += other.cancelled;
        self.calls += other.calls;
        self.sent += other.sent;
        self.dispatches += other.dispatches;
        self.unknown += other.unknown;
        self.strict_waits += other.strict_waits;
    }
}

/// Checks the promises.
pub struct Checker {
    /// How strict clocks allow the checks to be.
    terms: Terms,
    sessions: BTreeMap<SessionId, SessionTrack>,
    messages: BTreeMap<MessageKey, MessageTrack>,
    campaigns: BTreeMap<CampaignId, CampaignTrack>,
    /// The sessions that a worker has to do with; of no worker's are those of the timer.
    workers: BTreeMap<Worker, Vec<SessionId>>,
    /// The last fault that may have touched any session.
    shared_fault_at: Timestamp,
    /// How often sessions were held.
    holds: u64,
    /// How much of what is in queues cannot be read.
    garbage: u32,
    /// How often it is looked at until its queues give it up.
    looks_at_garbage: u64,
    /// What was found.
    pub violations: Vec<Violation>,
    /// What was done.
    pub counts: Counts,
    /// Waits beyond need of class 1 messages, in milliseconds, where they were checked strictly.
    pub reply_waits: Vec<i64>,
    /// Every gap that was drawn, as its place in its range, 0 to 999.
    pub gap_places: Vec<i64>,
    /// What went out of sessions with limits, by session and day in its time zone.
    pub days: BTreeMap<(SessionId, i64), DayCount>,
}

/// A checker that both the world and the run can see.
pub type SharedChecker = Rc<RefCell<Checker>>;

/// Passes events on to a checker.
pub struct Eye(pub SharedChecker);

impl Observer for Eye {
    fn on_event(&mut self, world: &World, event: &Event) {
        self.0.borrow_mut().see(world, event);
    }
}

impl Checker {
    /// A checker for a run on these terms.
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            sessions: BTreeMap::new(),
            messages: BTreeMap::new(),
            campaigns: BTreeMap::new(),
            workers: BTreeMap::new(),
            shared_fault_at: Timestamp::EPOCH,
            holds: 0,
            garbage: 0,
            looks_at_garbage: 0,
            violations: Vec::new(),
            counts: Counts::default(),
            reply_waits: Vec::new(),
            gap_places: Vec::new(),
            days: BTreeMap::new(),
        }
    }

    /// A session takes part, with this range of gaps and this provider.
    pub fn add_session(&mut self, session: &Session, gap: Gap, manner: &Manner) {
        self.sessions.insert(session.session_id, SessionTrack::new(session, gap, manner));
    }

    /// A caller of the API has to do with a session.
    pub fn note_worker(&mut self, worker: Worker, session_id: SessionId) {
        self.workers.entry(worker).or_default().push(session_id);
    }

    /// The API answered 202.
    pub fn accepted(&mut self, world: &World, key: MessageKey) {
        self.counts.accepted += 1;
        let track = self.messages.entry(key).or_default();
        track.is_accepted = true;
        track.accept_ms = world.now().millis_since(track.in_line_at);
    }

    /// The API answered a cancel with success.
    pub fn cancelled(&mut self, world: &World, key: MessageKey) {
        self.counts.cancelled += 1;
        self.messages.entry(key).or_default().is_cancelled = true;
        if world.sent(key.message_id) > 0 {
            self.violated(Promise::CancelIsFinal, world, Some(key), "cancelled, but it went out before");
        }
    }

    fn violated(
        &mut self,
        promise: Promise,
        world: &World,
        message: Option<MessageKey>,
        what: impl Into<String>,
    ) {
        self.violations.push(Violation { promise, at: world.now(), message, what: what.into() });
    }

    fn see(&mut self, world: &World, event: &Event) {
        match *event {
            Event::Stored(key, row) => self.row_stored(world, key, row),
            Event::Changed(key, before, after) => self.row_changed(world, key, before, after),
            Event::Leased(session_id, _, _) => {
                let session = self.session(session_id);
                (session.leased_at, session.is_in_trouble) = (world.now(), false);
                session.opens_no_chats = false;
                session.leases += 1;
            }
            Event::Withdrawn(key) => self.messages.entry(key).or_default().is_withdrawn = true,
            Event::Released(session_id, fence, gaps, held_until) => {
                self.holds += u64::from(held_until.is_some());
                self.session_released(world, session_id, fence, gaps, held_until);
            }
            Event::Resumed(session_id) => self.session(session_id).held_until = world.now(),
            Event::SessionDeleted(session_id) => self.session(session_id).deleted_at = Some(world.now()),
            Event::CallStarted(id, key, _, deadline) => self.call_started(world, id, key, deadline),
            Event::CallEnded(id, key, answer, sent) => self.call_ended(world, id, key, answer, sent),
            Event::CallAnswered(id, key, answer) => self.call_answered(world, id, key, answer),
            Event::CampaignChanged(session_id, campaign_id, may_send) => {
                self.campaign_changed(world, session_id, campaign_id, may_send);
            }
            Event::Received(worker, _, session_id, _) => self.note_worker(worker, session_id),
            Event::Started(_, Source::Fifo(_)) => self.counts.dispatches += 1,
            Event::DeadLettered(Source::Fifo(_)) if self.garbage > 0 => self.garbage -= 1,
            Event::DeadLettered(source @ (Source::Fifo(_) | Source::Chores)) => {
                let what = format!("a message of {source:?} went to the dead-letter queue");
                self.violated(Promise::AcceptedIsDurable, world, None, what);
            }
            Event::Expired(source) => {
                let what = format!("a message of {source:?} grew too old");
                self.violated(Promise::AcceptedIsDurable, world, None, what);
            }
            Event::Fault(fault, worker) => self.fault(world, fault, worker),
            Event::Ended(worker, ending) => self.worker_ended(world, worker, ending),
            // Of the timer: a report whose message waits for long. What is lost with anything else shows at the end.
            Event::DeadLettered(Source::Timer)
            | Event::SessionRemoved(_)
            | Event::Surveyed(..)
            | Event::Pointed(..)
            | Event::TicketSent(..)
            | Event::Hidden(..)
            | Event::Acknowledged(..)
            | Event::TimerSet(_)
            | Event::ChoreStepSent(_)
            | Event::WakeUpKept(..)
            | Event::WakeUpRemoved(..)
            | Event::Started(..) => {}
        }
    }

    fn session(&mut self, session_id: SessionId) -> &mut SessionTrack {
        self.sessions.entry(session_id).or_default()
    }

    fn fault(&mut self, world: &World, fault: Fault, worker: Worker) {
        let may_end_worker = match fault {
            Fault::ProviderTransient
            | Fault::ProviderPermanent
            | Fault::TicketLost
            | Fault::ProviderTrouble
            | Fault::ProviderRefusal
            | Fault::ProviderHold
            | Fault::ProviderReplyLost
            | Fault::ProviderHang => return,
            Fault::Repeated | Fault::LateCopy | Fault::Slow | Fault::Doubled | Fault::DeletionLost => false,
            Fault::Throttled
            | Fault::ReplyLost
            | Fault::Paused
            | Fault::Crash
            | Fault::Landed
            | Fault::Overtime => true,
        };
        self.touch(world, worker, may_end_worker);
    }

    fn worker_ended(&mut self, world: &World, worker: Worker, ending: Ending) {
        if ending != Ending::Returned {
            self.touch(world, worker, false);
        }
        if ending == Ending::Returned {
            self.workers.remove(&worker);
        }
    }

    /// A fault may have touched the sessions of a worker, or, when it has none in particular, all of them.
    fn touch(&mut self, world: &World, worker: Worker, may_end_worker: bool) {
        let Some(sessions) = self.workers.get(&worker) else {
            self.shared_fault_at = world.now();
            return;
        };
        for session_id in sessions.clone() {
            let session = self.session(session_id);
            session.fault_at = session.fault_at.max(world.now());
            if may_end_worker {
                session.severe_fault_at = world.now();
            }
        }
    }
}
