//! `GET /sessions`: the sessions of an account, the newest first.

use domain::request::ShortListRequest;
use futures_util::future::try_join_all;
use shared::http::{
    Answer, ApiRequest, ApiResponse, Call, Endpoint, Problem, SessionViews, StatusCode, short_list,
};
use shared::ports::{ListSessions, ReadSessions};
#[cfg(feature = "lambda")]
use shared::runtime::{Error, Stack, serve_api};
use shared::views::{Page, SessionView};
use shared::{deps, schema};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    tag: "Sessions",
    summary: "List sessions",
    detail: "The newest first.",
    query: schema!(ShortListRequest::parameters),
    answers: &[Answer::json::<Page<SessionView>>(200, "A page of sessions.")],
    ..Endpoint::get("/sessions", "listSessions")
};

deps! {
    ListingSessions {
        sessions: Sessions: ReadSessions + ListSessions;
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
    let view = |state| view(deps, state, &request, now);
    let data = shown.iter().map(view).collect();
    Ok(ApiResponse::json(StatusCode::OK, &short_list(&list, data, has_more)))
}

/// Runs the function on Lambda.
#[cfg(feature = "lambda")]
pub async fn run() -> Result<(), Error> {
    let stack = Stack::start().await?;
    let deps = Deps::of(&stack)?;
    serve_api(&stack, &ENDPOINT, |call| handle(&deps, call)).await
}

fn view<'a, W: ListingSessions>(
    deps: &Deps<W>,
    state: &'a domain::session::SessionState,
    request: &ApiRequest,
    now: domain::values::time::Timestamp,
) -> SessionView<'a> {
    deps.views.view(&state.session, &state.pacer, request, now)
}
