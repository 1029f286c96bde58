//! `DELETE /api-keys/{id}`: revokes an API key.
//!
//! Keys are looked up with every request and cached nowhere: once this has answered, the key is refused.
//!
//! A key is found by an index, which may lack one that was just created. Such a key is looked for several times.

use domain::tuning::API_KEY_INDEX_LAG_MS;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;
use shared::audit::{Action, Actor, audit};
use shared::deps;
use shared::http::{Access, Answer, ApiResponse, Call, Endpoint, ErrorCode, Problem};
use shared::ports::{Clock, PortError, RevokeApiKeys, Revoked};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};

/// How often a young key is looked for.
const TRIES: usize = 5;
/// Pause between two tries, in milliseconds: all of them fit into the function's time-out.
const PAUSE_MS: i64 = 400;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "API keys",
    summary: "Revoke an API key",
    access: Access::TokenOnly,
    answers: &[Answer::empty(204, "It is refused from now on.")],
    refusals: &[ErrorCode::ApiKeyNotFound],
    ..Endpoint::delete("/api-keys/{id}", "revokeApiKey")
};

deps! {
    RevokingApiKeys {
        accounts: Accounts: RevokeApiKeys,
        clock: Clock: Clock,
    }
}

/// Revokes an API key.
pub async fn handle<W: RevokingApiKeys>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, now, .. } = call;
    let text = request.path_parameters.get("id").map_or("", String::as_str);
    let key_id: ApiKeyId = text.parse().map_err(|_| not_found(text))?;
    match revoke(deps, caller.account_id, key_id, now).await? {
        Revoked::NotFound => Err(not_found(text)),
        Revoked::Yes => {
            audit(Action::ApiKeyRevoked, &Actor::of(caller, &request), &key_id, "");
            Ok(ApiResponse::no_content())
        }
    }
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

async fn revoke<W: RevokingApiKeys>(
    deps: &Deps<W>,
    account_id: AccountId,
    key_id: ApiKeyId,
    now: Timestamp,
) -> Result<Revoked, PortError> {
    let is_young = key_id.created_at().is_some_and(|at| now.millis_since(at).abs() < API_KEY_INDEX_LAG_MS);
    let tries = if is_young { TRIES } else { 1 };
    for attempt in 0..tries {
        if attempt > 0 {
            deps.clock.sleep(PAUSE_MS).await;
        }
        if deps.accounts.revoke_api_key(account_id, key_id).await? == Revoked::Yes {
            return Ok(Revoked::Yes);
        }
    }
    Ok(Revoked::NotFound)
}

/// Another account's key is reported as not found (`isolated`), and so is one that was revoked before.
fn not_found(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::new(ErrorCode::ApiKeyNotFound, format!("You have no API key with the id {shown}."))
}
