//! What the sandbox's contacts answer.

use domain::ids::{MessageId, MessageKey};
use domain::lease::Fence;
use domain::message::{Content, ContentType, Direction, Message, StateTimes};
use domain::status::Status;
use domain::time::Timestamp;
use shared::ports::{PortError, ReportMessages};

/// Stores a contact's answer to a message. Its id follows from the message's, so that twice is once.
pub(crate) async fn reply(
    messages: &impl ReportMessages,
    to: MessageKey,
    text: String,
    now: Timestamp,
) -> Result<(), PortError> {
    let Some(answered) = messages.get(to).await? else { return Ok(()) };
    messages.put_inbound(&inbound(&answered, text, now)).await
}

fn inbound(answered: &Message, text: String, now: Timestamp) -> Message {
    let content =
        Content { content_type: ContentType::Text, text: Some(text), media_url: None, media_caption: None };
    // The same bits as the message that is answered, a millisecond younger.
    let made_at = answered.created_at.plus_millis(1);
    let message_id = MessageId::new(made_at, answered.message_id.as_uuid().as_u128());
    Message {
        session_id: answered.session_id,
        message_id,
        account_id: answered.account_id,
        campaign_id: None,
        direction: Direction::Inbound,
        to: answered.to.clone(),
        from: Some(answered.to.clone()),
        content,
        priority: answered.priority,
        status: Status::Received,
        attempts: 0,
        fence: Fence::default(),
        pending_key: None,
        error: None,
        provider_message_id: Some(format!("sandbox-{message_id}")),
        scheduled_at: None,
        created_at: made_at,
        times: StateTimes { received_at: Some(now), ..StateTimes::default() },
        expires_at: answered.expires_at,
    }
}
