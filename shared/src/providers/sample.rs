//! A message and a session for the tests of the providers.

use domain::message::{Content, ContentType, Direction, Message, Retention, StateTimes};
use domain::session::{ProviderConfig, Session};
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, MessageId, SessionId};
use domain::values::phone::PhoneNumber;
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;

/// When all of it was made.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A text on its way to a number.
pub(crate) fn message(to: &str) -> Message {
    Message {
        session_id: SessionId::new(NOW, 1),
        message_id: MessageId::new(NOW, 2),
        account_id: AccountId::new(NOW, 3),
        campaign_id: None,
        direction: Direction::Outbound,
        to: PhoneNumber::parse(to).unwrap(),
        from: None,
        content: Content {
            content_type: ContentType::Text,
            text: Some("hi".to_owned()),
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
        created_at: NOW,
        times: StateTimes::default(),
        retention: Retention::default(),
        expires_at: None,
        inbound: None,
    }
}

/// A sandbox session.
pub(crate) fn session() -> Session {
    Session {
        session_id: SessionId::new(NOW, 1),
        account_id: AccountId::new(NOW, 3),
        name: "test".to_owned(),
        provider: ProviderConfig::Sandbox,
        pacing: None,
        limits: None,
        created_at: NOW,
    }
}
