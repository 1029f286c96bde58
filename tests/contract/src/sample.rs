//! What the rules are tried with. Every id is fresh, so that rules can run side by side and again on the same stack.

use domain::providers::WahaSettings;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use domain::campaign::{Campaign, CampaignState, Counts};
use domain::limits::TEXT_MAX_CHARS;
use domain::message::pending::PendingKey;
use domain::message::{
    Content, ContentType, Direction, Message, MessageError, NewMessage, Retention, StateTimes,
};
use domain::sending::lease::{Lease, LeaseOwner};
use domain::sending::pacing::Pacing;
use domain::session::{ProviderConfig, Secret, Session, WahaOptions};
use domain::values::contact::Contact;
use domain::values::fence::Fence;
use domain::values::ids::{AccountId, ApiKeyId, CampaignId, MessageId, SessionId};
use domain::values::priority::Priority;
use domain::values::status::Status;
use domain::values::time::Timestamp;
use shared::ports::{ApiKey, ApiKeyHash};

/// When everything happens.
pub const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_123);

/// In seconds since the Unix epoch, so late that no time to live ends while a rule is tried.
const FAR_AHEAD_S: i64 = 4_000_000_000;

/// The secrets in [`session`], none of which may ever be stored in the clear.
pub const SECRETS: [&str; 2] = ["waha-api-key-7f3a91", "webhook-secret-c04d55"];

/// Bits that nobody had before.
pub fn random() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

/// A fresh session's id.
pub fn session_id() -> SessionId {
    SessionId::new(NOW, random())
}

/// A fresh account's id.
pub fn account_id() -> AccountId {
    AccountId::new(NOW, random())
}

/// A fresh message's id.
pub fn message_id() -> MessageId {
    MessageId::new(NOW, random())
}

/// `millis` after [`NOW`].
pub const fn at(millis: i64) -> Timestamp {
    NOW.plus_millis(millis)
}

/// A phone number.
pub fn phone(digits: &str) -> Contact {
    Contact::parse(digits).expect("a valid number")
}

/// A waiting message of normal priority that is due now.
pub fn message(session_id: SessionId) -> Message {
    waiting(session_id, Priority::Normal, 0)
}

/// A waiting message of this priority that is due `due_ms` after now.
pub fn waiting(session_id: SessionId, priority: Priority, due_ms: i64) -> Message {
    let message_id = message_id();
    let message = Message::queued(NewMessage {
        session_id,
        message_id,
        account_id: account_id(),
        to: phone("16505551234"),
        content: Content::text("hello"),
        priority,
        scheduled_at: None,
        created_at: NOW,
        // Long past NOW: the local stack drops what is over, as DynamoDB does.
        retention: Retention::days(36_500),
    });
    Message { pending_key: Some(PendingKey { priority, due: at(due_ms), message_id }), ..message }
}

/// A message that has this state; where that has a reason, the reason is `error`.
pub fn in_state(session_id: SessionId, status: Status, error: Option<MessageError>) -> Message {
    let message = message(session_id);
    let waits = matches!(status, Status::Queued | Status::Sending);
    let pending_key = message.pending_key.filter(|_| waits);
    let failed_at = (status == Status::Failed).then_some(NOW);
    let times = StateTimes { failed_at, ..message.times };
    let fence = Fence(u64::from(status != Status::Queued));
    let delete_after = (!waits).then(|| message.retention.after(NOW));
    Message { status, error, pending_key, times, fence, delete_after, ..message }
}

