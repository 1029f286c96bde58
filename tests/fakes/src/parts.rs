//! What functions are given in this world: the fakes behind the ports, and settings as the template has them.

use std::convert::Infallible;

use domain::access::idempotency::Seed;
use domain::message::Retention;
use domain::request::{BulkRules, SessionRules};
use domain::sending::pacing::Pacing;
use domain::values::ids::AccountId;
use serde_json::Value;
use shared::announce::Announcer;
use shared::http::{ApiAddress, ApiRequest, Call, Content, Proof, SessionViews};
use shared::ports::Entropy;
use shared::world::{Give, Source};

use crate::caller::Caller;
use crate::{
    Accounts, Campaigns, ChoreSteps, Chores, Contacts, Dice, Due, Files, Lists, Messages, OpenKeyring,
    Sessions, Steps, Tickets, Timer, Watched, WhatsApp, WorkerClock, World,
};

impl shared::world::World for World {
    type Accounts = Accounts;
    type Announcer = Announcer<Tickets, Timer, Due>;
    type Answers = Accounts;
    type Bookmarks = Lists;
    type Campaigns = Campaigns;
    type Chores = Chores;
    type ChoreSteps = ChoreSteps;
    type Clock = WorkerClock;
    type Contacts = Contacts;
    type Conversations = Lists;
    type Counters = Lists;
    type Deletions = Sessions;
    type Due = Due;
    type Entropy = Dice;
    type Files = Files;
    type Keyring = OpenKeyring;
    type Limits = Accounts;
    type Messages = Messages;
    type OpenId = ();
    type Pacers = Sessions;
    type Providers = WhatsApp;
    type Recount = Lists;
    type Sessions = Sessions;
    type Statistics = Lists;
    type Steps = Steps;
    type Tickets = Tickets;
    type Timer = Timer;
    type UsedOnce = Accounts;
    type Watched = Watched;
}

impl Source for Caller {
    type World = World;
    type Error = Infallible;
}

macro_rules! give {
    ($($part:ty: |$caller:ident| $make:expr;)+) => {
        $(impl Give<$part> for Caller {
            fn give(&self) -> Result<$part, Infallible> {
                let $caller = self;
                Ok($make)
            }
        })+
    };
}

give! {
    Accounts: |caller| caller.accounts();
    Announcer<Tickets, Timer, Due>: |caller| Announcer {
        tickets: caller.tickets(),
        timer: caller.timer(),
        due: caller.due(),
    };
    Campaigns: |caller| caller.campaigns();
    ChoreSteps: |caller| caller.chore_steps();
    Chores: |caller| caller.chores();
    Contacts: |caller| caller.contacts();
    Dice: |caller| caller.entropy();
    Due: |caller| caller.due();
    Files: |caller| caller.files();
    Lists: |caller| caller.lists();
    Messages: |caller| caller.messages();
    OpenKeyring: |_caller| OpenKeyring;
    Sessions: |caller| caller.sessions();
    Steps: |caller| caller.steps();
    Tickets: |caller| caller.tickets();
    Timer: |caller| caller.timer();
    Watched: |caller| caller.watched();
    WhatsApp: |caller| caller.provider();
    WorkerClock: |caller| caller.clock();

    // Settings.
    BulkRules: |_caller| BulkRules { gap_floor_ms: 1_000 };
    Pacing: |_caller| Pacing::DEFAULT;
    Retention: |_caller| Retention::default();
    SessionRules: |_caller| SessionRules {
        default_pacing: Pacing::DEFAULT,
        gap_floor_ms: 1_000,
        allow_private_providers: false,
    };
    SessionViews: |_caller| SessionViews { default_pacing: Pacing::DEFAULT, api: ApiAddress::default() };
}

impl Caller {
    /// A request of an account that has passed the front.
    pub fn admitted(&self, account_id: AccountId, request: ApiRequest) -> Call {
        self.admitted_with(account_id, request, Content::Nothing)
    }

    /// The same, with a body in JSON.
    pub fn admitted_json(&self, account_id: AccountId, body: Value) -> Call {
        self.admitted_with(account_id, ApiRequest::default(), Content::Json(body))
    }

    fn admitted_with(&self, account_id: AccountId, request: ApiRequest, content: Content) -> Call {
        let caller = shared::http::Caller { account_id, proof: Proof::ApiKey };
        Call { request: request.into(), content, caller, now: self.now() }
    }

    /// What the ids of a call follow from that nobody has sent before.
    pub fn seed(&self, call: &Call) -> Seed {
        Seed { at: call.now, random: self.entropy().next_u128(), is_repeat: false }
    }
}
