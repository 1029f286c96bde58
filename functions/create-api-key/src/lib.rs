//! `POST /api-keys`: creates an API key, and shows it only this once.

use domain::access::idempotency::Seed;
use domain::request::ApiKeyRequest;
use shared::api_keys::{NewApiKey, api_key_view, create};
use shared::audit::{Action, Actor, audit};
use shared::http::{Access, Answer, ApiResponse, Body, Call, Endpoint, ErrorCode, Problem, StatusCode};
use shared::ports::{CreateApiKeys, Keyring, ListApiKeys};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_once};
use shared::seeded::SeededEntropy;
use shared::views::NewApiKeyView;
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "API keys",
    summary: "Create an API key",
    detail: "It is shown in this answer alone.",
    access: Access::TokenOnly,
    idempotent: true,
    body: Some(Body::json("ApiKeyRequest", schema!(ApiKeyRequest::schema))),
    answers: &[Answer::json::<NewApiKeyView>(201, "The key.")],
    refusals: &[ErrorCode::TooManyApiKeys],
    ..Endpoint::post("/api-keys", "createApiKey")
};

deps! {
    CreatingApiKeys {
        accounts: Accounts: ListApiKeys + CreateApiKeys,
        keyring: Keyring: Keyring,
    }
}

/// Makes an API key.
pub async fn handle<W: CreatingApiKeys>(
    deps: &Deps<W>,
    call: Call,
    seed: Seed,
) -> Result<ApiResponse, Problem> {
    let Call { request, content, caller, .. } = call;
    let Deps { accounts, keyring } = deps;
    let account_id = caller.account_id;
    let wanted = ApiKeyRequest::parse(content.json()).map_err(Problem::validation)?;
    // The same key again, when the request before died with it.
    let entropy = SeededEntropy::new(keyring, seed);
    let NewApiKey { row, key } = create(accounts, keyring, &entropy, account_id, wanted, seed.at).await?;
    audit(Action::ApiKeyCreated, &Actor::of(caller, &request), &row.key_id, &row.prefix);
    let view = NewApiKeyView { shown: api_key_view(&row), key };
    Ok(ApiResponse::json(StatusCode::CREATED, &view))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_once(&stack, &ENDPOINT, |call, seed| handle(&deps, call, seed)).await
}
