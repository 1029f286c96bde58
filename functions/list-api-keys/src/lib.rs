//! `GET /api-keys`: the API keys of an account, the newest first; of each no more than its prefix.

use domain::request::ShortListRequest;
use shared::api_keys::api_key_view;
use shared::http::{Access, Answer, ApiResponse, Call, Endpoint, Problem, StatusCode, short_list};
use shared::ports::ListApiKeys;
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::{ApiKeyView, Page};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "API keys",
    summary: "List API keys",
    detail: "The newest first.",
    access: Access::TokenOnly,
    query: schema!(ShortListRequest::parameters),
    answers: &[Answer::json::<Page<ApiKeyView>>(200, "A page of keys, without the keys themselves.")],
    ..Endpoint::get("/api-keys", "listApiKeys")
};

deps! {
    ListingApiKeys {
        accounts: Accounts: ListApiKeys,
    }
}

/// Lists API keys.
pub async fn handle<W: ListingApiKeys>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { request, caller, .. } = call;
    let list = ShortListRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    let mut keys = deps.accounts.api_keys_of(caller.account_id).await?;
    keys.sort_by_key(|key| std::cmp::Reverse(key.key_id));
    let (shown, has_more) = list.shown(&keys);
    let data = shown.iter().map(api_key_view).collect();
    Ok(ApiResponse::json(StatusCode::OK, &short_list(&list, data, has_more)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}
