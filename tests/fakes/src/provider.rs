//! A provider: what it does with messages, and what it really sent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::message::MessageError;
use domain::sending::attempt::Outcome;
use domain::sending::pacer::HoldReason;
use domain::sending::timer::TimerItem;
use domain::session::Session;
use domain::tuning::PROVIDER_TIMEOUT_MS;
use domain::values::contact::Contact;
use domain::values::ids::{CampaignId, MessageId, MessageKey, SessionId};
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{Outgoing, Provider};

use crate::World;
use crate::caller::Caller;
use crate::event::{Answer, CallId, Event, Fault};
use crate::faults::Sabotage;
use crate::rng::ALWAYS;

/// What a provider does in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends the message and says so.
    Accept,
    /// Does not send it, for now.
    Transient,
    /// Does not send it, ever.
    Permanent,
    /// Does not send it, and would not send it to anybody else.
    Refuse,
    /// Does not send it to this recipient for this many milliseconds.
    HoldRecipient(i64),
    /// Does not send it, since it opens no new chats for this many milliseconds.
    HoldNewContacts(i64),
    /// Cannot send anything for this session.
    Trouble,
    /// Says nothing until the time is over, and never sent it.
    Hang,
    /// Says nothing until the time is over, though it sent it.
    HangAndSend,
    /// Sends it, and its answer is lost.
    LoseReply,
}

/// How a provider behaves towards a session; chances are numbers out of [`ALWAYS`] calls.
#[derive(Clone, Debug)]
pub struct Manner {
    /// How long a call takes, in milliseconds.
    pub call_ms: (i64, i64),
    /// Chance of [`Act::Transient`].
    pub transient: u32,
    /// Chance of [`Act::Permanent`].
    pub permanent: u32,
    /// Chance of [`Act::Hang`] and of [`Act::HangAndSend`], together.
    pub hang: u32,
    /// Chance of [`Act::LoseReply`].
    pub reply_lost: u32,
    /// When the session is in trouble.
    pub outages: Vec<(Timestamp, Timestamp)>,
    /// When it refuses every message of a campaign.
    pub refusals: Vec<(Timestamp, Timestamp)>,
    /// Chance of [`Act::HoldRecipient`], and for how many milliseconds.
    pub recipient_held: (u32, i64),
    /// When it opens no new chats, and for how many milliseconds it says so.
    pub no_new_chats: Vec<(Timestamp, Timestamp, i64)>,
    /// Whether it knows messages again by their id, and sends each only once.
    pub is_idempotent: bool,
    /// Whether it reports by itself what became of messages: late, twice, and in any order.
    pub reports: bool,
}

impl Manner {
    /// Takes everything, at once, and does not know messages again.
    pub const PLAIN: Self = Self {
        call_ms: (0, 0),
        transient: 0,
        permanent: 0,
        hang: 0,
        reply_lost: 0,
        outages: Vec::new(),
        refusals: Vec::new(),
        recipient_held: (0, 0),
        no_new_chats: Vec::new(),
        is_idempotent: false,
        reports: false,
    };
}

/// How providers behave, and what they did.
#[derive(Default)]
pub(crate) struct Manners {
    of_session: BTreeMap<SessionId, Manner>,
    scripts: BTreeMap<MessageId, VecDeque<Act>>,
    /// For each message, how often it was tried and how often it went out.
    done: BTreeMap<MessageId, (u32, u32)>,
    /// The recipients to whom a message was sent.
    written_to: BTreeSet<(SessionId, Contact)>,
}

impl World {
    /// How a provider behaves towards a session from now on. Without a manner it is [`Manner::PLAIN`].
    pub fn set_manner(&self, session_id: SessionId, manner: Manner) {
        self.manners.borrow_mut().of_session.insert(session_id, manner);
    }

    /// What a provider does in the next calls for a message, before its manner applies again.
    pub fn script(&self, message_id: MessageId, acts: impl IntoIterator<Item = Act>) {
        self.manners.borrow_mut().scripts.entry(message_id).or_default().extend(acts);
    }

    /// How often a message was given to its provider.
    pub fn calls(&self, message_id: MessageId) -> u32 {
        self.manners.borrow().done.get(&message_id).map_or(0, |(calls, _)| *calls)
    }

    /// How often a message really went out.
    pub fn sent(&self, message_id: MessageId) -> u32 {
        self.manners.borrow().done.get(&message_id).map_or(0, |(_, sent)| *sent)
    }

