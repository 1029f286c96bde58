//! The ids that WhatsApp gives messages, as WAHA's engines write them.

use serde_json::Value;

/// Longest id of a message, in characters; longer ones are no ids.
pub(super) const ID_MAX_CHARS: usize = 128;

/// An id that stands there as a text, or in one of the fields that engines give it.
pub(super) fn id_in(value: &Value) -> Option<&str> {
    let id = value.as_str().or_else(|| value["_serialized"].as_str()).or_else(|| value["id"].as_str())?;
    core_id(id)
}

/// The part of an id that all engines and events agree on.
///
/// `true_16505551234@c.us_3EB0C767` (in groups with `_<participant>` behind) → `3EB0C767`; others are that part alone.
pub(super) fn core_id(id: &str) -> Option<&str> {
    let core = match id.split_once('_') {
        Some(("true" | "false", rest)) => rest.split('_').nth(1)?,
        _ => id,
    };
    let is_one = !core.is_empty() && core.len() <= ID_MAX_CHARS && core.bytes().all(|b| b.is_ascii_graphic());
    is_one.then_some(core)
}
