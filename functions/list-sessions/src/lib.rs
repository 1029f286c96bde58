//! `GET /sessions`: the sessions of an account, the newest first.

use domain::request::ShortListRequest;
use futures_util::future::try_join_all;
use serde_json::Value;
use shared::deps;
use shared::http::{
    Answer, ApiRequest, ApiResponse, Call, Endpoint, Parameter, Problem, SessionViews, StatusCode, short_list,
};
use shared::ports::ReadSessions;
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "List sessions",
    detail: "The newest first.",
    parameters: &[Parameter::LIMIT, Parameter::PAGE, Parameter::CURSOR],
    answers: &[Answer::json(200, "A page of sessions.", "Sessions")],
    ..Endpoint::get("/sessions", "listSessions")
};

deps! {
    ListingSessions {
        sessions: Sessions: ReadSessions;
        views: SessionViews,
    }
}

/// Lists sessions.
///
/// All of them are read, of which there are few, so that those that are being deleted are on no page.
pub async fn handle<W: ListingSessions>(deps: &Deps<W>, call: Call) -> Result<ApiResponse, Problem> {
    let Call { caller, request, now, .. } = call;
    let account_id = caller.account_id;
    let list = ShortListRequest::parse(&request.query_object()).map_err(Problem::validation)?;
    let ids = deps.sessions.of_account(account_id).await?;
    let found = try_join_all(ids.into_iter().map(|id| deps.sessions.load(id))).await?;
    let mut open: Vec<_> = found.into_iter().flatten().filter(|state| state.is_open_to(account_id)).collect();
    open.sort_by_key(|state| std::cmp::Reverse(state.session.session_id));
    let (shown, has_more) = list.shown(&open);
    let view = |state: &_| view(deps, state, &request, now);
    let data: Vec<Value> = shown.iter().map(view).collect();
    Ok(ApiResponse::json(StatusCode::OK, &short_list(&list, &data, has_more)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

fn view<W: ListingSessions>(
    deps: &Deps<W>,
    state: &domain::session::SessionState,
    request: &ApiRequest,
    now: domain::values::time::Timestamp,
) -> Value {
    deps.views.view(&state.session, &state.pacer, request, now)
}