    /// Whether nothing has gone out to a contact, and nothing come in that is known by now.
    pub fn is_new_contact(&self, session_id: SessionId, to: &Contact) -> bool {
        !self.manners.borrow().written_to.contains(&(session_id, to.clone()))
    }

    /// Whether a session's provider knows messages again.
    pub fn is_idempotent(&self, session_id: SessionId) -> bool {
        self.manners.borrow().of_session.get(&session_id).is_some_and(|manner| manner.is_idempotent)
    }
}

impl Manners {
    fn act(&mut self, world: &World, key: MessageKey, to: &Contact) -> Act {
        let scripted = self.scripts.get_mut(&key.message_id).and_then(VecDeque::pop_front);
        if let Some(act) = scripted {
            return act;
        }
        let Some(manner) = self.of_session.get(&key.session_id) else { return Act::Accept };
        let now = world.now();
        if manner.outages.iter().any(|(from, to)| (*from..*to).contains(&now)) {
            return Act::Trouble;
        }
        let refuses = manner.refusals.iter().any(|(from, to)| (*from..*to).contains(&now));
        if refuses && CampaignId::of(key.message_id).is_some() {
            return Act::Refuse;
        }
        let no_new_chats = manner.no_new_chats.iter().find(|(from, until, _)| (*from..*until).contains(&now));
        if let Some((_, _, hold_ms)) =
            no_new_chats.filter(|_| !self.written_to.contains(&(key.session_id, to.clone())))
        {
            return Act::HoldNewContacts(*hold_ms);
        }
        let mut draw = world.rng().between(1, i64::from(ALWAYS));
        for (chance, act) in [
            (manner.transient, Act::Transient),
            (manner.permanent, Act::Permanent),
            (manner.hang / 2, Act::Hang),
            (manner.hang / 2, Act::HangAndSend),
            (manner.reply_lost, Act::LoseReply),
            (manner.recipient_held.0, Act::HoldRecipient(manner.recipient_held.1)),
        ] {
            draw -= i64::from(chance);
            if draw <= 0 {
                return act;
            }
        }
        Act::Accept
    }

    /// Does it, and says whether the message goes out by that, which one that is known again does not.
    fn perform(&mut self, key: MessageKey, to: &Contact, act: Act) -> bool {
        let known_again = self.of_session.get(&key.session_id).is_some_and(|manner| manner.is_idempotent);
        let (calls, sent) = self.done.entry(key.message_id).or_default();
        *calls += 1;
        let sends =
            matches!(act, Act::Accept | Act::HangAndSend | Act::LoseReply) && !(known_again && *sent > 0);
        *sent += u32::from(sends);
        if sends {
            self.written_to.insert((key.session_id, to.clone()));
        }
        sends
    }

    fn call_ms(&self, world: &World, session_id: SessionId, act: Act) -> i64 {
        let (min, max) = self.of_session.get(&session_id).map_or((0, 0), |manner| manner.call_ms);
        match act {
            Act::Hang | Act::HangAndSend => PROVIDER_TIMEOUT_MS,
            _ => world.rng().between(min, max),
        }
    }
}

/// The providers, as one caller sees them.
#[derive(Clone, Debug)]
pub struct WhatsApp {
    caller: Caller,
}

impl Caller {
    /// The providers.
    pub fn provider(&self) -> WhatsApp {
        WhatsApp { caller: self.clone() }
    }
}

/// A call that is running. It runs on at the provider when its caller dies.
struct Running {
    caller: Caller,
    id: CallId,
    key: MessageKey,
    act: Act,
    sends: bool,
    ends_at: Timestamp,
    is_over: bool,
}

impl Running {
    fn end(&mut self) {
        self.is_over = true;
        self.caller.world().emit(Event::CallEnded(self.id, self.key, answer(self.act), self.sends));
    }
}

/// How long a provider still works for a caller whose function was ended for its time, in milliseconds.
const NOTICED_WITHIN_MS: i64 = 2_000;

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let world = self.caller.world().clone();
        let mut rest = self.ends_at.millis_since(world.now());
        if self.caller.deadline().is_some_and(|deadline| deadline <= world.now()) {
            rest = rest.min(NOTICED_WITHIN_MS);
        }
        let (id, key, act, sends) = (self.id, self.key, self.act, self.sends);
        world.clone().after(rest, move || world.emit(Event::CallEnded(id, key, answer(act), sends)));
    }
}

