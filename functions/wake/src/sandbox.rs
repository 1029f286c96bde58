//! What the sandbox's contacts answer.

use domain::message::Inbound;
use domain::message::inbound::{Arrival, message};
use domain::message::{Content, Message};
use domain::values::ids::{MessageId, MessageKey};
use domain::values::time::Timestamp;
use shared::ports::{AcceptMessages, PortError, ReadMessages};

/// Stores a contact's answer to a message. Its id follows from the message's, so that twice is once.
pub(crate) async fn reply(
    messages: &(impl ReadMessages + AcceptMessages),
    to: MessageKey,
    text: String,
    now: Timestamp,
) -> Result<(), PortError> {
    let Some(answered) = messages.get(to).await? else { return Ok(()) };
    messages.put(&inbound(&answered, text, now)).await.map(drop)
}

fn inbound(answered: &Message, text: String, now: Timestamp) -> Message {
    // The same bits as the message that is answered, a millisecond younger.
    let (at, digest) = (answered.created_at.plus_millis(1), answered.message_id.as_uuid().as_u128());
    let arrival = Arrival {
        provider_message_id: format!("sandbox-{}", MessageId::new(at, digest)),
        at,
        sender: answered.to.clone().into(),
        content: Content::text(text),
        inbound: Inbound::default(),
    };
    let owner = (answered.account_id, answered.session_id);
    message(owner, arrival, digest, now, answered.retention)
}
