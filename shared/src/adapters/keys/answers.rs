//! Keys of answers that are kept, in the table `limits`.

use std::fmt;
use std::str::FromStr;

use domain::values::ids::AccountId;

const PREFIX: &str = "answer#";

/// `answer#<account>#<hash of account, route and idempotency key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct AnswersKey {
    pub(in super::super) account_id: AccountId,
    /// In hexadecimal.
    pub(in super::super) hash: String,
}

/// A text is not the key of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct NotAnAnswersKey;

impl fmt::Display for AnswersKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}#{}", self.account_id, self.hash)
    }
}

impl FromStr for AnswersKey {
    type Err = NotAnAnswersKey;

    fn from_str(text: &str) -> Result<Self, NotAnAnswersKey> {
        let rest = text.strip_prefix(PREFIX).ok_or(NotAnAnswersKey)?;
        let (account_id, hash) = rest.split_once('#').ok_or(NotAnAnswersKey)?;
        let account_id = account_id.parse().map_err(|_| NotAnAnswersKey)?;
        Ok(Self { account_id, hash: hash.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use domain::values::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_read_as_they_are_written(random: u128, hash in "[0-9a-f]{64}") {
            let key = AnswersKey { account_id: AccountId::new(Timestamp::EPOCH, random), hash };
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
