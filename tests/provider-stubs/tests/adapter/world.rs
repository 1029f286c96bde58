//! What the tests share.

use domain::providers::{CloudApiSettings, WahaOptions, WahaSettings};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::message::{Content, ContentType, Message, NewMessage, Retention};
use domain::sending::attempt::Outcome;
use domain::session::Secret;
use domain::values::contact::Contact;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::reach::Reach;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use provider_stubs::{ProviderStub, Reply, Script};
use shared::ports::{Chat, Clock, KeepChats, PortError};
use shared::providers::HttpClient;
use shared::providers::cloud_api::CloudApi;
use shared::providers::waha::Waha;

/// The key that stub and adapter share; no outcome may ever show it.
pub(crate) const KEY: &str = "k3y-0f-the-server";

/// A stub that answers every call with `reply`.
pub(crate) async fn stub(reply: Reply) -> ProviderStub {
    let stub = ProviderStub::start(0, KEY).await.unwrap();
    stub.set_script(Script::always(reply));
    stub
}

/// A text to a number.
pub(crate) fn text(to: &str) -> Message {
    let now = Timestamp::from_millis(1_000_000);
    let new = NewMessage {
        session_id: SessionId::new(now, 1),
        message_id: MessageId::new(now, 2),
        account_id: AccountId::new(now, 3),
        to: Contact::parse(to).unwrap(),
        content: Content::text("hello"),
        priority: Priority::Normal,
        scheduled_at: None,
        created_at: now,
        retention: Retention::default(),
    };
    Message { status: Status::Sending, ..Message::queued(new) }
}

/// A media message.
pub(crate) fn media(content_type: ContentType, url: &str) -> Message {
    let mut message = text("16505551234");
    let caption = (content_type != ContentType::Audio).then(|| "a caption".to_owned());
    let media_url = Some(url.to_owned());
    message.content = Content { media_url, media_caption: caption, ..Content::empty(content_type) };
    message
}

/// What a text to any number comes to at a server.
pub(crate) async fn send_to(base_url: &str) -> Outcome {
    send(base_url, "default", &text("16505551234")).await
}

/// What a send through WAHA comes to; checks what holds for every outcome.
pub(crate) async fn send(base_url: &str, session: &str, message: &Message) -> Outcome {
    send_with(base_url, session, WahaOptions::default(), message).await
}

/// The same, with options.
pub(crate) async fn send_with(
    base_url: &str,
    session: &str,
    options: WahaOptions,
    message: &Message,
) -> Outcome {
    let outcome = waha().send_through(&settings(base_url, session, options), message).await;
    assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
    outcome
}

/// The settings of a session at a WAHA server that knows the key.
pub(crate) fn settings(base_url: &str, session: &str, options: WahaOptions) -> WahaSettings {
    WahaSettings {
        base_url: base_url.to_owned(),
        api_key: Secret::new(KEY.to_owned()),
        session: session.to_owned(),
        webhook_secret: None,
        options,
    }
}

/// The WAHA adapter, in real time.
pub(crate) fn waha() -> Waha<Chats, RealTime> {
    waha_with(Chats::default())
}

/// The same, with a table of chats.
pub(crate) fn waha_with(chats: Chats) -> Waha<Chats, RealTime> {
    Waha::new(HttpClient::new(Reach::Anywhere).unwrap(), chats, RealTime)
}

/// A table of chats, which all clones share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chats {
    kept: Rc<RefCell<BTreeMap<(SessionId, Contact), Chat>>>,
    trouble: Option<Trouble>,
}

/// What may be wrong with a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// It refuses every call.
    Fails,
    /// It does not answer.
    Hangs,
}

impl Chats {
    /// A table that keeps a chat since then.
    pub(crate) fn since(message: &Message, told_at: Timestamp) -> Self {
        let chat = Chat { name: "16505550000@c.us".to_owned(), told_at };
        let chats = Self::default();
        chats.kept.borrow_mut().insert((message.session_id, message.to.clone()), chat);
        chats
    }

    pub(crate) fn in_trouble(trouble: Trouble) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }

    async fn answer(&self) -> Result<(), PortError> {
        match self.trouble {
            None => Ok(()),
            Some(Trouble::Fails) => Err(PortError::new("chats", "throttled")),
            Some(Trouble::Hangs) => std::future::pending().await,
        }
    }
}

impl KeepChats for Chats {
    async fn chat(&self, message: &Message) -> Result<Option<Chat>, PortError> {
        self.answer().await?;
        Ok(self.kept.borrow().get(&(message.session_id, message.to.clone())).cloned())
    }

    async fn keep_chat(&self, message: &Message, chat: &Chat) -> Result<(), PortError> {
        self.answer().await?;
        self.kept.borrow_mut().insert((message.session_id, message.to.clone()), chat.clone());
        Ok(())
    }
}

/// What a send through the Cloud API comes to; checks what holds for every outcome.
pub(crate) async fn send_by_cloud_api(base_url: &str, message: &Message) -> Outcome {
    let from = CloudApiSettings {
        phone_number_id: "106540352242922".to_owned(),
        access_token: Secret::new(KEY.to_owned()),
        app_secret: Secret::new("not sent".to_owned()),
        verify_token: Secret::new("not sent".to_owned()),
        api_version: None,
        base_url: Some(base_url.to_owned()),
    };
    let outcome = CloudApi::new(HttpClient::new(Reach::Anywhere).unwrap()).send_from(&from, message).await;
    assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
    outcome
}

/// Time as it passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealTime;

#[expect(clippy::disallowed_methods, reason = "real servers take real time")]
impl Clock for RealTime {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    async fn sleep(&self, millis: i64) {
        tokio::time::sleep(Duration::from_millis(millis.unsigned_abs())).await;
    }
}

/// What an outcome says to people.
pub(crate) fn detail(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::SessionTrouble { detail, .. } | Outcome::Unknown(detail) => detail,
        _ => "",
    }
}

/// An outcome in short: its kind, and the reason or code that distinguishes it.
pub(crate) fn brief(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Accepted { provider_message_id } => {
            ("accepted", provider_message_id.as_deref().unwrap_or_default())
        }
        Outcome::Transient(error) => ("transient", &error.code),
        Outcome::Permanent(error) => ("permanent", &error.code),
        Outcome::RequestRefused(error) => ("request refused", &error.code),
        Outcome::RecipientHeld { error, .. } => ("recipient held", &error.code),
        Outcome::NewContactsHeld { error, .. } => ("new contacts held", &error.code),
        Outcome::SessionTrouble { reason, .. } => ("held", reason.name()),
        Outcome::Unknown(_) => ("unknown", ""),
    }
}
