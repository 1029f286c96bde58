//! Messages that are taken.

use std::cell::RefCell;

use domain::message::ContentType;
use domain::providers::WahaSettings;
use domain::sending::attempt::Outcome;
use domain::sending::timer::TimerItem;
use domain::session::{ProviderConfig, Secret, Session, WahaOptions};
use domain::values::ids::{AccountId, SessionId};
use domain::values::reach::Reach;
use domain::values::time::Timestamp;
use provider_stubs::{Engine, ProviderStub, Reply, Script};
use shared::ports::{Clock, Outgoing, PortError, Provider, SendLater};
use shared::providers::Providers;

use crate::world::{Chats, KEY, brief, media, send, stub, text};

#[tokio::test]
async fn every_type_is_taken() {
    let stub = stub(Reply::Accepted).await;
    for (message, path) in [
        (text("16505551234"), "/api/sendText"),
        (media(ContentType::Image, "https://a.example/cat.png"), "/api/sendImage"),
        (media(ContentType::File, "https://a.example/report.pdf"), "/api/sendFile"),
        (media(ContentType::Audio, "https://a.example/note"), "/api/sendVoice"),
        (media(ContentType::Video, "https://a.example/"), "/api/sendVideo"),
    ] {
        let outcome = send(&stub.base_url(), "default", &message).await;
        let call = stub.calls().pop().unwrap();
        assert_eq!((call.path.as_str(), &call.refused), (path, &None));
        assert_eq!(brief(&outcome), ("accepted", call.message_id.unwrap().as_str()), "{path}");
    }
}

#[tokio::test]
async fn every_engines_id_is_kept() {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    for engine in [Engine::Webjs, Engine::Noweb, Engine::Gows, Engine::GowsData] {
        stub.set_script(Script { engine, ..Script::always(Reply::Accepted) });
        let outcome = send(&stub.base_url(), "default", &text("16505551234")).await;
        let id = stub.calls().pop().unwrap().message_id.unwrap();
        assert_eq!(brief(&outcome), ("accepted", id.as_str()), "{engine:?}");
    }
}

#[tokio::test]
async fn an_answer_that_tells_no_id_is_a_success_nevertheless() {
    for reply in [Reply::EmptyBody, Reply::TruncatedBody, Reply::LongBody { bytes: 10 * 1024 * 1024 }] {
        let stub = stub(reply.clone()).await;
        let outcome = send(&stub.base_url(), "default", &text("16505551234")).await;
        assert_eq!(outcome, Outcome::Accepted { provider_message_id: None }, "{reply:?}");
        assert!(stub.calls()[0].message_id.is_some());
    }
}

#[tokio::test]
async fn an_id_within_the_first_64_kb_is_read() {
    let stub = stub(Reply::LongBody { bytes: 60 * 1024 }).await;
    let outcome = send(&stub.base_url(), "default", &text("16505551234")).await;
    let id = stub.calls().pop().unwrap().message_id.unwrap();
    assert_eq!(brief(&outcome), ("accepted", id.as_str()));
}

#[tokio::test]
async fn a_server_below_a_path_gets_its_path() {
    let stub = stub(Reply::Accepted).await;
    let outcome = send(&format!("{}/waha/", stub.base_url()), "default", &text("16505551234")).await;
    assert_eq!(stub.calls()[0].path, "/waha/api/sendText");
    // The stub lies at the root, so the answer is that this is no WAHA server.
    assert_eq!(brief(&outcome), ("held", "provider_unreachable"));
}

/// The ports of a sandbox that is not the one under test.
#[derive(Default)]
struct Ports(RefCell<u32>);

impl SendLater for &Ports {
    async fn send_later(&self, _item: &TimerItem, _seconds: u32) -> Result<(), PortError> {
        *self.0.borrow_mut() += 1;
        Ok(())
    }
}

impl Clock for &Ports {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    async fn sleep(&self, _millis: i64) {}
}

fn session(provider: ProviderConfig) -> Session {
    let (session_id, account_id) = (SessionId::new(Timestamp::EPOCH, 1), AccountId::new(Timestamp::EPOCH, 3));
    Session::new(session_id, account_id, "test", provider, Timestamp::EPOCH)
}

#[tokio::test]
async fn a_sessions_configuration_chooses_its_provider() {
    let (stub, ports) = (stub(Reply::Accepted).await, Ports::default());
    let providers = Providers::new(&ports, Chats::default(), &ports, Reach::Anywhere).unwrap();
    let waha = session(ProviderConfig::Waha(WahaSettings {
        base_url: stub.base_url(),
        api_key: Secret::new(KEY.to_owned()),
        session: "shop".to_owned(),
        webhook_secret: None,
        options: WahaOptions::default(),
    }));
    let message = text("16505551234");
    for (session, calls, items) in [(&waha, 1, 0), (&session(ProviderConfig::Sandbox), 1, 2)] {
        let outcome = providers.send(Outgoing { session, message: &message, failures: 0 }).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }));
        assert_eq!((stub.calls().len(), *ports.0.borrow()), (calls, items));
        assert!(!providers.repeats_safely(session));
    }
    assert_eq!(stub.calls()[0].session.as_deref(), Some("shop"));
}
