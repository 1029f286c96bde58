//! `GET /api-keys`: the API keys of an account, the newest first; of each no more than its prefix.

#![allow(async_fn_in_trait)]

use domain::request::ShortListRequest;
use shared::api_keys::api_key_view;
use shared::http::{Admit, ApiRequest, ApiResponse, Problem, StatusCode, short_list};
use shared::ports::{Clock, ManageApiKeys};

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

/// Lists API keys.
pub async fn handle<F, A, C>(deps: &Deps<F, A, C>, request: ApiRequest) -> Result<ApiResponse, Problem>
where
    F: Admit,
    A: ManageApiKeys,
    C: Clock,
{
    let caller = deps.front.admit(&request, deps.clock.now()).await?;
    caller.require_token()?;
    let list = ShortListRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    let mut keys = deps.accounts.api_keys_of(caller.account_id).await?;
    keys.sort_by_key(|key| std::cmp::Reverse(key.key_id));
    let (shown, has_more) = list.shown(&keys);
    let data = shown.iter().map(api_key_view).collect();
    Ok(ApiResponse::json(StatusCode::OK, &short_list(&list, data, has_more)))
}
