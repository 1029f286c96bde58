//! `DELETE /api-keys/{id}`: revokes an API key.
//!
//! Keys are looked up with every request, and nothing remembers them: once this has answered, the key opens nothing.
//!
//! A key is found by an index, which may not know one that was made a moment ago. Such a key is looked for some times.

#![allow(async_fn_in_trait)]

use domain::tuning::API_KEY_INDEX_LAG_MS;
use domain::values::ids::{AccountId, ApiKeyId};
use domain::values::time::Timestamp;
use shared::audit::{Action, Actor, audit};
use shared::http::{Admit, ApiRequest, ApiResponse, ErrorCode, Problem};
use shared::ports::{Clock, ManageApiKeys, PortError, Revoked};

/// How often a young key is looked for.
const TRIES: usize = 5;
/// Pause between two tries, in milliseconds: all of them fit into the function's time-out.
const PAUSE_MS: i64 = 400;

/// All that this function may ask of the world.
#[derive(Clone, Debug)]
pub struct Deps<F, A, C> {
    /// What every request passes first.
    pub front: F,
    /// The table of accounts.
    pub accounts: A,
    /// Time.
    pub clock: C,
}

/// Revokes an API key.
pub async fn handle<F, A, C>(deps: &Deps<F, A, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    A: ManageApiKeys,
    C: Clock,
{
    let now = deps.clock.now();
    let caller = deps.front.admit(&request, now).await?;
    caller.require_token()?;
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

async fn revoke<F, A: ManageApiKeys, C: Clock>(
    deps: &Deps<F, A, C>,
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

/// A key of another account is as unknown as one that never was (`isolated`), and so is one that was revoked before.
fn not_found(id: &str) -> Problem {
    let shown: String = id.chars().take(60).collect();
    Problem::new(ErrorCode::ApiKeyNotFound, format!("You have no API key with the id {shown}."))
}