impl Provider for WhatsApp {
    async fn send(&self, outgoing: Outgoing<'_>) -> Outcome {
        let (caller, world) = (&self.caller, self.caller.world());
        let key = outgoing.message.key();
        let paused = caller.before_call().await;
        let id = world.next_call();
        let deadline = caller.deadline().filter(|_| !paused);
        world.emit(Event::CallStarted(id, key, caller.worker(), deadline));
        let (act, sends, call_ms) = {
            let mut manners = world.manners.borrow_mut();
            let to = &outgoing.message.to;
            let act = manners.act(world, key, to);
            (act, manners.perform(key, to, act), manners.call_ms(world, key.session_id, act))
        };
        let ends_at = world.now().plus_millis(call_ms);
        let mut running = Running { caller: caller.clone(), id, key, act, sends, ends_at, is_over: false };
        if let Some(fault) = fault(act) {
            caller.fault(fault);
        }
        if caller.chance(caller.rates().crash) {
            world.sleep(world.rng().between(0, call_ms)).await;
            caller.crash().await;
        }
        world.sleep(ends_at.millis_since(world.now())).await;
        running.end();
        if sends {
            report(world, key);
        }
        if caller.chance(caller.rates().crash) {
            caller.crash().await;
        }
        world.emit(Event::CallAnswered(id, key, answer(act)));
        outcome(act, id)
    }

    fn repeats_safely(&self, session: &Session) -> bool {
        let world = self.caller.world();
        world.without(Sabotage::BlindResend) || world.is_idempotent(session.session_id)
    }
}

const fn fault(act: Act) -> Option<Fault> {
    match act {
        Act::Accept => None,
        Act::Transient => Some(Fault::ProviderTransient),
        Act::Permanent => Some(Fault::ProviderPermanent),
        Act::Refuse => Some(Fault::ProviderRefusal),
        Act::HoldRecipient(_) | Act::HoldNewContacts(_) => Some(Fault::ProviderHold),
        Act::Trouble => Some(Fault::ProviderTrouble),
        Act::Hang | Act::HangAndSend => Some(Fault::ProviderHang),
        Act::LoseReply => Some(Fault::ProviderReplyLost),
    }
}

const fn answer(act: Act) -> Answer {
    match act {
        Act::Accept => Answer::Accepted,
        Act::Transient => Answer::Transient,
        Act::Permanent => Answer::Permanent,
        Act::Refuse => Answer::Refused,
        Act::HoldRecipient(_) => Answer::Held,
        Act::HoldNewContacts(_) => Answer::NoNewChats,
        Act::Trouble => Answer::Trouble,
        Act::Hang | Act::HangAndSend | Act::LoseReply => Answer::Unknown,
    }
}

fn outcome(act: Act, id: CallId) -> Outcome {
    match act {
        Act::Accept => Outcome::Accepted { provider_message_id: Some(format!("provider-{}", id.0)) },
        Act::Transient => Outcome::Transient(MessageError::new("provider_busy", "The provider is busy.")),
        Act::Permanent => Outcome::Permanent(MessageError::new("refused", "The provider refused it.")),
        Act::Refuse => {
            Outcome::RequestRefused(MessageError::new("request_refused", "The provider refuses all of them."))
        }
        Act::HoldRecipient(hold_ms) => {
            let error = MessageError::new("recipient_rate_limited", "Too many messages to this recipient.");
            Outcome::RecipientHeld { error, hold_ms }
        }
        Act::HoldNewContacts(hold_ms) => {
            let error = MessageError::new("new_contacts_held", "The account may not open new chats for now.");
            Outcome::NewContactsHeld { error, hold_ms }
        }
        Act::Trouble => Outcome::SessionTrouble {
            reason: HoldReason::SessionDisconnected,
            detail: "The session is not connected.".to_owned(),
            hold_ms: None,
        },
        Act::Hang | Act::HangAndSend => Outcome::Unknown("the provider did not answer in time".to_owned()),
        Act::LoseReply => Outcome::Unknown("the provider's answer was lost".to_owned()),
    }
}

/// Reports that a message was delivered and read: after some time, in any order, now and then twice.
fn report(world: &World, key: MessageKey) {
    if !world.manners.borrow().of_session.get(&key.session_id).is_some_and(|manner| manner.reports) {
        return;
    }
    for status in [Status::Sent, Status::Delivered, Status::Read] {
        let Ok(body) = serde_json::to_string(&TimerItem::sandbox_report(key, status)) else { continue };
        for _ in 0..world.rng().between(0, 2) {
            world.set_timer(body.clone(), world.rng().between(0, 30_000));
        }
    }
}
