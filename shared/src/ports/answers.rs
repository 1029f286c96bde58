//! Answers that are kept, for requests that are sent again.

use domain::access::idempotency::{IdempotencyKey, KeptAnswer, Reservation, Seed};
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;

use super::PortError;

/// The name of a request: keys belong to their account and to what is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestName {
    /// Who asks.
    pub account_id: AccountId,
    /// The endpoint, such as `messages/send`.
    pub route: &'static str,
    /// What the caller calls it.
    pub key: IdempotencyKey,
}

/// Keeping answers. Each is one conditional write.
pub trait KeepAnswers {
    /// Reserves a name, unless it is reserved: then says how.
    async fn reserve(
        &self,
        name: &RequestName,
        wanted: &Reservation,
        now: Timestamp,
    ) -> Result<Option<Reservation>, PortError>;

    /// Takes a reservation over that was seen like this; `false` when it is not like this any more.
    async fn take_over(
        &self,
        name: &RequestName,
        seen: &Reservation,
        lease_until: Timestamp,
    ) -> Result<bool, PortError>;

    /// Keeps the answer of a run.
    async fn keep_answer(&self, name: &RequestName, seed: Seed, answer: &KeptAnswer)
    -> Result<(), PortError>;

    /// Ends the lease of a run without an answer: the next one goes on under the same seed.
    async fn end_lease(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError>;

    /// Forgets a run that has created nothing: the next one starts from the beginning.
    async fn forget(&self, name: &RequestName, seed: Seed, now: Timestamp) -> Result<(), PortError>;
}
