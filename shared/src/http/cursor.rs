//! Cursors: where a list goes on, for its own account and filters only.
//!
//! A cursor is the id of the last message that was looked at, and the first half of a keyed hash of it, the account and
//! the filters. Nobody can make one up, and one of another list or account is none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{AccountId, MessageId};
use domain::listing::Filters;
use domain::request::{FieldCode, FieldError};

use super::problem::Problem;
use crate::ports::Keyring;

/// The cursor of a list that goes on after a message.
pub fn cursor(keyring: &impl Keyring, account_id: AccountId, filters: &Filters, after: MessageId) -> String {
    let mut bytes = after.as_uuid().as_bytes().to_vec();
    bytes.extend(seal(keyring, account_id, filters, after));
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
    let expected = seal(keyring, account_id, filters, after);
    // Every byte is looked at, whichever differs.
    let differences = expected.iter().zip(sealed).fold(0, |all, (a, b)| all | (a ^ b));
    if sealed.len() == expected.len() && differences == 0 { Ok(after) } else { Err(unknown()) }
}

fn seal(keyring: &impl Keyring, account_id: AccountId, filters: &Filters, after: MessageId) -> [u8; 16] {
    let sealed = keyring.seal(&format!("cursor#{account_id}#{filters}#{after}"));
    let mut half = [0; 16];
    half.copy_from_slice(&sealed[..16]);
    half
}

fn unknown() -> Problem {
    let detail = "cursor must be a nextCursor of this list, with the same filters".to_owned();
    Problem::validation(vec![FieldError {
        pointer: "/cursor".to_owned(),
        code: FieldCode::InvalidFormat,
        detail,
    }])
}
