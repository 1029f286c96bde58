//! `POST /api-keys`: makes an API key, and shows it this once.

#![allow(async_fn_in_trait)]

use domain::request::ApiKeyRequest;
use shared::api_keys::{NewApiKey, api_key_view, create};
use shared::audit::{Action, Actor, audit};
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode, json_body};
use shared::ports::{Clock, Entropy, Keyring, ManageApiKeys};

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, A, K, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of accounts.
    pub accounts: A,
    /// The stack's keys.
    pub keyring: K,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
}

/// Makes an API key.
pub async fn handle<F, A, K, C, E>(
    deps: &Deps<F, A, K, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    A: ManageApiKeys,
    K: Keyring,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    caller.require_token()?;
    let wanted = ApiKeyRequest::parse(&json_body(&request)?).map_err(Problem::validation)?;
    let Deps { accounts, keyring, entropy, .. } = deps;
    let NewApiKey { row, key } = create(accounts, keyring, entropy, caller.account_id, wanted, now).await?;
    audit(Action::ApiKeyCreated, &Actor::of(caller, &request), &row.key_id, &row.prefix);
    let mut view = api_key_view(&row);
    view["key"] = key.into();
    Ok(ApiResponse::json(StatusCode::CREATED, &view))
}
