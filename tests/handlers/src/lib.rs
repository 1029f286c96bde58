//! What the tests of handlers share.

#![expect(clippy::missing_panics_doc, reason = "a library for tests: it panics where a test is to fail")]

pub mod hooks;
pub mod million;
pub mod signed;

use domain::providers::{CloudApiSettings, WahaSettings};
use std::marker::PhantomData;

use domain::message::{Content, Direction, Message, NewMessage, Retention, StateTimes};
use domain::request::SessionRules;
use domain::session::{ProviderConfig, Secret, Session, WahaOptions};
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use fakes::World;
use serde_json::Value;
use shared::http::{ApiRequest, ApiResponse};

/// The account of all tests.
pub fn account() -> AccountId {
    AccountId::new(World::BEGINNING, 1)
}

/// A session of that account, by its number.
pub fn session_id(number: u128) -> SessionId {
    SessionId::new(World::BEGINNING, number)
}

/// A session with a provider.
pub fn session(number: u128, account_id: AccountId, provider: ProviderConfig) -> Session {
    Session::new(session_id(number), account_id, "test", provider, World::BEGINNING)
}

/// A session behind WAHA, whose webhooks are signed with `secret`.
pub fn waha(secret: &str) -> ProviderConfig {
    ProviderConfig::Waha(WahaSettings {
        base_url: "https://waha.example.com".to_owned(),
        api_key: Secret::new("key".to_owned()),
        session: "default".to_owned(),
        webhook_secret: Some(Secret::new(secret.to_owned())),
        options: WahaOptions::default(),
    })
}

/// A session of the Cloud API, whose webhooks are signed with `secret`.
pub fn cloud_api(secret: &str) -> ProviderConfig {
    ProviderConfig::CloudApi(CloudApiSettings {
        phone_number_id: "106540352242922".to_owned(),
        access_token: Secret::new("token".to_owned()),
        app_secret: Secret::new(secret.to_owned()),
        verify_token: Secret::new("verify me".to_owned()),
        api_version: None,
        base_url: None,
    })
}

/// A message of a session in a state, created this many milliseconds after the beginning.
pub fn message(session: u128, status: Status, to: &str, at_ms: i64, random: u128) -> Message {
    let created_at = World::BEGINNING.plus_millis(at_ms);
    let inbound = status == Status::Received;
    let to = Contact::parse(to).expect("a number");
    let new = NewMessage {
        session_id: session_id(session),
        message_id: MessageId::new(created_at, random),
        account_id: account(),
        to: to.clone(),
        content: Content::text("hello"),
        priority: Priority::Normal,
        scheduled_at: None,
        created_at,
        retention: Retention::default(),
    };
    Message {
        direction: if inbound { Direction::Inbound } else { Direction::Outbound },
        from: to.number().filter(|_| inbound).cloned(),
        status,
        pending_key: None,
        times: StateTimes::default(),
        ..Message::queued(new)
    }
}

/// A request with a query.
pub fn query(parameters: &[(&str, &str)]) -> ApiRequest {
    let query = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ApiRequest { query: query.collect(), source_ip: "203.0.113.7".to_owned(), ..ApiRequest::default() }
}

/// The body of an answer.
pub fn body(answer: &ApiResponse) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// A time of the world.
pub fn at(millis: i64) -> Timestamp {
    World::BEGINNING.plus_millis(millis)
}

/// Has the operator's function carry a command out.
pub fn operate(world: &World, command: &Value) -> Value {
    let caller = world.caller();
    let Ok(deps) = operator::Deps::of(&caller);
    let rules = SessionRules { gap_floor_ms: 0, allow_private_providers: true, ..deps.rules };
    let deps = operator::Deps { rules, ..deps };
    world.block_on(operator::handle(&deps, command))
}

/// The world of the fakes, with another table of messages.
pub struct Over<M>(PhantomData<M>);

macro_rules! as_the_fakes_do {
    ($($part:ident),+) => {
        impl<M> shared::world::World for Over<M> {
            type Messages = M;
            $(type $part = <World as shared::world::World>::$part;)+
        }
    };
}

as_the_fakes_do! {
    Accounts, Announcer, Answers, Bookmarks, Campaigns, Chores, ChoreSteps, Clock, Contacts, Conversations, Counters, Deletions, Due, Entropy,
    Files, Keyring, Limits, OpenId, Pacers, Providers, Recount, Sessions, Statistics, Steps, Tickets, Timer, UsedOnce,
    Watched
}