/// A message with every field set, and the longest text there can be, each character of four bytes.
pub fn full(session_id: SessionId) -> Message {
    let content = Content {
        content_type: ContentType::Image,
        text: Some("\u{1F469}".repeat(TEXT_MAX_CHARS)),
        media_url: Some("https://media.example/ü?x=1".to_owned()),
        media_caption: Some("line\nbreak, \"quotes\", \\, \u{0}, שלום, 你好".to_owned()),
        file_name: Some("Büro 你好.pdf".to_owned()),
        mime_type: Some("application/pdf".to_owned()),
        link_preview: Some(false),
    };
    let times = StateTimes {
        queued_at: Some(at(1)),
        sending_at: Some(at(2)),
        sent_at: Some(at(3)),
        delivered_at: Some(at(4)),
        read_at: Some(at(5)),
        failed_at: Some(at(6)),
        received_at: Some(at(7)),
        cancelled_at: Some(at(8)),
    };
    Message {
        campaign_id: None,
        direction: Direction::Inbound,
        from: phone("4915155501234").number().cloned(),
        content,
        attempts: 4,
        fence: Fence(u64::MAX),
        error: Some(unknown()),
        provider_message_id: Some("wamid.ünïcode=".to_owned()),
        scheduled_at: Some(at(-9)),
        times,
        delete_after: Some(FAR_AHEAD_S),
        ..message(session_id)
    }
}

/// Why a message failed that may have been sent.
pub fn unknown() -> MessageError {
    MessageError::outcome_unknown("the answer was lost")
}

/// Why a message failed that was surely not sent.
pub fn refused() -> MessageError {
    MessageError::new("refused", "The provider refused it.")
}

/// A session with secrets.
pub fn session() -> Session {
    let [api_key, webhook_secret] = SECRETS.map(|secret| Secret::new(secret.to_owned()));
    let provider = ProviderConfig::Waha(WahaSettings {
        base_url: "https://waha.example.com".to_owned(),
        api_key,
        session: "default".to_owned(),
        webhook_secret: Some(webhook_secret),
        options: WahaOptions { check_numbers: true, simulate_typing: false, own_message_ids: true },
    });
    Session {
        pacing: Some(Pacing::new(1_500, 3_600_000).expect("a valid pacing")),
        limits: serde_json::from_value(serde_json::json!({
            "dailyMax": 200, "newContactsDailyMax": 50, "timeZone": "Europe/Berlin",
            "warmUp": {"startPerDay": 5, "growthPercent": 20, "days": 30},
            "quietHours": {"from": "22:00", "to": "07:00"},
        }))
        .expect("valid limits"),
        default_country: "DE".parse().ok(),
        ..Session::new(session_id(), account_id(), "Büro 你好", provider, NOW)
    }
}

/// A lease of one worker for the next 20 seconds.
pub fn lease() -> Lease {
    // Half of all owners do not fit into a signed number.
    let owner = LeaseOwner((random() >> 64) as u64 | 1 << 63);
    Lease { owner, until: at(20_000), message_id: message_id(), since: None }
}

/// An API key of a fresh account, and its hash.
pub fn api_key() -> (ApiKeyHash, ApiKey) {
    let hash = ApiKeyHash(format!("{:032x}{:032x}", random(), random()));
    let key = ApiKey {
        key_id: ApiKeyId::new(NOW, random()),
        account_id: account_id(),
        name: "schlüssel".to_owned(),
        prefix: "gapi_A1b2".to_owned(),
        created_at: NOW,
        last_used_at: None,
    };
    (hash, key)
}

/// A new campaign's id.
pub fn campaign_id() -> CampaignId {
    CampaignId::new(NOW, random())
}

/// A running campaign whose rows are all stored, without anything that may be absent.
pub fn campaign() -> Campaign {
    let ids = (account_id(), campaign_id(), session_id());
    Campaign { ingested_at: Some(NOW), ..Campaign::new(ids, 100, NOW) }
}

/// A campaign with everything that there can be.
pub fn full_campaign() -> Campaign {
    Campaign {
        name: Some("Frühling \u{1F33C}".to_owned()),
        state: CampaignState::Paused,
        paused_reason: Some("a bad template".to_owned()),
        pacing: Pacing::new(1_000, 3_600_000).ok(),
        link_preview: Some(false),
        total: 1_000_000,
        rejected: 7,
        stored: u32::MAX,
        scheduled_at: Some(at(9)),
        finished_at: Some(at(10)),
        counts: Counts { queued: 1, sending: 2, sent: 3, delivered: 4, read: 5, failed: 6, cancelled: 7 },
        counts_through: Some("0".repeat(40)),
        ..campaign()
    }
}
