//! What the tests share.

use domain::attempt::Outcome;
use domain::ids::{AccountId, MessageId, SessionId};
use domain::lease::Fence;
use domain::message::{Content, ContentType, Direction, Message, StateTimes};
use domain::phone::PhoneNumber;
use domain::priority::Priority;
use domain::session::Secret;
use domain::status::Status;
use domain::time::Timestamp;
use shared::providers::waha::{Reach, Waha, WahaSession};
use waha_stub::{Reply, Script, WahaStub};

/// The key that stub and adapter share; no outcome may ever show it.
pub(crate) const KEY: &str = "k3y-0f-the-server";

/// A stub that answers every call with `reply`.
pub(crate) async fn stub(reply: Reply) -> WahaStub {
    let stub = WahaStub::start(0, KEY).await.unwrap();
    stub.set_script(Script::always(reply));
    stub
}

/// A text to a number.
pub(crate) fn text(to: &str) -> Message {
    let now = Timestamp::from_millis(1_000_000);
    Message {
        session_id: SessionId::new(now, 1),
        message_id: MessageId::new(now, 2),
        account_id: AccountId::new(now, 3),
        campaign_id: None,
        direction: Direction::Outbound,
        to: PhoneNumber::parse(to).unwrap(),
        from: None,
        content: Content {
            content_type: ContentType::Text,
            text: Some("hello".to_owned()),
            media_url: None,
            media_caption: None,
        },
        priority: Priority::Normal,
        status: Status::Sending,
        attempts: 0,
        fence: Fence::default(),
        pending_key: None,
        error: None,
        provider_message_id: None,
        scheduled_at: None,
        created_at: now,
        times: StateTimes::default(),
        expires_at: 0,
        inbound: None,
    }
}

/// A media message.
pub(crate) fn media(content_type: ContentType, url: &str) -> Message {
    let mut message = text("16505551234");
    let caption = (content_type != ContentType::Audio).then(|| "a caption".to_owned());
    let media_url = Some(url.to_owned());
    message.content = Content { content_type, text: None, media_url, media_caption: caption };
    message
}

/// What a text to any number comes to at a server.
pub(crate) async fn send_to(base_url: &str) -> Outcome {
    send(base_url, "default", &text("16505551234")).await
}

/// What a send comes to; checks what holds for every outcome.
pub(crate) async fn send(base_url: &str, session: &str, message: &Message) -> Outcome {
    let waha = Waha::new(Reach::Anywhere).unwrap();
    let api_key = &Secret::new(KEY.to_owned());
    let outcome = waha.send(WahaSession { base_url, api_key, session }, message).await;
    assert!(!format!("{outcome:?}").contains(KEY), "{outcome:?}");
    outcome
}

/// An outcome in short: its kind, and the reason or code that tells it from others.
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
