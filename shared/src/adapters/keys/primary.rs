//! Primary keys of the items that more than one adapter reads or writes.

use domain::values::contact::Contact;
use domain::values::ids::{AccountId, CampaignId, MessageKey, SessionId};

use super::super::items::{self, Item};
use super::{ACCOUNT_ID, CAMPAIGN_ID, KIND, MESSAGE_ID, SESSION_ID, SessionItem, TO};

/// The key of a message.
pub(in crate::adapters) fn message_key(key: MessageKey) -> Item {
    items::key([(SESSION_ID, key.session_id.to_string()), (MESSAGE_ID, key.message_id.to_string())])
}

/// The key of one of the two items of a session.
pub(in crate::adapters) fn session_key(session_id: SessionId, item: SessionItem) -> Item {
    items::key([(SESSION_ID, session_id.to_string()), (KIND, item.kind().to_owned())])
}

/// The key of a conversation.
pub(in crate::adapters) fn conversation_key(session_id: SessionId, to: &Contact) -> Item {
    items::key([(SESSION_ID, session_id.to_string()), (TO, to.as_str().to_owned())])
}

/// The key of a campaign.
pub(in crate::adapters) fn campaign_key(account_id: AccountId, campaign_id: CampaignId) -> Item {
    items::key([(ACCOUNT_ID, account_id.to_string()), (CAMPAIGN_ID, campaign_id.to_string())])
}
