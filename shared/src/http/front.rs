//! What every request passes before its handler: the limit of its client, and who is calling.

use domain::access::rate_limit::{Usage, client_name};
use domain::values::time::Timestamp;
use futures_util::future::join;

use super::auth::{Caller, authenticate};
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::ports::{CountRequests, Keyring, NoteApiKeyUses, ReadApiKeys};

/// The limits that there are, each counted for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Sending single messages.
    Send,
    /// Starting campaigns, in whichever way.
    Bulk,
    /// Everything that has no limit of its own.
    Other,
}

impl LimitKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Bulk => "bulk",
            Self::Other => "other",
        }
    }
}

/// Lets requests in.
pub trait Admit {
    /// Says who is calling, or why the request is refused.
    async fn admit(&self, request: &ApiRequest, now: Timestamp) -> Result<Caller, Problem>;
}

/// The front of an endpoint.
#[derive(Clone, Debug)]
pub struct Front<A, K, L> {
    /// API keys.
    pub api_keys: A,
    /// The stack's keys.
    pub keyring: K,
    /// The counters of requests.
    pub limits: L,
    /// Which limit applies.
    pub limit_kind: LimitKind,
    /// How many requests of a client pass in a minute.
    pub limit_per_minute: u32,
}

impl<A: ReadApiKeys + NoteApiKeyUses, K: Keyring, L: CountRequests> Admit for Front<A, K, L> {
    async fn admit(&self, request: &ApiRequest, now: Timestamp) -> Result<Caller, Problem> {
        // Side by side: a request that is refused costs a look-up more, and all others wait for one answer less.
        let (counted, caller) = join(
            count(&self.limits, self.limit_kind, self.limit_per_minute, request, now),
            authenticate(&self.api_keys, &self.keyring, request, now),
        )
        .await;
        counted.and(caller)
    }
}

/// The front of an endpoint that anybody may call: its limit alone.
#[derive(Clone, Debug)]
pub struct PublicFront<L> {
    /// The counters of requests.
    pub limits: L,
    /// Which limit applies.
    pub limit_kind: LimitKind,
    /// How many requests of a client pass in a minute.
    pub limit_per_minute: u32,
}

impl<L: CountRequests> PublicFront<L> {
    /// Lets a request in, or says why it is refused.
    pub async fn admit(&self, request: &ApiRequest, now: Timestamp) -> Result<(), Problem> {
        count(&self.limits, self.limit_kind, self.limit_per_minute, request, now).await
    }
}

/// Counts a request of a client, and refuses it when the limit is used up.
async fn count(
    limits: &impl CountRequests,
    kind: LimitKind,
    per_minute: u32,
    request: &ApiRequest,
    now: Timestamp,
) -> Result<(), Problem> {
    let client = format!("{}#{}", kind.name(), client_name(&request.source_ip));
    match limits.count(&client, per_minute, now).await {
        Ok(usage) => {
            request.note_usage(usage);
            check(usage, now)
        }
        // Open when it cannot be counted: credentials still protect, and a table that throttles should not turn into an
        // outage of sending.
        Err(error) => {
            tracing::warn!(%error, "a request was not counted");
            Ok(())
        }
    }
}

fn check(usage: Usage, now: Timestamp) -> Result<(), Problem> {
    if usage.passes() {
        return Ok(());
    }
    let detail = format!(
        "At most {} requests of this kind a minute are let through for one address; try again in {} s.",
        usage.limit,
        usage.reset_seconds(now)
    );
    Err(Problem::new(ErrorCode::RateLimited, detail))
}
