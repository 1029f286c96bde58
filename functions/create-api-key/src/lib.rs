//! `POST /api-keys`: makes an API key, and shows it this once.

#![allow(async_fn_in_trait)]

use domain::request::ApiKeyRequest;
use shared::api_keys::{NewApiKey, api_key_view, create};
use shared::audit::{Action, Actor, audit};
use shared::http::{Admit, ApiRequest, ApiResponse, Asked, Problem, StatusCode, json_body, once};
use shared::ports::{Clock, Entropy, KeepAnswers, Keyring, ManageApiKeys};
use shared::seeded::SeededEntropy;
use shared::views::NewApiKeyView;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, A, K, I, C, E> {
    /// What every request passes first.
    pub front: F,
    /// The table of accounts.
    pub accounts: A,
    /// The stack's keys.
    pub keyring: K,
    /// The answers to requests that may be sent again.
    pub answers: I,
    /// Time.
    pub clock: C,
    /// Randomness.
    pub entropy: E,
}

/// Makes an API key.
pub async fn handle<F, A, K, I, C, E>(
    deps: &Deps<F, A, K, I, C, E>,
    request: ApiRequest,
) -> Result<ApiResponse, Problem>
where
    F: Admit,
    A: ManageApiKeys,
    K: Keyring,
    I: KeepAnswers,
    C: Clock,
    E: Entropy,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    caller.require_token()?;
    let Deps { accounts, keyring, answers, entropy, .. } = deps;
    let account_id = caller.account_id;
    let asked = Asked { account_id, route: "api-keys", content: &[&request.body], now };
    once(answers, entropy, &request, asked, async |seed| {
        let wanted = ApiKeyRequest::parse(&json_body(&request)?).map_err(Problem::validation)?;
        // The same key again, when the request before died with it.
        let entropy = SeededEntropy::new(keyring, seed);
        let NewApiKey { row, key } = create(accounts, keyring, &entropy, account_id, wanted, seed.at).await?;
        audit(Action::ApiKeyCreated, &Actor::of(caller, &request), &row.key_id, &row.prefix);
        let view = NewApiKeyView { shown: api_key_view(&row), key };
        Ok(ApiResponse::json(StatusCode::CREATED, &view))
    })
    .await
}
