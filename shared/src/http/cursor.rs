//! Cursors: where a list goes on, for its own account and filters only.
//!
//! A cursor is the id of the last message that was looked at, and the first half of a keyed hash of it, the account and
//! the filters. Nobody can make one up, and one of another list or account is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::reading::listing::Filters;
use domain::request::{FieldCode, FieldError};
use domain::values::ids::{AccountId, MessageId};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use crate::ports::Keyring;

/// How many bytes of the keyed hash a cursor contains.
const SEAL_BYTES: usize = 16;

/// The cursor of a list that goes on after a message.
pub fn cursor(keyring: &impl Keyring, account_id: AccountId, filters: &Filters, after: MessageId) -> String {
    let mut bytes = after.as_uuid().as_bytes().to_vec();
    bytes.extend(&keyring.seal(&sealed_text(account_id, filters, after))[..SEAL_BYTES]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The message that a list goes on after.
pub fn read_cursor(
    keyring: &impl Keyring,
    account_id: AccountId,
    filters: &Filters,
    cursor: &str,
) -> Result<MessageId, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| unknown())?;
    let (id, sealed) = bytes.split_first_chunk::<16>().ok_or_else(unknown)?;
    let after = MessageId::from_bytes(*id);
    let mut seals = keyring.seals(&sealed_text(account_id, filters, after)).into_iter();
    if seals.any(|seal| seal[..SEAL_BYTES].ct_eq(sealed).into()) { Ok(after) } else { Err(unknown()) }
}

fn sealed_text(account_id: AccountId, filters: &Filters, after: MessageId) -> String {
    format!("cursor#{account_id}#{filters}#{after}")
}

fn unknown() -> Problem {
    let detail = "cursor must be a nextCursor of this list, with the same filters".to_owned();
    Problem::validation(vec![FieldError {
        pointer: "/cursor".to_owned(),
        code: FieldCode::InvalidFormat,
        detail,
    }])
}
