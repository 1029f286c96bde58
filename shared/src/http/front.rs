//! What every request passes before its handler: the limit of its client, who is calling, and what its body is.
//!
//! The front acts by the endpoint's declaration ([`Endpoint`]). A handler begins with a [`Call`] that has passed.

use std::future::Future;
use std::sync::Arc;

use domain::access::rate_limit::{Usage, client_name};
use domain::values::ids::AccountId;
use domain::values::time::Timestamp;
use futures_util::future::join;

use super::auth::{Caller, authenticate};
use super::body::Content;
use super::endpoint::{Access, Endpoint};
use super::idempotency::REMEMBERING;
use super::problem::{ErrorCode, Problem};
use super::request::ApiRequest;
use crate::ports::{CountRequests, Keyring, NoteApiKeyUses, ReadApiKeys};
use crate::world::{Needs, World};

/// A request that has passed the front.
#[derive(Clone, Debug)]
pub struct Call {
    /// The request.
    pub request: Arc<ApiRequest>,
    /// What its body is, if the endpoint takes one.
    pub content: Content,
    /// Who is calling.
    pub caller: Caller,
    /// When it came.
    pub now: Timestamp,
}

impl Call {
    /// The account that calls.
    pub const fn account_id(&self) -> AccountId {
        self.caller.account_id
    }
}

/// A request to an endpoint that anybody may call, counted.
#[derive(Clone, Debug)]
pub struct PublicCall {
    /// The request.
    pub request: Arc<ApiRequest>,
    /// When it came.
    pub now: Timestamp,
}

/// The worlds in which callers can be identified.
pub trait Admitting:
    World<Accounts: ReadApiKeys + NoteApiKeyUses, Keyring: Keyring, Limits: CountRequests>
{
}

impl<W: World<Accounts: ReadApiKeys + NoteApiKeyUses, Keyring: Keyring, Limits: CountRequests>> Admitting
    for W
{
}

/// What admitting a caller asks of the world.
const ADMITTING: Needs = Needs {
    ports: &["ReadApiKeys", "NoteApiKeyUses", "Keyring"],
    parts: &["Accounts", "Keyring"],
    settings: &[],
};

/// What counting a request asks of the world.
const COUNTING: Needs = Needs { ports: &["CountRequests"], parts: &["Limits"], settings: &[] };

impl Endpoint {
    /// What its front asks of the world: who is calling, the limit, and the answers that are kept.
    pub fn needs(&self) -> impl Iterator<Item = Needs> {
        let admitting = (self.access != Access::Public).then_some(ADMITTING);
        let counting = self.limit.map(|_| COUNTING);
        admitting.into_iter().chain(counting).chain(self.idempotent.then_some(REMEMBERING))
    }
}

/// The front of an endpoint that anybody may call: its limit alone.
pub struct PublicFront<W: World> {
    /// The counters of requests.
    pub limits: W::Limits,
    /// How many requests of a client pass in a minute.
    pub limit_per_minute: u32,
}

impl<W: World<Limits: CountRequests>> PublicFront<W> {
    /// Lets a request in, or says why it is refused.
    pub async fn admit(
        &self,
        endpoint: &Endpoint,
        request: Arc<ApiRequest>,
        now: Timestamp,
    ) -> Result<PublicCall, Problem> {
        self.count(endpoint, &request, now).await?;
        Ok(PublicCall { request, now })
    }

    /// Counts a request of a client, and refuses it when the limit is used up.
    async fn count(&self, endpoint: &Endpoint, request: &ApiRequest, now: Timestamp) -> Result<(), Problem> {
        let Some(kind) = endpoint.limit else { return Ok(()) };
        let client = format!("{}#{}", kind.name(), client_name(&request.source_ip));
        match self.limits.count(&client, self.limit_per_minute, now).await {
            Ok(usage) => {
                request.note_usage(usage);
                check_usage(usage, now)
            }
            // Fail open: credentials still protect, and a table that throttles should not stop all sending.
            Err(error) => {
                tracing::warn!(%error, "a request was not counted");
                Ok(())
            }
        }
    }
}

fn check_usage(usage: Usage, now: Timestamp) -> Result<(), Problem> {
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

/// The front of an endpoint that needs credentials.
pub struct Front<W: World> {
    /// Its limit.
    pub public: PublicFront<W>,
    /// API keys.
    pub accounts: W::Accounts,
    /// The stack's keys.
    pub keyring: W::Keyring,
}

impl<W: Admitting> Front<W> {
    /// Lets a request in, or says why it is refused.
    pub async fn admit(
        &self,
        endpoint: &Endpoint,
        request: Arc<ApiRequest>,
        now: Timestamp,
    ) -> Result<Call, Problem> {
        let caller = self.identify(endpoint, &request, now).await?;
        // A file of some megabytes is read only for callers who may send it.
        let content = Content::read(endpoint, &request).await?;
        Ok(Call { request, content, caller, now })
    }

    /// The same, and reads something ahead at the same time, which saves a round trip. The request may still be refused; its
    /// caller then learns nothing of what was read.
    pub async fn admit_ahead<A, R>(
        &self,
        endpoint: &Endpoint,
        request: Arc<ApiRequest>,
        now: Timestamp,
        ahead: A,
    ) -> Result<(Call, R::Output), Problem>
    where
        A: FnOnce(Option<&Content>) -> R,
        R: Future,
    {
        let content = Content::read(endpoint, &request).await;
        let looked = ahead(content.as_ref().ok());
        let (caller, found) = join(self.identify(endpoint, &request, now), looked).await;
        let (caller, content) = (caller?, content?);
        Ok((Call { request, content, caller, now }, found))
    }

    /// Counts the request and identifies its caller, side by side. A refused request costs one look-up too many; all others save
    /// a round trip.
    async fn identify(
        &self,
        endpoint: &Endpoint,
        request: &ApiRequest,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let counted = self.public.count(endpoint, request, now);
        let (counted, caller) =
            join(counted, authenticate(&self.accounts, &self.keyring, request, now)).await;
        counted?;
        let caller = caller?;
        if endpoint.access == Access::TokenOnly {
            caller.require_token()?;
        }
        Ok(caller)
    }
}
