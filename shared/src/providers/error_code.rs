//! The codes in `error.code` when a provider call fails: they are stable, and the same for all providers.

/// The provider could not do it this time.
pub const PROVIDER_UNAVAILABLE: &str = "provider_unavailable";

/// The provider refuses this message, and would refuse it again.
pub const PROVIDER_REJECTED: &str = "provider_rejected";

/// The provider refuses this request, and would refuse it for every recipient: it pauses the message's campaign.
pub const REQUEST_REFUSED: &str = "request_refused";

/// WhatsApp does not let the session's account open new chats for now; chats that exist go on.
pub const NEW_CONTACT_RESTRICTED: &str = "new_contact_restricted";

/// The message lacks what its type needs. The API lets no such message in.
pub const INVALID_MESSAGE: &str = "invalid_message";

/// The number is not on WhatsApp.
pub const NOT_ON_WHATSAPP: &str = "number_not_on_whatsapp";

/// Too much was sent to this recipient in too short a time; the message waits.
pub const RECIPIENT_RATE_LIMITED: &str = "recipient_rate_limited";
